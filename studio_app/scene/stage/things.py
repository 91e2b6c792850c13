"""What can stand in a scene: mannequins and solids here, meshes in `scene.mesh`; their shapes and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.body import Body
from studio_app.scene.mannequin import Rig, solve
from studio_app.scene.mannequin import solids as fleshed
from studio_app.scene.mesh import Mesh
from studio_app.scene.primitives import Kind, Primitive, hull, world_corners
from studio_app.scene.skeleton import NEUTRAL, Pose
from studio_app.scene.stage.placement import MOST_FAR, Placement, Vector
from studio_app.scene.transform import Transform

Array = NDArray[np.float64]


class Param(NamedTuple):
    """One number that shapes a solid: its name in a form, its range and where it starts."""

    name: str
    low: float
    high: float
    start: float


PARAMS: Mapping[Kind, tuple[Param, ...]] = {
    "sphere": (),
    "box": (),
    "rounded_box": (Param("Roundness", 0.02, 1.0, 0.25),),
    "cylinder": (),
    "cone": (Param("Top", 0.0, 1.0, 0.0),),
    "capsule": (Param("Length", 0.0, 20.0, 1.0),),
    "torus": (Param("Thickness", 0.02, 1.0, 0.3),),
    "plane": (),
    "prism": (Param("Sides", 3.0, 24.0, 6.0), Param("Top", 0.0, 1.0, 1.0)),
}
"""What `Primitive.params` hold, by kind."""

KINDS: tuple[Kind, ...] = get_args(Kind)
LEAST_HEIGHT, MOST_HEIGHT = 0.05, 20.0
"""Of a body, world units."""


@dataclass(frozen=True)
class Solid:
    """One primitive in its own axes; see `scene.primitives.Primitive` for what each kind is.

    Raises ValueError for params that `PARAMS` does not allow.
    """

    kind: Kind
    params: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        wanted = PARAMS.get(self.kind)
        if wanted is None:
            raise ValueError(f"no solid is called {self.kind!r}")
        if len(self.params) != len(wanted):
            raise ValueError(f"a {self.kind} has {len(wanted)} params")
        for value, param in zip(self.params, wanted, strict=True):
            if not param.low <= value <= param.high:  # NaN too
                raise ValueError(
                    f"{param.name} of a {self.kind} is {param.low:g} to {param.high:g}"
                )
        if self.kind == "prism" and self.params[0] != int(self.params[0]):
            raise ValueError("a prism has a whole number of sides")

    @classmethod
    def of(cls, kind: Kind) -> Solid:
        """As it is when it is new."""
        return cls(kind, tuple(param.start for param in PARAMS[kind]))


@dataclass(frozen=True)
class Mannequin:
    """A figure. It faces +z of its own axes, and stands on their y = 0.

    hips: where its hip bone is, in its own axes; None: over the origin, the figure resting on the ground (or
        `pose.lift` above it), whatever its pose.
    hidden: joints (positions in `openpose.JOINTS`, ascending) that it never shows.
    Raises ValueError where one of them is out of its bounds.
    """

    body: Body = field(default_factory=Body)
    pose: Pose = NEUTRAL
    hips: Vector | None = None
    hidden: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not LEAST_HEIGHT <= self.body.height <= MOST_HEIGHT:
            raise ValueError(f"a body is {LEAST_HEIGHT:g} to {MOST_HEIGHT:g} high")
        if not 0 <= self.pose.lift <= MOST_HEIGHT:
            raise ValueError("a pose is lifted by 0 to 20 body heights")
        if self.hips is not None and not all(abs(v) <= MOST_FAR for v in self.hips):
            raise ValueError("hips are within reach")
        if list(self.hidden) != sorted(set(self.hidden) & set(range(18))):
            raise ValueError("hidden joints are 0 to 17, each once, ascending")

    def rig(self, size: float = 1.0) -> Rig:
        """Its bones in its own axes, at a multiple of its size."""
        return _rig(self.body, self.pose, self.hips, size)


Thing = Mannequin | Solid | Mesh


def uniform(thing: Thing) -> bool:
    """Whether a thing has one size along all axes."""
    return isinstance(thing, Mannequin)


def rig_of(thing: Mannequin, placement: Placement) -> Rig:
    """The figure's bones and joints in the world."""
    local, rigid = thing.rig(placement.size[0]), placement.rigid
    bones = {name: rigid @ bone for name, bone in local.bones.items()}
    joints = local.joints @ rigid.matrix[:3, :3].T + rigid.matrix[:3, 3]
    return replace(local, bones=bones, joints=joints)


