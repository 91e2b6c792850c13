"""Things that nobody has drawn get the form of one: which, where and how large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.benches.stock import WORDS
from studio_app.scene.forms import acting_words, form_of, formed, has_form, thing_named
from studio_app.scene.things.registry import things

SWORD = GenerationRequest("a blue crystal sword on snow")


@pytest.mark.parametrize(
    ("prompt", "thing"),
    [
        ("a blue sword on snow", "sword"),
        ("two Swords", "sword"),
        ("a flask of red", "potion"),
        ("an apple tree", "tree"),
        ("a chest beside a barrel", "chest"),
        ("a knight with a sword", None),
        ("a knight's sword", "sword"),
        ("the sword's hilt", None),
        (WORDS, None),
        ("", None),
    ],
)
def test_words_name_things(prompt: str, thing: str | None):
    assert thing_named(prompt) == thing


@pytest.mark.parametrize("name", [name for name in things() if thing_named(f"a {name}")])
def test_every_thing_is_seen_whole(name: str):
    for kind, width, height, seed in (("scene", 128, 128, 1), ("isolated", 96, 160, 2)):
        asked = replace(SWORD, prompt=f"a {name}", kind=kind, width=width, height=height, seed=seed)
        form = form_of(asked)
        assert form is not None
        depth, known = form
        there = known == 255
        assert depth.shape == known.shape == (height, width) and 0.02 < there.mean() < 0.8
        assert (depth[there] > 0).all() and (depth[~there] == 0).all() and depth.max() <= 1
        edge = np.concatenate([there[0], there[-1], there[:, 0], there[:, -1]])
        assert not edge.any()


def test_another_seed_is_another_specimen_and_the_same_the_same():
    one, other, again = (form_of(replace(SWORD, seed=seed)) for seed in (1, 2, 1))
    assert one is not None and other is not None
    assert not np.array_equal(one[0], other[0]) and again is one


def test_what_is_drawn_in_any_way_keeps_its_form():
    depth = Control("depth", np.full((256, 256), 0.5, np.float32))
    for more in (
        {"kind": "texture", "tile": (True, True)},
        {"tile": (True, False)},
        {"controls": (depth,)},
        {"init": np.zeros((256, 256, 3), np.uint8)},
        {"prompt": "a red mist"},
    ):
        asked = replace(SWORD, **more)
        assert formed(asked) is asked
    assert [control.kind for control in formed(SWORD).controls] == ["depth"]
    knight = replace(SWORD, prompt="a knight", kind="character")
    assert [control.kind for control in formed(knight).controls] == ["depth", "pose"]
    goblin = replace(knight, prompt="a goblin")
    assert [control.kind for control in formed(goblin).controls] == ["pose"]


def test_a_character_has_the_form_of_what_it_wears():
    knight = replace(SWORD, prompt="a knight", kind="character")
    form = form_of(knight)
    assert form is not None and has_form(knight)
    depth, known = form
    assert ((depth > 0) == (known > 0)).all() and 0.05 < (known > 0).mean() < 0.6
    assert np.array_equal(formed(knight).controls[0].pixels, depth)
    for nobody in (replace(knight, prompt="a goblin"), replace(knight, tile=(True, True))):
        assert form_of(nobody) is None and not has_form(nobody)


def test_the_words_that_act_are_those_of_things_clothes_and_poses():
    assert {"chair", "sword", "kneel", "kneels"} & acting_words() >= {"chair", "sword", "kneel"}
    assert "pirate" in acting_words() and not {"mist", "goblin"} & acting_words()
