"""Captions say what the picture shows, in many ways, and nothing else."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from studio_app.training.world import words
from studio_app.training.world.captions import captions
from studio_app.training.world.compose import PictureSpec, sample_spec
from studio_app.training.world.templates import TEMPLATES


@pytest.fixture(scope="module")
def said() -> list[tuple[PictureSpec, list[str]]]:
    rng = np.random.default_rng(4)
    specs = [sample_spec(rng) for _ in range(160)]
    return [(s, captions(s, rng)) for s in specs]


def says(text: str, slot: str, name: str) -> bool:
    word = words.CORE.word(slot, name)
    return any(n in text for n in (*word.names, *word.phrases))


def test_there_are_thirty_templates_for_each_kind() -> None:
    assert set(TEMPLATES) == set(words.KINDS)
    for templates in TEMPLATES.values():
        assert len(set(templates)) == len(templates) >= 30


def test_three_different_captions_of_two_to_twenty_words(
    said: list[tuple[PictureSpec, list[str]]],
) -> None:
    lengths: list[int] = []
    for _, texts in said:
        assert len(set(texts)) == 3
        lengths += [len(t.split()) for t in texts]
    assert min(lengths) >= 2
    assert max(lengths) <= 22
    assert min(lengths) <= 3 and max(lengths) >= 14


def test_the_subject_is_always_named(said: list[tuple[PictureSpec, list[str]]]) -> None:
    for s, texts in said:
        for text in texts:
            if s.texture:
                assert says(text, "texture", s.texture), text
            elif s.outfit:
                assert says(text, "outfit", s.outfit), text
            else:
                assert says(text, "thing", s.thing or ""), text


def test_colour_and_material_are_named_nearly_always(
    said: list[tuple[PictureSpec, list[str]]],
) -> None:
    texts = [(s, t) for s, ts in said for t in ts]
    assert np.mean([says(t, "colour", s.colour) for s, t in texts]) > 0.9
    solid = [(s, t) for s, t in texts if s.material]
    assert 0.7 < np.mean([says(t, "material", s.material) for s, t in solid]) < 1.0


def test_no_other_ground_or_light_is_named(said: list[tuple[PictureSpec, list[str]]]) -> None:
    for s, texts in said:
        for text in texts:
            for ground in words.GROUNDS:
                if ground.name != s.ground:
                    assert not any(p in text for p in ground.phrases), text
            for light in words.LIGHTS:
                if light.name != s.light:
                    assert not any(p in text for p in light.phrases), text


def test_articles_and_spaces_are_in_order(said: list[tuple[PictureSpec, list[str]]]) -> None:
    for _, texts in said:
        for text in texts:
            tokens = text.replace(",", "").split()
            for a, b in itertools.pairwise(tokens):
                assert not (a in ("a", "an", "the") and b in ("a", "an", "the")), text
                if a in ("a", "an"):
                    assert (a == "an") == (b[0] in "aeiou"), text
            assert "  " not in text and " ," not in text and "{" not in text


def test_the_same_seed_says_the_same() -> None:
    s = sample_spec(np.random.default_rng(1))
    assert captions(s, np.random.default_rng(2)) == captions(s, np.random.default_rng(2))
