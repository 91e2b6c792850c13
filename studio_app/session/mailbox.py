"""One-slot mailboxes between threads: the newest wins, nothing queues up, nobody waits.

A backlog of queued signals that carry pictures plays stale frames for seconds and fills memory; a slot
can't. Job events (started, finished, failed) are ordinary queued signals instead, and are never lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from studio_app.core.frame import Frame
from studio_app.core.request import GenerationRequest


@dataclass(frozen=True)
class Delivery:
    """The newest frames of the newest run.

    noisy: the newest x_t of this run, if there is one yet; denoised: the newest x_0 (of the final step it
    is the picture itself). final: whether the run is complete. order: rises with every order to the
    engine; a delivery never has a lower one than the delivery before. edited_at: time.perf_counter() of
    the oldest edit that this picture is the first to show. preview: a rung of the live ladder that a
    better one follows (the pen is down, or the chosen steps are still to come). revision: of the document
    that it shows.
    """

    order: int
    request: GenerationRequest
    noisy: Frame | None
    denoised: Frame | None
    final: bool
    preview: bool
    edited_at: float
    revision: int = 0

    @property
    def picture(self) -> Frame | None:
        """What a calm view shows: the newest decoded frame."""
        return self.denoised


class FrameMailbox:
    """From the engine's thread to the window's.

    wake: called in the sender's thread when the slot goes from empty to full (a queued signal's emit).
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._slot: Delivery | None = None
        self._least = 0
        self._preview: Delivery | None = None
        self._whole: Delivery | None = None
        self.on_take: Callable[[Delivery], None] | None = None
        """Called in the taker's thread with what was taken; the studio measures latency here."""

    def put(self, delivery: Delivery) -> None:
        """Replaces what nobody has taken. Of the same run, an x_t or x_0 that is still new is kept."""
        with self._lock:
            if delivery.order < self._least:
                return  # of a run that was cancelled, or older than one already here
            self._least = delivery.order
            if delivery.final:
                self._whole = delivery
                self._preview = delivery if delivery.preview else None
            waiting = self._slot
            if waiting is not None and waiting.edited_at < delivery.edited_at:
                # What was never shown is shown by this one: the wait began with the older edit.
                delivery = replace(delivery, edited_at=waiting.edited_at)
            self._slot = delivery
            full = waiting is not None
        if not full:
            self._wake()

    def take(self) -> Delivery | None:
        """The newest frames, once; None where nothing is new."""
        with self._lock:
            taken, self._slot = self._slot, None
        if taken is not None and self.on_take is not None:
            self.on_take(taken)
        return taken

    def preview_is_there(self, order: int, digest: str) -> None:
        """The preview of this order is the whole picture that came last, of the request with this digest: it is not
        drawn again, and a cancelled order comes back to it all the same."""
        with self._lock:
            whole = self._whole
            if whole is not None and whole.request.digest == digest:
                self._preview = replace(whole, order=order, preview=True)

    def forget(self) -> None:
        """What has not been taken is dropped, and no preview comes back: the pictures are of other work."""
        with self._lock:
            self._slot = self._preview = self._whole = None

    def refuse_below(self, order: int) -> None:
        """Frames of orders below this one are dropped from now on (cancel).

        Where the order before it had shown a whole preview and was on its way to something better, that preview
        comes once more: it is sharper than what the way looks like.
        """
        with self._lock:
            before, self._least = self._least, max(self._least, order)
            if self._slot is not None and self._slot.order < order:
                self._slot = None
            preview, self._preview = self._preview, None
            back = preview is not None and preview.order == before and before < order
            if preview is not None and back:
                self._slot = replace(preview, edited_at=0.0)  # its wait is over: not measured twice
        if back:
            self._wake()
