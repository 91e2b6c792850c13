"""Where the frames of a sheet come from."""

from __future__ import annotations

from typing import Any, Literal, get_args

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio_app.export.settings import SheetSource
from studio_app.session.exporting import Exporting
from studio_app.ui import icons, theme
from studio_app.ui.asking import ask_open
from studio_app.ui.canvas.pose_picker import PosePicker
from studio_app.ui.export.choice_button import ChoiceButton
from studio_app.ui.export.fields import number_field
from studio_app.ui.focus import hand_back
from studio_app.ui.knobs import CalmSpinBox
from studio_app.ui.popups import show_below

Of = Literal["chosen", "starred", "seeds", "poses"]
MOST_SEEN = 2**53
"""The largest seed that a spin box shows to the last digit."""


class SourceBar(QWidget):
    """One button for each source, and what it needs to be told. `draw`: has what is missing drawn."""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        tr = self.tr
        self.picker: PosePicker | None = None
        self._added: list[str] = []
        self.buttons: dict[Of, ChoiceButton] = {}
        texts: tuple[tuple[str, str], ...] = (
            (tr("Chos&en"), tr("Pictures that are selected in the filmstrip, with Ctrl or Shift.")),
            (tr("Starre&d"), tr("All pictures with a star, in the order of the history.")),
            (tr("Seeds"), tr("The picture of now, with many seeds.")),
            (tr("P&oses"), tr("The picture of now, in many poses.")),
        )
        group = QButtonGroup(self)
        sources = QHBoxLayout()
        sources.setSpacing(theme.UNIT // 2)
        for of, (text, why) in zip(get_args(Of), texts, strict=True):
            button = self._button(of, text, why)
            group.addButton(button)
            sources.addWidget(button, 1)
            self.buttons[of] = button
        self.draw = QPushButton(tr("Drawn"))
        self.draw.setAutoDefault(False)
        self.draw.setToolTip(tr("Draws the frames that are missing; Export does so, too."))
        self.draw.clicked.connect(exporting.frames.draw)
        self.draw.setMinimumWidth(88)
        policy = self.draw.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.draw.setSizePolicy(policy)
        sources.addSpacing(theme.UNIT)
        sources.addWidget(self.draw)
        self._stack = QStackedWidget()
        self._pages: dict[Of, QWidget] = {
            "chosen": _said(tr("Click pictures in the filmstrip with Ctrl or Shift held down.")),
            "starred": _said(tr("In the order of the history. S stars the picture that is shown.")),
            "seeds": self._seeds(),
            "poses": self._poses(),
        }
        for page in self._pages.values():
            self._stack.addWidget(page)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.UNIT)
        rows.addLayout(sources)
        rows.addWidget(self._stack)

    def show_source(self, source: SheetSource) -> None:
        frames = self._exporting.frames
        self.buttons[source.of].setChecked(True)
        self._stack.setCurrentWidget(self._pages[source.of])
        for field, value in (
            (self.first, float(min(frames.first_seed, MOST_SEEN))),
            (self.count, float(source.count)),
            (self.each, float(source.count)),
        ):
            with QSignalBlocker(field):
                field.setValue(value)
        with QSignalBlocker(self.in_rows):
            self.in_rows.setChecked(source.rows)
        missing = len(frames.missing)
        self.draw.setText(
            self.tr("Dra&w {count}").format(count=missing) if missing else self.tr("Drawn")
        )
        asked = source.of in ("seeds", "poses")
        self.draw.setEnabled(missing > 0 and not frames.series.busy)
        self.draw.setVisible(asked)

    def choose(self, **values: Any) -> None:
        """Other values of the source, by name."""
        source = self._exporting.settings.source.model_dump(mode="json")
        self._exporting.choose(source={**source, **values})

    def open_poses(self) -> None:
        """Offers the poses of the library."""
        self.picker = PosePicker(self, many=True)
        self._added = []
        self.picker.chosen.connect(self._added.append)
        self.picker.done.connect(self._add)
        show_below(self.picker, self.buttons["poses"])

    # ---- inside ----

    def _button(self, of: Of, text: str, why: str) -> ChoiceButton:
        button = ChoiceButton(text, why)
        button.clicked.connect(lambda: self._on_source(of))
        return button

    def _on_source(self, of: Of) -> None:
        source = self._exporting.settings.source
        if of == "seeds" and source.count == 1:
            self.choose(of=of, count=4)
        elif of == "poses" and source.of == "seeds":
            self.choose(of=of, count=1)
        else:
            self.choose(of=of)
        if of == "poses" and not source.poses:
            self.open_poses()

    def _seeds(self) -> QWidget:
        tr = self.tr
        self.first = number_field(
            tr("First seed"), tr("The first is that of the picture of now."), 0, MOST_SEEN
        )
        self.first.valueChanged.connect(lambda value: self.choose(first=int(value)))
        self.count = number_field(tr("Pictures"), tr("One for each seed from the first on."), 1, 64)
        self.count.valueChanged.connect(lambda value: self.choose(count=int(value)))
        return _row(
            _label(tr("First seed"), self.first), self.first,
            _label(tr("Pictures"), self.count), self.count, None,
        )  # fmt: skip

    def _poses(self) -> QWidget:
        tr = self.tr
        self.add = QPushButton(tr("Add poses…"))
        self.add.setAutoDefault(False)
        self.add.setToolTip(tr("Of the library: select several with Shift and Ctrl."))
        self.add.clicked.connect(self.open_poses)
        self.add_file = icons.icon_button("folder-open", tr("Add a pose file…"))
        title, kinds = tr("Add a pose file"), tr("OpenPose (*.json)")
        self.add_file.clicked.connect(
            lambda: ask_open(self, title, kinds, lambda path: self._add_poses([path]))
        )
        self.each: CalmSpinBox = number_field(
            tr("Pictures of each"), tr("Each pose with so many seeds."), 1, 64
        )
        self.each.valueChanged.connect(lambda value: self.choose(count=int(value)))
        self.in_rows = QCheckBox(tr("A row for each"))
        self.in_rows.setToolTip(tr("Each pose is an animation; else all of them are one."))
        self.in_rows.toggled.connect(lambda on: self.choose(rows=on))
        return _row(
            self.add, self.add_file, _label(tr("Of each"), self.each), self.each, self.in_rows, None
        )

    def _add(self) -> None:
        self._add_poses(self._added)
        self.activateWindow()
        hand_back(self)  # Enter exports then

    def _add_poses(self, poses: list[str]) -> None:
        self.choose(of="poses", poses=[*self._exporting.settings.source.poses, *poses])


def _label(text: str, buddy: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(buddy)
    return label


def _row(*widgets: QWidget | None) -> QWidget:
    """Side by side; None takes the room that is left."""
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.UNIT)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            if isinstance(widget, CalmSpinBox):
                widget.setFixedWidth(72)
            row.addWidget(widget)
    return page


def _said(text: str) -> QWidget:
    label = QLabel(text)
    theme.set_role(label, "caption")
    return label
