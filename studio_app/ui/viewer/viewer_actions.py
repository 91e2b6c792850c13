"""What one can do with the viewer: every action with its key, its icon and why one would."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QWidget

from studio_app.ui.action_buttons import add_action, submenu
from studio_app.ui.viewer.viewer_model import LOOKS, Look

if TYPE_CHECKING:
    from studio_app.ui.viewer.viewer_panel import ViewerPanel

ZOOMS = (0.5, 1.0, 2.0, 4.0)


class ViewerActions:
    """Actions of a viewer panel, named `viewer_...`; they belong to the panel."""

    def __init__(self, panel: ViewerPanel) -> None:
        self._model = panel.model
        self._make_looks(panel)
        self._make_judging(panel)
        self._make_places(panel)

    def menu_entries(self, owner: QWidget) -> list[QAction | None]:
        """All of them in the order of a menu; None is a line."""
        zoom = submenu(owner, owner.tr("&Zoom of the viewer"), [self.fit, *self.zooms])
        return [
            self.next_look, *self.looks.values(), None,
            self.keep, self.compare, self.variations, self.branch, None,
            self.tile, self.checkerboard, self.calm, None,
            zoom, self.pop_out, self.full,
        ]  # fmt: skip

    def _make_looks(self, panel: ViewerPanel) -> None:
        """What of a step is shown."""
        tr, model = panel.tr, self._model
        self.next_look = add_action(
            panel, "viewer_next_look", tr("x0, x_t or both"), model.next_look, key="X",
            why=tr("x0 is the picture a step predicts, x_t the noisy state it starts from."),
        )  # fmt: skip
        names = {"x0": tr("x0"), "xt": tr("x_t"), "both": tr("Both")}
        whys = {
            "x0": tr("The picture that each step predicts. X changes the look."),
            "xt": tr("The noisy state that each step starts from. X changes the look."),
            "both": tr("x_t and x0 side by side. X changes the look."),
        }
        group = QActionGroup(panel)
        self.looks: dict[str, QAction] = {}
        for look in LOOKS:
            action = add_action(
                panel, f"viewer_look_{look}", names[look],
                partial(self._on_look, look),
                why=whys[look], checkable=True,
            )  # fmt: skip
            group.addAction(action)
            self.looks[look] = action

    def _make_judging(self, panel: ViewerPanel) -> None:
        """How one looks closer: beside another, tiled, calm, in variations."""
        tr, model = panel.tr, self._model
        self.keep = add_action(
            panel, "viewer_keep", tr("Keep to compare"), model.keep, key="K", icon="bookmark-plus",
            why=tr("Holds this picture as A, beside what comes."),
        )  # fmt: skip
        self.compare = add_action(
            panel, "viewer_compare", tr("Compare A and B"), model.set_compare, key="C",
            icon="square-split-horizontal", checkable=True,
            why=tr("The kept picture left of the divider, the new one right of it."),
        )  # fmt: skip
        self.tile = add_action(
            panel, "viewer_tile", tr("Tile 3 x 3"), model.set_tiled, key="W", icon="grid-3x3",
            checkable=True, why=tr("Repeats the picture, to see its seams."),
        )  # fmt: skip
        self.checkerboard = add_action(
            panel, "viewer_checkerboard", tr("Checkerboard"), model.set_checkered, key="T",
            icon="grid-2x2", checkable=True, why=tr("Shows where the picture is transparent."),
        )  # fmt: skip
        self.calm = add_action(
            panel, "viewer_calm", tr("Calm"), model.set_calm, key="Q", icon="leaf", checkable=True,
            why=tr("Only whole pictures, none that are still forming."),
        )  # fmt: skip
        self.variations = add_action(
            panel, "viewer_variations", tr("Variations"), panel.show_variations, key="V",
            icon="layout-grid", checkable=True,
            why=tr("Nine quick pictures of other seeds; click one to keep it."),
        )  # fmt: skip

    def _make_places(self, panel: ViewerPanel) -> None:
        """Where and how large the picture is, and what goes on from it."""
        tr = panel.tr
        self.pop_out = add_action(
            panel, "viewer_pop_out", tr("Viewer in its own window"), panel.pop_out_asked.emit, key="Shift+F11",
            icon="picture-in-picture-2", why=tr("For a second screen; closing it brings the viewer back."),
        )  # fmt: skip
        self.full = add_action(
            panel, "viewer_full_screen", tr("Full screen"), panel.full_screen, key="F11",
            icon="maximize", why=tr("The picture alone. Escape comes back."),
        )  # fmt: skip
        self.fit = add_action(panel, "viewer_fit", tr("Fit"), panel.view.fit)
        self.zooms = [
            add_action(
                panel, f"viewer_zoom_{zoom * 100:.0f}", f"{zoom * 100:.0f} %",
                lambda zoom=zoom: panel.view.set_zoom(zoom),
            )
            for zoom in ZOOMS
        ]  # fmt: skip
        self.branch = add_action(
            panel, "viewer_branch", tr("Branch from here"), panel.branch, key="Ctrl+B",
            icon="git-branch",
            why=tr("Goes on from this x_t with the prompt, seed and guidance of now."),
        )  # fmt: skip

    def _on_look(self, look: Look, on: bool) -> None:
        if on:
            self._model.set_look(look)
