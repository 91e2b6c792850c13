"""Figures get a body: a pose where no depth is drawn is told to a model as depth too.

For a small model that reads depth better than figures. Of figures of which too little is shown nothing is made: what is
missing may be meant to be hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.cache import ContentCache
from studio_app.scene.fleshing import fleshed
from studio_app.scene.openpose_reading import figures_in

TRUNK_AND_LIMBS = slice(1, 14)
HIDDEN = 2
"""Joints of trunk and limbs that a figure with a body may lack."""


@dataclass
class Bodies:
    """strength: of the depth, in shares of the pose's own. Remembers the newest."""

    strength: float
    _known: ContentCache[Control] = field(default_factory=lambda: ContentCache(8))

    def of(self, requests: Sequence[GenerationRequest]) -> list[GenerationRequest]:
        """The same requests, each with the depth of its figures where none of them has any drawn. They have the same
        kinds of controls before and after; where nobody in a picture can have a body, its depth says nothing."""
        kinds = {control.kind for request in requests for control in request.controls}
        if not self.strength or "pose" not in kinds or "depth" in kinds:
            return list(requests)
        made = [self._embodied(request) for request in requests]
        if not any(
            bodies is not None and bodies.known is not None and bodies.known.any()
            for bodies in made
        ):
            return list(requests)
        return [
            request if bodies is None else replace(request, controls=(*request.controls, bodies))
            for request, bodies in zip(requests, made, strict=True)
        ]

    def _embodied(self, request: GenerationRequest) -> Control | None:
        pose = next((control for control in request.controls if control.kind == "pose"), None)
        if pose is None:
            return None
        size = request.width, request.height
        bodies = self._known.get((pose.drawing, size), lambda: _depth_of(pose, size))
        return bodies.acting(min(self.strength * pose.strength, 2.0), pose.start, pose.end)


def _depth_of(pose: Control, size: tuple[int, int]) -> Control:
    """Of the figures of a drawing, in the size (width, height) of the picture."""
    pixels = pose.pixels
    if pixels.dtype != np.uint8:
        pixels = np.rint(pixels * 255).astype(np.uint8)
    width, height = size
    scale = np.array([width / pixels.shape[1], height / pixels.shape[0], 1.0], np.float32)
    whole = [
        joints * scale
        for joints in figures_in(pixels)
        if (joints[TRUNK_AND_LIMBS, 2] == 0).sum() <= HIDDEN
    ]
    figures = np.stack(whole) if whole else np.zeros((0, 18, 3), np.float32)
    depth, known = fleshed(figures, width, height)
    return Control("depth", depth, known)
