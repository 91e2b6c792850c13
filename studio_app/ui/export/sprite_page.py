"""The thing in the picture, cut out."""

from __future__ import annotations

from studio_app.session.exporting import Exporting
from studio_app.ui.export.fields import Page
from studio_app.ui.export.pivot_field import pivot_field


class SpritePage(Page):
    """Trim, padding, pivot, pixel art, and a normal map for 2D lights."""

    kind = "sprite"

    def __init__(self, exporting: Exporting) -> None:
        super().__init__(exporting)
        tr = self.tr
        self.text, self.why = tr("&Sprite"), tr("The thing in it, cut out.")
        self.columns(2)
        padding = self.spin("padding", tr("Padding"), tr("Empty pixels on each side."), 0, 64)
        pixel_art = self.pixel_art(tr("Pixels along its longer side; 0 for none."))
        self.place(0, 0, tr("Fo&rmat"), self.format())
        self.place(0, 1, tr("Si&ze"), self.scale())
        self.place(1, 0, tr("Pi&vot"), pivot_field(self))
        self.place(1, 1, tr("Pa&dding"), padding)
        self.place(2, 0, tr("Pi&xel art"), pixel_art)
        self.place(2, 1, tr("Colo&urs"), self.colours())
        self.place(3, 0, tr("Pa&lette"), self.palette_field())
        self.place(3, 1, tr("Pixels a unit"), self.units())
        checks = (
            ("trim", tr("Tri&m"), tr("Cuts away what is empty around the thing.")),
            ("power_of_two", tr("P&ower of two"), tr("Sides of 1, 2, 4, 8 ... pixels.")),
            (
                "lit",
                tr("Lit in &2D"),
                tr("With a normal map for 2D lights, from the model's maps."),
            ),
        )
        for column, (name, text, why) in zip((0, 1, 3), checks, strict=True):
            self.grid.addWidget(self.check(name, text, why), 4, column)
