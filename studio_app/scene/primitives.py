"""The solids a scene is made of. Each kind lives in local coordinates; its transform places it.

Sizes are mostly carried by the (affine, possibly unequal) transform; `params` hold only what a
stretch cannot express. Every solid but the plane is bounded by the box
`LOCAL_BOUNDS[kind](params)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.transform import Transform, identity

Kind = Literal[
    "sphere", "box", "rounded_box", "cylinder", "cone", "capsule", "torus", "plane", "prism"
]


@dataclass(frozen=True, eq=False)
class Primitive:
    """One solid.

    kind: sphere (unit; stretched it is an ellipsoid), box (-1..1 on each axis), rounded_box,
        cylinder (unit radius, y in -1..1), cone (y in -1..1), capsule, torus (in the xz plane),
        plane (the half-space y <= 0), prism (a regular n-gon in xz, y in -1..1).
    params: rounded_box (edge radius 0..1); cone (top radius / bottom radius 0..1: 0 is a point;
        bottom radius 1); capsule (half the length of its axis, radius 1); torus (tube radius 0..1,
        ring radius 1); prism (sides n >= 3, top scale 0..1: 0 is a pyramid; bottom circumradius
        1); others ().
    clip: keeps only local points with nx*x + ny*y + nz*z <= d, capped flat (convex kinds only, not
        the plane).
    part: id written to the G-buffer, >= 1 (0 is background).
    surface: name of the surface slot; the scene layer ignores it, renderers look materials up by
        it.
    """

    kind: Kind
    params: tuple[float, ...] = ()
    transform: Transform = field(default_factory=identity)
    part: int = 1
    surface: str = "main"
    clip: tuple[float, float, float, float] | None = None

    def moved(self, transform: Transform) -> Primitive:
        """The same solid, after a further transform."""
        return replace(self, transform=transform @ self.transform)


@dataclass(frozen=True, eq=False)
class Group:
    """Solids and groups that move together."""

    children: tuple[Primitive | Group, ...]
    transform: Transform = field(default_factory=identity)

    def flatten(self, parent: Transform | None = None) -> tuple[Primitive, ...]:
        here = self.transform if parent is None else parent @ self.transform
        out: list[Primitive] = []
        for child in self.children:
            if isinstance(child, Group):
                out.extend(child.flatten(here))
            else:
                out.append(child.moved(here))
        return tuple(out)


def _unit(_: tuple[float, ...]) -> tuple[float, float, float]:
    return 1.0, 1.0, 1.0


LOCAL_BOUNDS: dict[str, Callable[[tuple[float, ...]], tuple[float, float, float]]] = {
    "sphere": _unit,
    "box": _unit,
    "rounded_box": _unit,
    "cylinder": _unit,
    "cone": _unit,
    "capsule": lambda p: (1.0, p[0] + 1.0, 1.0),
    "torus": lambda p: (1.0 + p[0], p[0], 1.0 + p[0]),
    "prism": _unit,
}
"""Half extents of the local bounding box, centred on the origin."""


def world_corners(primitive: Primitive) -> NDArray[np.float64]:
    """The 8 corners [8, 3] of a bounded solid's local box, in world coordinates."""
    h = np.asarray(LOCAL_BOUNDS[primitive.kind](primitive.params))
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    m = primitive.transform.matrix
    return (signs * h) @ m[:3, :3].T + m[:3, 3]


@lru_cache(maxsize=1024)
def hull(kind: str, params: tuple[float, ...]) -> NDArray[np.float64]:
    """Axis-aligned ellipsoids [N, 6] (centre, radii) whose convex hull holds the solid, local axes.

    Flat ones are discs, those without extent points. Tight for every kind but the rounded box.
    """
    if kind == "sphere":
        rows = [(0.0, 0.0, 0.0, 1.0, 1.0, 1.0)]
    elif kind == "capsule":
        rows = [(0.0, y, 0.0, 1.0, 1.0, 1.0) for y in (-params[0], params[0])]
    elif kind in ("cylinder", "cone", "prism"):
        top = 1.0 if kind == "cylinder" else params[-1]
        rows = [(0.0, -1.0, 0.0, 1.0, 0.0, 1.0), (0.0, 1.0, 0.0, top, 0.0, top)]
    elif kind == "torus":
        # Sphere tracing stops a little outside the surface.
        wide = 1.0 + params[0] + 3e-3
        rows = [(0.0, y, 0.0, wide, 0.0, wide) for y in (-params[0], params[0])]
    else:
        signs = (-1.0, 1.0)
        rows = [(x, y, z, 0.0, 0.0, 0.0) for x in signs for y in signs for z in signs]
    return np.array(rows)
