"""A document that asks again for what made a picture."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from studio_app.core.request import GenerationRequest
from studio_app.document.canvases import resized
from studio_app.document.contents.content import Content
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.contents.sheets import touched
from studio_app.document.document import Document, leading
from studio_app.document.guess import as_chosen
from studio_app.document.people import Person
from studio_app.document.settings import Settings, with_settings
from studio_app.document.stack import Node


def restored(
    document: Document, request: GenerationRequest, people: tuple[Person, ...] | None
) -> Document:
    """With the knobs and drawings of a request: in the topmost node of each kind, and whatever else of that kind would
    be seen is hidden. people: that its pose was drawn from, where somebody knows. StudioError where its pictures don't
    fit."""
    given = {
        item.name: getattr(request, item.name)
        for item in fields(Settings)
        if hasattr(request, item.name)
    }
    if request.init is None:
        given.pop("strength")
    settings = with_settings(document.settings, **given, seed_locked=True, preset=None)
    made = resized(document, settings.width, settings.height)
    asked = (request.width, request.height)
    x, y, width, height = made.frame
    for kind in CONTENTS:
        if not CONTENTS[kind].comes_back:
            made = _hidden(made, kind)
            continue
        content = CONTENTS[kind].restored(request, people)
        if content is not None:
            content = content if asked == (width, height) else content.resized(asked, width, height)
            old = _topmost(made, kind) or made.blank_node(kind)
            made = with_only(made, content.onto(old.content, x, y, (width, height)))
        for more in reversed(CONTENTS[kind].more_restored(request)):
            fitted = more if asked == (width, height) else more.resized(asked, width, height)
            fresh = made.blank_node(kind)
            placed = fitted.onto(fresh.content, x, y, (width, height))
            made = replace(made, stack=made.stack.added(replace(fresh, content=placed)))
        node = leading(made, kind)
        if node is not None:
            acting = _acting(kind, request)
            made = replace(made, stack=made.stack.changed(node.id, **acting))
    return replace(made, settings=as_chosen(settings), start=request.start)


def _hidden(document: Document, kind: str) -> Document:
    """With no node of a kind that is seen."""
    stack = document.stack
    for node in touched(replace(stack, solo="").seen(kind)):
        stack = stack.changed(node.id, visible=False)
    return replace(document, stack=stack)


def with_only(document: Document, content: Content) -> Document:
    """With this as all that is seen of its kind: in the topmost node that lies in no group, as it is; whatever else of
    the kind would be seen is hidden."""
    stack = replace(document.stack, solo="")
    old = _topmost(document, content.kind)
    node = old or document.blank_node(content.kind)
    for other in touched(stack.seen(content.kind)):
        if other.id != node.id:
            stack = stack.changed(other.id, visible=False)
    plain = Node(
        node.id, content, node.name, locked=node.locked, shown=node.shown,
        strength=node.strength, start=node.start, end=node.end,
    )  # fmt: skip
    if old is not None:
        stack = stack.mapped(node.id, lambda _: plain)
    elif not content.untouched:
        stack = stack.added(plain)
    return replace(document, stack=stack)


def _topmost(document: Document, kind: str) -> Node | None:
    """Of those that lie in no group."""
    nodes = (item for item in document.stack.items if isinstance(item, Node))
    return next((node for node in nodes if node.kind == kind), None)


def _acting(kind: str, request: GenerationRequest) -> dict[str, Any]:
    """A kind that the request had no control of acts as strongly as before, in all steps."""
    makes = CONTENTS[kind].controls
    for control in reversed(request.controls):
        if control.kind in makes:
            return {"strength": control.strength, "start": control.start, "end": control.end}
    return {"start": 0.0, "end": 1.0} if makes else {}
