"""Which file it is that was read or written last: by its size, its time, and all that is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from studio_app.core.errors import StudioError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Stamp:
    """size: bytes. time: of its last change, nanoseconds. digest: of its content."""

    size: int
    time: int
    digest: str

    def to_dict(self) -> dict[str, Any]:
        return {"size": self.size, "time": self.time, "digest": self.digest}


def stamp_from(value: Any) -> Stamp:
    """KeyError, TypeError or ValueError for what is none."""
    given = cast("Mapping[str, Any]", value)
    return Stamp(int(given["size"]), int(given["time"]), str(given["digest"]))


def stamp_of(path: Path) -> Stamp:
    """Of the file as it is now. OSError where the system does not give it."""
    state = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        status = path.stat()
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return Stamp(status.st_size, status.st_mtime_ns, state.hexdigest())


def is_still(path: Path, stamp: Stamp) -> bool:
    """Whether the file is that one, as it was; its content is looked at only where its time is another. StudioError
    where it is gone, or can't be looked at."""
    try:
        status = path.stat()
        if (status.st_size, status.st_mtime_ns) == (stamp.size, stamp.time):
            return True
        return status.st_size == stamp.size and stamp_of(path).digest == stamp.digest
    except OSError as error:
        raise StudioError(f"Can't look at {path.name}", str(error.strerror or error)) from error
