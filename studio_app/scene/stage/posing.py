"""Posing a mannequin: angles within their limits, and dragging it by any joint.

A wrist or ankle reaches (two bones, in closed form). An elbow or knee swings about the line from its limb's root to
its end. The hips carry trunk and arms, and the feet stay where they stand. The head turns on the neck; neck and
shoulders bend the back. Whatever is dragged, the rest of the figure stays in its place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from studio_app.scene.ik import Limb, reach
from studio_app.scene.mannequin import POSES, Rig
from studio_app.scene.skeleton import BONE, LIMITS, Pose, angles_of
from studio_app.scene.stage.edits import mirror_image
from studio_app.scene.stage.placement import MOST_FAR, Vector
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Array, Mannequin
from studio_app.scene.transform import rotation_between

ENDS: Mapping[int, Limb] = {4: "right_arm", 7: "left_arm", 10: "right_leg", 13: "left_leg"}
MIDDLES: Mapping[int, Limb] = {3: "right_arm", 6: "left_arm", 9: "right_leg", 12: "left_leg"}
HIPS = (8, 11)
UPPER = (1, 2, 5)
"""Neck and shoulders."""

_LEGS: tuple[Limb, ...] = ("left_leg", "right_leg")
_FEET: Mapping[Limb, str] = {"left_leg": "left_foot", "right_leg": "right_foot"}
_END = {"arm": "{}_hand", "leg": "{}_foot"}
_SHARES = (1.0, 0.75, 0.5, 0.35, 0.2, 0.1, 0.05)
"""Of a swing: where limits would carry the hand along, less of it is tried."""
_ROUNDS = 12
"""Of turning the bones of a chain one after the other (cyclic coordinate descent)."""


def figure(stage: Stage, number: int) -> Mannequin:
    """The mannequin with that id. KeyError where there is none, ValueError where it is something else."""
    thing = stage[number].thing
    if not isinstance(thing, Mannequin):
        raise ValueError(f"item {number} is no mannequin")
    return thing


def posed(stage: Stage, number: int, pose: Pose) -> Stage:
    """The figure in another pose, resting on the ground of its own axes again."""
    changed = replace(figure(stage, number), pose=pose, hips=None)
    return _with(stage, number, changed)


def posed_as(stage: Stage, number: int, name: str) -> Stage:
    """In a pose of the library (`poses.POSES`). KeyError for another name."""
    return posed(stage, number, POSES[name])


def turned(stage: Stage, number: int, angle: str, degrees: float) -> Stage:
    """One angle (`skeleton.LIMITS`) set to a value in degrees, within its limits. ValueError for another name."""
    before = figure(stage, number)
    held = _held(before)
    return _with(stage, number, replace(held, pose=held.pose.but(**{angle: degrees})))


def flipped(stage: Stage, number: int) -> Stage:
    """The figure's own left and right exchanged, where it stands."""
    return _with(stage, number, mirror_image(figure(stage, number)))


def hidden(stage: Stage, number: int, joint: int, hide: bool) -> Stage:
    """One joint (0 to 17) never shown to the model, or shown again."""
    before = figure(stage, number)
    others = set(before.hidden) - {joint}
    return _with(
        stage, number, replace(before, hidden=tuple(sorted(others | ({joint} if hide else set()))))
    )


def dragged(stage: Stage, number: int, joint: int, target: Vector, hold: bool = True) -> Stage:
    """The figure with one joint (position in `openpose.JOINTS`) dragged towards a point of the world.

    As far as limits and bones allow; what the joint does not carry stays where it is. hold: a hand or foot keeps
    its direction in the world while its limb moves (a planted foot stays flat).
    """
    item = stage[number]
    before = figure(stage, number)
    size = item.placement.size[0]
    inverse = item.placement.rigid.inverse()
    x, y, z = (v / size for v in inverse.point(target))
    if not all(map(math.isfinite, (x, y, z))):
        return stage
    after = _pulled(_held(before), joint, np.array([x, y, z]), hold)
    return _with(stage, number, after)


def carried_by(joint: int) -> str:
    """What dragging a joint does, in a few words for a hint."""
    if joint in ENDS:
        return "reaches, and bends its elbow" if joint in (4, 7) else "steps, and bends its knee"
    if joint in MIDDLES:
        return "swings its elbow" if joint in (3, 6) else "swings its knee"
    if joint in HIPS:
        return "carries the hips; the feet stay"
    return "bends the back" if joint in UPPER else "turns the head"


