"""The live viewer with its ways to look, the timeline under it, and the variations."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QMenu,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame
from studio_app.core.request import GenerationRequest
from studio_app.document.results import RunRecord, StepRecord
from studio_app.session.mailbox import Delivery
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.feed import feed_of
from studio_app.ui.folding_bar import FoldingBar
from studio_app.ui.images import pixels_of, to_qimage
from studio_app.ui.viewer.picture_view import PictureView
from studio_app.ui.viewer.step_pictures import step_image
from studio_app.ui.viewer.steps import sentence
from studio_app.ui.viewer.timeline import Timeline
from studio_app.ui.viewer.variations import VariationsGrid
from studio_app.ui.viewer.viewer_actions import ViewerActions
from studio_app.ui.viewer.viewer_model import LOOKS, ViewerModel
from studio_app.ui.viewer.viewer_window import ViewerWindow


class ViewerPanel(QWidget):
    """Shows what the studio makes. Its `actions()` are named `viewer_...` and fit into any menu."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._feed = feed_of(studio)
        self.model = ViewerModel(self)
        self.view = PictureView(self.model)
        self.timeline = Timeline()
        self.variations = VariationsGrid()
        self._window: ViewerWindow | None = None
        self._said = QLabel()
        self._zoom_button = QToolButton()
        self._stack = QStackedWidget()
        self._acts = ViewerActions(self)
        self._lay_out()
        self._connect()
        self._say_what_is_missing()
        self._look_changed()
        self.timeline.set_runs(studio.runs)
        if len(studio.gallery):
            self.model.show_picture(to_qimage(studio.gallery[-1].pixels))

    # ---- commands ----

    def show_variations(self, on: bool) -> None:
        """Asks for nine other seeds and shows them in the place of the picture, or goes back to it."""
        showing = self._stack.currentWidget() is self.variations
        if on and not showing:
            self.variations.start()
            self._stack.setCurrentWidget(self.variations)
            self.variations.setFocus()
            self._studio.variations()
        elif showing and not on:
            self._stack.setCurrentWidget(self.view)
            self.view.setFocus()
        self._acts.variations.setChecked(on)

    def branch(self) -> None:
        """Goes on from the x_t of the step that is looked at, with the prompt, seed and guidance of now."""
        column = self.timeline.chosen()
        if column is not None:
            self._studio.branch(column.run, column.step.i)
            self.timeline.release()

    def save_step_as(self) -> None:
        """Asks where to, and writes the frame that is looked at now, whatever is by the time of the answer."""
        shown = self._shown_frame()
        if shown is None:
            return
        dialog = QFileDialog(self, self.tr("Save this frame"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Pictures (*.png)"))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(self._frame_name())
        dialog.fileSelected.connect(lambda path: self._write_frame(path, *shown))
        dialog.open()

    def save_step(self, path: str | Path) -> None:
        """Writes the frame that is looked at, x0 unless x_t alone is shown, as a PNG with its recipe."""
        shown = self._shown_frame()
        if shown is not None:
            self._write_frame(path, *shown)

    def full_screen(self) -> None:
        """The picture alone on the whole screen, and back."""
        self._open_window(full=True)

    def pop_out(self) -> None:
        """The picture in a window of its own, for a second screen, and back."""
        self._open_window(full=False)

    # ---- inside ----

    def _shown_frame(self) -> tuple[QImage, GenerationRequest | None] | None:
        """The frame that is looked at, and its request where it is a run's whole picture."""
        which = "xt" if self.model.look == "xt" else "x0"
        column = self.timeline.chosen()
        image = self.model.image(which)
        if image is None:
            return None
        whole = column is not None and which == "x0" and column.step is column.run.steps[-1]
        return image, column.run.request if column is not None and whole else None

    def _write_frame(
        self, path: str | Path, image: QImage, request: GenerationRequest | None
    ) -> None:
        self._studio.save_pixels(pixels_of(image), path, request)

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
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        under = FoldingBar()
        under.add(self._said, room=1)
        for action in (acts.live, acts.branch, acts.save):
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
        studio.document_changed.connect(self._on_edit)
        studio.variation_arrived.connect(self._on_variation)
        studio.model_changed.connect(self._say_what_is_missing)
        studio.model_progress.connect(self._on_progress)
        studio.message.connect(self._on_message)
        self.timeline.scrubbed.connect(self._on_scrub)
        self.timeline.released.connect(self._on_release)
        self.timeline.opened.connect(self.branch)
        self.variations.kept.connect(self._on_keep)
        self.variations.dismissed.connect(lambda: self.show_variations(False))
        self.model.looks_changed.connect(self._look_changed)
        self.model.let_go.connect(self.timeline.release)
        self.view.zoom_changed.connect(self._zoom_changed)
        self.view.painted.connect(studio.report_draw)

    def _on_delivery(self, delivery: Delivery) -> None:
        self.model.show_delivery(delivery)
        if not self.model.pinned:
            self._said.setText(self._live_text(delivery))

    def _live_text(self, delivery: Delivery) -> str:
        frame = delivery.denoised or delivery.noisy
        if frame is None:
            return ""
        return self.tr("Step {step} of {steps} · t {t}").format(
            step=frame.step, steps=frame.steps, t=frame.timestep
        )

    def _on_scrub(self, run: RunRecord, step: StepRecord) -> None:
        self.show_variations(False)
        if not self._pin(run, step):
            self._studio.decode_step(run, step)
        self._look_changed()

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
        column = self.timeline.chosen()
        if column is None or not self.model.pinned:
            return
        if (frame.request, frame.step - 1) == (column.run.digest, column.step.i):
            self._pin(column.run, column.step)

    def _on_release(self) -> None:
        self.model.unpin()
        self._said.setText("")
        self._look_changed()

    def _on_edit(self) -> None:
        # Whoever draws or types looks at what comes of it, not at an old step.
        if self._studio.live:
            self.show_variations(False)
            self.timeline.release()

    def _on_gallery(self) -> None:
        if self.model.picture_size().isEmpty() and len(self._studio.gallery):
            self.model.show_picture(to_qimage(self._studio.gallery[-1].pixels))

    def _on_variation(self, number: int, frame: Frame) -> None:
        self.variations.show_frame(number, frame)

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
        pinned = self.model.pinned
        for action in (self._acts.branch, self._acts.save, self._acts.live):
            action.setEnabled(pinned)
        self._zoom_changed()

    def _zoom_changed(self) -> None:
        self._zoom_button.setText(f"{self.view.zoom * 100:.0f} %")

    def _say_what_is_missing(self) -> None:
        self._acts.variations.setEnabled(self._studio.model_ready)
        if self._studio.model_ready:
            text = self.tr("Your picture forms here.\nDescribe it, or draw on the canvas.")
        else:
            text = self.tr("The model is on its way. Draw and write in the meantime.")
        self.view.set_empty_text(text)

    def _on_progress(self, what: str, share: float) -> None:
        if not self._studio.model_ready and share < 1:
            self.view.set_empty_text(f"{what}\n{share * 100:.0f} %")
        elif self._studio.model_ready:  # else it failed, and the message says why
            self._say_what_is_missing()

    def _on_message(self, message: object) -> None:
        if isinstance(message, StudioError) and not self._studio.model_ready:
            self.view.set_empty_text(self.tr("No model is open.\n{why}").format(why=message.title))

    def _open_window(self, *, full: bool) -> None:
        if self._window is not None:
            same = self._window.isFullScreen() == full
            self._window.close()
            if same:
                return
        self._window = ViewerWindow(self.model, self.actions(), self)
        self._window.closed.connect(self._window_closed)
        self._window.open(full=full)

    def _window_closed(self) -> None:
        self._window = None

    def _frame_name(self) -> str:
        column = self.timeline.chosen()
        which = "xt" if self.model.look == "xt" else "x0"
        if column is None:
            return f"{which}.png"
        return f"run-{column.run.number}-step-{column.step.i + 1}-{which}.png"

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.view.update()
        super().changeEvent(event)
