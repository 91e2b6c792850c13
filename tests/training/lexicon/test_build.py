"""Building the lexicon: WordNet's files are read as they are, and nearness ranks as a person would."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.lexicon import load_lexicon
from studio_app.training.lexicon.build import build, subjects
from studio_app.training.lexicon.wordnet import read_wordnet
from studio_app.training.world.words import vocabulary

NOUNS = """  1 a licence line
00000070 15 n 01 glade 0 000 | a small lawn in a forest (mostly round); "we met at the glade"
00000080 06 n 01 duel 0 000 | a fight that swords decide
00000090 06 n 01 cubit 0 000 | a measure
00000091 06 n 01 cubit 0 000 | a rod with a sword
00000010 06 n 01 weapon 0 002 ~ 00000020 n 0000 ~ 00000030 n 0000 | what one fights with
00000020 06 n 02 sword 0 glaive 0 002 @ 00000010 n 0000 ~ 00000040 n 0000 | long
00000030 06 n 01 sling 0 001 @ 00000010 n 0000 | throws
00000040 06 n 02 Smallsword 0 hanger 1 001 @ 00000020 n 0000 | thin
"""
NOUN_INDEX = """  1 a licence line
weapon n 1 1 ~ 1 1 00000010
sword n 1 2 @ ~ 1 1 00000020
glaive n 1 1 @ 1 1 00000020
smallsword n 1 1 @ 1 1 00000040
sling n 1 1 @ 1 1 00000030
glade n 1 0 1 1 00000070
duel n 1 0 1 1 00000080
cubit n 2 0 2 1 00000090 00000091
"""
ADJECTIVES = """00000050 00 a 01 red 0 001 & 00000060 a 0000 | of blood
00000060 00 s 01 vermilion 0 001 & 00000050 a 0000 | as cinnabar
00000061 00 s 02 sanguine 0 reddish 0 000 | bloody
"""
ADJECTIVE_INDEX = (
    "red a 1 1 & 1 1 00000050\nvermilion a 1 1 & 1 0 00000060\nsanguine a 1 0 1 0 00000061\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (
        ("data.noun", NOUNS),
        ("index.noun", NOUN_INDEX),
        ("data.adj", ADJECTIVES),
        ("index.adj", ADJECTIVE_INDEX),
        ("cntlist.rev", "glaive%1:06:00:: 1 2\nglade%1 2 1\nduel%1 3 1\nsanguine%5 4 1\n"),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_kinds_synonyms_and_shades_are_found(folder: Path) -> None:
    words = build(read_wordnet(folder))
    assert words["glaive"].split()[0] == "sword"
    assert words["smallsword"].split()[0] == "sword"
    assert words["vermilion"].split()[0] == "red"
    assert "sling" not in words, "weapon lies too near the root here to make neighbours"


def test_a_definition_tells_what_a_word_is_near(folder: Path) -> None:
    words = build(read_wordnet(folder))
    assert words["glade"] == "grass", "a lawn; the forest is only where it lies"
    assert words["sanguine"] == "red", "it is also called reddish"
    assert "duel" not in words, "swords are beyond what the duel itself is"
    assert "cubit" not in words, "rarely meant, and hardly ever said"


def test_the_worlds_own_synonyms_are_in(folder: Path) -> None:
    words = build(read_wordnet(folder))
    assert words["broadsword"] == "sword"
    assert words["grimoire"] == "book"


def test_another_folder_is_a_studio_error(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="WordNet"):
        read_wordnet(tmp_path)


def test_the_shipped_lexicon_answers_with_names_of_the_full_world_only() -> None:
    names = {w.name for words in vocabulary("full").slots.values() for w in words}
    for word, found in load_lexicon().entries.items():
        assert set(found) <= names, word


def test_the_shipped_subjects_are_those_of_the_world() -> None:
    shipped = load_lexicon().subjects
    said = {name: slot for slot, names in subjects().items() for name in names.split()}
    assert shipped == said
    assert {said["sword"], said["knight"], said["hero"], said["bricks"]} == {
        "thing",
        "character",
        "texture",
    }
