from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.scene.openpose import JOINTS
from studio_app.scene.stage import picking, viewing
from studio_app.scene.stage.look import look
from studio_app.scene.stage.stage import GROUND, Stage
from studio_app.scene.stage.things import Mannequin, rig_of
from tests.scene.stage.worlds import crowd

SIZE = (200, 160)


@pytest.mark.parametrize("fov", [None, 30.0])
def test_what_is_under_a_pixel_lies_where_it_is_seen(fov: float | None) -> None:
    stage = crowd()
    stage = replace(stage, camera=viewing.with_lens(stage.camera, fov))
    seen = look(stage, SIZE)
    for y in range(3, SIZE[1], 11):
        for x in range(2, SIZE[0], 13):
            hit = picking.pick(seen, x + 0.3, y + 0.9)
            if seen.ids[y, x] == 0:
                assert hit is None
                continue
            assert hit is not None
            assert hit.id == seen.ids[y, x]
            pixels, z = stage.camera.project(np.array([hit.point]), *SIZE)
            assert pixels[0] == pytest.approx((x + 0.5, y + 0.5), abs=1e-3)
            assert z[0] == pytest.approx(seen.z[y, x], rel=1e-5)
            assert np.linalg.norm(hit.normal) == pytest.approx(1, abs=1e-5)
            if hit.id == GROUND:
                assert hit.point[1] == pytest.approx(0, abs=1e-3)
                assert hit.normal == pytest.approx((0, 1, 0), abs=1e-5)
            assert (hit.bone != "") == (hit.id == 1)
    assert picking.pick(seen, -1, 5) is None
    assert picking.pick(seen, 5, 160) is None


def test_a_figure_is_picked_by_its_bones() -> None:
    stage = crowd()
    seen = look(stage, SIZE)
    item = stage[1]
    assert isinstance(item.thing, Mannequin)
    rig = rig_of(item.thing, item.placement)
    for bone in ("head", "left_lower_arm", "right_upper_leg", "chest"):
        here = rig.bones[bone].matrix
        length = 0.05 if bone in ("head", "chest") else -0.08
        point = here[:3, 3] + length * here[:3, 1]
        (x, y), _ = (v[0] for v in stage.camera.project(point[None], *SIZE))
        hit = picking.pick(seen, x, y)
        assert hit is not None
        assert hit.bone == bone


def test_the_nearest_joint_is_picked_within_reach() -> None:
    stage = crowd()
    places = picking.handles(stage[1], stage.camera, SIZE)
    for joint in range(18):
        x, y, _ = places[joint]
        found = picking.pick_joint(stage[1], stage.camera, SIZE, x, y, 6.0)
        assert found is not None
        assert np.hypot(*(places[found, :2] - (x, y))) <= 0.5
    x, y, _ = places[JOINTS.index("left_wrist")]
    assert picking.pick_joint(stage[1], stage.camera, SIZE, x + 4, y, 6.0) == 7
    assert picking.pick_joint(stage[1], stage.camera, SIZE, 2.0, 2.0, 6.0) is None
    away = replace(stage.camera, eye=(0, 0.5, -3.0), target=(0, 0.5, -9.0))
    assert picking.pick_joint(stage[1], away, SIZE, 100.0, 80.0, 500.0) is None


def test_a_mask_is_what_is_seen_of_the_chosen() -> None:
    seen = look(crowd(), SIZE)
    mask = picking.mask_of(seen, {1, 4})
    assert mask.dtype == np.uint8
    assert np.array_equal(mask == 255, np.isin(seen.ids, [1, 4]))
    assert picking.mask_of(look(Stage(), SIZE), {GROUND}).any()
    assert not picking.mask_of(seen, set()).any()
