"""Inverse kinematics of arms and legs: for two bones it is closed form, by the law of cosines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.skeleton import BONE, Pose, angles_of

if (
    TYPE_CHECKING
):  # who bends two bones of a drawing needs no mannequin, which costs 50 ms to import
    from studio_app.scene.mannequin import Rig

Vector = tuple[float, float, float]
Array = NDArray[np.float64]
Limb = Literal["left_arm", "right_arm", "left_leg", "right_leg"]

_CHAINS: dict[str, tuple[str, str, str, str]] = {
    f"{side}_{limb}": (root, f"{side}_upper_{limb}", f"{side}_lower_{limb}", f"{side}_{end}")
    for side in ("left", "right")
    for limb, root, end in (("arm", f"{side}_collar", "hand"), ("leg", "hips", "foot"))
}
"""Limb -> (parent, upper bone, lower bone, end bone)."""


def two_bone(
    start: Array, target: Array, pole: Array, upper: float, lower: float
) -> tuple[Array, Array]:
    """Middle and end joint [3] of a two-bone chain from `start` towards `target`.

    pole: the direction [3] in which the middle joint should lie; only its part across start-target
    counts. A target out of reach is approached as far as the bones allow, along the same line.
    """
    line = target - start
    distance = float(np.linalg.norm(line))
    ahead = line / distance if distance > 1e-9 else np.array([0.0, -1.0, 0.0])
    reach = min(max(distance, abs(upper - lower) + 1e-6), upper + lower - 1e-9)
    across = pole - ahead * float(pole @ ahead)
    if float(np.linalg.norm(across)) < 1e-9:
        other = np.eye(3)[int(np.argmin(np.abs(ahead)))]
        across = other - ahead * float(other @ ahead)
    across /= np.linalg.norm(across)
    cosine = (upper * upper + reach * reach - lower * lower) / (2 * upper * reach)
    cosine = min(max(cosine, -1.0), 1.0)
    middle = start + ahead * (upper * cosine) + across * (upper * float(np.sqrt(1 - cosine**2)))
    return middle, start + ahead * reach


def reach(
    rig: Rig, limb: Limb, target: Vector, pole: Vector | None = None, hold: bool = False
) -> Pose:
    """The rig's pose with a wrist or ankle moved to `target` (world), as far as limits allow.

    pole: world direction the elbow or knee points to; None keeps where it points now.
    hold: the hand or foot keeps its direction in the world (a planted foot stays flat).
    The new pose's angles leave the rest of the body alone: solve it with
    `hips=rig.bones["hips"].origin` to compare places, since resting on the ground anew may shift
    the figure.
    """
    root, upper, lower, end = _CHAINS[limb]
    parent = rig.bones[root].matrix[:3, :3]
    start, middle, tip = (np.array(rig.bones[b].origin) for b in (upper, lower, end))
    if pole is None:
        toward = middle - (start + tip) / 2
        if float(np.linalg.norm(toward)) < 1e-4 * rig.body.height:
            # A straight limb: elbows fold back, knees forward, in the limb's own axes.
            toward = rig.bones[upper].matrix[:3, 2] * (-1.0 if limb.endswith("arm") else 1.0)
    else:
        toward = np.asarray(pole, float)
    a, b = float(np.linalg.norm(middle - start)), float(np.linalg.norm(tip - middle))
    elbow, wrist = two_bone(start, np.asarray(target, float), toward, a, b)
    return _aimed(rig, limb, parent, (start, elbow, wrist), hold)


def _aimed(
    rig: Rig, limb: Limb, parent: Array, chain: tuple[Array, Array, Array], hold: bool
) -> Pose:
    """The angles that lay the two bones along a chain of joints."""
    _, upper, lower, end = _CHAINS[limb]
    start, elbow, wrist = chain
    first, second = elbow - start, wrist - elbow
    first, second = first / np.linalg.norm(first), second / np.linalg.norm(second)
    # The lower bone bends in the upper bone's yz plane: forwards at the elbow, backwards at the
    # knee.
    fold = second - first * float(second @ first)
    size = float(np.linalg.norm(fold))
    old = rig.bones[upper].matrix[:3, :3]
    z = fold * (1.0 if limb.endswith("arm") else -1.0) / size if size > 1e-5 else old[:, 2]
    z = z + first * float(-(z @ first))
    z = z / np.linalg.norm(z)
    world = np.stack([np.cross(-first, z), -first, z], 1)
    joint = "elbow" if limb.endswith("arm") else "knee"
    name = f"{limb.partition('_')[0]}_{joint}_bend"
    bend = float(np.degrees(np.arctan2(size, float(first @ second))))
    result = rig.pose.but(**angles_of(BONE[upper], parent.T @ world), **{name: bend})
    if not hold:
        return result
    from studio_app.scene.mannequin import solve

    # Where the limits really left the limb, not where it was aimed.
    moved = solve(rig.body, result, rig.bones["hips"].origin).bones[lower].matrix[:3, :3]
    return result.but(**angles_of(BONE[end], moved.T @ rig.bones[end].matrix[:3, :3]))
