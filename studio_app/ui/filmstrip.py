"""The finished pictures, newest at the right: look again, star, restore, save, drag out as a file."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio_app.core.errors import StudioError
from studio_app.document.layer_files import write_picture
from studio_app.document.results import Picture
from studio_app.session.gallery import Gallery
from studio_app.ui import icons, theme
from studio_app.ui.images import to_qimage

log = logging.getLogger(__name__)

SIDE = 72
"""Logical pixels of a picture in the strip; the row is one frame of 4 around it."""
_MARGIN = 4
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class GalleryItemModel(QAbstractListModel):
    """The gallery's pictures, oldest first, as a Qt model."""

    def __init__(self, gallery: Gallery, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._pictures: list[Picture] = list(gallery)
        self._dragged: Path | None = None

    def picture(self, row: int) -> Picture:
        return self._pictures[row]

    def refresh(self) -> None:
        """Takes over what the gallery holds now, moving as little as it can."""
        now = list(self._gallery)
        kept = {picture.id for picture in now}
        for row in reversed(range(len(self._pictures))):
            if self._pictures[row].id not in kept:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._pictures[row]
                self.endRemoveRows()
        for row, picture in enumerate(now):
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
            return self.tr("{prompt}\nseed {seed}, {steps} steps, guidance {guidance}").format(
                prompt=request.prompt,
                seed=request.seed,
                steps=request.steps,
                guidance=f"{request.guidance_scale:g}",
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            star = self.tr("starred, ") if picture.starred else ""
            return star + request.prompt
        if role == Qt.ItemDataRole.UserRole:
            return picture
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list", "application/x-qt-image"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The pictures as PNG files of a temporary folder, so that any program takes them."""
        data = QMimeData()
        urls: list[QUrl] = []
        if self._dragged is None:
            # Left to the system to clear: who took a file may read it long after the window is gone.
            self._dragged = Path(tempfile.mkdtemp(prefix="underpaint-"))
        for index in indexes:
            picture = self.picture(index.row())
            file = self._dragged / f"{suggested_name(picture)}.png"
            try:
                write_picture(file, picture.pixels, picture.request)
            except StudioError as error:
                log.warning("%s", error)
                continue
            urls.append(QUrl.fromLocalFile(str(file)))
            data.setImageData(to_qimage(picture.pixels))
        data.setUrls(urls)
        return data


def suggested_name(picture: Picture) -> str:
    """A file name of the first words of the prompt and the seed, safe everywhere."""
    words = "".join(sign if sign.isalnum() else " " for sign in picture.request.prompt).split()
    return "-".join([*words[:6], str(picture.request.seed)])[:80].lower()


class _PictureDelegate(QStyledItemDelegate):
    """A thumbnail, a frame when it is chosen, a star in its corner."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(SIDE + 2 * _MARGIN, SIDE + 2 * _MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        picture: Picture = index.data(Qt.ItemDataRole.UserRole)
        image = to_qimage(picture.thumbnail)
        style: Any = option  # the bindings hide the fields of QStyleOption from pyright
        area: QRect = style.rect.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(0, 0), size)
        place.moveCenter(area.center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(place, theme.colour("checker_a"))
        painter.drawImage(place, image)
        if style.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(place.adjusted(-1, -1, 1, 1))
        if picture.starred:
            corner = QRect(place.right() - 19, place.top() + 1, 18, 18)
            painter.fillRect(corner, theme.colour("panel"))
            ratio = painter.device().devicePixelRatioF()
            star = icons.pixmap("star", 14, "accent", ratio)
            painter.drawPixmap(corner.topLeft() + QPoint(2, 2), star)
        painter.restore()


class Filmstrip(QListView):
    """`chosen(picture)` looks at a Picture; the others are what the artist wants done with one."""

    chosen = Signal(object)
    restore_asked = Signal(object)
    star_asked = Signal(object, bool)
    save_asked = Signal(object)

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
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFixedHeight(SIDE + 2 * _MARGIN + 12)
        self.setAccessibleName(self.tr("Filmstrip of finished pictures"))
        self.setAccessibleDescription(
            self.tr("Enter restores a picture's settings, S stars it, Ctrl+S saves the newest.")
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.clicked.connect(lambda index: self.chosen.emit(self._model.picture(index.row())))
        self.doubleClicked.connect(
            lambda index: self.restore_asked.emit(self._model.picture(index.row()))
        )

    def refresh(self) -> None:
        """The gallery has changed: shows it, and stays at the newest if that was in sight."""
        bar = self.horizontalScrollBar()
        follows = bar.value() >= bar.maximum() - SIDE
        self._model.refresh()
        if follows:
            self.scrollToBottom()
            bar.setValue(bar.maximum())
        self.viewport().update()

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        if self._model.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(theme.colour("text_muted"))
            said = self.tr(
                "Finished pictures gather here. Star the good ones; drag one out as a file."
            )
            room = self.viewport().rect().adjusted(theme.UNIT, 0, -theme.UNIT, 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), said)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if (
            row >= 0
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and not event.modifiers()
        ):
            self.restore_asked.emit(self._model.picture(row))
        elif row >= 0 and event.key() == Qt.Key.Key_S and not event.modifiers():
            picture = self._model.picture(row)
            self.star_asked.emit(picture, not picture.starred)
        else:
            super().keyPressEvent(event)
            if self.currentIndex().row() not in (-1, row):
                self.chosen.emit(self._model.picture(self.currentIndex().row()))

    def menu_for(self, row: int) -> QMenu:
        """What can be done with the picture that is in that row now."""
        picture = self._model.picture(row)
        menu = QMenu(self)
        entries = (
            (
                self.tr("Restore its settings and drawing"),
                "rotate-ccw",
                self.restore_asked,
                (picture,),
            ),
            (
                self.tr("Remove the star") if picture.starred else self.tr("Star"),
                "star",
                self.star_asked,
                (picture, not picture.starred),
            ),
            (self.tr("Save as PNG…"), "download", self.save_asked, (picture,)),
        )
        for text, icon, signal, values in entries:
            action = QAction(text, menu)
            icons.set_icon(action, icon)
            action.triggered.connect(lambda _=False, s=signal, v=values: s.emit(*v))
            menu.addAction(action)
        return menu

    def _show_menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if index.isValid():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, flag)
            menu = self.menu_for(index.row())
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.viewport().mapToGlobal(point))
