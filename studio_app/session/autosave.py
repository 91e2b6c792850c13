"""When the work is saved, and what becomes of it when it can't be. How it lies in files is `document/store`'s.

Every edit is in the journal within a blink, also in the middle of a stroke: a kill takes no more than that. Within a
second it is on the disk, where a power cut does not reach it. The window's thread takes a snapshot, which costs
nothing; the journal's thread writes what has changed. The files of pictures and runs, which take longer, are the
saver's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.results import Picture, RunRecord
from studio_app.document.store import slots
from studio_app.document.store.folder_reading import keep_aside, read_results, some_broken
from studio_app.document.store.session_folder import SessionWriter, write_copy
from studio_app.document.store.sessions import Contents, Results, SavedSession, Unread
from studio_app.document.store.slots import Slot, Waiting
from studio_app.session.io_worker import IoWorker
from studio_app.session.safety import Safety, Saving
from studio_app.session.storing import Storing
from studio_app.session.succession import Leaving
from studio_app.session.timers import single_shot, start_since

LONGEST_S = 0.02
"""So long an edit waits until it is written into the journal, together with others of that time."""
DURABLE_S = 0.8
"""So long what is in the journal may wait until it is on the disk."""
FLUSH_S = 5.0
"""So long the disk may take while the journal goes on; then that waits too, and says where it does not answer."""
RETRY = 25.0
"""Times `LONGEST_S`, after a save that failed."""
AHEAD_S = 0.04
"""So long a large edit is stored at a time: whatever else is to be written comes between."""
SLOW_S = 10.0
"""A save that takes longer is told of: the disk may be gone."""

Take = Callable[[list[Picture], list[RunRecord]], None]


class Autosaver(QObject):
    """Owns the folder of this studio. Window's thread; what waits for a disk is the others'. scribe: writes the journal
    and does nothing else, so that nothing holds it up. flusher: waits for the disk meanwhile.

    home: the user's folder, or None to save nothing at all, which is no problem then.
    """

    message = Signal(object)
    saved = Signal(object)
    """SavedSession that a kill can't take any more."""

    def __init__(
        self,
        home: Path | None,
        scribe: IoWorker,
        flusher: IoWorker,
        saver: IoWorker,
        reader: IoWorker,
        longest_s: float,
        snapshot: Callable[[], SavedSession],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._scribe = scribe
        self._flusher = flusher
        self._saver = saver
        self._reader = reader
        self._snapshot = snapshot
        self._slot: Slot | None = None
        self._unread: Unread | None = None
        self._on = False
        self._dirty = False
        self._busy = False
        self._ending = False
        self._changing = False
        self._flush = False
        """Whether the next commit is to wait for the disk."""
        self.safety = Safety(self)
        self._leaving = Leaving()
        self._since = 0.0  # when the oldest change came that waits
        self._longest_ms = milliseconds = max(round(longest_s * 1000), 1)
        self._soon = single_shot(self, milliseconds, self.save)
        self._durable = single_shot(self, round(DURABLE_S * 1000), self._on_durable)
        self._flushing = single_shot(self, round(FLUSH_S * 1000), self._on_flushed)
        self._retry = single_shot(self, round(milliseconds * RETRY), self.save)
        self._storing = Storing(saver, round(milliseconds * RETRY), self)
        self._storing.stored.connect(self.touch)
        self._storing.problem.connect(self._on_results)
        self._slow = single_shot(self, round(SLOW_S * 1000), self._on_slow)
        self._refused: Callable[[StudioError], None] | None = None

    @property
    def saving(self) -> Saving:
        return self.safety.now

    @property
    def home(self) -> Path | None:
        return self._home

    @property
    def slot(self) -> Slot | None:
        return self._slot

    def taken(self) -> SavedSession:
        """All that is to be saved, as it is now."""
        saved = self._snapshot()
        return saved if self._unread is None else replace(saved, unread=self._unread)

    @property
    def folder(self) -> Path | None:
        """Where the work is; None where it is nowhere."""
        return self._slot.folder if self._slot is not None else None

    # ---- opening ----

    def open(self) -> Contents | None:
        """The work of the last studio here; None at a first start, and where there is no folder to save to."""
        if self._home is None:
            return None
        try:
            self._slot = slots.claim_first(self._home, patient=False)
        except StudioError as error:
            self.safety.set_problem(error)
            return None
        for problem in self._slot.problems:
            self.message.emit(problem)
        contents = self._slot.contents
        self._unread = contents.unread
        return None if contents.empty else contents

    def start(self) -> None:
        """From now on what changes is saved. The first save marks the folder as in use."""
        self._on = self._home is not None
        self.touch()
        self.save()

    def load_results(self, then: Take) -> None:
        """Reads the pictures and runs of what was opened, in the background; `then` puts them into the window."""
        unread = self._unread
        if unread is None:
            return
        own = self.folder

        def job() -> tuple[Results, Path | None]:
            results = read_results(unread)
            aside = keep_aside(results.broken) if unread.folder == own else None
            return results, aside

        def done(found: tuple[Results, Path | None]) -> None:
            results, aside = found
            if self._unread is unread:
                self._unread = None
                if self._slot is not None and unread.folder == self._slot.folder:
                    writer = self._slot.writer
                    self._scribe.submit(lambda: writer.hold(results))
                then(results.pictures, results.runs)
                self.touch()
            if results.broken:
                self.message.emit(some_broken(len(results.broken), aside or unread.folder))

        self._reader.submit(job, done, self.message.emit)

    def waiting(self) -> tuple[Waiting, ...]:
        """Work in other folders that no living studio has, the newest first."""
        return slots.waiting(self._home) if self._home is not None else ()

    @property
    def changing(self) -> bool:
        """Whether the work of now is being saved because other work comes."""
        return self._changing

    def hold_up(self) -> None:
        """Other work is about to come: nothing more is saved until it is there."""
        self._changing = True
        self._stop_timers()

    def go_on_with(self, found: Slot | None) -> None:
        """The other work is there, in its folder; None: it did not come."""
        self._changing = False
        if found is not None:
            if self._slot is not None:
                self._slot.release()
            self._slot, self._unread = found, found.contents.unread
            for problem in found.problems:
                self.message.emit(problem)

    def leave_alone(self, error: Exception) -> None:
        """What was opened can't be shown: it stays as it is, and the work of now goes elsewhere."""
        if self._slot is not None:
            where = self._slot.folder
            self._slot.release()
            self._slot = self._unread = None
            said = f"{type(error).__name__}: {error}"[:300]
            self.message.emit(
                StudioError("Your last work can't be shown", said, f"It is as it was, in {where}")
            )

    # ---- saving ----

    def touch(self) -> None:
        """Something has changed."""
        if not self._dirty:
            self._dirty, self._since = True, time.monotonic()
        waits = self._retry.isActive() or self._soon.isActive()
        if self._on and not self._held_up and not waits:
            start_since(self._soon, self._longest_ms, self._since)

    def save(self) -> None:
        """Writes what has changed into the journal, in the background; one after the other."""
        self._soon.stop()
        self._retry.stop()
        if not self._on or self._busy or self._held_up or not self._dirty:
            return
        self._busy, self._dirty = True, False
        durable, self._flush = self._flush, False
        saved = self.taken()
        self._slow.start()

        def done(result: tuple[Slot, SavedSession, bool]) -> None:
            slot, written, whole = result
            if not whole:
                self._flush |= durable
                self._go_on(slot)
                return
            if durable:
                self._durable.stop()
            elif not self._durable.isActive():
                self._durable.start()
            self._done((slot, written))

        def failed(error: StudioError) -> None:
            self._flush |= durable
            self._failed(error)

        self._scribe.submit(lambda: self._write(saved, durable=durable), done, failed)

    def begin_to_leave(self) -> None:
        """The studio closes: whoever starts from now on waits for this work."""
        if self._slot is not None:
            self._leaving.begin(self._slot.folder)

    def finish(self, then: Callable[[], None], refused: Callable[[StudioError], None]) -> None:
        """The last save, marked clean; `then` follows when all is on the disk. Where it can't be, `refused` says
        why, and the studio goes on as before. It may also follow later, when `refused` was called for a disk
        that did not answer."""
        self._stop_timers()
        if self._home is None or not self._scribe.isRunning():
            then()
            return
        self._ending, self._refused = True, refused
        saved = self.taken()

        def done(result: tuple[Slot, SavedSession]) -> None:
            self._done(result)
            if self._ending:
                self.leave()
                then()

        def failed(error: StudioError) -> None:
            asked, self._ending = self._ending, False
            self._leaving.end()
            self._failed(error)
            if asked:
                refused(error)

        self._slow.start()
        self._scribe.submit(lambda: self._write_last(saved), done, failed)

    def go_on(self) -> None:
        """After `refused`: the studio stays open."""
        self._ending = False
        self._leaving.end()
        self.touch()

    def leave(self) -> None:
        """Lets go of the folder as it is, whatever was not saved."""
        self._on = self._ending = False
        self._stop_timers()
        self._slow.stop()
        if self._slot is not None:
            # While it is being written into it is nobody's to close.
            self._slot.lock.release() if self._busy else self._slot.release()
        self._leaving.end()

    def save_copy(self, parent: Path, name: str, then: Callable[[Path], None]) -> None:
        """All of the work into a new folder in `parent`, in the background; `then` gets that folder.

        By the reader: the saver may be waiting for a disk that does not answer, and this is for then.
        """
        saved = self.taken()
        self._reader.submit(lambda: write_copy(saved, parent, name), then, self.message.emit)

    # ---- inside ----

    @property
    def _held_up(self) -> bool:
        """While the last save, or that before other work comes, is under way."""
        return self._ending or self._changing

    def _write(self, saved: SavedSession, *, durable: bool) -> tuple[Slot, SavedSession, bool]:
        """In the journal's thread; whether all of it is there now. Where no folder could be had so far, one in which
        nothing is."""
        whole: list[bool] = []

        def write(writer: SessionWriter) -> None:
            whole.append(writer.advance(saved, AHEAD_S))
            if whole[0]:
                writer.commit(saved, clean=False, durable=durable)

        return *self._in_slot(saved, write), whole[0]

    def _write_last(self, saved: SavedSession) -> tuple[Slot, SavedSession]:
        """In the journal's thread: all of it, with its files."""

        def write(writer: SessionWriter) -> None:
            writer.write(saved, clean=True)
            writer.close()

        return self._in_slot(saved, write)

    def _in_slot(
        self, saved: SavedSession, write: Callable[[SessionWriter], None]
    ) -> tuple[Slot, SavedSession]:
        assert self._home is not None
        slot = self._slot or slots.claim_empty(self._home)
        try:
            write(slot.writer)
        except BaseException:
            if slot is not self._slot:
                slot.release()
            raise
        return slot, saved

    def _go_on(self, slot: Slot) -> None:
        """A part of it is stored: on with what there is by now."""
        self._slot = self._slot or slot
        self._busy, self._dirty = False, True
        self._slow.stop()
        self.save()

    def _done(self, result: tuple[Slot, SavedSession]) -> None:
        slot, saved = result
        self._slot = self._slot or slot
        self._busy = False
        self._slow.start() if self._ending else self._slow.stop()
        self.safety.set_problem(None)
        self.saved.emit(saved)
        if not self._held_up:
            self._storing.store(self._slot, saved)
        if self._dirty:
            self.touch()

    def _failed(self, error: StudioError) -> None:
        self._busy, self._dirty = False, True
        self._slow.stop()
        self.safety.set_problem(error)
        if self._on and not self._ending:
            self._retry.start()

    def _on_durable(self) -> None:
        """What is drawn while a disk is slow would be what a kill takes: it is not the journal's thread that waits."""
        if self._flushing.isActive():
            self._durable.start()  # after the one that is under way
        elif self._slot is not None:
            self._flushing.start()
            self._flusher.submit(self._slot.writer.flush, self._on_flushed)

    def _on_flushed(self, whole: bool = False) -> None:
        """It is on the disk; else, or where that has taken long, the journal's thread waits and says what is wrong."""
        self._flushing.stop()
        if not whole:
            self._flush = self._dirty = True
            self.save()

    def _on_slow(self) -> None:
        error = StudioError(
            "The disk does not answer",
            f"a save has been under way for {SLOW_S:.0f} seconds",
            "Check the disk, or its network.",
        )
        self.safety.set_problem(error)
        if self._ending and self._refused is not None:
            self._refused(error)

    def _on_results(self, problem: StudioError | None) -> None:
        self.safety.set_problem(problem, "results")

    def _stop_timers(self) -> None:
        for timer in (self._soon, self._durable, self._flushing, self._retry):
            timer.stop()
        self._storing.stop()
