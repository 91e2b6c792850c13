"""The pixels of a document, a file each: written when they have changed, and only then.

Of every plane there are two files in turn (`depth-value.a.plane`, `.b.plane`): a new content goes into one that
the document on the disk does not name, so that whatever moment the power goes, what it names is there, whole.
"""

from __future__ import annotations

import hashlib
import string
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.reading import read_bytes
from studio_app.document.planes import Plane

SUFFIX = ".plane"


class PlaneWriter:
    """Writes the planes of the document of one folder; `keep` says that the document that names them is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, tuple[Plane, dict[str, Any]]] = {}
        """What the document on the disk names; the plane is held, so that it is known again."""
        self._named: set[str] = set()
        """Files that the document on the disk may name."""
        self._new: dict[str, tuple[Plane, dict[str, Any]]] = {}

    def adopt(self, name: str, plane: Plane, entry: dict[str, Any]) -> None:
        """A plane that was read from this folder: it is there already."""
        self._written[name] = (plane, entry)
        self._named.add(str(entry.get("file", "")))

    def write(self, name: str, plane: Plane) -> dict[str, Any]:
        """What the document is to say of this plane; its file is written if it is not there yet."""
        known = self._written.get(name)
        if known is not None and known[0] is plane:
            self._new[name] = known
            return known[1]
        array = plane.whole
        entry: dict[str, Any] = {"dtype": array.dtype.name, "shape": list(array.shape)}
        if array.any():
            file = self._free(name)
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            data = little.tobytes()
            packed = zlib.compress(data, 1)
            write_bytes_atomic(
                self._folder / file, packed, lambda path: path.stat().st_size == len(packed)
            )
            entry |= {"file": file, "digest": _digest(data)}
        self._new[name] = (plane, entry)
        return entry

    def keep(self) -> None:
        """The document that names what was written since is on the disk."""
        self._written, self._new = self._new, {}
        self._named = {str(entry.get("file", "")) for _, entry in self._written.values()}

    def lose(self) -> None:
        """It could not be written, or nobody knows: all that it would have named stays as it is."""
        self._named |= {str(entry.get("file", "")) for _, entry in self._new.values()}
        self._new = {}

    def _free(self, name: str) -> str:
        files = (f"{name}.{letter}{SUFFIX}" for letter in string.ascii_lowercase)
        return next((file for file in files if file not in self._named), f"{name}.z{SUFFIX}")


def read_plane(folder: Path, entry: Any, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """A plane as a document names it; read-only. StudioError where its file can't be read; ValueError where it
    is not what the document says."""
    if not isinstance(entry, Mapping):
        raise ValueError("a plane is missing")
    named = cast("Mapping[str, Any]", entry)
    if named.get("dtype") != dtype or named.get("shape") != list(shape):
        raise ValueError(f"expected {dtype} {list(shape)}")
    if "file" not in named:
        return np.zeros(shape, dtype)
    file = plain_name(named["file"])
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    packed = read_bytes(folder / file, size + size // 100 + 1024)
    try:
        data = zlib.decompressobj().decompress(packed, size + 1)
    except zlib.error:
        raise ValueError(f"{file} is broken") from None
    if len(data) != size or _digest(data) != named.get("digest"):
        raise ValueError(f"{file} is not the one that belongs here")
    return np.frombuffer(data, np.dtype(dtype).newbyteorder("<")).astype(dtype).reshape(shape)


def plain_name(name: Any) -> str:
    """A bare file name. ValueError for anything that leaves the folder."""
    text = str(name)
    if not text or Path(text).name != text or text.startswith(".") or "\\" in text or "\0" in text:
        raise ValueError("not a file name")
    return text


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def of_the_system(error: BaseException) -> bool:
    """Whether it is the system that does not give a file, and nothing is said about what is in it."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno is not None  # decoders raise some without


class Broken(StudioError):
    """There is a file, and what is in it can't be understood. Any other StudioError of a reader says that the
    system does not give it, or that a newer Underpaint wrote it: nothing is wrong with the file."""

    @classmethod
    def of(cls, error: StudioError) -> Broken:
        return cls(error.title, error.detail, error.hint)
