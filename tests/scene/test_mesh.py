from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.camera import Camera
from studio_app.scene.cast import Buffers, draw
from studio_app.scene.mesh import MOST_TRIANGLES, Mesh, blockout, thinned
from studio_app.scene.primitives import Primitive
from studio_app.scene.raster import draw_mesh
from studio_app.scene.transform import Transform, identity, rotate, scale, translate
from tests.scene.stage.worlds import cube, globe

CAMERAS = [
    Camera((1, 1.2, 3), (0, 0.4, 0)),
    Camera((1, 1.2, 3), (0, 0.4, 0), fov=None, height=1.8),
    Camera((-0.2, 0.5, 0.9), (0, 0.6, 0), fov=80),
]
PLACES = [identity(), translate(0.1, 0.2, -0.5) @ rotate("y", 30) @ scale(-1, 1.2, 0.7)]


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("place", PLACES)
def test_a_box_of_triangles_is_the_caster_s_box(camera: Camera, place: Transform) -> None:
    a, b = Buffers.blank(150, 120), Buffers.blank(150, 120)
    draw_mesh(cube(), place, camera, a, 0)
    draw([Primitive("box", (), place @ translate(0, 0.5, 0) @ scale(0.5))], camera, b)
    seen = np.isfinite(a.z)
    assert (seen != np.isfinite(b.z)).mean() < 1e-3
    both = seen & np.isfinite(b.z)
    assert np.allclose(a.z[both], b.z[both], rtol=1e-5)
    assert np.allclose(a.normals[:, both], b.normals[:, both], atol=1e-4)
    assert np.array_equal(a.index[both], b.index[both])


@pytest.mark.parametrize("camera", CAMERAS[:2])
def test_a_globe_is_smooth_and_nearly_the_caster_s_sphere(camera: Camera) -> None:
    a, b = Buffers.blank(150, 120), Buffers.blank(150, 120)
    draw_mesh(globe(64, 32), identity(), camera, a, 0)
    draw([Primitive("sphere", (), translate(0, 0.5, 0) @ scale(0.5))], camera, b)
    both = np.isfinite(a.z) & np.isfinite(b.z)
    assert (np.isfinite(a.z) != np.isfinite(b.z)).sum() < 30
    assert np.abs(a.z[both] - b.z[both]).max() < 0.06
    angle = np.degrees(np.arccos(np.clip((a.normals * b.normals).sum(0)[both], -1, 1)))
    assert angle.max() < 8  # of facets, it would be as wide as they are


def test_there_is_no_crack_between_triangles() -> None:
    wall = grid(40)
    for camera in (
        Camera((0.1, 0.5, 0.7), (0, 0.5, 0)),
        Camera((1, 0.7, 0.3), (0, 0.5, 0), fov=100),
    ):
        into = Buffers.blank(160, 160)
        draw_mesh(wall, scale(40, 40, 1) @ translate(0, -0.5, 0), camera, into, 0)
        seen = np.isfinite(into.z)
        assert seen[80].any()
        rows = [row for row in seen if row.any()]
        assert all(row[row.argmax() : len(row) - row[::-1].argmax()].all() for row in rows)


def grid(cells: int) -> Mesh:
    x, y = np.meshgrid(np.linspace(-1, 1, cells + 1), np.linspace(-1, 1, cells + 1))
    x, y = x + 0.013 * np.sin(7 * y), y + 0.011 * np.cos(5 * x)
    points = np.stack([x, y, 0 * x], -1).reshape(-1, 3)
    i = np.arange(cells * (cells + 1)).reshape(cells, -1)[:, :-1].ravel()
    up = i + cells + 1
    faces = np.concatenate([np.stack([i, i + 1, up], 1), np.stack([i + 1, up + 1, up], 1)])
    return blockout(points, faces)


