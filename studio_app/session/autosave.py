"""The work between two starts: saved every few seconds and on close, back after a kill.

A folder per running studio: `document.json`, `session.json` (which pictures and runs there are, stars, the
model), `pictures/*.png` with their recipes and `runs/*.json`. Pictures and runs are written once and never
changed; the small files are replaced. `session.json` names what belongs to it and is written last, so that
whatever moment the power goes, it names only what is there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from studio_app.core.arrays import pack, unpack
from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import parse_json
from studio_app.core.request import GenerationRequest
from studio_app.document.document import Document
from studio_app.document.layer_files import write_picture
from studio_app.document.layers import Person
from studio_app.document.pictures import read_bytes, read_rgba
from studio_app.document.project import load_document, save_document, set_aside
from studio_app.document.recipes import read_recipe
from studio_app.document.results import Picture, RunRecord, StepRecord, thumbnail
from studio_app.session.io_worker import IoWorker

FORMAT = 1
SAVED_RUNS = 30
SLOTS = 8
"""Studios that may run beside each other and each keep their work."""
MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class SavedSession:
    """What is saved. folder, unclean: of one that was read back; its pictures and runs come later."""

    document: Document
    live: bool
    model: str
    pictures: tuple[Picture, ...] = ()
    runs: tuple[RunRecord, ...] = ()
    folder: Path | None = None
    unclean: bool = False


class Autosaver(QObject):
    """Owns the folder of this studio. `snapshot` is called in the window's thread, the rest is the I/O worker's."""

    message = Signal(object)

    def __init__(
        self,
        home: Path | None,
        io: IoWorker,
        every_s: float,
        snapshot: Callable[[], SavedSession],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._io = io
        self._snapshot = snapshot
        self._lock: QLockFile | None = None
        self._folder = self._claim(home) if home is not None else None
        self._writer = SessionWriter(self._folder) if self._folder is not None else None
        self._busy = False
        self._told = False
        self._loading = False
        self._after_loading: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(max(round(every_s * 1000), 20))
        self._timer.timeout.connect(self.save)

    @property
    def folder(self) -> Path | None:
        return self._folder

    def start(self) -> None:
        if self._writer is not None:
            self._timer.start()
            self.save()  # marks the session as running

    def save(self) -> None:
        """Saves what changed since the last time, in the background; skipped while one is under way."""
        if self._writer is None or self._busy or self._loading:
            return
        self._busy = True
        writer, saved = self._writer, self._snapshot()
        self._io.submit(lambda: writer.write(saved, clean=False), self._done, self._failed)

    def finish(self, then: Callable[[], None]) -> None:
        """The last save, marked clean; `then` follows when it is on the disk, or has failed."""
        self._timer.stop()
        writer = self._writer
        if self._loading and self._io.isRunning():
            # Saved now, the session would forget the pictures that are still being read.
            self._after_loading = lambda: self.finish(then)
            return

        def end(error: object = None) -> None:
            if isinstance(error, StudioError):
                self.message.emit(error)
            if self._lock is not None:
                self._lock.unlock()
            self._io.finished.connect(then)
            self._io.finish()

        if not self._io.isRunning():
            then()
        elif writer is None:
            self._io.submit(lambda: None, lambda _: end(), end)
        else:
            saved = self._snapshot()
            self._io.submit(lambda: writer.write(saved, clean=True), lambda _: end(), end)

    def recover(self) -> SavedSession | None:
        """The document and state of the last session; None at a first start. What is broken is set aside."""
        if self._folder is None or not (self._folder / "document.json").exists():
            return None
        path = self._folder / "document.json"
        try:
            document = load_document(path)
        except StudioError as error:
            with contextlib.suppress(OSError):
                error = StudioError(
                    error.title, error.detail, f"It is kept as {set_aside(path).name}"
                )
            self.message.emit(error)
            return None
        state = _read_state(self._folder)
        return SavedSession(
            document,
            live=bool(state.get("live", True)),
            model=str(state.get("model", "")),
            folder=self._folder,
            unclean=not state.get("clean", False),
        )

    def load_results(
        self, saved: SavedSession, then: Callable[[list[Picture], list[RunRecord]], None]
    ) -> None:
        """Reads the pictures and runs in the background."""
        folder, writer = saved.folder, self._writer
        if folder is None or writer is None:
            return
        self._loading = True

        def loaded(found: tuple[list[Picture], list[RunRecord]]) -> None:
            self._loading = False
            then(*found)
            if self._after_loading is not None:
                self._after_loading()
            else:
                self.save()

        def failed(error: StudioError) -> None:
            self.message.emit(error)
            loaded(([], []))

        self._io.submit(lambda: writer.mark_running(folder), None, self.message.emit)
        self._io.submit(lambda: writer.read(folder), loaded, failed)

    def _claim(self, home: Path) -> Path | None:
        """The first folder that no other running studio has."""
        for i in range(1, SLOTS + 1):
            folder = home / "sessions" / str(i)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                return None
            lock = QLockFile(str(folder / "lock"))
            lock.setStaleLockTime(0)  # only a dead process makes it stale
            if lock.tryLock(0):
                self._lock = lock
                return folder
        return None

    def _done(self, _: object) -> None:
        self._busy = False
        self._told = False

    def _failed(self, error: StudioError) -> None:
        self._busy = False
        if not self._told:  # a full disk would say so every ten seconds
            self._told = True
            self.message.emit(error)


class SessionWriter:
    """Reads and writes one session folder; every call comes from the I/O worker's thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._document: Document | None = None
        self._files: dict[int, str] = {}
        """Name by id of what it holds; `_kept` keeps those objects, so that ids stay theirs."""
        self._kept: dict[int, object] = {}
        self._next = 1
        self._state = ""

    def write(self, saved: SavedSession, *, clean: bool) -> None:
        """Raises StudioError where the disk refuses; what was there stays readable."""
        if self._document is None or self._document.revision != saved.document.revision:
            save_document(saved.document, self._folder / "document.json")
            self._document = saved.document
        runs = saved.runs[-SAVED_RUNS:]
        state: dict[str, Any] = {
            "format": FORMAT,
            "clean": clean,
            "live": saved.live,
            "model": saved.model,
            "pictures": [
                {
                    "file": self._file("pictures", "png", picture.pixels, picture),
                    "starred": picture.starred,
                    "people": _people(picture.people),
                }
                for picture in saved.pictures
            ],
            "runs": [self._file("runs", "json", run.steps, run) for run in runs],
        }
        text = json.dumps(state)
        if text != self._state:
            write_text_atomic(self._folder / "session.json", text)
            self._state = text
            self._sweep(state)

    def mark_running(self, folder: Path) -> None:
        """From now on the session counts as unclean until its last save."""
        state = _read_state(folder)
        if state.get("clean", False):
            write_text_atomic(folder / "session.json", json.dumps(state | {"clean": False}))

    def read(self, folder: Path) -> tuple[list[Picture], list[RunRecord]]:
        """Whatever of the last session can be read, oldest first."""
        state = _read_state(folder)
        pictures: list[Picture] = []
        for entry in _list(state.get("pictures")):
            with contextlib.suppress(StudioError, KeyError, TypeError, ValueError):
                picture = _read_picture(folder / "pictures", entry)
                pictures.append(picture)
                self._keep(picture.pixels, str(entry["file"]))
        runs: list[RunRecord] = []
        for name in _list(state.get("runs")):
            with contextlib.suppress(StudioError, KeyError, TypeError, ValueError):
                run = _read_run(folder / "runs" / _plain(name))
                runs.append(run)
                self._keep(run.steps, str(name))
        return pictures, runs

    def _file(self, room: str, suffix: str, key: object, value: Picture | RunRecord) -> str:
        """The name of the file that holds `value`, written now if it isn't yet. key: what never changes."""
        if id(key) not in self._files:
            room_folder = self._folder / room
            while True:
                name = f"{self._next:05d}.{suffix}"
                self._next += 1
                if not (room_folder / name).exists():
                    break
            if isinstance(value, Picture):
                write_picture(room_folder / name, value.pixels, value.request)
            else:
                write_text_atomic(room_folder / name, json.dumps(_run_dict(value)))
            self._keep(key, name)
        return self._files[id(key)]

    def _keep(self, key: object, name: str) -> None:
        self._files[id(key)] = name
        self._kept[id(key)] = key

    def _sweep(self, state: dict[str, Any]) -> None:
        """Removes files that no picture and no run needs any more."""
        named = {"pictures": {p["file"] for p in state["pictures"]}, "runs": set(state["runs"])}
        everything = named["pictures"] | named["runs"]
        for key in [key for key, name in self._files.items() if name not in everything]:
            del self._files[key], self._kept[key]
        for room, names in named.items():
            for path in (self._folder / room).glob("*.*"):
                if path.name not in names and not path.name.startswith("."):
                    with contextlib.suppress(OSError):
                        path.unlink()