def _with(stage: Stage, number: int, changed: Mannequin) -> Stage:
    item = stage[number]
    return stage if item.locked else stage.with_item(replace(item, thing=changed))


def _held(before: Mannequin) -> Mannequin:
    """The figure with its hips held where they are now, so that a raised foot lifts nothing but itself."""
    return (
        before
        if before.hips is not None
        else replace(before, hips=before.rig().bones["hips"].origin)
    )


def _pulled(before: Mannequin, joint: int, target: Array, hold: bool) -> Mannequin:
    """In the figure's own axes, at its own size."""
    rig = before.rig()
    at: Vector = (float(target[0]), float(target[1]), float(target[2]))
    if joint in ENDS:
        return replace(before, pose=reach(rig, ENDS[joint], at, hold=hold))
    if joint in MIDDLES:
        return replace(before, pose=_swung(before, rig, MIDDLES[joint], target, hold))
    if joint in HIPS:
        return _shifted(before, rig, target - rig.joints[joint])
    if joint in UPPER:
        return replace(before, pose=_bent(before, ("spine", "chest"), joint, target))
    return replace(before, pose=_bent(before, ("neck", "head"), joint, target))


def _swung(before: Mannequin, rig: Rig, limb: Limb, target: Array, hold: bool) -> Pose:
    """The elbow or knee towards the target, as far as the hand or foot can stay where it is."""
    side, _, kind = limb.partition("_")
    names = (f"{side}_upper_{kind}", f"{side}_lower_{kind}", _END[kind].format(side))
    start, middle, end = (np.array(rig.bones[name].origin) for name in names)
    now, wanted = (place - (start + end) / 2 for place in (middle, target))
    for share in _SHARES:
        pose = reach(rig, limb, _vector(end), _vector(now + share * (wanted - now)), hold=hold)
        there = replace(before, pose=pose).rig().bones[names[2]].origin
        if math.dist(there, _vector(end)) < 0.01 * rig.body.height:
            return pose
    return rig.pose


def _shifted(before: Mannequin, rig: Rig, by: Array) -> Mannequin:
    """The hips carried along, both feet kept where they stand as far as the legs reach."""
    x, y, z = np.clip(np.asarray(rig.bones["hips"].origin) + by, -MOST_FAR, MOST_FAR)
    after = replace(before, hips=(float(x), float(y), float(z)))
    for leg in _LEGS:
        foot = rig.bones[_FEET[leg]].origin
        after = replace(after, pose=reach(after.rig(), leg, foot, hold=True))
    return after


def _bent(before: Mannequin, chain: tuple[str, ...], joint: int, target: Array) -> Pose:
    """The bones of a chain turned so that a joint comes as near to the target as their limits allow."""
    after: Mannequin = before
    best, nearest = before.pose, float(np.linalg.norm(before.rig().joints[joint] - target))
    for _ in range(_ROUNDS):
        for name in reversed(chain):
            rig = after.rig()
            bone = rig.bones[name].matrix
            here, there = rig.joints[joint] - bone[:3, 3], target - bone[:3, 3]
            if min(np.linalg.norm(here), np.linalg.norm(there)) < 1e-6:
                continue
            turn = rotation_between(_vector(here), _vector(there)).matrix[:3, :3]
            parent = rig.bones[BONE[name].parent].matrix[:3, :3]
            angles = angles_of(BONE[name], parent.T @ turn @ bone[:3, :3])
            after = replace(after, pose=after.pose.but(**_near(after.pose, angles)))
        left = float(np.linalg.norm(after.rig().joints[joint] - target))
        if left > nearest - 1e-6:
            break
        best, nearest = after.pose, left
    return best


def _near(pose: Pose, angles: Mapping[str, float]) -> dict[str, float]:
    """Angles as the nearest turn to those that the pose has (350 is -10), within their limits."""
    found: dict[str, float] = {}
    for name, value in angles.items():
        low, high = LIMITS[name]
        around = value - 360 * round((value - pose[name]) / 360)
        found[name] = min(max(around, low), high)
    return found


def _vector(v: Array) -> Vector:
    return float(v[0]), float(v[1]), float(v[2])
