"""The LoRAs that the model wears: a row for each, with how much of it there is. Hidden where the model wears none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio_app.core.folders import called
from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.action_buttons import allow
from studio_app.ui.asking import ask_open
from studio_app.ui.knobs import Knob, Scale
from studio_app.ui.prompt_panel import heading

SHARE = Scale(-2.0, 2.0, 1.0, 0.05, 2)
LONGEST = 30
"""Characters of a name that are shown; its tip has them all."""


class LoraRow(QWidget):
    """One of them: its name, its share, and the way to take it off."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        short = called(name)
        sentence = self.tr(
            "How much of this LoRA is added to the model; 0 is none, below 0 is away from it."
        )
        self.knob = Knob(_short(short), sentence, SHARE)
        # A name from a file may hold anything: it is shown as it is written.
        self.knob.label.setTextFormat(Qt.TextFormat.PlainText)
        self.knob.label.setAccessibleName(short)
        for field in (self.knob.slider, self.knob.spin):
            field.setAccessibleName(self.tr("Share of {name}").format(name=short))
        self.remove = icons.icon_button("x", self.tr("Takes this LoRA off."))
        self.remove.setAccessibleName(self.tr("Take off {name}").format(name=short))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addWidget(self.knob, 1)
        layout.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)


class LoraList(QWidget):
    """It shows what the studio says; what the artist does goes there."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.rows: list[LoraRow] = []
        self.add = icons.icon_button(
            "plus", self.tr("Adds a LoRA: a file that teaches the model a style or a thing.")
        )
        self.add.setAccessibleName(self.tr("Add a LoRA"))
        self.notes = QLabel()
        theme.set_role(self.notes, "caption")
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setWordWrap(True)
        self.notes.hide()
        head = QHBoxLayout()
        head.addWidget(heading(self.tr("LoRAs")), 1)
        head.addWidget(self.add)
        self._body = QVBoxLayout()
        self._body.setSpacing(theme.UNIT // 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(head)
        layout.addLayout(self._body)
        layout.addWidget(self.notes)
        self.add.clicked.connect(self.ask)
        studio.settings_changed.connect(self._show)
        studio.model_changed.connect(self._show_model)
        studio.noted.connect(self._show_notes)
        self._show()
        self._show_model()

    def follow(self, action: QAction) -> None:
        """A command that adds one, usable where the model wears them."""
        action.triggered.connect(self.ask)

        def show() -> None:
            allow(action, self._worn, self.tr("The model in use wears no LoRAs."))

        self._studio.model_changed.connect(show)
        show()

    def ask(self) -> None:
        """Which one; then it is worn."""
        ask_open(self, self.tr("Add a LoRA"), self.tr("LoRAs (*.safetensors)"), self.wear)

    def wear(self, path: str) -> None:
        """As a step of undo; one that is worn already stays as it is."""
        loras = self._studio.settings.loras
        if path not in dict(loras):
            self._studio.set_setting("loras", (*loras, (path, SHARE.default)))

    @property
    def _worn(self) -> bool:
        can = self._studio.capabilities
        return can is not None and can.loras

    def _show_model(self) -> None:
        self.setVisible(self._worn)

    def _show(self) -> None:
        loras = self._studio.settings.loras
        if [row.name for row in self.rows] != [name for name, _ in loras]:
            self._make_rows([name for name, _ in loras])
        for row, (_, share) in zip(self.rows, loras, strict=True):
            row.knob.show_value(share)
        if not loras:
            self._show_notes(())

    def _make_rows(self, names: list[str]) -> None:
        for row in self.rows:
            self._body.removeWidget(row)
            row.deleteLater()
        self.rows = [LoraRow(name) for name in names]
        for place, row in enumerate(self.rows):
            self._body.addWidget(row)
            row.knob.changed.connect(
                lambda share, merge, place=place: self._set_share(place, share, merge)
            )
            row.remove.clicked.connect(lambda _=False, place=place: self._take_off(place))

    def _set_share(self, place: int, share: float, merge: bool) -> None:
        loras = list(self._studio.settings.loras)
        loras[place] = (loras[place][0], share)
        self._studio.set_setting("loras", tuple(loras), merge=merge)

    def _take_off(self, place: int) -> None:
        loras = self._studio.settings.loras
        self._studio.set_setting("loras", (*loras[:place], *loras[place + 1 :]))

    def _show_notes(self, notes: tuple[str, ...]) -> None:
        said = [note for note in notes if "LoRA" in note]
        self.notes.setText("\n".join(note[0].upper() + note[1:] for note in said))
        self.notes.setVisible(bool(said))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
