"""The mannequin's bones, the angles that pose them, their limits, and `Pose`: a value for each.

At rest every bone's axes are the world's: x to the figure's left, y up, z forward (it faces +z),
arms and legs hanging straight down. A bone turns by Rx(bend) @ Rz(side) @ Ry(twist), in its
parent's axes. Angles are in degrees and read alike on both sides: positive is forward or bent, out
to the side, twisted outwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Rotation = NDArray[np.float64]


@dataclass(frozen=True)
class Angle:
    """One degree of freedom; sign (+1, -1) is the sense of the right-handed turn about `axis`."""

    name: str
    axis: str
    sign: float
    low: float
    high: float


@dataclass(frozen=True)
class Bone:
    """A rigid part that turns about its origin; parent: the bone it hangs on, "" for the root."""

    name: str
    parent: str
    angles: tuple[Angle, ...]


def _trunk(name: str, parent: str, bend: tuple[float, float], side: float, twist: float) -> Bone:
    """Bend is forward; side and twist are towards the figure's left."""
    return Bone(
        name,
        parent,
        (
            Angle(f"{name}_bend", "x", 1, *bend),
            Angle(f"{name}_side", "z", -1, -side, side),
            Angle(f"{name}_twist", "y", 1, -twist, twist),
        ),
    )


def _side(side: str) -> tuple[Bone, ...]:
    m = 1.0 if side == "left" else -1.0
    collar, arm, elbow, hand = (f"{side}_{b}" for b in ("collar", "upper_arm", "lower_arm", "hand"))
    leg, knee, foot = (f"{side}_{b}" for b in ("upper_leg", "lower_leg", "foot"))
    return (
        Bone(
            collar,
            "chest",
            (
                Angle(f"{side}_collar_lift", "z", m, -10, 35),
                Angle(f"{side}_collar_forward", "y", -m, -20, 30),
            ),
        ),
        Bone(
            arm,
            collar,
            (
                Angle(f"{side}_arm_forward", "x", -1, -65, 185),
                Angle(f"{side}_arm_out", "z", m, -45, 100),
                Angle(f"{side}_arm_twist", "y", m, -100, 95),
            ),
        ),
        Bone(
            elbow,
            arm,
            (
                Angle(f"{side}_elbow_bend", "x", -1, 0, 150),
                Angle(f"{side}_elbow_twist", "y", m, -90, 90),
            ),
        ),
        Bone(
            hand,
            elbow,
            (
                Angle(f"{side}_hand_side", "x", -1, -30, 35),
                Angle(f"{side}_hand_bend", "z", -m, -70, 80),
            ),
        ),
        Bone(
            leg,
            "hips",
            (
                Angle(f"{side}_leg_forward", "x", -1, -40, 130),
                Angle(f"{side}_leg_out", "z", m, -30, 80),
                Angle(f"{side}_leg_twist", "y", m, -45, 60),
            ),
        ),
        Bone(knee, leg, (Angle(f"{side}_knee_bend", "x", 1, 0, 155),)),
        Bone(
            foot,
            knee,
            (
                Angle(f"{side}_foot_bend", "x", 1, -35, 60),
                Angle(f"{side}_foot_side", "z", m, -25, 25),
                Angle(f"{side}_foot_twist", "y", m, -20, 25),
            ),
        ),
    )


BONES: tuple[Bone, ...] = (
    _trunk("hips", "", (-180, 180), 180, 180),
    _trunk("spine", "hips", (-25, 50), 30, 35),
    _trunk("chest", "spine", (-25, 40), 25, 40),
    _trunk("neck", "chest", (-35, 45), 30, 45),
    _trunk("head", "neck", (-35, 40), 30, 50),
    *_side("left"),
    *_side("right"),
)
"""Parents come first. Hand bend folds the palm inwards, hand side tips it towards the thumb."""

BONE: Mapping[str, Bone] = {bone.name: bone for bone in BONES}
ANGLES: tuple[Angle, ...] = tuple(angle for bone in BONES for angle in bone.angles)
POSITION: Mapping[str, int] = {angle.name: i for i, angle in enumerate(ANGLES)}
LIMITS: Mapping[str, tuple[float, float]] = {a.name: (a.low, a.high) for a in ANGLES}
"""Range of every angle in degrees: a supple adult's (AAOS normal ranges of motion, rounded up)."""


