"""What one can do with the picture that is shown; the same in the menus of viewer, timeline and filmstrip."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from studio_app.core.errors import StudioError
from studio_app.document.results import Picture
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow
from studio_app.ui.asking import ask_save
from studio_app.ui.faces.registry import FACES
from studio_app.ui.images import to_qimage
from studio_app.ui.picture_names import frame_name, suggested_name
from studio_app.ui.shown import Shown
from studio_app.ui.viewer.viewer_model import ViewerModel


class ShownActions(QObject):
    """Actions named `shown_...`; they belong to `owner`, and those with plain keys act only within it.

    `use_asked(pixels, layer)`: the picture (uint8 [H, W, 4] BGRA) shall go into that layer of the drawing.
    """

    use_asked = Signal(object, str)
    removed = Signal()
    """Something was taken out of the history."""

    def __init__(self, studio: Studio, shown: Shown, model: ViewerModel, owner: QWidget) -> None:
        super().__init__(owner)
        self._studio = studio
        self._shown = shown
        self._model = model
        self._owner = owner
        self._known: tuple[object, ...] = ()
        self._more: list[QAction] = []
        tr = self.tr
        self.save = self._made(
            "save", tr("Save the &picture…"), self._ask_save, "Ctrl+Alt+S", "download",
            tr("Writes the shown picture as a PNG that holds its own recipe."),
        )  # fmt: skip
        self.save_frame = self._made(
            "save_frame", tr("Save this &frame…"), self._ask_save_frame, "Ctrl+Alt+Shift+S", "download",
            tr("Writes the shown step, x0 or x_t as it is looked at, as a PNG."),
        )  # fmt: skip
        self.copy = self._made(
            "copy", tr("&Copy the picture"), self._copy, "Ctrl+C", "copy",
            tr("Puts the shown picture on the clipboard."), inside=True,
        )  # fmt: skip
        uses = [(kind, face.icon, face.words()) for kind, face in FACES.items()]
        self.use = {
            kind: self._made(
                f"use_{kind}", words.use, lambda kind=kind: self.use_as(kind), "", icon, words.used
            )
            for kind, icon, words in uses
            if words.use
        }
        self.restore = self._made(
            "restore", tr("&Restore its settings and drawing"), self._restore, "Ctrl+Shift+R",
            "rotate-ccw", tr("Brings back the words, knobs and drawing that made the shown picture."),
        )  # fmt: skip
        self.star = self._made(
            "star", tr("S&tar"), self._star, "S", "star",
            tr("Starred pictures are never forgotten."), inside=True, checkable=True,
        )  # fmt: skip
        self.remove = self._made(
            "remove", tr("Re&move from the history"), self._remove, "Del", "trash-2",
            tr("Takes the shown picture and its steps out of the history; the message offers them back."),
            inside=True,
        )  # fmt: skip
        self.live = self._made(
            "live", tr("Back to li&ve"), shown.back_to_live, "", "play",
            tr("Shows the newest frames again, as Escape does."),
        )  # fmt: skip
        shown.changed.connect(self.refresh)
        for signal in (studio.gallery_changed, studio.runs_changed, studio.frame_arrived):
            signal.connect(self.refresh)
        self.refresh()

    def all(self) -> list[QAction | None]:
        """In the order of a menu; None is a line."""
        return [
            self.save, self.save_frame, self.copy, *self._more, None, *self.use.values(), None, self.restore,
            self.star, self.remove, None, self.live,
        ]  # fmt: skip

    def offer(self, *more: QAction) -> None:
        """What the window can do with it besides, in every menu of it."""
        self._more.extend(more)

    def menu(self, parent: QWidget, *more: QAction) -> QMenu:
        """A context menu; more: what else can be done at that place, above the rest."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if more:
            menu.addActions(list(more))
            menu.addSeparator()
        for action in self.all():
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        return menu

    def use_as(self, layer: str) -> None:
        """Asks for the shown picture in a layer."""
        pixels = self._shown.pixels
        if pixels is not None:
            picture = self._shown.picture
            if picture is not None:
                self._studio.hold(picture.id)
            self.use_asked.emit(pixels, layer)

    def remove_all(self, pictures: Sequence[Picture]) -> None:
        """Takes several out of the history at once, also the shown one if it is among them."""
        newest = self._studio.gallery.newest
        goes = self._shown.is_live and newest is not None and newest.id in {p.id for p in pictures}
        self._studio.remove_all(pictures)
        if goes:
            self._show_newest()
        self.removed.emit()

    # ---- inside ----

    def _made(
        self,
        name: str,
        text: str,
        run: Callable[[], object],
        key: str,
        icon: str,
        why: str,
        *,
        inside: bool = False,
        checkable: bool = False,
    ) -> QAction:
        """inside: its key acts only where the owner, or whoever else has the action, has the focus."""
        action = add_action(
            self._owner, f"shown_{name}", text, lambda *_: run(), icon=icon, why=why, key=key
        )
        if inside:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if checkable:
            action.setCheckable(True)
        return action

    def refresh(self) -> None:
        """Offers what can be done now."""
        shown = self._shown
        picture, step = shown.picture, shown.step
        starred = picture is not None and picture.starred
        known = (picture, step, starred, shown.is_live, shown.pixels_known)
        if known == self._known:
            return  # every frame comes by here
        self._known = known
        none = self.tr("There is no picture yet.")
        for action in (self.copy, *self.use.values()):
            allow(action, shown.pixels_known, none)
        for action in (self.save, self.remove):
            allow(action, picture is not None or step is not None, none)
        allow(self.save_frame, step is not None, self.tr("No step of a run is shown."))
        allow(self.restore, shown.request is not None, none)
        allow(self.star, picture is not None, self.tr("No finished picture is shown."))
        self.star.setChecked(starred)
        allow(self.live, not shown.is_live, self.tr("What is shown is the newest picture."))

    def _ask_save(self) -> None:
        """The answer may come much later: what is shown now is meant, whatever is by then."""
        picture = self._shown.picture
        if picture is None:
            self._ask_save_frame()
            return
        ask_save(
            self._owner,
            self.tr("Save the picture"),
            suggested_name(picture),
            lambda path: self._studio.save_picture(picture, path),
        )

    def _ask_save_frame(self) -> None:
        step, picture = self._shown.step, self._shown.exportable
        if step is None:
            return
        if picture is None:
            error = StudioError(
                self.tr("Only the thumbnail of this step is there"),
                self.tr("the model that drew it has to decode it first"),
                self.tr("Wait a moment, or open that model."),
            )
            self._studio.message.emit(error.regarding("save"))
            return
        ask_save(
            self._owner,
            self.tr("Save this frame"),
            frame_name(*step, "xt" if self._model.look == "xt" else "x0"),
            lambda path: self._studio.save_picture(picture, path),
        )

    def _copy(self) -> None:
        pixels = self._shown.pixels
        if pixels is not None:
            QGuiApplication.clipboard().setImage(to_qimage(pixels).copy())

    def _restore(self) -> None:
        request = self._shown.request
        if request is not None:
            self._studio.restore(request, self._shown.people)

    def _star(self) -> None:
        picture = self._shown.picture
        if picture is not None:
            self._studio.star(picture.id, not picture.starred)

    def _remove(self) -> None:
        picture, run = self._shown.picture, self._shown.run
        was_live = self._shown.is_live
        self._shown.step_aside()
        self._studio.remove_from_history(
            picture.id if picture is not None else "",
            run.id if run is not None else picture.run if picture is not None else "",
        )
        if was_live:
            self._show_newest()
        self.removed.emit()

    def _show_newest(self) -> None:
        """What live showed was removed: the picture before it is the newest now."""
        newest = self._studio.gallery.newest
        self._shown.forget_frame()
        self._model.show_picture(to_qimage(newest.pixels) if newest is not None else None)
