"""The pixels of a document in a folder, a file for each tile, called after what is in it: what is there is not
written again, whichever plane has it.

A file is never changed. It goes when the document on the disk, and the one before it, name it no more: whatever
moment the power goes, what the document names is there, whole.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.reading import read_bytes
from studio_app.document.tiles import Tile, inflated

ROOM = "tiles"
SUFFIX = ".tile"
_DIGEST = re.compile(r"[0-9a-f]{32}")


class TileFiles:
    """Of one folder; `keep` says that the document that names what was written since is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stored: set[str] = set()
        """Files that are there, whole: this run has written or read them."""
        self._named: set[str] = set()
        """Those that the document on the disk may name."""
        self._new: set[str] = set()
        self._seen: dict[str, Tile] = {}

    def write(self, tile: Tile) -> str:
        """What the document is to say of this tile; its file is written if it is not there yet."""
        digest = tile.digest
        name = f"{ROOM}/{digest}{SUFFIX}"
        if name not in self._stored:
            packed = tile.deflated()
            _make_room(self._folder / ROOM)
            write_bytes_atomic(
                self._folder / name, packed, lambda path: path.stat().st_size == len(packed)
            )
            self._stored.add(name)
        self._new.add(name)
        return digest

    def read(self, digest: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tile:
        """The tile that a document names; the same one for the same name. StudioError where its file can't be read;
        ValueError where it is not what the document says."""
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
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
            self._stored.add(name)
            self._named.add(name)
        if (tile.shape, tile.dtype) != (shape, dtype):
            raise ValueError("a tile has another size")
        return tile

    def adopt(self, name: str) -> None:
        """Another file that the document on the disk names, and that was read whole: a document that is written anew
        needs it no more."""
        self._named.add(name)

    def keep(self) -> None:
        """The document that names what was written since is on the disk: the rest of the one before goes."""
        for name in self._named - self._new:
            with contextlib.suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)
                self._stored.discard(name)
        self._named, self._new = self._new, set()
        self._seen.clear()

    def lose(self) -> None:
        """It could not be written, or nobody knows: all that it would have named stays as it is."""
        self._named |= self._new
        self._new = set()


def _make_room(room: Path) -> None:
    try:
        room.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudioError("Can't save there", f"{room}: {error.strerror or error}") from error


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
