"""Characters: dressed from head to foot, in the world their rig says, in all outfits, bodies and poses."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.bounds import extent
from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast
from studio_app.scene.mannequin import BODIES, POSES
from studio_app.scene.outfits.registry import dressed, outfits
from studio_app.scene.things.registry import SURFACES
from studio_app.scene.transform import identity, rotate, scale
from studio_app.training.world import words
from studio_app.training.world.figures import cast_figure

NAMES = [w.name for w in words.vocabulary("full").outfits]


def test_every_outfit_word_is_sewn() -> None:
    assert sorted(outfits()) == sorted(NAMES)


@pytest.mark.parametrize("outfit", NAMES)
def test_outfit_is_mostly_main_and_stays_near_the_body(outfit: str) -> None:
    camera = Camera(eye=(0.4, 0.9, 3.4), target=(0, 0.5, 0), fov=26)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        body, pose, _ = cast_figure(rng, outfit)
        solids, rig = dressed(rng, body, pose, outfit, identity())
        low, high = extent(solids)
        assert low[1] > -0.6
        assert high[1] < 2.0
        assert all(p.part == 1 + SURFACES.index(p.surface) for p in solids)
        parts = cast(solids, camera, (64, 64)).parts
        assert (parts == 1 + SURFACES.index("main")).sum() > 0.18 * (parts > 0).sum()
        assert rig.joints.shape == (18, 3)


@pytest.mark.parametrize("outfit", NAMES)
def test_outfits_fit_every_body(outfit: str) -> None:
    for name, body in BODIES.items():
        solids, _ = dressed(np.random.default_rng(1), body, POSES["standing"], outfit, identity())
        assert all(np.isfinite(p.transform.matrix).all() for p in solids), name


def test_the_rig_turns_and_grows_with_its_solids() -> None:
    rng = np.random.default_rng(2)
    body, pose, _ = cast_figure(rng, "robot")
    still, rig = dressed(np.random.default_rng(3), body, pose, "robot", identity())
    turn = rotate("y", 30) @ scale(1.1)
    moved, turned_rig = dressed(np.random.default_rng(3), body, pose, "robot", turn)
    assert moved[0].transform.point((0, 0, 0)) == pytest.approx(
        turn.point(still[0].transform.point((0, 0, 0)))
    )
    for a, b in zip(rig.joints, turned_rig.joints, strict=True):
        assert tuple(b) == pytest.approx(turn.point((float(a[0]), float(a[1]), float(a[2]))))
    assert turned_rig.joint_radii == pytest.approx(rig.joint_radii * 1.1)
