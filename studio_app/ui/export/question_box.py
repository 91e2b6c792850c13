"""What has to be answered before an export: the licences of models, each asked about once a project."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QRadioButton, QVBoxLayout, QWidget

from studio_app.export.questions import Question
from studio_app.ui import theme


class QuestionBox(QFrame):
    """Hidden where nothing is asked. answers: the buttons, by what is asked about and the id of their choice."""

    answered = Signal(object, str)
    """(the question, id of the choice)"""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "message")
        self.answers: dict[tuple[str, str], QRadioButton] = {}
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
            either = QWidget()  # of the buttons in one widget a single one is on
            buttons = QVBoxLayout(either)
            buttons.setContentsMargins(0, 0, 0, 0)
            for choice in question.choices:
                button = QRadioButton(choice.text)
                button.toggled.connect(
                    lambda on, question=question, answer=choice.id: (
                        self.answered.emit(question, answer) if on else None
                    )
                )
                buttons.addWidget(button)
                self.answers[question.about, choice.id] = button
            self._rows.addWidget(either)
        self.setVisible(bool(asked))
