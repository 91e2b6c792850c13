"""Whose work lies where: a folder and a lock per running studio, in `sessions/` of the user's folder.

A studio takes the work that was left last and that no living studio has, and goes on with it. The locks lie beside
the folders, so that a folder can be moved away whole.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from studio_app.core.errors import StudioError
from studio_app.core.files import remove_leftovers
from studio_app.core.jsons import parse_object, read_json
from studio_app.core.locks import FileLock
from studio_app.document.store import documents, journal, sessions
from studio_app.document.store.finished import rescue
from studio_app.document.store.folder_reading import read_folder
from studio_app.document.store.session_folder import SessionWriter
from studio_app.document.store.sessions import ROOMS, Contents, Unread
from studio_app.document.store.ties import same_file
from studio_app.document.store.tile_files import Broken

SLOTS = 999
PATIENCE_S = 0.4
"""So long a start waits for a lock that may be let go of; a second window starts so much later."""
_SLOT = re.compile(r"[1-9]\d{0,2}")


@dataclass(frozen=True)
class Slot:
    """A folder that is ours until `release`. contents: what was read there. problems: what could not be, here
    and in folders before it, and where it is now."""

    lock: FileLock
    writer: SessionWriter
    contents: Contents
    problems: tuple[StudioError, ...] = ()

    @property
    def folder(self) -> Path:
        return self.writer.folder

    def release(self) -> None:
        """Nobody may be writing any more."""
        self.writer.close()
        self.lock.release()


@dataclass(frozen=True)
class Waiting:
    """Work in a folder that no living studio has. unclean: its studio did not come to its end. changed: seconds
    since the epoch, of its last save. file: path of the one that it belongs to, or ""."""

    folder: Path
    unclean: bool
    changed: float
    prompt: str
    pictures: int
    file: str = ""


def claim_first(home: Path, *, patient: bool = True) -> Slot:
    """The free folder whose work was saved last, or where there is no work the first; only what can be read counts.
    patient: waits a little for the work that was saved last (`holder_of` says whose it is meanwhile). StudioError where
    nothing can be kept in `home`."""
    problems: list[StudioError] = []
    if patient:
        _be_patient(home)
    for lock, folder in _in_turn(home):
        try:
            return _opened(lock, folder, tuple(problems))
        except StudioError as error:
            lock.release()
            problems.append(_left_alone(folder, error))
    raise _no_room(home)


def claim_empty(home: Path) -> Slot:
    """The first free folder in which nothing is: for work that has begun already."""
    for lock, folder in _free(home):
        try:
            contents = read_folder(folder)
            if contents.empty and contents.fault is None:
                return Slot(lock, SessionWriter(folder, contents.superseded), contents)
        except StudioError:
            pass
        lock.release()
    raise _no_room(home)


def claim(folder: Path) -> Slot:
    """A certain folder of `waiting`. StudioError where another studio has it by now, or it can't be read."""
    lock = _lock_of(folder)
    if not lock.acquire():
        raise StudioError(
            "That work is open in another window", str(folder), "Close that window first."
        )
    try:
        return _opened(lock, folder, ())
    except BaseException:
        lock.release()
        raise


def claim_copy(home: Path, folder: Path) -> Slot:
    """The first free folder in which nothing is, for the work in a folder elsewhere, which stays as it is. StudioError
    where that holds none, or it can't be read."""
    contents = read_folder(folder)
    if contents.fault is not None:
        raise contents.fault
    if contents.empty:
        raise StudioError(
            "There is no work in that folder", str(folder), "Choose one that Underpaint has saved."
        )
    return replace(claim_empty(home), contents=replace(contents, superseded=()))


def with_file(home: Path, path: Path) -> Slot | None:
    """The folder that no living studio has and in which work on that file was left last; None where there is none, or
    it can't be read."""
    for work in waiting(home):
        if work.file and same_file(Path(work.file), path):
            with contextlib.suppress(StudioError):
                return claim(work.folder)
    return None


def waiting(home: Path) -> tuple[Waiting, ...]:
    """Work that no living studio has, the newest first. Never raises: what can't be looked at is left out."""
    found: list[Waiting] = []
    for folder in _folders(home):
        lock = _lock_of(folder)
        with contextlib.suppress(StudioError, OSError):
            if lock.acquire():
                seen = _looked_at(folder)
                if seen is not None:
                    found.append(seen)
        lock.release()
    return tuple(sorted(found, key=lambda work: -work.changed))


def newest(home: Path) -> Path | None:
    """The folder of the work that was saved last, also while a studio has it: only to read there. None where there is
    no work."""
    found: list[Waiting] = []
    for folder in _folders(home):
        with contextlib.suppress(StudioError, OSError):
            seen = _looked_at(folder)
            if seen is not None:
                found.append(seen)
    return max(found, key=lambda work: work.changed).folder if found else None


Holder = Literal["", "open", "leaving"]


def holder_of(folder: Path) -> Holder:
    """Who has a folder of work: nobody, a studio, or one that closes and lets go of it as soon as all is saved. Never
    raises."""
    lock, leaving = _lock_of(folder), leaving_lock(folder)
    with contextlib.suppress(StudioError):
        try:
            if not lock.acquire():
                return "open" if leaving.acquire() else "leaving"
        finally:
            leaving.release()
            lock.release()
    return ""


def leaving_lock(folder: Path) -> FileLock:
    """Who has the folder holds this one too, once it closes."""
    return FileLock(folder.parent / f"{folder.name}.leaving")


