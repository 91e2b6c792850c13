"""The frames of a studio, handed to every widget that shows them."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, Signal

from studio_app.core.frame import Frame
from studio_app.session.studio import Studio

KEPT = 16
"""Decoded pictures of single steps that stay at full size: 4 MB at 256 x 256."""


class Feed(QObject):
    """Takes from the studio's mailbox, which gives everything once, and passes it on.

    `arrived(delivery)`: a Delivery. There is one feed per studio: see `feed_of`.
    """

    arrived = Signal(object)
    detailed = Signal(object)
    """Frame: an old step that `decoded` knows from now on."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._decoded: OrderedDict[tuple[str, int], Frame] = OrderedDict()
        self.newest: Frame | None = None
        """The newest decoded frame."""
        studio.frame_arrived.connect(self.take)
        studio.step_decoded.connect(self._on_step)
        studio.work_changed.connect(self._forget)

    def take(self) -> None:
        """Passes on what is new."""
        delivery = self._studio.mailbox.take()
        if delivery is None:
            return
        frame = delivery.denoised
        if frame is not None:
            self.newest = frame
            if not delivery.preview:
                self._remember(frame)
        self.arrived.emit(delivery)

    def decoded(self, digest: str, step: int) -> Frame | None:
        """The x0 that step `step` (0-based) of that request gave, at full size, if it is still here."""
        return self._decoded.get((digest, step))

    def _on_step(self, frame: Frame) -> None:
        self._remember(frame)
        self.detailed.emit(frame)

    def _forget(self) -> None:
        self.newest = None
        self._decoded.clear()

    def _remember(self, frame: Frame) -> None:
        key = (frame.request, frame.step - 1)
        self._decoded[key] = frame
        self._decoded.move_to_end(key)
        while len(self._decoded) > KEPT:
            self._decoded.popitem(last=False)


def feed_of(studio: Studio) -> Feed:
    """The studio's one feed, made when it is first asked for."""
    for child in studio.children():
        if isinstance(child, Feed):
            return child
    return Feed(studio)
