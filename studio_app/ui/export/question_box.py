"""What has to be answered before an export: the licence of a model, asked once a project."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QRadioButton, QVBoxLayout

from studio_app.export.questions import Question
from studio_app.ui import theme


class QuestionBox(QFrame):
    """Hidden where nothing is asked. answers: the buttons, by the id of their choice."""

    answered = Signal(str, str)
    """(id of the question, id of the choice)"""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "message")
        self.answers: dict[str, QRadioButton] = {}
        self._asked: tuple[Question, ...] = ()
        self._rows = QVBoxLayout(self)
        self.hide()

    def show_questions(self, asked: tuple[Question, ...]) -> None:
        if asked == self._asked:
            return
        self._asked = asked
        self.answers.clear()
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for question in asked:
            for text, role in ((question.title, "value"), (question.text, "caption")):
                label = QLabel(text)
                label.setWordWrap(True)
                theme.set_role(label, role)
                self._rows.addWidget(label)
            for choice in question.choices:
                button = QRadioButton(choice.text)
                button.toggled.connect(
                    lambda on, id=question.id, answer=choice.id: (
                        self.answered.emit(id, answer) if on else None
                    )
                )
                self._rows.addWidget(button)
                self.answers[choice.id] = button
        self.setVisible(bool(asked))
