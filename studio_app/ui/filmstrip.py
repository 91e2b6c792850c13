"""The finished pictures, newest at the right: look again, select several, drag out as a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio_app.document.results import Picture
from studio_app.session.gallery import Gallery
from studio_app.ui import icons, theme
from studio_app.ui.images import to_qimage

SIDE = 72
"""Logical pixels of a picture in the strip; the row is one frame of 4 around it."""
_MARGIN = 4
_SEARCH = 220
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class GalleryItemModel(QAbstractListModel):
    """The gallery's pictures, oldest first, as a Qt model."""

    def __init__(self, gallery: Gallery, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._pictures: list[Picture] = list(gallery)
        self.words = ""
        """Only pictures that answer these are there."""

    def picture(self, row: int) -> Picture:
        return self._pictures[row]

    def row_of(self, picture: str) -> int:
        """Of the picture with that id; -1 where it is not among them."""
        return next((row for row, known in enumerate(self._pictures) if known.id == picture), -1)

    def refresh(self) -> None:
        """Takes over what the gallery holds now, moving as little as it can."""
        now = [picture for picture in self._gallery if picture.answers(self.words)]
        kept = {picture.id for picture in now}
        for row in reversed(range(len(self._pictures))):
            if self._pictures[row].id not in kept:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._pictures[row]
                self.endRemoveRows()
        places = {picture.id: row for row, picture in enumerate(now)}
        known = {picture.id for picture in self._pictures}
        for row, picture in enumerate(now):
            while (  # the one here has gone on, behind this one, which is there already
                picture.id in known
                and self._pictures[row].id != picture.id
                and places[self._pictures[row].id] > row
            ):
                known.discard(self._pictures[row].id)
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._pictures[row]
                self.endRemoveRows()
            if row == len(self._pictures) or self._pictures[row].id != picture.id:
                self.beginInsertRows(QModelIndex(), row, row)
                self._pictures.insert(row, picture)
                self.endInsertRows()
            elif self._pictures[row] is not picture:  # starred, or no longer
                self._pictures[row] = picture
                self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._pictures)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._pictures):
            return None
        picture = self._pictures[index.row()]
        request = picture.request
        if role == Qt.ItemDataRole.DecorationRole:
            return to_qimage(picture.thumbnail)
        if role == Qt.ItemDataRole.ToolTipRole:
            said = self.tr("{prompt}\nseed {seed}, {steps} steps, guidance {guidance}").format(
                prompt=request.prompt,
                seed=request.seed,
                steps=request.steps,
                guidance=f"{request.guidance_scale:g}",
            )
            parts = (picture.label, said, _when(picture.made))
            return "\n".join(part for part in parts if part)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            star = self.tr("starred, ") if picture.starred else ""
            return star + ", ".join(part for part in (picture.label, request.prompt) if part)
        if role == Qt.ItemDataRole.UserRole:
            return picture
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled


def _when(made: float | None) -> str:
    return "" if made is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(made))