def _read_state(folder: Path) -> dict[str, Any]:
    path = folder / "session.json"
    try:
        value: Any = parse_json(read_bytes(path, MAX_BYTES), path.name, MAX_BYTES)
    except StudioError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _read_picture(folder: Path, entry: Any) -> Picture:
    path = folder / _plain(entry["file"])
    rgba = read_rgba(path)
    alpha = rgba[:, :, 3:].astype(np.uint16)
    premultiplied = ((rgba[:, :, 2::-1] * alpha + 127) // 255).astype(np.uint8)
    pixels = np.ascontiguousarray(np.dstack([premultiplied, rgba[:, :, 3]]))
    pixels.flags.writeable = False
    people = tuple(Person(np.array(joints, np.float32)) for joints in _list(entry.get("people")))
    small = thumbnail(pixels, 96)
    return Picture(pixels, small, read_recipe(path), "", people, bool(entry.get("starred")))


def _run_dict(run: RunRecord) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "request": run.request.to_dict(),
        "seconds": run.seconds,
        "people": _people(run.people),
        "final": None if run.final is None else pack(run.final),
        "steps": [
            {
                "i": step.i,
                "t": step.t,
                "abar": step.abar,
                "x_t": _pack_half(step.x_t),
                "x_0": _pack_half(step.x_0),
                "noisy": pack(step.noisy),
                "denoised": pack(step.denoised),
            }
            for step in run.steps
        ],
    }


