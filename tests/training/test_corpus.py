"""Batches for the denoisers: latents kept once, drawings absent as often as they should be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from studio_app.training.corpus import Corpus, Drawings, features, open_corpus, open_vae
from studio_app.training.latents import TEXTURE, Variant, cached_latents, encoder_digest, halved_rgb
from studio_app.training.loop import Draw
from studio_app.training.networks import make_adapter
from studio_app.training.stages.autoencoder import encode
from studio_app.training.tokenizer import load_tokenizer

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def corpus(tiny_run) -> Corpus:
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    return open_corpus(tiny_run.recipe, tiny_run.data, tiny_run.out, vae, tokenizer, half=True)


def draw(seed: int, size: int = 32) -> Draw:
    return Draw(seed, 0.5, size, torch.Generator().manual_seed(seed), np.random.default_rng(seed))


def test_latents_are_the_encoders_and_are_kept(tiny_run, corpus: Corpus, tmp_path: Path):
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    rows = np.flatnonzero(corpus.kinds != TEXTURE)[:4]
    with torch.no_grad():
        fresh = encode(vae, corpus.pictures.take("rgb", rows))
    torch.testing.assert_close(corpus.latents[rows].float(), fresh, rtol=1e-2, atol=1e-2)
    said: list[str] = []
    kept = cached_latents(
        vae, corpus.pictures, tiny_run.out / "latents", autocast=False, progress=said.append
    )
    assert not said  # nothing was encoded again
    assert torch.equal(kept, corpus.latents)
    with torch.no_grad():
        next(vae.encoder.parameters()).add_(1)
    assert encoder_digest(vae) not in {p.name for p in (tiny_run.out / "latents").iterdir()}


def test_mirrored_latents_are_of_mirrored_pictures(tiny_run, corpus: Corpus, tmp_path: Path):
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    latents = cached_latents(vae, corpus.pictures, tmp_path, Variant(mirrored=True), autocast=False)
    rows = np.flatnonzero(corpus.kinds != TEXTURE)[:2]
    with torch.no_grad():
        fresh = encode(vae, corpus.pictures.take("rgb", rows).flip(2))
    torch.testing.assert_close(latents[rows].float(), fresh, rtol=1e-2, atol=1e-2)


def test_half_size_is_of_halved_pictures_and_drawings(tiny_run, corpus: Corpus):
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    rows = np.flatnonzero(corpus.kinds != TEXTURE)[:2]
    assert corpus.halved is not None
    with torch.no_grad():
        fresh = encode(vae, halved_rgb(corpus.pictures.take("rgb", rows)))
    torch.testing.assert_close(corpus.halved[rows].float(), fresh, rtol=1e-2, atol=1e-2)
    whole, half = corpus.draw(draw(3)), corpus.draw(draw(3), half=True)
    assert half.latents.shape[2:] == (4, 4)
    assert (whole.indices == half.indices).all() and torch.equal(whole.ids, half.ids)
    small = F.avg_pool2d(whole.depth.pictures, 2)
    torch.testing.assert_close(half.depth.pictures, small)
    adapter = make_adapter(tiny_run.recipe, 2)
    placed = features(half, adapter, make_adapter(tiny_run.recipe, 3))
    assert placed is not None and [f.shape[-1] for f in placed] == [2, 1]


def test_a_batch_is_all_textures_or_none(corpus: Corpus):
    seen = set()
    for seed in range(30):
        batch = corpus.draw(draw(seed))
        kinds = corpus.kinds[batch.indices]
        assert bool((kinds == TEXTURE).all()) == batch.wraps
        assert batch.wraps or not (kinds == TEXTURE).any()
        seen.add(batch.wraps)
    assert seen == {True, False}


def test_the_same_draw_is_the_same_batch(corpus: Corpus):
    a, b = corpus.draw(draw(4)), corpus.draw(draw(4))
    assert torch.equal(a.latents, b.latents)
    assert torch.equal(a.ids, b.ids)
    assert torch.equal(a.depth.pictures, b.depth.pictures)


def with_needed(corpus: Corpus, share: float) -> Corpus:
    return replace(corpus, drawn=corpus.drawn.model_copy(update={"needed": share}))


def test_shares_of_drawings(corpus: Corpus):
    asked_freely = with_needed(corpus, 0)
    batches = [asked_freely.draw(draw(seed)) for seed in range(40)]
    total = 40 * 32
    depth = sum(len(b.depth.rows) for b in batches) / total
    assert depth == pytest.approx(1 - corpus.dropout.depth, abs=0.06)
    people = sum(int((corpus.kinds[b.indices] == 1).sum()) for b in batches)
    pose = sum(len(b.pose.rows) for b in batches)
    assert pose == pytest.approx((1 - corpus.dropout.pose) * people, rel=0.25)
    strength = torch.cat([b.depth.strength for b in batches])
    assert (strength == 1).double().mean() == pytest.approx(0.8, abs=0.06)
    assert strength.min() == 0
    assert strength.max() == 1


def test_what_only_a_drawing_describes_is_never_asked_for_by_words_alone(corpus: Corpus):
    assert corpus.warped
    needing = with_needed(corpus, 1)
    batches = [
        batch for batch in (needing.draw(draw(seed)) for seed in range(20)) if not batch.wraps
    ]
    assert batches
    for batch in batches:
        drawn = set(batch.depth.rows.tolist()) | set(batch.pose.rows.tolist())
        assert drawn == set(range(len(batch.latents)))


def test_only_people_have_poses(corpus: Corpus):
    for seed in range(10):
        batch = corpus.draw(draw(seed))
        rows = batch.pose.rows.numpy()
        assert (corpus.kinds[batch.indices[rows]] == 1).all()
        assert batch.pose.pictures.shape == (len(rows), 3, 64, 64)


def test_what_is_not_drawn_adds_nothing(tiny_run, corpus: Corpus):
    torch.manual_seed(0)
    depth, pose = make_adapter(tiny_run.recipe, 2), make_adapter(tiny_run.recipe, 3)
    batch = corpus.draw(draw(1))
    found = features(batch, depth, pose)
    assert found is not None
    drawn = set(batch.depth.rows.tolist()) | set(batch.pose.rows.tolist())
    for level in found:
        for row in range(len(batch.latents)):
            assert bool((level[row] == 0).all()) == (row not in drawn) or row in drawn
    nothing = Drawings(batch.depth.rows[:0], batch.depth.pictures[:0], batch.depth.strength[:0])
    blank = replace(batch, depth=nothing, pose=replace(nothing))
    assert features(blank, depth, pose) is None


def test_strength_scales_the_features(tiny_run, corpus: Corpus):
    torch.manual_seed(0)
    depth, pose = make_adapter(tiny_run.recipe, 2), make_adapter(tiny_run.recipe, 3)
    batch = corpus.draw(draw(2))
    nothing = Drawings(batch.pose.rows[:0], batch.pose.pictures[:0], batch.pose.strength[:0])

    def levels(strength: float) -> list[torch.Tensor]:
        drawn = replace(batch.depth, strength=torch.full_like(batch.depth.strength, strength))
        found = features(replace(batch, depth=drawn, pose=nothing), depth, pose)
        assert found is not None
        return found

    for full, half in zip(levels(1.0), levels(0.5), strict=True):
        torch.testing.assert_close(half, full / 2)
    assert all(bool((level == 0).all()) for level in levels(0.0))
