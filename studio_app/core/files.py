"""The one place that writes files: a file is the old one or the new one, whole, whatever happens.

The order is what makes it safe (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014): write a
temporary file in the same folder, flush it to the disk, verify it, rename it over the old one, flush the folder.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

from studio_app.core.errors import StudioError
from studio_app.core.text import named, reason_of

Verify = Callable[[Path], object]
"""Looks at the finished temporary file; raises, or returns False, to keep the old file."""

_STALE_SECONDS = 3600.0
_SEEN: dict[str, tuple[float, tuple[str, ...]]] = {}
"""By folder: when it was looked at, and what temporary files it held."""
_SEEN_MOST = 256
_END = re.compile(r"[0-9a-f]{12}\.tmp")
_LEFTOVER = re.compile(rf"\..+\.{_END.pattern}", re.DOTALL)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def write_bytes_atomic(
    path: Path | str, data: bytes, verify: Verify | None = None, *, flush_name: bool = True
) -> None:
    """Writes `data` to `path`, making its folder if need be.

    flush_name: False for one of many, whose writer flushes their folders together (`flush_folder`): until then a
    power cut may bring the old file back. Raises StudioError when it cannot; the old file is then as it was.
    """
    with replace_atomic(path, verify, flush_name=flush_name) as temporary:
        temporary.write_bytes(data)


def write_text_atomic(path: Path | str, text: str, verify: Verify | None = None) -> None:
    """As `write_bytes_atomic`, in UTF-8 and with the line endings of `text`."""
    write_bytes_atomic(path, text.encode("utf-8"), verify)


def append_line(path: Path | str, line: str, *, flush: bool = True) -> None:
    """Adds a line to a file that only grows, making it if need be, and flushes it to the disk, or leaves that to a
    later call.

    What a power cut may leave is half a last line: the next one begins on its own, and a reader skips what it can't
    read. Raises StudioError when it cannot; a line that was not written whole is then no line.
    """
    target = _resolved(Path(path))
    try:
        _check_target(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("ab+") as file:
            torn = b""
            if file.tell():
                file.seek(-1, os.SEEK_END)
                torn = b"" if file.read(1) == b"\n" else b"\n"
            file.write(torn + line.encode("utf-8") + b"\n")
            file.flush()
            if flush:
                os.fsync(file.fileno())
    except OSError as error:
        raise _explained(error, target) from error


@contextlib.contextmanager
def replace_atomic(
    path: Path | str, verify: Verify | None = None, *, flush_name: bool = True
) -> Generator[Path]:
    """Gives a temporary path beside `path` to write to, and puts that file in its place at the end.

        with replace_atomic(folder / "unet.safetensors") as temporary:
            save_file(tensors, temporary)

    The temporary file is flushed to the disk and handed to `verify` before it replaces anything. On any error,
    also of the block's own, it is removed and `path` is as it was. A symbolic link stays one: its target is
    replaced. The new file keeps the old one's permissions.

    Raises StudioError for what the system refuses (full disk, no permission, broken device), for a block that
    wrote nothing and for a failed `verify`. Only a failure to flush the folder, the last step, leaves the new
    file in place: complete, but perhaps not yet proof against a power cut.
    """
    target = _resolved(Path(path))
    made: list[Path] = []
    replaced = False
    temporary = target.with_name(f"{_beginning(target)}{uuid.uuid4().hex[:12]}.tmp")
    try:
        _check_target(target)
        made = _made_folders(target.parent)
        _remove_stale(target)
        yield temporary
        if not temporary.exists():
            raise StudioError("Nothing was written", named(target), "Please report this as a bug.")
        flush_file(temporary)
        if verify is not None and verify(temporary) is False:
            raise StudioError(
                "The file did not read back as written",
                f"{named(target)} was left as it was",
                "Check the disk, then try again.",
            )
        if target.exists():
            shutil.copymode(target, temporary)
        replace_file(temporary, target)
        replaced = True
        if flush_name:
            flush_folder(target.parent)
    except OSError as error:
        if not _is_about(error, target, temporary):
            raise
        raise _explained(error, target) from error
    finally:
        if not replaced:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        for folder in made:  # nothing was written into them: they go again
            with contextlib.suppress(OSError):
                folder.rmdir()


def check_writable(path: Path | str) -> None:
    """StudioError where `path` plainly can't be written, before work is done for it. Nothing is made or touched."""
    target = _resolved(Path(path))
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.exists()  # a name that is too long
        folder = next(parent for parent in target.parents if parent.exists())
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _explained(error, target) from error


def set_aside(path: Path) -> Path:
    """Renames a file that can't be read so that nothing overwrites it; returns its new name. OSError where the
    system refuses."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    return path.rename(aside)


def keep_version(path: Path, most: int) -> None:
    """Before a file is replaced: what it is now becomes `NAME.1~`, the versions of before move on by one, and none has
    a higher number than `most`. The file itself stays where it is all the while. StudioError where the system
    refuses."""
    try:
        _version(
            path, 1
        ).exists()  # a name too long for one: such a file would be saved once, and never again
        if not path.exists():
            return
        for number in range(most - 1, 0, -1):
            if (known := _version(path, number)).exists():
                replace_file(known, _version(path, number + 1))
        try:
            os.link(path.resolve(), _version(path, 1))
        except OSError:  # a file system without links
            with replace_atomic(_version(path, 1)) as temporary:
                shutil.copy2(path, temporary)
    except OSError as error:
        raise _explained(error, path) from error


def _version(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}~")


def remove_leftovers(folder: Path | str) -> None:
    """Removes what killed processes left of their writes in a folder that nobody else is writing to now."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _LEFTOVER.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()


