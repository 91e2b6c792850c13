"""A folder of work: the document, and what was made of it.

`document.json` and its tiles, `session.json` (which pictures and runs there are, stars, the model),
`pictures/*.png` with their recipes and `runs/*.json`. Pictures and runs are written once and never changed; the
small files are replaced. `session.json` is written last, so that whatever moment the power goes, it names only
what is there. What lies there unnamed was written just before that moment, and belongs to it.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import parse_json
from studio_app.core.reading import NoSuchFile, read_bytes
from studio_app.document.document import Document
from studio_app.document.results import Picture, RunRecord
from studio_app.document.store.documents import Newer, read_document, write_document
from studio_app.document.store.results_files import (
    picture_entry,
    picture_name,
    read_picture,
    read_run,
    run_name,
    save_picture,
    save_run,
)
from studio_app.document.store.tile_files import Broken, TileFiles, of_the_system, plain_name

log = logging.getLogger(__name__)

FORMAT = 1
NAME = "session.json"
MAX_BYTES = 64 << 20
SAVED_RUNS = 30
MAX_STRAYS = 200
"""Of what lies in a room unnamed, the newest so many are taken in; a kill leaves a handful at most."""
UNREADABLE = "unreadable"
"""Folder, in a folder of work, of single pictures and runs that can't be read."""

Result = TypeVar("Result", Picture, RunRecord)


@dataclass(frozen=True)
class Unread:
    """Results that lie in files and were not read yet, oldest first. pictures: what `session.json` says of each;
    runs: file names."""

    folder: Path
    pictures: tuple[Mapping[str, Any], ...] = ()
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedSession:
    """What is saved. unread: results that are older than `pictures` and `runs`, and stay where they are."""

    document: Document
    live: bool
    model: str
    pictures: tuple[Picture, ...] = ()
    runs: tuple[RunRecord, ...] = ()
    unread: Unread | None = None


@dataclass(frozen=True)
class Contents:
    """What was read of a folder. document, state: None where there was none, or it is broken: then `fault` says
    why. files: knows which tiles are in the folder."""

    document: Document | None
    state: Mapping[str, Any] | None
    unread: Unread
    files: TileFiles
    fault: Broken | None = None

    @property
    def live(self) -> bool:
        return bool((self.state or {}).get("live", True))

    @property
    def model(self) -> str:
        return str((self.state or {}).get("model", ""))

    @property
    def unclean(self) -> bool:
        """Whether the studio that wrote it did not come to its end."""
        return not (self.state or {}).get("clean", False)

    @property
    def empty(self) -> bool:
        return self.document is None and not self.unread.pictures and not self.unread.runs


@dataclass(frozen=True)
class Results:
    """Pictures and runs that were read, oldest first, and the files of those that are broken."""

    pictures: list[Picture]
    runs: list[RunRecord]
    broken: list[Path]


class SessionWriter:
    """Writes one folder, from one thread at a time. It deletes only what it has itself named as its own before."""

    def __init__(self, folder: Path, files: TileFiles | None = None) -> None:
        self.folder = folder
        self._files = files or TileFiles(folder)
        self._document: Document | None = None
        self._stored = {f"{room}/{name}" for room in ROOMS for name in _names(folder / room)}
        self._held: set[str] = set()
        """Files of what this run has in its hands, or had at the last save."""
        self._text = ""

    def write(self, saved: SavedSession, *, clean: bool) -> None:
        """StudioError where the disk refuses; what was there stays readable."""
        if self._document is not saved.document:
            write_document(saved.document, self.folder, self._files)
            self._document = saved.document
        unread = saved.unread
        stays = unread if unread is not None and unread.folder == self.folder else None
        pictures = [
            picture for picture in saved.pictures
            if self._store("pictures", picture_name(picture.id), lambda f, p=picture: save_picture(f, p))
        ]  # fmt: skip
        runs = [
            run for run in saved.runs[-SAVED_RUNS:]
            if self._store("runs", run_name(run.id), lambda f, r=run: save_run(f, r))
        ]  # fmt: skip
        state: dict[str, Any] = {
            "format": FORMAT,
            "clean": clean,
            "live": saved.live,
            "model": saved.model,
            "pictures": [
                *(dict(entry) for entry in (stays.pictures if stays else ())),
                *(picture_entry(picture) for picture in pictures),
            ],
            "runs": [*(stays.runs if stays else ()), *(run_name(run.id) for run in runs)],
        }
        text = json.dumps(state, allow_nan=False)
        if text != self._text:
            write_text_atomic(self.folder / NAME, text, _opens_again)
            self._text = text
        held = {f"pictures/{picture_name(picture.id)}" for picture in pictures}
        held |= {f"runs/{run_name(run.id)}" for run in runs}
        self._forget(self._held - held)
        self._held = held

    def hold(self, results: Results) -> None:
        """These were read from this folder, whole: where they are let go of, their files go."""
        self._held |= {f"pictures/{picture_name(picture.id)}" for picture in results.pictures}
        self._held |= {f"runs/{run_name(run.id)}" for run in results.runs}

    def _store(self, room: str, name: str, save: Callable[[Path], None]) -> bool:
        """Whether the file is there: it is written if it was not. What can't be written for a fault of its own,
        not the disk's, keeps nothing else from being saved."""
        if f"{room}/{name}" not in self._stored:
            try:
                save(self.folder / room)
            except StudioError:
                raise
            except Exception:
                log.exception("%s can't be saved", name)
                return False
            self._stored.add(f"{room}/{name}")
        return True

    def _forget(self, names: set[str]) -> None:
        """What gallery and run store let go of."""
        for name in names:
            with contextlib.suppress(OSError):
                (self.folder / name).unlink(missing_ok=True)
                self._stored.discard(name)


