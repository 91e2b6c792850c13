"""The questions are fixed, and say what they are taken to say."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.core.lexicon import load_lexicon
from studio_app.training.judge.everyday import EVERYDAY
from studio_app.training.judge.questions import (
    COMBINATION,
    asset,
    everyday,
    held_out,
    person,
    question,
    through_lexicon,
    tile,
    variation,
    words_known,
    world_of,
)
from studio_app.training.world.captions import captions, told
from studio_app.training.world.compose import labels, sample_spec
from studio_app.training.world.words import CORE, vocabulary

ASKED = [question(i) for i in range(40)]


def test_a_number_decides_a_question():
    assert question(7) == ASKED[7]
    assert len({q.text for q in ASKED}) > 35
    assert len({q.seed for q in ASKED}) == len(ASKED)
    assert ASKED[0].text == question(0).text


def test_what_is_named_is_in_the_text():
    for q in ASKED:
        for slot in q.named - {"action"}:
            name = getattr(q.spec, slot)
            if slot == "thing":
                slot = next(s for s in ("outfit", "texture", "thing") if getattr(q.spec, s))
                name = getattr(q.spec, slot)
            options = [CORE.word(slot, name)]
            if slot == "outfit":
                options.append(CORE.word("thing", "character"))
            ways = [w for word in options for w in (*word.names, *word.phrases)]
            assert any(way in q.text for way in ways), (q.text, slot)


def test_what_is_not_named_is_not_in_the_text():
    plain = [q for q in ASKED if q.spec.light and "light" not in q.named]
    assert plain
    for q in plain:
        word = CORE.word("light", q.spec.light)
        assert not any(p in q.text for p in word.phrases), q.text


def test_captions_are_those_that_training_was_shown():
    spec = sample_spec(np.random.default_rng(3))
    texts = captions(spec, np.random.default_rng(4), 1)
    assert texts == [told(spec, np.random.default_rng(4)).text]


def test_each_stream_has_its_kind():
    assert all(person(i).kind == "character" for i in range(4))
    assert all(tile(i).kind == "texture" for i in range(4))
    assert all(asset(i).kind == "isolated" for i in range(4))


def test_held_out_questions_name_a_combination_that_training_never_shows():
    for q in (held_out(i) for i in range(8)):
        assert (q.spec.thing, q.spec.material, q.spec.colour) in CORE.held_out
        assert set(COMBINATION) <= q.named
    shown = {(q.spec.thing, q.spec.material, q.spec.colour) for q in ASKED}
    assert not shown & CORE.held_out


def test_another_picture_of_the_same_words_keeps_what_is_said():
    for i in range(12):
        spec = variation(ASKED[i], i, 0)
        assert spec == variation(ASKED[i], i, 0)
        assert spec != variation(ASKED[i], i, 1)
        assert spec.kind == ASKED[i].kind
        old, new = labels(ASKED[i].spec), labels(spec)
        for k, slot in enumerate(CORE.label_slots()):
            if slot in ASKED[i].named:
                assert old[k] == new[k]


def test_everyday_words_were_not_taught():
    every = [w for words in CORE.slots.values() for w in words]
    taught = words_known({"said": [n for w in every for n in (*w.names, *w.phrases)]})
    for word, others in EVERYDAY.items():
        assert not taught & set(others), word
    for i, q in enumerate(ASKED):
        said = everyday(q, i)
        assert said == everyday(q, i)
        assert said.named
        assert said.spec == q.spec


def test_every_word_of_the_core_world_has_everyday_ones():
    slots = ("thing", "outfit", "material", "colour", "light", "ground", "texture")
    names = {w.name for slot in slots for w in CORE.slots[slot]} - {"character"}
    assert names == set(EVERYDAY)


def test_the_lexicon_translates_strangers_only():
    known = frozenset({"red", "sword", "on", "grass", "metal"})
    text = through_lexicon("crimson sword, grass", known, load_lexicon())
    assert text == "red sword, grass"
    assert through_lexicon("qwxyz sword", known, load_lexicon()) == "qwxyz sword"


@pytest.mark.parametrize("name", ["core", "full"])
def test_the_world_is_that_of_the_taught_words(name: str):
    assert world_of({"thing": list(vocabulary(name).thing_labels)}) is vocabulary(name)
