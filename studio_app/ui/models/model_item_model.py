"""The found models as rows: groups by role and family, and in each the models by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio_app.catalogue.budget import in_words
from studio_app.catalogue.families import FAMILIES, TEXT_ENCODERS, VAES
from studio_app.catalogue.identity import ROLES, Identity
from studio_app.catalogue.scanning import Found
from studio_app.catalogue.words import family_name
from studio_app.session.model_desk import is_model

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()
KEPT = 20_000
"""So many descriptions are remembered: lists are filled again with every letter of a filter."""


@dataclass(frozen=True)
class Row:
    """A model, or the title of a group. caption: a line under the name. open: whether it draws now."""

    title: str
    caption: str = ""
    found: Found | None = None
    open: bool = False


@lru_cache(KEPT)
def caption_of(identity: Identity) -> str:
    """Family, numbers and size in a line; why, of what is broken."""
    if identity.role == "broken":
        return identity.why
    what = family_name(identity)
    if identity.role == "text encoder":
        what = TEXT_ENCODERS.get(identity.detail, "")
    elif identity.role in ("vae", "tiny vae"):
        what = VAES.get(identity.detail, identity.detail)
    parts = [
        what,
        identity.few_step,
        identity.numbers,
        in_words(identity.size) if identity.size else "",
    ]
    return " · ".join(part for part in parts if part)


@lru_cache(KEPT)
def group_of(identity: Identity) -> tuple[int, int, str]:
    """Where its group stands, and what that is called."""
    role = list(ROLES).index(identity.role)
    name = ROLES[identity.role]
    facts = FAMILIES.get(identity.family)
    if facts is None:
        return role, len(FAMILIES), name
    return role, list(FAMILIES).index(identity.family), f"{name} · {facts.name}"


def matches(found: Found, words: Sequence[str], role: str) -> bool:
    """Whether it has every word in its name, place or description, and the role, if one is asked for."""
    if role and found.identity.role != role:
        return False
    if not words:
        return True
    where = f"{found.name} {found.path} {caption_of(found.identity)} {group_of(found.identity)[2]}"
    low = where.casefold()
    return all(word in low for word in words)


class ModelItemModel(QAbstractListModel):
    """Rows of what `fill` was given last, filtered."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._known: tuple[object, ...] = ()

    def fill(self, found: Iterable[Found], typed: str, role: str, now: str) -> bool:
        """Whether anything is another than before. now: path or name of the model that draws."""
        known = (tuple(found), typed, role, now)
        if known == self._known:
            return False
        self._known = known
        words = typed.casefold().split()
        fitting = [item for item in known[0] if matches(item, words, role)]
        fitting.sort(
            key=lambda item: (group_of(item.identity), item.name.casefold(), str(item.path))
        )
        rows: list[Row] = []
        for item in fitting:
            title = group_of(item.identity)[2]
            if not rows or rows[-1].found is None or group_of(rows[-1].found.identity)[2] != title:
                rows.append(Row(title))
            draws = is_model(item.path, now)
            rows.append(Row(item.name, caption_of(item.identity), item, draws))
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()
        return True

    def row_of(self, path: Path | None) -> int:
        """-1 where it is not shown."""
        numbers = (
            i for i, row in enumerate(self.rows) if row.found is not None and row.found.path == path
        )
        return next(numbers, -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self.rows[index.row()].found is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            drawing = self.tr("draws now") if row.open else ""
            return ", ".join(part for part in (row.title, row.caption, drawing) if part)
        if role == Qt.ItemDataRole.ToolTipRole and row.found is not None:
            return f"{row.found.path}\n{row.caption}"
        return None
