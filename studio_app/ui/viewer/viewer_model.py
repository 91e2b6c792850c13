"""What the viewer shows and how: the newest frames or a step that was scrubbed to, and the ways to look."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from studio_app.document.results import Picture
from studio_app.session.mailbox import Delivery
from studio_app.ui.images import to_qimage

Look = Literal["x0", "xt", "both"]
LOOKS: tuple[Look, ...] = get_args(Look)


class ViewerModel(QObject):
    """Shared by the viewer in the window and the one in full screen.

    Live frames arrive by `show_delivery`; while a step or an older picture is pinned (`pin`) they wait without
    being shown. `changed` asks for a repaint, `layout_changed` says that the extent may differ.
    """

    changed = Signal()
    layout_changed = Signal()
    looks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live: dict[str, QImage] = {}
        self._pinned: dict[str, QImage] | None = None
        self._look: Look = "x0"
        self._kept: QImage | None = None
        self._compare = False
        self._split = 0.5
        self._tiled = self._checkered = self._calm = False

    # What is shown

    def show_delivery(self, delivery: Delivery) -> None:
        """Takes the newest frames of a run; calm takes whole pictures only."""
        if self._calm and not delivery.final:
            return
        before = self.picture_size()
        for which, frame in (("xt", delivery.noisy), ("x0", delivery.denoised)):
            if frame is not None:
                self._live[which] = to_qimage(frame.pixels)
        if len({(image.width(), image.height()) for image in self._live.values()}) > 1:
            frame = delivery.denoised or delivery.noisy
            only = "x0" if delivery.denoised is not None else "xt"
            assert frame is not None
            self._live = {only: to_qimage(frame.pixels)}  # the other is of another picture size
        if self._pinned is None:
            self._tell(before)

    def show_picture(self, image: QImage | None) -> None:
        """A finished picture (or none) as the live one, until the next frame comes."""
        before = self.picture_size()
        self._live = {"x0": image} if image is not None else {}
        if self._pinned is None:
            self._tell(before)

    def pin(self, noisy: QImage | None, denoised: QImage | None) -> None:
        """Shows this step or picture, whatever arrives, until `unpin`."""
        before = self.picture_size()
        pair = {"xt": noisy, "x0": denoised}
        self._pinned = {name: image for name, image in pair.items() if image is not None}
        self._tell(before)

    def unpin(self) -> None:
        """Back to the newest frames."""
        if self._pinned is not None:
            before = self.picture_size()
            self._pinned = None
            self._tell(before)

    @property
    def pinned(self) -> bool:
        return self._pinned is not None

    def image(self, which: Literal["x0", "xt"]) -> QImage | None:
        """x_t or x0 of what is shown now."""
        return (self._live if self._pinned is None else self._pinned).get(which)

    def shown(self) -> tuple[Literal["x0", "xt"], ...]:
        """Which pictures are on screen, from left to right."""
        return ("xt", "x0") if self._look == "both" else (self._look,)

    def picture_size(self) -> QSize:
        """Of one picture, in its pixels; empty before there is any."""
        for which in ("x0", "xt"):
            image = self.image(which)
            if image is not None:
                return image.size()
        return QSize()

    # How it is shown

    @property
    def look(self) -> Look:
        return self._look

    def set_look(self, look: Look) -> None:
        """ "x0" the clean prediction, "xt" the noisy state, "both" side by side."""
        if look != self._look:
            self._look = look
            self._told_looks()

    def next_look(self) -> None:
        self.set_look(LOOKS[(LOOKS.index(self._look) + 1) % len(LOOKS)])

    @property
    def tiled(self) -> bool:
        return self._tiled

    def set_tiled(self, on: bool) -> None:
        """Three by three of the picture, to see its seams."""
        if on != self._tiled:
            self._tiled = on
            self._told_looks()

    @property
    def checkered(self) -> bool:
        return self._checkered

    def set_checkered(self, on: bool) -> None:
        """A checkerboard where the picture is transparent; else the plain surround."""
        if on != self._checkered:
            self._checkered = on
            self._told_looks()

    @property
    def calm(self) -> bool:
        return self._calm

    def set_calm(self, on: bool) -> None:
        """Only whole pictures, no forming ones."""
        if on != self._calm:
            self._calm = on
            self._told_looks()

    # A and B

    @property
    def kept(self) -> QImage | None:
        return self._kept

    @property
    def compares(self) -> bool:
        return self._compare and self._kept is not None

    def keep(self) -> bool:
        """Keeps the shown x0 as A, to compare with what comes; whether there was one."""
        image = self.image("x0")
        if image is None:
            return False
        self._kept = image
        self._compare = True
        self._told_looks()
        return True

    def compare_with(self, picture: Picture) -> None:
        """A picture as A, whatever is shown as B."""
        self._kept = to_qimage(picture.pixels)
        self._compare = True
        self._told_looks()

    def set_compare(self, on: bool) -> None:
        """A (kept) left of the divider, B (now) right of it. Keeps the shown one if none was kept."""
        if on and self._kept is None:
            if not self.keep():
                self.looks_changed.emit()  # whoever asked sees that it is not so
        elif on != self._compare:
            self._compare = on
            self._told_looks()

    @property
    def split(self) -> float:
        """Where the divider is, 0..1 of the picture's width."""
        return self._split

    def set_split(self, share: float) -> None:
        share = min(max(share, 0.0), 1.0)
        if share != self._split:
            self._split = share
            self.changed.emit()

    def _told_looks(self) -> None:
        self.looks_changed.emit()
        self.layout_changed.emit()
        self.changed.emit()

    def _tell(self, before: QSize) -> None:
        if self.picture_size() != before:
            self.layout_changed.emit()
        self.changed.emit()