@lru_cache(maxsize=256)
def solids_of(thing: Mannequin | Solid, placement: Placement, part: int) -> tuple[Primitive, ...]:
    """What a caster draws of it, in the world."""
    if isinstance(thing, Solid):
        return (Primitive(thing.kind, thing.params, placement.transform, part),)
    rigid = placement.rigid
    return tuple(solid.moved(rigid) for solid in _fleshed(thing, placement.size[0], part))


def bounds_of(thing: Thing, placement: Placement) -> tuple[Array, Array] | None:
    """Low and high corner [3] of its box in the world; None of a plane, which has no end."""
    if isinstance(thing, Mesh):
        if not len(thing.vertices):
            return None
        points = placed_vertices(thing, placement.transform)
        return points.min(0), points.max(0)
    if isinstance(thing, Solid) and thing.kind == "plane":
        return None
    return solid_bounds(solids_of(thing, placement, 1))


def outline_of(thing: Thing, placement: Placement) -> Array:
    """Points [N, 3] in the world whose hull holds the thing, closer than its box does; none of a plane."""
    if isinstance(thing, Mesh):
        return placed_vertices(thing, placement.transform)
    if isinstance(thing, Solid) and thing.kind == "plane":
        return np.zeros((0, 3))
    if isinstance(thing, Solid):
        (solid,) = solids_of(thing, placement, 1)
        return world_corners(solid)
    boxes = [solid_bounds([solid]) for solid in solids_of(thing, placement, 1)]
    return np.concatenate([box_corners(low, high) for low, high in boxes])


def box_corners(low: Array, high: Array) -> Array:
    """The 8 corners [8, 3] of a box along the axes."""
    shares = np.array(list(product((0.0, 1.0), repeat=3)), np.float64)
    return low + shares * (high - low)


def solid_bounds(solids: Sequence[Primitive]) -> tuple[Array, Array]:
    """Low and high corner [3] of the box around bounded solids."""
    lows: list[Array] = []
    highs: list[Array] = []
    for solid in solids:
        linear, at = solid.transform.matrix[:3, :3], solid.transform.matrix[:3, 3]
        if solid.clip is not None and solid.kind == "sphere":
            lows.append(at - _cut_reach(-linear, solid.clip))
            highs.append(at + _cut_reach(linear, solid.clip))
            continue
        pieces = hull(solid.kind, solid.params)
        centres = pieces[:, :3] @ linear.T + at
        # An ellipsoid reaches as far along an axis as the length of that row of its half axes.
        reach = np.sqrt((linear[None] ** 2 @ pieces[:, 3:, None] ** 2)[..., 0])
        lows.append((centres - reach).min(0))
        highs.append((centres + reach).max(0))
    return np.min(lows, 0), np.max(highs, 0)


def _cut_reach(linear: Array, clip: tuple[float, float, float, float]) -> Array:
    """How far [3] a unit ball that is cut (n x <= d) reaches along the rows of a linear map."""
    n, d = np.asarray(clip[:3]), min(max(clip[3], -1.0), 1.0)
    length: Array = np.linalg.norm(linear, axis=1)
    towards: Array = linear @ n
    across = np.sqrt(np.maximum(length**2 - towards**2, 0.0))
    # Where the ball's farthest point is cut away, the farthest of the disc that is left.
    return np.where(towards > d * length, d * towards + np.sqrt(1 - d * d) * across, length)


def placed_vertices(mesh: Mesh, transform: Transform) -> Array:
    """The vertices [V, 3] in the world."""
    m = transform.matrix
    return mesh.vertices.astype(np.float64) @ m[:3, :3].T + m[:3, 3]


@lru_cache(maxsize=64)
def _rig(body: Body, pose: Pose, hips: Vector | None, size: float) -> Rig:
    at = None if hips is None else (hips[0] * size, hips[1] * size, hips[2] * size)
    return solve(replace(body, height=body.height * size), pose, at)


@lru_cache(maxsize=64)
def _fleshed(thing: Mannequin, size: float, part: int) -> tuple[Primitive, ...]:
    return fleshed(thing.rig(size), part)
