from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from studio_app.scene.camera import Camera
from studio_app.scene.stage import gizmos
from studio_app.scene.stage.gizmos import Change, Gizmo, gizmo
from studio_app.scene.stage.placement import axis_turn, matrix_of
from tests.scene.stage.worlds import crowd, numbers

SIZE = (320, 240)
CAMERAS = [
    Camera((2.0, 1.8, 3.0), (0.1, 0.4, 0), fov=35),
    Camera((4.0, 3.6, 6.0), (0.1, 0.4, 0), fov=None, height=2.5),
    Camera((1.1, 2.2, 1.3), (0.1, 0.4, 0), fov=70),
]
PIVOT = (0.2, 0.5, -0.1)
MIDDLE = np.array(PIVOT)


def pixel(shown: Gizmo, point: np.ndarray) -> tuple[float, float]:
    places, _ = shown.camera.project(np.asarray(point)[None], *SIZE)
    return float(places[0, 0]), float(places[0, 1])


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("what", ["x", "y", "z"])
@pytest.mark.parametrize("far", [-0.6, 0.15, 1.1])
def test_what_is_grabbed_of_an_axis_stays_under_the_pointer(camera, what, far) -> None:
    shown = gizmo("move", PIVOT, camera, SIZE)
    axis = shown.axes["xyz".index(what)]
    start = pixel(shown, MIDDLE + 0.2 * axis)
    now = pixel(shown, MIDDLE + (0.2 + far) * axis)
    change = gizmos.change(shown, what, start, now)
    assert change.by == pytest.approx(tuple(far * axis), abs=1e-6)
    # Off the line, only what goes along it counts.
    line = np.subtract(now, start) / np.hypot(*np.subtract(now, start))
    off = (now[0] - 9 * line[1], now[1] + 9 * line[0])
    assert gizmos.change(shown, what, start, off).by == pytest.approx(change.by, abs=1e-6)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("what", ["yz", "zx", "xy", "screen"])
def test_what_is_grabbed_of_a_plane_stays_under_the_pointer(camera, what) -> None:
    shown = gizmo("move", PIVOT, camera, SIZE)
    if what == "screen":
        a, b = camera.basis()[:2]
    else:
        a, b = (shown.axes["xyz".index(name)] for name in what)
    start = pixel(shown, MIDDLE + 0.1 * a + 0.1 * b)
    now = pixel(shown, MIDDLE + 0.3 * a - 0.2 * b)
    by = gizmos.change(shown, what, start, now).by
    assert by == pytest.approx(tuple(0.2 * a - 0.3 * b), abs=1e-6)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("what", ["x", "y", "z", "screen"])
@pytest.mark.parametrize("degrees", [-150.0, -20.0, 35.0, 170.0])
def test_what_is_grabbed_of_a_ring_stays_under_the_pointer(camera, what, degrees) -> None:
    shown = gizmo("turn", PIVOT, camera, SIZE)
    axis = -camera.basis()[2] if what == "screen" else shown.axes["xyz".index(what)]
    arm = np.cross(axis, [0.3, 0.5, 0.8])
    arm *= shown.length / np.linalg.norm(arm)
    turned = matrix_of(axis_turn(axis, degrees)) @ arm
    start, now = (pixel(shown, MIDDLE + v) for v in (arm, turned))
    change = gizmos.change(shown, what, start, now)
    assert change.axis == pytest.approx(tuple(axis))
    loose = 12 if what == "screen" and camera.fov else 1e-3  # a perspective's circle is none
    assert change.degrees == pytest.approx(degrees, abs=loose)


