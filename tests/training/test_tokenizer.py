"""The tokenizer keeps what artists type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio_app.training.tokenizer import (
    RESERVED,
    build_tokenizer,
    english_words,
    load_tokenizer,
    save_tokenizer,
    unknown_words,
)

CAPTIONS = ["a red glass potion on grass, sunset", "the teal leather shield in moonlight"]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(build_tokenizer(CAPTIONS, 1500, 40), folder)
    return load_tokenizer(folder)


def pieces(tokenizer: Any, text: str) -> list[str]:
    return tokenizer.convert_ids_to_tokens(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_size_and_length_are_the_models(tokenizer: Any):
    assert len(tokenizer) == 1500
    assert tokenizer.model_max_length == 40
    ids = tokenizer("red", padding="max_length")["input_ids"]
    assert len(ids) == 40
    assert ids[0] == tokenizer.bos_token_id
    assert set(ids[2:]) == {tokenizer.eos_token_id}


def test_every_word_of_the_captions_is_one_token(tokenizer: Any):
    for caption in CAPTIONS:
        words = caption.replace(",", " ,").split()
        assert pieces(tokenizer, caption) == [word + "</w>" for word in words]


@pytest.mark.parametrize("text", [",", "2", "8k!", "(red:1.3)", "naïve", "剣", "🗡", "a_b", "\t#"])
def test_nothing_becomes_the_end_of_the_text(tokenizer: Any, text: str):
    ids = tokenizer(f"red {text} potion", add_special_tokens=False)["input_ids"]
    assert tokenizer.eos_token_id not in ids
    assert "potion" in tokenizer.decode(ids)


def test_comma_and_digit_survive(tokenizer: Any):
    assert pieces(tokenizer, "red, 2 keys")[1:3] == [",</w>", "2</w>"]


@pytest.mark.parametrize("token", RESERVED)
def test_reserved_tokens_are_one_token_each(tokenizer: Any, token: str):
    assert pieces(tokenizer, f"{token} red potion") == [token, "red</w>", "potion</w>"]


def test_all_bytes_are_there_inside_and_at_the_end_of_words(tokenizer: Any):
    vocabulary = tokenizer.get_vocab()
    single = [name for name in vocabulary if len(name) == 1]
    assert len(single) == 256
    assert all(name + "</w>" in vocabulary for name in single)


def test_ids_are_a_range(tokenizer: Any):
    assert sorted(tokenizer.get_vocab().values()) == list(range(1500))


def test_building_twice_gives_the_same(tokenizer: Any, tmp_path: Path):
    save_tokenizer(build_tokenizer(CAPTIONS, 1500, 40), tmp_path)
    assert load_tokenizer(tmp_path).get_vocab() == tokenizer.get_vocab()


def test_unknown_words_are_common_words_of_no_caption():
    words = unknown_words(["the house is red"])
    assert "house" not in words and "red" not in words
    assert len(words) > 3000
    assert set(words) <= set(english_words())
