"""The faces there are, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Mapping

from studio_app.document.contents.registry import CONTENTS
from studio_app.ui.faces import colour, depth, mask, pose, scene
from studio_app.ui.faces.face import Face, Words

FACES: Mapping[str, Face] = {
    face.kind: face for face in (colour.FACE, depth.FACE, pose.FACE, mask.FACE, scene.FACE)
}
SHEETS: tuple[Face, ...] = tuple(
    sorted((face for face in FACES.values() if face.sheet), key=lambda face: face.level)
)
"""Those of pixels, the lowest first."""


def face_of(kind: str) -> Face:
    return FACES[kind]


def words_of(kind: str) -> Words:
    return FACES[kind].words()


def controls() -> tuple[str, ...]:
    """The kinds that make a control, in the order of their tabs."""
    return tuple(kind for kind in FACES if CONTENTS[kind].controls)
