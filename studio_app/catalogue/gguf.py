"""The header of a GGUF file, of versions 2 and 3, as its specification lays it out (ggml-org/ggml, docs/gguf.md).

Its `general.architecture` is not believed: files of image models say what they please there. Long lists (the words of
a text encoder) are passed over, not kept.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from studio_app.catalogue.headers import MAX_TENSORS, Header, TensorInfo, refused
from studio_app.core.reading import open_binary

MAGIC = b"GGUF"
MAX_HEADER = 64 << 20
MAX_PAIRS = 4096
MAX_NAME = 512
MAX_VALUES = 1_200_000
"""Texts and lists within lists, of the whole header."""
MAX_TEXT = 8 << 20
MAX_DEPTH = 4

TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
}  # fmt: skip
"""Number of a ggml type -> (name, numbers of a block, its bytes)."""

_PLAIN = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9


def read_gguf(path: Path, model: Path | None = None) -> Header:
    """Of a GGUF file: shapes as torch has them (the slowest axis first), types by their ggml names.

    StudioError where it is broken, of an unknown version or type, larger than what is borne (64 MiB of header, 20000
    tensors, 4096 pairs), names a tensor twice, or has offsets that overlap, or lie outside of the file.
    """
    model = model or path

    def broken(why: str) -> Exception:
        where = "it" if path == model else path.name
        return refused(model, f"{where} is broken: {why}", "Copy the file again")

    try:
        with open_binary(path) as (file, size):
            # An image model's header is small; the words of a text encoder need more.
            for most in (1 << 20, 8 << 20, MAX_HEADER):
                file.seek(0)
                try:
                    return _parsed(_Reader(file.read(min(size, most))), size)
                except IndexError:
                    if most >= min(size, MAX_HEADER):
                        raise broken("its header is cut off or too large") from None
            raise AssertionError("the last of them returns or raises")
    except OSError as error:
        raise refused(model, f"{path} can't be read ({error.strerror})") from error
    except (struct.error, ValueError, KeyError) as error:
        raise broken(str(error)[:200]) from None


def _parsed(reader: _Reader, size: int) -> Header:
    """IndexError where the bytes end before the header does; ValueError or KeyError where it is crooked."""
    if reader.take(4) != MAGIC:
        raise ValueError("it does not begin as a GGUF file")
    version = reader.number("I")
    if version not in (2, 3):
        raise ValueError(f"it is of version {version}, and 2 and 3 are known")
    count, pairs = reader.number("Q"), reader.number("Q")
    if count > MAX_TENSORS or pairs > MAX_PAIRS:
        raise ValueError(f"it claims {count} tensors and {pairs} pairs")
    said = _metadata(reader, pairs)
    alignment = said.get("general.alignment", 32)
    if type(alignment) is not int or not 1 <= alignment <= 1 << 16:
        raise ValueError("its alignment is no number of bytes")
    tensors, spans = _tensors(reader, count, size)
    start = -(-reader.place // alignment) * alignment
    end = 0
    for begin, length in sorted(spans):
        if begin < end or begin % alignment:
            raise ValueError("its tensors overlap or lie beside their places")
        end = begin + length
    if start + end > size:
        raise ValueError("it is shorter than its header says")
    texts = {name: value[:4000] for name, value in said.items() if isinstance(value, str)}
    return Header(tensors, texts, size)


class _Reader:
    """Bytes that are taken one after another; IndexError where there are no more."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self.place = 0
        self._values = 0

    def take(self, count: int) -> bytes:
        return bytes(self._skip(count))

    def number(self, kind: str) -> Any:
        return struct.unpack("<" + kind, self._skip(struct.calcsize("<" + kind)))[0]

    def text(self, limit: int) -> str:
        return self._skip(self._length(limit)).tobytes().decode("utf-8", "replace")

    def bear(self, count: int) -> None:
        """ValueError where so many more values are too many."""
        self._values += count
        if self._values > MAX_VALUES:
            raise ValueError(f"its lists hold more than {MAX_VALUES:,} values")

    def skip_texts(self, count: int) -> None:
        self.bear(count)
        for _ in range(count):
            self._skip(self._length(MAX_TEXT))

    def skip(self, count: int) -> None:
        self._skip(count)

    def _length(self, limit: int) -> int:
        length = self.number("Q")
        if length > limit:
            raise ValueError(f"a text of {length} bytes")
        return length

    def _skip(self, count: int) -> memoryview:
        end = self.place + count
        if end > len(self._data):
            raise IndexError("no more bytes")
        part = self._data[self.place : end]
        self.place = end
        return part


def _metadata(reader: _Reader, pairs: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(pairs):
        name = reader.text(1 << 16)
        if name in found:
            raise ValueError(f"it says {name[:60]!r} twice")
        found[name] = _value(reader, reader.number("I"), 0)
    return found


def _value(reader: _Reader, kind: int, depth: int) -> Any:
    """A number, a text, or None in the place of a list."""
    if kind == _TEXT:
        return reader.text(MAX_TEXT)
    if kind != _LIST:
        return reader.number(_PLAIN[kind])
    inner, count = reader.number("I"), reader.number("Q")
    if depth >= MAX_DEPTH:
        raise ValueError("its lists are too deep")
    if inner == _TEXT:
        reader.skip_texts(count)
    elif inner == _LIST:
        reader.bear(count)
        for _ in range(count):
            _value(reader, inner, depth + 1)
    else:
        reader.skip(count * struct.calcsize("<" + _PLAIN[inner]))
    return None


def _tensors(
    reader: _Reader, count: int, size: int
) -> tuple[dict[str, TensorInfo], list[tuple[int, int]]]:
    tensors: dict[str, TensorInfo] = {}
    spans: list[tuple[int, int]] = []
    for _ in range(count):
        name = reader.text(MAX_NAME)
        rank = reader.number("I")
        if rank > 8 or name in tensors:
            raise ValueError(f"the tensor {name[:60]!r} is described wrongly")
        sides = [reader.number("Q") for _ in range(rank)]
        number = reader.number("I")
        if number not in TYPES:
            raise ValueError(f"the tensor {name[:60]!r} is of the unknown type {number}")
        kind, block, length = TYPES[number]
        numbers = 1
        for side in sides:
            if side > 64 * size:
                raise ValueError(f"the tensor {name[:60]!r} is too large")
            numbers *= side
        if numbers > 64 * size or numbers % block or (sides and sides[0] % block):
            raise ValueError(f"the tensor {name[:60]!r} does not fill its blocks")
        tensors[name] = TensorInfo(kind, tuple(reversed(sides)))
        spans.append((reader.number("Q"), numbers // block * length))
    return tensors, spans
