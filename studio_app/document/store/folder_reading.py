"""A folder of work is read: the journal, or what earlier releases had in its place; then pictures and runs."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json
from studio_app.core.reading import NoSuchFile, read_bytes
from studio_app.document.document import Document
from studio_app.document.results import Picture, RunRecord
from studio_app.document.store import journal
from studio_app.document.store.documents import NAME as DOCUMENT
from studio_app.document.store.documents import Newer, read_document
from studio_app.document.store.results_files import read_picture, read_run
from studio_app.document.store.sessions import (
    CLEAN,
    FORMAT,
    MAX_BYTES,
    NAME,
    ROOMS,
    STATE,
    Contents,
    Results,
    Unread,
)
from studio_app.document.store.tile_files import Broken, TileFiles, of_the_system, plain_name

log = logging.getLogger(__name__)

MAX_STRAYS = 200
"""Of what lies in a room unnamed, the newest so many are taken in; a kill leaves a handful at most."""
UNREADABLE = "unreadable"
"""Folder, in a folder of work, of single pictures and runs that can't be read."""

Result = TypeVar("Result", Picture, RunRecord)


def read_folder(folder: Path) -> Contents:
    """All but the results, which may take long. StudioError where the system does not give it, or a newer
    Underpaint wrote it: nothing may be changed there then."""
    try:
        with journal.reading(folder) as pages:
            state = None if pages is None else pages.state(STATE)
            if pages is not None and state is not None:
                return _journalled(folder, pages, state)
    except Broken as fault:
        return Contents(None, None, _unread(folder, {}), fault=fault)
    return _older(folder)


def _journalled(folder: Path, pages: journal.Pages, text: str) -> Contents:
    fault: Broken | None = None
    document: Document | None = None
    state: Mapping[str, Any] | None = None
    try:
        document = pages.document()
    except Broken as error:
        fault = error
    try:
        state = {**_state_of(text, journal.NAME), "clean": pages.state(CLEAN) == "true"}
    except Broken as error:
        fault = fault or error
    return Contents(document, state, _unread(folder, state or {}), fault=fault)


def _older(folder: Path) -> Contents:
    """As earlier releases left it, or a copy that one of them saved."""
    fault: Broken | None = None
    document: Document | None = None
    state: Mapping[str, Any] | None = None
    files = TileFiles(folder)
    try:
        document = read_document(folder, files)
    except Broken as error:
        fault = error
    try:
        state = _read_state(folder)
    except Broken as error:
        fault = fault or error
    superseded = (DOCUMENT, *sorted(files.names)) if document is not None else ()
    return Contents(document, state, _unread(folder, state or {}), superseded, fault)


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """The files of the pictures of a folder of work, oldest first, also while a studio has it. StudioError as of
    `read_folder`."""
    entries = read_folder(folder).unread.pictures
    return tuple(folder / "pictures" / str(entry["file"]) for entry in entries)


def read_results(unread: Unread) -> Results:
    """Whatever can be read; what the system does not give now is left for another time."""
    results = Results([], [], [])
    for entry in unread.pictures:
        path = unread.folder / "pictures" / str(entry["file"])
        picture = _read(path, lambda path=path, entry=entry: read_picture(path, entry), results)
        if picture is not None:
            results.pictures.append(picture)
    for name in unread.runs:
        path = unread.folder / "runs" / name
        run = _read(path, lambda path=path: read_run(path), results)
        if run is not None:
            results.runs.append(run)
    return results


def keep_aside(broken: list[Path]) -> Path | None:
    """Moves single files into a folder beside their rooms; returns it, or None where nothing could be moved."""
    moved: Path | None = None
    for path in broken:
        aside = path.parents[1] / UNREADABLE
        with contextlib.suppress(OSError):
            aside.mkdir(exist_ok=True)
            path.rename(unused(aside, path.stem, path.suffix))
            moved = aside
    return moved


def some_broken(count: int, where: Path) -> StudioError:
    things = "A picture or a run" if count == 1 else f"{count} pictures or runs"
    return StudioError(f"{things} of your last work can't be read", "", f"Kept in {where}")


def _unread(folder: Path, state: Mapping[str, Any]) -> Unread:
    """What is named, and what lies there unnamed, by age."""
    pictures: dict[str, Mapping[str, Any]] = {}
    for entry in _list(state.get("pictures")):
        if isinstance(entry, Mapping):
            named = cast("Mapping[str, Any]", entry)
            with contextlib.suppress(ValueError):
                pictures[plain_name(named.get("file"))] = named
    runs: list[str] = []
    for name in _list(state.get("runs")):
        with contextlib.suppress(ValueError):
            runs.append(plain_name(name))
    here = {room: names(folder / room) for room in ROOMS}
    strays = [name for name in here["pictures"] if name not in pictures][-MAX_STRAYS:]
    ordered = [pictures[name] for name in pictures if name in here["pictures"]]
    if strays:
        ordered = sorted([*ordered, *({"file": name} for name in strays)], key=_age)
    kept = [name for name in runs if name in here["runs"]]
    loose = [name for name in here["runs"] if name not in runs][-MAX_STRAYS:]
    return Unread(folder, tuple(ordered), tuple(sorted([*kept, *loose]) if loose else kept))


def _age(entry: Mapping[str, Any]) -> str:
    return str(entry.get("file"))


def names(room: Path) -> list[str]:
    """The files of a room; none where there is none, or the system does not tell."""
    suffix = ".png" if room.name == "pictures" else ".json"
    try:
        found = [path.name for path in room.iterdir() if path.suffix == suffix]
    except OSError:
        return []
    return sorted(name for name in found if not name.startswith("."))


def _read_state(folder: Path) -> Mapping[str, Any] | None:
    path = folder / NAME
    try:
        text = read_bytes(path, MAX_BYTES)
    except NoSuchFile:
        return None
    except StudioError as error:
        if of_the_system(error):
            raise
        raise Broken.of(error) from error
    state = _state_of(text, NAME)
    layout = state.get("format", 1)
    if layout == FORMAT:
        raise Broken(f"{journal.NAME} is missing", f"it was in {folder}")
    if type(layout) is int and layout > FORMAT:
        raise Newer(
            f"{NAME} is of a newer Underpaint",
            f"format {layout}, and this one reads {FORMAT}",
            "Open it with the Underpaint that wrote it.",
        )
    return state


def _state_of(text: str | bytes, what: str) -> dict[str, Any]:
    try:
        value: Any = parse_json(text, what, MAX_BYTES)
    except StudioError as error:
        raise Broken.of(error) from error
    if not isinstance(value, dict):
        raise Broken(f"{what} is broken", "it is not a JSON object")
    return cast("dict[str, Any]", value)


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def unused(folder: Path, stem: str, suffix: str) -> Path:
    """A name that nothing has yet."""
    path = folder / f"{stem}{suffix}"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}{suffix}"
        number += 1
    return path


def _read(path: Path, read: Callable[[], Result], results: Results) -> Result | None:
    try:
        return read()
    except NoSuchFile:
        return None
    except Exception as error:  # whatever a file makes our code do, it is that file's
        log.info("%s can't be read: %s", path, error)
        if not of_the_system(error):
            results.broken.append(path)
        return None