def test_a_ring_on_its_edge_turns_with_the_pointer() -> None:
    camera = Camera((0, 0.5, 5), (0, 0.5, 0), fov=30)
    shown = gizmo("turn", (0.0, 0.5, 0.0), camera, SIZE)
    right = gizmos.change(shown, "y", (160, 120), (200, 120))
    assert right.axis == (0, 1, 0)
    assert right.degrees == pytest.approx(np.degrees(40 / 80), rel=0.02)
    # What faces the viewer goes to the right with the pointer.
    point = matrix_of(axis_turn((0, 1, 0), right.degrees)) @ np.array([0, 0, 1.0])
    assert point[0] > 0
    assert gizmos.change(shown, "y", (160, 120), (160, 90)).degrees == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("camera", CAMERAS)
def test_scaling_along_an_axis_a_plane_and_all(camera: Camera) -> None:
    axes = matrix_of(axis_turn((0.2, 1, 0), 30)).T
    shown = gizmo("scale", PIVOT, camera, SIZE, axes)
    tip = MIDDLE + shown.length * axes[1]
    twice = MIDDLE + 2 * shown.length * axes[1]
    change = gizmos.change(shown, "y", pixel(shown, tip), pixel(shown, twice))
    assert change.factors == pytest.approx((1, 2, 1))
    away = MIDDLE - 5 * shown.length * axes[1]
    shrunk = gizmos.change(shown, "y", pixel(shown, tip), pixel(shown, away)).factors
    assert shrunk == pytest.approx((1, 0.01, 1))
    square = MIDDLE + 0.4 * shown.length * (axes[0] + axes[2])
    outer = square + 0.6 * shown.length * (axes[0] + axes[2]) / np.sqrt(2)
    both = gizmos.change(shown, "zx", pixel(shown, square), pixel(shown, outer)).factors
    assert both == pytest.approx((2, 1, 2))
    larger = gizmos.change(shown, "screen", (160, 120), (160 + 40, 120 - 40)).factors
    assert larger == pytest.approx((2, 2, 2))
    assert gizmos.change(shown, "screen", (9, 9), (9, 9)).factors == (1, 1, 1)


def test_a_drag_in_steps_lands_on_whole_ones() -> None:
    shown = gizmo("move", PIVOT, CAMERAS[1], SIZE)
    start = pixel(shown, MIDDLE)
    now = pixel(shown, np.add(PIVOT, (0.26, 0, 0)))
    assert gizmos.change(shown, "x", start, now, 0.1).by == pytest.approx((0.3, 0, 0))
    flat = pixel(shown, np.add(PIVOT, (0.26, 0, 0.11)))
    assert gizmos.change(shown, "zx", start, flat, 0.1).by == pytest.approx((0.3, 0, 0.1), abs=1e-9)
    rings = gizmo("turn", PIVOT, CAMERAS[1], SIZE)
    arm = pixel(rings, np.add(PIVOT, (0, 0, 0.3)))
    turned = pixel(rings, MIDDLE + matrix_of(axis_turn((0, 1, 0), 50)) @ [0, 0, 0.3])
    assert gizmos.change(rings, "y", arm, turned, 15).degrees == pytest.approx(45)
    boxes = gizmo("scale", PIVOT, CAMERAS[1], SIZE)
    tiny = gizmos.change(boxes, "screen", (160, 120), (0, 239), 0.1).factors
    assert tiny == pytest.approx((0.1, 0.1, 0.1))


