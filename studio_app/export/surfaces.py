"""What the scenes of a drawing show: whose each pixel is, and where it faces. A request holds neither, so the drawing
is asked again when it is exported."""

from __future__ import annotations

import colorsys
import json
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.contents.content import Surface
from studio_app.document.document import Document, request_of

BACKGROUND = "Background"
MOST = 65535
"""Ids that a picture of them can hold."""


def drawn_in(request: GenerationRequest, document: Document) -> bool:
    """Whether a document still is the drawing that went into a picture: all that it says to a model is the same."""
    words = replace(document.settings, prompt=request.prompt)
    try:
        present = request_of(replace(document, settings=words), model=request.model)
    except StudioError:  # it asks for what no request can have
        return False
    now = {control.kind: control for control in present.controls}
    return bool(request.controls) and all(
        (same := now.get(control.kind)) is not None
        and np.array_equal(same.pixels, control.pixels)
        and _same_known(same.known, control.known)
        for control in request.controls
    )


def _same_known(one: NDArray[np.uint8] | None, other: NDArray[np.uint8] | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


def surface_of_scenes(document: Document) -> Surface | None:
    """Of all scenes that are seen, the upper over the lower; None where there is none.

    The ids of the lowest stay as they are; those of one above it come after them. StudioError where they are too many.
    """
    stack, view = document.stack, document.view
    seen = [node for node in stack.nodes() if not node.untouched and not stack.hidden(node.id)]
    found = [surface for node in reversed(seen) if (surface := node.content.surface(view))]
    if not found:
        return None
    whole, *others = found
    for upper in others:
        base = max(whole.names, default=0)
        over = upper.ids > 0
        whole = Surface(
            np.where(over, upper.ids + base, whole.ids).astype(np.int32),
            {**whole.names, **{id + base: name for id, name in upper.names.items()}},
            np.where(over[..., None], upper.normals, whole.normals),
        )
    if max(whole.names, default=0) > MOST:
        raise StudioError("The ids can't be written", f"they are not all from 0 to {MOST}")
    return whole


def palette() -> NDArray[np.uint8]:
    """A colour [256, 3] for every id: black for the background, and for the others what differs from its neighbours."""
    golden = (5**0.5 - 1) / 2
    colours = [
        colorsys.hsv_to_rgb(id * golden % 1, (0.75, 0.45)[id // 2 % 2], (0.95, 0.7)[id % 2])
        for id in range(1, 256)
    ]
    return np.rint(np.array([(0, 0, 0), *colours]) * 255).astype(np.uint8)


def names_json(surface: Surface) -> bytes:
    """The names of the things by their ids, as a JSON object."""
    names = {0: BACKGROUND, **surface.names}
    said = {str(id): names[id] for id in sorted(names)}
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def normal_picture(surface: Surface) -> NDArray[np.uint8]:
    """Its normals, uint8 [H, W, 3], green up; where nothing is, they face the viewer."""
    facing = np.where(
        (surface.ids > 0)[..., None], surface.normals, np.array([0, 0, 1], np.float32)
    )
    return np.rint((facing * 0.5 + 0.5) * 255).astype(np.uint8)
