"""The file that the work belongs to: new, open, save. Between saves the journal has all of it.

There is no question about unsaved changes: whatever is left, by a new drawing, another file or the end, stays in its
folder of work, and comes back with its file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.core.locks import FileLock
from studio_app.document.document import Document
from studio_app.document.store import opening, recent
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_writing import Manner, Stopped
from studio_app.document.store.saving import (
    SUFFIX,
    ChangedOnDisk,
    Version,
    caught_up,
    save_file,
    versions_of,
)
from studio_app.document.store.sessions import Contents
from studio_app.document.store.slots import Slot, claim, claim_copy
from studio_app.document.store.ties import Tie, alike, digest_of, lock_of, same_file
from studio_app.session.autosave import Autosaver
from studio_app.session.changing import WorkChanger
from studio_app.session.io_worker import IoWorker
from studio_app.session.notices import Notice, read_only_notice, unsaved_notice
from studio_app.session.saves import Saves, elsewhere, not_its_file

ABOUT, ABOUT_OPEN = "file", "open file"
"""What errors are about."""


class Desk(Protocol):
    """What files do to the rest of a studio."""

    def settle_down(self) -> None:
        """Ends what is half done: a stroke, a run."""

    def show(self, found: Contents) -> None:
        """Other work is on the desk now."""


class Files(QObject):
    """Window's thread; what waits for disks is the saver's and the reader's.

    home: the user's folder; None: nothing is kept between starts, and files can be saved all the same.
    """

    message = Signal(object)
    settled = Signal(str)
    changed = Signal()
    """`path`, `modified`, `read_only` or `recent` may be others."""
    progressed = Signal(float)
    """As of `Saves`."""
    overwriting = Signal(object)
    """ChangedOnDisk: whether to save all the same; `save_anyway` does."""

    def __init__(
        self,
        autosaver: Autosaver,
        changer: WorkChanger,
        saves: Saves,
        saver: IoWorker,
        reader: IoWorker,
        document: Callable[[], Document],
        desk: Desk,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._autosaver, self._changer = autosaver, changer
        self._saves, self._saver, self._reader = saves, saver, reader
        self._document, self._desk = document, desk
        self._cache = OraCache()
        """Another one with each work on the desk: what was asked of one is not done to the next."""
        self._lock: FileLock | None = None
        self._saved: Document | None = None
        """The document that is in the file."""
        self._asked: tuple[OraCache, Path] | None = None
        """The work and the file that `overwriting` was about last."""
        self.tie: Tie | None = None
        self.read_only = False
        self.recent: tuple[Path, ...] = ()
        saves.progressed.connect(self.progressed)

    # ---- what is so ----

    @property
    def path(self) -> Path | None:
        return None if self.tie is None else self.tie.path

    @property
    def saving(self) -> bool:
        return self._saves.saving

    @property
    def modified(self) -> bool:
        """Whether the file has something else; of work without a file, whether anything is drawn."""
        document = self._document()
        if self.tie is None:
            return any(not node.untouched for node in document.stack.nodes())
        return self._saved is None or not alike(self._saved, document)

    def versions(self) -> tuple[Version, ...]:
        """Earlier versions of the file, the youngest first. In the reader's thread."""
        return () if self.tie is None else versions_of(self.tie.path)

    # ---- other work ----

    def start(self) -> None:
        home = self._autosaver.home
        if home is not None:
            self._reader.submit(lambda: recent.read_recent(home), self._take_recent)

    def new(self) -> None:
        """An empty drawing; that of now stays in its folder."""
        self._change(self.tr("New drawing"), opening.claim_new, opening.nothing)

    def open(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """A drawing in its file, then `then`; that of now stays in its folder, or here, if it is of that file and
        nobody else has written it."""
        path, tie = path.absolute(), self.tie
        if tie is None or not tie.drawn or self.read_only or not same_file(tie.path, path):
            self._open(path, then)
            return

        def looked(same: bool) -> None:
            if same and tie is self.tie:
                self._tell_of_unsaved()
                if then is not None:
                    then()
            else:
                self._open(path, then)

        self._reader.submit(lambda: opening.still_tied(tie), looked)

    def _open(self, path: Path, then: Callable[[], object] | None) -> None:
        self._change(
            self._opening(path),
            lambda home, live: opening.claim_file(home, path, live),
            lambda live: opening.read_contents(path, live),
            path,
            then,
        )

    def open_as_saved(self) -> None:
        """The file as it lies on the disk; unsaved changes stay in their folder."""
        path = self.path
        if path is not None:
            self._change(
                self._opening(path),
                lambda home, live: opening.claim_saved(home, path, live),
                lambda live: opening.read_contents(path, live),
                path,
            )

    def open_version(self, version: Path) -> None:
        """An earlier version of the file, as it was; saving makes it the file again."""
        of = self.path
        if of is not None:
            self._change(
                self._opening(version),
                lambda home, live: opening.claim_saved(home, version, live, of),
                lambda live: opening.read_contents(version, live, of),
                version,
            )

    def open_work(self, folder: Path) -> None:
        """Work in a folder of `waiting`, which becomes ours, or in a copy that was saved anywhere, which stays."""

        def take(home: Path, live: bool) -> Slot:
            inside = folder.parent == home / "sessions"
            return claim(folder) if inside else claim_copy(home, folder)

        self._change(self.tr("Opening earlier work"), take, None)

    def give_up(self) -> None:
        """What is on its way does not come: the work of now stays."""
        self._changer.give_up()

    def adopt(self, found: Contents) -> None:
        """The work on the desk is this; its file, if it has one, is ours as long as nobody else has it."""
        document, tie = self._document(), found.tie
        self._cache = OraCache()
        drawn = digest_of(document) if tie is not None else ""
        self._tie_to(tie)
        self._saved = document if tie is not None and tie.drawn == drawn else None
        if tie is not None and self._saved is None:
            self._reader.submit(
                lambda: caught_up(tie, drawn), lambda now: self._caught_up(tie, now, document)
            )
        for note in found.notes:
            self.message.emit(Notice(note, "", "opened", stays=True))
        self.changed.emit()

    # ---- saving ----

    def save(self) -> None:
        """Into the file of the work; StudioError as a message where there is none that may be written."""
        self._when_idle(self._save)

    def save_anyway(self) -> None:
        """As `save`, whoever has written the file meanwhile: after `overwriting`, whose file and work it is about. A
        StudioError as a message where that is not the work on the desk any more, or not in that file."""
        asked, self._asked = self._asked, None
        if asked is not None:
            self._saves.when_idle(lambda: self._overwrite(*asked))

    def save_as(self, path: Path) -> None:
        """Into another file, which is the work's from then on."""
        path = path.absolute()
        if path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        self._when_idle(lambda: self._save_as(path))

    def cancel(self) -> None:
        """The save that is under way: the file stays as it was."""
        self._saves.cancel()

    def clear_recent(self) -> None:
        home = self._autosaver.home
        if home is not None:
            self._saver.submit(lambda: recent.clear_recent(home), self._take_recent, self._say)

    def leave(self) -> None:
        """Lets go of the file."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    # ---- inside ----

    def _when_idle(self, then: Callable[[], object]) -> None:
        """After the save that is under way, unless other work is on the desk by then."""
        work = self._cache
        self._saves.when_idle(lambda: then() if work is self._cache else None)

    def _save(self) -> None:
        if self.tie is None:
            self._say(StudioError("The drawing has no file yet", "", "Save it under a name."))
        elif self.read_only:
            self._say(elsewhere(self.tie.path))
        else:
            self._write(self.tie.path, self.tie)

    def _overwrite(self, work: OraCache, path: Path) -> None:
        if work is self._cache and path == self.path:
            self._write(path, None)
        else:
            self._say(not_its_file(path))

    def _save_as(self, path: Path) -> None:
        lock = (self._lock if same_file(path, self.path) else None) or self._locked(path)
        if lock is None:
            self._say(elsewhere(path))
        else:
            self._write(path, None, lock)

    def _write(self, path: Path, tie: Tie | None, lock: FileLock | None = None) -> None:
        """tie: what lies there if nobody else has written it; None: whatever lies there. lock: of a file that becomes
        the work's."""
        saved, work = self._autosaver.taken(), self._cache

        def save(how: Manner) -> Tie:
            return save_file(path, saved, work, how, tie=tie, anyway=tie is None)

        def done(now: Tie) -> None:
            if work is self._cache:
                if lock is not None and lock is not self._lock:
                    self.leave()
                    self._lock, self.read_only = lock, False
                self.tie, self._saved = now, saved.document
            else:  # the file is as it was asked for, and not of what is on the desk now
                let_go()
            self._saved_in(now.path)

        def failed(error: StudioError) -> None:
            let_go()
            if isinstance(error, ChangedOnDisk):
                self._asked = work, path
                self.give_up()  # other work does not come in the middle of a question
                self.overwriting.emit(error)
            elif isinstance(error, Stopped):
                self.message.emit(Notice(error.title, error.detail, "saved file"))
            else:
                self._say(error)

        def let_go() -> None:
            if lock is not None and lock is not self._lock:
                lock.release()

        self._saves.begin(save, done, failed)

    def _saved_in(self, path: Path) -> None:
        """The journal has the word of it soon."""
        self.settled.emit(ABOUT)
        said = self.tr("Saved {name}").format(name=path.name)
        self.message.emit(Notice(said, str(path.parent), "saved file"))
        self._remember(path)
        self._autosaver.touch()
        self.changed.emit()

    def _opening(self, path: Path) -> str:
        return self.tr("Opening {name}").format(name=path.name)

    def _change(
        self,
        text: str,
        claim: Callable[[Path, bool], Slot],
        read: Callable[[bool], Contents] | None,
        path: Path | None = None,
        then: Callable[[], object] | None = None,
    ) -> None:
        """Other work. claim: its folder, in the user's. read: instead, where nothing is kept. path: of the file that it
        is read from."""
        home = self._autosaver.home
        self.settled.emit(ABOUT_OPEN)

        def shown(found: Contents) -> None:
            was = self._kept_back()
            self._desk.show(found)
            self.adopt(found)
            if path is not None and self.path is not None:
                self._remember(self.path)
            elif path is None and was:
                said = self.tr("Your last drawing is kept")
                self.message.emit(Notice(said, self.tr("It is in File > Earlier work."), "kept"))
            if then is not None:
                then()

        def failed(error: StudioError) -> None:
            self.message.emit(error.regarding(ABOUT_OPEN))

        self._desk.settle_down()
        live = self._autosaver.taken().live
        if home is not None:
            self._changer.change(text, lambda: claim(home, live), shown, failed)
        elif read is not None:
            self._changer.change(text, lambda: read(live), shown, failed)

    def _kept_back(self) -> bool:
        """Whether what is left now is nowhere but in its folder of work."""
        return self.modified and self._autosaver.home is not None

    def _tell_of_unsaved(self) -> None:
        if self.modified and self.tie is not None and self.tie.drawn:
            self.message.emit(unsaved_notice(self.tie.path))

    def _tie_to(self, tie: Tie | None) -> None:
        self.leave()
        self.tie, self.read_only = tie, False
        if tie is not None:
            self._lock = self._locked(tie.path)
            self.read_only = self._lock is None
            if self.read_only:
                self.message.emit(read_only_notice(tie.path))

    def _locked(self, path: Path) -> FileLock | None:
        """None while another window has it. Where there are no locks, nobody can have one."""
        lock = lock_of(path)
        try:
            return lock if lock.acquire() else None
        except StudioError:
            return lock

    def _caught_up(self, asked: Tie, now: Tie, document: Document) -> None:
        """document: that was compared; something may have been drawn since."""
        if self.tie is not asked:
            return
        if now is asked:
            self._tell_of_unsaved()
        else:
            self.tie, self._saved = now, document
            self.changed.emit()

    def _remember(self, path: Path) -> None:
        home = self._autosaver.home
        if home is not None:
            # A list that can't be written is no reason to speak of a file that was.
            self._saver.submit(lambda: recent.add_recent(home, path), self._take_recent)

    def _take_recent(self, paths: tuple[Path, ...]) -> None:
        self.recent = paths
        self.changed.emit()

    def _say(self, error: StudioError) -> None:
        self.message.emit(error.regarding(ABOUT))
