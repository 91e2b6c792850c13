"""What is done with a selection, and with what is selected: as actions of the canvas's panel."""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage, QImageReader
from PySide6.QtWidgets import QWidget

from studio_app.document.contents.content import Content
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document
from studio_app.document.edits import drawn_on
from studio_app.document.floating import Matrix, Piece, base_of, lifted, scaling, turning
from studio_app.document.planes import COVER, NOWHERE, Plane, Rect
from studio_app.document.results import premultiplied
from studio_app.document.selections import drawn, everything, feathered, grown, inverted
from studio_app.document.telling import Tell
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow
from studio_app.ui.canvas.exchange import ENCODED
from studio_app.ui.canvas.tool_kit import ToolKit
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.images import straight, to_qimage

STEP = 4
"""Pixels that a selection grows or shrinks by."""
RIGHT_ANGLE = pi / 2


class SelectActions(QObject):
    """Actions of `owner`, named `canvas_...`. What is cut or copied here is kept as it is, floats and all, as long as
    nobody else puts something on the clipboard."""

    def __init__(
        self, studio: Studio, tools: ToolState, kit: ToolKit, owner: QWidget, canvas: QWidget
    ) -> None:
        super().__init__(owner)
        self._studio, self._tools, self._kit = studio, tools, kit
        self._kept: Piece | None = None
        self._place: Rect = NOWHERE
        """Of what was copied last."""
        self._ours = False

        self._owner = owner
        self._make_selecting(canvas)
        self._make_transforming()
        QGuiApplication.clipboard().dataChanged.connect(self._on_clipboard)
        studio.edited.connect(self.refresh)
        tools.changed.connect(self.refresh)
        self.refresh()

    def entries(self) -> list[QAction]:
        """Of a menu: how one selects, and what is done with it."""
        return [*self.selecting, self.cut, self.erase]

    def refresh(self) -> None:
        """Offers what can be done now."""
        chosen = self._studio.document.selection is not None
        paints = self._tools.paints
        for action in (self.none, self.invert, self.grow, self.shrink, self.feather):
            allow(action, chosen, _tr("Nothing is selected."))
        drawn = paints and not self._content.untouched
        for action in (self.by_layer, self.cut, self.erase):
            allow(action, drawn, self._nothing_there(paints=paints))
        movable = drawn or (CONTENTS[self._tools.layer].movable and not self._content.untouched)
        for action in self.transforming[:4]:
            allow(action, movable and not self._tools.frames, self._nothing_there(paints=True))
        floating = self._kit.floater.floating is not None
        for action in (self.keep, self.drop):
            allow(action, floating, _tr("Nothing is being moved."))

    def _made(
        self,
        name: str,
        text: str,
        run: Callable[[], object],
        key: str = "",
        icon: str = "",
        why: str = "",
    ) -> QAction:
        return add_action(self._owner, f"canvas_{name}", text, run, key=key, icon=icon, why=why)

    def _make_selecting(self, canvas: QWidget) -> None:
        """What is selected, and what becomes of it. canvas: where the key to delete acts."""
        self.all = self._made(
            "select_all", _tr("Select all"), self._all, "Ctrl+A", "",
            _tr("Everything, so that what is drawn can be moved or copied."),
        )  # fmt: skip
        self.none = self._made(
            "select_none", _tr("Select nothing"), self._none, "Ctrl+Shift+A", "x"
        )
        self.invert = self._made(
            "select_invert", _tr("Invert the selection"), self._invert, "Ctrl+Shift+I", "contrast"
        )
        self.by_layer = self._made(
            "select_layer", _tr("Select what is drawn"), self._by_layer, "Ctrl+Alt+A", "layers",
            _tr("What has paint on the layer in hand."),
        )  # fmt: skip
        self.grow = self._made(
            "select_grow", _tr("Grow the selection"), lambda: self._grow(STEP), "Ctrl+Alt+]", "plus",
            _tr("By {n} pixels on every side.").format(n=STEP),
        )  # fmt: skip
        self.shrink = self._made(
            "select_shrink", _tr("Shrink the selection"), lambda: self._grow(-STEP), "Ctrl+Alt+[",
            "minus", _tr("By {n} pixels on every side.").format(n=STEP),
        )  # fmt: skip
        self.feather = self._made(
            "select_feather", _tr("Feather the selection"), self._feather, "", "waves",
            _tr("Makes its edge soft over {n} pixels.").format(n=STEP),
        )  # fmt: skip
        self.cut = self._made("cut", _tr("Cut what is selected"), self._cut, "Ctrl+X", "scissors")
        self.erase = self._made(
            "erase_selected", _tr("Delete what is selected"), self._erase, "Del"
        )
        self.erase.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._owner.removeAction(self.erase)
        canvas.addAction(self.erase)
        self.selecting = [
            self.all, self.none, self.invert, self.by_layer, self.grow, self.shrink, self.feather,
        ]  # fmt: skip

    def _make_transforming(self) -> None:
        """How what is selected is moved, mirrored and turned."""
        kit = self._kit
        self.flip_across = self._made(
            "flip_across", _tr("Mirror left and right"), lambda: self._flip(-1, 1), "",
            "flip-horizontal-2",
        )  # fmt: skip
        self.flip_down = self._made(
            "flip_down", _tr("Mirror up and down"), lambda: self._flip(1, -1), "",
            "flip-vertical-2",
        )  # fmt: skip
        self.turn_left = self._made(
            "turn_piece_left",
            _tr("Turn what is selected left"),
            lambda: self._turn(-RIGHT_ANGLE),
            "",
            "rotate-ccw",
        )
        self.turn_right = self._made(
            "turn_piece_right",
            _tr("Turn what is selected right"),
            lambda: self._turn(RIGHT_ANGLE),
            "",
            "rotate-cw",
        )
        self.keep = self._made(
            "keep_move", _tr("Keep the change"), lambda: kit.floater.put_down(), "", "check"
        )
        self.drop = self._made(
            "drop_move", _tr("Give the change up"), lambda: kit.floater.give_up(), "", "x"
        )
        self.transforming = [
            self.flip_across, self.flip_down, self.turn_left, self.turn_right, self.keep, self.drop,
        ]  # fmt: skip

    def _nothing_there(self, *, paints: bool) -> str:
        if self._tools.frames:
            return _tr("Not while the frame is in hand.")
        return _tr("The layer is empty.") if paints else _tr("This layer is not painted on.")

    def copy(self) -> bool:
        """Puts what is selected on the clipboard; False where nothing is selected, and the whole layer is meant."""
        if self._studio.document.selection is None or not self._tools.paints:
            return False
        piece = lifted(self._content, self._studio.document.selection)
        if piece is None:
            self._studio.message.emit(
                Notice(_tr("There is nothing drawn in the selection"), "", "copy")
            )
            return True
        self._keep(piece)
        return True

    def paste(self) -> bool:
        """Lays what was cut or copied here over what is in hand, where it was, to be moved: as it was, or on another
        kind as its picture; so does what comes back from another program in the same size. False where something else
        is on the clipboard, or nothing in hand is painted."""
        if not self._tools.paints:
            return False
        kind = type(self._content)
        kept, brought = self._kept, None if self._kept is not None else self._brought_back()
        if kept is None and brought is None:
            return False
        rect = self._place if kept is None else kept.rect

        def make(_document: Document, _tell: Tell) -> Piece:
            if kept is None:
                assert brought is not None
                return _piece_of(kind, straight(brought()), rect)
            return kept if kept.kind == kind.kind else _piece_of(kind, _seen(kept), rect)

        def put(piece: Piece) -> None:
            self._tools.set_tool("move")
            self._kit.mover.place(piece, _tr("Paste"))

        hand = self._now()
        self._studio.make(_tr("Paste"), lambda _: () if self._now() == hand else None, make, put)
        return True

    # ---- inside ----

    @property
    def _content(self) -> Content:
        """What is in hand: that of a layer, or the mask of one as a content."""
        document = self._studio.document
        item = self._tools.mask_in_hand(document)
        return self._tools.held(document).content if item is None else drawn_on(item, mask=True)

    def _select(self, selection: Plane | None, text: str) -> None:
        if selection is not None and selection.blank:
            selection = None
        self._studio.set_selection(selection, text)

    def _make(self, text: str, change: Callable[[Plane, Tell], Plane]) -> None:
        """Another selection of the one that there is."""

        def make(document: Document, tell: Tell) -> Plane:
            assert document.selection is not None
            return change(document.selection, tell)

        self._studio.make(
            text,
            lambda document: None if document.selection is None else (document.selection,),
            make,
            lambda made: self._select(made, text),
        )

    def _all(self) -> None:
        self._select(everything(self._studio.document.canvas), self.all.text())

    def _none(self) -> None:
        self._select(None, self.none.text())

    def _invert(self) -> None:
        self._make(self.invert.text(), lambda selection, _: inverted(selection))

    def _grow(self, by: int) -> None:
        text = self.grow.text() if by > 0 else self.shrink.text()
        self._make(text, lambda selection, tell: grown(selection, by, tell))

    def _feather(self) -> None:
        self._make(self.feather.text(), lambda selection, tell: feathered(selection, STEP, tell))

    def _by_layer(self) -> None:
        content, text = self._content, self.by_layer.text()
        self._studio.make(
            text,
            lambda document: (),  # what was drawn when it was asked for
            lambda _, tell: drawn(content, tell),
            lambda made: self._select(made, text),
        )

    def _erase(self) -> None:
        document = self._studio.document
        item = self._tools.mask_in_hand(document)
        if item is None:
            self._studio.clear_layer(self._tools.target(document))
            return
        chosen = document.selection or everything(document.canvas)
        (left,) = base_of(self._content, chosen).planes.values()
        self._studio.set_mask(item.id, left, self.erase.text())

    def _cut(self) -> None:
        piece = lifted(self._content, self._studio.document.selection)
        if piece is not None:
            self._keep(piece)
            self._erase()

    def _keep(self, piece: Piece) -> None:
        """The pixels as they are for us, and a picture for other programs; of a large piece that comes a little
        later."""
        self._kept, self._place = piece, piece.rect
        if piece.large:
            self._studio.work_out(
                lambda: _picture_of(piece), lambda image: self._offer(piece, image)
            )
        else:
            self._offer(piece, _picture_of(piece))

    def _offer(self, piece: Piece, image: QImage) -> None:
        if self._kept is piece:  # nothing else was copied meanwhile, here or elsewhere
            self._ours = True
            QGuiApplication.clipboard().setImage(image)
            self._ours = False

    def _brought_back(self) -> Callable[[], QImage] | None:
        """What another program has put on the clipboard, where it has the size of what was copied here last: to be
        decoded in any thread."""
        mime = QGuiApplication.clipboard().mimeData() if self._place[2] else None
        if mime is None:
            return None
        kind = next((kind for kind in ENCODED if mime.hasFormat(kind)), None)
        if kind is None:
            found = mime.imageData() if mime.hasImage() else None
            image = found if isinstance(found, QImage) else QImage()
            return (lambda: image) if _size_of(image) == self._place[2:] else None
        data = bytes(mime.data(kind).data())
        return (lambda: QImage.fromData(data)) if _said_size(data) == self._place[2:] else None

    def _now(self) -> tuple[str, str]:
        """What is in hand."""
        document = self._studio.document
        return self._tools.masked, self._tools.target(document)

    def _on_clipboard(self) -> None:
        if not self._ours:
            self._kept = None

    def _flip(self, across: int, down: int) -> None:
        self._transform(lambda about: scaling(across, down, about))

    def _turn(self, angle: float) -> None:
        self._transform(lambda about: turning(angle, about))

    def _transform(self, change: Callable[[tuple[float, float]], Matrix]) -> None:
        """Of what is selected; it stays in hand, to be kept or given up."""
        self._tools.set_tool("move")
        self._kit.mover.apply(change)
        self.refresh()


