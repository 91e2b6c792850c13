"""The choice of a sprite's or sheet's pivot: of the thing itself, or drawn in the preview."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker

from studio_app.export.pieces import Point
from studio_app.export.settings import ExportSettings
from studio_app.export.targets.target import Project
from studio_app.session.exporting import Exporting
from studio_app.ui.export.fields import Page
from studio_app.ui.knobs import CalmComboBox

DRAWN = "drawn"
DIGITS = 5
"""Of a part of a picture: finer than any pixel."""


def pivot_field(page: Page) -> CalmComboBox:
    """On a page. What is drawn begins where the pivot is, and is shown as the command line takes it: X,Y."""
    tr, exporting = page.tr, page.exporting
    why = tr(
        "The point of the thing that an engine places and turns it by. "
        "Drawn: click or drag in the preview; the arrows move it by a pixel there."
    )
    field = CalmComboBox(tr("Pivot"), why)
    field.fill([(tr("Centre"), "centre"), (tr("Bottom"), "bottom"), (tr("Drawn"), DRAWN)])
    drawn_at = field.findData(DRAWN)

    def choose() -> None:
        chosen = field.currentData()
        if chosen != DRAWN:
            exporting.choose(pivot=chosen)
        elif not isinstance(exporting.settings.pivot, tuple):
            draw_pivot(exporting, _now(exporting))

    def show(settings: ExportSettings, _: Project | None) -> None:
        pivot = settings.pivot
        drawn = isinstance(pivot, tuple)
        text = "{:.3g},{:.3g}".format(*pivot) if isinstance(pivot, tuple) else tr("Drawn")
        with QSignalBlocker(field):
            field.setItemText(drawn_at, text)
        field.show_data(DRAWN if drawn else pivot)

    field.currentIndexChanged.connect(lambda _: choose())
    page.when_shown(show)
    page.fields["pivot"] = field
    return field


def draw_pivot(exporting: Exporting, place: Point) -> None:
    """place: in the picture, 0..1 from its top left; what lies beyond it goes to its edge."""
    exporting.choose(pivot=[round(min(max(part, 0.0), 1.0), DIGITS) for part in place])


def _now(exporting: Exporting) -> Point:
    """The pivot as it is, of the first picture."""
    made = exporting.made
    if made is None or not made.cells or made.asset.kind != exporting.settings.kind:
        return 0.5, 0.5
    cell = made.cells[0]
    return cell.in_picture(cell.pivot)
