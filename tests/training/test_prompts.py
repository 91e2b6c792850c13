"""Captions as training sees them, and the layout the engine agrees on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from studio_app.engine.words.text import PromptEncoder
from studio_app.training.prompts import Prompter
from studio_app.training.recipe import Dropout
from studio_app.training.tokenizer import build_tokenizer

CAPTIONS = (
    ("a red glass potion on grass, sunset", "red potion, sunset"),
    ("a blue metal knight, 2 swords", "blue knight"),
)
PLAIN = Dropout(text=0, kind=0, words=0, unknown_words=0)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer((t for row in CAPTIONS for t in row), 1200, 24)


def prompter(tokenizer: Any, dropout: Dropout) -> Prompter:
    return Prompter(tokenizer, CAPTIONS, np.array([0, 1]), dropout, 24)


def test_layout_is_the_engines(tokenizer: Any):
    class Shape:
        max_position_embeddings, hidden_size = 24, 8

    class Model:
        config = Shape()

    engine = PromptEncoder(tokenizer, Model(), torch.device("cpu"))
    mine = prompter(tokenizer, PLAIN)
    text = "a red glass potion, 2 keys"
    assert mine.encode([text], [2])[0].tolist() == engine.tokens(text, "isolated").ids
    assert mine.encode([text])[0].tolist() == engine.tokens(text).ids
    assert mine.encode([""])[0].tolist() == engine.tokens("").ids


def test_word_by_word_is_what_the_tokenizer_says(tokenizer: Any):
    mine = prompter(tokenizer, PLAIN)
    for row in CAPTIONS:
        for text in row:
            theirs = tokenizer(text, padding="max_length", max_length=24, truncation=True)
            assert mine.encode([text])[0].tolist() == theirs["input_ids"]


def test_without_dropout_a_prompt_is_one_of_the_captions(tokenizer: Any):
    mine = prompter(tokenizer, PLAIN)
    ids = mine.positives(np.array([0, 1] * 20), np.random.default_rng(0))
    allowed = {
        tuple(row.tolist())
        for k, texts in enumerate(CAPTIONS)
        for row in mine.encode(texts, [k, k])
    }
    seen = {tuple(row.tolist()) for row in ids}
    assert seen == allowed


def test_shares_of_dropout(tokenizer: Any):
    mine = prompter(tokenizer, Dropout(text=0.25, kind=0.3, words=0, unknown_words=0))
    ids = mine.positives(np.zeros(2000, np.int64), np.random.default_rng(0))
    empty = mine.encode([""])[0]
    bare = mine.encode([""], [0])[0]
    wholly = (ids == empty).all(1).double().mean().item()
    kind_only = (ids == bare).all(1).double().mean().item()
    assert wholly + kind_only == pytest.approx(0.25, abs=0.03)
    assert wholly > 2 * kind_only > 0
    with_kind = (ids == bare[1]).any(1).double().mean().item()
    assert with_kind == pytest.approx(0.75 * 0.7 + kind_only, abs=0.03)


def test_strangers_come_and_words_go(tokenizer: Any):
    mine = prompter(tokenizer, Dropout(text=0, kind=1, words=0.2, unknown_words=0.5))
    ids = mine.positives(np.zeros(400, np.int64), np.random.default_rng(0))
    assert len({tuple(row.tolist()) for row in ids}) > 100
    assert ids.shape == (400, 24)


def test_a_long_prompt_still_ends(tokenizer: Any):
    ids = prompter(tokenizer, PLAIN).encode(["red " * 50], [0])[0]
    assert ids[-1] == tokenizer.eos_token_id
    assert ids[-2] != tokenizer.eos_token_id
