"""Working on a scene by hand: things, their handles, the joints of figures, and the camera."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, cast, get_args

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from studio_app.scene.stage import edits, gizmos, picking, posing, viewing
from studio_app.scene.stage.gizmos import Change, Gizmo, Mode, What
from studio_app.scene.stage.placement import matrix_of
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin
from studio_app.session.studio import Studio
from studio_app.ui.canvas import scene_keys, scene_marks
from studio_app.ui.canvas.scene_in_hand import SceneInHand, joint_name
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.transform import DocumentToView

REACH = 8.0
"""View pixels around a joint or a handle within which the pointer takes hold of it."""
ARM = 78.0
"""View pixels that a handle's axis is long."""
STEPS: dict[Mode, float] = {"move": 0.1, "turn": 15.0, "scale": 0.1}
"""World units, degrees and factors that Ctrl snaps to."""
ORBIT = 0.45
"""Degrees per view pixel."""
Kind = Literal["handle", "joint", "item", "empty"]
WHATS: tuple[str, ...] = get_args(What)
Point = tuple[float, float]
_drags = itertools.count()


class Under:
    """What lies at a point: a handle, a joint of a selected figure, an item with the place on it, or nothing."""

    def __init__(self, kind: Kind, item: int = 0, part: object = None) -> None:
        self.kind, self.item, self.part = kind, item, part

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Under):
            return False
        return (self.kind, self.item) == (other.kind, other.item) and (
            self.kind == "item" or self.part == other.part
        )

    __hash__ = None  # type: ignore[assignment]


