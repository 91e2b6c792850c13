"""Characters: a body and a pose are chosen, dressed, and stood on the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio_app.scene.mannequin import BODIES, POSES, Body, Pose, Rig, jitter, solve
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.registry import numbered
from studio_app.scene.transform import Transform
from studio_app.training.world import (
    outfits_far,  # noqa: F401  (registers its outfits)
    outfits_folk,  # noqa: F401
    postures,
)
from studio_app.training.world.outfits import OUTFITS

_BODY_SHARES: dict[str, float] = {
    "stylised": 0.3,
    "chibi": 0.4,
    "child": 0.12,
    "dwarf": 0.12,
    "heroic": 0.03,
    "brute": 0.03,
}
"""Nearly all big heads and hands: they are what reads in a small picture."""


_ACTIONS: dict[str, tuple[str, ...]] = {
    "": (
        "standing",
        "relaxed",
        "hands_on_hips",
        "heroic",
        "walking",
        "striding",
        "waving",
        "pointing",
    ),
    "knight": ("sword_ready", "sword_raised", "sword_swing", "guarding", "shielding", "saluting"),
    "wizard": ("staff_planted", "staff_planted", "casting", "summoning", "channelling", "thinking"),
    "ranger": ("drawing_bow", "aiming", "sneaking", "running", "crouching"),
    "villager": ("carrying", "torch_raised", "cheering", "reaching", "dancing"),
    "robot": ("t_pose", "a_pose", "punching", "kicking", "jumping", "dancing"),
    "monk": ("praying", "bowing", "staff_planted", "meditating", "walking", "thinking"),
    "pirate": ("sword_ready", "sword_raised", "pointing", "heroic", "drinking", "sword_swing"),
    "king": ("heroic", "pointing", "reaching", "hands_on_hips", "waving"),
    "ninja": ("sneaking", "crouching", "kicking", "leaping", "sword_ready", "running", "guarding"),
    "barbarian": ("sword_raised", "sword_swing", "cheering", "heroic", "sprinting", "punching"),
    "skeleton": ("reaching", "walking", "sword_raised", "shrugging", "dancing", "wounded"),
    "astronaut": ("flying", "waving", "jumping", "walking", "saluting", "a_pose"),
    "chef": ("carrying", "waving", "reaching", "torch_raised", "hands_on_hips", "thinking"),
}
"""Names of `POSES` that suit an outfit; "" suits all."""

_NOT_ON_OPEN_GROUND = {
    "neutral",
    "lying",
    "sitting",
    "sitting_ground",
    "meditating",
    "bowing",
    "drinking",
}


def cast_figure(
    rng: np.random.Generator, outfit: str, mixed: float = 0.0
) -> tuple[Body, Pose, str]:
    """A body, a pose and the pose's name for somebody in this outfit.

    mixed: how often the pose comes from the large library, not from what suits the outfit.
    """
    name = str(rng.choice(list(_BODY_SHARES), p=list(_BODY_SHARES.values())))
    body = _varied(rng, BODIES[name])
    if mixed and rng.random() < mixed:
        action, pose = postures.draw(rng)
        return body, jitter(pose, rng, float(rng.uniform(0.4, 1.2))), action
    roll = rng.random()
    if roll < 0.3:
        options = sorted(set(POSES) - _NOT_ON_OPEN_GROUND)
    else:
        options = [p for p in _ACTIONS[outfit if roll < 0.7 else ""] if p in POSES]
    action = options[int(rng.integers(len(options)))]
    pose = jitter(POSES[action], rng, float(rng.uniform(0.4, 1.2)))
    # What is held stays in its hand, so only poses that use no tool are mirrored.
    if action in _ACTIONS[""] and rng.random() < 0.4:
        pose = pose.mirrored()
    return body, pose, action


def _varied(rng: np.random.Generator, body: Body) -> Body:
    def about(v: float) -> float:
        return float(v * rng.uniform(0.93, 1.07))

    return replace(
        body,
        height=0.92,
        head=about(body.head) * (1.15 if body.head < 2 else 1.0),
        build=1.1 * about(body.build),
        hands=1.2 * about(body.hands),
        shoulders=about(body.shoulders),
        legs=about(body.legs),
        arms=about(body.arms),
    )


def dressed(
    rng: np.random.Generator, body: Body, pose: Pose, outfit: str, turn: Transform
) -> tuple[tuple[Primitive, ...], Rig]:
    """The figure's solids and its rig in the world.

    turn: a rotation about y with a uniform scale. Nothing, not even a held staff, sinks far into the ground.
    """
    rig = moved(solve(body, pose), turn)
    solids = numbered(tuple(OUTFITS[outfit](solve(body, pose), rng)))
    return tuple(p.moved(turn) for p in solids), rig


def moved(rig: Rig, turn: Transform) -> Rig:
    """The rig after a further transform (bones lose their rigidity if it scales)."""
    m = turn.matrix
    grown = float(np.cbrt(abs(np.linalg.det(m[:3, :3]))))
    return replace(
        rig,
        bones={name: turn @ bone for name, bone in rig.bones.items()},
        joints=rig.joints @ m[:3, :3].T + m[:3, 3],
        joint_radii=rig.joint_radii * grown,
    )
