"""The bar over everything: undo, the preset, the model and its loading, and the live loop's switch."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.core.errors import StudioError
from studio_app.core.folders import called
from studio_app.core.resources import models_dir
from studio_app.document.presets import Preset
from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.action_buttons import allow
from studio_app.ui.actions import ActionButton, ActionTable
from studio_app.ui.knobs import CalmComboBox
from studio_app.ui.menu_text import unmarked
from studio_app.ui.preset_list import built_in_presets, user_presets

FIELD = 208
"""Pixels of a box at most."""
_OTHER = "?"
"""Data of the item that shows all models."""


class TopBar(QToolBar):
    """`preset_chosen` brings the Preset that the artist took; `models_asked`: all models are to be shown."""

    preset_chosen = Signal(object)
    models_asked = Signal()

    def __init__(self, studio: Studio, actions: ActionTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._actions = actions
        self.setObjectName("top_bar")
        self.setWindowTitle(self.tr("Tools"))
        self.setMovable(False)
        self.setIconSize(QSize(icons.SIZE, icons.SIZE))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.presets: list[Preset] = []
        self.preset = CalmComboBox(
            self.tr("Preset"), self.tr("Sets the knobs for a job; change what you like afterwards.")
        )
        self.preset.setPlaceholderText(self.tr("Your own settings"))
        _shrinks(self.preset)
        self.model = CalmComboBox(
            self.tr("Model"),
            self.tr("The network that draws. All models… lists those on your disks (Ctrl+M)."),
        )
        _shrinks(self.model)
        self.model.setPlaceholderText(self.tr("No model"))
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Loading the model"))
        kept = self.progress.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # nothing jumps when loading is over
        self.progress.setSizePolicy(kept)
        self.progress.setFixedHeight(4)
        self.progress.setMaximumWidth(FIELD)
        self._lay_out()
        self.preset.activated.connect(self._on_preset)
        self.model.activated.connect(self._on_model)
        studio.settings_changed.connect(self._show_preset)
        studio.model_changed.connect(self._show_model)
        studio.model_progress.connect(self._show_progress)
        self.read_presets()
        self._show_model()
        self.progress.setVisible(False)

    def read_presets(self) -> None:
        """Reads the files again: after one was saved or removed."""
        self.presets = [*built_in_presets(), *user_presets()]
        self.preset.fill([(preset.title, preset.id) for preset in self.presets])
        for row, preset in enumerate(self.presets):
            self.preset.setItemData(row, preset.sentence, Qt.ItemDataRole.ToolTipRole)
        self._show_preset()

    def current_preset(self) -> Preset | None:
        """The one that the settings still are, or None once they are the artist's own."""
        chosen = self._studio.document.settings.preset
        return next((preset for preset in self.presets if preset.id == chosen), None)

    def _lay_out(self) -> None:
        for name in ("undo", "redo"):
            self.addWidget(self._button(name))
        self.addWidget(_labelled(self.tr("Preset"), self.preset))
        self.addWidget(self._button("save_preset"))
        room = QWidget()
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(room)
        model = QWidget()
        column = QVBoxLayout(model)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.model)
        column.addWidget(self.progress)
        self.addWidget(_labelled(self.tr("Model"), model))
        self.addWidget(ActionButton(self._actions["generate"]))
        self.addWidget(self._button("cancel"))
        self.addWidget(ActionButton(self._actions["live"]))

    def _button(self, name: str) -> QToolButton:
        action = self._actions[name]
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(unmarked(action.text()).rstrip("…"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        return button

    def _on_preset(self, row: int) -> None:
        self.preset_chosen.emit(self.presets[row])

    def _show_preset(self) -> None:
        preset = self.current_preset()
        self.preset.show_data(preset.id if preset is not None else None)
        built_in = {item.id for item in self.presets if not item.id.startswith("my-")}
        own = preset is not None and preset.id not in built_in
        none = self.tr("Choose a preset of your own first.")
        allow(self._actions["remove_preset"], own, none)

    def _show_model(self) -> None:
        try:
            folders = sorted(p.parent.name for p in models_dir().glob("*/model_index.json"))
        except StudioError:
            folders = []
        model = self._studio.model
        items: list[tuple[str, object]] = [(name, name) for name in folders]
        if model and model not in folders:
            items.append((called(model), model))
        items.append((self.tr("All models…"), _OTHER))
        self.model.fill(items)
        self.model.show_data(model)

    def _show_progress(self, text: str, share: float) -> None:
        self.progress.setValue(round(share * 1000))
        self.progress.setVisible(share < 1.0)
        if self.model.currentData() != self._studio.model:
            self._show_model()
        elif share >= 1.0 and not self._studio.model_ready:
            self.model.show_data(None)  # it failed: none is open
        self.progress.setAccessibleDescription(text)

    def _on_model(self, row: int) -> None:
        name = str(self.model.itemData(row))
        if name != _OTHER:
            self._studio.open_model(name)
            return
        self._show_model()
        self.models_asked.emit()


def _shrinks(field: CalmComboBox) -> None:
    """As wide as names need, and narrower where the window is."""
    field.setMinimumContentsLength(18)
    field.setMinimumWidth(112)
    field.setMaximumWidth(FIELD)
    field.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)


def _labelled(text: str, field: QWidget) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(theme.UNIT, 0, 0, 0)
    row.setSpacing(theme.UNIT)
    label = QLabel(text)
    theme.set_role(label, "caption")
    row.addWidget(label)
    row.addWidget(field)
    return both
