"""Pictures that only a drawing describes: loose ones and blockouts, which are never asked for by words alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from studio_app.training.corpus import Corpus, open_corpus, open_vae
from studio_app.training.data import KINDS, open_pictures
from studio_app.training.latents import TEXTURE, warps_of
from studio_app.training.loop import Draw
from studio_app.training.recipe import Drawn, Recipe
from studio_app.training.tokenizer import load_tokenizer
from studio_app.training.warps import warped_plane
from studio_app.training.world.captions import told
from studio_app.training.world.compose import build, labels, sample_spec
from studio_app.training.world.data import make
from studio_app.training.world.needed import sample_blockout, sample_loose
from studio_app.training.world.words import CORE, vocabulary

CPU = torch.device("cpu")


def test_a_blockouts_words_name_no_thing():
    slots = CORE.label_slots()
    things = {name for word in CORE.slots["thing"] for name in (*word.names, *word.synonyms)}
    for number in range(40):
        rng = np.random.default_rng(number)
        spec = sample_blockout(rng)
        said = told(spec, rng)
        assert "thing" not in said.slots
        assert not things & set(said.text.replace(",", "").split())
        assert dict(zip(slots, labels(spec), strict=True))["thing"] == -1
        solids, rig = build(spec)
        assert rig is None and len(solids) >= 1


def test_loose_things_stand_otherwise_than_plain_ones():
    rolls, heights = [], []
    for number in range(60):
        spec = sample_loose(np.random.default_rng(number))
        assert spec.arrangement == "loose" and spec.kind != "texture"
        if spec.kind == "isolated":
            rolls.append(abs(spec.roll))
        heights.append(spec.camera.eye[1] < spec.camera.target[1])
    assert np.mean(np.array(rolls) > 60) > 0.4
    assert any(heights)  # some are seen from below


def test_they_have_the_shape_of_their_shard():
    full = vocabulary("full")
    for sample in (sample_loose, sample_blockout):
        spec = sample(np.random.default_rng(3), "train", full, (3, 2))
        assert spec.shape == (3, 2) and build(spec)[0]


@pytest.fixture(scope="module")
def recipe(tiny_recipe: Recipe) -> Recipe:
    world = tiny_recipe.world.model_copy(update={"loose": 0.3, "blockouts": 0.3})
    data = {"train": 24, "shard": 12, "workers": 1, "oversample": 1.0}
    return tiny_recipe.model_copy(update={"world": world, "data": data, "drawn": Drawn(warps=1)})


@pytest.fixture(scope="module")
def rendered(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("needed")
    make(recipe, data, "train")
    return data


def test_plain_pictures_stay_what_they_were(recipe: Recipe, rendered: Path):
    pictures = open_pictures(rendered)
    needed = pictures.needed()
    assert 4 < needed.sum() < 20
    kinds = pictures.kinds()
    assert not needed[kinds == TEXTURE].any()
    for i in np.flatnonzero(~needed):
        shard, row = divmod(int(i), 12)
        spec = sample_spec(np.random.default_rng([recipe.seed, 0, shard, row]))
        assert KINDS[kinds[i]] == spec.kind
        assert pictures.small("labels")[i].tolist() == list(labels(spec))


@pytest.fixture(scope="module")
def corpus(tiny_run, recipe: Recipe, rendered: Path, tmp_path_factory) -> Corpus:
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    return open_corpus(recipe, rendered, tmp_path_factory.mktemp("out"), vae, tokenizer)


def draw(seed: int, size: int = 32) -> Draw:
    return Draw(seed, 0.5, size, torch.Generator().manual_seed(seed), np.random.default_rng(seed))


def test_what_needs_its_drawing_is_never_asked_for_by_words_alone(corpus: Corpus):
    plain_alone = needed = 0
    for seed in range(12):
        batch = corpus.draw(draw(seed))
        if batch.wraps:
            continue
        has = np.zeros(32, bool)
        has[batch.depth.rows.numpy()] = True
        has[batch.pose.rows.numpy()] = True
        odd = corpus.pictures.needed()[batch.indices]
        plain_latents = corpus.latents[torch.from_numpy(batch.indices)].float()
        odd |= (batch.latents != plain_latents).flatten(1).any(1).numpy()  # warped
        assert has[odd].all()
        needed += odd.sum()
        plain_alone += (~odd & ~has).sum()
    assert needed > 60 and plain_alone > 20  # words alone keep the plain world


def test_a_warped_pictures_drawing_is_warped_with_it(corpus: Corpus):
    exact = replace(corpus, drawn=Drawn(exact=1, brushed=0, dabs=0, flat=0, partial=0, needed=1))
    batch = None
    for seed in range(10):
        batch = exact.draw(draw(seed))
        if not batch.wraps:
            break
    assert batch is not None
    warps = warps_of(corpus.pictures, 0)
    seen = 0
    for place, row in enumerate(batch.depth.rows.tolist()):
        index = int(batch.indices[row])
        copy = corpus.warped[0].latents[index].float()
        if not torch.equal(batch.latents[row], copy):
            continue
        depth = corpus.pictures.take("depth", [index])
        wanted = warped_plane(depth, [warps[index]])[0].float() / 255
        torch.testing.assert_close(batch.depth.pictures[place, 0], wanted)
        seen += 1
    assert seen > 3
