"""Saving the knobs of now as a preset, and removing one of the artist's own: what goes by that can come back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

from studio_app.core.errors import StudioError
from studio_app.document.presets import Preset
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.asking import ask_text
from studio_app.ui.preset_list import (
    keep_user_preset,
    preset_of,
    remove_user_preset,
    user_presets,
)
from studio_app.ui.top_bar import TopBar
from studio_app.ui.viewer.viewer_model import ViewerModel


class PresetActs(QObject):
    """`gone`: (what a message says, what puts back what went)."""

    said = Signal(object)
    """Notice or StudioError."""
    settled = Signal(str)
    """As of a studio."""
    gone = Signal(str, object)

    def __init__(
        self, window: QMainWindow, studio: Studio, top_bar: TopBar, viewer: ViewerModel
    ) -> None:
        super().__init__(window)
        self._window, self._studio = window, studio
        self._top_bar, self._viewer = top_bar, viewer

    def ask_name(self) -> None:
        title = self.tr("Save as preset")
        ask_text(
            self._window, title, self.tr("Keeps the settings of now under this name"), self.save
        )

    def save(self, title: str) -> None:
        """The knobs and the way of looking as one of the artist's own presets; one of that name is replaced."""
        view = {"tile": self._viewer.tiled, "checkerboard": self._viewer.checkered}

        def save() -> None:
            preset = preset_of(title, self._studio.document, view)
            before = next((one for one in user_presets() if one.id == preset.id), None)
            keep_user_preset(preset)
            self._top_bar.read_presets()
            self._studio.apply_preset(preset)
            if before is None or before == preset:
                self.said.emit(Notice(self.tr("Saved the preset {name}").format(name=preset.title)))
            else:
                said = self.tr("Replaced the preset {name}").format(name=before.title)
                self.gone.emit(said, lambda: self._put_back(before))

        self._guard(save)

    def remove(self) -> None:
        """The one that is chosen."""
        preset = self._top_bar.current_preset()
        if preset is None:
            return

        def remove() -> None:
            remove_user_preset(preset)
            self._top_bar.read_presets()
            said = self.tr("Removed the preset {name}").format(name=preset.title)
            self.gone.emit(said, lambda: self._put_back(preset))

        self._guard(remove)

    # ---- inside ----

    def _put_back(self, preset: Preset) -> None:
        def put_back() -> None:
            keep_user_preset(preset)
            self._top_bar.read_presets()

        self._guard(put_back)

    def _guard(self, act: Callable[[], None]) -> None:
        try:
            act()
        except StudioError as error:
            self.said.emit(error.regarding("preset"))
        else:
            self.settled.emit("preset")
