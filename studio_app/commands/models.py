"""`underpaint models`: what lies on the disks, and what each file is, by its header alone."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from studio_app.catalogue.places import Place
    from studio_app.catalogue.scanning import Found


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "models",
        help="list the models on the disks",
        description="Lists models where programs keep them (ComfyUI, A1111, Forge, InvokeAI, the cache of Hugging "
        "Face, folders that were added in the window), or in the folders that are given: family, kind, numbers and "
        "licence, by their headers alone. Nothing is loaded, and pickles are never opened.",
    )
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="look through these instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object a model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """StudioError where a folder is none."""
    from studio_app.catalogue.remembered import Remembered
    from studio_app.catalogue.scanning import scan

    memory, count = Remembered(), 0
    for place in _places(args.folders):
        for found in scan(place, memory):
            if found is not None:
                count += 1
                print(json.dumps(_table(found)) if args.json else _line(found))
    if not count and not args.json:
        print("There are no models.")
    return 0


def _places(folders: list[str]) -> list[Place]:
    from studio_app.catalogue.places import Place, known_places
    from studio_app.core.errors import StudioError
    from studio_app.core.reading import expanded, is_dir
    from studio_app.core.settings import load_settings

    if not folders:
        return known_places(load_settings().model_folders)
    places = [Place(expanded(name).absolute(), "given") for name in folders]
    for place in places:
        if not is_dir(place.path):
            raise StudioError(f"No folder {place.path}", "there is none", "Check the path.")
    return places


def _table(found: Found) -> dict[str, Any]:
    where = {"path": str(found.path), "name": found.name, "owner": found.place.owner}
    return where | asdict(found.identity)


def _line(found: Found) -> str:
    from studio_app.catalogue.words import called

    identity = found.identity
    what = called(identity) or identity.why or "nobody knows what it is"
    said = [what, identity.few_step, identity.numbers, identity.unreadable]
    return _plain(f"{found.path}: {', '.join(part for part in said if part)}")


def _plain(text: str) -> str:
    """In one line, whatever a file is called or says."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
