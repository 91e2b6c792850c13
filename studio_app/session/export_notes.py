"""What is worth knowing of an export that is being looked at."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from studio_app.export.plan import Plan
from studio_app.export.settings import TITLES
from studio_app.session.export_choice import Choice
from studio_app.session.export_looking import Looking
from studio_app.session.sheet_frames import SheetFrames


def notes_of(
    choice: Choice, looking: Looking, frames: SheetFrames, plan: Plan | None
) -> tuple[str, ...]:
    """As sentences without a full stop, each once."""
    said: list[str] = list(plan.notes) if plan is not None else []
    if choice.not_imported is not None and choice.project is not None:
        names = {"engine": choice.project.target.title, "format": TITLES[choice.not_imported]}
        said.append(_tr("{engine} imports no {format}: PNG is chosen").format(**names))
    wanted = choice.wanted
    for take in wanted.takes if wanted is not None else ():
        why = looking.why_no_maps(take.picture)
        if why is not None and wanted is not None and wanted.needs_maps(take):
            said.append(_tr("It is cut out by its colours alone: {why}").format(why=why))
    if choice.is_sheet and frames.keeps_depth:
        said.append(_tr("The drawn depth is in every pose; hide it to leave it out"))
    if choice.settings.stripped:
        said.append(_tr("The recipe stays in the project's .underpaint; the mark stays in"))
    return tuple(dict.fromkeys(said))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Exporting", text)
