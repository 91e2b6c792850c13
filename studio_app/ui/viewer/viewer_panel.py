"""The live viewer with its ways to look, the timeline under it, and the variations."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QMenu,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame
from studio_app.document.results import Picture, RunRecord, StepRecord
from studio_app.session.mailbox import Delivery
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.action_buttons import allow
from studio_app.ui.elided_label import ElidedLabel
from studio_app.ui.feed import feed_of
from studio_app.ui.folding_bar import FoldingBar
from studio_app.ui.images import to_qimage
from studio_app.ui.shown import shown_of
from studio_app.ui.step_pictures import step_image
from studio_app.ui.viewer.picture_view import PictureView
from studio_app.ui.viewer.shown_actions import ShownActions
from studio_app.ui.viewer.shown_chips import ShownChips
from studio_app.ui.viewer.steps import sentence
from studio_app.ui.viewer.timeline import Timeline
from studio_app.ui.viewer.variations import COUNT, VariationsGrid
from studio_app.ui.viewer.viewer_actions import ViewerActions
from studio_app.ui.viewer.viewer_model import LOOKS, ViewerModel
from studio_app.ui.viewer.viewer_window import FullScreen


class ViewerPanel(QWidget):
    """Shows what the studio makes. Its `actions()` are named `viewer_...` and fit into any menu."""

    drag_asked = Signal(object)
    """Picture, or None where there is none yet: it is being dragged out."""
    pop_out_asked = Signal()
    """In a window of its own, or back: whoever holds it does that."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._feed = feed_of(studio)
        self.model = ViewerModel(self)
        self.shown = shown_of(studio)
        self.acts = ShownActions(studio, self.shown, self.model, self)
        self.view = PictureView(self.model)
        self.timeline = Timeline()
        self.variations = VariationsGrid()
        self._window: FullScreen | None = None
        self._said = ElidedLabel()
        self._live_said = ""
        self._model_said = self.tr("The model is on its way. Draw and write in the meantime.")
        self._reading = True
        self._zoom_button = QToolButton()
        self._stack = QStackedWidget()
        self._acts = ViewerActions(self)
        self._lay_out()
        self.chips = ShownChips(studio, self.shown, self._stack)
        self.setFocusProxy(self.view)
        self._connect()
        self._say_what_is_missing()
        self._look_changed()
        self.timeline.set_runs(studio.runs)
        if len(studio.gallery):
            self.model.show_picture(to_qimage(studio.gallery[-1].pixels))

    def menu_entries(self) -> list[QAction | None]:
        """How one looks at pictures, in the order of a menu; None is a line."""
        return self._acts.menu_entries(self)

    # ---- commands ----

    def show_variations(self, on: bool) -> None:
        """Asks for nine other seeds and shows them in the place of the picture, or goes back to it."""
        showing = self._stack.currentWidget() is self.variations
        if on and not showing:
            self.shown.back_to_live()
            self._studio.variations()  # first: where it leaves a branch, that is an edit, which goes back
            self.variations.start()
            self._stack.setCurrentWidget(self.variations)
            self.variations.setFocus()
            self._say_variations()
        elif showing and not on:
            self._studio.end_variations()
            worked_here = self.variations.hasFocus()
            self._stack.setCurrentWidget(self.view)
            if worked_here:
                self.view.setFocus()
            self._said.setText(self._live_said)
        self._acts.variations.setChecked(on)

    def branch(self) -> None:
        """Goes on from the x_t of the step that is looked at, with the prompt, seed and guidance of now."""
        run, step = self.shown.run, self.shown.step
        if run is not None:
            self._studio.branch(run, step[1].i if step is not None else run.steps[-1].i)
            self.shown.back_to_live()

    def full_screen(self) -> None:
        """The picture alone on the whole screen, and back."""
        if self._window is not None:
            self._window.close()
            return
        self._window = FullScreen(self.model, self.actions(), self)
        self._window.closed.connect(self._window_closed)
        self._window.view.walked.connect(self.shown.walk)
        self._window.view.drag_asked.connect(self._on_drag)
        ShownChips(self._studio, self.shown, self._window.view)
        self._window.open()

    # ---- inside ----

    def _lay_out(self) -> None:
        self._zoom_button.setAutoRaise(True)
        self._zoom_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom_button.setAccessibleName(self.tr("Zoom of the viewer"))
        self._zoom_button.setToolTip(
            self.tr(
                "Zoom: 100 % is one picture pixel per screen pixel. Double click: fit or 100 %."
            )
        )
        self._zoom_button.setFixedWidth(64)
        menu = QMenu(self._zoom_button)
        menu.addActions([self._acts.fit, *self._acts.zooms])
        self._zoom_button.setMenu(menu)
        acts = self._acts
        bar = FoldingBar()
        for look in LOOKS:
            bar.add_action(acts.looks[look])
        bar.gap()
        for action, rank in ((acts.keep, 4), (acts.compare, 3)):
            bar.add_action(action, rank)
        bar.gap()
        for action, rank in ((acts.tile, 6), (acts.checkerboard, 7), (acts.calm, 8)):
            bar.add_action(action, rank)
        bar.stretch()
        bar.add(self._zoom_button, 5)
        for action, rank in ((acts.variations, 1), (acts.pop_out, 9), (acts.full, 2)):
            bar.add_action(action, rank)
        theme.set_role(self._said, "caption")
        under = FoldingBar()
        under.add(self._said, room=1)
        for action in (self.acts.live, acts.branch, self.acts.save_frame):
            under.add_action(action)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.variations)
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(under)
        column.addWidget(self.timeline)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self._stack)
        splitter.addWidget(lower)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 0)
        splitter.setCollapsible(0, False)
        splitter.setSizes([600, 200])
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(bar)
        rows.addWidget(splitter, 1)

    def _connect(self) -> None:
        studio = self._studio
        self._feed.arrived.connect(self._on_delivery)
        self._feed.detailed.connect(self._on_detail)
        studio.runs_changed.connect(self.timeline.refresh)
        studio.gallery_changed.connect(self._on_gallery)
        studio.edited.connect(self._on_edit)
        studio.work_changed.connect(self._on_other_work)
        studio.variation_arrived.connect(self._on_variation)
        studio.busy_changed.connect(self._say_variations)
        studio.model_changed.connect(self._say_what_is_missing)
        studio.settings_changed.connect(self._say_what_is_missing)
        studio.model_progress.connect(self._on_progress)
        studio.message.connect(self._on_message)
        self.shown.changed.connect(self._on_shown)
        self.acts.removed.connect(self._on_removed)
        self.timeline.scrubbed.connect(self.shown.look_at_step)
        self.timeline.released.connect(self.shown.back_to_live)
        self.timeline.forgotten.connect(self._on_forgotten)
        self.timeline.menu_asked.connect(
            lambda place: self.acts.menu(self.timeline, self._acts.branch).popup(place)
        )
        self.view.menu_asked.connect(
            lambda place: self.acts.menu(self.view, self._acts.branch, self._acts.keep).popup(place)
        )
        self.view.drag_asked.connect(self._on_drag)
        self.view.walked.connect(self.shown.walk)
        self.view.let_go.connect(self.shown.back_to_live)
        self.timeline.opened.connect(self.branch)
        self.variations.kept.connect(self._on_keep)
        self.variations.dismissed.connect(lambda: self.show_variations(False))
        self.model.looks_changed.connect(self._look_changed)
        self.model.looks_changed.connect(lambda: self.shown.set_noisy(self.model.look == "xt"))
        self.view.zoom_changed.connect(self._zoom_changed)
        self.view.painted.connect(studio.report_draw)

    def _on_delivery(self, delivery: Delivery) -> None:
        self.model.show_delivery(delivery)
        self._live_said = self._live_text(delivery)
        if not self.model.pinned and self._stack.currentWidget() is self.view:
            self._said.setText(self._live_said)

    def _live_text(self, delivery: Delivery) -> str:
        frame = delivery.denoised or delivery.noisy
        if frame is None:
            return ""
        return self.tr("Step {step} of {steps} · t {t}").format(
            step=frame.step, steps=frame.steps, t=frame.timestep
        )

    def _on_shown(self) -> None:
        """Another picture is looked at, or the live one again."""
        older, step = self.shown.older, self.shown.step
        run = self.shown.run
        if step is not None:
            self.show_variations(False)
            self.timeline.show_chosen(step[0].id, step[1].i)
            if not self._pin(*step):
                self._studio.decode_step(*step)
        elif older is not None:
            self.show_variations(False)
            self.timeline.show_chosen(run.id if run else "", run.steps[-1].i if run else 0)
            noisy = step_image(self._feed, run, run.steps[-1], "xt")[0] if run else None
            self.model.pin(noisy, to_qimage(older.pixels))
            self._said.setText(self._picture_text(older))
        else:
            self.timeline.show_chosen("", 0)
            self.model.unpin()
            self._said.setText(self._live_said)
        self._look_changed()

    def compare(self, older: Picture, newer: Picture) -> None:
        """Two pictures of the history beside each other, with the divider between them."""
        self.shown.look_at(newer)
        self.model.compare_with(older)

    def _picture_text(self, picture: Picture) -> str:
        request = picture.request
        return self.tr("Seed {seed} · {steps} steps · guidance {guidance}").format(
            seed=request.seed, steps=request.steps, guidance=f"{request.guidance_scale:g}"
        )

    def _pin(self, run: RunRecord, step: StepRecord) -> bool:
        """Whether the step is there with all its detail."""
        noisy, _ = step_image(self._feed, run, step, "xt")
        denoised, whole = step_image(self._feed, run, step, "x0")
        self.model.pin(noisy, denoised)
        text = sentence(run, step)
        self._said.setText(text if whole else text + self.tr(" · x0 from its thumbnail"))
        return whole

    def _on_detail(self, frame: Frame) -> None:
        """The step that is looked at may be this one, which was only a thumbnail so far."""
        step = self.shown.step
        if step is not None and (frame.request, frame.step - 1) == (step[0].digest, step[1].i):
            self._pin(*step)

    def _on_drag(self, which: str) -> None:
        self.drag_asked.emit(self.shown.picture_of(noisy=which == "xt"))

    def _on_removed(self) -> None:
        if self.model.picture_size().isEmpty():  # it was the last one
            self._live_said = ""
            self._said.setText("")

    def _on_forgotten(self) -> None:
        if self.shown.step is not None:
            self.shown.back_to_live()

    def _on_edit(self) -> None:
        if self._studio.live:
            self.show_variations(False)

    def _on_other_work(self) -> None:
        self.shown.back_to_live()
        self.show_variations(False)
        self.model.show_picture(None)
        self.view.fit()
        self._on_removed()

    def _on_gallery(self) -> None:
        if self.model.picture_size().isEmpty() and len(self._studio.gallery):
            self.model.show_picture(to_qimage(self._studio.gallery[-1].pixels))

    def _on_variation(self, number: int, frame: Frame) -> None:
        self.variations.show_frame(number, frame)
        self._say_variations()

    def _say_variations(self) -> None:
        if self._stack.currentWidget() is not self.variations:
            return
        count = self.variations.count()
        if count == COUNT or not self._studio.busy:
            said = self.tr("{n} variations · click one to keep it, Escape goes back")
        else:
            said = self.tr("Variations: {n} of {all} · Escape stops")
        self._said.setText(said.format(n=count, all=COUNT))

    def _on_keep(self, number: int) -> None:
        self._studio.keep_variation(number)
        self.show_variations(False)

    def _look_changed(self) -> None:
        self._acts.looks[self.model.look].setChecked(True)
        for action, on in (
            (self._acts.compare, self.model.compares),
            (self._acts.tile, self.model.tiled),
            (self._acts.checkerboard, self.model.checkered),
            (self._acts.calm, self.model.calm),
        ):
            action.setChecked(on)
        allow(self._acts.branch, self.shown.run is not None, self.tr("No step of a run is shown."))
        self._zoom_changed()

    def _zoom_changed(self) -> None:
        self._zoom_button.setText(f"{self.view.zoom * 100:.0f} %")

    def _say_what_is_missing(self) -> None:
        """In the middle of the viewer, before there is any picture."""
        allow(self._acts.variations, self._studio.model_ready, self.tr("No model is loaded."))
        if not self._studio.model_ready:
            text = self._model_said
        elif not self._studio.settings.prompt.strip():
            text = self.tr("Your picture forms here.\nBegin with a few words in the prompt.")
        else:
            text = self.tr("Your picture forms here.\nWrite, or draw on the canvas.")
        self.view.set_empty_text(text)

    def _on_progress(self, what: str, share: float) -> None:
        if share < 1:
            self._model_said, self._reading = f"{what}\n{share * 100:.0f} %", True
        elif (
            self._reading
        ):  # it was stopped, or is there in a moment; where it failed, a message has said why
            self._reading = False
            self._model_said = self.tr("No model is open.\nChoose one at the top of the window.")
            if what:
                return
        self._say_what_is_missing()

    def _on_message(self, message: object) -> None:
        if isinstance(message, StudioError) and message.about == "model":
            said = self.tr("No model is open.\n{why}")
            self._model_said, self._reading = said.format(why=message.title), False
            self._say_what_is_missing()

    def _window_closed(self) -> None:
        self._window = None

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.view.update()
        super().changeEvent(event)
