from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.camera import Camera


@pytest.mark.parametrize("fov", [None, 50.0])
@pytest.mark.parametrize(
    ("eye", "target"),
    [((3, 2, 4), (0, 1, 0)), ((0, 5, 0), (0, 0, 0)), ((0, -5, 0.0), (0, 0, 0))],
)
def test_a_ray_through_a_projected_point_meets_it(fov, eye, target) -> None:
    camera = Camera(eye=eye, target=target, fov=fov, height=3)
    basis = camera.basis()
    assert np.allclose(basis @ basis.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(basis) == pytest.approx(-1)  # right, up, forward
    points = np.random.default_rng(0).uniform(-0.7, 0.7, (50, 3))
    pixels, z = camera.project(points, 160, 90)
    origin, base, du, dv = camera.pixel_rays(160, 90)
    spread = base + pixels[:, :1] * du + pixels[:, 1:] * dv
    if fov is None:
        met = origin + spread + z[:, None] * basis[2]
    else:
        met = origin + z[:, None] * spread
    assert np.allclose(met, points, atol=1e-9)


def test_up_is_up_and_right_is_right() -> None:
    camera = Camera(eye=(0, 0, 5), target=(0, 0, 0), fov=40)
    pixels, z = camera.project(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0.0]]), 100, 100)
    assert pixels[0].tolist() == [50, 50]
    assert pixels[1, 0] > 50
    assert pixels[2, 1] < 50
    assert z.tolist() == [5, 5, 5]