def read_folder(folder: Path) -> Contents:
    """All but the results, which may take long. StudioError where the system does not give it, or a newer
    Underpaint wrote it: nothing may be changed there then."""
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
    return Contents(document, state, _unread(folder, state or {}), files, fault)


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
            path.rename(_unused(aside, path.stem, path.suffix))
            moved = aside
    return moved


def write_copy(saved: SavedSession, parent: Path, name: str) -> Path:
    """All of it into a new folder in `parent`, which it returns. StudioError where the disk refuses."""
    if saved.unread is not None:
        older = read_results(saved.unread)
        saved = replace(
            saved,
            pictures=(*older.pictures, *saved.pictures),
            runs=(*older.runs, *saved.runs),
            unread=None,
        )
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = _unused(parent, name, "")
        folder.mkdir()
    except OSError as error:
        raise StudioError(
            "Can't save there", f"{parent}: {error.strerror or error}", "Choose another folder."
        ) from error
    SessionWriter(folder).write(saved, clean=True)
    return folder


ROOMS = ("pictures", "runs")


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
    here = {room: _names(folder / room) for room in ROOMS}
    strays = [name for name in here["pictures"] if name not in pictures][-MAX_STRAYS:]
    ordered = [pictures[name] for name in pictures if name in here["pictures"]]
    if strays:
        ordered = sorted([*ordered, *({"file": name} for name in strays)], key=_age)
    kept = [name for name in runs if name in here["runs"]]
    loose = [name for name in here["runs"] if name not in runs][-MAX_STRAYS:]
    return Unread(folder, tuple(ordered), tuple(sorted([*kept, *loose]) if loose else kept))


def _age(entry: Mapping[str, Any]) -> str:
    return str(entry.get("file"))


def _names(room: Path) -> list[str]:
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
        value: Any = parse_json(read_bytes(path, MAX_BYTES), NAME, MAX_BYTES)
    except NoSuchFile:
        return None
    except StudioError as error:
        if of_the_system(error):
            raise
        raise Broken.of(error) from error
    if not isinstance(value, dict):
        raise Broken(f"{NAME} is broken", "it is not a JSON object")
    state = cast("dict[str, Any]", value)
    layout = state.get("format", FORMAT)
    if type(layout) is int and layout > FORMAT:
        raise Newer(
            f"{NAME} is of a newer Underpaint",
            f"format {layout}, and this one reads {FORMAT}",
            "Open it with the Underpaint that wrote it.",
        )
    return state


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


def _opens_again(written: Path) -> bool:
    try:
        parse_json(read_bytes(written, MAX_BYTES), NAME, MAX_BYTES)
    except StudioError as error:
        raise StudioError("The session is too large to be saved", error.detail) from error
    return True


def _unused(folder: Path, stem: str, suffix: str) -> Path:
    """A name that nothing has yet."""
    path = folder / f"{stem}{suffix}"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}{suffix}"
        number += 1
    return path


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
