"""One process at a time: a lock that the system lets go of when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from studio_app.core.errors import StudioError


@contextlib.contextmanager
def locked(thing: Path, doing: str) -> Generator[None]:
    """Holds the lock of `thing`, a path that need not exist; its file lies in the system's temporary folder.

    Does not wait: StudioError, saying that somebody else is `doing`, where it is held.
    """
    name = hashlib.sha256(os.fsencode(thing.resolve())).hexdigest()[:20]
    path = Path(tempfile.gettempdir()) / f"underpaint-{name}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise StudioError(
            "Can't make a lock", f"{path}: {error.strerror or error}", "Check the disk."
        ) from error
    try:
        try:
            _lock(descriptor)
        except OSError:
            raise StudioError(
                f"Somebody else is {doing}", str(thing), "Wait for them, then try again."
            ) from None
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
