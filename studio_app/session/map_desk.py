"""The maps of pictures that were drawn: asked of the engine when it has nothing else to do, and kept by content."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from studio_app.core.arrays import digest
from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.document.results import StepRecord
from studio_app.session.orders import MapsOrder, SeenOrder
from studio_app.session.worker import EngineWorker

KEPT = 6
"""Maps of a 512x512 picture are 10 MiB."""


class MapDesk(QObject):
    """Window's thread. Every `ask` is answered by one of the signals, never before it has returned."""

    made = Signal(str, object)
    """(key, Maps)"""
    failed = Signal(str, object)
    """(key, StudioError)"""
    readable = Signal()
    """A model was opened: what failed may be asked again."""

    def __init__(self, worker: EngineWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._known: OrderedDict[str, Maps] = OrderedDict()
        self._asked: set[str] = set()
        worker.maps_made.connect(self._on_made)
        worker.maps_failed.connect(self._on_failed)
        worker.model_loaded.connect(self.readable)

    def ask(self, request: GenerationRequest, step: StepRecord) -> str:
        """The key under which the maps of a step's x_0 will be told: the same for the same content."""
        key = digest("maps", request.model, request.tile, step.x_0)
        return self._order(MapsOrder(key, request, step.x_0))

    def see(self, model: str, pixels: NDArray[np.uint8]) -> str:
        """The same of what the open model sees in a picture, uint8 [H, W, 3] of a size that it draws."""
        return self._order(SeenOrder(digest("seen", model, pixels), model, pixels))

    def forget(self, key: str) -> None:
        """Of `see`: nobody waits for it any more. Where the engine has begun, its answer still comes."""
        if self._worker.box.forget_maps(key):
            self._asked.discard(key)

    def _order(self, order: MapsOrder | SeenOrder) -> str:
        key = order.key
        if key in self._known:
            self._known.move_to_end(key)
            maps = self._known[key]
            QTimer.singleShot(0, self, lambda: self.made.emit(key, maps))
        elif key not in self._asked:
            self._asked.add(key)
            self._worker.box.maps(order)
        return key

    def _on_made(self, key: str, maps: Maps) -> None:
        self._asked.discard(key)
        self._known[key] = maps
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.made.emit(key, maps)

    def _on_failed(self, key: str, error: StudioError) -> None:
        self._asked.discard(key)
        self.failed.emit(key, error)
