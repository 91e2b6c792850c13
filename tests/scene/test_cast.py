from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene import cast as cast_module
from studio_app.scene.bench import crowded, measure, measure_drags
from studio_app.scene.camera import Camera, inverse_depth
from studio_app.scene.cast import cast, flatten, window
from studio_app.scene.mannequin import POSES, Body, solids, solve
from studio_app.scene.primitives import Group, Primitive
from studio_app.scene.transform import rotate, scale, translate

FRONT = Camera(eye=(0, 0, 5), target=(0, 0, 0), fov=40, near=1, far=20)


def crowd(seed: int, count: int = 14) -> list[Primitive]:
    rng = np.random.default_rng(seed)
    kinds = [
        ("sphere", ()),
        ("box", ()),
        ("rounded_box", (0.3,)),
        ("cylinder", ()),
        ("cone", (0.2,)),
        ("capsule", (2.5,)),
        ("torus", (0.4,)),
        ("prism", (5, 0.3)),
    ]
    out: list[Primitive] = []
    for i in range(count):
        kind, params = kinds[i % len(kinds)]
        place = (
            translate(*rng.uniform(-1.5, 1.5, 3))
            @ rotate("x", rng.uniform(0, 360))
            @ rotate("z", rng.uniform(0, 360))
            @ scale(*(float(v) for v in rng.uniform(0.05, 0.5, 3)))
        )
        out.append(Primitive(kind, params, place, part=i + 1))  # type: ignore[arg-type]
    return out


def test_the_nearest_solid_wins_whatever_the_order() -> None:
    near = Primitive("sphere", (), translate(0, 0, 1) @ scale(0.5), part=3)
    far = Primitive("box", (), translate(0, 0, -1), part=9)
    a, b = cast([near, far], FRONT, (65, 65)), cast([far, near], FRONT, (65, 65))
    assert a.parts[32, 32] == b.parts[32, 32] == 3
    assert a.index[32, 32] == 0
    assert b.index[32, 32] == 1
    assert np.array_equal(a.z, b.z)
    assert np.array_equal(a.parts, b.parts)
    assert set(np.unique(a.parts)) == {0, 3, 9}


def test_depth_is_linear_in_one_over_z() -> None:
    ball = Primitive("sphere", (), scale(1.0))
    seen = cast([ball], FRONT, (65, 65))
    assert seen.z[32, 32] == pytest.approx(4, abs=1e-3)
    assert seen.depth[32, 32] == pytest.approx((1 / 4 - 1 / 20) / (1 - 1 / 20), abs=1e-4)
    assert seen.depth[0, 0] == 0
    assert seen.depth.dtype == np.float32
    ends = inverse_depth(np.array([1.0, 20.0, 0.2, 100.0, np.inf]), 1, 20)
    assert ends.tolist() == [1, 0, 1, 0, 0]


def test_a_parallel_camera_keeps_sizes_at_any_distance() -> None:
    camera = Camera(eye=(0, 0, 5), target=(0, 0, 0), fov=None, height=4)
    for z in (-3.0, 3.0):
        seen = cast([Primitive("sphere", (), translate(0, 0, z))], camera, (200, 200))
        assert np.isfinite(seen.z).sum() == pytest.approx(np.pi * 50**2, rel=0.01)
        assert seen.z.min() == pytest.approx(4 - z, abs=1e-3)


def test_groups_carry_their_children_along() -> None:
    child = Primitive("cone", (0.0,), scale(0.3), part=5)
    inner = Group((child, child.moved(translate(1, 0, 0))), rotate("z", 30))
    outer = Group((inner,), translate(0.2, -0.1, 0) @ scale(0.8))
    move = translate(0.2, -0.1, 0) @ scale(0.8) @ rotate("z", 30)
    loose = [child.moved(move), child.moved(move @ translate(1, 0, 0))]
    a, b = cast([outer], FRONT, (64, 64)), cast(loose, FRONT, (64, 64))
    assert len(flatten([outer])) == 2
    assert np.array_equal(a.parts, b.parts)
    assert np.allclose(a.depth, b.depth, atol=1e-6)


