"""Poses on the canvas: figures that are dragged, over everything else (`pose_tool.py` draws them)."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from studio_app.document.brushes import Brush
from studio_app.document.contents.pose import Pose
from studio_app.document.pose_files import Pose as PoseFile
from studio_app.document.pose_files import format_pose
from studio_app.document.stack import Node
from studio_app.ui.faces.face import PICTURES, Face, Words


def _words() -> Words:
    return Words(
        _tr("Pose"),
        _tr("Where people stand, and how."),
        _tr("Add a person and drag the joints."),
        _tr("&Pose"),
        _tr("OpenPose figures on black"),
        keys=_tr("Page Up and Page Down choose a joint, arrows move it, Delete hides it."),
        files=_tr("OpenPose"),
        acting=_tr("How strictly people keep to the drawn figures. 0 ignores them."),
    )


def _copied(node: Node, size: tuple[int, int]) -> str | None:
    assert isinstance(node.content, Pose)
    people = [person.joints for person in node.content.people]
    return format_pose(PoseFile(np.stack(people), size)) if people else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Pose.kind,
    "person-standing",
    _words,
    Brush(),
    _copied,
    lambda tools: QColor(),
    own=("people",),
    files=f"*.json {PICTURES}",
)
