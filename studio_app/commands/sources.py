"""What `underpaint export` is told to export: files, rows, seeds, poses, and pictures of the window's history."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_json
from studio_app.core.reading import expanded, read_bytes
from studio_app.core.request import GenerationRequest
from studio_app.core.resources import user_dir
from studio_app.document.document import Document, new_document
from studio_app.document.people import Person
from studio_app.document.pictures import read_rgba
from studio_app.document.recipes import MAX_RECIPE
from studio_app.document.restoring import restored
from studio_app.document.store.folder_reading import pictures_in, read_folder
from studio_app.document.store.slots import newest
from studio_app.export.frame_asks import Present, asked
from studio_app.export.making import Shot
from studio_app.export.origin import Origin, licence_for
from studio_app.export.provenance.containers import Found, look
from studio_app.export.provenance.taken import taken_from
from studio_app.export.settings import ExportSettings, SheetSource, settings_from
from studio_app.export.surfaces import drawn_in

if TYPE_CHECKING:
    from studio_app.core.engine import Engine


@dataclass(frozen=True)
class Source:
    """What a file gives: a shot, or only the request of a recipe that was kept as JSON.

    exact: whether the pixels are those that were saved, and not those that a JPEG made of them. name, row: of the shot
    that is made of it. people: that its pose shows, where the request alone is known.
    """

    path: Path
    shot: Shot | None
    request: GenerationRequest | None
    exact: bool
    name: str
    row: str = ""
    people: tuple[Person, ...] = ()


MOST_SEEDS = 64


def source_of(args: argparse.Namespace) -> SheetSource | None:
    """What the line says of poses and seeds, as a project remembers it; None where it says nothing. Files of poses are
    named whole. StudioError where that can't be."""
    if not args.poses and args.seeds is None:
        return None
    wanted: dict[str, Any] = {"of": "poses" if args.poses else "seeds"}
    if args.seeds is not None:
        first, last = _seeds(args.seeds)
        wanted |= {"first": first, "count": last - first + 1}
    if args.poses:
        wanted["poses"] = [
            str(expanded(pose).absolute()) if Path(pose).suffix else pose for pose in args.poses
        ]
    return settings_from({"source": wanted}, "these poses").source


def sources_of(
    args: argparse.Namespace, settings: ExportSettings, engine: Callable[[], Engine]
) -> list[Source]:
    """All that the line names, in its order; of poses and seeds what the settings have, which are remembered. engine:
    asked where a model has to say what it can do. StudioError where something isn't there, or can't be made again."""
    sources = [read_source(expanded(name)) for name in args.pictures]
    for name, *files in args.row or ():
        if not files:
            raise StudioError(f"The row {name} has no pictures", "", "Give them after its name.")
        sources += [read_source(expanded(file), name, number) for number, file in enumerate(files)]
    if args.session is not None and not args.history:
        raise StudioError("--session goes with --history", "", "Say which picture of it.")
    if args.history:
        sources += of_history(args.history, args.session, drawing=args.kind == "control")
    source = settings.source
    asked_for = args.poses or args.seeds is not None
    # What is remembered is for one recipe: several pictures are the frames of a sheet themselves.
    if not asked_for and (settings.kind != "sheet" or len(sources) != 1 or args.row):
        return sources
    if source.of == "poses":
        return in_poses(sources, source, engine)
    if source.of == "seeds":
        return [made for one in sources for made in with_seeds(one, source)]
    return sources


def read_source(path: Path, row: str = "", number: int = 0) -> Source:
    """StudioError where it is neither a picture nor a recipe."""
    name = f"{row}_{number}" if row else path.stem
    if path.suffix.lower() == ".json":
        request = GenerationRequest.from_dict(read_json(path, max_bytes=MAX_RECIPE))
        return Source(path, None, request, True, name, row)
    found = _found(path)
    origin = _origin(found, path)
    pixels = read_rgba(path)
    if (pixels[..., 3] == 255).all():
        pixels = pixels[..., :3].copy()
    return Source(
        path,
        Shot(pixels, origin, None, name, row),
        origin.request,
        found.format == "PNG",
        name,
        row,
    )


