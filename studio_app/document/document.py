"""The document: knobs and the stack as one frozen value, and what it asks of a model."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import cached_property

from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import CONTROL_KINDS
from studio_app.core.regions import MAX_REGIONS
from studio_app.core.request import GenerationRequest, Start
from studio_app.document.bearings import AT_HOME, Bearings
from studio_app.document.contents.content import Contribution, Size, View
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.contents.sheets import touched
from studio_app.document.people import Person
from studio_app.document.planes import Plane, Rect
from studio_app.document.settings import Settings
from studio_app.document.stack import Item, Node, Stack, signature

MAX_CANVAS = 4096
"""Pixels of a side."""
MIN_FRAME = 16
REMEMBERED = 24
"""Contributions: of all kinds, of the last few edits."""


@dataclass(frozen=True, eq=False)
class Document:
    """What the artist has made. `revision` counts edits.

    canvas: (width, height) in pixels, which all planes have. frame: the part of it that the model sees, on
    settings.width x settings.height pixels of its own.
    start: where a branch begins, or None; `request_of` uses it as long as it fits the settings.
    selection: of the canvas's size: 255 where an edit may change pixels; None: everywhere.
    bearings: where the canvas lies on the first one: pictures know their place by that.
    """

    settings: Settings
    stack: Stack
    canvas: Size
    frame: Rect
    start: Start | None = None
    selection: Plane | None = None
    bearings: Bearings = AT_HOME
    revision: int = field(default=0, compare=False)

    @property
    def pixels(self) -> Size:
        """(width, height) of the picture, in pixels of the model."""
        return self.settings.width, self.settings.height

    @property
    def whole(self) -> bool:
        """Whether the picture is all of the canvas, pixel by pixel."""
        return self.canvas == self.pixels and self.frame == (0, 0, *self.canvas)

    @cached_property
    def view(self) -> View:
        """What a model sees of it."""
        return View(self.frame, self.pixels)

    def blank_node(self, kind: str) -> Node:
        """An empty one of that kind, of an id that nothing has yet; it is not in the stack."""
        content = CONTENTS[kind].blank(*self.canvas)
        return Node(self.stack.unused(kind), content, shown=content.shown)

    def held(self, target: str) -> Node:
        """A node by its id, or the topmost of a kind; an empty one where there is none of that kind. KeyError for
        what is neither."""
        return self.stack.resolve(target) or self.blank_node(target)


def new_document(settings: Settings | None = None, stack: Stack | None = None) -> Document:
    """A whole one. stack: of planes of the picture's size; None: a node of each kind that begins, nothing drawn."""
    chosen = settings or Settings()
    size = chosen.width, chosen.height
    if stack is None:
        begun = [content for content in CONTENTS.values() if content.begins]
        stack = Stack(tuple(Node(f"{one.kind}-1", one.blank(*size)) for one in begun))
    return Document(chosen, stack, size, (0, 0, *size))


def taken_apart(document: Document, node: Node, can: Capabilities | None = None) -> Document:
    """With a node's content as new nodes of the other kinds that it counts as, above it, as it was seen; it is hidden.
    The same document where there is nothing of the kind. can: the model's; what no new document has is left out where
    the model doesn't read it."""
    made = document
    for kind in node.content.gives:
        useful = CONTENTS[kind].begins or (can is not None and can.takes(CONTENTS[kind].controls))
        if kind == node.kind or not useful:
            continue
        content = node.content.lent(kind, document.canvas)
        if content.untouched:
            continue
        new = replace(node, id=made.stack.unused(kind), content=content, name="", locked=False)
        made = replace(made, stack=made.stack.added(new, above=node.id))
    if made is document:
        return document
    return replace(made, stack=made.stack.changed(node.id, visible=False))


def leading(document: Document, kind: str) -> Node | None:
    """The node that says how strongly the control of a kind acts, and in which steps: the topmost that is seen and has
    something drawn on it; else the topmost of that kind; None where there is none."""
    seen = touched(document.stack.seen(kind))
    return next(seen, None) or document.stack.first(kind)


