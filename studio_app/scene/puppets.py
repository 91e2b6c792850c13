"""An OpenPose figure as the rig of a mannequin, so that what hangs on bones hangs on a drawn figure too.

A flat figure does not say how far its joints are. A limb that is shorter than its bones comes towards the viewer, a
knee forwards and the foot behind it back; one that is longer is stretched. Shoulders that are nearer to each other than
they are wide are turned away, to the side where the nose is; those that are the other way round are seen from behind.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.body import Body, Measures, measure
from studio_app.scene.mannequin import Rig, joint_radii
from studio_app.scene.poses import POSES
from studio_app.scene.transform import Transform

Array = NDArray[np.float64]
Frame = tuple[Array, Array, Array]
"""Axes x (the figure's left), y and z (forwards) of a bone."""

NOSE, NECK = 0, 1
ARMS = {"right": (2, 3, 4), "left": (5, 6, 7)}
LEGS = {"right": (8, 9, 10), "left": (11, 12, 13)}
EYES, EARS = (14, 15), (16, 17)
NEEDED = slice(2, 14)
"""The joints of the limbs, all of which must be there."""
_FLATTEST = 0.1
"""Of its length, what a trunk has that is seen along itself."""
_SIDES = {"right": -1.0, "left": 1.0}
_FORWARDS = {"upper_arm": 0.5, "lower_arm": 0.8, "upper_leg": 0.6, "lower_leg": -0.6}
"""How much of what a limb is too short by is depth: elbows and knees are seldom all in front."""


class Puppet(NamedTuple):
    """rig: in a world whose x and y are those of the picture, y upwards, divided by `pixels`; z is towards the viewer,
    about 0."""

    rig: Rig
    pixels: float


def puppet(joints: NDArray[np.floating], body: Body) -> Puppet | None:
    """A body in the pose of a figure [18, 3] in pixels. None where a joint of its limbs is missing, or all are one."""
    there = joints[:, 2] > 0
    flat = np.column_stack([joints[:, 0], -joints[:, 1]]).astype(np.float64)
    if not there[NEEDED].all() or np.ptp(flat[NEEDED], axis=0).max() < 2:
        return None
    m = measure(body)
    if not there[NECK]:
        flat[NECK] = (flat[2] + flat[5]) / 2
    pixels = _pixels(flat, m)
    places = np.column_stack([flat / pixels, np.zeros(18)])
    hip, neck = (places[8] + places[11]) / 2, places[NECK]
    facing = _facing(places, there, 2 * m.shoulder_width)
    trunk = _frame(neck - hip, facing)
    rise = max(float(np.linalg.norm(neck - hip)) / (m.shoulder - m.hip), _FLATTEST)

    def along(height: float) -> Array:
        return hip + trunk[1] * ((height - m.hip) * rise)

    bones = {
        name: _bone(along(height), trunk)
        for name, height in (("hips", m.hips), ("spine", m.spine), ("chest", m.chest))
    }
    bones |= _head(places, there, along(m.neck), trunk, facing, m.head_width, m.head_height)
    lengths = {
        "upper_arm": m.upper_arm,
        "lower_arm": m.lower_arm,
        "upper_leg": m.hip - m.knee,
        "lower_leg": m.knee - m.ankle,
    }
    made = places.copy()
    for side, sign in _SIDES.items():
        collar = along(m.shoulder) + trunk[0] * (sign * m.collar_width)
        bones[f"{side}_collar"] = _bone(collar, trunk)
        for chain, wide, names in (
            (ARMS[side], m.shoulder_width, ("upper_arm", "lower_arm", "hand")),
            (LEGS[side], m.hip_width, ("upper_leg", "lower_leg", "foot")),
        ):
            at = places[chain[0]].copy()
            at[2] = trunk[0][2] * sign * wide
            made[chain[0]] = at
            way = -trunk[1]
            for name, a, b in zip(names[:2], chain, chain[1:], strict=False):
                way = _way(places[b] - places[a], lengths[name], _FORWARDS[name])
                x, y, z = _frame(-way, facing)
                stretched = y * (np.linalg.norm(way) / lengths[name])
                bones[f"{side}_{name}"] = _bone(at, (x, stretched, z))
                at = at + way
                made[b] = at
            flat_foot = names[2] == "foot" and way[1] < 0
            end = _frame(np.array([0.0, 1.0, 0.0]) if flat_foot else -way, facing)
            bones[f"{side}_{names[2]}"] = _bone(at, end)
    rig = Rig(body, POSES["standing"], m, bones, made, joint_radii(m))
    return Puppet(rig, pixels)


def _pixels(flat: Array, m: Measures) -> float:
    """To a unit of the body: what most of its longer parts say, since what is turned is too short."""
    leg, arm = (m.hip - m.knee, m.knee - m.ankle), (m.upper_arm, m.lower_arm)
    hip = (flat[8] + flat[11]) / 2
    parts = [(hip, flat[NECK], m.shoulder - m.hip)]
    for chains, lengths in ((LEGS, leg), (ARMS, arm)):
        for chain in chains.values():
            pairs = zip(chain, chain[1:], lengths, strict=False)
            parts += [(flat[a], flat[b], length) for a, b, length in pairs]
    sizes = sorted(float(np.linalg.norm(b - a)) / length for a, b, length in parts)
    return max(float(np.median(sizes[len(sizes) // 3 :])), 1e-3)


def _facing(places: Array, there: NDArray[np.bool_], wide: float) -> Array:
    """The direction [3] of the figure's left, level. wide: between shoulders that are not turned."""
    across = float(np.clip((places[5, 0] - places[2, 0]) / wide, -1, 1))
    face = [joint for joint in (*EARS, *EYES) if there[joint]]
    aside = 0.0
    if there[NOSE] and face:
        aside = float(places[NOSE, 0] - places[face].mean(0)[0])
    return np.array([across, 0.0, np.sqrt(1 - across * across) * (1.0 if aside <= 0 else -1.0)])


def _head(
    places: Array,
    there: NDArray[np.bool_],
    neck: Array,
    trunk: Frame,
    facing: Array,
    wide: float,
    high: float,
) -> dict[str, Transform]:
    """Neck and head, of what of a face there is; else upright on the trunk."""
    face = [joint for joint in (*EARS, *EYES) if there[joint]] or [NOSE] * int(there[NOSE])
    up, across = trunk[1], facing
    middle = places[face].mean(0) if face else neck + trunk[1] * (0.6 * high)
    if face and np.linalg.norm(middle - neck) > 1e-6:
        up = middle - neck
    if there[list(EARS)].all():
        ears = places[EARS[1]] - places[EARS[0]]
        share = float(np.clip(np.linalg.norm(ears) / (0.97 * wide), 0, 1))
        depth = np.sqrt(1 - share * share) * (1.0 if facing[2] >= 0 else -1.0)
        level = ears / max(float(np.linalg.norm(ears)), 1e-9) * share
        across = np.array([level[0], level[1], depth])
    axes = _frame(up, across)
    base = middle - axes[1] * (0.43 * high)
    return {"neck": _bone(neck, _frame(up, facing)), "head": _bone(base, axes)}


def _way(flat: Array, length: float, forwards: float) -> Array:
    """From a limb's beginning to its end, of what is seen of it."""
    short = max(length * length - float(flat @ flat), 0.0)
    return np.array([flat[0], flat[1], np.sqrt(short) * forwards])


def _frame(up: Array, left: Array) -> Frame:
    """Axes whose y is along `up`, and whose x is as near to `left` as may be."""
    size = float(np.linalg.norm(up))
    y = up / size if size > 1e-9 else np.array([0.0, 1.0, 0.0])
    x = left - y * float(left @ y)
    if np.linalg.norm(x) < 1e-6:
        x = np.eye(3)[int(np.argmin(np.abs(y)))]
        x = x - y * float(x @ y)
    x = x / np.linalg.norm(x)
    return x, y, np.cross(x, y)


def _bone(origin: Array, axes: Frame) -> Transform:
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack(axes)
    matrix[:3, 3] = origin
    return Transform(matrix)