@dataclass(frozen=True)
class Pose:
    """Angles in degrees, in the order of `ANGLES`. Make one with `pose(...)`.

    lift: height of the lowest point above the ground, in body heights (a jump).
    """

    angles: tuple[float, ...]
    lift: float = 0.0

    def __post_init__(self) -> None:
        if len(self.angles) != len(ANGLES) or not all(map(math.isfinite, self.angles)):
            raise ValueError(f"a pose has {len(ANGLES)} finite angles")

    def __getitem__(self, name: str) -> float:
        return self.angles[POSITION[name]]

    def named(self) -> dict[str, float]:
        """The angles that are not zero, by name: what a file keeps of a pose."""
        return {a.name: v for a, v in zip(ANGLES, self.angles, strict=True) if v != 0.0}

    def but(self, **angles: float) -> Pose:
        """This pose with some angles changed (degrees, clamped to their limits)."""
        values = list(self.angles)
        for name, value in angles.items():
            if name not in POSITION:
                raise ValueError(f"no angle is called {name!r}")
            low, high = LIMITS[name]
            values[POSITION[name]] = min(max(float(value), low), high)
        return replace(self, angles=tuple(values))

    def mirrored(self) -> Pose:
        """Left and right exchanged."""
        values = [0.0] * len(ANGLES)
        for angle, value in zip(ANGLES, self.angles, strict=True):
            side, _, rest = angle.name.partition("_")
            other = {"left": "right", "right": "left"}.get(side)
            if other is None:
                values[POSITION[angle.name]] = value if angle.axis == "x" else -value
            else:
                values[POSITION[f"{other}_{rest}"]] = value
        return replace(self, angles=tuple(values))


NEUTRAL = Pose((0.0,) * len(ANGLES))
"""Upright, arms hanging, everything at zero."""


def pose(lift: float = 0.0, **angles: float) -> Pose:
    """A pose from named angles in degrees: 0 where not named, clamped to the limits.

    Raises ValueError for a name that is not in `LIMITS`.
    """
    return replace(NEUTRAL, lift=lift).but(**angles)


def blend(a: Pose, b: Pose, t: float) -> Pose:
    """From a (t = 0) to b (t = 1), angle by angle, which stays inside the limits."""
    mixed = (x + (y - x) * t for x, y in zip(a.angles, b.angles, strict=True))
    return within_limits(Pose(tuple(mixed), max(a.lift + (b.lift - a.lift) * t, 0.0)))


def within_limits(p: Pose) -> Pose:
    """Every angle clamped to its limits."""
    clamped = (min(max(v, a.low), a.high) for a, v in zip(ANGLES, p.angles, strict=True))
    return replace(p, angles=tuple(clamped))


def jitter(p: Pose, rng: np.random.Generator, amount: float = 1.0) -> Pose:
    """A living variation: each angle moves by a normal step, within its limits.

    amount: 1 moves an arm by about 8 degrees and the hips and legs, which carry the weight, by 2
        to 3.
    """
    steps = rng.standard_normal(len(ANGLES)) * _LOOSENESS * amount
    # A straight knee or elbow would only ever bend one way; the step is folded back instead of cut
    # off.
    moved = [v + float(s) for v, s in zip(p.angles, steps, strict=True)]
    folded = [
        a.low + abs(v - a.low) if v < a.low else a.high - abs(v - a.high) if v > a.high else v
        for a, v in zip(ANGLES, moved, strict=True)
    ]
    return within_limits(replace(p, angles=tuple(folded)))


def _looseness(name: str) -> float:
    if "leg_" in name or "knee" in name or "foot" in name or name.startswith("hips"):
        return 2.5
    if name.startswith(("spine", "chest")) or "collar" in name:
        return 3.0
    return 7.0 if name.startswith(("neck", "head")) else 8.0


_LOOSENESS = np.array([_looseness(a.name) for a in ANGLES])


def turn(x: float, z: float, y: float) -> Rotation:
    """Rx(x) @ Rz(z) @ Ry(y) [3, 3], angles in degrees."""
    a, b, c = math.radians(x), math.radians(z), math.radians(y)
    ca, sa, cb, sb, cc, sc = (
        math.cos(a), math.sin(a), math.cos(b), math.sin(b), math.cos(c), math.sin(c)
    )  # fmt: skip
    return np.array(
        [
            [cb * cc, -sb, cb * sc],
            [ca * sb * cc + sa * sc, ca * cb, ca * sb * sc - sa * cc],
            [sa * sb * cc - ca * sc, sa * cb, sa * sb * sc + ca * cc],
        ]
    )


def rotation(bone: Bone, p: Pose) -> Rotation:
    """How a pose turns a bone, in its parent's axes."""
    by_axis = {"x": 0.0, "y": 0.0, "z": 0.0}
    for angle in bone.angles:
        by_axis[angle.axis] = angle.sign * p.angles[POSITION[angle.name]]
    return turn(by_axis["x"], by_axis["z"], by_axis["y"])


def angles_of(bone: Bone, r: Rotation) -> dict[str, float]:
    """The bone's named angles that turn it by `r`, before any clamping; the inverse of `rotation`.

    The side angle comes out in -90..90. What the bone has no angle for is dropped.
    """
    side = math.asin(min(max(-float(r[0, 1]), -1.0), 1.0))
    by_axis = {
        "x": math.degrees(math.atan2(float(r[2, 1]), float(r[1, 1]))),
        "z": math.degrees(side),
        "y": math.degrees(math.atan2(float(r[0, 2]), float(r[0, 0]))),
    }
    return {a.name: a.sign * by_axis[a.axis] for a in bone.angles}
