"""The Studio: the one thing a window talks to. Commands go in, signals come out, nothing here blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject
from shiboken6 import Shiboken

from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import EngineFactory, ModelReader
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest, Start
from studio_app.core.text import clean_text
from studio_app.document.document import Document
from studio_app.document.layer_files import not_brought_back
from studio_app.document.people import Person
from studio_app.document.presets import Preset
from studio_app.document.results import Picture, RunRecord, StepRecord
from studio_app.document.settings import Settings
from studio_app.document.store.results_files import MOST_LABEL
from studio_app.document.store.slots import Waiting
from studio_app.session.autosave import LONGEST_S
from studio_app.session.gallery import Gallery
from studio_app.session.latency import Latency
from studio_app.session.mailbox import FrameMailbox
from studio_app.session.notices import Notice
from studio_app.session.orders import Look
from studio_app.session.parts import Parts
from studio_app.session.runs import RunStore
from studio_app.session.safety import Saving
from studio_app.session.studio_drawing import StudioDrawing
from studio_app.session.undo import EditStack
from studio_app.session.worker import no_engine, no_reader

DEFAULT_MODEL = "underpaint-256"


class Studio(StudioDrawing):
    """What is true now, and what one can do: what it says is in `studio_signals.py`, how one draws in
    `studio_drawing.py`. It is made of `Parts`, to which it gives one face; `exporting`, `drags`, `watching`, `files`,
    `depths`, `guides` and `models` have their own. Lives in the window's thread; every method returns at once.

    home: folder of the autosaved session, or None to save nothing. model: name or path of the model that
    `start` opens. make_engine: called in the worker's thread, once; without it no model can be opened. read_model:
    called in the reader's, for the window of models.
    autosave_s: how long an edit waits until it is in the journal.
    """

    def __init__(
        self,
        home: Path | None = None,
        model: str = DEFAULT_MODEL,
        *,
        make_engine: EngineFactory = no_engine,
        read_model: ModelReader = no_reader,
        autosave_s: float = LONGEST_S,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._closing = False
        self._parts = parts = Parts(home, model, make_engine, autosave_s, read_model, self)
        self._editor, self._live, self._shelf = parts.editor, parts.live, parts.shelf
        self._desk, self._scenes, self.works = parts.layers, parts.scenes, parts.works
        self._worker, self._scribe, self._making = parts.worker, parts.scribe, parts.making
        self._flusher, self._saver, self._reader = parts.flusher, parts.saver, parts.reader
        self._autosaver, self.exporting = parts.autosaver, parts.exporting
        self.drags, self.watching, self.depths = parts.drags, parts.watching, parts.depths
        self.models, self.files, self.guides = parts.models, parts.files, parts.guides
        self._connect()

    @property
    def document(self) -> Document:
        return self._editor.document

    @property
    def settings(self) -> Settings:
        return self._editor.document.settings

    @property
    def undo_stack(self) -> EditStack:
        return self._editor.stack

    @property
    def mailbox(self) -> FrameMailbox:
        """The newest frames; see Delivery."""
        return self._worker.frames

    @property
    def capabilities(self) -> Capabilities | None:
        """Of the open model; None while none is open."""
        return self._live.capabilities

    @property
    def model(self) -> str:
        """Name or path of the open model, or of the one that is being opened."""
        return self._live.model

    @property
    def model_ready(self) -> bool:
        return self._live.capabilities is not None

    @property
    def runs(self) -> RunStore:
        return self._shelf.runs

    @property
    def gallery(self) -> Gallery:
        return self._shelf.gallery

    @property
    def latency(self) -> Latency:
        return self._live.meter.latency

    @property
    def live(self) -> bool:
        return self._live.live

    @property
    def busy(self) -> bool:
        return self._live.busy

    @property
    def variation_seeds(self) -> tuple[int, ...]:
        """The nine seeds of the last `variations()`; the one in the middle is the current seed."""
        return self._live.variation_seeds

    @property
    def stuck(self) -> bool:
        """After `closed`: a thread did not end in time (the engine was importing, a disk does not answer), so
        leave without it."""
        threads = (self._worker, self._scribe, self._flusher, self._saver, self._reader)
        return any(thread.isRunning() for thread in threads)

    @property
    def saving(self) -> Saving:
        """Whether the work is safe, and why not."""
        return self._autosaver.saving

    @property
    def stroking(self) -> bool:
        return self._editor.stroking

    def start(self, sample: Path | None = None, file: Path | None = None) -> None:
        """Starts the threads, brings the last session's work back, and opens the model.

        sample: a document to begin with where there is no work to bring back. file: a drawing that is opened then.
        """
        if not self._closing:
            self._parts.start(sample, file)

    def open_model(self, name: str) -> None:
        """Loads another model in the background: `model_progress`, then `model_changed` or `message`.
        Where it fails, the model that was open stays open."""
        self._live.open_model(name)

    def close_model(self) -> None:
        """Gives its memory back; nothing is drawn until another is opened. `model_changed` follows."""
        self._live.close_model()

    def stop_loading(self) -> None:
        """The model that was open stays, or is opened again where both did not fit into the memory."""
        self._live.stop_loading()

    def limit_memory(self, max_bytes: int) -> None:
        """What undo, the run store and the gallery may each keep; the oldest goes first."""
        self.runs.max_bytes = max_bytes
        self.gallery.max_bytes = max_bytes
        self._editor.ledger.max_bytes = max_bytes

    def close(self) -> None:
        """Stops whatever runs, saves, ends the threads; `closed` follows within 2 s. Once is enough.

        Where the work can't be saved, `close_refused` comes instead, and the studio goes on.
        """
        if not self._closing:
            self._closing = True
            self._parts.close(self._on_closed, self._on_refused)

    def stay(self) -> None:
        """After `close_refused`: the artist goes on working."""
        self._autosaver.go_on()

    def leave(self) -> None:
        """After `close_refused`: closes without saving. What was saved before stays."""
        self._closing = True
        self._parts.leave(self._on_closed)

    def save_copy(self, parent: Path | str) -> None:
        """Writes all of the work into a new folder in `parent`, in the background; `copied` follows."""
        self._parts.save_copy(Path(parent))

    def waiting_work(self) -> tuple[Waiting, ...]:
        """Work of other windows that are not there any more, the newest first."""
        return self._autosaver.waiting()

    def open_work(self, folder: Path | str) -> None:
        """Other work in the place of this, which is saved first: of `waiting_work`, or a copy of `save_copy`."""
        self.files.open_work(Path(folder))

    def set_setting(self, name: str, value: Any, *, merge: bool = False) -> None:
        """Sets a knob of `Settings` by name. Undoable.

        merge: joins the move before, if that was of the same knob less than a second ago: a slider being
        dragged, letters being typed. A number out of range is brought into it; a new sampler brings steps
        it can do. StudioError (as `message`) for a value of the wrong kind.
        """
        can = self.capabilities
        self._guard(lambda: self._editor.set_settings({name: value}, merge=merge, can=can))

    def set_settings(self, values: Mapping[str, Any], text: str = "") -> None:
        """Several knobs as one step of undo; text: what the undo menu calls it."""
        self._guard(lambda: self._editor.set_settings(values, text=text, can=self.capabilities))

    def set_acting(self, kind: str, values: Mapping[str, float], *, merge: bool = False) -> None:
        """How the control of a kind of content acts: strength (0..2), start and end (0..1), on the node that says it.
        Undoable; merge as of `set_setting`."""
        self._guard(lambda: self._editor.set_acting(kind, values, merge=merge))

    def apply_preset(self, preset: Preset) -> None:
        """Sets the preset's knobs, as one step of undo. Its `view` is the window's to follow."""
        values = {**preset.settings, "preset": preset.id}
        text, can = self.tr("Preset {name}").format(name=preset.title), self.capabilities
        self._guard(
            lambda: self._editor.set_settings(values, text=text, can=can, acting=preset.acting)
        )
        model = self.models.default_for(preset.id)
        if model and model != self.model:
            self.open_model(model)

    def set_size(self, width: int, height: int) -> None:
        """Another picture size; everything drawn is stretched to it. Undoable."""
        self.set_settings({"width": width, "height": height}, self.tr("Picture size"))

    def set_live(self, live: bool) -> None:
        """Whether an edit asks for a picture by itself."""
        self._live.set_live(live)

    def generate_once(self) -> None:
        """Runs the chosen steps now, live or not.

        Where this very request has its picture already and the seed is not locked, it rolls a new seed.
        """
        if not self.settings.seed_locked and self._live.is_done(self.document):
            self.roll_seed()
        self._live.generate()

    def roll_seed(self) -> None:
        """A new random seed. Undoable."""
        self.set_settings({"seed": self._live.random_seed()}, self.tr("New seed"))

    def cancel(self) -> None:
        """Ends what runs, at once as far as one can see: no frame of it is shown any more. Live stays on
        and waits for the next edit."""
        self._live.cancel()
        self.depths.cancel()

    def branch(self, record: RunRecord, step: int) -> None:
        """Goes on from the x_t that step `step` (0-based) of a run started from, with the prompt, seed and
        guidance of now. Undoable; ends with `clear_branch`, and when steps, sampler, size or seed change."""
        start = Start(record.step(step).x_t.astype(np.float32), step)
        request = record.request
        values = {"sampler": request.sampler, "steps": request.steps}
        values |= {"width": request.width, "height": request.height}
        text = self.tr("Branch from step {step}").format(step=step + 1)
        self._guard(
            lambda: self._editor.set_settings(values, text=text, can=self.capabilities, start=start)
        )
        if not self.live:
            self._live.generate()

    def clear_branch(self) -> None:
        """Runs start from noise again. Undoable."""
        self._editor.clear_branch()

    def variations(self) -> None:
        """Nine one-step pictures of seeds around the current one, each by `variation_arrived`; any edit
        ends it early. A branch is left: from its x_t all seeds look alike."""
        self._editor.clear_branch()
        self._live.variations()

    def end_variations(self) -> None:
        """What is still missing of them is not drawn any more."""
        self._live.end_variations()

    def keep_variation(self, i: int) -> None:
        """Takes the seed of variation i, 0..8, and locks it. Undoable."""
        seeds = self.variation_seeds
        if 0 <= i < len(seeds):
            self.set_settings({"seed": seeds[i], "seed_locked": True}, self.tr("Keep variation"))
            if not self.live:
                self._live.generate()

    def decode_step(self, record: RunRecord, step: StepRecord) -> None:
        """The x_0 of an old step at full size, by `step_decoded`, once nothing else is to be drawn; asked
        twice, the newer wins. Nothing comes of it where another model is open."""
        self._worker.box.look(Look(record.request, step))

    def restore(self, request: GenerationRequest, people: tuple[Person, ...] | None = None) -> None:
        """Brings back the knobs and drawings that made a picture. Undoable.

        people: of the Picture or RunRecord; without, they are read off the drawing of the pose, and where it shows
        nobody the pose of now stays.
        """

        def bring_back() -> None:
            self._editor.restore(request, people)
            if lost := not_brought_back(request, people):
                said = self.tr("Not all of it could be brought back")
                self.message.emit(Notice(said, ", ".join(lost), "restored"))

        self._guard(bring_back)

    def restore_file(self, path: Path | str) -> None:
        """As `restore`, from the recipe inside a picture, ours or another tool's, in the background."""
        self._parts.layers.restore_file(Path(path))

    def star(self, picture: str, starred: bool) -> None:
        """A starred picture is never forgotten. picture: its id; nothing happens where it was forgotten already."""
        self.star_all((picture,), starred)

    def star_all(self, pictures: Iterable[str], starred: bool) -> None:
        """As `star`, of several at once; of these the newest is exported where starred ones are kept so."""
        newest = self._shelf.star(pictures, starred)
        if newest is not None:
            self.watching.offer(newest, "starred")

    def label_all(self, pictures: Iterable[str], label: str) -> None:
        """What the artist calls pictures, by their ids; "" for nothing."""
        self._shelf.label(pictures, " ".join(clean_text(label).split())[:MOST_LABEL])

    def remove_from_history(self, picture: str, run: str = "") -> None:
        """Takes a picture and the steps of its run out of the history, by their ids ("" for none); a Notice
        ("removed") says so, and `put_back` brings them back."""
        self._shelf.remove([(picture, run)])

    def remove_all(self, pictures: Iterable[Picture]) -> None:
        """As `remove_from_history`, of several at once, which come back at once."""
        self._shelf.remove([(picture.id, picture.run) for picture in pictures])

    def put_back(self) -> None:
        """What was removed last is in the history again, where it was."""
        self._shelf.put_back()

    def save_picture(self, picture: Picture, path: Path | str) -> None:
        """Writes a picture, or a step as one, as a PNG with its recipe, also one that the gallery has forgotten; in the
        background."""
        self._shelf.save_picture(picture, Path(path))

    def report_draw(self, milliseconds: float) -> None:
        """The viewer says how long its last paint took; for the latency line."""
        self._live.meter.set_stages(draw=milliseconds)

    # ---- inside ----

    def _on_closed(self) -> None:
        self._closing = True
        if Shiboken.isValid(self):  # else it was deleted while it closed, and nobody waits
            self.closed.emit()

    def _on_refused(self, error: StudioError) -> None:
        self._closing = False
        if Shiboken.isValid(self):
            self.close_refused.emit(error)

    def _connect(self) -> None:
        parts, loop, worker = self._parts, self._live, self._worker
        parts.document_changed.connect(self.document_changed)
        parts.edited.connect(self.edited)
        parts.changing.connect(self.changing)
        parts.work_changed.connect(self.work_changed)
        parts.settings_changed.connect(self.settings_changed)
        parts.model_changed.connect(self.model_changed)
        parts.run_finished.connect(self.run_finished)
        parts.message.connect(self.message)
        parts.copied.connect(self.copied)
        parts.autosaver.safety.changed.connect(self.saving_changed)
        parts.autosaver.saved.connect(self.saved)
        self._editor.layer_changed.connect(self.layers_changed)
        parts.layers.recipe_read.connect(self.restore)
        parts.layers.reading_changed.connect(self.reading_changed)
        own = (parts.exporting, parts.watching, parts.depths, parts.guides, parts.files)
        for part in (parts.layers, *own, self._shelf, loop):
            part.settled.connect(self.settled)
        self._shelf.gallery_changed.connect(self.gallery_changed)
        self._shelf.runs_changed.connect(self.runs_changed)
        worker.frame_ready.connect(self.frame_arrived)
        worker.variation.connect(self.variation_arrived)
        worker.looked.connect(self.step_decoded)
        worker.idle.connect(self.engine_idle)
        worker.noted.connect(self.noted)
        worker.model_progress.connect(self.model_progress)
        loop.run_started.connect(self.run_started)
        loop.live_changed.connect(self.live_changed)
        loop.busy_changed.connect(self.busy_changed)
        loop.latency_changed.connect(self.latency_changed)
