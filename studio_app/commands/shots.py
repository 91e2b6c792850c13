"""Pictures for `underpaint export`: asked of the model where need be, whole, or as they were on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from studio_app.commands.sources import Source, request_of
from studio_app.core.errors import StudioError
from studio_app.document.recipes import Intermediate
from studio_app.export.making import Shot, painted_share
from studio_app.export.origin import Origin, joints_of, licence_for

if TYPE_CHECKING:
    from studio_app.core.engine import Engine
    from studio_app.core.frame import FrameKind


def step_of(source: Source, engine: Callable[[], Engine], step: int, *, noisy: bool) -> Shot:
    """What the run of a source's request had come to after `step` steps: x_0, or, `noisy`, x_t. StudioError where it
    has fewer, or no request is known.
    """
    request = request_of(source)
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
        origin = replace(origin, people=joints_of(source.people))
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
