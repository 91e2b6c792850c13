"""The menus of the window: every command in the place where one looks for it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from studio_app.ui.actions import ActionTable
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.layers.stack_actions import StackActions
from studio_app.ui.viewer.viewer_panel import ViewerPanel


def fill_menus(
    window: QMainWindow,
    command: ActionTable,
    canvas: CanvasPanel,
    layers: StackActions,
    viewer: ViewerPanel,
    panels: Sequence[QAction],
    files: Sequence[QAction | None],
    earlier: QMenu,
) -> None:
    """None among the entries of a menu is a line. files: what its first menu begins with."""
    tr = window.tr
    saves = (viewer.acts.save, viewer.acts.save_frame)
    menus: list[tuple[str, list[QAction | None]]] = [
        (tr("&File"), [
            *files, command["open_recipe"], None, command["load_colour"], command["load_depth"],
            command["load_pose"], None, viewer.acts.save, viewer.acts.save_frame, command["export"], None,
            command["save_copy"], command["open_work"], earlier.menuAction(), None, command["quit"],
        ]),
        (tr("&Edit"), [
            command["undo"], command["redo"], None, *canvas.clipboard_entries(), None,
            command["clear_drawing"], None,
            command["save_preset"], command["remove_preset"],
        ]),
        (tr("&Canvas"), canvas.menu_entries()),
        (tr("&Layer"), layers.menu_entries()),
        (tr("&Depth"), [*canvas.depth_actions.menu_entries(), None, canvas.guide_actions.normals]),
        (tr("&Picture"), [
            command["export"], command["export_again"], command["keep_exporting"],
            command["keep_starred"], None,
            *(action for action in viewer.acts.all() if action not in saves),
        ]),
        (tr("&View"), [
            *viewer.menu_entries(), None, *panels,
            command["reset_layout"], None, command["next_part"], command["previous_part"], None,
            command["light_theme"],
        ]),
        (tr("&Generate"), [
            command["live"], command["generate"], command["cancel"], None, command["new_seed"], command["add_lora"],
            command["end_branch"], None, command["models"],
        ]),
        (tr("&Help"), [command["find_action"], command["keys"], None, command["about"]]),
    ]  # fmt: skip
    bar = window.menuBar()
    bar.setAccessibleName(tr("Menus"))
    for title, entries in menus:
        menu = bar.addMenu(title)
        for action in entries:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
