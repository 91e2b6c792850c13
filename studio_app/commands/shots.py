"""Pictures for `underpaint export`: read from files, with what is known of them; asked of the model where need be."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_json
from studio_app.core.reading import read_bytes
from studio_app.core.request import GenerationRequest
from studio_app.document.pictures import read_rgba
from studio_app.document.recipes import MAX_RECIPE, Intermediate
from studio_app.export.making import Shot, painted_share
from studio_app.export.origin import Origin, licence_for
from studio_app.export.provenance.containers import Found, look
from studio_app.export.provenance.taken import taken_from

if TYPE_CHECKING:
    from studio_app.core.engine import Engine
    from studio_app.core.frame import FrameKind


@dataclass(frozen=True)
class Source:
    """What a file gives: a shot, or only the request of a recipe that was kept as JSON.

    exact: whether the pixels are those that were saved, and not those that a JPEG made of them. name, row: of the shot
    that is made of it.
    """

    path: Path
    shot: Shot | None
    request: GenerationRequest | None
    exact: bool
    name: str
    row: str = ""


MOST_SEEDS = 64


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


def with_seeds(source: Source, text: str) -> list[Source]:
    """The source's request with each seed of "FIRST-LAST" (or one), as recipes. StudioError where that can't be."""
    found = re.fullmatch(r"\s*(\d{1,20})\s*(?:-\s*(\d{1,20})\s*)?", text)
    if found is None:
        raise StudioError(f"The seeds can't be {text!r}", "they are written as 7-14")
    first, last = int(found[1]), int(found[2] or found[1])
    if not first <= last < first + MOST_SEEDS:
        raise StudioError(
            f"The seeds can't be {text!r}", f"they are 1 to {MOST_SEEDS}, upwards", "Give fewer."
        )
    request = _request_of(source)
    name, row = source.name, source.row
    return [
        Source(source.path, None, replace(request, seed=seed), True, f"{name}_{seed}", row)
        for seed in range(first, last + 1)
    ]


def step_of(source: Source, engine: Callable[[], Engine], step: int, *, noisy: bool) -> Shot:
    """What the run of a source's request had come to after `step` steps: x_0, or, `noisy`, x_t. StudioError where it
    has fewer, or no request is known.
    """
    request = _request_of(source)
    kind: FrameKind = "noisy" if noisy else "denoised"
    for frame in engine().run(request, wanted=(kind,)):
        if frame.kind == kind and frame.step == step:
            shows = Intermediate(step, "x_t" if noisy else "x_0")
            origin = Origin(request, licence_for(request.model), shows=shows)
            name = f"{source.name} step {step}{' noisy' if noisy else ''}"
            return Shot(frame.rgb, origin, None, name, source.row)
    raise StudioError(
        f"{source.path.name} has no step {step}",
        f"its run has {request.steps}",
        "Count from 1.",
    )


def _request_of(source: Source) -> GenerationRequest:
    if source.request is None:
        raise StudioError(
            f"{source.path.name} has no recipe",
            "so it can't be made again",
            "Give a picture of Underpaint's.",
        )
    return source.request


def rendered(
    source: Source, engine: Callable[[], Engine], *, maps: bool, must: bool, notes: list[str]
) -> Shot:
    """The source's shot, from its request: its pixels where it has none, and its maps where they are wanted.

    must: whether nothing can be made without maps. Appends to `notes`. StudioError as the engine raises it.
    """
    request, shot = source.request, source.shot
    if request is None:
        if must:
            raise StudioError(
                f"{source.path.name} has no recipe",
                "its maps can't be made",
                "Give a picture of Underpaint's.",
            )
        assert shot is not None
        return shot
    studio = engine()
    try:
        if maps:
            studio.load_maps(request.model)
    except StudioError as error:
        if must:
            raise
        notes.append(f"{error}: it is cut out by its colours alone")
        maps = False
    if shot is not None and not maps:
        return shot
    print(f"underpaint: {source.path.name} is made again, for its maps", file=sys.stderr)
    *_, frame = studio.run(request, wanted=("final",))
    assert frame.latent is not None  # the engine's frames have theirs
    known = studio.decode_maps(request, frame.latent) if maps else None
    if shot is None:
        origin = Origin(request, licence_for(request.model))
        return Shot(frame.rgb, origin, known, source.name, source.row)
    if known is not None and known.alpha.shape != shot.pixels.shape[:2]:
        notes.append(
            f"{source.path.name} is not of the size it was made in: it is used without maps"
        )
        return shot
    if source.exact and not shot.is_cut:
        share = painted_share(shot.pixels, frame.rgb)
        shot = replace(shot, origin=replace(shot.origin, painted=share))
    return replace(shot, maps=known)


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