def test_handles_are_found_where_they_are_drawn() -> None:
    for mode in ("move", "turn", "scale"):
        shown = gizmo(mode, PIVOT, CAMERAS[0], SIZE)
        assert [h.what for h in shown.handles] == list(gizmos.WHATS[mode])
        for handle in shown.handles:
            if handle.area:
                x, y = handle.line.mean(0)
            else:
                x, y = handle.line[-1] if mode != "turn" else handle.line[len(handle.line) // 3]
            found = gizmos.handle_at(shown, float(x), float(y))
            assert found is not None
            assert found.what == handle.what
        assert gizmos.handle_at(shown, 1.0, 1.0) is None


def test_axes_are_as_long_as_they_were_asked_to_be() -> None:
    for camera in (Camera((0, 0, 4), (0, 0, 0), fov=40), Camera((0, 0, 9), (0, 0, 0), fov=None)):
        shown = gizmo("move", (0.0, 0.0, 0.0), camera, SIZE, pixels=70)
        for what in ("x", "y"):
            assert np.hypot(*(shown[what].line[1] - (160, 120))) == pytest.approx(70, abs=0.5)


def test_what_can_t_be_dragged_from_here_is_not_shown() -> None:
    front = gizmo("move", (0.0, 0.5, 0.0), Camera((0, 0.5, 5), (0, 0.5, 0)), SIZE)
    assert [h.what for h in front.handles] == ["x", "y", "xy", "screen"]
    with pytest.raises(KeyError):
        front["z"]
    behind = gizmo("move", (0.0, 0.5, 9.0), Camera((0, 0.5, 5), (0, 0.5, 0)), SIZE)
    assert behind.handles == ()
    only = gizmo("scale", PIVOT, CAMERAS[0], SIZE, whats=("screen",))
    assert [h.what for h in only.handles] == ["screen"]


@settings(max_examples=150, deadline=None)
@given(numbers(-2000, 2000), numbers(-2000, 2000))
def test_no_pointer_drags_anything_out_of_the_world(x: float, y: float) -> None:
    for camera in CAMERAS:
        for mode in ("move", "turn", "scale"):
            shown = gizmo(mode, PIVOT, camera, SIZE)
            for handle in shown.handles:
                change = gizmos.change(shown, handle.what, (165, 118), (x, y))
                assert np.isfinite(
                    [*change.by, *change.axis, change.degrees, *change.factors]
                ).all()
                assert np.linalg.norm(change.by) < 5000
        slid = gizmos.slid(camera, SIZE, PIVOT, (160, 150), (x, y))
        assert slid[1] == pytest.approx(0, abs=1e-9)
        assert np.isfinite(slid).all()
        lifted = gizmos.lifted(camera, SIZE, PIVOT, (x, y))
        assert np.isfinite(lifted).all()


@pytest.mark.parametrize("camera", CAMERAS)
def test_things_slide_over_the_ground_under_the_pointer(camera: Camera) -> None:
    shown = gizmo("move", PIVOT, camera, SIZE)
    start, now = (pixel(shown, MIDDLE + v) for v in ([0, 0, 0], [0.3, 0, -0.4]))
    assert gizmos.slid(camera, SIZE, PIVOT, start, now) == pytest.approx((0.3, 0, -0.4))
    right = MIDDLE + 0.2 * camera.basis()[0] + 0.1 * camera.basis()[1]
    assert gizmos.lifted(camera, SIZE, PIVOT, pixel(shown, right)) == pytest.approx(tuple(right))


def test_beyond_the_horizon_there_is_still_ground() -> None:
    camera = Camera((0, 0.6, 4), (0, 0.5, 0), fov=40)
    far = [gizmos.slid(camera, SIZE, (0, 0, 0), (160, 150), (160, y)) for y in (130, 116, 112, 40)]
    assert [v[2] for v in far] == sorted((v[2] for v in far), reverse=True)
    assert far[-1][2] > -500


def test_changes_are_applied_about_their_pivot() -> None:
    stage = crowd()
    moved = Change(by=(1, 2, 3)).applied(stage, [3], PIVOT)
    assert moved[3].placement.at == pytest.approx(tuple(np.add(stage[3].placement.at, (1, 2, 3))))
    turned = Change(axis=(0, 1, 0), degrees=180).applied(stage, [3], PIVOT)
    x, y, z = stage[3].placement.at
    assert turned[3].placement.at == pytest.approx((2 * PIVOT[0] - x, y, 2 * PIVOT[2] - z))
    scaled = Change(factors=(2, 2, 2)).applied(stage, [3], PIVOT)
    about = MIDDLE
    assert scaled[3].placement.at == pytest.approx(tuple(about + 2 * (np.array([x, y, z]) - about)))
    assert Change().applied(stage, [3], PIVOT) is stage
