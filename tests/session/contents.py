"""Something of every kind in a small document, and what is asked with it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document, request_of
from studio_app.document.people import standing_person
from studio_app.document.strokes import Sample
from studio_app.scene.stage import edits
from studio_app.scene.stage.things import Mannequin
from studio_app.session.editor import Editor

SIZE = 320, 288
"""Two tiles by two, the last ones cut."""
KINDS = pytest.mark.parametrize("kind", CONTENTS)


def draw(editor: Editor, target: str, at: float = 120.0) -> None:
    """Something of a hand, across the edges of tiles; for what is not painted, a person, drawn or in space."""
    node = editor.document.held(target)
    if node.content.paintable:
        brush = Brush(size=60, hardness=0.4, value=0.6, colour=(200, 30, 20))
        editor.begin_stroke(target, brush, Sample(at, 40))
        editor.stroke_to(Sample(at + 80, 200), Sample(at + 150, 270))
        editor.end_stroke()
    elif hasattr(node.content, "stage"):
        scene: Any = node.content
        stage, _ = edits.placed(scene.stage, Mannequin(), ((at - 120) / 200, 0.0, 0.0))
        editor.change_content(target, replace(scene, stage=stage), "Add a figure")
    else:
        person: Any = standing_person(*SIZE, at)
        content: Any = node.content
        text = "Add a person"
        editor.change_content(target, replace(content, people=(*content.people, person)), text)


def said(document: Document) -> str:
    return request_of(document).digest


def drawing(content: Content) -> tuple[object, ...]:
    """All that a content is, to be compared; joints to a thousandth of a pixel."""
    rounded = re.sub(r"\d+\.\d+", lambda n: f"{float(n[0]):.3f}", json.dumps(content.stored()))
    return tuple(plane.digest for plane in content.planes.values()), rounded


def replace_node(document: Document, kind: str, content: Content) -> Document:
    return replace(document, stack=document.stack.changed(document.held(kind).id, content=content))
