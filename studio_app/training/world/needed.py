"""Pictures whose drawing is needed: what the words say leaves open where, how large and what shape the thing is.

In the plain world things stand upright in the middle and fill the frame, so a denoiser has no use for a drawing. Here
they are loose (rolled, pitched, small, off the middle, cut by the frame, seen from odd cameras), or blockouts
(world/blockouts.py). No picture of these is ever asked for by words alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio_app.scene.bounds import cloud
from studio_app.scene.camera import Camera
from studio_app.scene.framing import frame
from studio_app.training.world.blockouts import BLOCKOUT
from studio_app.training.world.compose import PictureSpec, Split, sample_spec, subject_solids
from studio_app.training.world.framing import Format
from studio_app.training.world.words import CORE, Vocabulary

LOOSE_SHARES = {"isolated": 0.45, "scene": 0.3, "character": 0.25}


def sample_loose(
    rng: np.random.Generator,
    split: Split = "train",
    known: Vocabulary = CORE,
    shape: Format = (1, 1),
) -> PictureSpec:
    """A thing or a character of the world in any turn and place, under a camera from anywhere."""
    kind = str(rng.choice(list(LOOSE_SHARES), p=list(LOOSE_SHARES.values())))
    spec = sample_spec(rng, split, known, shape, kind)
    if spec.thing == "character":
        spec = replace(spec, yaw=float(rng.normal(0, 50)))
    elif kind == "isolated":
        spec = replace(
            spec,
            roll=float(rng.uniform(-180, 180)),
            pitch=float(rng.normal(0, 25)),
            yaw=float(rng.uniform(-180, 180)),
        )
    else:
        lift = spec.lift if rng.random() < 0.6 else float(rng.uniform(0, 0.7))
        spec = replace(
            spec,
            roll=float(rng.normal(0, 25)),
            pitch=float(rng.normal(0, 12)),
            yaw=float(rng.uniform(-90, 90)),
            lift=lift,
        )
    return _seen_loosely(rng, replace(spec, arrangement="loose"))


def sample_blockout(
    rng: np.random.Generator,
    split: Split = "train",
    known: Vocabulary = CORE,
    shape: Format = (1, 1),
) -> PictureSpec:
    """A shape of the world's materials and colours, half of them cut out and half on a ground."""
    kind = "isolated" if rng.random() < 0.5 else "scene"
    spec = sample_spec(rng, split, known, shape, kind)
    plain = replace(
        spec, thing=BLOCKOUT, outfit=None, body=None, pose=None, action=None, company=(),
        view="front", roll=0.0, pitch=0.0, lift=0.0, arrangement="blockout",
    )  # fmt: skip
    return _seen_loosely(rng, plain)


def _seen_loosely(rng: np.random.Generator, spec: PictureSpec) -> PictureSpec:
    """From 28 to 115 per cent of the frame, anywhere in it, from below or above."""
    points = cloud(subject_solids(spec))
    fill = float(np.exp(rng.uniform(np.log(0.28), np.log(1.15))))
    spread = 0.24 if fill < 0.75 else 0.34
    place = (
        float(np.clip(rng.normal(0.5, 0.6 * spread), 0.1, 0.9)),
        float(np.clip(rng.normal(0.52, 0.5 * spread), 0.15, 0.88)),
    )
    low = spec.ground is None
    elevation = float(rng.uniform(-25, 55) if low else rng.triangular(3, 10, 50))
    fov, azimuth = float(rng.uniform(20, 55)), float(rng.uniform(-50, 50))
    aspect = spec.shape[0] / spec.shape[1]
    camera: Camera = frame(points, fov, elevation, azimuth, fill, place, aspect)
    return replace(spec, camera=camera, view="front")
