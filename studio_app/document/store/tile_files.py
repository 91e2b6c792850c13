"""The pixels of a document in files, as earlier releases left them: they are only read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.core.reading import read_bytes
from studio_app.document.tiles import Tile, inflated

ROOM = "tiles"
SUFFIX = ".tile"
_DIGEST = re.compile(r"[0-9a-f]{32}")


class TileFiles:
    """Of one folder. names: the files that the document there is made of, all of them read whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names: set[str] = set()
        self._seen: dict[str, Tile] = {}

    def read(self, digest: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tile:
        """The tile that a document names; the same one for the same name. StudioError where its file can't be read;
        ValueError where it is not what the document says."""
        if not is_digest(digest):
            raise ValueError("not the name of a tile")
        tile = self._seen.get(digest)
        if tile is None:
            name = f"{ROOM}/{digest}{SUFFIX}"
            size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
            packed = read_bytes(self._folder / name, size + size // 100 + 1024)
            tile = Tile(inflated(packed, shape, dtype))
            if tile.digest != digest:
                raise ValueError(f"{name} is not the one that belongs here")
            self._seen[digest] = tile
            self.names.add(name)
        if (tile.shape, tile.dtype) != (shape, dtype):
            raise ValueError("a tile has another size")
        return tile

    def adopt(self, name: str) -> None:
        """Another file that the document names, and that was read whole."""
        self.names.add(name)


def is_digest(name: Any) -> TypeGuard[str]:
    """Whether it may name a tile."""
    return isinstance(name, str) and _DIGEST.fullmatch(name) is not None


def of_the_system(error: BaseException) -> bool:
    """Whether it is the system that does not give a file, and nothing is said about what is in it."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno is not None  # decoders raise some without


def plain_name(name: Any) -> str:
    """A bare file name. ValueError for anything that leaves the folder."""
    text = str(name)
    if not text or Path(text).name != text or text.startswith(".") or "\\" in text or "\0" in text:
        raise ValueError("not a file name")
    return text


class Broken(StudioError):
    """There is a file, and what is in it can't be understood. Any other StudioError of a reader says that the
    system does not give it, or that a newer Underpaint wrote it: nothing is wrong with the file."""

    @classmethod
    def of(cls, error: StudioError) -> Broken:
        return cls(error.title, error.detail, error.hint)