def _piece_of(kind: type[Content], rgba: NDArray[np.uint8], rect: Rect) -> Piece:
    """Of a picture [h, w, 4] of straight alpha, as it is on that kind of layer. Nothing where it is transparent."""
    _, _, width, height = rect
    content = kind.of_rgba(rgba, width, height)
    values, alpha = content.sheet((0, 0, width, height))
    there = np.minimum(alpha, rgba[..., 3] / np.float32(255))
    chosen = np.where(rgba[..., 3] > 0, np.uint8(255), np.uint8(0))
    return Piece(rect, content.with_sheet(0, 0, values, there), rect[:2], Plane.of(COVER, chosen))


def _seen(piece: Piece) -> NDArray[np.uint8]:
    """uint8 [h, w, 4] of a piece, as a picture of its kind looks."""
    return piece.content().picture(*piece.rect[2:])


def _picture_of(piece: Piece) -> QImage:
    """In any thread."""
    return to_qimage(premultiplied(_seen(piece))).copy()


def _size_of(image: QImage) -> tuple[int, int]:
    return image.width(), image.height()


def _said_size(data: bytes) -> tuple[int, int]:
    """Of a picture in a file: nothing is decoded for it."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    size = QImageReader(buffer).size()
    return size.width(), size.height()


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasPanel", text)
