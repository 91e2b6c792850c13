"""Edits that take long on a large canvas: worked out in the background of what there is now, and then one step of
undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio_app.core.errors import StudioError
from studio_app.document.deferring import large
from studio_app.document.document import Document
from studio_app.document.telling import Tell, untold
from studio_app.session.editor import Editor
from studio_app.session.works import Works

_PAUSE_MS = 30
"""Between two looks whether a stroke that is being drawn has come to its end."""

MadeOf = Callable[[Document], tuple[object, ...] | None]
"""All that an edit is worked out of, compared by identity; None: that is gone."""
Make = Callable[[Document, Tell], Any]
"""Works it out, in any thread."""


class Making(QObject):
    """Window's thread; the work is done by `Works`, one after the other, and can be given up there."""

    message = Signal(object)

    def __init__(self, editor: Editor, works: Works, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor, self._works = editor, works
        self._work = object()
        """Another one with each work on the desk."""

    def forget(self) -> None:
        """Other work is on the desk: nothing comes of what waits for a stroke in the one before."""
        self._work = object()

    def make(
        self,
        text: str,
        made_of: MadeOf,
        make: Make,
        put: Callable[[Any], object],
        about: str = "edit",
    ) -> None:
        """put: gets what was worked out, and edits the document. Of a small canvas at once; else, where something that
        it was made of changes meanwhile, it is worked out once more, and where that goes, nothing comes of it.
        StudioErrors of both are messages, about what `about` says. What a hand is drawing is finished first."""
        self._editor.stack.settle()
        self._make(text, made_of, make, put, about)

    def _make(
        self, text: str, made_of: MadeOf, make: Make, put: Callable[[Any], object], about: str
    ) -> None:
        document = self._editor.document
        known = made_of(document)
        if known is None:
            return
        if not large(document.canvas):
            self._put(lambda: put(make(document, untold)), about)
            return

        def job(tell: Tell, _: object) -> Any:
            try:
                return make(document, tell)
            except StudioError as error:
                return error

        work = self._work

        def then(made: Any) -> None:
            if self._work is not work:
                return
            if self._editor.stroking:  # a hand draws or moves something: it is not to be torn away
                QTimer.singleShot(_PAUSE_MS, self, lambda: then(made))
                return
            now = made_of(self._editor.document)
            if now is None:
                return
            if not _same(known, now):
                self._make(text, made_of, make, put, about)
            elif isinstance(made, StudioError):
                self.message.emit(made.regarding(about))
            else:
                self._put(lambda: put(made), about)

        self._works.begin(text, job, then)

    def _put(self, put: Callable[[], object], about: str) -> None:
        try:
            put()
        except StudioError as error:
            self.message.emit(error if error.about else error.regarding(about))


def _same(some: tuple[object, ...], others: tuple[object, ...]) -> bool:
    return len(some) == len(others) and all(
        one is other for one, other in zip(some, others, strict=True)
    )