def test_what_reaches_behind_the_eye_is_seen_where_it_lies_before_it() -> None:
    camera = Camera((0, 0.5, 0), (0, 0.5, -1), fov=90)
    floor = Mesh(
        np.array([[-50, 0, 50], [50, 0, 50], [0, 0, -90]], np.float32),
        np.array([[0, 1, 2]], np.int32),
    )
    a, b = Buffers.blank(64, 64), Buffers.blank(64, 64)
    draw_mesh(floor, identity(), camera, a, 0)
    draw([Primitive("plane")], camera, b)
    near = b.z < 20
    assert near.sum() > 1000
    assert np.allclose(a.z[near], b.z[near], rtol=1e-4)
    assert np.isinf(a.z[:32]).all()
    assert a.normals[1, 60, 32] == pytest.approx(1)
    behind = Buffers.blank(64, 64)
    assert draw_mesh(cube(), translate(0, 0, 3), camera, behind, 0) == 0
    assert np.isinf(behind.z).all()


def test_a_closed_mesh_is_looked_out_of_and_an_open_one_is_seen_from_inside() -> None:
    camera = Camera((0, 0.5, 0), (0, 0.5, -1), fov=70)
    assert cube().closed
    opened = Mesh(cube().vertices, cube().triangles[2:])
    assert not opened.closed
    inside, out = Buffers.blank(32, 32), Buffers.blank(32, 32)
    draw_mesh(opened, identity(), camera, inside, 0)
    draw_mesh(cube(), identity(), camera, out, 0)
    assert np.isfinite(inside.z).all()
    assert (inside.normals[2] > 0).all()
    assert np.isinf(out.z).all()
    # Turned inside out it has no outside, and is drawn as an open one.
    assert not Mesh(cube().vertices, np.ascontiguousarray(cube().triangles[:, ::-1])).closed


def test_order_does_not_matter_and_regions_are_kept_to() -> None:
    camera = CAMERAS[0]
    places = [translate(0.1 * k, 0, 0) for k in range(3)]
    meshes = [cube(), globe(), globe(shuffled=True)]
    forward, backward = Buffers.blank(96, 96), Buffers.blank(96, 96)
    for k in (0, 1, 2):
        draw_mesh(meshes[k], places[k], camera, forward, k)
    for k in (2, 1, 0):
        draw_mesh(meshes[k], places[k], camera, backward, k)
    assert np.array_equal(forward.z, backward.z)
    assert np.array_equal(forward.index, backward.index)
    region = (30, 40, 60, 70)
    part = Buffers.blank(96, 96)
    work = sum(draw_mesh(meshes[k], places[k], camera, part, k, region) for k in range(3))
    assert work <= 3 * 2 * 900
    assert np.array_equal(part.z[40:70, 30:60], forward.z[40:70, 30:60])
    assert np.array_equal(part.normals[:, 40:70, 30:60], forward.normals[:, 40:70, 30:60])
    part.z[40:70, 30:60] = np.inf
    assert np.isinf(part.z).all()


def test_a_mesh_of_a_thousand_layers_takes_bounded_work() -> None:
    layers = np.array([[-9, -9, 0], [9, -9, 0], [0, 20, 0]], np.float32)
    many = np.concatenate([layers - np.array([0, 0, 1e-3 * k], np.float32) for k in range(6000)])
    stack = Mesh(many, np.arange(18000, dtype=np.int32).reshape(-1, 3))
    into = Buffers.blank(200, 161)
    work = draw_mesh(stack, identity(), Camera((0, 0, 4), (0, 0, 0)), into, 5)
    assert work <= 24 * 200 * 161
    assert np.isfinite(into.z).all()
    assert np.allclose(into.z, 4, atol=0.01)
    assert (into.index == 5).all()


def test_blockouts_have_one_size_and_stand_on_the_ground() -> None:
    tall = cube().vertices * np.float32(1e30) * np.array([1, 3, 1], np.float32)
    for points in (
        tall.astype(np.float64) * 1e270,
        tall.astype(np.float64) * 1e-40 + 5,
        cube().vertices.astype(np.float64) * 0.01 - 9e5,
    ):
        mesh = blockout(np.asarray(points, np.float64), cube().triangles)
        low, high = mesh.vertices.min(0), mesh.vertices.max(0)
        assert low[1] == pytest.approx(0, abs=1e-6)
        assert (high - low).max() == pytest.approx(1, abs=1e-6)
        assert (low + high)[[0, 2]] == pytest.approx(0, abs=1e-6)


