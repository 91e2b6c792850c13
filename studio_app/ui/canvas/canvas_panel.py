"""The canvas with its layers, the options of the tool in hand, and the result over the drawing."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from studio_app.document.contents.colour import Colour
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.scene import Scene
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.action_buttons import action_button, add_action, allow, submenu
from studio_app.ui.canvas.brush_popup import BrushPopup
from studio_app.ui.canvas.brush_shelf import BrushShelf
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.canvas_actions import CanvasActions
from studio_app.ui.canvas.depth_actions import DepthActions
from studio_app.ui.canvas.exchange import Exchange
from studio_app.ui.canvas.guide_actions import GuideActions
from studio_app.ui.canvas.layer_actions import LayerActions
from studio_app.ui.canvas.layer_bar import ORDER, LayerBar
from studio_app.ui.canvas.pose_actions import PoseActions
from studio_app.ui.canvas.pose_shelf import PoseShelf
from studio_app.ui.canvas.readout import Readout
from studio_app.ui.canvas.scene_actions import SceneActions
from studio_app.ui.canvas.select_actions import SelectActions
from studio_app.ui.canvas.tool_bar import ToolBar
from studio_app.ui.canvas.tool_box import ToolBox
from studio_app.ui.canvas.tool_state import HARDNESS_STEP, VALUE_STEP, Tool, ToolState
from studio_app.ui.canvas.tools.names import ENTRIES, words_of_tool
from studio_app.ui.canvas.view_actions import ViewActions
from studio_app.ui.elided_label import ElidedLabel
from studio_app.ui.faces.registry import FACES, words_of
from studio_app.ui.knobs import CalmSlider


class CanvasPanel(QWidget):
    """Where the artist draws. Its `actions()` are named `canvas_...` and fit into any menu."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.tools = ToolState(self)
        self.canvas = Canvas(studio, self.tools)
        self.layers = LayerBar(studio, self.tools)
        self.readout = Readout(self.canvas, studio, self.tools)
        self.shelf = BrushShelf(studio, self)
        self.brush_popup: BrushPopup | None = None
        self._busy = ""
        self._opacity = CalmSlider()
        self._zoom = QToolButton()
        self.exchange = Exchange(studio, self.tools, self)
        self.select_actions = SelectActions(studio, self.tools, self.canvas.kit, self, self.canvas)
        self.exchange.selected = self.select_actions
        self._make_layer_actions()
        self._make_tool_actions()
        self.pose_shelf = PoseShelf(studio, self)
        self.pose_actions = PoseActions(studio, self.canvas.pose, self.pose_shelf, self)
        self.pose_actions.wanted.connect(self._ask_pose)
        self.pose_actions.done.connect(self._people_added)
        self.scene_actions = SceneActions(studio, self.tools, self.canvas.scene, self, self.canvas)
        self.views = ViewActions(self.canvas, self._another_view, self)
        self.guide_actions = GuideActions(studio, self.tools, self)
        self.canvas_actions = CanvasActions(studio, self.tools, Colour.kind, self)
        self.options = ToolBar(
            self.canvas,
            self.tools,
            self.select_actions,
            self.pose_actions,
            self.pose_shelf,
            self.scene_actions,
            self._tools_actions["frame"],
            self.canvas_actions,
        )
        self._lay_out()
        self._serve(self.canvas)
        self.views.opened.connect(self._serve)
        self.options.brush.popup_asked.connect(self._open_brushes)
        self.exchange.busy.connect(self._show_busy)
        self.exchange.mesh.connect(self.scene_actions.add_mesh)
        self.scene_actions.busy.connect(self._show_busy)
        self.depth_actions.busy.connect(self._show_busy)
        self.scene_actions.done.connect(self._scene_done)
        self.canvas.zoom_changed.connect(self._show_zoom)
        self.canvas.selection_changed.connect(self._show_selection)
        self.tools.changed.connect(self._show_tool)
        studio.edited.connect(self._show_selection)
        studio.layers_changed.connect(self._show_said)
        studio.edited.connect(lambda: self.tools.follow(studio.document))
        self.readout.changed.connect(self._show_said)
        studio.document_changed.connect(self.readout.refresh)
        self.canvas.selection_changed.connect(self.readout.refresh)
        self._show_tool()
        self._show_zoom()

    # ---- actions ----

    def _make_layer_actions(self) -> None:
        self.layer_actions = LayerActions(
            self._studio, self.tools, self.exchange, self, self.canvas
        )
        self.depth_actions = DepthActions(
            self._studio, self.tools, self.layer_actions, self, self.canvas
        )
        self._layer_actions = [
            add_action(
                self, f"canvas_layer_{name}", self.tr("Draw on {layer}").format(layer=words_of(name).title),
                lambda name=name: self._choose_layer(name), key=str(number), icon=FACES[name].icon,
                why=words_of(name).purpose,
            )
            for number, name in enumerate(ORDER, start=1)
        ]  # fmt: skip
        self.layers.follow(dict(zip(ORDER, self._layer_actions, strict=True)))
        self.layers.show_ground(self.layer_actions.ground)
        own = self.layer_actions
        self.layers.add_actions(
            [own.load, own.save, own.paste, own.copy, own.invert, own.fill, own.over, own.clear]
        )

    def _make_tool_actions(self) -> None:
        tr, tools = self.tr, self.tools
        self._tools_actions = {
            name: add_action(
                self, f"canvas_{name}", words_of_tool(name)[0], partial(self._on_tool, name),
                key=entry.key, icon=entry.icon, why=words_of_tool(name)[1], checkable=True,
            )
            for name, entry in ENTRIES.items()
        }  # fmt: skip
        self.box = ToolBox(tools, self._tools_actions)
        brush = (
            ("smaller", tr("Smaller brush"), "[", lambda: tools.scale_size(-1)),
            ("larger", tr("Larger brush"), "]", lambda: tools.scale_size(1)),
            ("softer", tr("Softer brush"), "Shift+[",
             lambda: tools.set_hardness(tools.brush.hardness - HARDNESS_STEP)),
            ("harder", tr("Harder brush"), "Shift+]",
             lambda: tools.set_hardness(tools.brush.hardness + HARDNESS_STEP)),
            ("farther", tr("Paint farther"), ",",
             lambda: tools.set_value(tools.brush.value - VALUE_STEP)),
            ("nearer", tr("Paint nearer"), ".",
             lambda: tools.set_value(tools.brush.value + VALUE_STEP)),
        )  # fmt: skip
        self._brush_actions = [
            add_action(self, f"canvas_brush_{name}", text, run, key=key, repeats=True)
            for name, text, key, run in brush
        ]

    def menu_entries(self) -> list[QAction | None]:
        """All of the panel's actions in the order of a menu; None is a line."""
        own = self.layer_actions
        return [
            submenu(self, self.tr("Draw on"), self._layer_actions),
            submenu(self, self.tr("Tools"), list(self._tools_actions.values())),
            submenu(self, self.tr("Selection"), self.select_actions.entries()),
            submenu(self, self.tr("Transform"), self.select_actions.transforming),
            submenu(self, self.tr("Change the brush"), self._brush_actions),
            submenu(self, self.tr("Symmetry"), self.options.brush.mirrors.entries()),
            submenu(self, self.tr("People and scenes"), self._grip_menus()), None,
            own.load, own.save, None, own.invert, own.over, own.clear, None,
            *self.canvas_actions.entries(), self.guide_actions.edges, None,
            *self.views.entries(),
        ]  # fmt: skip

    def clipboard_entries(self) -> list[QAction]:
        """What every program has in the menu of its edits."""
        own, selecting = self.layer_actions, self.select_actions
        return [selecting.cut, own.copy, own.paste, selecting.erase, selecting.all, selecting.none]

    def show_panel(self, action: QAction) -> None:
        """Puts the way to all layers at the end of the lower edge."""
        self._foot.addWidget(action_button(action))

    # ---- inside ----

    def _lay_out(self) -> None:
        self._opacity.setRange(0, 100)
        self._opacity.setValue(60)
        self._opacity.setMinimumWidth(32)
        self._opacity.setMaximumWidth(160)
        self._opacity.setAccessibleName(self.tr("Opacity of the result over the drawing"))
        self._opacity.setToolTip(self.tr("How strongly the shown picture lies over the drawing."))
        self._opacity.valueChanged.connect(self._on_opacity)
        self._zoom.setAutoRaise(True)
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setAccessibleName(self.tr("Zoom of the canvas"))
        self._zoom.setToolTip(
            self.tr("Zoom: the wheel zooms, Space and the middle button pan, Ctrl+0 fits.")
        )
        self._zoom.setFixedWidth(64)
        menu = QMenu(self._zoom)
        menu.addActions([self.views.fit, *self.views.zooms, *self.views.turns, self.views.mirror])
        menu.addAction(self.views.another)
        self._zoom.setMenu(menu)
        self._said = ElidedLabel()
        self._said.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_role(self._said, "caption")
        bottom = QFrame()
        theme.set_role(bottom, "panel")
        row = self._foot = QHBoxLayout(bottom)
        half = theme.UNIT // 2
        row.setContentsMargins(theme.UNIT, half, theme.UNIT, half)
        row.setSpacing(theme.UNIT)
        self.views.overlay.setIconText(" " + self.tr("Result"))
        row.addWidget(action_button(self.views.overlay, beside=True))
        row.addWidget(self._opacity, 1)
        row.addWidget(self._said, 2)
        row.addWidget(self._zoom)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.layers)
        rows.addWidget(self.options)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.box)
        middle.addWidget(self.canvas, 1)
        rows.addLayout(middle, 1)
        rows.addWidget(bottom)

    def _another_view(self) -> Canvas:
        return Canvas(self._studio, self.tools, like=self.canvas)

    def _serve(self, canvas: Canvas) -> None:
        """Does what a view asks for."""
        canvas.dropped.connect(self.exchange.drop)
        canvas.menu_asked.connect(self._open_menu)
        canvas.brushes_asked.connect(self._open_brushes)

    def _on_tool(self, name: Tool, on: bool) -> None:
        if on:
            self.tools.set_tool(name)
        elif name == "frame" or not self.tools.paintable:
            self.tools.put_away(name)  # over people there is no other tool to change to

    def _choose_layer(self, name: str) -> None:
        self.tools.set_layer(name)
        self.canvas.setFocus()

    def _ask_pose(self) -> None:
        self._choose_layer(Pose.kind)
        self.options.pose.open()

    def _people_added(self) -> None:
        self._choose_layer(Pose.kind)
        self.canvas.grips_changed()
        self.canvas.update()

    def _on_opacity(self, percent: int) -> None:
        self.views.set_opacity(percent / 100)
        if not self.views.overlay.isChecked():
            self.views.overlay.setChecked(True)  # who moves the slider wants to see the result

    def _show_tool(self) -> None:
        for name, action in self._tools_actions.items():
            with QSignalBlocker(action):
                action.setChecked(self.tools.tool == name)
            suits = self.tools.suits(name) and (name != "picker" or self.tools.picks)
            allow(action, suits or name == "frame", self._unsuited)
            action.changed.emit()  # the buttons were not told of what was blocked
        self._show_selection()

    @property
    def _unsuited(self) -> str:
        """Why a tool is of no use on what is in hand."""
        if not self.tools.paintable:
            return self.tr("Not on this layer: choose one that is painted on, or its mask.")
        return self.tr("Not on a layer of {kind}.").format(
            kind=words_of(self.tools.layer).title.lower()
        )

    def _show_busy(self, text: str) -> None:
        self._busy = text
        self._show_selection()

    def _open_menu(self, place: QPoint) -> None:
        more = {
            "depth": list(self.depth_actions.commands.values()),
            "people": self.pose_actions.entries(),
            "scene": [
                self.scene_actions.frame,
                *self.scene_actions.selection,
                self.scene_actions.stepped,
                self.scene_actions.convert,
            ],
        }
        menu = self.layer_actions.menu(more, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _open_brushes(self, place: QPoint) -> None:
        popup = self.brush_popup = BrushPopup(self.tools, self.shelf, self)
        popup.menu_asked.connect(self._open_menu)
        popup.open(place)

    def _show_selection(self) -> None:
        self.select_actions.refresh()
        self.pose_actions.refresh(posing=self.tools.layer == Pose.kind)
        if self.tools.layer == Scene.kind and not self._busy:
            self.scene_actions.refresh()
        self._show_said()

    def _show_said(self) -> None:
        """What is under the pointer or in hand, unless something else is to be said."""
        self._said.setText(self._busy or self.readout.text)

    def _grip_menus(self) -> list[QAction]:
        own = self.scene_actions
        return [
            submenu(self, self.tr("People"), self.pose_actions.entries()),
            submenu(self, self.tr("Scene"), own.all),
            submenu(self, self.tr("Add to the scene"), [own.figure, *own.solids, own.mesh]),
            submenu(self, self.tr("Look at the scene"), [*own.views, *own.lenses]),
        ]

    def _scene_done(self) -> None:
        self.canvas.grips_changed()
        self.canvas.update()

    def _show_zoom(self) -> None:
        self._zoom.setText(f"{self.canvas.zoom * 100:.0f} %")
