"""`Stage`: a scene as a frozen value. Its items have ids that stay theirs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from studio_app.scene.camera import Camera
from studio_app.scene.stage.placement import MOST_FAR, Placement
from studio_app.scene.stage.things import Array, Mannequin, Thing, bounds_of, uniform

GROUND = -1
"""What the ground is called among ids; 0 is background, items have 1 and up."""
MOST_ITEMS = 400
MOST_ID = 2**31 - 1
MOST_NAME = 80
LEAST_FOV, MOST_FOV = 4.0, 120.0
LEAST_VIEW, MOST_VIEW = 0.01, 1000.0
"""Distance from eye to target, and the height that a parallel camera shows."""
LEAST_NEAR, MOST_RANGE = 1e-3, 10_000.0

START = Camera(eye=(0.9, 1.0, 3.4), target=(0.0, 0.5, 0.0), fov=28.0)
"""Where the camera of a new scene stands: it shows a whole adult at the origin."""


@dataclass(frozen=True)
class Item:
    """A thing at its place. Who is not visible is not drawn; who is locked is not edited.

    Raises ValueError for an id, a name or a size that it may not have.
    """

    id: int
    name: str
    thing: Thing
    placement: Placement = field(default_factory=Placement)
    visible: bool = True
    locked: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.id <= MOST_ID:
            raise ValueError("an item's id is 1 or more")
        if len(self.name) > MOST_NAME:
            raise ValueError(f"an item's name has at most {MOST_NAME} letters")
        x, y, z = self.placement.size
        if uniform(self.thing) and not (x == y == z and x > 0):
            raise ValueError("a mannequin has one size along all axes")

    @property
    def bounds(self) -> tuple[Array, Array] | None:
        """Low and high corner [3] of its box in the world; None of a plane."""
        return bounds_of(self.thing, self.placement)


@dataclass(frozen=True)
class Stage:
    """A camera and what stands before it.

    ground: whether the plane y = 0 is drawn.
    depth_range: (near, far), distances along the camera's axis that become depth 1 and 0; None: fitted to what is
        seen (`look.fitted_range`).
    next_id: the id of the next new item; above all that ever were.
    Raises ValueError where ids are doubled, there are too many items, or camera or range are out of bounds.
    """

    camera: Camera = START
    items: tuple[Item, ...] = ()
    ground: bool = True
    depth_range: tuple[float, float] | None = None
    next_id: int = 1

    def __post_init__(self) -> None:
        ids = [item.id for item in self.items]
        if len(ids) > MOST_ITEMS:
            raise ValueError(f"a scene has at most {MOST_ITEMS} items")
        if len(set(ids)) != len(ids):
            raise ValueError("two items have one id")
        if not max(ids, default=0) < self.next_id <= MOST_ID:
            raise ValueError("the next id is above all that there are")
        if not sound(self.camera):
            raise ValueError("the camera is out of bounds")
        if self.depth_range is not None:
            near, far = self.depth_range
            if not (LEAST_NEAR <= near < far <= MOST_RANGE and far - near >= 1e-6):
                raise ValueError("a range of depth has 0 < near < far")

    def __getitem__(self, number: int) -> Item:
        """The item with that id; KeyError where there is none."""
        for item in self.items:
            if item.id == number:
                return item
        raise KeyError(number)

    def __contains__(self, number: object) -> bool:
        return any(item.id == number for item in self.items)

    def with_item(self, changed: Item) -> Stage:
        """With one item in place of the one that has its id; itself where nothing changed."""
        old = self[changed.id]
        if old is changed or old == changed:
            return self
        items = tuple(changed if item.id == changed.id else item for item in self.items)
        return replace(self, items=items)

    @property
    def visible(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.visible)

    @property
    def figures(self) -> tuple[Item, ...]:
        """The visible mannequins."""
        return tuple(item for item in self.visible if isinstance(item.thing, Mannequin))

    def bounds(self, ids: Iterable[int] | None = None) -> tuple[Array, Array] | None:
        """Low and high corner [3] of the box around some items, or all visible ones; None where nothing has one."""
        chosen = self.visible if ids is None else tuple(self[number] for number in ids)
        boxes = [box for item in chosen if (box := item.bounds) is not None]
        if not boxes:
            return None
        return np.min([low for low, _ in boxes], 0), np.max([high for _, high in boxes], 0)


def sound(camera: Camera) -> bool:
    """Whether a camera's numbers are finite and within bounds, and it looks somewhere."""
    numbers = (*camera.eye, *camera.target, *camera.up, camera.height, camera.fov or 0.0)
    if not all(map(math.isfinite, numbers)):
        return False
    if any(abs(v) > 4 * MOST_FAR for v in (*camera.eye, *camera.target)):
        return False
    if camera.fov is not None and not LEAST_FOV <= camera.fov <= MOST_FOV:
        return False
    distance = math.dist(camera.eye, camera.target)
    return (
        LEAST_VIEW <= camera.height <= MOST_VIEW
        and LEAST_VIEW <= distance <= 8 * MOST_FAR
        and 0.5 <= math.hypot(*camera.up) <= 2
    )
