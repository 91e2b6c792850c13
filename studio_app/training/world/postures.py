"""A library of some two thousand poses: the arms of one named pose over the legs of another, either way round."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from studio_app.scene.mannequin import POSES, Pose
from studio_app.scene.skeleton import LIMITS

ARMS = (
    "standing", "relaxed", "hands_on_hips", "arms_crossed", "heroic", "waving", "pointing", "thinking", "cheering",
    "saluting", "shrugging", "guarding", "punching", "sword_ready", "sword_raised", "sword_swing", "shielding",
    "drawing_bow", "aiming", "casting", "summoning", "channelling", "torch_raised", "carrying", "drinking", "reaching",
    "praying", "walking", "running", "sneaking", "dancing", "wounded", "t_pose", "a_pose", "flying", "kicking",
)  # fmt: skip
LEGS = (
    "standing", "relaxed", "heroic", "walking", "striding", "running", "sprinting", "sneaking", "crouching", "kneeling",
    "sitting_ground", "meditating", "guarding", "kicking", "sword_ready", "jumping", "leaping", "flying", "dancing",
)  # fmt: skip
_STANDING = frozenset({"standing", "relaxed", "heroic", "guarding", "sword_ready"})
_LOWER = ("hips", "spine", "left_leg", "left_knee", "left_foot", "right_leg", "right_knee", "right_foot")  # fmt: skip


@cache
def library() -> tuple[tuple[str, Pose], ...]:
    """(action, pose) of every combination; the action is what a caption calls it."""
    out: list[tuple[str, Pose]] = []
    for lower in LEGS:
        for upper in ARMS:
            # What the legs do is seen first; standing legs leave the word to the arms.
            action = upper if lower in _STANDING else lower
            for flip in (False, True):
                legs = POSES[lower].mirrored() if flip else POSES[lower]
                mixed = _mixed(POSES[upper], legs)
                out += [(action, mixed), (action, mixed.mirrored())]
    return tuple(out)


def draw(rng: np.random.Generator) -> tuple[str, Pose]:
    """One of the library."""
    poses = library()
    return poses[int(rng.integers(len(poses)))]


def _mixed(upper: Pose, lower: Pose) -> Pose:
    values = [lower[name] if name.startswith(_LOWER) else upper[name] for name in LIMITS]
    return replace(lower, angles=tuple(values))
