"""The mannequin: a body in a pose becomes bones, joints, and solids that a caster can draw.

The figure stands on y = 0 with its hips over x = z = 0 and faces +z. `solve` places the bones;
`solids` dresses them in round, tapered flesh; outfits hang on to the bones and sockets of the
`Rig`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.body import BODIES, Body, Measures, measure
from studio_app.scene.flesh import contacts, flesh
from studio_app.scene.poses import POSES
from studio_app.scene.primitives import Primitive
from studio_app.scene.skeleton import (
    BONES,
    LIMITS,
    NEUTRAL,
    Pose,
    blend,
    jitter,
    pose,
    rotation,
)
from studio_app.scene.transform import Transform, rotate, translate

__all__ = [
    "BODIES",
    "LIMITS",
    "NEUTRAL",
    "POSES",
    "Body",
    "Pose",
    "Rig",
    "blend",
    "jitter",
    "pose",
    "solids",
    "solve",
]

Vector = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Rig:
    """A posed body in the world.

    bones: world transform of every bone (rigid: a rotation and the place of its joint). At rest
        the axes are the world's; arms and legs reach along -y, trunk and head along +y, feet along
        +z.
    joints: the 18 OpenPose joints [18, 3] in world coordinates, in the order of `openpose.JOINTS`.
    joint_radii: how deep each of them lies in the flesh [18].
    """

    body: Body
    pose: Pose
    measures: Measures
    bones: Mapping[str, Transform]
    joints: NDArray[np.float64]
    joint_radii: NDArray[np.float64]

    def socket(self, name: str) -> Transform:
        """A place to hang things on: a rigid transform whose axes say how.

        left_grip, right_grip: inside the fist; y runs along what is held, out on the thumb's side,
            and z away from the wrist. head_top: on the crown, y up. back: between the shoulder
            blades, z out of the back.
        belt: the middle of the waist. left_shoulder, right_shoulder: the joint, axes of the chest.
        Raises KeyError for another name.
        """
        m, bones = self.measures, self.bones
        if name in ("left_grip", "right_grip"):
            hand = bones[name.replace("grip", "hand")]
            return hand @ translate(0, -0.52 * m.hand, 0.0) @ rotate("x", 90)
        if name == "head_top":
            return bones["head"] @ translate(0, 0.97 * m.head_height, 0)
        if name == "back":
            up = (m.shoulder - m.chest) * 0.7
            return bones["chest"] @ translate(0, up, -1.05 * m.radius("chest")) @ rotate("y", 180)
        if name == "belt":
            return bones["spine"]
        side = {"left_shoulder": "left", "right_shoulder": "right"}[name]
        chest = bones["chest"].matrix.copy()
        chest[:3, 3] = bones[f"{side}_upper_arm"].origin
        return Transform(chest)


def solve(body: Body, pose: Pose, hips: Vector | None = None) -> Rig:
    """Forward kinematics.

    hips: where the hip bone goes in the world; None puts it over the origin and lets the lowest
        point of the figure rest on y = 0, or `pose.lift` body heights above it.
    """
    m = measure(body)
    offsets = _offsets(m)
    matrices: dict[str, NDArray[np.float64]] = {}
    for bone in BONES:
        local = np.eye(4)
        local[:3, :3] = rotation(bone, pose)
        local[:3, 3] = offsets[bone.name]
        matrices[bone.name] = matrices[bone.parent] @ local if bone.parent else local
    if hips is None:
        rise = pose.lift * body.height - _lowest(m, matrices)
        shift = np.array([0.0, rise, 0.0]) - np.array([1.0, 0, 1.0]) * matrices["hips"][:3, 3]
    else:
        shift = np.asarray(hips, float) - matrices["hips"][:3, 3]
    for matrix in matrices.values():
        matrix[:3, 3] += shift
    joints = np.array([(matrices[b] @ p)[:3] for b, p in _landmarks(m)])
    joints[1] = (joints[2] + joints[5]) / 2
    bones = {name: Transform(matrix) for name, matrix in matrices.items()}
    return Rig(body, pose, m, bones, joints, joint_radii(m))


def solids(rig: Rig, part: int | Mapping[str, int] = 1) -> tuple[Primitive, ...]:
    """The figure's solids in the world.

    Surfaces are named head, neck, torso, upper_arm, lower_arm, hand, upper_leg, lower_leg and foot.
    part: one part id for all, or ids by surface name (those not named get id 1).
    """
    placed: list[Primitive] = []
    for bone, solid in flesh(rig.measures):
        number = part if isinstance(part, int) else part.get(solid.surface, 1)
        transform = rig.bones[bone] @ solid.transform
        placed.append(
            Primitive(solid.kind, solid.params, transform, number, solid.surface, solid.clip)
        )
    return tuple(placed)


def _offsets(m: Measures) -> dict[str, Vector]:
    """Where each bone begins, in its parent's axes at rest."""
    out: dict[str, Vector] = {
        "hips": (0.0, m.hips, 0.0),
        "spine": (0.0, m.spine - m.hips, 0.0),
        "chest": (0.0, m.chest - m.spine, 0.0),
        "neck": (0.0, m.neck - m.chest, -0.006 * m.thickness),
        "head": (0.0, m.head - m.neck, 0.012 * m.thickness),
    }
    for side, x in (("left", 1.0), ("right", -1.0)):
        out[f"{side}_collar"] = (x * m.collar_width, m.shoulder - m.chest, 0.0)
        out[f"{side}_upper_arm"] = (x * (m.shoulder_width - m.collar_width), 0.0, 0.0)
        out[f"{side}_lower_arm"] = (0.0, -m.upper_arm, 0.0)
        out[f"{side}_hand"] = (0.0, -m.lower_arm, 0.0)
        out[f"{side}_upper_leg"] = (x * m.hip_width, m.hip - m.hips, 0.0)
        out[f"{side}_lower_leg"] = (0.0, m.knee - m.hip, 0.0)
        out[f"{side}_foot"] = (0.0, m.ankle - m.knee, 0.0)
    return out


