"""GGUF files as the tests need them, straight and crooked."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from studio_app.catalogue.gguf import TYPES

NUMBERS = {name: (number, block, size) for number, (name, block, size) in TYPES.items()}


def text(words: str) -> bytes:
    raw = words.encode()
    return struct.pack("<Q", len(raw)) + raw


def pair(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        return text(name) + struct.pack("<I", 8) + text(value)
    return text(name) + struct.pack("<II", 4, value)


def gguf_bytes(
    tensors: Mapping[str, tuple[str, tuple[int, ...]]],
    metadata: Mapping[str, Any] | None = None,
    *,
    version: int = 3,
    count: int | None = None,
    pairs: int | None = None,
    raw: Sequence[bytes] = (),
    types: Mapping[str, int] | None = None,
    offsets: Mapping[str, int] | None = None,
    again: str = "",
    body: bytes | None = None,
) -> bytes:
    """A file of these tensors (type, shape as torch has it), filled with zeros. The rest makes it crooked: counts that
    are not so, pairs as they are, numbers of types, offsets, a tensor that comes twice, another body."""
    said = [pair(name, value) for name, value in (metadata or {}).items()] + list(raw)
    names = [*tensors, *([again] if again else [])]
    head = b"GGUF" + struct.pack(
        "<IQQ",
        version,
        len(names) if count is None else count,
        len(said) if pairs is None else pairs,
    )
    head += b"".join(said)
    place = 0
    for name in names:
        kind, shape = tensors[name]
        number, block, size = NUMBERS[kind]
        numbers = 1
        for side in shape:
            numbers *= side
        head += text(name) + struct.pack("<I", len(shape))
        head += b"".join(struct.pack("<Q", side) for side in reversed(shape))
        head += struct.pack(
            "<IQ", (types or {}).get(name, number), (offsets or {}).get(name, place)
        )
        place += -(-(numbers // block * size) // 32) * 32
    if body is None:
        body = b"\0" * place
    return head + b"\0" * (-len(head) % 32) + body
