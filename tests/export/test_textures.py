"""Texture sets: every file an engine expects, in the convention its name and text say."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.document.pictures import read_texts
from studio_app.export.occlusion import occlusion, relief_of, slopes
from studio_app.export.pictures import Encoding
from studio_app.export.textures import (
    enlarged,
    file_names,
    surface_of,
    texture_asset,
    texture_set,
)


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
        for name in ("albedo", "normal", "roughness", "metallic", "ao", "orm", "height", "alpha")
    }
    height = opened(files["wall_height.png"])
    assert height.dtype == np.uint16
    assert len(np.unique(height)) == 64
    assert (int(height.min()), int(height.max())) == (0, 65535)
    assert opened(files["wall_albedo.png"])[0, 0].tolist() == [51, 102, 153]
    orm = opened(files["wall_orm.png"])
    assert orm[3, 3, 1:].tolist() == [128, 255]
    np.testing.assert_array_equal(orm[..., 0], opened(files["wall_ao.png"]))
    assert orm[..., 0].min() < 250


def test_green_is_up(tmp_path: Path):
    data = texture_set(some_maps(), "wall", "texture")["wall_normal.png"]
    assert opened(data)[0, 0].tolist() == [128, 204, 230]
    (tmp_path / "normal.png").write_bytes(data)
    assert "OpenGL" in read_texts(tmp_path / "normal.png")["Description"]


def test_other_pictures_have_a_depth():
    assert "a_depth.png" in file_names("a", "scene").values()
    assert "a_height.png" not in file_names("a", "scene").values()
    assert "a_ao.png" not in file_names("a", "scene").values()
    assert opened(texture_set(some_maps(), "a", "scene")["a_orm.png"])[..., 0].min() == 255


def test_beyond_an_asset_its_surface_runs_on_and_its_normals_are_flat():
    files = texture_set(some_maps(alpha=0.99), "gem", "isolated")
    albedo = opened(files["gem_albedo.png"])
    assert albedo[0, 0].tolist() == [51, 102, 153]
    assert opened(files["gem_normal.png"])[0, 0].tolist() == [128, 128, 255]
    assert opened(files["gem_alpha.png"])[0, 0] == 0


def bumps(size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """(height, normals) of waves that wrap, 0.05 widths high from trough to crest."""
    ys, xs = np.mgrid[0:size, 0:size] * (2 * np.pi / size)
    height = (0.5 + 0.25 * np.sin(2 * xs) + 0.25 * np.cos(3 * ys)).astype(np.float32)
    right, up = slopes(height)
    normal = np.dstack([-right * 0.05, -up * 0.05, np.ones_like(height)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    return height, normal.astype(np.float32)


def test_the_height_stands_as_high_as_the_normals_say():
    height, normal = bumps()
    assert relief_of(height, normal) == pytest.approx(0.05, rel=0.01)
    level = np.full_like(height, 0.5)
    assert relief_of(level, normal) > 0


def test_nothing_shades_a_level_and_walls_shade_a_pit():
    assert occlusion(np.full((32, 32), 0.7, np.float32), 0.1).min() == pytest.approx(1, abs=1e-5)
    pit = np.ones((64, 64), np.float32)
    pit[28:36, 28:36] = 0
    seen = occlusion(pit, 0.1, reach=0.25)
    assert seen[32, 32] < 0.6
    assert seen[2, 2] == pytest.approx(1, abs=1e-5)
    assert (occlusion(pit, 0.2, reach=0.25) <= seen + 1e-6).all()


def test_occlusion_of_what_tiles_goes_on_beyond_its_edges():
    height, _ = bumps()
    seen = occlusion(height, 0.05)
    moved = occlusion(np.roll(height, (11, 23), (0, 1)), 0.05)
    np.testing.assert_allclose(np.roll(seen, (11, 23), (0, 1)), moved, atol=1e-6)
    ends = occlusion(height, 0.05, (False, False))
    assert np.abs(ends - seen)[:, 0].max() > 1e-3
    np.testing.assert_allclose(ends[20:40, 20:40], seen[20:40, 20:40], atol=1e-6)


def test_every_role_is_a_piece_that_says_what_it_is():
    surface = surface_of(some_maps(), "texture")
    roles = ("colour", "normal", "height", "orm", "mask_map", "alpha", "occlusion")
    asset = texture_asset("A wall", surface, roles, normal_y="-")
    assert [piece.role for piece in asset.pieces] == list(roles)
    assert [piece.role for piece in asset.pieces if piece.srgb] == ["colour"]
    assert [piece.normal_y for piece in asset.pieces] == [None, "-", *[None] * 5]
    assert [piece.bits for piece in asset.pieces] == [8, 8, 16, 8, 8, 8, 8]
    assert asset.tiles == (True, True)
    found = {piece.role: opened(piece.data) for piece in asset.pieces}
    assert found["normal"][0, 0].tolist() == [128, 51, 230]
    # Metallic, occlusion, nothing, smoothness.
    mask = found["mask_map"]
    assert mask[3, 3, [0, 2, 3]].tolist() == [255, 128, 128]
    np.testing.assert_array_equal(mask[..., 1], found["occlusion"])
    assert texture_asset("A wall", surface, roles) == texture_asset("A wall", surface, roles)


def test_an_exr_holds_the_height_whole_and_a_wrong_role_is_refused():
    surface = surface_of(some_maps(), "texture")
    piece = texture_asset("w", surface, ("height",), how=Encoding("exr")).pieces[0]
    assert (piece.extension, piece.bits) == (".exr", 32)
    with pytest.raises(StudioError, match="no pose"):
        texture_asset("w", surface, ("pose",))


def test_a_larger_set_still_wraps_and_has_unit_normals():
    height, normal = bumps(32)
    plain = np.full_like(height, 0.5)
    colour = np.dstack([height, plain, plain])
    maps = Maps(np.ones_like(height), height, normal, colour, plain, plain * 0)
    large = enlarged(surface_of(maps, "texture"), 2, (True, True))
    assert large.height.shape == (64, 64)
    np.testing.assert_allclose(np.linalg.norm(large.normal, axis=2), 1, atol=1e-5)
    edge = np.abs(large.height[:, 0] - large.height[:, -1]).max()
    assert edge <= np.abs(np.diff(large.height, axis=1)).max() * 1.01