def _lowest(m: Measures, matrices: Mapping[str, NDArray[np.float64]]) -> float:
    """The least y of the flesh."""
    names, points, radii = contacts(m)
    rows = np.array([matrices[name][1] for name in names])
    return float(((rows * points).sum(1) - radii).min())


def _landmarks(m: Measures) -> list[tuple[str, NDArray[np.float64]]]:
    """(bone, homogeneous local point) of the 18 joints; the neck is moved later."""
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    points: list[tuple[str, Vector]] = [
        ("head", (0.0, 0.34 * h, 1.05 * d)),
        ("neck", (0.0, 0.0, 0.0)),
    ]
    for side in ("right", "left"):
        points += [(f"{side}_{b}", (0.0, 0.0, 0.0)) for b in ("upper_arm", "lower_arm", "hand")]
    for side in ("right", "left"):
        points += [(f"{side}_{b}", (0.0, 0.0, 0.0)) for b in ("upper_leg", "lower_leg", "foot")]
    points += [("head", (x * 0.42 * w, 0.46 * h, 0.86 * d)) for x in (-1.0, 1.0)]
    points += [("head", (x * 0.97 * w, 0.42 * h, 0.0)) for x in (-1.0, 1.0)]
    return [(bone, np.array([*p, 1.0])) for bone, p in points]


def joint_radii(m: Measures) -> NDArray[np.float64]:
    """How deep the 18 joints lie in the flesh."""
    arm = [m.radius("shoulder"), m.radius("elbow"), m.radius("wrist")]
    # Seen from the front, an ankle lies behind the instep.
    leg = [m.radius("pelvis"), m.radius("knee"), m.radius("ankle") + 0.15 * m.foot_length]
    face = 0.1 * m.head_width
    # In profile the near shoulder stands before the neck, which still counts as seen.
    return np.array([face, m.shoulder_width, *arm, *arm, *leg, *leg, *([face] * 4)])
