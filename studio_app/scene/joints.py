"""Where a picture shows the mannequin's joints, and which of them something hides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.camera import Camera
from studio_app.scene.mannequin import Rig


def joints_in_picture(
    rig: Rig,
    camera: Camera,
    surface: NDArray[np.floating],
    own: NDArray[np.bool_] | None = None,
    cover: float = 0.02,
) -> NDArray[np.float32]:
    """The 18 OpenPose joints [18, 3]: x and y in pixels (centres at +0.5), and 1 if seen or 0.

    A joint lies inside its own flesh: it counts as hidden where what the caster saw at its pixel is
    nearer than the joint by more than that flesh's thickness (an arm behind the body, an eye on the
    far side of the head, a knee behind a crate), or where it is outside the picture or behind the
    camera. Its place is given all the same.

    surface: [height, width], the distance z of what is seen. own: [height, width], where that is this
    figure: since a joint's flesh covers its pixel, what is seen of others there lies before it and hides
    it, however near. cover: what clothes may add to the flesh, in body heights (at most 3 times a joint's own
    thickness, so that a thin one is not seen through the body).
    """
    height, width = surface.shape
    pixels, z = camera.project(rig.joints, width, height)
    column = np.floor(np.clip(pixels[:, 0], -1e6, 1e6)).astype(int)
    row = np.floor(np.clip(pixels[:, 1], -1e6, 1e6)).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height) & (z > 0)
    at = np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)
    clothes = np.minimum(cover * rig.body.height, 3.0 * rig.joint_radii)
    # 1.6 radii: flesh seen at a slant is thicker along the ray than across the limb.
    flesh = 1.6 * rig.joint_radii + clothes
    if own is not None:
        flesh = np.where(own[at], flesh, 0.0)
    seen = inside & (surface[at] >= z - flesh)
    return np.column_stack([pixels, seen]).astype(np.float32)