def _be_patient(home: Path) -> None:
    """Waits a little for the work that was saved last: a studio that was killed, or that only looks what earlier work
    there is, lets go of it in a moment, and whoever did not wait would begin with nothing."""
    last = newest(home)
    if last is not None:
        lock = _lock_of(last)
        with contextlib.suppress(StudioError):
            lock.acquire(PATIENCE_S)
        lock.release()


def _folders(home: Path) -> list[Path]:
    """Of work, whoever has them; none where the system does not tell."""
    try:
        return [path for path in (home / "sessions").iterdir() if _SLOT.fullmatch(path.name)]
    except OSError:
        return []


def _in_turn(home: Path) -> Iterator[tuple[FileLock, Path]]:
    """All that are free, as of `_free`: those with work before the others, the newest work first."""
    seen: set[Path] = set()
    for work in waiting(home):
        lock = _lock_of(work.folder)
        if lock.acquire():
            seen.add(work.folder)
            yield lock, work.folder
    for lock, folder in _free(home):
        if folder in seen:
            lock.release()  # it was of no use
        else:
            yield lock, folder


def _free(home: Path) -> Iterator[tuple[FileLock, Path]]:
    """Locked folders, one after the other; whoever takes none lets go of it."""
    for number in range(1, SLOTS + 1):
        folder = home / "sessions" / str(number)
        lock = _lock_of(folder)
        if lock.acquire():
            try:
                folder.mkdir(exist_ok=True)
            except OSError as error:
                lock.release()
                raise StudioError(
                    "The folder of your work can't be used",
                    f"{folder}: {error.strerror or error}",
                    "Check its permissions and its disk.",
                ) from error
            yield lock, folder


def _opened(lock: FileLock, folder: Path, problems: tuple[StudioError, ...]) -> Slot:
    """StudioError where the folder has to be left as it is."""
    rescued = rescue(folder)
    contents = read_folder(folder)
    if contents.fault is not None:
        aside = _set_aside(folder)
        fault = contents.fault
        said = StudioError(
            "A part of your last work can't be read",
            f"{fault.title}: {fault.detail}" if fault.detail else fault.title,
            f"All of it is kept in {aside}",
        )
        problems = (*problems, said)
        unread = Unread(aside, contents.unread.pictures, contents.unread.runs)
        contents = Contents(contents.document, contents.state, unread)
    else:
        for place in (folder, *(folder / room for room in ROOMS)):
            remove_leftovers(place)
    writer = SessionWriter(folder, contents.superseded, rescued)
    return Slot(lock, writer, contents, problems)


def _set_aside(folder: Path) -> Path:
    """Moves a folder away, whole, and puts an empty one in its place. StudioError where that can't be done."""
    day = time.strftime("%Y-%m-%d")
    for number in range(1, 1000):
        aside = folder.parent / f"unreadable-{day}-{number}"
        if aside.exists():
            continue
        try:
            folder.rename(aside)
            folder.mkdir()
        except OSError as error:
            raise StudioError(
                "Your last work can't be read", f"{folder}: {error.strerror or error}"
            ) from error
        return aside
    raise StudioError("Your last work can't be read", f"{folder}, like 999 others of today")


def _lock_of(folder: Path) -> FileLock:
    return FileLock(folder.parent / f"{folder.name}.lock")


def _left_alone(folder: Path, error: StudioError) -> StudioError:
    return StudioError(
        "Earlier work can't be opened",
        f"{error.title}: {error.detail}" if error.detail else error.title,
        f"It is as it was, in {folder}",
    )


def _no_room(home: Path) -> StudioError:
    return StudioError(
        "No folder is free for your work", f"{SLOTS} are taken in {home / 'sessions'}"
    )


def _looked_at(folder: Path) -> Waiting | None:
    """None where there is nothing worth coming back to."""
    names = (documents.NAME, sessions.NAME, journal.NAME, f"{journal.NAME}-wal")
    times = [path.stat().st_mtime for path in (folder / name for name in names) if path.exists()]
    if not times:
        return None
    prompt, drawn, clean, file = _glance(folder)
    pictures = sum(1 for _ in (folder / "pictures").glob("*.png"))
    if not (prompt or pictures or drawn):
        return None
    said = prompt if isinstance(prompt, str) else ""
    return Waiting(folder, not clean, max(times), said, pictures, file)


def _glance(folder: Path) -> tuple[Any, bool, bool, str]:
    """(its prompt, whether anything is drawn, whether it came to its end, its file), as far as one can tell without
    reading all of it."""
    with contextlib.suppress(Broken), journal.reading(folder) as pages:
        if pages is not None and (said := pages.state(sessions.GLANCE)) is not None:
            clean = pages.state(sessions.CLEAN) == "true"
            with contextlib.suppress(StudioError):
                glance = parse_object(said, journal.NAME)
                file = str(glance.get("file", ""))
                return glance.get("prompt"), bool(glance.get("drawn")), clean, file
            return "", True, clean, ""
    document, state = (_object(folder / name) for name in (documents.NAME, sessions.NAME))
    prompt = _part(document, "settings").get("prompt")
    return prompt, documents.draws(document), bool(state.get("clean", False)), ""


def _part(value: dict[str, Any], name: str) -> dict[str, Any]:
    part = value.get(name)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def _object(path: Path) -> dict[str, Any]:
    try:
        value: Any = read_json(path, max_bytes=sessions.MAX_BYTES)
    except StudioError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
