"""What a picture is made of, pixel by pixel: the matte, depth and surface that go into a game."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of one picture; immutable, so that any thread may hold them.

    alpha [height, width]: how much of the pixel the thing covers, 0..1; 1 all over but for isolated assets.
    depth [height, width]: inverse, near = 1, background = 0; of a texture its height, 0..1.
    normal [height, width, 3]: unit vectors, x right, y up, z towards the viewer (the OpenGL convention).
    albedo [height, width, 3]: colour without light, 0..1, as a screen shows it (sRGB), not multiplied by alpha.
    roughness, metallic [height, width]: 0..1.
    All float32, C-contiguous and read-only. Where nothing is (alpha 0, or the sky) only alpha and depth mean anything.
    """

    alpha: Plane
    depth: Plane
    normal: Plane
    albedo: Plane
    roughness: Plane
    metallic: Plane

    def __post_init__(self) -> None:
        size = self.alpha.shape
        for item in fields(self):
            array = np.ascontiguousarray(getattr(self, item.name), np.float32)
            wanted = (*size, 3) if item.name in ("normal", "albedo") else size
            if array.shape != wanted or len(size) != 2:
                raise ValueError(f"{item.name} must be {wanted}, not {array.shape}")
            if array.flags.writeable and array.base is not None:
                array = array.copy()  # a view of somebody else's buffer could still change under us
            array.flags.writeable = False
            object.__setattr__(self, item.name, array)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # numpy gives a writable array back from a pickle: seal it again.
        self.__dict__.update(state)
        for array in state.values():
            array.flags.writeable = False
