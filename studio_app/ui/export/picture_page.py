"""The picture as it is."""

from __future__ import annotations

from studio_app.export.settings import ExportSettings
from studio_app.export.targets.target import Project
from studio_app.session.exporting import Exporting
from studio_app.ui.export.fields import Page


class PicturePage(Page):
    """Format, size, bits and quality."""

    kind = "picture"

    def __init__(self, exporting: Exporting) -> None:
        super().__init__(exporting)
        tr = self.tr
        self.text, self.why = tr("&Picture"), tr("The picture as it is.")
        self.columns(2)
        self.place(0, 0, tr("Fo&rmat"), self.format())
        self.place(0, 1, tr("Si&ze"), self.scale())
        bits = self.combo("bits", tr("Bits"), tr("Of a channel, in a PNG."), [("8", 8), ("16", 16)])
        quality = self.spin(
            "quality", tr("Quality"), tr("Of a JPEG or a lossy WebP, 1 to 100."), 1, 100
        )
        self.place(1, 0, tr("&Bits"), bits)
        self.place(1, 1, tr("&Quality"), quality)
        why = tr("A WebP that keeps every pixel as it is.")
        lossless = self.check("lossless", tr("&Lossless"), why)
        self.grid.addWidget(lossless, 2, 1)

        def show(settings: ExportSettings, _: Project | None) -> None:
            bits.setEnabled(settings.format == "png")
            lossless.setEnabled(settings.format == "webp")
            lossy = settings.format == "webp" and not settings.lossless
            quality.setEnabled(lossy or settings.format == "jpeg")

        self.when_shown(show)
