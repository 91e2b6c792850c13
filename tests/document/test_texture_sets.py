"""Texture sets: every file an engine expects, in the convention its name and text say."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from studio_app.core.maps import Maps
from studio_app.document.pictures import read_texts
from studio_app.document.texture_sets import file_names, texture_set


def some_maps(alpha: float = 1.0) -> Maps:
    """A wall that leans up: its normals have a positive y."""
    shape = (8, 8)
    normal = np.zeros((*shape, 3), np.float32)
    normal[:] = [0, 0.6, 0.8]
    cover = np.zeros(shape, np.float32)
    cover[2:6, 2:6] = alpha
    colour = np.full((*shape, 3), [0.2, 0.4, 0.6], np.float32)
    return Maps(
        alpha=cover if alpha < 1 else np.ones(shape, np.float32),
        depth=np.linspace(0, 1, 64, dtype=np.float32).reshape(shape),
        normal=normal,
        albedo=colour * (cover > 0)[..., None] if alpha < 1 else colour,
        roughness=np.full(shape, 0.5, np.float32),
        metallic=np.full(shape, 1.0, np.float32),
    )


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_a_set_of_a_texture():
    files = texture_set(some_maps(), "wall", "texture")
    assert set(files) == {
        f"wall_{name}.png"
        for name in ("albedo", "normal", "roughness", "metallic", "orm", "height", "alpha")
    }
    height = opened(files["wall_height.png"])
    assert height.dtype == np.uint16
    assert len(np.unique(height)) == 64
    assert (int(height.min()), int(height.max())) == (0, 65535)
    assert opened(files["wall_albedo.png"])[0, 0].tolist() == [51, 102, 153]
    assert opened(files["wall_orm.png"])[0, 0].tolist() == [255, 128, 255]


def test_green_is_up(tmp_path: Path):
    data = texture_set(some_maps(), "wall", "texture")["wall_normal.png"]
    assert opened(data)[0, 0].tolist() == [128, 204, 230]
    (tmp_path / "normal.png").write_bytes(data)
    assert "OpenGL" in read_texts(tmp_path / "normal.png")["Description"]


def test_other_pictures_have_a_depth():
    assert "a_depth.png" in file_names("a", "scene").values()
    assert "a_height.png" not in file_names("a", "scene").values()


def test_beyond_an_asset_its_surface_runs_on_and_its_normals_are_flat():
    files = texture_set(some_maps(alpha=0.99), "gem", "isolated")
    albedo = opened(files["gem_albedo.png"])
    assert albedo[0, 0].tolist() == [51, 102, 153]
    assert opened(files["gem_normal.png"])[0, 0].tolist() == [128, 128, 255]
    assert opened(files["gem_alpha.png"])[0, 0] == 0
