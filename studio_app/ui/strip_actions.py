"""What one can do in the filmstrip: with the shown picture, or at once with several that are selected."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action
from studio_app.ui.filmstrip import Filmstrip
from studio_app.ui.viewer.shown_actions import ShownActions


class StripActions(QObject):
    """`strip_star` and `strip_remove`, whose keys act in the strip, and its menu. With fewer than two selected
    pictures they are those of `acts`. export: the command that makes a sheet of several.
    """

    def __init__(
        self, studio: Studio, acts: ShownActions, strip: Filmstrip, export: QAction
    ) -> None:
        super().__init__(strip)
        self._studio, self._acts, self._strip = studio, acts, strip
        tr = self.tr
        self.star = add_action(
            strip, "strip_star", tr("S&tar"), self._star, key="S", icon="star",
            why=tr("Starred pictures are never forgotten."),
        )  # fmt: skip
        self.remove = add_action(
            strip, "strip_remove", tr("Re&move from the history"), self._remove, key="Del", icon="trash-2",
            why=tr("Takes the pictures and their steps out of the history; the message offers them back."),
        )  # fmt: skip
        self.export = add_action(
            strip, "strip_export", tr("&Export as a sheet…"), export.trigger, icon="upload",
            why=tr("Cuts the selected pictures out and packs them into one."),
        )  # fmt: skip
        for action in (self.star, self.remove):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        strip.use_actions((acts.copy,), self._menu)
        strip.selectionModel().selectionChanged.connect(self._show)
        strip.model().dataChanged.connect(self._show)
        self._show()

    # ---- inside ----

    @property
    def _all_starred(self) -> bool:
        return all(picture.starred for picture in self._strip.several)

    def _show(self) -> None:
        count, tr = len(self._strip.several), self.tr
        if count > 1:
            star = (
                tr("Take {count} s&tars off") if self._all_starred else tr("S&tar {count} pictures")
            )
            self.star.setText(star.format(count=count))
            self.remove.setText(tr("Re&move {count} pictures").format(count=count))
        else:
            self.star.setText(tr("S&tar"))
            self.remove.setText(tr("Re&move from the history"))
        self.export.setEnabled(count > 1)

    def _star(self) -> None:
        several = self._strip.several
        if len(several) > 1:
            self._studio.star_all([picture.id for picture in several], not self._all_starred)
        else:
            self._acts.star.trigger()

    def _remove(self) -> None:
        several = self._strip.several
        if len(several) > 1:
            self._acts.remove_all(several)
        else:
            self._acts.remove.trigger()

    def _menu(self, parent: QWidget) -> QMenu:
        if len(self._strip.several) < 2:
            return self._acts.menu(parent)
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.star, self.remove])
        menu.addSeparator()
        menu.addAction(self.export)
        return menu
