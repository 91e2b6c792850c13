"""People out of a picture of OpenPose figures, as ControlNet's users keep them. No Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio_app.core.request import GenerationRequest
from studio_app.document.people import Person
from studio_app.scene.openpose_reading import figures_in


def people_in(rgb: NDArray[np.uint8]) -> tuple[Person, ...]:
    """The figures of uint8 [H, W, 3], as of `figures_in`."""
    return tuple(Person(joints) for joints in figures_in(rgb))


def people_of(request: GenerationRequest) -> tuple[Person, ...]:
    """The people that a request's pose was drawn from, read off that drawing, in pixels of the request; an empty
    tuple where it has no pose, or one that nobody can be found in."""
    for control in request.controls:
        if control.kind == "pose":
            pixels = control.pixels
            if pixels.dtype != np.uint8:
                pixels = np.rint(pixels * 255).astype(np.uint8)
            height, width = pixels.shape[:2]
            scale = np.array([request.width / width, request.height / height, 1.0], np.float32)
            return tuple(Person(person.joints * scale) for person in people_in(pixels))
    return ()
