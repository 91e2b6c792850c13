"""A folder of work: what was drawn, and what was made of it.

`journal.sqlite` has the document and says which pictures and runs there are, stars, the model; `pictures/*.png` with
their recipes and `runs/*.json` are written once and never changed. The journal may name one that is not there yet when
the power goes; and what lies there unnamed was written just before that moment, and belongs to it.

Earlier releases had `document.json`, `tiles/` and `session.json` in its place. They are read, and go when the journal
has all of it on the disk; a `session.json` stays that tells those releases to leave the folder alone.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.document.store.finished import Row
from studio_app.document.store.folder_reading import names, read_results, unused
from studio_app.document.store.journal import Journal
from studio_app.document.store.results_files import (
    picture_entry,
    picture_name,
    run_name,
    save_picture,
    save_run,
)
from studio_app.document.store.sessions import (
    CLEAN,
    FORMAT,
    GLANCE,
    MAX_BYTES,
    NAME,
    ROOMS,
    SAVED_RUNS,
    STATE,
    Results,
    SavedSession,
)
from studio_app.document.store.tile_files import ROOM

log = logging.getLogger(__name__)


class SessionWriter:
    """Writes one folder. It deletes only what it has itself named as its own before, and `superseded`.

    `commit` and `close` from one thread at a time, `store` and `flush` from others, also meanwhile.
    """

    def __init__(
        self, folder: Path, superseded: Collection[str] = (), rescued: Collection[str] = ()
    ) -> None:
        """rescued: runs of finished pictures that the journal has and that have files, too."""
        self.folder = folder
        self._journal = Journal(folder)
        self._superseded = tuple(superseded)
        self._marked = False
        self._kept: set[str] = set()
        """Runs whose finished pictures are in the journal."""
        self._rescued = set(rescued)
        self._closed = False
        self._stored = {f"{room}/{name}" for room in ROOMS for name in names(folder / room)}
        self._odd: set[str] = set()
        self._held: set[str] = set()
        """Files of what this run has in its hands, or had at the last commit."""
        self._fresh: set[str] = set()
        """Files that this run has written, of which some may have been let go of meanwhile."""
        self._said: tuple[object, ...] = ()
        self._texts: dict[str, str] = {}

    def write(self, saved: SavedSession, *, clean: bool) -> None:
        """All of it, onto the disk, what was drawn and typed first: files of pictures may take a while, and none goes
        before the others are there. StudioError where that refuses; what was there stays readable."""
        self._closed = False
        self._journal.commit(saved.document, self._texts_of(saved, clean=False), durable=False)
        self.store(saved)
        self.commit(saved, clean=clean, durable=True)

    def store(self, saved: SavedSession) -> None:
        """The files of pictures and runs that are not there yet."""
        for picture in saved.pictures:
            name = picture_name(picture.id)
            self._store("pictures", name, lambda f, p=picture: save_picture(f, p))
        for run in saved.runs[-SAVED_RUNS:]:
            self._store("runs", run_name(run.id), lambda f, r=run: save_run(f, r))

    def commit(self, saved: SavedSession, *, clean: bool, durable: bool) -> None:
        """What was drawn, and what there is of the rest, into the journal. durable: onto the disk, and all before it.
        StudioError where that refuses."""
        self._closed = False
        texts = self._texts_of(saved, clean)
        self._journal.commit(saved.document, texts, durable=durable)
        if durable and not self._marked:
            self._mark()
        held = {f"pictures/{picture_name(picture.id)}" for picture in saved.pictures}
        held |= {f"runs/{run_name(run.id)}" for run in saved.runs[-SAVED_RUNS:]}
        self._forget((self._held | self._fresh) - held)
        self._held = held
        self._let_go(saved, clean)

    def flush(self) -> bool:
        """As of `Journal.flush`; the folder says then that it is one."""
        if not self._journal.flush():
            return False
        with contextlib.suppress(StudioError):  # the durable commit says it
            if not self._marked:
                self._mark()
            return True
        return False

    def advance(self, saved: SavedSession, seconds: float) -> bool:
        """Takes so long to store what a large edit has made; whether a `commit` would be quick now. Where not, what
        else was drawn meanwhile is committed. StudioError as of `commit`."""
        self._closed = False
        if self._journal.store_ahead(saved.document, seconds):
            return True
        self._journal.commit_beside(saved.document, self._texts_of(saved, clean=False))
        return False

    def keep(self, row: Row) -> None:
        """A picture that is about to be shown, into the journal. StudioError where that refuses. Nothing after
        `close`: the folder may be another's."""
        if not self._closed:
            self._journal.keep(row)
            self._kept.add(row[0])

    def close(self) -> None:
        """Nothing more is to be written for now; the journal is one file then, no larger than it has to be."""
        self._closed = True
        self._journal.close(compact=True)

    def _let_go(self, saved: SavedSession, clean: bool) -> None:
        """The journal's own pictures go when they have arrived, and are in files or not wanted. What was taken out of
        the history before anybody came by is known by a younger one that has arrived (names of runs are their times),
        or by a clean end."""
        if not self._kept and not self._rescued:
            return
        waiting = {
            picture.run for picture in saved.pictures
            if f"pictures/{picture_name(picture.id)}" not in self._stored
        }  # fmt: skip
        arrived = {run.id for run in saved.runs} | {picture.run for picture in saved.pictures}
        newest = max(arrived, default="")
        settled = {run for run in self._kept if clean or run in arrived or run < newest}
        gone = (settled - waiting) | self._rescued
        if gone:
            self._journal.let_go(gone)
            self._kept -= gone
            self._rescued.clear()

    def _texts_of(self, saved: SavedSession, clean: bool) -> dict[str, str]:
        """Only made anew where something is other than at the last commit."""
        results = (saved.pictures, saved.runs, saved.live, saved.model, saved.unread, saved.tie)
        said = (*results, saved.document)
        if said != self._said:
            alike = self._said[:-1] == results
            state = self._texts[STATE] if alike else _state_text(self.folder, saved)
            prompt = saved.document.settings.prompt
            drawn = any(not node.untouched for node in saved.document.stack.nodes())
            glance = {"prompt": prompt, "drawn": drawn, "file": _file_of(saved)}
            self._texts = {STATE: state, GLANCE: json.dumps(glance)}
            self._said = said
        return {**self._texts, CLEAN: json.dumps(clean)}

    def _mark(self) -> None:
        """The journal is on the disk: from now on it is what counts here."""
        write_text_atomic(self.folder / NAME, json.dumps({"format": FORMAT}))
        for name in self._superseded:
            with contextlib.suppress(OSError):
                (self.folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (self.folder / ROOM).rmdir()
        self._marked, self._superseded = True, ()

    def hold(self, results: Results) -> None:
        """These were read from this folder, whole: where they are let go of, their files go."""
        self._held |= {f"pictures/{picture_name(picture.id)}" for picture in results.pictures}
        self._held |= {f"runs/{run_name(run.id)}" for run in results.runs}

    def _store(self, room: str, name: str, save: Callable[[Path], None]) -> None:
        """The file is written if it is not there. What can't be written for a fault of its own, not the disk's, keeps
        nothing else from being saved."""
        path = f"{room}/{name}"
        if path not in self._stored and path not in self._odd:
            try:
                save(self.folder / room)
            except StudioError:
                raise
            except Exception:
                log.exception("%s can't be saved", name)
                self._odd.add(path)
                return
            self._stored.add(path)
            self._fresh.add(path)

    def _forget(self, gone: set[str]) -> None:
        """What gallery and run store let go of."""
        for name in gone:
            with contextlib.suppress(OSError):
                (self.folder / name).unlink(missing_ok=True)
                self._stored.discard(name)
                self._fresh.discard(name)


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
        folder = unused(parent, name, "")
        folder.mkdir()
    except OSError as error:
        raise StudioError(
            "Can't save there", f"{parent}: {error.strerror or error}", "Choose another folder."
        ) from error
    writer = SessionWriter(folder)
    try:
        writer.write(saved, clean=True)
    finally:
        writer.close()
    return folder


def _file_of(saved: SavedSession) -> str:
    return "" if saved.tie is None else str(saved.tie.path)


def _state_text(folder: Path, saved: SavedSession) -> str:
    unread = saved.unread
    stays = unread if unread is not None and unread.folder == folder else None
    state: dict[str, Any] = {
        "live": saved.live,
        "model": saved.model,
        "pictures": [
            *(dict(entry) for entry in (stays.pictures if stays else ())),
            *(picture_entry(picture) for picture in saved.pictures),
        ],
        "runs": [
            *(stays.runs if stays else ()),
            *(run_name(run.id) for run in saved.runs[-SAVED_RUNS:]),
        ],
    }
    if saved.tie is not None:
        state["file"] = saved.tie.to_dict()
    text = json.dumps(state, allow_nan=False)
    if len(text) > MAX_BYTES:
        raise StudioError("The session is too large to be saved", f"{len(text) >> 20} MiB")
    return text
