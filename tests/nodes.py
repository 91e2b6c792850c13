"""What lies in the topmost node of a kind, and documents with something in it: tests know the kinds by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from studio_app.core.controls import Control
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.content import Content, Contribution, View
from studio_app.document.contents.depth import Around, Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.scene import Scene
from studio_app.document.document import Document
from studio_app.document.people import Person
from studio_app.document.stack import Node
from studio_app.session.editor import Editor
from studio_app.session.studio import Studio


def depth_of(document: Document) -> Depth:
    content = document.held("depth").content
    assert isinstance(content, Depth)
    return content


def pose_of(document: Document) -> Pose:
    content = document.held("pose").content
    assert isinstance(content, Pose)
    return content


def colour_of(document: Document) -> Colour:
    content = document.held("colour").content
    assert isinstance(content, Colour)
    return content


def mask_of(document: Document) -> Mask:
    content = document.held("mask").content
    assert isinstance(content, Mask)
    return content


def scene_of(document: Document) -> Scene:
    content = document.held("scene").content
    assert isinstance(content, Scene)
    return content


def with_contents(document: Document, *contents: Content) -> Document:
    """With these in the topmost nodes of their kinds."""
    for content in contents:
        document = with_node(document, content.kind, content=content)
    return document


def with_node(document: Document, kind: str, **fields: Any) -> Document:
    """With other fields of the topmost node of a kind."""
    return replace(document, stack=document.stack.changed(document.held(kind).id, **fields))


def set_people(
    studio: Studio | Editor, people: tuple[Person, ...], text: str, key: str = ""
) -> None:
    studio.change_content("pose", replace(pose_of(studio.document), people=people), text, key)


def set_around(studio: Studio, around: Around) -> None:
    depth = depth_of(studio.document)
    if depth.around != around:
        studio.change_content("depth", replace(depth, around=around), "Ground")


def said_by(content: Content, width: int, height: int) -> Contribution:
    """What a content says to a model, alone."""
    view = View((0, 0, width, height), (width, height))
    return type(content).contribution((Node("alone", content),), view)


def control_of(depth: Depth) -> Control:
    """What a depth says to a model, alone."""
    (control,) = said_by(depth, *depth.value.size).controls
    return control
