"""Marks in a prompt box: a wave under the words that the model does not know."""

from __future__ import annotations

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from studio_app.ui import theme
from studio_app.ui.known_words import KnownWords, Stranger


class StrangerMarks(QSyntaxHighlighter):
    """Underlines strangers. The word that is being typed is left in peace until it is done."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._words = KnownWords()
        self._typing_at = -1

    def set_words(self, words: KnownWords) -> None:
        self._words = words
        self.rehighlight()

    @property
    def typing_at(self) -> int:
        return self._typing_at

    def set_typing_at(self, position: int) -> None:
        """position: of the cursor in the document while somebody types there, else -1."""
        if position != self._typing_at:
            self._typing_at = position
            self.rehighlight()

    def strangers(self) -> list[Stranger]:
        """Of the whole text."""
        return self._words.strangers(self.document().toPlainText())

    def stranger_at(self, position: int) -> Stranger | None:
        """Around a position of the document."""
        for stranger in self.strangers():
            if stranger.begin <= position <= stranger.end:
                return stranger
        return None

    def highlightBlock(self, text: str) -> None:
        wave = QTextCharFormat()
        wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        wave.setUnderlineColor(theme.colour("danger"))
        start = self.currentBlock().position()
        for stranger in self._words.strangers(text):
            if start + stranger.end != self._typing_at:
                self.setFormat(stranger.begin, stranger.end - stranger.begin, wave)