def of_history(
    numbers: Sequence[int], session: str | None = None, *, drawing: bool = False
) -> list[Source]:
    """Pictures of a history by their numbers, 1 for the newest. session: its folder; None for the work that was saved
    last. drawing: with the document, for those that were made from it as it is. StudioError where there is none."""
    folder = newest(user_dir()) if session is None else expanded(session)
    if folder is None:
        raise StudioError(
            "There is no history yet", "", "Draw in the window first, or give --session DIR."
        )
    paths = pictures_in(folder)
    for number in numbers:
        if not 1 <= number <= len(paths):
            has = f"it has {len(paths)}, and 1 is the newest" if paths else "it has none"
            raise StudioError(f"The history has no picture {number}", f"{folder}: {has}")
    sources = [read_source(paths[-number]) for number in numbers]
    if drawing:
        document = read_folder(folder).document
        sources = [_with_drawing(source, document) for source in sources]
    # Their files are named by ids, which say nothing to anybody.
    return [
        replace(
            source, name="", shot=None if source.shot is None else replace(source.shot, name="")
        )
        for source in sources
    ]


def _with_drawing(source: Source, document: Document | None) -> Source:
    if document is None or source.shot is None or source.request is None:
        return source
    if not drawn_in(source.request, document):
        return source
    return replace(source, shot=replace(source.shot, document=document))


def with_seeds(source: Source, wanted: SheetSource) -> list[Source]:
    """The source's request with each of the seeds, as recipes. StudioError where that can't be."""
    request = request_of(source)
    first = request.seed if wanted.first is None else wanted.first
    return [
        Source(
            source.path,
            None,
            replace(request, seed=seed),
            True,
            f"{source.name}_{seed}",
            source.row,
        )
        for seed in range(first, first + wanted.count)
    ]


def in_poses(
    sources: Sequence[Source], wanted: SheetSource, engine: Callable[[], Engine]
) -> list[Source]:
    """The request of the one source in each pose, with each of the seeds, as recipes: as the window asks for them, a
    row for each pose. StudioError where that can't be."""
    if len(sources) != 1:
        raise StudioError(
            "Poses are those of one picture",
            f"{len(sources)} were given",
            "Name one whose recipe is drawn again.",
        )
    (source,) = sources
    request = request_of(source)
    people = source.people or None
    present = Present(
        restored(new_document(), request, people), engine().load(request.model), request.model
    )
    return [
        Source(source.path, None, ask.request, True, "", ask.row, ask.people)
        for ask in asked(wanted, present)
    ]


def _seeds(text: str) -> tuple[int, int]:
    """The first and the last of "FIRST-LAST"."""
    found = re.fullmatch(r"\s*(\d{1,20})\s*(?:-\s*(\d{1,20})\s*)?", text)
    if found is None:
        raise StudioError(f"The seeds can't be {text!r}", "they are written as 7-14")
    first, last = int(found[1]), int(found[2] or found[1])
    if not first <= last < first + MOST_SEEDS:
        raise StudioError(
            f"The seeds can't be {text!r}", f"they are 1 to {MOST_SEEDS}, upwards", "Give fewer."
        )
    return first, last


def request_of(source: Source) -> GenerationRequest:
    """StudioError where none is known."""
    if source.request is None:
        raise StudioError(
            f"{source.path.name} has no recipe",
            "so it can't be made again",
            "Give a picture of Underpaint's.",
        )
    return source.request


def _found(path: Path) -> Found:
    try:
        return look(read_bytes(path), path.name)
    except StudioError:
        return Found("other")  # read_rgba says whether it is a picture


def _origin(found: Found, path: Path) -> Origin:
    marked = found.xmp.source_type if found.xmp else ""
    try:
        taken = taken_from(found, path.name)
    except StudioError:
        return Origin(marked=marked)
    if taken.tool != "Underpaint":
        return Origin(marked=marked or "trainedAlgorithmicMedia", tool=taken.tool)
    licence = licence_for(taken.request.model)
    return Origin(taken.request, licence, people=taken.people, shows=taken.shows)
