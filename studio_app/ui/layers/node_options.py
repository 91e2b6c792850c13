"""How the chosen layers lie on what is below them, and how strongly the control of one acts, and when."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from studio_app.core.regions import MAX_WORDS
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.stack import Item, Node
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.control_span import ControlSpan, strength_scale
from studio_app.ui.faces.registry import acting_words, unread, words_of
from studio_app.ui.knobs import CalmComboBox, Knob, Scale
from studio_app.ui.layers.words import blend_names


class LookOptions(QWidget):
    """Blend mode and opacity of all that are chosen."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._ids: tuple[str, ...] = ()
        self.blend = CalmComboBox(
            self.tr("Blend mode"), self.tr("How it lies on what is below it, of its own kind.")
        )
        self.blend.fill([(text, mode) for mode, text in blend_names().items()])
        self.blend.setMinimumContentsLength(4)
        self.opacity = Knob(
            self.tr("Opacity"),
            self.tr("How much of it there is, in the picture and on the canvas, in percent."),
            Scale(0, 100, 100),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.blend, 1, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.opacity, 1)
        self.blend.activated.connect(self._on_blend)
        self.opacity.changed.connect(self._on_opacity)

    def show_item(self, item: Item | None, ids: tuple[str, ...]) -> None:
        """item: the one whose values are shown; ids: all that they are set of."""
        self._ids = ids
        self.setEnabled(item is not None)
        if item is not None:
            self.blend.show_data(item.blend)
            self.opacity.show_value(round(item.opacity * 100))

    def _on_blend(self) -> None:
        self._studio.set_layer(*self._ids, blend=self.blend.currentData())

    def _on_opacity(self, percent: float, merge: bool) -> None:
        self._studio.set_layer(*self._ids, merge=merge, opacity=percent / 100)


class ControlOptions(QStackedWidget):
    """Strength, start and end of a node's control; the words of a region; a sentence, where it has neither. One height,
    whatever is shown."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._id = ""
        self.strength = Knob(self.tr("Strength"), "", strength_scale(None))
        self.span = ControlSpan(self.tr("The layer"))
        acting = QWidget()
        rows = QVBoxLayout(acting)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.UNIT // 2)
        rows.addWidget(self.strength)
        rows.addWidget(self.span)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        theme.set_role(self.sentence, "caption")
        self.words = QLineEdit()
        self.words.setAccessibleName(self.tr("Words of this region"))
        self.words.setPlaceholderText(self.tr("Words for this region, instead of a mask"))
        self.words.setMaxLength(MAX_WORDS)
        self.words_note = QLabel()
        self.words_note.setWordWrap(True)
        self.words_note.setAlignment(Qt.AlignmentFlag.AlignTop)
        theme.set_role(self.words_note, "caption")
        worded = QWidget()
        rows = QVBoxLayout(worded)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.UNIT // 2)
        rows.addWidget(self.words)
        rows.addWidget(self.words_note, 1)
        self.addWidget(acting)
        self.addWidget(self.sentence)
        self.addWidget(worded)
        self.setFixedHeight(acting.sizeHint().height())
        self.words.editingFinished.connect(self._on_words)
        self.strength.changed.connect(self._on_strength)
        self.span.changed.connect(self._on_span)

    def show_item(self, item: Item | None, steps: int) -> None:
        """steps: of a run, for how many of them it acts in."""
        node = item if isinstance(item, Node) and CONTENTS[item.kind].controls else None
        note = "" if node is None else unread(node.kind, self._studio.capabilities)
        if node is not None and note:
            self._id = ""
            self.sentence.setText(note)
            self.setCurrentIndex(1)
            return
        self.setCurrentIndex(0 if node is not None else 1)
        words = item.content.said_words if isinstance(item, Node) else None
        if item is not None and words is not None:
            self._show_words(item, words)
            return
        if node is None:
            self._id = ""
            said = words_of(item.kind).purpose if isinstance(item, Node) else ""
            self.sentence.setText(said if item is None or said else self.tr(
                "What is in a group lies on itself before it lies on what is below."
            ))  # fmt: skip
            return
        self._id = node.id
        strength, start, end = node.acting
        can = self._studio.capabilities
        strong = can is None or can.control_strength
        self.strength.setEnabled(strong)
        self.strength.set_scale(strength_scale(can))
        self.strength.label.setText(
            self.tr("Strength") if strong else self.tr("Looked at, without strength")
        )
        self.strength.set_sentence(acting_words(node.kind, can))
        self.strength.show_value(strength if strong else 1.0)
        self.span.show_span(start, end, steps)

    def _show_words(self, item: Item, words: str) -> None:
        if self._id != item.id or not self.words.hasFocus():
            self.words.setText(words)
        self._id = item.id
        can = self._studio.capabilities
        deaf = can is not None and not can.regions
        if deaf:
            said = self.tr(
                "This model hears one set of words for all of the picture: it leaves regions out."
            )
        else:
            said = self.tr("With words it says what is there, and protects nothing.")
        self.words_note.setText(said)
        self.setCurrentIndex(2)

    def _on_words(self) -> None:
        node = self._studio.document.stack.node(self._id)
        said = None if node is None else node.content.said_words
        if node is not None and said is not None and self.words.text() != said:
            content = node.content.with_words(self.words.text())
            self._studio.change_content(node.id, content, self.tr("Words of a region"))

    def _on_strength(self, value: float, merge: bool) -> None:
        self._studio.set_layer(self._id, merge=merge, strength=value)

    def _on_span(self, start: float, end: float) -> None:
        self._studio.set_layer(self._id, start=start, end=end)