class _PictureDelegate(QStyledItemDelegate):
    """A thumbnail, a frame when it is chosen, a star in its corner."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(SIDE + 2 * _MARGIN, SIDE + 2 * _MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        picture: Picture = index.data(Qt.ItemDataRole.UserRole)
        image = to_qimage(picture.thumbnail)
        area: QRect = option.rect.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(0, 0), size)
        place.moveCenter(area.center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(place, theme.colour("checker_a"))
        painter.drawImage(place, image)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(place.adjusted(-1, -1, 1, 1))
        if picture.starred:
            corner = QRect(place.right() - 19, place.top() + 1, 18, 18)
            painter.fillRect(corner, theme.colour("panel"))
            ratio = painter.device().devicePixelRatioF()
            star = icons.pixmap("star", 14, "accent", ratio)
            painter.drawPixmap(corner.topLeft() + QPoint(2, 2), star)
        if picture.label:
            self._paint_label(painter, place, picture.label)
        painter.restore()

    def _paint_label(self, painter: QPainter, place: QRect, label: str) -> None:
        """On the lower edge of its picture, as much of it as there is room for."""
        font = QFont(painter.font())
        font.setPixelSize(theme.SMALL)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        band = QRect(place.left(), 0, place.width(), metrics.height())
        band.moveBottom(place.bottom())
        painter.fillRect(band, theme.colour("panel"))
        painter.setPen(theme.colour("text"))
        said = metrics.elidedText(label, Qt.TextElideMode.ElideRight, band.width() - 4)
        painter.drawText(band.adjusted(2, 0, -2, 0), Qt.AlignmentFlag.AlignVCenter, said)


class Filmstrip(QListView):
    """`chosen(picture)` looks at a Picture, `let_go` at none of these, `restore_asked` means the one looked at,
    `drag_asked(picture)` drags one out. Ctrl and Shift select several, for a sheet.

    What else can be done with it are actions, given by `use_actions`.
    """

    chosen = Signal(object)
    several_chosen = Signal(object)
    """Two pictures or more, in the order of the history."""
    restore_asked = Signal()
    drag_asked = Signal(object)
    let_go = Signal()

    def __init__(self, gallery: Gallery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = GalleryItemModel(gallery, self)
        self.setModel(self._model)
        self.setItemDelegate(_PictureDelegate(self))
        theme.set_role(self, "strip")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setSpacing(0)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFixedHeight(SIDE + 2 * _MARGIN + 12)
        self.setAccessibleName(self.tr("Filmstrip of finished pictures"))
        self.setAccessibleDescription(
            self.tr(
                "Arrows look at a picture, Shift and Ctrl select several, Enter restores its settings, S stars and "
                "Delete removes what is selected, Escape goes back to live."
            )
        )
        self._menu: Callable[[QWidget], QMenu] | None = None
        self._shown: Picture | None = None
        self.clicked.connect(self._on_click)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self.doubleClicked.connect(lambda _: self.restore_asked.emit())
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Words of a prompt or label"))
        self.search.setAccessibleName(self.tr("Find in the history"))
        self.search.setFixedWidth(_SEARCH)
        self.end_search = QAction(self.tr("Show all pictures again (Escape)"), self.search)
        icons.set_icon(self.end_search, "x")
        self.end_search.triggered.connect(self._end_search)
        self.search.addAction(self.end_search, QLineEdit.ActionPosition.TrailingPosition)
        self.search.hide()
        self.search.textChanged.connect(self._on_words)
        self.search.installEventFilter(self)

    def ask_words(self) -> None:
        """Asks for words: only pictures that answer them are in the strip, until Escape."""
        self.setViewportMargins(_SEARCH + 2 * theme.UNIT, 0, 0, 0)  # it covers no picture
        self._place_search()
        self.search.show()
        self.search.raise_()
        self.search.setFocus()
        self.search.selectAll()

    def _end_search(self) -> None:
        self.search.clear()
        self.search.hide()
        self.setViewportMargins(0, 0, 0, 0)
        self._to_shown()
        self.setFocus()

    def _place_search(self) -> None:
        above = (self.height() - self.search.sizeHint().height()) // 2
        self.search.move(theme.UNIT, above)

    def _on_words(self, words: str) -> None:
        self._model.words = words
        self._model.refresh()
        self._to_shown()
        self.viewport().update()

    def _to_shown(self) -> None:
        """Other pictures are there: the one that is looked at is marked and in sight, if it is among them."""
        self.executeDelayedItemsLayout()
        self._to_newest()
        self.show_shown(self._shown)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape in the field for words: all pictures are there again."""
        key = event.key() if isinstance(event, QKeyEvent) else 0
        pressed = watched is self.search and event.type() == QEvent.Type.KeyPress
        if pressed and key == Qt.Key.Key_Escape:
            self._end_search()
            return True
        return super().eventFilter(watched, event)

    def use_actions(
        self, actions: Iterable[QAction], menu: Callable[[QWidget], QMenu] | None = None
    ) -> None:
        """Actions whose keys act here too; menu: makes the menu of a right click."""
        self.addActions(list(actions))
        self._menu = menu

    def show_shown(self, picture: Picture | None) -> None:
        """Marks the picture that is looked at; none while the newest is shown, where the arrows start. Several that are
        selected stay so."""
        self._shown = picture
        row = self._model.row_of(picture.id) if picture is not None else -1
        flags = QItemSelectionModel.SelectionFlag
        several = len(self.several) > 1
        if row >= 0:
            index = self._model.index(row)
            how = flags.NoUpdate if several else flags.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, how)
            self.scrollTo(index)
        else:
            newest = self._model.index(self._model.rowCount() - 1)
            if not several:
                self.selectionModel().clearSelection()
            self.selectionModel().setCurrentIndex(newest, flags.NoUpdate)

    @property
    def several(self) -> tuple[Picture, ...]:
        """Those that are selected, in the order of the history."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return tuple(self._model.picture(row) for row in rows)

    def refresh(self) -> None:
        """The gallery has changed: shows it, and stays at the newest if that was in sight."""
        follows = self._at_newest()
        self._model.refresh()
        if follows:
            self._to_newest()
        self.viewport().update()

    def _at_newest(self) -> bool:
        bar = self.horizontalScrollBar()
        return bar.value() >= bar.maximum() - SIDE

    def _to_newest(self) -> None:
        self.scrollToBottom()
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().maximum())

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Its file has to be made first: whoever hears of it begins the drag."""
        index = self.currentIndex()
        if index.isValid():
            self.drag_asked.emit(self._model.picture(index.row()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In less room the oldest go out of sight, not the newest."""
        follows = self._at_newest() and not self.selectionModel().hasSelection()
        super().resizeEvent(event)
        self._place_search()
        if follows:
            self.executeDelayedItemsLayout()
            self._to_newest()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._model.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(theme.colour("text_muted"))
            said = self.tr(
                "Finished pictures gather here. Star the good ones; drag one out as a file."
            )
            if self._model.words:
                said = self.tr("No picture answers these words")
            room = self.viewport().rect().adjusted(theme.UNIT, 0, -theme.UNIT, 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), said)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if event.key() == Qt.Key.Key_Escape:
            self.selectionModel().clearSelection()
            self.let_go.emit()
        elif row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.restore_asked.emit()
        else:
            super().keyPressEvent(event)
            if self.currentIndex().row() not in (-1, row):
                self._choose(self.currentIndex())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A right click looks at the picture first: the menu is about what is shown, or about all that are selected
        where it is one of several."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if self._menu is not None and index.isValid():
            if not self.selectionModel().isSelected(index):
                flags = QItemSelectionModel.SelectionFlag
                self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect)
            self._choose(index)
            place = (
                event.globalPos()
                if by_mouse
                else self.viewport().mapToGlobal(self.visualRect(index).center())
            )
            self._menu(self).popup(place)

    def _on_click(self, index: Index) -> None:
        """One that was taken out of several is not looked at for that."""
        if self.selectionModel().isSelected(index):
            self._choose(index)

    def _on_selection(self) -> None:
        if len(self.several) > 1:
            self.several_chosen.emit(self.several)

    def _choose(self, index: Index) -> None:
        self.chosen.emit(self._model.picture(index.row()))
