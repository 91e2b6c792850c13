"""Characters in what their words say they wear, as depth: a knight in armour, a wizard under his hat.

As with things (`forms.py`) a small model knows better what clothes are made of than how they are cut: of a pose alone
it made all people of one sort, and of a pose and a dressed body it makes knights with helmets and wizards with staffs,
and faces that have eyes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.lexicon import load_lexicon, owns, words_of
from studio_app.scene.body import Body
from studio_app.scene.bounds import cloud
from studio_app.scene.camera import Camera, inverse_depth
from studio_app.scene.cast import cast
from studio_app.scene.fleshing import DEPTH, ROUND
from studio_app.scene.framing import frame
from studio_app.scene.primitives import Primitive
from studio_app.scene.stage.look import fitted_range
from studio_app.scene.transform import rotate

WORN = (
    "knight", "wizard", "ranger", "villager", "robot", "monk", "pirate", "king", "ninja", "barbarian", "skeleton",
    "astronaut", "chef",
)  # fmt: skip
"""The names of `outfits`, which take 60 ms to import."""
_BODIES = ("stylised", "stylised", "child")
_STREAM = 6
_AWAY = 8.0
"""Units of the body from a drawn figure to the camera that sees it, which has no perspective."""


class Figure(NamedTuple):
    """joints float32 [18, 3]: x and y in pixels, and 1. depth float32 [H, W]: 1 is nearest, 0 what is around it."""

    joints: NDArray[np.float32]
    depth: NDArray[np.float32]


def outfit_named(prompt: str) -> str | None:
    """What the character of a prompt wears, by the name that it has in `WORN`: the first that is named ("a sorcerer" is
    dressed as a wizard); None where nobody is, and of those that nothing is known of."""
    try:
        lexicon = load_lexicon()
    except StudioError:
        return None  # whoever looks a word up says so
    for word in words_of(prompt):
        if not owns(word) and lexicon.subject(word) == "character":
            return lexicon.nearest(word, WORN)
    return None


@lru_cache(maxsize=16)
def dressed_figure(
    outfit: str, pose: str, mirrored: bool, seed: int, width: int, height: int
) -> Figure:
    """Somebody in an outfit of `WORN` and a pose of the library, on the ground before a camera. seed: decides what else
    may be so or so: the helmet, the turn, how near it is."""
    from studio_app.scene.mannequin import POSES  # costs 50 ms: not at the start
    from studio_app.scene.outfits.registry import dressed

    rng, body = _somebody(seed)
    stands = POSES[pose].mirrored() if mirrored else POSES[pose]
    solids, rig = dressed(rng, body, stands, outfit, rotate("y", float(rng.uniform(-25, 25))))
    elevation, azimuth = float(rng.uniform(5, 12)), float(rng.uniform(-8, 8))
    fill = float(rng.uniform(0.78, 0.88))
    camera = frame(cloud(solids), 32.0, elevation, azimuth, fill, (0.5, 0.53), width / height)
    shown = cast((*solids, Primitive("plane", ())), camera, (width, height))
    there = (shown.index >= 0) & (shown.index < len(solids))  # the ground comes last
    depth = inverse_depth(shown.z, *fitted_range(shown.z))
    places, _ = camera.project(rig.joints, width, height)
    made = Figure(
        np.column_stack([places, np.ones(len(places))]).astype(np.float32),
        np.where(there, depth, 0).astype(np.float32),
    )
    for part in made:
        part.flags.writeable = False
    return made


def dressed_as_drawn(
    joints: NDArray[np.floating], outfit: str, seed: int, width: int, height: int
) -> NDArray[np.float32] | None:
    """Depth [H, W], 0 around it, of somebody in an outfit of `WORN` who stands as a figure [18, 3] in pixels does; None
    where too little of the figure is there. seed: as of `dressed_figure`."""
    from studio_app.scene.outfits.registry import outfits
    from studio_app.scene.puppets import puppet

    rng, body = _somebody(seed)
    found = puppet(joints, body)
    if found is None:
        return None
    solids = outfits()[outfit](found.rig, rng)
    x, y = width / 2 / found.pixels, -height / 2 / found.pixels
    camera = Camera((x, y, _AWAY), (x, y, 0.0), fov=None, height=height / found.pixels)
    small = -(-width // 2), -(-height // 2)  # while joints are dragged it is made for every move
    shown = cast(tuple(solids), camera, small)
    there = shown.index >= 0
    near = DEPTH + ROUND * (_AWAY - np.where(there, shown.z, _AWAY)) / (0.3 * found.rig.body.height)
    depth = np.where(there, near.clip(0.05, 1), 0).astype(np.float32)
    return depth.repeat(2, 0).repeat(2, 1)[:height, :width]


def _somebody(seed: int) -> tuple[np.random.Generator, Body]:
    """A body, and what else follows from the seed."""
    from studio_app.scene.mannequin import BODIES
    from studio_app.scene.outfits.registry import readable

    rng = np.random.default_rng([seed, _STREAM])
    return rng, readable(rng, BODIES[_BODIES[int(rng.integers(len(_BODIES)))]])
