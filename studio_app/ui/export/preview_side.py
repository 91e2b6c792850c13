"""What an export would be, to look at: beside the form."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.export.pieces import Asset
from studio_app.export.seams import SEEN
from studio_app.session.export_jobs import Made
from studio_app.session.exporting import Exporting
from studio_app.ui import theme
from studio_app.ui.export.choice_button import ChoiceButton
from studio_app.ui.export.pivot_field import draw_pivot
from studio_app.ui.export.preview import SIDE, Ground
from studio_app.ui.export.sheet_preview import SheetPreview


class PreviewSide(QWidget):
    """The preview, the ground under it, and what can be said of its matte or its seams."""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        tr = self.tr
        self.preview = SheetPreview()
        self.preview.pivot_drawn.connect(lambda x, y: draw_pivot(exporting, (x, y)))
        self.grounds: dict[Ground, QPushButton] = {}
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT // 2)
        group = QButtonGroup(self)
        texts: tuple[tuple[Ground, str], ...] = (
            ("checker", tr("Chec&ker")),
            ("black", tr("Bl&ack")),
            ("white", tr("Wh&ite")),
        )
        for ground, text in texts:
            button = self._ground_button(ground, text)
            group.addButton(button)
            row.addWidget(button, 1)
            self.grounds[ground] = button
        self.grounds["checker"].setChecked(True)
        self.tiled = ChoiceButton(tr("&3 × 3"), tr("Shows how the texture meets itself."))
        self.tiled.toggled.connect(self.preview.set_tiled)
        row.addWidget(self.tiled, 1)
        self.play = ChoiceButton(tr("Pla&y"), tr("Plays the row of the chosen frame."))
        self.play.toggled.connect(self.preview.set_playing)
        row.addWidget(self.play, 1)
        self.check = QLabel()
        self.check.setWordWrap(True)
        self.check.setFixedWidth(SIDE)
        theme.set_role(self.check, "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        column.addWidget(self.preview)
        column.addLayout(row)
        column.addWidget(self.check)
        column.addStretch(1)
        self.setFixedWidth(SIDE)

    def show_export(self, exporting: Exporting) -> None:
        made, kind, picture = exporting.made, exporting.settings.kind, exporting.picture
        sheet, tiles = kind == "sheet", kind == "texture"
        self.tiled.setVisible(not sheet)
        self.tiled.setEnabled(tiles)
        self.play.setVisible(sheet)
        self.play.setEnabled(made is not None)
        if not sheet:
            self.play.setChecked(False)
        if not tiles:
            self.tiled.setChecked(False)
        if made is None or (made.asset.kind == "sheet") != sheet:
            self.preview.show_no_sheet()
            self.preview.show_picture(None if picture is None or sheet else picture.pixels)
            self.preview.draw_pivots((), 1, None)
            self.check.setText(self.tr("Nothing is packed yet") if sheet else "")
            return
        asset, pivot = made.asset, exporting.settings.pivot
        drawn = pivot if isinstance(pivot, tuple) else None
        if sheet:
            hard, loop = asset.pixel_art, asset.loop
            self.preview.show_sheet(made.pixels, made.size[0], asset.cells, hard=hard, loop=loop)
        else:
            self.preview.show_no_sheet()
            pivot = asset.pivot if kind == "sprite" and drawn is None else None
            self.preview.show_made(made.pixels, pivot, hard=asset.pixel_art)
        self.preview.draw_pivots(made.cells, made.size[0], drawn)
        self.check.setText("   ".join([*self._said(made), *self._said_of_seams(asset)]))

    def _said(self, made: Made) -> list[str]:
        said = ["{} × {}".format(*made.size)]
        rows = {cell.row for cell in made.asset.cells if cell.row}
        if len(rows) > 1:
            said.append(self.tr("{count} rows").format(count=len(rows)))
        if made.covered is not None:
            empty, edge = made.covered
            told = self.tr("{empty:.0f} % empty, {edge:.0f} % edge")
            said.append(told.format(empty=100 * empty, edge=100 * edge))
        return said

    def _said_of_seams(self, asset: Asset) -> list[str]:
        if not asset.seams:
            return []
        if True not in asset.tiles:
            said = self.tr("seams {score:.1f}: it was not drawn seamless")
            return [said.format(score=asset.seams[-1].worst())]
        seen = self.tr("seams {score}: one is seen")
        unseen = self.tr("seams {score}: none is seen")
        scores = " → ".join(f"{seams.worst(asset.tiles):.1f}" for seams in asset.seams)
        worst = asset.seams[-1].worst(asset.tiles)
        return [(seen if worst >= SEEN else unseen).format(score=scores)]

    def _ground_button(self, ground: Ground, text: str) -> QPushButton:
        button = ChoiceButton(text, self.tr("What is transparent lies over it."))
        button.clicked.connect(lambda: self.preview.set_ground(ground))
        return button
