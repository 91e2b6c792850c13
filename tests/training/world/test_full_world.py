"""The full world: it begins with the core's words, and all it adds can be drawn, said and labelled."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from studio_app.scene.bounds import extent
from studio_app.scene.outfits.registry import outfits
from studio_app.scene.things.registry import build_thing
from studio_app.training.world import framing, styles
from studio_app.training.world.captions import captions
from studio_app.training.world.company import Companion, stand
from studio_app.training.world.compose import PictureSpec, build, labels, sample_spec
from studio_app.training.world.grounds import DETAIL, GROUNDS
from studio_app.training.world.lights import MOODS
from studio_app.training.world.materials import COLOURS, MATERIALS
from studio_app.training.world.postures import library
from studio_app.training.world.tiles import FAMILIES
from studio_app.training.world.words import CORE, vocabulary

FULL = vocabulary("full")


@pytest.fixture(scope="module")
def train() -> list[PictureSpec]:
    return [sample_spec(np.random.default_rng([3, i]), "train", FULL) for i in range(120)]


def names(slot: str) -> set[str]:
    return {w.name for w in FULL.slots[slot]}


def test_the_cores_words_keep_their_indices() -> None:
    full, core = FULL.label_slots(), CORE.label_slots()
    for slot, known in core.items():
        assert full[slot][: len(known)] == known
    assert list(full)[: len(core)] == list(core)


def test_names_are_single_words_unique_in_their_slot_and_no_ones_synonym() -> None:
    for slot, words in FULL.slots.items():
        said = [name for w in words for name in w.names]
        assert all(" " not in w.name for w in words)
        assert [n for n, count in Counter(said).items() if count > 1] == [], slot


def test_every_word_can_be_drawn() -> None:
    assert names("outfit") == set(outfits())
    assert names("material") == set(MATERIALS)
    assert names("colour") == set(COLOURS)
    assert names("light") == set(MOODS)
    assert names("ground") == set(GROUNDS) == set(DETAIL)
    assert names("texture") == set(FAMILIES)
    assert names("style") == set(styles.STYLES)
    assert names("view") == {"front", *framing.VIEWS}


def test_it_is_as_wide_as_promised() -> None:
    least = {"thing": 60, "outfit": 12, "material": 14, "colour": 12, "light": 8, "ground": 10}
    least |= {"texture": 12, "style": 5, "view": 4}
    for slot, count in least.items():
        assert len(names(slot)) >= count, slot
    assert len({p for _, p in library()}) >= 2000


def test_held_out_extends_the_cores_by_one_for_each_new_thing() -> None:
    assert CORE.held_out <= FULL.held_out
    assert {t for t, _, _ in FULL.held_out} == names("thing")
    for thing, material, colour in FULL.held_out - CORE.held_out:
        assert thing in names("thing") and material not in FULL.untinted
        assert material in names("material") and colour in names("colour")


def test_train_shows_nothing_held_out_not_even_beside(train: list[PictureSpec]) -> None:
    for s in train:
        shown = [(s.thing, s.material, s.colour)]
        shown += [(c.thing, c.material, c.colour) for c in s.company]
        assert not set(shown) & FULL.held_out


def test_labels_count_in_the_vocabularys_slots(train: list[PictureSpec]) -> None:
    slots = list(FULL.label_slots().values())
    for s in train:
        values = dict(zip(FULL.label_slots(), zip(labels(s), slots, strict=True), strict=True))
        assert len(labels(s)) == len(slots)
        index, known = values["thing"]
        assert known[index] == (s.thing or s.texture)
        index, known = values["colour"]
        assert (index == -1) == (s.material in FULL.untinted)
        index, known = values["style"]
        assert (known[index] if index >= 0 else None) == s.style


def test_captions_name_subject_company_and_no_colour_where_there_is_none(
    train: list[PictureSpec],
) -> None:
    relations = [n for w in FULL.relations for n in w.names] + ["with"]
    colours = {n for w in FULL.colours for n in w.names}
    beside = untinted = 0
    for s in train:
        for text in captions(s, np.random.default_rng(s.seed), 2):
            slot, name = ("texture", s.texture) if s.texture else ("thing", s.thing)
            if s.outfit:
                slot, name = "outfit", s.outfit
            word = FULL.word(slot, name or "")
            assert any(n in text for n in (*word.names, *word.phrases)), text
            assert len(text.split()) <= 45 and "{" not in text
            for a, b in itertools.pairwise(text.replace(",", "").split()):
                assert not (a in ("a", "an", "the") and b in ("a", "an", "the")), text
            if s.company:
                beside += any(f" {r} " in text for r in relations)
            elif not s.colour and s.kind == "isolated":
                # "on a grey background" is no colour of the thing's, nor is the ice blue by name.
                said = text.replace("grey", "").replace("blue ice", "")
                untinted += any(f" {c} " in f" {said} " for c in colours - {"dark"})
    assert beside > 5
    assert untinted == 0


@pytest.mark.parametrize("relation", ["beside", "left", "right", "behind", "before"])
def test_company_stands_where_the_word_says_and_touches_nothing(relation: str) -> None:
    subject = build_thing("sword", np.random.default_rng(1))
    (chest,) = stand((Companion("chest", "wooden", "red", relation, seed=2),), subject)
    low, high = extent(subject)
    other_low, other_high = extent(chest)
    assert other_low[1] == pytest.approx(0, abs=1e-6)
    if relation == "left":
        assert other_low[0] > high[0]
    elif relation == "right":
        assert other_high[0] < low[0]
    elif relation == "behind":
        assert other_low[2] > high[2]
    elif relation == "before":
        assert other_high[2] < low[2]
    else:
        assert other_low[0] > high[0] or other_high[0] < low[0]


def test_two_companions_stand_on_both_sides() -> None:
    subject = build_thing("sword", np.random.default_rng(1))
    pair = tuple(Companion(t, "stone", "red", "between", seed=2) for t in ("chest", "barrel"))
    right, left = stand(pair, subject)
    assert extent(left)[1][0] < extent(subject)[0][0] < extent(subject)[1][0] < extent(right)[0][0]


@pytest.mark.parametrize("name", list(framing.FORMATS))
def test_formats_have_about_as_many_pixels_in_blocks_of_32(name: str) -> None:
    shape = framing.FORMATS[name]
    width, height = framing.sides(shape, 256)
    assert width % 32 == height % 32 == 0
    assert width * height == pytest.approx(65536, rel=0.1)
    assert width / height == pytest.approx(shape[0] / shape[1], rel=0.12)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (2, 3), (16, 9)])
def test_every_view_has_the_subject_in_the_picture(shape: framing.Format) -> None:
    points = np.array(list(itertools.product((-0.4, 0.4), (0.0, 1.0), (-0.3, 0.3))))
    aspect = shape[0] / shape[1]
    for view in framing.VIEWS:
        camera = framing.viewed(points, view, 30.0, 0.8, aspect, np.random.default_rng(2))
        width, height = round(300 * aspect), 300
        pixels, z = camera.project(points, width, height)
        assert z.min() > 0
        assert (pixels >= 0).all()
        assert (pixels <= [width, height]).all()
        span = np.ptp(pixels, axis=0) / [width, height]
        assert span.max() > 0.6


def test_from_above_nothing_at_the_back_stands_in_the_way(train: list[PictureSpec]) -> None:
    for s in train:
        if s.thing and s.ground in ("forest", "dungeon") and s.view in ("top-down", "isometric"):
            solids, _ = build(s)
            assert max(p.transform.matrix[1, 3] for p in solids) < 2.4
