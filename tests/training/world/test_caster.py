"""The batched caster and the interactive one see the same world."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast as cast_numpy
from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import rotate, scale, translate
from studio_app.training.world.caster import cast, make_rays, make_slots, positions
from studio_app.training.world.compose import build, sample_spec

CPU = torch.device("cpu")
SIZE = 128


def _specs(count: int):
    rng = np.random.default_rng(4)
    specs = [sample_spec(rng) for _ in range(4 * count)]
    return [s for s in specs if s.kind != "texture"][:count]


def _interior(index: np.ndarray) -> np.ndarray:
    """Pixels whose eight neighbours show the same solid: away from silhouettes."""
    wide = np.pad(index, 1, mode="edge")
    h, w = index.shape
    same = np.ones_like(index, bool)
    for dy in range(3):
        for dx in range(3):
            same &= wide[dy : dy + h, dx : dx + w] == index
    return same


def test_numpy_and_torch_agree_on_hits_depth_and_normals() -> None:
    agreed = total = 0
    for spec in _specs(10):
        solids, _ = build(spec)
        assert spec.camera is not None
        a = cast_numpy(solids, spec.camera, (SIZE, SIZE))
        b = cast(make_slots([solids], CPU), make_rays([spec.camera], SIZE, SIZE, CPU))
        hit_a, hit_b = a.index >= 0, b.index[0, 0].numpy() >= 0
        agreed += int((hit_a == hit_b).sum())
        total += hit_a.size
        inside = _interior(a.index) & (a.index == b.index[0, 0].numpy()) & hit_a
        z = b.z[0, 0].numpy()
        near = inside & (a.z < 12)  # beyond, a grazing ray's float32 rounding is the larger error
        assert np.abs(a.z[near] - z[near]).max() <= 1e-3
        axes = spec.camera.basis() * np.array([[1.0], [1.0], [-1.0]])
        n = np.einsum("ij,jhw->hwi", axes, b.normals[0].numpy())
        wrong = np.abs(n[near] - a.normals[near]).max(-1) > 2e-2
        assert wrong.mean() < 1e-3
    assert agreed / total >= 0.999


def test_a_batch_gives_what_single_pictures_give() -> None:
    specs = _specs(3)
    scenes = [build(s)[0] for s in specs]
    cameras = [s.camera or Camera() for s in specs]
    together = cast(make_slots(scenes, CPU), make_rays(cameras, SIZE, SIZE, CPU))
    for i, (scene, camera) in enumerate(zip(scenes, cameras, strict=True)):
        alone = cast(make_slots([scene], CPU), make_rays([camera], SIZE, SIZE, CPU))
        # The order of solids differs, so coplanar faces may tie otherwise.
        assert (alone.index[0] == together.index[i]).float().mean() > 0.995
        both = torch.isfinite(alone.z[0]) & torch.isfinite(together.z[i])
        assert torch.allclose(alone.z[0][both], together.z[i][both], atol=1e-3)


def test_positions_lie_on_the_solids() -> None:
    ball = Primitive("sphere", (), translate(0, 0.5, 0) @ scale(0.5))
    camera = Camera(eye=(0, 0.8, 3), target=(0, 0.5, 0))
    rays = make_rays([camera], 64, 64, CPU)
    hits = cast(make_slots([[ball]], CPU), rays)
    points, view = positions(hits, rays)
    on = hits.index[0, 0] >= 0
    radius = (points[0] - torch.tensor([0, 0.5, 0])[:, None, None]).norm(dim=0)
    assert torch.allclose(radius[on], torch.full_like(radius[on], 0.5), atol=1e-4)
    assert torch.allclose(view.norm(dim=1), torch.ones_like(view[:, 0]), atol=1e-5)


def test_mixed_projections_are_refused() -> None:
    with pytest.raises(ValueError, match="one kind"):
        make_rays([Camera(), Camera(fov=None)], 8, 8, CPU)


def test_a_parallel_camera_sees_a_box_at_its_true_size() -> None:
    box = Primitive("box", (), rotate("y", 0) @ scale(0.5))
    camera = Camera(eye=(0, 0, 5), target=(0, 0, 0), fov=None, height=2.0)
    hits = cast(make_slots([[box]], CPU), make_rays([camera], 64, 64, CPU))
    assert int((hits.index >= 0).sum()) == 32 * 32
    assert torch.allclose(hits.z[hits.index >= 0], torch.tensor(4.5), atol=1e-5)
