"""Pictures as files that can be dragged out: what an export would write of them, made before anybody takes it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio_app.core.arrays import digest
from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.reading import is_dir, is_file, list_folder, read_bytes
from studio_app.document.layer_files import write_picture
from studio_app.document.pictures import open_picture
from studio_app.document.results import premultiplied
from studio_app.export.ledger import sha256
from studio_app.export.pieces import Asset
from studio_app.export.placing import named_pieces, names_of
from studio_app.session.export_jobs import Looked, Turn, Wanted
from studio_app.session.export_looking import Looking
from studio_app.session.io_worker import IoWorker

FOLDER = "dragged"
KEPT = 48
"""Drags whose files stay: who took one may read it much later than it was dropped."""
KEPT_BYTES = 256 << 20
KEPT_ALWAYS = 8
"""However large they are."""
OWN = "own"
"""Folder, inside a drag's, of the same picture as a PNG, for this studio itself."""


@dataclass(frozen=True, eq=False)
class Dragged:
    """files: whole paths, the picture first. own: what this studio takes when it is dropped into its own window.
    pixels: uint8 [H, W, 4] BGRA as a Frame's, for programs that take pictures and no files.
    """

    files: tuple[Path, ...]
    own: Path
    pixels: NDArray[np.uint8] = field(repr=False)
    thumbnail: NDArray[np.uint8] = field(repr=False)


class DragFiles(QObject):
    """Window's thread. Every `ask` is answered by `ready` or `failed`, unless another comes before that.

    home: the user's folder, in which the last drags are kept; without one they go where the system clears up.
    """

    ready = Signal(object)
    """Dragged"""
    failed = Signal(object)
    """StudioError"""

    def __init__(
        self, home: Path | None, looking: Looking, reader: IoWorker, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._folder = None if home is None else home / FOLDER
        self._looking, self._reader = looking, reader
        self._wanted: Wanted | None = None
        self._turn = Turn()
        looking.setParent(self)
        looking.found.connect(self._on_made)
        looking.failed.connect(self._fail)

    def ask(self, wanted: Wanted) -> None:
        """The files of one picture. wanted: with the project, for its customs; nothing is written into it."""
        self._turn.over = True
        self._wanted = wanted
        self._looking.look_soon(replace(wanted, planned=False), 0)

    def forget(self) -> None:
        """Nobody drags any more."""
        self._turn.over = True
        self._wanted = None
        self._looking.stop()

    # ---- inside ----

    def _on_made(self, looked: Looked) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        if looked.error is not None or looked.made is None:
            self._fail(looked.error or StudioError("There is nothing to drag", ""))
            return
        asset = looked.made.asset
        self._turn = turn = Turn()

        def job() -> tuple[Path, Dragged]:
            folder = self._folder or Path(tempfile.mkdtemp(prefix="underpaint-"))
            return folder, written(folder, wanted, asset)

        def done(found: tuple[Path, Dragged]) -> None:
            self._folder = found[0]
            if not turn.over:
                self.ready.emit(found[1])

        self._reader.submit(job, done, lambda error: None if turn.over else self._fail(error))

    def _fail(self, error: StudioError) -> None:
        self._wanted = None
        self.failed.emit(error)


def written(folder: Path, wanted: Wanted, asset: Asset) -> Dragged:
    """The files of an asset in a folder of their own inside `folder`, of which the oldest go. StudioError.

    The same files lie in the same folder: they are not written again.
    """
    picture, settings = wanted.takes[0].picture, wanted.settings
    files = files_of(wanted, asset)
    key = digest(*((name, sha256(data)) for name, data in files))
    place = folder / key[:20]
    for name, data in files:
        target = place / name
        if not (is_file(target) and read_bytes(target) == data):
            write_bytes_atomic(target, data)
    paths = tuple(place / name for name, _ in files)
    own = paths[0]
    if settings.kind != "picture":
        pixels = premultiplied(open_picture(files[0][1], paths[0].name).rgba())
    else:
        pixels = picture.pixels
        if settings.format != "png":  # what a canvas can't read, or not to the bit
            own = place / OWN / f"{paths[0].stem}.png"
            if not is_file(own):
                write_picture(own, pixels, picture.request, picture.people, picture.shows)
    with contextlib.suppress(OSError):
        os.utime(place)  # it is the newest again
    clear_out(folder, place)
    return Dragged(paths, own, pixels, picture.thumbnail)


def files_of(wanted: Wanted, asset: Asset) -> list[tuple[str, bytes]]:
    """The names and bytes that an export of it would write, without what an engine has beside them."""
    asset = replace(asset, name=wanted.name)
    names = names_of(asset, wanted.target, wanted.settings.place())
    pieces = named_pieces(asset, names, 1)
    return [(name, piece.data) for name, piece in zip(names.of(1), pieces, strict=True)]


def clear_out(folder: Path, newest: Path) -> None:
    """Removes the oldest drags beyond what is kept. What can't be removed stays: another window may be at it."""
    drags = sorted((path for path in list_folder(folder) if is_dir(path)), key=_age, reverse=True)
    total = 0
    for number, drag in enumerate(drags):
        total += sum(_bytes(path) for path in drag.rglob("*"))
        beyond = number >= KEPT or (number >= KEPT_ALWAYS and total > KEPT_BYTES)
        if beyond and drag != newest:
            shutil.rmtree(drag, ignore_errors=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
