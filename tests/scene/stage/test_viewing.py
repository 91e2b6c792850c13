from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.scene.camera import Camera
from studio_app.scene.stage import edits, viewing
from studio_app.scene.stage.look import look
from studio_app.scene.stage.stage import Stage, sound
from tests.scene.stage.worlds import crowd, numbers, stages

SIZE = (200, 160)


def at(camera: Camera, point: tuple[float, float, float]) -> tuple[float, float]:
    pixels, _ = camera.project(np.array([point]), *SIZE)
    return float(pixels[0, 0]), float(pixels[0, 1])


@pytest.mark.parametrize("fov", [None, 30.0])
def test_the_scene_follows_the_pointer(fov: float | None) -> None:
    camera = viewing.with_lens(crowd().camera, fov)
    x, y = at(camera, camera.target)
    panned = viewing.panned(camera, 30, -12, SIZE[1])
    assert at(panned, camera.target) == pytest.approx((x + 30, y + 12), abs=0.5)
    turned = viewing.orbited(camera, 20, 0)  # what is nearer than the target goes right
    near = tuple(np.add(camera.target, 0.2 * np.subtract(camera.eye, camera.target)) * [1, 1, 1])
    assert at(turned, near)[0] > at(camera, near)[0]
    assert at(turned, camera.target) == pytest.approx((x, y))


def test_angles_are_those_that_were_asked_for() -> None:
    camera = crowd().camera
    for elevation, azimuth in ((0, 0), (35, -70), (-20, 179), (88, 10)):
        seen = viewing.from_side(camera, elevation, azimuth)
        assert viewing.angles(seen) == pytest.approx((elevation, azimuth))
    assert viewing.angles(viewing.orbited(camera, 0, 500))[0] == pytest.approx(viewing.STEEPEST)
    assert viewing.angles(viewing.orbited(camera, 0, -500))[0] == pytest.approx(-viewing.STEEPEST)


def test_another_lens_keeps_the_target_as_large() -> None:
    camera = crowd().camera
    top = tuple(np.asarray(camera.target) + 0.4 * camera.basis()[1])
    for fov in (12.0, 60.0, None, 100.0):
        seen = viewing.with_lens(camera, fov)
        assert seen.fov == fov
        assert at(seen, top) == pytest.approx(at(camera, top), abs=0.1)
    back = viewing.with_lens(viewing.with_lens(camera, None), camera.fov)
    assert back.eye == pytest.approx(camera.eye)


@pytest.mark.parametrize("name", list(viewing.PRESETS))
@pytest.mark.parametrize("aspect", [0.5, 1.0, 1.7])
def test_a_preset_shows_everything_and_fills_the_picture(name: str, aspect: float) -> None:
    stage = replace(crowd(), ground=False)
    camera = viewing.preset(stage, name, aspect)
    assert (camera.fov is None) == viewing.PRESETS[name].parallel
    seen = look(replace(stage, camera=camera), (round(160 * aspect), 160)).ids != 0
    rows, columns = np.nonzero(seen)
    height, width = seen.shape
    assert rows.min() > 0
    assert rows.max() < height - 1
    assert columns.min() > 0
    assert columns.max() < width - 1
    assert max(np.ptp(rows) / height, np.ptp(columns) / width) > 0.6


def test_one_item_can_be_framed_and_nothing_changes_the_camera() -> None:
    stage = edits.moved(crowd(), [3], (5, 2, -3))
    camera = viewing.framed(stage, [3])
    x, y = at(camera, stage[3].placement.at)
    assert (x, y) == pytest.approx((100, 80), abs=8)
    assert viewing.framed(Stage()) == Stage().camera


@settings(max_examples=60, deadline=None)
@given(stages(), numbers(-400, 400), numbers(1e-3, 1e3), st.none() | numbers(1, 200))
def test_no_camera_leaves_its_bounds(
    stage: Stage, amount: float, factor: float, lens: float | None
) -> None:
    camera = stage.camera
    for moved in (
        viewing.orbited(camera, amount, amount / 3),
        viewing.panned(camera, 1e4 * amount, amount, 100),
        viewing.dollied(camera, factor),
        viewing.dollied(viewing.dollied(viewing.dollied(camera, factor), factor), factor),
        viewing.with_lens(camera, lens),
        viewing.framed(stage),
        *(viewing.preset(stage, name) for name in viewing.PRESETS),
    ):
        assert sound(moved)
        Stage(moved)


def test_an_orbit_goes_down_to_the_ground_and_not_below() -> None:
    for camera in (
        Camera((0, 1.2, 4), (0, 0.8, 0), fov=35),
        Camera((0, 1.2, 4), (0, 3, 0), fov=60),
    ):
        stage = Stage(camera=camera)
        low = viewing.orbited(camera, 30, -500, viewing.lowest(stage))
        assert low.eye[1] == pytest.approx(viewing.EYE_HEIGHT, abs=1e-6)
        free = viewing.orbited(camera, 30, -500, viewing.lowest(replace(stage, ground=False)))
        assert viewing.angles(free)[0] == pytest.approx(-viewing.STEEPEST)
        # One that was below before stays where it is, but for turning.
        below = replace(stage, camera=free)
        turned = viewing.orbited(free, 30, 0, viewing.lowest(below))
        assert turned.eye[1] == pytest.approx(free.eye[1])
    parallel = Camera((3, 3, 3), (0, 0.5, 0), fov=None, height=3)
    level = viewing.orbited(parallel, 0, -500, viewing.lowest(Stage(camera=parallel)))
    assert viewing.angles(level)[0] == pytest.approx(0, abs=1e-6)
