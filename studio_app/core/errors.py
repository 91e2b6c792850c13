"""The one error a user can meet."""

from __future__ import annotations


class StudioError(Exception):
    """Something the user can understand and mend: bad input, a full disk, a missing model.

    title: what happened, a few words without a full stop ("No such model").
    detail: the particulars: which file, which value, what was expected.
    hint: what to do about it, an imperative sentence.

    The window shows it in its message bar, the command line as one line. Whatever is not a StudioError
    is a bug of ours and keeps its traceback.
    """

    def __init__(self, title: str, detail: str = "", hint: str = "") -> None:
        super().__init__(title, detail, hint)  # args: what pickle and copy rebuild it from
        self.title = title
        self.detail = detail
        self.hint = hint
        self.about = ""

    def regarding(self, about: str) -> StudioError:
        """This error, with what it is about: once that has succeeded ("run", "model", "read", "save"), whoever
        shows the error lets go of it."""
        self.about = about
        return self

    def __str__(self) -> str:
        """`title: detail. hint`, in one line whatever the parts hold."""
        said = ": ".join(part for part in (self.title, self.detail) if part)
        if self.hint:
            said = f"{said.rstrip()}{'' if said.rstrip().endswith(('.', '!', '?')) else '.'} {self.hint}"
        return " ".join(said.split())
