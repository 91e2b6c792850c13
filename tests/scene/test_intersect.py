"""Every solid against its own definition: a point is inside or it is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from studio_app.scene.camera import Camera
from studio_app.scene.cast import GBuffer, cast
from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import Transform, rotate, scale, translate

Array = np.ndarray
Inside = Callable[[Array, Array, Array], Array]


def prism_side(x: Array, y: Array, z: Array, n: int, top: float) -> Array:
    radius = (1 + top) / 2 - (1 - top) / 2 * y
    angles = 2 * np.pi * (np.arange(n) + 0.5) / n
    far = np.max([np.cos(a) * x + np.sin(a) * z for a in angles], axis=0)
    return far - np.cos(np.pi / n) * radius


def rounded(x: Array, y: Array, z: Array, r: float) -> Array:
    q = np.maximum(np.abs(np.stack([x, y, z])) - (1 - r), 0)
    return np.linalg.norm(q, axis=0) - r


# Negative inside, zero on the surface.
LEVELS: dict[str, tuple[tuple[float, ...], Inside]] = {
    "sphere": ((), lambda x, y, z: np.sqrt(x**2 + y**2 + z**2) - 1),
    "box": ((), lambda x, y, z: np.max(np.abs([x, y, z]), axis=0) - 1),
    "rounded_box": ((0.35,), lambda x, y, z: rounded(x, y, z, 0.35)),
    "cylinder": ((), lambda x, y, z: np.maximum(np.hypot(x, z), np.abs(y)) - 1),
    "cone": ((0.0,), lambda x, y, z: np.maximum(np.hypot(x, z) - (0.5 - 0.5 * y), np.abs(y) - 1)),
    "frustum": (
        (0.6,),
        lambda x, y, z: np.maximum(np.hypot(x, z) - (0.8 - 0.2 * y), np.abs(y) - 1),
    ),
    "capsule": (
        (0.7,),
        lambda x, y, z: np.sqrt(x**2 + (y - np.clip(y, -0.7, 0.7)) ** 2 + z**2) - 1,
    ),
    "torus": ((0.3,), lambda x, y, z: np.hypot(np.hypot(x, z) - 1, y) - 0.3),
    "prism": (
        (6, 1.0),
        lambda x, y, z: np.maximum(prism_side(x, y, z, 6, 1.0), np.abs(y) - 1),
    ),
    "pyramid": (
        (4, 0.0),
        lambda x, y, z: np.maximum(prism_side(x, y, z, 4, 0.0), np.abs(y) - 1),
    ),
}
KINDS = {"frustum": "cone", "pyramid": "prism"}
PERSPECTIVE = Camera(eye=(1.2, 1.6, 4.0), target=(0.1, 0.0, 0.0), fov=38)
PARALLEL = Camera(eye=(-1.5, 2.0, 3.0), target=(0.0, 0.1, 0.0), fov=None, height=3.2)
CAMERAS = [pytest.param(PERSPECTIVE, id="perspective"), pytest.param(PARALLEL, id="parallel")]
SIZE = 96


def random_place(rng: np.random.Generator) -> Transform:
    turned = rotate("x", rng.uniform(-180, 180)) @ rotate("y", rng.uniform(-180, 180))
    return (
        translate(*rng.uniform(-0.2, 0.2, 3))
        @ turned
        @ scale(*(float(v) for v in rng.uniform(0.4, 0.9, 3)))
    )


def solid(name: str, place: Transform, **more: object) -> Primitive:
    return Primitive(KINDS.get(name, name), LEVELS[name][0], place, **more)  # type: ignore[arg-type]


def rays(camera: Camera, size: int) -> tuple[Array, Array]:
    """Origins and directions [size, size, 3], the direction's z along the optical axis being 1."""
    eye, base, du, dv = camera.pixel_rays(size, size)
    at = np.arange(size) + 0.5
    spread = base + at[None, :, None] * du + at[:, None, None] * dv
    if camera.fov is None:
        return eye + spread, np.broadcast_to(camera.basis()[2], spread.shape)
    return np.broadcast_to(eye, spread.shape), spread


def local(points: Array, place: Transform) -> Array:
    inverse = np.linalg.inv(place.matrix)
    return points @ inverse[:3, :3].T + inverse[:3, 3]