def remove_leftovers_of(path: Path) -> None:
    """The same of one file, that nobody else writes now."""
    _remove_stale(_resolved(path), 0.0)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve() if path.is_symlink() else path.absolute()
    except OSError as error:
        raise _explained(error, path) from error
    except RuntimeError as error:  # a loop of links
        raise StudioError("Could not write the file", f"{named(path)}: {error}") from error


def _check_target(target: Path) -> None:
    """A rename would put a file in the place of a device or a pipe, and of a file that somebody has protected."""
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise StudioError(
            "That is no ordinary file",
            f"{named(target)} is a device, a pipe or a socket",
            "Choose another name.",
        )
    if stat.S_ISREG(mode) and not mode & 0o222:
        raise StudioError(
            "That file is read-only",
            named(target),
            "Choose another name, or change its permissions.",
        )


def _made_folders(folder: Path) -> list[Path]:
    """Makes a folder and those above it; returns those that were not there, the deepest first."""
    if folder.is_dir():
        return []
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_stale(target: Path, young_s: float = _STALE_SECONDS) -> None:
    """Removes what a killed process left of this same file; a young one may be a writer's at work."""
    # Not by glob: Python keeps every pattern it ever saw (32,768 of them), and names here never repeat.
    begin = _beginning(target)
    for name in _temporaries(str(target.parent), young_s):
        if name.startswith(begin) and _END.fullmatch(name, len(begin)):
            with contextlib.suppress(OSError):
                place = target.with_name(name)
                if time.time() - place.stat().st_mtime >= young_s:
                    place.unlink()


def _beginning(target: Path) -> str:
    """Of the names of its temporary files. They are no longer than a disk takes, so all of its own name is told by a
    digest: others may begin as it does."""
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()
    return f".{target.name[:40]}.{digest[:8]}."


def _temporaries(folder: str, young_s: float) -> tuple[str, ...]:
    """The names of temporary files in a folder, as of a look that is younger than what is looked for: in a folder of
    thousands, a look for each new file would cost more than the file.
    """
    seen = _SEEN.get(folder)
    if seen is None or time.monotonic() - seen[0] >= young_s:
        names: tuple[str, ...] = ()
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            names = tuple(entry.name for entry in entries if entry.name.endswith(".tmp"))
        if len(_SEEN) >= _SEEN_MOST:
            _SEEN.clear()
        _SEEN[folder] = seen = (time.monotonic(), names)
    return seen[1]


def flush_file(path: Path) -> None:
    """Sees to it that what was written to a file outlives a power cut. OSError where the disk refuses."""
    with path.open("r+b") as file:  # Windows flushes only what is open for writing
        os.fsync(file.fileno())


def replace_file(temporary: Path, target: Path) -> None:
    """os.replace, patient on Windows, where a virus scanner may hold the file for a moment."""
    tries = 6 if os.name == "nt" else 1
    for left in reversed(range(tries)):
        try:
            os.replace(temporary, target)  # noqa: PTH105  (tests make this very call fail)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(0.05)


def flush_folder(folder: Path) -> None:
    """Sees to it that the names in a folder outlive a power cut. OSError where the disk refuses."""
    if os.name == "nt":
        return  # a folder cannot be opened there; NTFS journals the rename
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (
            errno.EINVAL,
            errno.ENOTSUP,
        ):  # network file systems know no such flush
            raise
    finally:
        os.close(descriptor)


def _is_about(error: OSError, target: Path, temporary: Path) -> bool:
    """Whether the error is of this write, not of another file the block was reading."""
    files = cast("tuple[str | None, str | None]", (error.filename, error.filename2))
    named = [os.fspath(name) for name in files if name is not None]
    ours = {os.fspath(target), os.fspath(temporary), os.fspath(target.parent)}
    ours.update(os.fspath(parent) for parent in target.parent.parents)
    return not named or any(name in ours for name in named)


def _explained(error: OSError, target: Path) -> StudioError:
    if error.errno in _FULL:
        return StudioError(
            "The disk is full",
            f"{named(target)} could not be written and was left as it was",
            "Free some space, or choose another disk.",
        )
    if error.errno in _FORBIDDEN:
        return StudioError(
            "Not allowed to write there",
            named(target),
            "Choose another folder, or change its permissions.",
        )
    if error.errno == errno.ENAMETOOLONG:
        return StudioError("That name is too long", named(target), "Choose a shorter one.")
    if isinstance(error, IsADirectoryError) or target.is_dir():
        return StudioError("That is a folder, not a file", named(target), "Add a file name.")
    if isinstance(error, NotADirectoryError | FileExistsError):
        return StudioError(
            "Part of the path is a file, not a folder", named(target), "Choose another folder."
        )
    return StudioError(
        "Could not write the file",
        f"{named(target)}: {reason_of(error)}",
        "Check the disk, or choose another folder.",
    )
