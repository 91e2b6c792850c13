"""Figures get a body: to a small model, which reads depth better than figures, a pose is told as depth too, in what the
words say that its people wear.

Of a figure of which too little is shown nothing is made: what is missing may be meant to be hidden. Nor of one that is
painted: what is drawn is what counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.cache import ContentCache
from studio_app.engine.controls.features import adapter_input
from studio_app.scene.dressed import dressed_as_drawn, outfit_named
from studio_app.scene.fleshing import fleshed
from studio_app.scene.openpose_reading import figures_in

Size = tuple[int, int]
"""(width, height)"""
Depth = tuple[NDArray[np.float32], NDArray[np.uint8]]
"""As of `fleshed`."""


class Dress(NamedTuple):
    """What all figures wear, by the name of an outfit, and what the rest of it follows from."""

    outfit: str | None
    seed: int


TRUNK_AND_LIMBS = slice(1, 14)
HIDDEN = 2
"""Joints of trunk and limbs that a figure with a body may lack."""
STANDS_OUT, STANDS_OUT_A_LITTLE = 0.08, 0.02
"""By how much nearer than what is around it, or right beside it, a figure is that was painted."""
BESIDE = 0.02
"""How far that is, in shares of the picture's smaller side."""


@dataclass
class Bodies:
    """strength: of their depth where there is no other, in shares of the pose's own. Remembers the newest."""

    strength: float
    _known: ContentCache[Control | None] = field(default_factory=lambda: ContentCache(8))

    def of(self, requests: Sequence[GenerationRequest]) -> list[GenerationRequest]:
        """The same requests, with the figures' bodies in their depth, or as it. All have the same kinds of controls
        before and after: where nobody can have a body and there is no depth, it says nothing."""
        if not self.strength:
            return list(requests)
        made = [self._embodied(request) for request in requests]
        bare = any("depth" not in kinds_of(request) for request in requests)
        if bare and any(request is not one for request, one in zip(requests, made, strict=True)):
            return [_with_some_depth(request) for request in made]
        return made

    def _embodied(self, request: GenerationRequest) -> GenerationRequest:
        kinds = kinds_of(request)
        pose, depth = kinds.get("pose"), kinds.get("depth")
        if pose is None or pose.strength == 0:
            return request
        size = request.width, request.height
        outfit = outfit_named(request.prompt)
        dress = Dress(outfit, 0 if outfit is None else request.seed)
        key = pose.drawing, depth and depth.drawing, size, dress
        told = self._known.get(key, lambda: _told(pose, depth, size, dress))
        if told is None:
            return request
        if depth is None:
            strength = min(self.strength * pose.strength, 2.0)
            bodies = told.acting(strength, pose.start, pose.end)
            return replace(request, controls=(*request.controls, bodies))
        bodies = told.acting(depth.strength, depth.start, depth.end)
        controls = tuple(bodies if one is depth else one for one in request.controls)
        return replace(request, controls=controls)


def kinds_of(request: GenerationRequest) -> dict[str, Control]:
    return {control.kind: control for control in request.controls}


def _with_some_depth(request: GenerationRequest) -> GenerationRequest:
    if "depth" in kinds_of(request):
        return request
    nothing = np.zeros((request.height, request.width), np.uint8)
    silent = Control("depth", nothing.astype(np.float32), nothing)
    return replace(request, controls=(*request.controls, silent))


def _told(pose: Control, depth: Control | None, size: Size, dress: Dress) -> Control | None:
    """The depth of all that is drawn; None where nobody gets a body."""
    painted = None if depth is None else _fitted(depth, size)
    bodies = [
        _dressed(joints, body, size, dress, number)
        for number, (joints, body) in enumerate(_bodies_in(pose, size))
        if painted is None or not _is_painted(body, painted)
    ]
    if not bodies:
        return None
    value, known = painted or (np.zeros(size[::-1], np.float32), np.zeros(size[::-1], np.uint8))
    for own, there in bodies:
        value, known = np.maximum(value, own), np.maximum(known, there)
    return Control("depth", value, None if known.all() else known)


def _dressed(
    joints: NDArray[np.float32], body: Depth, size: Size, dress: Dress, number: int
) -> Depth:
    """The body in what its words say; as it is where they say nothing, or too little of the figure is there."""
    if dress.outfit is None:
        return body
    depth = dressed_as_drawn(joints, dress.outfit, dress.seed + number, *size)
    return body if depth is None else (depth, np.where(depth > 0, np.uint8(255), np.uint8(0)))


def _bodies_in(pose: Control, size: Size) -> list[tuple[NDArray[np.float32], Depth]]:
    """Of each figure that is whole enough, its joints and its plain body."""
    pixels = pose.pixels
    if pixels.dtype != np.uint8:
        pixels = np.rint(pixels * 255).astype(np.uint8)
    scale = np.array([size[0] / pixels.shape[1], size[1] / pixels.shape[0], 1.0], np.float32)
    whole = (
        joints * scale
        for joints in figures_in(pixels)
        if (joints[TRUNK_AND_LIMBS, 2] == 0).sum() <= HIDDEN
    )
    made = ((joints, fleshed(joints[None], *size)) for joints in whole)
    return [(joints, body) for joints, body in made if body[1].any()]


def _is_painted(body: Depth, painted: Depth) -> bool:
    """Whether a figure stands out of the depth that is drawn where it is: a little of what is right beside it, or more
    of all around, where it is dressed."""
    there, value = body[1] > 0, painted[0]
    reach = max(round(BESIDE * min(there.shape)), 1)
    rows, columns = np.nonzero(there.any(1))[0], np.nonzero(there.any(0))[0]
    box = np.zeros_like(there)
    box[
        max(rows[0] - reach, 0) : rows[-1] + reach, max(columns[0] - reach, 0) : columns[-1] + reach
    ] = True
    beside = np.zeros_like(there)
    for down in (-reach, 0, reach):
        for across in (-reach, 0, reach):
            beside |= np.roll(there, (down, across), (0, 1))
    inside = value[there].mean()
    return any(
        bool(area.any()) and inside - value[area].mean() > least
        for area, least in (
            (beside & box & ~there, STANDS_OUT_A_LITTLE),
            (box & ~there, STANDS_OUT),
        )
    )


def _fitted(depth: Control, size: Size) -> Depth:
    """A drawing as an adapter gets it: nothing is 0 and not known."""
    value, known = adapter_input(depth, 2, *size)[0].numpy()
    return value, np.where(known >= 0.5, np.uint8(255), np.uint8(0))
