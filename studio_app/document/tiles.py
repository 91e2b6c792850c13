"""A tile: 256x256 pixels of a plane, sealed, with a digest, and small while nobody looks at it."""

from __future__ import annotations

import hashlib
import itertools
import zlib
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.deflating import deflated

TILE = 256
"""Pixels of a side; tiles at the right and lower edge of a plane end where it ends."""
Part = tuple[int, int, int, int]
"""x, y, width, height inside a tile."""
_REMEMBERED = 12
"""Steps that a tile knows of how it became what it is: a stroke takes more than one between two looks at it."""
_WORTH_PACKING = 0.8
"""Of its size, that a packed tile has at most: noise stays as it is."""


class Tile:
    """pixels: [h, w] or [h, w, C], C-contiguous and read-only. The caller gives them away: they are not copied.

    Two tiles with the same pixels are equal by `digest`; what is the same object has not changed. `pack` may run
    in any thread, also while others read.
    """

    __slots__ = (
        "__weakref__",
        "_covers",
        "_digest",
        "_make",
        "_number",
        "_packed",
        "_past",
        "_pixels",
        "_size",
        "dtype",
        "shape",
    )
    _numbers = itertools.count()

    def __init__(
        self, pixels: NDArray[Any], before: Tile | None = None, part: Part = (0, 0, 0, 0)
    ) -> None:
        """before: the tile that this one is but for `part`."""
        self._number = next(Tile._numbers)
        past = () if before is None else (*before._past[1 - _REMEMBERED :], (before._number, part))
        self._past: tuple[tuple[int, Part], ...] = past
        self._pixels: NDArray[Any] | None = sealed(pixels)
        self._packed: bytes | None = None
        self._make: Callable[[], NDArray[Any]] | None = None
        self._digest = ""
        self._covers: bool | None = None
        self.shape: tuple[int, ...] = pixels.shape
        self.dtype: np.dtype[Any] = pixels.dtype
        self._size = pixels.nbytes

    @classmethod
    def later(
        cls, shape: tuple[int, ...], dtype: np.dtype[Any], make: Callable[[], NDArray[Any]]
    ) -> Tile:
        """One whose pixels are made when somebody looks at them. make: the same whenever it is called, in any thread,
        perhaps by two at once; given away, like pixels."""
        tile = cls.__new__(cls)
        tile._number, tile._past = next(cls._numbers), ()
        tile._pixels, tile._packed, tile._make = None, None, make
        tile._digest, tile._covers = "", None
        tile.shape, tile.dtype, tile._size = shape, dtype, prod(shape) * dtype.itemsize
        return tile

    @property
    def made(self) -> bool:
        """Whether its pixels were made already."""
        return self._make is None

    @property
    def pixels(self) -> NDArray[Any]:
        while True:
            pixels, make = self._pixels, self._make
            if pixels is not None:
                return pixels
            if make is not None:
                self._pixels = sealed(make())
                self._make = None
            elif self._packed is not None:  # packed before it was let go of, in that order
                self._pixels = sealed(inflated(self._packed, self.shape, self.dtype))

    def since(self, other: Tile) -> Part | None:
        """Around all in which it can differ from one that it was made of, step by step; None where nobody remembers."""
        found: Part | None = None
        for number, part in reversed(self._past):
            found = part if found is None else _around(found, part)
            if number == other._number:
                return found
        return None

    @property
    def at_hand(self) -> bool:
        """Whether a look at its pixels inflates nothing."""
        return self._pixels is not None

    @property
    def digest(self) -> str:
        """Of its kind and content; the same in every process."""
        if not self._digest:
            little = np.ascontiguousarray(self.pixels, dtype=self.dtype.newbyteorder("<"))
            state = hashlib.blake2b(f"{self.dtype.name} {self.shape}\0".encode(), digest_size=16)
            state.update(little.data)
            self._digest = state.hexdigest()
        return self._digest

    @property
    def covers(self) -> bool:
        """Whether its last channel, the alpha of one that has it, says anything at all; looked up once. Of one that is
        made later nobody knows yet: it may."""
        if self._covers is None and not self.made:
            return True
        if self._covers is None:
            pixels = self.pixels
            self._covers = bool((pixels if pixels.ndim == 2 else pixels[..., -1]).any())
        return self._covers

    @property
    def nbytes(self) -> int:
        """Of memory, now; of one that is made later, then."""
        pixels, packed = self._pixels, self._packed
        if pixels is None and packed is None:
            return self._size
        return (0 if pixels is None else pixels.nbytes) + (0 if packed is None else len(packed))

    def deflated(self) -> bytes:
        """Its little-endian bytes as a stream of zlib's format, that `inflated` reads."""
        packed = self._packed
        if packed is not None:
            return packed
        little = np.ascontiguousarray(self.pixels, dtype=self.dtype.newbyteorder("<"))
        return deflated(little.data)

    def pack(self) -> None:
        """Keeps it deflated only, until somebody looks at it again."""
        pixels = self._pixels
        if pixels is None:
            return
        packed = self.deflated()
        if len(packed) <= _WORTH_PACKING * pixels.nbytes:
            self._packed = packed
            self._pixels = None


class Together:
    """Tiles of several planes at one place, that are made later in one go, whichever is looked at first. make: their
    pixels by the planes' names; called as that of `Tile.later`."""

    def __init__(self, make: Callable[[], Mapping[str, NDArray[Any]]]) -> None:
        self._make: Callable[[], Mapping[str, NDArray[Any]]] | None = make
        self._made: Mapping[str, NDArray[Any]] = {}

    def pixels(self, name: str) -> NDArray[Any]:
        make = self._make
        if make is not None:
            self._made = make()
            self._make = None  # what they were made of may go
        return self._made[name]


def _around(one: Part, other: Part) -> Part:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = (
        max(one[0] + one[2], other[0] + other[2]),
        max(one[1] + one[3], other[1] + other[3]),
    )
    return left, top, right - left, bottom - top


def sealed(array: NDArray[Any]) -> NDArray[Any]:
    """`array` itself, C-contiguous and read-only. The caller gives it away: it is not copied."""
    out = np.ascontiguousarray(array)
    out.flags.writeable = False
    return out


def inflated(data: bytes, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The inverse of `Tile.deflated`; ValueError where it is not so many bytes."""
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    try:
        raw = zlib.decompressobj().decompress(data, size + 1)
    except zlib.error:
        raise ValueError("the pixels of a tile are broken") from None
    if len(raw) != size:
        raise ValueError("a tile has another size")
    return np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype).reshape(shape)
