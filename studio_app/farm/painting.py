"""What the engine does for one order: a task goes in, and pixels, maps and steps come out. Both are picklable."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.core.engine import Engine
from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.document.png import png_bytes

Need = Literal["no", "try", "must"]
"""Of maps. "try": the picture is worth having without."""


@dataclass(frozen=True, eq=False)
class Task:
    """frames: whether every x_t and x_0 is wanted too. maps: whether its maps are."""

    request: GenerationRequest
    frames: bool = False
    maps: Need = "no"


@dataclass(frozen=True, eq=False)
class Made:
    """rgb: uint8 [H, W, 3]. maps: None where they were not wanted, or the model has none. steps: PNGs by name,
    "step01_xt" .... notes: what was done otherwise than hoped. seconds: of the engine's work.
    """

    rgb: NDArray[np.uint8] = field(repr=False)
    maps: Maps | None = field(default=None, repr=False)
    steps: dict[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


def paint(
    engine: Engine,
    task: Task,
    *,
    said: Callable[[Frame], None] | None = None,
) -> Made:
    """The same bits as any other run of this request on this machine. said: told of every step, by its frame.

    StudioError as the engine raises it, and where maps are a must and the model has none.
    """
    began = time.perf_counter()
    request = task.request
    notes = engine.notes(request)
    wants_maps = task.maps != "no"
    if wants_maps:
        try:
            engine.load_maps(request.model)
        except StudioError as error:
            if task.maps == "must":
                raise
            notes.append(f"{error}: it is cut out by its colours alone")
            wants_maps = False
    steps: dict[str, bytes] = {}
    # A noisy frame costs little and moves the progress; a denoised one costs a decode.
    wanted: tuple[FrameKind, ...] = ("noisy", "denoised", "final") if task.frames else ("final",)
    if said is not None and not task.frames:
        wanted = ("noisy", "final")
    final: Frame | None = None
    for frame in engine.run(request, wanted=wanted):
        if said is not None:
            said(frame)
        if frame.kind == "final":
            final = frame
        elif task.frames:  # they wait for the whole run, as small as they get
            name = "xt" if frame.kind == "noisy" else "x0"
            steps[f"step{frame.step:02}_{name}"] = png_bytes(frame.rgb)
    assert final is not None and final.latent is not None  # the engine's frames have theirs
    maps = engine.decode_maps(request, final.latent) if wants_maps else None
    rgb = np.ascontiguousarray(final.rgb)
    return Made(rgb, maps, steps, tuple(notes), time.perf_counter() - began)
