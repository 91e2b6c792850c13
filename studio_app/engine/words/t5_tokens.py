"""The words of a T5: a vocabulary of pieces with scores (Kudo 1804.10959), read as untrusted input.

It lies beside a text encoder as `spiece.model`, as SentencePiece writes it, or as `tokenizer.json`. Only the pieces and
their scores are taken from either; how a text is cut into them is done here in one way, whatever the file asks for.
"""

from __future__ import annotations

import math
import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio_app.catalogue.vocabularies import SPIECE, WHOLE, t5_vocabulary, where_words_of_t5_go
from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_object
from studio_app.core.reading import is_file, read_bytes
from studio_app.engine.loading.checkpoint import refused

PAD, END, UNKNOWN = 0, 1, 2
"""Places of the pieces that no text has."""
MAX_BYTES = 32 << 20
MAX_PIECES = 1 << 18
MAX_PIECE = 256
NAMES = (WHOLE, SPIECE)
_RESERVED = ("<pad>", "</s>", "<unk>")
_SPACE = "▁"

_GONE = dict.fromkeys(
    [*range(1, 9), 0x0B, *range(0x0E, 0x20), 0x7F, 0x8F, 0x9F],
)
_BLANK = dict.fromkeys(
    [0x09, 0x0A, 0x0C, 0x0D, 0x1680, *range(0x200B, 0x2010), 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD], " "
)  # fmt: skip
"""Characters that SentencePiece's own rule `nmt_nfkc` takes away, and those that it makes a space of."""


class T5Tokens:
    """Text to numbers. size: of the vocabulary."""

    def __init__(self, pieces: list[tuple[str, float]]) -> None:
        from tokenizers import Tokenizer, pre_tokenizers
        from tokenizers.models import Unigram

        self.size = len(pieces)
        # As control characters they stand in no text, so nobody's prompt can say them.
        own = [
            (f"\x01{i}", score) if i < 3 else (piece, score)
            for i, (piece, score) in enumerate(pieces)
        ]
        self._tokenizer = Tokenizer(Unigram(own, unk_id=UNKNOWN, byte_fallback=False))
        self._tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.WhitespaceSplit(),
                pre_tokenizers.Metaspace(replacement=_SPACE, prepend_scheme="always", split=True),
            ]
        )

    def ids(self, text: str) -> list[int]:
        """Without an end."""
        return self._tokenizer.encode(normal(text), add_special_tokens=False).ids


def normal(text: str) -> str:
    """As `nmt_nfkc` has it: compatible characters are one; a wide tilde stays."""
    text = text.translate(_BLANK).translate(_GONE)
    return "～".join(unicodedata.normalize("NFKC", part) for part in text.split("～"))


def read_tokens(folder: Path, name: str) -> T5Tokens:
    """Of a model's folder. name: of the component in it. StudioError."""
    path = next((folder / name / own for own in NAMES if is_file(folder / name / own)), None)
    if path is None:
        raise refused(folder, f"its {name} has no vocabulary")
    return tokens_of(path, folder)


def tokens_beside(model: Path) -> T5Tokens:
    """Of a model in one file, which brings none. StudioError where there are none."""
    path = t5_vocabulary(model)
    if path is None:
        raise refused(model, "the words of its text encoder are missing", where_words_of_t5_go())
    return tokens_of(path, model)


def tokens_of(path: Path, model: Path) -> T5Tokens:
    """Of one file. model: whose it is, for what is said of it. StudioError where it is broken, or is none of T5's."""
    data = read_bytes(path, MAX_BYTES)
    try:
        pieces = _of_json(data, path) if path.suffix.lower() == ".json" else list(_of_message(data))
        if not len(_RESERVED) < len(pieces) <= MAX_PIECES:
            raise ValueError(f"{len(pieces)} pieces")
        for piece, score in pieces:
            if not piece or len(piece) > MAX_PIECE or not math.isfinite(score):
                raise ValueError(f"the piece {piece[:40]!r}")
        if tuple(piece for piece, _ in pieces[:3]) != _RESERVED:
            raise ValueError("its first pieces are none of T5's")
        return T5Tokens(pieces)
    except StudioError:
        raise
    except Exception as error:  # whatever a stranger's file makes of this, or of the tokenizer
        said = f"its vocabulary {path.parent.name}/{path.name} can't be read ({error})"
        raise refused(model, said) from None


def _of_json(data: bytes, path: Path) -> list[tuple[str, float]]:
    model: Any = parse_object(data, path.name, MAX_BYTES)["model"]
    if model["type"] != "Unigram":
        raise ValueError("its words are not of the kind Unigram")
    pieces: list[tuple[str, float]] = []
    for piece, score in model["vocab"]:
        if not isinstance(piece, str):
            raise TypeError("a piece is no text")
        pieces.append((piece, float(score)))
    return pieces


def _of_message(data: bytes) -> Iterator[tuple[str, float]]:
    """The pieces of a ModelProto of SentencePiece: field 1, each with its text (1) and its score (2)."""
    for number, value in _fields(data):
        if number != 1 or not isinstance(value, bytes):
            continue
        inner = dict(_fields(value))
        text, score = inner[1], inner.get(2, b"\0\0\0\0")
        if not isinstance(text, bytes) or not isinstance(score, bytes) or len(score) != 4:
            raise ValueError("a piece is described wrongly")
        yield text.decode("utf-8"), struct.unpack("<f", score)[0]


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """(number, value) of a protocol buffer's fields. ValueError where it is broken."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield key >> 3, value
            continue
        if kind == 2:
            length, place = _varint(data, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("it is no protocol buffer")
        if place + length > len(data):
            raise ValueError("it is cut off")
        yield key >> 3, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """(number, the place behind it)."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ValueError("it is cut off")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("a number in it is too long")