def _read_run(path: Path) -> RunRecord:
    value: Any = parse_json(read_bytes(path, MAX_BYTES), path.name, MAX_BYTES)
    steps = tuple(
        StepRecord(
            int(step["i"]),
            int(step["t"]),
            float(step["abar"]),
            _unpack_half(step["x_t"]),
            _unpack_half(step["x_0"]),
            _sealed(unpack(step["noisy"], "run")),
            _sealed(unpack(step["denoised"], "run")),
        )
        for step in value["steps"]
    )
    final = value.get("final")
    people = tuple(Person(np.array(joints, np.float32)) for joints in _list(value.get("people")))
    return RunRecord(
        0,
        GenerationRequest.from_dict(value["request"]),
        steps,
        None if final is None else _sealed(unpack(final, "run")),
        float(value["seconds"]),
        people,
    )


def _pack_half(latent: NDArray[np.float16]) -> dict[str, Any]:
    return {"shape": list(latent.shape), "bytes": pack(latent.view(np.uint8))}


def _unpack_half(value: Any) -> NDArray[np.float16]:
    raw = np.ascontiguousarray(unpack(value["bytes"], "run"))
    return _sealed(raw.view(np.float16).reshape([int(side) for side in value["shape"]]))


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _people(people: tuple[Person, ...]) -> list[Any]:
    return [person.joints.tolist() for person in people]


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _plain(name: Any) -> str:
    """A bare file name; ValueError for anything that leaves the folder."""
    text = str(name)
    if Path(text).name != text or text.startswith("."):
        raise ValueError("not a file name")
    return text
