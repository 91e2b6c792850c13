"""What can be done with a scene, as actions of the canvas panel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QSignalBlocker, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QWidget

from studio_app.document.mesh_files import SUFFIXES, read_mesh
from studio_app.scene.mesh import Mesh
from studio_app.scene.stage import edits, viewing
from studio_app.scene.stage.gizmos import Mode
from studio_app.scene.stage.things import KINDS, Mannequin, Solid
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow, submenu
from studio_app.ui.asking import ask_open, patterns
from studio_app.ui.canvas import scene_keys
from studio_app.ui.canvas.scene_tool import SceneTool
from studio_app.ui.canvas.tool_state import ToolState

LENSES: tuple[tuple[str, float | None], ...] = (
    ("Parallel", None), ("Long lens", 16.0), ("Normal lens", 32.0), ("Wide lens", 60.0),
)  # fmt: skip


class SceneActions(QObject):
    """Actions of `owner`, named `canvas_scene_...`; they act while a scene is in hand.

    `done`: the canvas shall show what is selected now. `busy(text)`: what is being read, "" when it is done.
    """

    done = Signal()
    scenes_asked = Signal()
    things_asked = Signal()
    poses_asked = Signal()
    busy = Signal(str)

    def __init__(
        self,
        studio: Studio,
        tools: ToolState,
        tool: SceneTool,
        owner: QWidget,
        canvas: QWidget,
    ) -> None:
        super().__init__(owner)
        self._studio = studio
        self._tools = tools
        self._tool = tool
        self._owner = owner
        self._canvas = canvas
        self.modes = self._make_modes()
        self._make_new()
        self._make_chosen()
        self._make_whole()
        tools.changed.connect(self.refresh)
        studio.edited.connect(self.refresh)
        self.refresh()

    @property
    def selection(self) -> list[QAction]:
        """Of what is selected, for a bar or a menu."""
        return [
            self.pose, self.duplicate, self.mirror, self.drop, self.joint, self.lock, self.mask, self.select,
            self.remove,
        ]  # fmt: skip

    @property
    def all(self) -> list[QAction]:
        """Those of a menu of all; the rest has submenus of its own."""
        return [
            *self.modes.values(), *self.selection, self.stepped, self.things, self.frame, self.ground,
            self.ready, self.convert,
        ]  # fmt: skip

    def refresh(self) -> None:
        """Shows what the scene in hand allows."""
        tool, on = self._tool, self._tools.layer == "scene"
        items = tool.items if on else ()
        free = any(not item.locked for item in items)
        figure = tool.figure if on else None
        elsewhere = _tr("Choose the layer of a scene first.")
        chosen = _tr("Select something in the scene first.") if on else elsewhere
        for action in (self.duplicate, self.lock, self.mask, self.select):
            allow(action, bool(items), chosen)
        for action in (self.mirror, self.drop, self.remove, *self.steps):
            allow(action, free, _tr("It is locked.") if items else chosen)
        posed = _tr("Select a figure that is not locked first.") if on else elsewhere
        allow(self.pose, figure is not None and not figure.locked, posed)
        jointed = _tr("Click a joint of a figure first.") if on else elsewhere
        allow(self.joint, figure is not None and tool.joint is not None, jointed)
        drawn = on and not tool.content.untouched
        for action in (self.frame, self.convert, *self.views):
            allow(action, drawn, _tr("The scene is empty.") if on else elsewhere)
        for action in (self.things, self.ground, *self.modes.values(), *self.lenses):
            allow(action, on, elsewhere)
        locked = bool(items) and not free
        for action, checked in ((self.lock, locked), (self.ground, on and tool.stage.ground)):
            with QSignalBlocker(action):
                action.setChecked(checked)
            action.changed.emit()

    # ---- in ----

    def ask_mesh(self) -> None:
        kinds = f"{_tr('Meshes')} ({patterns(SUFFIXES)})"
        title = _tr("Add a mesh")
        ask_open(self._owner, title, kinds, lambda path: self.add_mesh(Path(path)))

    def add_mesh(self, path: Path) -> None:
        """Reads a mesh in the background and puts it on the ground, in the scene in hand."""
        self.busy.emit(_tr("Reading {name}…").format(name=path.name))

        def done(mesh: Mesh) -> None:
            self.busy.emit("")
            self._tools.set_layer("scene")
            self._tool.add(mesh, path.stem)
            self.done.emit()

        def failed(error: object) -> None:
            self.busy.emit("")
            self._studio.message.emit(error)

        self._studio.read_later(lambda: read_mesh(path), done, failed)

    # ---- inside ----

    def _make_new(self) -> None:
        """What brings things into the scene."""
        tool = self._tool
        self.solids = [
            self._add(f"add_{kind}", edits.NAMES[kind], partial(tool.add, Solid.of(kind)))
            for kind in KINDS
        ]
        self.figure = self._add(
            "add_figure", _tr("Figure"), lambda: tool.add(Mannequin()), icon="person-standing",
            why=_tr("A mannequin to pose."),
        )  # fmt: skip
        self.mesh = self._add(
            "add_mesh", _tr("Mesh from a file…"), self.ask_mesh, icon="folder-open",
            why=_tr("The triangles of a .glb or .obj as blockout."),
        )  # fmt: skip
        self.ready = self._add(
            "ready", _tr("Ready scenes…"), self.scenes_asked.emit, icon="layout-grid",
            why=_tr("Puts one of four scenes in the place of this one."),
        )  # fmt: skip

    def _make_chosen(self) -> None:
        """What is done with what is selected."""
        tool = self._tool
        self.pose = self._add(
            "pose", _tr("Pose of the library…"), self.poses_asked.emit, icon="person-standing",
            why=_tr("Puts the selected figure into one of many poses."),
        )  # fmt: skip
        self.duplicate = self._add(
            "duplicate",
            _tr("Duplicate"),
            tool.duplicate,
            icon="copy",
            why=_tr("Ctrl+J does so too."),
        )
        self.mirror = self._add(
            "mirror", _tr("Mirror"), tool.mirror, icon="flip-vertical-2",
            why=_tr("A figure's left becomes its right. Shift+M does so too."),
        )  # fmt: skip
        self.drop = self._add(
            "drop", _tr("Put on the ground"), tool.ground_selected, key="End",
            icon="arrow-down-to-line",
        )  # fmt: skip
        self.steps = self._make_steps()
        self.stepped = submenu(self._owner, _tr("Turn and scale"), self.steps)
        self.joint = self._add(
            "joint", _tr("Hide or show the joint"), tool.toggle_joint, icon="eye-off",
            why=_tr("A hidden joint says nothing to the model. H does so too."),
        )  # fmt: skip
        self.lock = self._add(
            "lock", _tr("Lock"), tool.lock, icon="lock", checkable=True,
            why=_tr("Nothing moves what is locked."),
        )  # fmt: skip
        self.remove = self._add(
            "remove", _tr("Remove"), tool.remove, icon="trash-2", why=_tr("Delete does so too.")
        )
        self.mask = self._add(
            "mask", _tr("Make it the mask"), self._make_mask, icon="square-dashed",
            why=_tr("Only what is seen of the selected things is painted anew."),
        )  # fmt: skip
        self.select = self._add(
            "select", _tr("Select what is seen of it"), self._make_selection,
            icon="square-dashed-mouse-pointer",
            why=_tr("What is painted then stays on the selected things."),
        )  # fmt: skip

    def _make_whole(self) -> None:
        """What is done with all of the scene, and from where it is seen."""
        tool = self._tool
        self.things = self._add(
            "things", _tr("Things of the scene…"), self.things_asked.emit, icon="list",
            why=_tr("Lists all that stands in it: to choose, name, hide and remove."),
        )  # fmt: skip
        self.frame = self._add(
            "frame", _tr("Bring into the middle"), tool.frame_selected, key="Shift+V", icon="maximize",
            why=_tr("What is selected, or everything."),
        )  # fmt: skip
        self.ground = self._add(
            "ground", _tr("Ground"), tool.set_ground, icon="grid-3x3", checkable=True,
            why=_tr("Whether things stand on a ground that reaches to the horizon."),
        )  # fmt: skip
        self.convert = self._add(
            "convert", _tr("Convert to depth and pose layers"), self._convert, icon="layers",
            why=_tr("As layers to paint on; the scene stays, hidden."),
        )  # fmt: skip
        self.views = [
            self._add(f"view_{name}", preset.title, partial(tool.look_from, name))
            for name, preset in viewing.PRESETS.items()
        ]
        self.lenses = [
            self._add(f"lens_{number}", _tr(title), partial(tool.set_lens, fov))
            for number, (title, fov) in enumerate(LENSES)
        ]

    def _add(
        self,
        name: str,
        text: str,
        run: Callable[..., object],
        *,
        key: str = "",
        icon: str = "",
        why: str = "",
        checkable: bool = False,
    ) -> QAction:
        def act(*given: Any) -> None:
            # The next keys are for what was done here, and not for a prompt that was written before.
            self._canvas.setFocus()
            run(*given)
            self.done.emit()

        return add_action(
            self._owner, f"canvas_scene_{name}", text, act, key=key, icon=icon, why=why,
            checkable=checkable,
        )  # fmt: skip

    def _make_steps(self) -> list[QAction]:
        """What arrows and Page Up and Down do with Alt: the keys are the canvas's, since fields have them too."""
        tool, degrees = self._tool, scene_keys.TURN
        larger, smaller = scene_keys.GROW, 1 / scene_keys.GROW
        ways: tuple[tuple[str, str, str, Callable[[], object]], ...] = (
            ("turn_left", _tr("Turn to the left"), _tr("Alt+Left"), partial(scene_keys.turn, tool, -degrees)),
            ("turn_right", _tr("Turn to the right"), _tr("Alt+Right"), partial(scene_keys.turn, tool, degrees)),
            ("tip_back", _tr("Tip back"), _tr("Alt+Up"), partial(scene_keys.turn, tool, 0.0, degrees)),
            ("tip_forward", _tr("Tip forward"), _tr("Alt+Down"), partial(scene_keys.turn, tool, 0.0, -degrees)),
            ("larger", _tr("Larger"), _tr("Alt+Page Up"), partial(scene_keys.grow, tool, larger)),
            ("smaller", _tr("Smaller"), _tr("Alt+Page Down"), partial(scene_keys.grow, tool, smaller)),
        )  # fmt: skip
        why = _tr("{keys} does so too, with Shift a little.")
        return [
            self._add(name, text, run, why=why.format(keys=keys)) for name, text, keys, run in ways
        ]

    def _make_modes(self) -> dict[Mode, QAction]:
        group = QActionGroup(self._owner)
        texts: tuple[tuple[Mode, str, str, str, str], ...] = (
            ("move", _tr("Move things"), "N", "move-3d", _tr("Along an axis, a plane, or the picture.")),
            ("turn", _tr("Turn things"), "P", "rotate-3d", _tr("About an axis, or in the picture.")),
            ("scale", _tr("Scale things"), "Z", "scale-3d", _tr("Along an axis, a plane, or all of it.")),
        )  # fmt: skip
        made: dict[Mode, QAction] = {}
        for mode, text, key, icon, why in texts:
            action = add_action(
                self._owner, f"canvas_scene_{mode}", text, partial(self._set_mode, mode), key=key,
                icon=icon, why=why, checkable=True,
            )  # fmt: skip
            group.addAction(action)
            made[mode] = action
        made["move"].setChecked(True)
        return made

    def _set_mode(self, mode: Mode, on: bool) -> None:
        if on:  # the one before it is told that it is off
            self._tool.mode = mode
            self.done.emit()

    def _make_mask(self) -> None:
        text = _tr("Mask of {thing}").format(thing=self._tool.description())

        def put(mask: Any) -> None:
            target = self._tools.target(self._studio.document, mask.kind)
            self._studio.change_content(target, mask, text)

        self._make(text, put)

    def _make_selection(self) -> None:
        text = _tr("Select {thing}").format(thing=self._tool.description())

        def put(mask: Any) -> None:
            self._studio.set_selection(None if mask.untouched else mask.pixels, text)

        self._make(text, put)

    def _make(self, text: str, put: Callable[[Any], object]) -> None:
        """put: gets a mask of where the chosen things are seen now."""
        seen, size = self._tool.content.seen(set(self._tool.selected)), self._studio.document.canvas
        self._studio.make(
            text,
            lambda document: () if document.canvas == size else None,
            lambda *_: seen(size),
            put,
        )

    def _convert(self) -> None:
        self._studio.convert_layer(self._tools.target(self._studio.document))


def _tr(text: str) -> str:
    return QCoreApplication.translate("SceneActions", text)
