"""What nobody drew is told to a student that learns as the studio tells it to one that draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio_app.training.corpus import Batch, Corpus, open_corpus, open_vae
from studio_app.training.data import KINDS
from studio_app.training.formed import formed_batch
from studio_app.training.loop import Draw
from studio_app.training.networks import frozen
from studio_app.training.recipe import Distill, Plan
from studio_app.training.stages import teacher
from studio_app.training.stages.trajectories import USUAL_GUIDANCE, draw_ways
from studio_app.training.tokenizer import load_tokenizer

CPU = torch.device("cpu")
SAID = {
    "scene": "a red metal sword on grass",
    "character": "a blue knight waving",
    "isolated": "a green gem, rpg icon",
    "texture": "grey bricks",
}


def drawn(seed: int, size: int = 24) -> Draw:
    generator = torch.Generator().manual_seed(seed)
    return Draw(seed, 0.0, size, generator, np.random.default_rng(seed))


def told(corpus: Corpus, seed: int) -> Batch:
    draw = drawn(seed)
    return formed_batch(corpus, corpus.plain(draw), draw)


@pytest.fixture(scope="module")
def corpus(tiny_run) -> Corpus:
    """Discs, said to be other things."""
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    opened = open_corpus(tiny_run.recipe, tiny_run.data, tiny_run.out, vae, tokenizer)
    said = tuple((SAID[KINDS[kind]],) for kind in opened.kinds)
    return replace(opened, pictures=replace(opened.pictures, captions=said))


def kinds_of_rows(corpus: Corpus, batch: Batch) -> list[str]:
    return [KINDS[kind] for kind in corpus.kinds[batch.indices]]


def test_a_thing_has_the_depth_of_one_and_a_character_a_pose_and_its_dress(corpus: Corpus):
    batch = told(corpus, 1)
    kinds = kinds_of_rows(corpus, batch)
    assert not batch.wraps and {"scene", "character", "isolated"} == set(kinds)
    assert batch.depth.rows.tolist() == list(range(len(kinds)))
    people = [row for row, kind in enumerate(kinds) if kind == "character"]
    assert batch.pose.rows.tolist() == people
    value, known = batch.depth.pictures[:, 0], batch.depth.pictures[:, 1]
    whole = corpus.pictures.size[0] * corpus.pictures.size[1]
    painted = (value > 0).flatten(1).sum(1)
    assert (painted > 0.01 * whole).all() and (painted < 0.9 * whole).all()
    things = [row for row in range(len(kinds)) if row not in people]
    assert (known[things] < 1).flatten(1).any(1).all(), "what is around a thing is not told"
    assert (batch.depth.strength == 1).all() and (batch.pose.strength == 1).all()


def test_no_two_specimens_of_a_thing_are_alike(corpus: Corpus):
    batch = told(corpus, 2)
    swords = [row for row, kind in enumerate(kinds_of_rows(corpus, batch)) if kind == "scene"]
    depths = batch.depth.pictures[swords]
    assert len(swords) > 2
    assert len(torch.unique(depths, dim=0)) == len(swords)


def test_words_that_name_no_form_are_told_alone(corpus: Corpus):
    said = tuple(("something red",) for _ in corpus.kinds)
    other = replace(corpus, pictures=replace(corpus.pictures, captions=said))
    batch = told(other, 3)
    posed = [i for i, kind in enumerate(kinds_of_rows(other, batch)) if kind == "character"]
    assert batch.pose.rows.tolist() == posed, "a stance"
    assert set(batch.depth.rows.tolist()) <= set(posed), (
        "a plain body, where arms and legs are seen"
    )


def test_prompts_are_whole_and_have_their_kind(corpus: Corpus):
    batch = told(corpus, 4)
    kinds = corpus.kinds[batch.indices].tolist()
    said = [SAID[KINDS[kind]] for kind in kinds]
    assert torch.equal(batch.ids, corpus.prompter.encode(said, kinds))


def test_ways_of_forms_have_controls_and_the_usual_guidance(corpus: Corpus, tiny_run):
    networks = teacher.load_networks(
        tiny_run.recipe, tiny_run.out, load_tokenizer(tiny_run.out / "tokenizer"), CPU
    )
    for module in networks.modules().values():
        frozen(module)
    settings = Distill(plan=Plan(), ways_batch=4, ways_steps=3, formed=1.0, usual=1.0)
    ways = draw_ways(settings, networks, corpus, 0, 0)
    assert not bool(ways["wraps"])
    assert (ways["w"] == USUAL_GUIDANCE - 1).all()
    assert all(float(row.float().abs().max()) > 0 for row in ways["control0"])
