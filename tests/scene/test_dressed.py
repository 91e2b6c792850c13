"""Characters wear what their words say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.core.request import GenerationRequest
from studio_app.scene.dressed import WORN, dressed_figure, outfit_named
from studio_app.scene.outfits.registry import outfits
from studio_app.scene.stances import figure_of, is_dressed, stance_of

KNIGHT = GenerationRequest("a blue knight", kind="character")


@pytest.mark.parametrize(
    ("prompt", "outfit"),
    [
        ("a knight", "knight"),
        ("an old Sorcerer on grass", "wizard"),
        ("two androids", "robot"),
        ("a king and a ninja", "king"),
        ("the knight's squire, an archer", "ranger"),
        ("a goblin", None),
        ("a red potion", None),
        ("", None),
    ],
)
def test_words_name_what_is_worn(prompt: str, outfit: str | None):
    assert outfit_named(prompt) == outfit


def test_every_outfit_may_be_worn():
    assert sorted(WORN) == sorted(outfits())


@pytest.mark.parametrize("outfit", WORN)
def test_all_that_is_worn_is_seen_whole_around_its_figure(outfit: str):
    width, height = 96, 128
    figure = dressed_figure(outfit, "standing", False, 3, width, height)
    there = figure.depth > 0
    assert not (there[[0, -1]].any() or there[:, [0, -1]].any())
    assert 0.05 < there.mean() < 0.6 and figure.depth.max() <= 1
    inside = [there[int(y), int(x)] for x, y, _ in figure.joints]
    assert np.mean(inside) > 0.8


def test_the_seed_decides_how_and_decides_the_same_again():
    figures = [figure_of(replace(KNIGHT, seed=seed)) for seed in (1, 15, 1)]
    one, other, again = (figure for figure in figures if figure is not None)
    assert np.array_equal(one.depth, again.depth) and not np.array_equal(one.depth, other.depth)
    stance = stance_of(replace(KNIGHT, seed=1))
    assert stance is not None and np.array_equal(stance, one.joints)
    assert not one.depth.flags.writeable


def test_nobody_is_dressed_who_is_drawn_or_unknown():
    for changes in (
        {"kind": "scene"},
        {"prompt": "a goblin"},
        {"init": np.zeros((256, 256, 3), np.uint8)},
    ):
        asked = replace(KNIGHT, **changes)
        assert figure_of(asked) is None and not is_dressed(asked)
    assert is_dressed(KNIGHT)
