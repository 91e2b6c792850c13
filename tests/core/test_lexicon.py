"""What a prompt's strange words are nearest to."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.lexicon import Lexicon, load_lexicon
from studio_app.core.resources import resources_dir

CORE = frozenset(
    [
        "a",
        "red",
        "sword",
        "on",
        "snow",
        "wooden",
        "chest",
        "potion",
        "house",
        "tree",
        "gem",
        "knight",
        "wizard",
        "wood",
        "in",
    ]
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("crimson", "red"),
        ("blade", "sword"),
        ("Katana", "sword"),
        ("frozen", "ice"),
        ("cottage", "house"),
        ("cottages", "house"),
        ("pines", "tree"),
        ("sabres", "sword"),
        ("knives", "dagger"),
        ("icy", "ice"),
        ("rusty", "copper"),
        ("kitty", "cat"),
        ("cartoonish", "cel-shaded"),
        ("puppy", "cat"),
    ],
)
def test_everyday_words_find_a_name_of_the_full_world(
    lexicon: Lexicon, word: str, name: str
) -> None:
    assert lexicon.nearest(word) == name


@pytest.mark.parametrize("word", ["flurbish", "xyzzy", "happiness", "algorithm", ""])
def test_what_is_near_nothing_is_not_forced(lexicon: Lexicon, word: str) -> None:
    assert lexicon.nearest(word) is None


def test_a_small_model_gets_what_it_knows_itself(lexicon: Lexicon) -> None:
    assert lexicon.nearest("frozen", CORE) == "snow"
    assert lexicon.nearest("dagger", CORE) == "sword"
    assert lexicon.nearest("swords", CORE) == "sword"
    assert lexicon.nearest("dragon", CORE) is None


def test_a_small_model_gets_what_is_like_a_name_it_lacks() -> None:
    lexicon = Lexicon({"strongbox": ("crate",), "crate": ("chest",)}, frozenset())
    assert lexicon.nearest("strongbox", CORE) == "chest"
    assert lexicon.nearest("strongbox") == "crate"


@pytest.mark.parametrize(("word", "name"), [("whitish", "white"), ("bluish", "blue")])
def test_endings_of_colours_are_seen_through(lexicon: Lexicon, word: str, name: str) -> None:
    assert lexicon.nearest(word, {name}) == name


def test_of_a_compound_the_last_part_says_most(lexicon: Lexicon) -> None:
    assert lexicon.nearest("coal-red", CORE) == "red"
    assert lexicon.nearest("sword-ish", CORE) == "sword"
    assert lexicon.nearest("gem-wizard", CORE) == "wizard"


def test_little_words_stop_nobody(lexicon: Lexicon) -> None:
    assert {"the", "with", "please"} <= lexicon.stop
    assert "sword" not in lexicon.stop


@pytest.mark.parametrize(
    "data",
    [lzma.compress(b'{"words": 3}'), b'{"words": {}}', lzma.compress(b"{}" * 99)[:-9], b""],
    ids=["no words", "not packed", "cut off", "empty"],
)
def test_a_damaged_lexicon_is_a_studio_error(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "lexicon.json.xz").write_bytes(data)
    monkeypatch.setattr("studio_app.core.resources.resources_dir", lambda: tmp_path)
    load_lexicon.cache_clear()
    with pytest.raises(StudioError):
        load_lexicon()
    load_lexicon.cache_clear()


def test_the_shipped_file_is_compact() -> None:
    assert (resources_dir() / "words" / "lexicon.json.xz").stat().st_size < 60_000