def test_what_is_no_triangle_is_left_out() -> None:
    corners = np.vstack([cube().vertices, [[np.nan, 0, 0], [np.inf, 1, 1], [7e5, 7e5, 7e5]]])
    faces = np.vstack([cube().triangles, [[0, 1, 8], [0, 9, 1], [0, 0, 1], [0, 1, 0]]])
    assert blockout(corners, faces) == cube()
    for bad in (np.zeros((0, 3), int), np.array([[0, 0, 1]]), np.array([[0, 1, 8]])):
        with pytest.raises(ValueError):
            blockout(corners, bad)
    with pytest.raises(ValueError):
        blockout(np.zeros((3, 3)), np.array([[0, 1, 2]]))


def test_large_meshes_are_thinned_out_and_keep_their_shape() -> None:
    fine = globe_arrays(400, 200)
    mesh = blockout(*fine)
    assert 0.4 * MOST_TRIANGLES < len(mesh.triangles) <= MOST_TRIANGLES
    middle = mesh.vertices - np.array([0, 0.5, 0], np.float32)
    assert np.linalg.norm(middle, axis=1) == pytest.approx(0.5, abs=0.01)
    points, faces = thinned(*fine, 50)
    assert 4 <= len(faces) <= 50
    assert np.isfinite(points).all()


def globe_arrays(across: int, down: int) -> tuple[np.ndarray, np.ndarray]:
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, across + 1), np.linspace(0, np.pi, down + 1))
    points = np.stack([np.sin(v) * np.cos(u), np.cos(v), np.sin(v) * np.sin(u)], -1).reshape(-1, 3)
    i = np.arange(down * (across + 1)).reshape(down, -1)[:, :-1].ravel()
    below = i + across + 1
    return points, np.concatenate(
        [np.stack([i, i + 1, below], 1), np.stack([i + 1, below + 1, below], 1)]
    )


def test_scattered_triangles_smaller_than_any_grid_are_sampled() -> None:
    rng = np.random.default_rng(0)
    corners = np.repeat(rng.uniform(-1, 1, (30_000, 3)), 3, 0) + rng.normal(0, 1e-5, (90_000, 3))
    mesh = blockout(corners, np.arange(90_000).reshape(-1, 3))
    assert 1 <= len(mesh.triangles) <= MOST_TRIANGLES


@pytest.mark.parametrize(
    ("vertices", "triangles"),
    [
        (np.zeros((3, 3)), np.array([[0, 1, 2]], np.int32)),
        (np.zeros((3, 3), np.float32), np.array([[0, 1, 2]])),
        (np.zeros((3, 2), np.float32), np.array([[0, 1, 2]], np.int32)),
        (np.zeros((3, 3), np.float32), np.array([[0, 1, 3]], np.int32)),
        (np.zeros((3, 3), np.float32), np.array([[0, 1, -1]], np.int32)),
        (np.zeros((3, 3), np.float32), np.zeros((0, 3), np.int32)),
        (np.zeros((3, 3), np.float32), np.zeros((MOST_TRIANGLES + 1, 3), np.int32)),
        (np.full((3, 3), np.nan, np.float32), np.array([[0, 1, 2]], np.int32)),
        (np.full((3, 3), 1e9, np.float32), np.array([[0, 1, 2]], np.int32)),
    ],
)
def test_what_is_no_mesh_is_refused(vertices: np.ndarray, triangles: np.ndarray) -> None:
    with pytest.raises(ValueError):
        Mesh(vertices, triangles)


def test_creases_stay_sharp_and_a_corner_of_a_thousand_triangles_costs_no_million() -> None:
    normals = cube().corner_normals
    assert np.allclose(np.abs(normals).max(2), 1, atol=1e-6)
    turn = np.linspace(0, 2 * np.pi, 10_000, endpoint=False)
    rim = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], 1)
    fan = np.vstack([[[0, 0.2, 0]], rim]).astype(np.float32)
    k = np.arange(1, 10_000)
    flat = Mesh(fan, np.stack([0 * k, k + 1, k], 1).astype(np.int32))
    assert (flat.corner_normals[..., 1] > 0.9).all()
