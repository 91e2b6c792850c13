"""Characters: a body and a pose are chosen for what they wear."""

from __future__ import annotations

import numpy as np

from studio_app.scene.mannequin import BODIES, POSES, Body, Pose, jitter
from studio_app.scene.outfits.registry import readable
from studio_app.training.world import postures

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
    body = readable(rng, BODIES[name])
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
