"""What one can do in the filmstrip: with the shown picture, or at once with several that are selected."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow
from studio_app.ui.asking import ask_text
from studio_app.ui.filmstrip import Filmstrip
from studio_app.ui.viewer.shown_actions import ShownActions


class StripActions(QObject):
    """`strip_star` and `strip_remove`, whose keys act in the strip, and its menu. With fewer than two selected
    pictures they are those of `acts`. export: the command that makes a sheet of several.
    """

    compare_asked = Signal(object, object)
    """(Picture, Picture): the older and the newer of two, beside each other."""

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
        self.label = add_action(
            strip, "strip_label", tr("&Label…"), self._ask_label, key="Shift+F2", icon="pen-tool",
            why=tr("What you call the pictures; it is shown on them, and found."),
        )  # fmt: skip
        self.find = add_action(
            strip, "strip_find", tr("&Find in the history…"), strip.ask_words, key="Ctrl+F", icon="search",
            why=tr("Only pictures whose words or label answer, until Escape."),
        )  # fmt: skip
        self.compare = add_action(
            strip, "strip_compare", tr("&Compare the two"), self._compare, icon="columns-2",
            why=tr("The older one left of the divider, the newer one right of it."),
        )  # fmt: skip
        self.clear = add_action(
            strip, "strip_clear", tr("Clear all b&ut the starred"), self._clear, icon="trash-2",
            why=tr("Takes every picture without a star out of the history; the message offers them back."),
        )  # fmt: skip
        for action in (self.star, self.remove, self.label):
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
        allow(self.export, count > 1, tr("Select several pictures first, with Ctrl or Shift."))
        allow(self.compare, count == 2, tr("Select two pictures first, with Ctrl."))

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

    def _ask_label(self) -> None:
        several = self._strip.several
        if not several:
            return
        meant = [picture.id for picture in several]
        ask_text(
            self._strip, self.tr("Label"), self.tr("What you call it"),
            lambda text: self._studio.label_all(meant, text), several[0].label,
        )  # fmt: skip

    def _compare(self) -> None:
        several = self._strip.several
        if len(several) == 2:
            self.compare_asked.emit(*several)

    def _clear(self) -> None:
        loose = [picture for picture in self._studio.gallery if not picture.starred]
        if loose:
            self._acts.remove_all(loose)

    def _menu(self, parent: QWidget) -> QMenu:
        if len(self._strip.several) < 2:
            return self._acts.menu(parent, self.label, self.find, self.clear)
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.star, self.label, self.remove])
        menu.addSeparator()
        menu.addActions([self.compare, self.export])
        menu.addSeparator()
        menu.addActions([self.find, self.clear])
        return menu
