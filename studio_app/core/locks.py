"""Locks between processes: the system holds them, and lets go of them when their process ends, however it ends.

A lock by a process's number, as most lock files are, outlives a kill: the number is taken again, in a container
at once, and nobody dares to touch what the dead one held.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

from studio_app.core.errors import StudioError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_AGAIN_S = 0.02


class FileLock:
    """Of one holder at a time, in this process too. The file stays when it is let go of: it says nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def acquire(self, wait_s: float = 0.0) -> bool:
        """Whether it is ours now; False where somebody else still has it after `wait_s`.

        StudioError where the file can't be made, or the disk knows no locks.
        """
        if self.held:
            return True
        deadline = time.monotonic() + wait_s
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = _opened(self.path)
        except OSError as error:
            raise _explained(self.path, error) from error
        try:
            while not _taken(descriptor):
                if time.monotonic() >= deadline:
                    return False
                time.sleep(_AGAIN_S)
            self._descriptor, descriptor = descriptor, -1
            return True
        except OSError as error:
            raise _explained(self.path, error) from error
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def release(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                os.close(descriptor)  # closing it lets go of it


@contextlib.contextmanager
def locked(thing: Path, doing: str, wait_s: float = 0.0) -> Generator[None]:
    """Holds the lock of `thing`, a path that need not exist; its file lies in the system's temporary folder.

    StudioError, saying that somebody else is `doing`, where it is still held after `wait_s`.
    """
    name = hashlib.sha256(os.fsencode(thing.resolve())).hexdigest()[:20]
    lock = FileLock(Path(tempfile.gettempdir()) / f"underpaint-{name}.lock")
    if not lock.acquire(wait_s):
        raise StudioError(f"Somebody else is {doing}", str(thing), "Wait for them, then try again.")
    try:
        yield
    finally:
        lock.release()


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:
        # Somebody else's on this machine, who shares the project: to lock it one need not write to it.
        if sys.platform == "win32":
            raise
        return os.open(path, os.O_RDONLY)


def _taken(descriptor: int) -> bool:
    """Whether the lock is ours now. OSError where there are no locks."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True


def _explained(path: Path, error: OSError) -> StudioError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StudioError(
        "The disk is full" if full else "This folder can't be used",
        f"{path.parent}: {error.strerror or error}",
        "Free some space." if full else "Check its permissions and its disk.",
    )
