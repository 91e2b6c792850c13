"""What a journal holds, and whether that is a document."""

from __future__ import annotations

from pathlib import Path

from studio_app.document.document import Document
from studio_app.document.store import journal
from studio_app.document.store.documents import document_dict


def same(found: Document | None, document: Document) -> bool:
    return found is not None and document_dict(found) == document_dict(document)


def document_in(folder: Path) -> Document | None:
    with journal.reading(folder) as pages:
        return None if pages is None else pages.document()
