"""A run under way: from the engine's frames to what the window is shown, and to the record that is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from studio_app.core.frame import Frame
from studio_app.document.results import RunRecord, StepRecord, new_id, step_record
from studio_app.document.store.finished import Finished
from studio_app.session.mailbox import Delivery, FrameMailbox
from studio_app.session.orders import Order, Rung

Keep = Callable[[Finished], object]


def keep_nothing(_: Finished) -> None:
    """Of pictures that nobody waits for."""


@dataclass(frozen=True)
class RunEnd:
    """How a rung ended. record: of a run to be kept, or None. complete: whether it came to its end."""

    order: Order
    rung: Rung
    record: RunRecord | None
    complete: bool


class Drawing:
    """One rung of an order: what it made so far, and when. Belongs to the engine's thread.

    preview: a better picture follows. abar: by timestep; empty where it is not known. keep: gets the picture that a
    run to be kept has come to, before anybody sees it.
    """

    def __init__(
        self,
        order: Order,
        rung: Rung,
        preview: bool,
        abar: Sequence[float],
        mailbox: FrameMailbox,
        keep: Keep = keep_nothing,
    ) -> None:
        self._keep = keep
        self._id = new_id()
        self.final = False
        """Whether the run came to its end."""
        self._order = order
        self._rung = rung
        self._preview = preview
        self._abar = abar
        self._mailbox = mailbox
        self._steps: list[StepRecord] = []
        self._noisy: Frame | None = None
        self._denoised: Frame | None = None
        self._step_ms: list[float] = []
        self._decode_ms: list[float] = []
        self._began = self._resumed = time.perf_counter()

    def arrived(self, frame: Frame) -> None:
        """The next frame. Its time runs from the return of the last call."""
        now = time.perf_counter()
        self._took(frame, (now - self._resumed) * 1000)
        self._resumed = time.perf_counter()

    def end(self, *, cancelled: bool) -> RunEnd:
        """cancelled: by hand. A run that ended or was cancelled is kept; one that was overtaken is not."""
        record = None
        if self._rung.keep and self._steps and (self.final or cancelled):
            whole = self._denoised if self.final else None
            record = RunRecord(
                0,
                self._rung.request,
                tuple(self._steps),
                None if whole is None else whole.pixels,
                time.perf_counter() - self._began,
                id=self._id,
            )
        return RunEnd(self._order, self._rung, record, self.final)

    def times(self, known: Mapping[str, float]) -> dict[str, float]:
        """Milliseconds by stage; empty where nothing was made. known: the engine's own, which the first step's
        time has in it: taken out."""
        if not self._step_ms or not self._decode_ms:
            return {}
        steps = [max(self._step_ms[0] - sum(known.values()), 0.0), *self._step_ms[1:]]
        decode = sum(self._decode_ms) / len(self._decode_ms)
        return {**known, "step": sum(steps) / len(steps), "decode": decode}

    def _took(self, frame: Frame, milliseconds: float) -> None:
        if frame.kind == "noisy":
            self._noisy = frame
            self._step_ms.append(milliseconds)
            return
        self._denoised = frame
        if frame.kind != "final":
            self._decode_ms.append(milliseconds)
            if self._rung.keep and self._noisy is not None:
                abar = self._abar[frame.timestep] if self._abar else 0.0
                self._steps.append(step_record(self._noisy, frame, abar))
            if frame.kind == "denoised" and frame.step == frame.steps:
                return  # the final frame follows at once, with the same pixels
        self.final = frame.kind == "final" or (frame.kind == "draft" and frame.step == frame.steps)
        if self.final and self._rung.keep:
            people = self._order.people
            self._keep(Finished(self._id, self._rung.request, frame.pixels, people))
        self._mailbox.put(
            Delivery(
                self._order.number,
                self._rung.request,
                self._noisy,
                frame,
                self.final,
                self._preview,
                self._order.edited_at,
                self._order.revision,
            )
        )
