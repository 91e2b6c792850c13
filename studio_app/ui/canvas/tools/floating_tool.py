"""What moves and warps have in common: a piece in hand over its layer, until it is kept or given up."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from studio_app.document.document import Document
from studio_app.document.edits import Floating, OpenEdit, drawn_on, floating, item_of, piece_of
from studio_app.document.floating import Piece, Placing
from studio_app.document.marks import Point
from studio_app.document.planes import Plane
from studio_app.document.selections import everything
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.ghost import Ghost
from studio_app.ui.canvas.tools.tool import DragTool
from studio_app.ui.transform import DocumentToView


class FloatingTool(DragTool):
    """Enter keeps what is in hand, so does whatever comes next; Escape gives it up.

    A small piece is laid anew at each move of the hand. Of a large one a ghost follows it, and it is laid when the hand
    lets go, by the tile, as far as somebody looks.
    """

    text = ""

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject | None = None) -> None:
        super().__init__(studio, tools, parent)
        self._edit: Floating | None = None
        self._seen: tuple[object, ...] = ()
        self._box: Piece | None = None
        self._ghost: Ghost | None = None

    # ---- what is in hand ----

    @property
    def floating(self) -> Floating | None:
        """What is being moved and not yet kept."""
        if self._edit is not None and not self.studio.holds(self._edit):
            self._edit = self._ghost = None
        return self._edit

    def piece(self) -> Piece | None:
        """What would be moved, or is."""
        edit = self.floating
        if edit is not None:
            return edit.piece
        document = self.studio.document
        target, mask = self.target()
        item = document.stack.find(target) if mask else document.stack.resolve(target)
        if item is None:
            return None
        seen = (item, document.selection)
        if not self._seen or any(a is not b for a, b in zip(seen, self._seen, strict=True)):
            self._seen = seen
            content = drawn_on(item, mask=mask)
            self._box = piece_of(content, document.selection)
        return self._box

    def way(self) -> Placing | None:
        """Where the hand has brought what floats; None where nothing does."""
        if self.floating is None or self._edit is None:
            return None
        return self._edit.way if self._ghost is None else self._ghost.way

    def middle(self) -> Point | None:
        """Of where it is now."""
        piece, way = self.piece(), self.way()
        if piece is None:
            return None
        return piece.middle if way is None else way.of(piece.middle)

    def put_down(self) -> None:
        if self.floating is not None:
            self._lay()
            self.studio.end_stroke()
        self._edit = None

    # ---- dragging ----

    def finish(self) -> None:
        self._lay()
        self.studio.set_pen_down(False)

    def give_up(self) -> None:
        if self.floating is not None:
            self.studio.cancel_stroke()
        self.studio.set_pen_down(False)  # also where another command has kept it during the drag
        self._edit = self._ghost = None

    def key(self, event: QKeyEvent) -> bool:
        edit = self.floating
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and edit is not None:
            self.put_down()
            return True
        if event.key() == Qt.Key.Key_Escape and edit is not None:
            self.give_up()
            return True
        return super().key(event)

    def description(self) -> str:
        if self.floating is None:
            return ""
        return _tr("Enter keeps it")

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        if active and self._ghost is not None and self.floating is not None:
            self._ghost.paint(painter, transform)

    # ---- inside ----

    def _there_is_nothing(self) -> bool:
        """Says so, where there is."""
        if self.piece() is not None:
            return False
        said = _tr("There is nothing here to move")
        hint = _tr("Draw on the layer first, or select another part of it.")
        self.studio.message.emit(Notice(said, hint, "move"))
        return True

    def _take(self) -> bool:
        """Cuts the piece out, unless it is in hand already: of all that is drawn, a shape included that a hand is
        drawing."""
        if self.floating is not None:
            return True
        self.studio.undo_stack.settle()
        piece = self.piece()
        if piece is None:
            return False
        target, mask = self.target()
        selection = self.studio.document.selection
        hole = selection or everything(self.studio.document.canvas)
        return self._open(target, piece, hole, _tr(self.text), mask=mask)

    def _open(
        self, target: str, piece: Piece, hole: Plane | None, text: str, *, mask: bool
    ) -> bool:
        made: list[Floating] = []

        def make(document: Document, id: str) -> OpenEdit:
            item_of(document, id)
            made.append(floating(document, id, piece, hole, mask=mask))
            return made[0]

        if not self.studio.begin_edit(target, make, text):
            return False
        self._edit, self._ghost = made[0], None
        return True

    def _apply(self, way: Placing) -> None:
        """While a hand drags a large piece, to its ghost alone."""
        edit = self.floating
        if edit is None or not way.usable:
            return
        if self.dragging and edit.piece.large and edit.piece.source.paintable:
            self._ghost = self._ghost or Ghost(edit.piece)
            self._ghost.way = way
        else:
            self.studio.stroke_to(way)

    def _lay(self) -> None:
        """The piece where its ghost is."""
        ghost, self._ghost = self._ghost, None
        if ghost is not None and self.floating is not None:
            self.studio.stroke_to(ghost.way)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasTools", text)