def march(inside: Callable[[Array], Array], camera: Camera, size: int) -> Array:
    """First z inside, by brute force in steps of 0.004; inf where there is none."""
    o, d = rays(camera, size)
    z = np.full(o.shape[:2], np.inf)
    for t in np.arange(1.0, 8.0, 0.004):
        entered = inside(o + t * d) & np.isinf(z)
        z[entered] = t
    return z


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("name", LEVELS)
def test_what_is_seen_lies_on_the_surface(name: str, camera: Camera) -> None:
    rng = np.random.default_rng(sum(map(ord, name)))
    for _ in range(4):
        place = random_place(rng)
        seen = cast([solid(name, place)], camera, (SIZE, SIZE))
        hit = np.isfinite(seen.z)
        o, d = rays(camera, SIZE)
        points = local((o + np.where(hit, seen.z, 0)[..., None] * d)[hit], place)
        assert hit.mean() > 0.03
        assert np.abs(LEVELS[name][1](*points.T)).max() < 5e-3


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("name", LEVELS)
def test_the_first_entry_is_found_everywhere(name: str, camera: Camera) -> None:
    place = random_place(np.random.default_rng(7 + len(name)))
    size = 32
    seen = cast([solid(name, place)], camera, (size, size))
    truth = march(
        lambda p: LEVELS[name][1](*np.moveaxis(local(p, place), -1, 0)) <= 0, camera, size
    )
    both = np.isfinite(seen.z) & np.isfinite(truth)
    # The march can step over a grazed edge, and no more than that.
    assert (np.isfinite(seen.z) != np.isfinite(truth)).sum() <= 4
    assert np.abs(seen.z[both] - truth[both]).max() < 0.012


def depth_normals(seen: GBuffer, camera: Camera, size: int) -> tuple[Array, Array]:
    """Normals [size, size, 3] in camera axes from neighbouring depths, and where they can be trusted."""
    o, d = rays(camera, size)
    points = (o + np.where(np.isfinite(seen.z), seen.z, np.nan)[..., None] * d) @ camera.basis().T
    across = points[1:-1, 2:] - points[1:-1, :-2]
    down = points[2:, 1:-1] - points[:-2, 1:-1]
    n = np.cross(down, across)
    n /= np.linalg.norm(n, axis=-1, keepdims=True)
    n = n * np.array([1, 1, -1])  # the basis looks forward, the normals towards the viewer
    n *= np.sign(n[..., 2:])
    return n, np.isfinite(n).all(-1)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("name", LEVELS)
def test_normals_are_the_slopes_of_depth(name: str, camera: Camera) -> None:
    place = random_place(np.random.default_rng(3))
    seen = cast([solid(name, place)], camera, (SIZE * 2, SIZE * 2))
    hit = np.isfinite(seen.z)
    assert np.allclose(np.linalg.norm(seen.normals[hit], axis=-1), 1, atol=1e-4)
    assert not seen.normals[~hit].any()
    slopes, sure = depth_normals(seen, camera, SIZE * 2)
    agree = (slopes * seen.normals[1:-1, 1:-1]).sum(-1)[sure]
    # Differences across an edge mean nothing; most pixels are not on one.
    assert np.quantile(agree, 0.12) > 0.99


@pytest.mark.parametrize("name", ["sphere", "box", "cylinder", "cone", "capsule", "prism"])
def test_a_clip_cuts_a_flat_cap(name: str) -> None:
    n = np.array([0.48, 0.6, 0.64])
    place = rotate("y", 20) @ scale(0.9)
    cut = solid(name, place, clip=(0.48, 0.6, 0.64, 0.1))
    seen = cast([cut], PERSPECTIVE, (SIZE, SIZE))
    whole = cast([solid(name, place)], PERSPECTIVE, (SIZE, SIZE))
    hit = np.isfinite(seen.z)
    o, d = rays(PERSPECTIVE, SIZE)
    points = local((o + np.where(hit, seen.z, 0)[..., None] * d)[hit], place)
    over = points @ n - 0.1
    assert over.max() < 1e-3
    assert (seen.z >= whole.z - 1e-4).all()
    cap = np.abs(over) < 1e-4
    assert cap.sum() > 100
    facing = PERSPECTIVE.basis() @ rotate("y", 20).matrix[:3, :3] @ n * np.array([1, 1, -1])
    assert np.allclose(seen.normals[hit][cap], facing, atol=2e-3)


def test_the_ground_fills_what_is_below_the_horizon() -> None:
    camera = Camera(eye=(0, 1, 4), target=(0, 1, 0), fov=40)
    seen = cast([Primitive("plane")], camera, (64, 64))
    assert np.isinf(seen.z[:32]).all()
    assert np.isfinite(seen.z[32:]).all()
    assert np.allclose(seen.normals[40, 10], (0, 1, 0), atol=1e-6)
    _, d = rays(camera, 64)
    assert np.allclose(seen.z[32:], -1 / d[32:, :, 1], rtol=1e-4)


def test_a_camera_inside_a_solid_looks_out_of_it() -> None:
    around = Primitive("sphere", (), scale(10.0))
    behind = Primitive("box", (), translate(0, 0, -2) @ scale(0.5), part=2)
    seen = cast([around, behind], Camera(eye=(0, 0, 2), target=(0, 0, 0)), (33, 33))
    assert seen.parts[16, 16] == 2
    assert seen.parts[0, 0] == 0