def acting_of(document: Document, kind: str) -> tuple[float, float, float]:
    """Strength, start and end of the control of a kind."""
    node = leading(document, kind)
    return (1.0, 0.0, 1.0) if node is None else node.acting


def _acting(
    document: Document, kind: str, capabilities: Capabilities | None
) -> tuple[float, float, float]:
    """As the model feels it."""
    strength, start, end = acting_of(document, kind)
    return (strength if capabilities is None else capabilities.felt(strength)), start, end


def people_drawn(document: Document) -> tuple[Person, ...]:
    """All that are seen, in pixels of the model: what its pose is drawn from."""
    peopled = (kind for kind, content in CONTENTS.items() if content.peopled)
    said = (_contribution(document, kind).people for kind in peopled)
    return tuple(person for people in said for person in people)


def request_of(
    document: Document,
    capabilities: Capabilities | None = None,
    *,
    model: str = "underpaint-256",
    sampler: str | None = None,
    steps: int | None = None,
) -> GenerationRequest:
    """The request that a document means.

    An untouched or hidden node is no control at all; neither is one that the model does not take, and nothing is made
    of it.
    capabilities: the model's, or None to ask for everything. sampler, steps: of a rung of
    the live ladder instead of the settings' own. Raises StudioError (an empty prompt).
    """
    knobs = document.settings
    takes: tuple[str, ...] = CONTROL_KINDS if capabilities is None else capabilities.controls
    said = {
        kind: _contribution(document, kind)
        for kind, content in CONTENTS.items()
        if not content.controls or set(content.controls) & set(takes)
    }
    controls = [
        control.acting(*_acting(document, kind, capabilities))
        for kind, part in said.items()
        for control in part.controls
        if control.kind in takes
    ]
    controls.sort(key=lambda control: CONTROL_KINDS.index(control.kind))
    init = next((part.init for part in said.values() if part.init is not None), None)
    mask = next((part.mask for part in said.values() if part.mask is not None), None)
    hears = capabilities is None or capabilities.regions
    regions = tuple(region for part in said.values() for region in part.regions if hears)
    chosen = knobs.steps if steps is None else steps
    start = document.start
    side = 8 if capabilities is None else capabilities.latent_pixels
    latent = (knobs.height // side, knobs.width // side)
    if start is not None and (start.step >= chosen or start.latent.shape[1:] != latent):
        start = None
    return GenerationRequest(
        prompt=knobs.prompt,
        negative_prompt=knobs.negative_prompt,
        guidance_scale=knobs.guidance_scale,
        steps=chosen,
        sampler=sampler or knobs.sampler,
        seed=knobs.seed,
        width=knobs.width,
        height=knobs.height,
        kind=knobs.kind,
        tile=knobs.tile,
        model=model,
        loras=knobs.loras if capabilities is None or capabilities.loras else (),
        init=init,
        strength=1.0 if init is None else knobs.strength,
        mask=None if init is None else mask,
        start=start,
        controls=tuple(control for control in controls if control.strength > 0),
        regions=regions[:MAX_REGIONS],
        clip_skip=knobs.clip_skip
        if capabilities is None
        else min(knobs.clip_skip, capabilities.clip_skip),
    )


_remembered: OrderedDict[object, Contribution] = OrderedDict()
"""An edit elsewhere, of another layer or beyond the frame, draws and hashes nothing anew: what is made of the same
tiles is the same object."""
_last: dict[str, tuple[tuple[Item, ...], View, Contribution]] = {}
"""By kind, what was asked for last: nearly always it is asked for again, and the same objects compare quickly."""


def _contribution(document: Document, kind: str) -> Contribution:
    items, view = document.stack.giving(kind, document.canvas), document.view
    last = _last.get(kind)
    if last is not None and last[0] == items and last[1] == view:
        return last[2]
    key = (kind, view, signature(items, view.rect))
    found = _remembered.get(key)
    if found is None:
        found = CONTENTS[kind].contribution(items, view)
        _remembered[key] = found
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    else:
        _remembered.move_to_end(key)
    _last[kind] = items, view, found
    return found
