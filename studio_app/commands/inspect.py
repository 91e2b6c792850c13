"""`underpaint inspect`: where a picture came from, as far as anything says."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "inspect",
        help="say where a picture came from",
        description="Says what is known of a picture: the mark of a model's work (XMP DigitalSourceType), its recipe "
        "(Underpaint's, AUTOMATIC1111's, ComfyUI's or InvokeAI's), a C2PA manifest, and the ledger of the game project "
        "it lies in. That nothing says so is no proof that no model made it.",
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="PNG, JPEG, WebP, PSD, EXR or ORA; of others, what a ledger says",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from studio_app.export.provenance.inspecting import figures_of, inspect_file, lines_of

    for number, name in enumerate(args.files):
        known = inspect_file(Path(name))
        if args.json:
            print(json.dumps(figures_of(known), ensure_ascii=False))
            continue
        if number:
            print()
        for what, said in lines_of(known):
            print(f"{what:<9} {said}")
    return 0