def test_an_empty_scene_is_background() -> None:
    seen = cast([], FRONT, (20, 10))
    assert seen.z.shape == (10, 20)
    assert np.isinf(seen.z).all()
    assert not seen.depth.any()
    assert not seen.parts.any()
    assert (seen.index == -1).all()


@pytest.mark.parametrize("fov", [None, 25.0, 70.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_window_never_cuts_a_solid(
    seed: int, fov: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = Camera(eye=(1.0, 1.2, 2.6), target=(0, 0, 0), fov=fov, height=3.0)
    scene = [*crowd(seed), *solids(solve(Body(), POSES["running"]))]
    tight = cast(scene, camera, (120, 88))
    monkeypatch.setattr(cast_module, "windows", lambda s, c, w, h: [(0, 0, w, h)] * len(s))
    whole = cast(scene, camera, (120, 88))
    assert np.array_equal(tight.index, whole.index)
    assert np.allclose(tight.normals, whole.normals, atol=1e-5)


def test_windows_of_round_solids_touch_them() -> None:
    for solid in solids(solve(Body(), POSES["standing"]))[::4]:
        camera = Camera(eye=(0.5, 0.7, 2.0), target=solid.transform.origin, fov=12)
        x0, y0, x1, y1 = window(solid, camera, 160, 160)
        rows, columns = np.nonzero(np.isfinite(cast([solid], camera, (160, 160)).z))
        if solid.clip is None:
            gaps = columns.min() - x0, rows.min() - y0, x1 - 1 - columns.max(), y1 - 1 - rows.max()
            assert max(gaps) <= 2


def test_nothing_behind_the_camera_is_seen() -> None:
    ball = Primitive("sphere", (), translate(0, 0, 9))
    assert window(ball, FRONT, 64, 64) == (0, 0, 0, 0)
    assert np.isinf(cast([ball], FRONT, (64, 64)).z).all()
    around = Primitive("box", (), translate(0, -3, 5) @ scale(2, 2, 8))
    assert window(around, FRONT, 64, 64) == (0, 0, 64, 64)
    assert np.isfinite(cast([around], FRONT, (64, 64)).z).any()


def test_the_bench_measures_what_it_names() -> None:
    figures = measure(size=64, repeats=2)
    assert set(figures) == {"cast_numpy_64_ms", "pose_ms"}
    assert all(v > 0 for v in figures.values())


def test_the_bench_drags_a_figure_among_eight_solids_and_names_what_it_measures() -> None:
    stage = crowded()
    assert len(stage.items) == 9
    assert stage.ground
    figures = measure_drags(size=48, steps=2)
    assert set(figures) == {"scene_fps", "scene_orbit_fps"}
    assert all(v > 0 for v in figures.values())


@pytest.mark.parametrize("fov", [40, None])
@pytest.mark.parametrize("kind", ["sphere", "cylinder", "cone", "capsule"])
def test_what_is_as_thin_as_paper_has_no_holes(kind, fov) -> None:
    camera = Camera((0.4, 1.6, 5.0), (0.1, 0, 0), fov=fov, height=3.0)
    params = {"cone": (0.2,), "capsule": (1.5,)}.get(kind, ())
    for way in ((0.4, 0.4, 0.004), (0.004, 0.4, 0.4)):
        place = translate(0.1, 0, 0) @ rotate("y", 30) @ scale(*way)
        there = cast([Primitive(kind, params, place)], camera, (96, 96)).index == 0
        assert there.sum() > 100
        for row in there:  # a convex solid covers one run of each row
            assert np.count_nonzero(np.diff(row.astype(int))) <= 2


@pytest.mark.parametrize("fov", [40, None])
def test_rays_that_begin_beside_a_solid_see_it_as_those_from_the_camera(fov, monkeypatch) -> None:
    camera = Camera((0.4, 1.6, 5.0), (0.1, 0, 0), fov=fov, height=3.0)
    seen = cast(crowd(3), camera, (96, 96))
    monkeypatch.setattr(cast_module, "FAR_AWAY", 0.0)
    beside = cast(crowd(3), camera, (96, 96))
    assert np.mean(seen.index == beside.index) > 0.999
    both = (seen.index == beside.index) & (seen.index >= 0)
    assert np.abs(seen.z[both] - beside.z[both]).max() < 2e-3
    assert np.median(np.abs(seen.normals - beside.normals)[both]) < 1e-4
