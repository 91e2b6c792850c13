"""Dragging OpenPose figures on the canvas: by joint, by limb, by key."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from studio_app.document import newcomers
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.sheets import touched
from studio_app.document.people import Person
from studio_app.document.stack import Node
from studio_app.scene.openpose import JOINTS, LIMBS
from studio_app.session.studio import Studio
from studio_app.ui.canvas import figures
from studio_app.ui.canvas.figures import Grip
from studio_app.ui.canvas.pose_marks import Resting, paint_person, radius_of
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.transform import DocumentToView

REACH = 10.0
"""View pixels around a joint or limb within which the pointer takes hold of it."""
NUDGE, FAR_NUDGE = 1.0, 10.0
_drags = itertools.count()


class PoseTool:
    """Holds what is selected and what is dragged, on the layer in hand; every change of people goes through the
    studio.

    Coordinates are the document's unless called view.
    """

    def __init__(self, studio: Studio, tools: ToolState) -> None:
        self._studio = studio
        self._tools = tools
        self._held: Grip | None = None
        self._start: tuple[Person, ...] = ()
        self._from = QPointF()
        self._key = ""
        self.selected: Grip | None = None
        self.hovered: Grip | None = None
        self._resting = Resting()

    @property
    def people(self) -> tuple[Person, ...]:
        """Those of the layer in hand, with a place for every joint that is missing."""
        return _people(self._node)

    @property
    def _node(self) -> Node:
        return self._tools.held(self._studio.document, Pose.kind)

    def set_people(self, people: tuple[Person, ...], text: str, merge_key: str = "") -> None:
        """Puts these people in the place of all on the layer in hand. Calls of the same merge_key (not "") are one
        step of undo."""
        target = self._tools.target(self._studio.document, Pose.kind)
        self._studio.change_content(target, Pose(people), text, merge_key)

    @property
    def dragging(self) -> bool:
        return self._held is not None

    # ---- pointer ----

    def press(self, point: QPointF, scale: float, modifiers: Qt.KeyboardModifier) -> bool:
        """Takes hold of what is there; whether there was anything. scale: view pixels per pixel."""
        self.select(point, scale)
        self._held = self.selected
        if self._held is None:
            return False
        self._start, self._from = self.people, point
        self._key = f"drag {next(_drags)}"
        self._studio.set_pen_down(True)
        return True

    def select(self, point: QPointF, scale: float) -> None:
        """What is at this point, or nothing."""
        self.selected = figures.grip_at(self.people, point.x(), point.y(), REACH / scale)

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Drags what is held; with Alt the joint by itself, whatever becomes of its bones."""
        if self._held is None:
            return
        moved = point - self._from
        if moved.isNull():
            return
        alone = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        start = self._from.x(), self._from.y()
        people = figures.dragged(
            self._start, self._held, moved.x(), moved.y(), alone=alone, start=start
        )
        self.set_people(people, self._text(self._held), self._key)

    def release(self) -> None:
        if self._held is not None:
            self._held = None
            self._studio.set_pen_down(False)

    def cancel(self) -> None:
        """As if the drag had never begun."""
        if self._held is not None:
            if self.people is not self._start:
                self._studio.undo_stack.take_back(self._key)
            self.release()

    def hover(self, point: QPointF, scale: float) -> bool:
        """What would be held; whether that has changed."""
        before = self.hovered
        self.hovered = figures.grip_at(self.people, point.x(), point.y(), REACH / scale)
        return self.hovered != before

    def leave(self) -> None:
        self.hovered = None

    def twice(self) -> bool:
        """On a joint: hides it, or shows it again."""
        if self.selected is None or self.selected.joint is None:
            return False
        self.toggle(self.selected)
        return True

    def wheel(self, steps: float) -> bool:
        return False

    def toggle(self, grip: Grip | None = None) -> None:
        """Hides a joint, or shows it again; the selected one if none is given."""
        grip = grip or self.selected
        if grip is not None and grip.joint is not None and grip.person < len(self.people):
            text = _tr("Hide or show {joint}").format(joint=joint_name(grip.joint))
            self.set_people(figures.toggled(self.people, grip), text)

    # ---- people ----

    def add(self, pose: str) -> None:
        """A new person in a pose of the library, selected."""
        x, y, width, height = self._studio.document.frame
        person = newcomers.new_person(pose, width, height, self._known()).scaled(1, 1, x, y)
        self.add_people((person,))

    def add_like(self, pose: Person) -> None:
        """A new person who stands as another one does, selected."""
        x, y, width, height = self._studio.document.frame
        person = newcomers.person_like(pose, width, height, self._known()).scaled(1, 1, x, y)
        self.add_people((person,))

    def add_people(self, people: tuple[Person, ...]) -> None:
        """These as they are, in front of all others; the first of them is selected."""
        before = len(self.people)
        text = _tr("Add a person") if len(people) == 1 else _tr("Add people")
        self.set_people((*self.people, *people), text)
        self.selected = Grip(before, None)

    def _known(self) -> tuple[Person, ...]:
        """Who is there, seen from the corner of the frame."""
        x, y, _, _ = self._studio.document.frame
        return tuple(one.scaled(1, 1, -x, -y) for one in self.people)

    def order(self, *, front: bool) -> None:
        """Lays the selected person over all others, or under them."""
        number = self.person()
        if number is not None:
            one, others = self.people[number], figures.without(self.people, number)
            people = (*others, one) if front else (one, *others)
            self.set_people(people, _tr("Order the people"))
            self.selected = Grip(len(others) if front else 0, None)

    def duplicate(self) -> None:
        """The selected person, or the only one, once more beside it; the copy is selected."""
        number = self.person()
        if number is not None:
            width, height = self._studio.document.canvas
            copy = newcomers.copy_of(self.people[number], width, height, self.people)
            self.set_people((*self.people, copy), _tr("Duplicate a person"))
            self.selected = Grip(len(self.people) - 1, None)

    def remove(self) -> None:
        """The selected person, or the only one."""
        number = self.person()
        if number is not None:
            self.set_people(figures.without(self.people, number), _tr("Remove a person"))
            self.selected = None

    def mirror(self) -> None:
        number = self.person()
        if number is not None:
            self.set_people(figures.mirrored(self.people, number), _tr("Mirror a person"))

    def resize(self, factor: float) -> None:
        number = self.person()
        if number is not None:
            people = figures.scaled(self.people, number, factor)
            self.set_people(people, _tr("Resize a person"), f"resize {number}")

    def person(self) -> int | None:
        """The selected person; the only one where none is selected."""
        if self.selected is not None and self.selected.person < len(self.people):
            return self.selected.person
        return 0 if len(self.people) == 1 else None

    # ---- keys ----

    def key(self, event: QKeyEvent) -> bool:
        """Arrows nudge (with Alt the joint alone), Page Up and Down choose a joint, Home a person, Delete hides
        or removes; whether the key was one of them."""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        far = FAR_NUDGE if shift else NUDGE
        moves = {
            Qt.Key.Key_Left.value: (-far, 0.0),
            Qt.Key.Key_Right.value: (far, 0.0),
            Qt.Key.Key_Up.value: (0.0, -far),
            Qt.Key.Key_Down.value: (0.0, far),
        }
        key = event.key()
        if key == Qt.Key.Key_Escape and self.dragging:
            self.cancel()
        elif not self.people:
            return False
        elif key in moves and self.selected is not None:
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._nudge(*moves[key], alone=alone)
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._next_joint(1 if key == Qt.Key.Key_PageDown else -1)
        elif key == Qt.Key.Key_Home:
            number = -1 if self.selected is None else self.selected.person
            self.selected = Grip((number + 1) % len(self.people), None)
        elif key == Qt.Key.Key_Delete and self.selected is not None:
            if self.selected.joint is None:
                self.remove()
            else:
                self.toggle()
        else:
            return False
        return True

    def _nudge(self, dx: float, dy: float, *, alone: bool) -> None:
        assert self.selected is not None
        if self.selected.person < len(self.people):
            people = figures.dragged(self.people, self.selected, dx, dy, alone=alone)
            self.set_people(people, self._text(self.selected), f"nudge {self.selected}")

    def _next_joint(self, step: int) -> None:
        person = self.person() or 0
        joint = self.selected.joint if self.selected is not None else None
        first = 0 if step > 0 else len(JOINTS) - 1
        self.selected = Grip(person, first if joint is None else (joint + step) % len(JOINTS))

    def _text(self, grip: Grip) -> str:
        if grip.limb is not None:
            return _tr("Swing {limb}").format(limb=limb_name(grip.limb))
        if grip.joint is None:
            return _tr("Move a person")
        return _tr("Move {joint}").format(joint=joint_name(grip.joint))

    # ---- painting ----

    def description(self) -> str:
        """What is selected, for a screen reader."""
        return self._described(self.selected)

    def under_pointer(self) -> str:
        """What the pointer would take hold of, in words; "" where there is nothing."""
        return self._described(self.hovered)

    def help(self) -> str:
        """The same with what one can do with it, for a tooltip."""
        if self.hovered is None or not self.under_pointer():
            return ""
        keys = _tr("Drag: the whole person moves.")
        if self.hovered.limb is not None:
            keys = _tr("Drag: swings about the joint above it; with Alt it moves by itself.")
        if self.hovered.joint is not None:
            keys = _tr("Drag: the bones keep their length; with Alt they don't.\n"
                       "Double click: hides the joint, or shows it again.")  # fmt: skip
        return f"{self.under_pointer()}\n{keys}"

    def _described(self, grip: Grip | None) -> str:
        if grip is None or grip.person >= len(self.people):
            return ""
        text = _tr("Person {number}").format(number=grip.person + 1)
        if grip.limb is not None:
            return f"{text}, {limb_name(grip.limb)}"
        if grip.joint is None:
            return text
        joint = self.people[grip.person].joints[grip.joint]
        state = "" if joint[2] > 0 else _tr(", hidden")
        return f"{text}, {joint_name(grip.joint)}{state}"

    def bounds(self, transform: DocumentToView) -> QRectF:
        """The part of the view that the figures and their handles take."""
        area = QRectF()
        for person in self.people:
            area = area.united(self._around(person, transform))
        return area

    def _around(self, person: Person, transform: DocumentToView) -> QRectF:
        """The same of one."""
        reach = radius_of(transform, self._studio.document.frame[2:]) + REACH
        left, top, right, bottom = figures.bounds(person)
        box = transform.view_rect(QRectF(left, top, right - left, bottom - top))
        return box.adjusted(-reach, -reach, reach, reach)

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        """The figures of all layers that are seen, in view coordinates; those of the layer in hand with their handles
        while people are in hand (active)."""
        document = self._studio.document
        nodes = list(touched(document.stack.seen(Pose.kind)))
        if not nodes:
            return  # every dab comes by here
        nodes.reverse()
        if active:
            self._paint(painter, transform, nodes, self._node.id)
            return
        look = transform, document.frame[2:], *((node.content, node.shown) for node in nodes)

        def area() -> QRectF:
            whole = QRectF()
            for node in nodes:
                for person in _people(node):
                    whole = whole.united(self._around(person, transform))
            return whole

        self._resting.paint(
            painter, look, area, lambda onto: self._paint(onto, transform, nodes, "")
        )

    def _paint(
        self, painter: QPainter, transform: DocumentToView, nodes: list[Node], mine: str
    ) -> None:
        """mine: the id of the one that is in hand, or "" for none."""
        radius = radius_of(transform, self._studio.document.frame[2:])
        grips = ((self.hovered, 1.5), (self.selected, 2.5))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for node in nodes:
            held = node.id == mine
            painter.setOpacity(node.shown if held else 0.6 * node.shown)
            for number, person in enumerate(_people(node)):
                paint_person(painter, transform, person, number, radius, active=held, grips=grips)
        painter.restore()


def _people(node: Node) -> tuple[Person, ...]:
    assert isinstance(node.content, Pose)
    return tuple(person.placed for person in node.content.people)


def joint_name(joint: int) -> str:
    """For people to read: "right shoulder" (the figure's own right)."""
    return JOINTS[joint].replace("_", " ")


def limb_name(limb: int) -> str:
    """For people to read: "right forearm"."""
    side, part = JOINTS[LIMBS[limb][1]].split("_")
    names = {
        "elbow": _tr("upper arm"),
        "wrist": _tr("forearm"),
        "knee": _tr("thigh"),
        "ankle": _tr("lower leg"),
    }
    return f"{_tr(side)} {names[part]}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("PoseTool", text)
