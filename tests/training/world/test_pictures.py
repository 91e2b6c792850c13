"""Rendered pictures and their ground truth: what training is told must be true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from studio_app.training.world.compose import framed, sample_spec
from studio_app.training.world.render import MID_GREY, render
from studio_app.training.world.samples import make_samples, stage_of
from studio_app.training.world.tiles import FAMILIES, render_tile


def _spec(kind: str, seed: int = 3):
    rng = np.random.default_rng(seed)
    while True:
        spec = sample_spec(rng)
        if spec.kind == kind:
            return spec


def test_isolated_asset_is_laid_over_mid_grey_by_its_alpha() -> None:
    p = render([stage_of(_spec("isolated"))[0]], 64)
    outside = p.alpha[0, 0] == 0
    assert 0.2 < outside.float().mean() < 0.95
    assert torch.allclose(p.rgb[0][:, outside], torch.tensor(MID_GREY), atol=2e-3)
    assert (p.depth[0, 0][outside] == 0).all()
    assert ((p.alpha > 0) & (p.alpha < 1)).any(), "edges are smooth"


def test_depth_is_one_at_the_nearest_point_and_zero_in_the_sky() -> None:
    p = render([stage_of(_spec("scene"))[0]], 64, oversample=1.0)
    assert abs(float(p.depth.max()) - 1) < 1e-3
    sky = ~torch.isfinite(p.z[0, 0])
    if sky.any():
        assert float(p.depth[0, 0][sky].max()) == 0.0
    order = p.z[0, 0].flatten().argsort()
    depths = p.depth[0, 0].flatten()[order]
    assert (depths[1:] <= depths[:-1] + 1e-4).all(), "nearer is brighter, everywhere"


def test_colour_words_show_in_the_picture() -> None:
    spec = replace(_spec("scene"), thing="chest", material="wooden", light="midday", ground="sand")
    spec = framed(spec, np.random.default_rng(1))
    means: dict[str, np.ndarray] = {}
    for colour in ("red", "green", "blue"):
        p = render([stage_of(replace(spec, colour=colour))[0]], 64)
        mask = p.subject[0, 0] > 0.9
        means[colour] = p.rgb[0][:, mask].mean(1).numpy()
    assert means["red"].argmax() == 0
    assert means["green"][1] > means["red"][1]
    assert means["blue"][2] > means["red"][2]


def test_a_sample_is_the_same_bytes_from_the_same_seed() -> None:
    specs = [_spec(kind) for kind in ("scene", "character", "isolated", "texture")]
    first, second = (make_samples(specs, 64, 1.0, "cpu") for _ in range(2))
    for a, b in zip(first, second, strict=True):
        for name in ("rgb", "depth", "subject", "joints", "labels"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
        assert a.captions == b.captions


def test_joints_are_given_for_characters_only() -> None:
    character, scene = make_samples([_spec("character"), _spec("scene")], 64, 1.0, "cpu")
    assert character.joints[:, 2].sum() >= 6
    seen = character.joints[character.joints[:, 2] > 0]
    assert (seen[:, :2] >= 0).all()
    assert (seen[:, :2] <= 64).all()
    assert not scene.joints.any()


def test_tiles_have_no_seam() -> None:
    for family in FAMILIES:
        tile = render_tile(family, "green", "midday", 12, 64)
        for plane in (tile.rgb, tile.height):
            for axis in (1, 2):
                steps = (plane - plane.roll(1, axis)).abs().mean((0, 3 - axis))
                # The step across the border is one like the others: not the largest by far.
                assert steps[0] <= steps[1:].max() * 1.05 + 1e-3, family


def test_tile_depends_on_seed_colour_and_family() -> None:
    a = render_tile("bricks", "red", "midday", 1, 32)
    for other in (
        ("bricks", "red", "midday", 2),
        ("bricks", "blue", "midday", 1),
        ("scales", "red", "midday", 1),
    ):
        assert not torch.equal(a.rgb, render_tile(*other, 32).rgb)
