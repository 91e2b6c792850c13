"""What is known of the chosen model, beside the list."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio_app.ui import theme
from studio_app.ui.models.sentences import Pairs

WORD_WIDTH = 112
KEPT = 18
"""Letters at both ends of a word that is shortened."""
_LONG = re.compile(r"[^\s/\\]{42,}")


class Details(QScrollArea):
    """A name, what it is, whether it can be drawn with, and pairs of a word and sentences, which can be selected."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("About the model"))
        self.title = _label("title")
        self.kind = _label("caption")
        self.fate = _label("")
        self._form = QFormLayout()
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setHorizontalSpacing(theme.UNIT)
        self._form.setVerticalSpacing(theme.UNIT)
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(2 * theme.UNIT, 0, theme.UNIT, 0)
        rows.setSpacing(theme.UNIT)
        for label in (self.title, self.kind, self.fate):
            rows.addWidget(label)
        rows.addSpacing(theme.UNIT)
        rows.addLayout(self._form)
        rows.addStretch(1)
        self.setWidget(inner)
        self._inner, self._rows = inner, rows
        self._shown: tuple[object, ...] = ()

    @property
    def text(self) -> str:
        """All that is said, for tests and screen readers."""
        labels = self.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.text())

    def show_words(
        self, title: str, kind: str, fate: str, pairs: Pairs, *, ill: bool = False
    ) -> None:
        """ill: whether it can't be drawn with."""
        shown = (title, kind, fate, tuple(pairs), ill)
        if shown == self._shown:
            return
        same = self._shown[:1] == shown[:1]
        self._shown = shown
        self.title.setText(wrapping(title))
        self.title.setToolTip(title if self.title.text() != title else "")
        self.kind.setText(kind)
        self.kind.setVisible(bool(kind))
        self.fate.setText(fate)
        self.fate.setVisible(bool(fate))
        theme.set_role(self.fate, "refusal" if ill else "")
        while self._form.rowCount():
            self._form.removeRow(0)
        for word, sentences in pairs:
            name = QLabel(word)
            theme.set_role(name, "caption")
            name.setFixedWidth(WORD_WIDTH)
            said = _label("", wrapping(sentences))
            said.setToolTip(sentences if said.text() != sentences else "")
            self._form.addRow(name, said)
        self._fit()
        if not same:
            self.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its words are at this width: Qt would take them for as narrow as they can be."""
        self._rows.activate()
        width = self.viewport().width()
        self._inner.resize(width, max(self._rows.heightForWidth(width), self.viewport().height()))


def wrapping(text: str) -> str:
    """What has words that are wider than the window has them shortened in their middle: a label breaks none."""
    return _LONG.sub(lambda word: f"{word[0][:KEPT]}…{word[0][-KEPT:]}", text)


def _label(role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    if role:
        theme.set_role(label, role)
    return label
