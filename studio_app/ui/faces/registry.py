"""The faces there are, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from studio_app.core.capabilities import Capabilities
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.stack import Node
from studio_app.ui.faces import colour, depth, edge, mask, normal, pose, reference, scene
from studio_app.ui.faces.face import Face, Words

FACES: Mapping[str, Face] = {
    face.kind: face
    for face in (
        colour.FACE,
        depth.FACE,
        pose.FACE,
        mask.FACE,
        scene.FACE,
        edge.FACE,
        normal.FACE,
        reference.FACE,
    )
}
SHEETS: tuple[Face, ...] = tuple(
    sorted((face for face in FACES.values() if face.sheet), key=lambda face: face.level)
)
"""Those of pixels, the lowest first."""


def face_of(kind: str) -> Face:
    return FACES[kind]


def words_of(kind: str) -> Words:
    return FACES[kind].words()


def unread(kind: str, can: Capabilities | None) -> str:
    """What one has to know of a layer of a kind that the model doesn't read; "" where it does, or nobody knows yet."""
    made = CONTENTS[kind].controls
    if can is None or not made or can.takes(made):
        return ""
    said = QCoreApplication.translate(
        "Canvas", "This model doesn't read {layer}: it sees nothing of this layer."
    )
    return said.format(layer=words_of(kind).title.lower())


def acting_words(kind: str, can: Capabilities | None) -> str:
    """What the strength of a layer of a kind means to the model."""
    if can is None or can.control_strength:
        return words_of(kind).acting
    return looked_at_words()


def looked_at_words() -> str:
    """Of a model that takes drawings as pictures to look at."""
    return QCoreApplication.translate(
        "Canvas",
        "This model looks at drawings as reference pictures, which have no strength: hide a layer to leave it out, "
        "and say in the prompt what to take from it.",
    )


def deaf_to(node: Node, can: Capabilities | None) -> bool:
    """Whether a layer is a region, and the model hears none."""
    return can is not None and not can.regions and bool((node.content.said_words or "").strip())


def controls() -> tuple[str, ...]:
    """The kinds that make a control, in the order of their tabs."""
    return tuple(kind for kind in FACES if CONTENTS[kind].controls)
