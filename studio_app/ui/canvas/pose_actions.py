"""What can be done with the people of a pose: added, kept, mirrored, ordered, hidden, written for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from studio_app.core.files import write_text_atomic
from studio_app.document.newcomers import stance
from studio_app.document.people import Person
from studio_app.document.pictures import write_png
from studio_app.document.pose_files import DIALECTS, Dialect, format_pose
from studio_app.document.pose_files import Pose as PoseFile
from studio_app.document.pose_networks import networks_folder
from studio_app.document.pose_reading import Found, read_people
from studio_app.scene.openpose import draw_pose
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow, submenu
from studio_app.ui.asking import ask_open, ask_save, ask_text
from studio_app.ui.canvas.pose_shelf import PoseShelf
from studio_app.ui.canvas.pose_tool import PoseTool
from studio_app.ui.faces.face import PICTURES


class PoseActions(QObject):
    """Actions of `owner`, named `canvas_...`. wanted: somebody asks for the poses there are."""

    wanted = Signal()
    done = Signal()
    """People were added."""

    def __init__(self, studio: Studio, pose: PoseTool, shelf: PoseShelf, owner: QWidget) -> None:
        super().__init__(owner)
        self._studio = studio
        self._pose = pose
        self._shelf = shelf
        self._owner = owner
        self._make_new()
        self._make_one()
        self.written = self._make_written()

    def entries(self) -> list[QAction]:
        """In the order of a menu."""
        write = submenu(self._owner, _tr("Write the poses as"), self.written)
        return [self.add, self.take, self.from_picture, *self.one, write]

    def refresh(self, *, posing: bool) -> None:
        """Shows what makes sense now. posing: people are in hand."""
        pose = self._pose
        person = pose.person() is not None
        several = len(pose.people) > 1
        joint = pose.selected is not None and pose.selected.joint is not None
        elsewhere = _tr("Choose the layer of people first.")
        none = _tr("Click a person first.") if pose.people else _tr("There is nobody yet.")
        for action in self.one:
            allow(action, posing and person, none if posing else elsewhere)
        jointed = _tr("Click a joint first.") if posing else elsewhere
        allow(self.hide, posing and person and joint, jointed)
        nobody = posing and not pose.people and self._stance() is not None
        drawn = _tr("The picture is drawn from what is on the layers.")
        allow(self.take, nobody, drawn if posing else elsewhere)
        crowd = _tr("There are no others.") if posing and person else none
        for action in (self.forward, self.backward):
            allow(action, posing and person and several, crowd if posing else elsewhere)
        for action in self.written:
            allow(action, bool(pose.people), none)

    def add_from(self, path: Path) -> None:
        """Reads the people of a picture in the background, and adds them in the frame."""
        networks = networks_folder()
        self._studio.read_later(
            lambda: read_people(path, networks),
            self._add_found,
            self._studio.message.emit,
            path.name,
        )

    # ---- inside ----

    def _make_new(self) -> None:
        """What brings people."""
        owner = self._owner
        self.add = add_action(
            owner, "canvas_add_person", _tr("Add a person…"), self.wanted.emit, key="Shift+A",
            icon="user-round-plus", why=_tr("In one of many poses, where there is room."),
        )  # fmt: skip
        self.from_picture = add_action(
            owner, "canvas_pose_from_picture", _tr("Pose from a picture…"), self._ask_picture,
            icon="image-plus",
            why=_tr("Adds the people of a picture: a photograph, OpenPose figures, or one that was drawn here."),
        )  # fmt: skip
        self.take = add_action(
            owner, "canvas_take_stance", _tr("Take the figure of the picture"), self._take_stance,
            icon="person-standing",
            why=_tr("Whoever stands there though nobody was drawn: to drag the joints."),
        )  # fmt: skip

    def _make_one(self) -> None:
        """What is done with one person."""
        owner, pose = self._owner, self._pose
        self.mirror = add_action(
            owner, "canvas_mirror_person", _tr("Mirror the person"), pose.mirror, key="Shift+M",
            icon="flip-vertical-2", why=_tr("Left becomes right."),
        )  # fmt: skip
        self.duplicate = add_action(
            owner, "canvas_duplicate_person", _tr("Duplicate the person"), pose.duplicate,
            key="Ctrl+J", icon="copy", why=_tr("Where there is room for it."),
        )  # fmt: skip
        self.larger = add_action(
            owner, "canvas_larger_person", _tr("Larger person"), lambda: pose.resize(1.05), icon="plus",
            key="Ctrl+]", repeats=True,
        )  # fmt: skip
        self.smaller = add_action(
            owner, "canvas_smaller_person", _tr("Smaller person"), lambda: pose.resize(1 / 1.05),
            icon="minus", key="Ctrl+[", repeats=True,
        )  # fmt: skip
        self.hide = add_action(
            owner, "canvas_hide_joint", _tr("Hide or show the joint"), pose.toggle, icon="eye-off",
            key="H", why=_tr("A hidden joint says nothing. A double click on the joint does the same."),
        )  # fmt: skip
        self.forward = add_action(
            owner, "canvas_person_forward", _tr("Person to the front"), lambda: pose.order(front=True),
            why=_tr("Where figures cross, this one lies over all others."),
        )  # fmt: skip
        self.backward = add_action(
            owner, "canvas_person_backward", _tr("Person to the back"), lambda: pose.order(front=False),
            why=_tr("Where figures cross, all others lie over this one."),
        )  # fmt: skip
        self.keep = add_action(
            owner, "canvas_keep_pose", _tr("Keep the pose…"), self._ask_name, icon="bookmark-plus",
            why=_tr("Puts it beside the poses of the library, under a name."),
        )  # fmt: skip
        self.remove = add_action(
            owner, "canvas_remove_person", _tr("Remove the person"), pose.remove,
            icon="user-round-minus", why=_tr("The selected one, or the only one."),
        )  # fmt: skip
        self.one: list[QAction] = [
            self.mirror, self.duplicate, self.larger, self.smaller, self.hide, self.remove,
            self.forward, self.backward, self.keep,
        ]  # fmt: skip
        """What needs a person."""

    def _make_written(self) -> list[QAction]:
        """Files of the people, for other programs."""
        owner = self._owner
        titles: dict[Dialect, str] = {
            "controlnet": _tr("OpenPose for ControlNet, in pixels…"),
            "shares": _tr("OpenPose for ControlNet, 0 to 1…"),
            "body_25": _tr("OpenPose's own, BODY_25…"),
            "editor": _tr("The first pose editors' keypoints…"),
        }
        as_text = [
            add_action(
                owner, f"canvas_pose_as_{dialect}", titles[dialect],
                lambda dialect=dialect: self._ask_json(dialect),
                why=_tr("Writes the people of the layer as JSON, in pixels of the picture."),
            )
            for dialect in DIALECTS
        ]  # fmt: skip
        as_picture = add_action(
            owner, "canvas_pose_as_picture", _tr("Picture for ControlNet…"), self._ask_png,
            why=_tr("Writes the figures on black, as the model sees them."),
        )  # fmt: skip
        return [*as_text, as_picture]

    def _ask_picture(self) -> None:
        kinds = f"{_tr('Pictures')} ({PICTURES})"
        ask_open(
            self._owner, _tr("Pose from a picture"), kinds, lambda path: self.add_from(Path(path))
        )

    def _stance(self) -> Person | None:
        return stance(self._studio.document, self._studio.capabilities)

    def _take_stance(self) -> None:
        person = self._stance()
        if person is not None:
            document = self._studio.document
            self._pose.add_people(Found((person,), document.pixels).placed(document.frame))
            self.done.emit()

    def _add_found(self, found: Found) -> None:
        self._pose.add_people(found.placed(self._studio.document.frame))
        if found.guessed:
            said = _tr("Look at the joints before you go on: a network guessed them")
            hint = _tr("Drag what is wrong; a double click hides a joint.")
            self._studio.message.emit(Notice(said, hint, "pose"))
        self.done.emit()

    def _ask_name(self) -> None:
        number = self._pose.person()
        if number is not None:
            person = self._pose.people[number]
            ask_text(
                self._owner, _tr("Keep the pose"), _tr("Name"),
                lambda name: self._shelf.keep(name, person),
            )  # fmt: skip

    def _people(self) -> np.ndarray:
        """Those of the layer, float32 [P, 18, 3] in pixels of the picture."""
        document = self._studio.document
        x, y, width, height = document.frame
        across, down = document.pixels[0] / width, document.pixels[1] / height
        seen: list[np.ndarray] = []
        for person in self._pose.people:
            joints = person.scaled(across, down, -x * across, -y * down).joints.copy()
            joints[joints[:, 2] <= 0] = 0.0
            seen.append(joints)
        return np.stack(seen) if seen else np.zeros((0, 18, 3), np.float32)

    def _ask_json(self, dialect: Dialect) -> None:
        text = format_pose(PoseFile(self._people(), self._studio.document.pixels), dialect=dialect)
        self._ask(lambda path: write_text_atomic(path, text), "json", _tr("Poses (*.json)"))

    def _ask_png(self) -> None:
        pixels = draw_pose(self._people(), *self._studio.document.pixels)
        self._ask(lambda path: write_png(path, pixels), "png", "")

    def _ask(self, write: Callable[[Path], object], ending: str, kinds: str) -> None:
        def take(text: str) -> None:
            path = Path(text)
            said = _tr("Saved {name}").format(name=path.name)
            self._studio.write_later(
                lambda: write(path),
                lambda _: self._studio.message.emit(Notice(said, str(path), "saved")),
                lambda error: self._studio.message.emit(error.regarding("save")),
            )

        ask_save(self._owner, _tr("Write the poses"), "pose", take, ending=ending, kinds=kinds)


def _tr(text: str) -> str:
    return QCoreApplication.translate("PoseActions", text)
