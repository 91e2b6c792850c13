"""The one place that reads files: ordinary ones only, and only up to a size.

A pipe that nobody writes to would never return, a device never end, and a sparse file can claim terabytes: what
a path leads to is asked before it is read.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import BinaryIO

from studio_app.core.errors import StudioError
from studio_app.core.text import MOST_NAME, named, reason_of, shortened

MAX_FILE = 512 << 20
# A pipe must not make its opener wait (O_NONBLOCK); Windows would translate line ends (O_BINARY).
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class NoSuchFile(StudioError):
    """There is nothing at that path."""


def read_bytes(path: Path, max_bytes: int = MAX_FILE) -> bytes:
    """A whole file. StudioError where it is missing, no ordinary file, unreadable or larger than `max_bytes`."""
    try:
        # Asked twice, since merely opening some devices does something, and a path can change its mind.
        _check(path, path.stat(), max_bytes)
        descriptor = os.open(path, _FLAGS)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _check(path, status, max_bytes)
            return file.read(status.st_size)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unreadable(path, error) from error


@contextlib.contextmanager
def open_binary(path: Path) -> Generator[tuple[BinaryIO, int]]:
    """An ordinary file of any size, for whoever reads its beginning, and that size in bytes.

    StudioError where it is missing or no ordinary file; OSError as the system says it.
    """
    try:
        _check(path, path.stat(), None)
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise _missing(path) from None
    except ValueError as error:
        raise _unreadable(path, error) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _check(path, status, None)
        yield file, status.st_size


def read_beginning(path: Path, count: int) -> bytes:
    """The first `count` bytes of a file of any size, or all of it. StudioError as `read_bytes`."""
    try:
        with open_binary(path) as (file, _):
            return file.read(count)
    except OSError as error:
        raise _unreadable(path, error) from error


def read_text(path: Path, max_bytes: int = MAX_FILE) -> str:
    """A whole UTF-8 file, with or without a byte order mark; StudioError as `read_bytes`, and where it is no text."""
    return decoded(read_bytes(path, max_bytes), path.name)


def read_lines(path: Path, max_line: int) -> Iterator[bytes | None]:
    """The lines of a file of any length, one after another, without their ends; None for one that is longer than
    `max_line` bytes. Only a line feed ends a line.

    StudioError, before the first, where the file is missing, no ordinary file or unreadable.
    """
    try:
        _check(path, path.stat(), None)
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    with os.fdopen(descriptor, "rb") as file:
        try:
            _check(path, os.fstat(descriptor), None)
            while line := file.readline(max_line + 1):
                if line.endswith(b"\n"):
                    yield line[:-1]
                elif len(line) <= max_line:
                    yield line  # the last
                else:
                    while line and not line.endswith(b"\n"):
                        line = file.readline(1 << 20)
                    yield None
        except OSError as error:
            raise _unreadable(path, error) from error


def decoded(data: bytes, what: str) -> str:
    """UTF-8 as text, without its byte order mark. StudioError, naming `what`, where it is none."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise StudioError(f"Can't read {what}", "it is not UTF-8 text") from None


def is_file(path: Path) -> bool:
    """Whether there is an ordinary file. StudioError where the system does not let us look."""
    return _kind(path, stat.S_ISREG)


def is_dir(path: Path) -> bool:
    """Whether there is a folder. StudioError where the system does not let us look."""
    return _kind(path, stat.S_ISDIR)


def list_folder(path: Path) -> list[Path]:
    """What a folder holds, by name. StudioError where the system does not let us look."""
    try:
        return sorted(path.iterdir())
    except (OSError, ValueError) as error:
        raise _unseen(path, error) from error


def expanded(name: str) -> Path:
    """A path as somebody wrote it, `~` and `~user` filled in. StudioError where there is no such user."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise StudioError(
            f"Can't tell where {name} is", "nobody here has that home folder", "Write it out."
        ) from None


def home() -> Path:
    """The user's home folder. StudioError where the system knows none."""
    try:
        return Path.home()
    except (RuntimeError, KeyError):
        raise StudioError(
            "There is no home folder",
            "the system does not say where yours is",
            "Set UNDERPAINT_HOME to a folder to keep settings and work in.",
        ) from None


def _missing(path: Path) -> NoSuchFile:
    return NoSuchFile(f"No file {path.name}", f"{path} does not exist", "Check the path.")


def _unreadable(path: Path, error: Exception) -> StudioError:
    name = shortened(path.name, MOST_NAME)
    return StudioError(
        f"Can't read {name}", f"{named(path)}: {reason_of(error)}", "Check the file."
    )


def _check(path: Path, status: os.stat_result, max_bytes: int | None) -> None:
    """max_bytes: None for any size."""
    if stat.S_ISDIR(status.st_mode):
        raise StudioError(f"{path.name} is a folder", str(path), "Give a file.")
    if not stat.S_ISREG(status.st_mode):
        raise StudioError(
            f"{path.name} is no ordinary file", "it is a device, a pipe or a socket", "Give a file."
        )
    if max_bytes is not None and status.st_size > max_bytes:
        limit = f"{max_bytes >> 20} MiB" if max_bytes >= 1 << 20 else f"{max_bytes >> 10} KiB"
        raise StudioError(f"{path.name} is too large", f"the limit is {limit}")


def _kind(path: Path, is_it: Callable[[int], bool]) -> bool:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (
        OSError,
        ValueError,
    ) as error:  # no permission, a loop of links, a name of 300 letters, a NUL
        raise _unseen(path, error) from error
    return is_it(mode)


def _unseen(path: Path, error: Exception) -> StudioError:
    name = shortened(path.name, MOST_NAME)
    said = f"{named(path)}: {reason_of(error)}"
    return StudioError(f"Can't look at {name}", said, "Check the path.")