class SceneTool(SceneInHand):
    """Pointer and keys on the scene in hand. Coordinates are the document's."""

    def __init__(self, studio: Studio, tools: ToolState) -> None:
        super().__init__(studio, tools)
        self.hovered: Under | None = None
        self._drag: Callable[[QPointF, Qt.KeyboardModifier], tuple[Stage, str]] | None = None
        self._start: Stage = Stage()
        self._key = ""
        self._moved = False
        self._text = self._amount = ""
        self._scale = 1.0

    @property
    def dragging(self) -> bool:
        return self._drag is not None

    # ---- pointer ----

    def press(self, point: QPointF, scale: float, modifiers: Qt.KeyboardModifier) -> bool:
        self._scale = scale
        under = self._at(point, scale)
        more = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if under.kind == "item":
            self._take(under.item, more=more)
        elif under.kind == "joint":
            self.joint = _int(under.part)
        elif under.kind == "empty" and not more:
            self.choose()
        self._start, self._moved = self.stage, False
        self._key = f"drag {next(_drags)}"
        self._drag = self._begun(under, point, modifiers)
        if self._drag is not None:
            self._studio.set_pen_down(True)
        return self._drag is not None

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self._drag is not None:
            stage, text = self._drag(point, modifiers)
            if stage is not self._start or self._moved:
                self._moved, self._text = True, text or self._text
                self.set_stage(stage, self._text, self._key, draft=self._heavy)

    def release(self) -> None:
        if self._drag is not None:
            self._drag, self._amount = None, ""
            if self._moved:  # all of its pixels, where there were fewer
                self.set_stage(self.stage, self._text, self._key)
            self._studio.set_pen_down(False)

    def cancel(self) -> None:
        if self._drag is not None:
            if self._moved:
                self._studio.undo_stack.take_back(self._key)
            self._moved = False
            self.release()

    def select(self, point: QPointF, scale: float) -> None:
        under = self._at(point, scale)
        if under.kind == "item" and under.item not in self.selected:
            self.choose(under.item)
        elif under.kind == "joint":
            self.joint = _int(under.part)

    def hover(self, point: QPointF, scale: float) -> bool:
        before = self.hovered
        self.hovered = self._at(point, scale)
        return self.hovered != before

    def leave(self) -> None:
        self.hovered = None

    def twice(self) -> bool:
        """On a joint: hides it, or shows it again. On a thing: brings it into the middle of the picture."""
        if self.joint is not None and self.figure is not None:
            self.toggle_joint()
        elif self.selected:
            self.frame_selected()
        else:
            return False
        return True

    def wheel(self, steps: float) -> bool:
        """Moves the camera nearer or farther."""
        stage = self.stage
        camera = viewing.dollied(stage.camera, 0.9**steps)
        self.set_stage(replace(stage, camera=camera), _tr("Move the camera"), "dolly")
        return True

    # ---- keys ----

    def key(self, event: QKeyEvent) -> bool:
        """Those of `scene_keys`; Home takes the next thing, Shift+M mirrors, Ctrl+J doubles, H hides a joint, Delete
        removes."""
        modifiers = event.modifiers()
        same = {  # of people, too: their actions have these keys while a pose is in hand
            (Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier): self.duplicate,
            (Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier): self.mirror,
            (Qt.Key.Key_H, Qt.KeyboardModifier.NoModifier): self.toggle_joint,
        }.get((Qt.Key(event.key()), modifiers))
        if same is not None and self.selected:
            same()
            return True
        if scene_keys.pressed(self, event):
            return True
        if modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        key = event.key()
        if key == Qt.Key.Key_Escape and self.dragging:
            self.cancel()
        elif key == Qt.Key.Key_Home and self.stage.visible:
            ids = [item.id for item in self.stage.visible]
            last = self.selected[-1] if self.selected else 0
            self.choose(ids[(ids.index(last) + 1) % len(ids)] if last in ids else ids[0])
        elif key == Qt.Key.Key_Delete and self.selected:
            self.remove()
        else:
            return False
        return True

    # ---- in words, and as marks ----

    def description(self) -> str:
        items = self.items
        if len(items) > 1:
            return _tr("{count} things").format(count=len(items))
        if not items:
            return ""
        name = f"{items[0].name}{_tr(', locked') if items[0].locked else ''}"
        return name if self.joint is None else f"{name}, {joint_name(self.joint)}"

    def under_pointer(self) -> str:
        under = self.hovered
        if self._amount:
            return self._amount
        if under is None or under.kind == "empty":
            return ""
        if under.kind == "handle":
            return {"move": _tr("Move"), "turn": _tr("Turn"), "scale": _tr("Scale")}[self.mode]
        if under.item not in self.stage:
            return ""
        name = self.stage[under.item].name
        return name if under.kind == "item" else f"{name}, {joint_name(_int(under.part))}"

    def help(self) -> str:
        said = self.under_pointer()
        if not said or self.hovered is None:
            return ""
        if self.hovered.kind == "joint":
            does = posing.carried_by(_int(self.hovered.part))
            keys = _tr("Drag: it {does}. Double click: hides the joint, or shows it again.")
            return f"{said}\n{keys.format(does=does)}"
        if self.hovered.kind == "handle":
            return said + "\n" + _tr("Ctrl: in steps.")
        return said + "\n" + _tr("Drag: it slides over the ground. Shift: selects more.")

    def bounds(self, transform: DocumentToView) -> QRectF:
        return scene_marks.bounds(self, transform) if self.selected else QRectF()

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        if active:
            scene_marks.paint(self, painter, transform)

    def gizmo(self, scale: float) -> Gizmo | None:
        """The handles of what is selected, in pixels of the look; None where nothing is that could be moved."""
        items = [item for item in self.items if not item.locked]
        if not items:
            return None
        content = self.content
        camera = content.stage.camera
        pixels = ARM / max(scale, 1e-6) * content.extent[1] / content.frame[3]
        pivot = scene_keys.pivot(self.stage, items)
        whats: tuple[What, ...] | None = None
        axes = None
        if self.mode == "scale":
            single = items[0] if len(items) == 1 else None
            if single is None or isinstance(single.thing, Mannequin):
                whats = ("screen",)
            else:
                axes = matrix_of(single.placement.turn).T
        return gizmos.gizmo(self.mode, pivot, camera, content.extent, axes, pixels, whats)

    # ---- inside ----

    @property
    def _heavy(self) -> bool:
        """Whether a draft of it has fewer pixels."""
        content = self.content
        return replace(content, draft=True).extent != replace(content, draft=False).extent

    def _at(self, point: QPointF, scale: float) -> Under:
        content = self.content
        x, y = content.place(point.x(), point.y())
        reach = REACH / scale * content.extent[1] / content.frame[3]
        figure = self.figure
        if figure is not None and figure.visible and not figure.locked:
            camera = content.stage.camera
            joint = picking.pick_joint(figure, camera, content.extent, x, y, reach)
            if joint is not None:
                return Under("joint", figure.id, joint)
        shown = self.gizmo(scale)
        handle = None if shown is None else gizmos.handle_at(shown, x, y, reach)
        if handle is not None:
            return Under("handle", 0, handle.what)
        hit = None if content.untouched else picking.pick(content.look(), x, y)
        if hit is not None and hit.id > 0:
            return Under("item", hit.id, hit.point)
        return Under("empty")

    def _take(self, number: int, *, more: bool) -> None:
        if not more:
            if number not in self.selected:
                self.choose(number)
        elif number in self.selected:
            self.choose(*(n for n in self.selected if n != number))
        else:
            self.choose(*self.selected, number)

    def _begun(
        self, under: Under, point: QPointF, modifiers: Qt.KeyboardModifier
    ) -> Callable[[QPointF, Qt.KeyboardModifier], tuple[Stage, str]] | None:
        """What dragging from here does to the stage that there is now."""
        stage, content, ids = self._start, self.content, self.selected
        start = content.place(point.x(), point.y())

        def place(now: QPointF) -> Point:
            return content.place(now.x(), now.y())

        if under.kind == "handle":
            shown = self.gizmo(self._scale)
            assert shown is not None
            what, mode = _what(under.part), self.mode
            said = {"move": _tr("Move"), "turn": _tr("Turn"), "scale": _tr("Scale")}[mode]

            def by_handle(now: QPointF, held: Qt.KeyboardModifier) -> tuple[Stage, str]:
                step = STEPS[mode] if held & Qt.KeyboardModifier.ControlModifier else 0.0
                change = gizmos.change(shown, what, start, place(now), step)
                self._amount = scene_marks.amount(mode, change)
                return change.applied(stage, ids, shown.pivot), said

            return by_handle
        if under.kind == "joint":
            return self._joint_drag(under.item, _int(under.part), place)
        if under.kind == "item":
            if not any(not item.locked for item in self.items):
                return None
            grabbed = under.part
            assert isinstance(grabbed, tuple)

            def slide(now: QPointF, _held: Qt.KeyboardModifier) -> tuple[Stage, str]:
                by = gizmos.slid(stage.camera, content.extent, grabbed, start, place(now))
                self._amount = scene_marks.amount("move", Change(by))
                return edits.moved(stage, ids, by), _tr("Move")

            return slide
        return self._camera_drag(point, modifiers)

    def _joint_drag(
        self, number: int, joint: int, place: Callable[[QPointF], Point]
    ) -> Callable[[QPointF, Qt.KeyboardModifier], tuple[Stage, str]]:
        stage, extent = self._start, self.content.extent
        there = picking.joint_place(stage[number], joint)
        text = _tr("Move {joint}").format(joint=joint_name(joint))

        def drag(now: QPointF, held: Qt.KeyboardModifier) -> tuple[Stage, str]:
            target = gizmos.lifted(stage.camera, extent, there, place(now))
            hold = not held & Qt.KeyboardModifier.AltModifier
            return posing.dragged(stage, number, joint, target, hold), text

        return drag

    def _camera_drag(
        self, point: QPointF, modifiers: Qt.KeyboardModifier
    ) -> Callable[[QPointF, Qt.KeyboardModifier], tuple[Stage, str]]:
        stage, content, scale = self._start, self.content, self._scale
        pans = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)

        def drag(now: QPointF, _held: Qt.KeyboardModifier) -> tuple[Stage, str]:
            moved = now - point
            if pans:
                down = content.extent[1] / content.frame[3]
                camera = viewing.panned(
                    stage.camera, moved.x() * down, -moved.y() * down, content.extent[1]
                )
            else:
                turn = ORBIT * scale
                low = viewing.lowest(stage)
                camera = viewing.orbited(stage.camera, moved.x() * turn, moved.y() * turn, low)
            if camera == stage.camera:
                return stage, ""
            return replace(stage, camera=camera), _tr("Move the camera")

        return drag


def _int(part: object) -> int:
    assert isinstance(part, int)
    return part


def _what(part: object) -> What:
    assert part in WHATS
    return cast("What", part)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SceneTool", text)
