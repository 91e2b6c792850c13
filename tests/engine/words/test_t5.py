"""The words of a T5 are cut as transformers cuts them, whichever file they lie in; crooked ones are refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.engine.words.t5_tokens import (
    END,
    PAD,
    UNKNOWN,
    T5Tokens,
    normal,
    read_tokens,
    tokens_of,
)
from tests.tiny.t5 import PIECES, make_t5_tokenizer, write_spiece

TEXTS = (
    "a red potion",
    "  red,blue\tABC(12)  ",
    "ﬁt ½ ab\u200bred x\u0301",
    "",
    "</a> red",
    "tionABCtion red.",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("t5")
    make_t5_tokenizer().save_pretrained(place / "tokenizer")
    (place / "tokenizer_2").mkdir()
    write_spiece(place / "tokenizer_2/spiece.model")
    return place


@pytest.mark.parametrize("name", ["tokenizer", "tokenizer_2"])
def test_words_are_cut_as_transformers_cuts_them(folder: Path, name: str):
    theirs, ours = make_t5_tokenizer(), read_tokens(folder, name)
    assert ours.size == len(PIECES)
    for text in TEXTS:
        # Theirs has no rule for compatible characters here, since the tiny file brings none.
        assert ours.ids(text) == theirs(normal(text), add_special_tokens=False)["input_ids"]


def test_compatible_characters_are_one():
    assert normal("ﬁ ½\u00a0Ａ～\u0007b\u200bc") == "fi 1⁄2 A～b c"


def test_nobody_s_prompt_ends_it():
    ids = T5Tokens(list(PIECES)).ids("<pad> </s> \x010 \x011 a")
    assert PAD not in ids and END not in ids and UNKNOWN in ids


BAD_MESSAGES: dict[str, bytes] = {
    "nothing": b"",
    "cut off": b"\x0a\x7f\x0a\x05<pad>",
    "an endless number": b"\xff" * 20,
    "no protocol buffer": b"\x0f\x00",
    "a piece without text": b"\x0a\x02\x18\x01" * 9,
    "a piece that is a number": b"\x08\x01" * 9,
    "a text that is none": b"\x0a\x04\x0a\x02\xff\xfe" * 9,
    "another's words": b"\x0a\x03\x0a\x01a" * 9,
}
GOOD: dict[str, Any] = {"type": "Unigram", "unk_id": 2, "vocab": [list(piece) for piece in PIECES]}
BAD_OBJECTS: dict[str, Any] = {
    "no model": {},
    "another kind": {"model": GOOD | {"type": "BPE"}},
    "a vocabulary by name": {"model": GOOD | {"vocab": {"a": 1}}},
    "a piece that is a list": {"model": GOOD | {"vocab": [*GOOD["vocab"], [[1], 2]]}},
    "a score that is text": {"model": GOOD | {"vocab": [*GOOD["vocab"], ["b", "c"]]}},
    "a long piece": {"model": GOOD | {"vocab": [*GOOD["vocab"], ["b" * 300, 1]]}},
    "an empty piece": {"model": GOOD | {"vocab": [*GOOD["vocab"], ["", 1]]}},
    "no unknown": {"model": GOOD | {"vocab": [["<pad>", 0], ["</s>", 0], ["a", 0], ["b", 0]]}},
    "code": {"model": GOOD | {"type": {"__class__": "os.system"}}},
}


@pytest.mark.parametrize("case", BAD_MESSAGES)
def test_a_crooked_message_is_refused(case: str, tmp_path: Path):
    path = tmp_path / "spiece.model"
    path.write_bytes(BAD_MESSAGES[case])
    with pytest.raises(StudioError, match="vocabulary"):
        tokens_of(path, tmp_path)


@pytest.mark.parametrize("case", BAD_OBJECTS)
def test_a_crooked_object_is_refused(case: str, tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(BAD_OBJECTS[case]))
    with pytest.raises(StudioError, match="vocabulary"):
        tokens_of(path, tmp_path)


def test_a_score_that_is_no_number_is_refused(tmp_path: Path):
    path = tmp_path / "spiece.model"
    write_spiece(path)
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<f", -3.0), struct.pack("<f", float("nan"))))
    with pytest.raises(StudioError, match="red"):
        tokens_of(path, tmp_path)
