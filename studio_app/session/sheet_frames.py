"""Which pictures a sheet is made of: chosen or starred ones, or the request of now with many seeds or in many poses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.document import Document
from studio_app.document.results import Picture
from studio_app.export.frame_asks import Ask, Present, asked
from studio_app.export.settings import SheetSource
from studio_app.session.export_jobs import Take
from studio_app.session.gallery import Gallery
from studio_app.session.io_worker import IoWorker
from studio_app.session.series import Series


@dataclass(frozen=True, eq=False)
class Slot:
    """A frame of a sheet: its picture, or else what has to be drawn first. row: of its animation."""

    picture: Picture | None
    ask: Ask | None = None
    row: str = ""


class SheetFrames(QObject):
    """Window's thread. `follow` a source; `slots` are its frames in the order of the sheet; `changed` tells of them.

    A pose file is read in the reader's thread. What was drawn for a sheet is kept as long as the sheet is wanted, also
    when the history has forgotten it.
    """

    changed = Signal()

    def __init__(
        self,
        gallery: Gallery,
        present: Callable[[], Present],
        reader: IoWorker,
        series: Series,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._gallery, self._present, self._reader = gallery, present, reader
        self.series = series
        self.source = SheetSource()
        self.chosen: tuple[str, ...] = ()
        """Ids of pictures, in the order of the sheet."""
        self.slots: tuple[Slot, ...] = ()
        self.error: StudioError | None = None
        """Why there are none."""
        self.reading = False
        self._asks: tuple[Ask, ...] = ()
        self._kept: dict[str, Picture] = {}
        """By the digest of a request."""
        self._known: tuple[object, ...] = ()
        series.drawn.connect(self._on_drawn)

    @property
    def document(self) -> Document:
        """What is on the desk."""
        return self._present().document

    @property
    def takes(self) -> tuple[Take, ...]:
        """The frames that are there."""
        return tuple(
            Take(slot.picture, row=slot.row) for slot in self.slots if slot.picture is not None
        )

    @property
    def missing(self) -> tuple[Ask, ...]:
        """What has to be drawn before the sheet is whole."""
        return tuple(
            slot.ask for slot in self.slots if slot.picture is None and slot.ask is not None
        )

    @property
    def words(self) -> str:
        """What they are pictures of."""
        if self.source.of in ("seeds", "poses"):
            return self._present().document.settings.prompt
        return next((take.words for take in self.takes), "")

    @property
    def keeps_depth(self) -> bool:
        """Whether the drawn depth, which knows nothing of poses, is in every one of them."""
        controls = (control for ask in self._asks for control in ask.request.controls)
        return self.source.of == "poses" and any(control.kind == "depth" for control in controls)

    @property
    def first_seed(self) -> int:
        """The seed that a range begins with."""
        first = self.source.first
        return self._present().document.settings.seed if first is None else first

    def choose(self, pictures: Sequence[Picture]) -> None:
        """Pictures of the history, in the order of the sheet."""
        self.reorder(tuple(picture.id for picture in pictures))

    def reorder(self, chosen: tuple[str, ...]) -> None:
        """As `choose`, by their ids."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.follow(self.source)

    def draw(self) -> None:
        """Has the engine draw what is missing."""
        if self.missing:
            self.series.draw(self.missing)

    def follow(self, source: SheetSource) -> None:
        """Another source, or the same after something changed."""
        self.source = source
        if source.of in ("chosen", "starred"):
            self._known, self.reading = (), False
            self._show(self._of_history(), self._why_none())
            return
        present = self._present()
        known = (source, present.document, present.capabilities, present.model)
        if self._is_known(known):
            self.match()
            return
        self._known, self.reading = known, True
        self._reader.submit(
            lambda: asked(source, present),
            lambda asks: self._on_asked(known, asks),
            lambda error: self._on_asked(known, (), error),
        )

    def match(self) -> None:
        """After the history has changed."""
        if self.source.of in ("chosen", "starred"):
            self._show(self._of_history(), self._why_none())
        elif not self.reading and self.error is None:
            self._show(tuple(self._slot(ask) for ask in self._asks), None)

    # ---- inside ----

    def _is_known(self, known: tuple[object, ...]) -> bool:
        return len(self._known) == len(known) and all(
            a is b or (i == 0 and a == b)
            for i, (a, b) in enumerate(zip(self._known, known, strict=True))
        )

    def _of_history(self) -> tuple[Slot, ...]:
        if self.source.of == "starred":
            return tuple(Slot(picture) for picture in self._gallery if picture.starred)
        found = (self._gallery.get(id) for id in self.chosen)
        return tuple(Slot(picture) for picture in found if picture is not None)

    def _why_none(self) -> StudioError | None:
        if self._of_history():
            return None
        if self.source.of == "starred":
            return StudioError(
                self.tr("No picture is starred"), "", self.tr("Star some in the filmstrip (S).")
            )
        return StudioError(
            self.tr("No pictures are chosen"),
            "",
            self.tr("Click them in the filmstrip, with Ctrl held down."),
        )

    def _on_drawn(self, picture: Picture) -> None:
        self._kept[picture.request.digest] = picture
        self.match()

    def _slot(self, ask: Ask) -> Slot:
        digest = ask.request.digest
        picture = self._gallery.of_request(digest) or self._kept.get(digest)
        if picture is not None:
            self._kept[digest] = picture
        return Slot(picture, ask, ask.row)

    def _on_asked(
        self, known: tuple[object, ...], asks: tuple[Ask, ...], error: StudioError | None = None
    ) -> None:
        if known is not self._known:
            return
        self.reading = False
        self._asks = asks
        digests = {ask.request.digest for ask in asks}
        self._kept = {digest: kept for digest, kept in self._kept.items() if digest in digests}
        self.slots, self.error = tuple(self._slot(ask) for ask in asks), error
        self.changed.emit()

    def _show(self, slots: tuple[Slot, ...], error: StudioError | None) -> None:
        same = len(slots) == len(self.slots) and all(
            a.picture is b.picture and a.ask is b.ask and a.row == b.row
            for a, b in zip(slots, self.slots, strict=True)
        )
        if not same or str(error) != str(self.error):
            self.slots, self.error = slots, error
            self.changed.emit()
