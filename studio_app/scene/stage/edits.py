"""What may be done to the things of a stage: every edit makes a new stage. Who is locked stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from studio_app.scene.primitives import Kind
from studio_app.scene.stage.placement import (
    LEAST_SIZE,
    MOST_SIZE,
    UPRIGHT,
    Placement,
    Turn,
    Vector,
    axis_turn,
    matrix_of,
    turn_of,
)
from studio_app.scene.stage.stage import MOST_ITEMS, MOST_NAME, Item, Stage
from studio_app.scene.stage.things import Mannequin, Solid, Thing, uniform

Axis = Literal["x", "y", "z"]
AXES: Mapping[Axis, Vector] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}

NAMES: Mapping[Kind, str] = {
    "sphere": "Sphere",
    "box": "Box",
    "rounded_box": "Rounded box",
    "cylinder": "Cylinder",
    "cone": "Cone",
    "capsule": "Capsule",
    "torus": "Ring",
    "plane": "Wall",
    "prism": "Prism",
}
"""What an artist calls the solids."""

SIZES: Mapping[Kind, Vector] = {
    "sphere": (0.2, 0.2, 0.2),
    "box": (0.2, 0.2, 0.2),
    "rounded_box": (0.2, 0.2, 0.2),
    "cylinder": (0.15, 0.3, 0.15),
    "cone": (0.2, 0.3, 0.2),
    "capsule": (0.12, 0.12, 0.12),
    "torus": (0.25, 0.25, 0.25),
    "plane": (1.0, 1.0, 1.0),
    "prism": (0.2, 0.25, 0.2),
}
"""How large a new one is."""

_LEFT_RIGHT = ((2, 5), (3, 6), (4, 7), (8, 11), (9, 12), (10, 13), (14, 15), (16, 17))
_WALL: Turn = axis_turn((1, 0, 0), 90)
"""Stands a plane up, so that it faces the viewer."""


def added(stage: Stage, thing: Thing, placement: Placement, name: str = "") -> tuple[Stage, int]:
    """With one more thing, and its id. Its name is made unlike the others'.

    Raises ValueError where the stage is full.
    """
    called = free_name(stage, name or _name(thing))
    item = Item(stage.next_id, called, thing, placement)
    return replace(stage, items=(*stage.items, item), next_id=stage.next_id + 1), item.id


def placed(
    stage: Stage, thing: Thing, at: Vector = (0.0, 0.0, 0.0), name: str = ""
) -> tuple[Stage, int]:
    """With a new thing standing on the ground at a place (its x and z), in its usual size; and its id."""
    x, _, z = at
    if isinstance(thing, Solid):
        turn = _WALL if thing.kind == "plane" else UPRIGHT
        new = Placement.within((x, 0.0, z), turn, SIZES[thing.kind])
    else:
        new = Placement.within((x, 0.0, z), UPRIGHT, (1.0, 1.0, 1.0))
    grown, number = added(stage, thing, new, name)
    return grounded(grown, (number,)), number


def removed(stage: Stage, ids: Iterable[int]) -> Stage:
    gone = _free(stage, ids)
    return replace(stage, items=tuple(item for item in stage.items if item.id not in gone))


def duplicated(
    stage: Stage, ids: Iterable[int], by: Vector = (0.3, 0.0, 0.0)
) -> tuple[Stage, tuple[int, ...]]:
    """With copies of some items, shifted, and the copies' ids; as many as there is room for.

    A copy of what is locked is free.
    """
    chosen = set(ids)
    new: list[int] = []
    for item in stage.items:
        if item.id in chosen and len(stage.items) < MOST_ITEMS:
            stage, number = added(stage, item.thing, item.placement.moved(by), item.name)
            new.append(number)
    return stage, tuple(new)


def renamed(stage: Stage, number: int, name: str) -> Stage:
    """An empty name changes nothing. A name is an artist's own: two items may share one."""
    called = " ".join(name.split())[:MOST_NAME].strip()
    return stage.with_item(replace(stage[number], name=called)) if called else stage


def shown(stage: Stage, ids: Iterable[int], visible: bool) -> Stage:
    return _each(stage, set(ids), lambda item: replace(item, visible=visible))


def locked(stage: Stage, ids: Iterable[int], lock: bool) -> Stage:
    return _each(stage, set(ids), lambda item: replace(item, locked=lock))


def moved(stage: Stage, ids: Iterable[int], by: Vector) -> Stage:
    """Shifted in the world."""
    return _placed(stage, ids, lambda item: item.placement.moved(by))


def rotated(stage: Stage, ids: Iterable[int], axis: Vector, degrees: float, about: Vector) -> Stage:
    """Turned right-handed about an axis through a point, in the world."""
    turn = axis_turn(axis, degrees)
    return _placed(stage, ids, lambda item: item.placement.turned(turn, about))


def scaled(stage: Stage, ids: Iterable[int], factors: Vector, about: Vector | None = None) -> Stage:
    """Scaled by factors along each item's own axes, about a point or about its own place.

    A mannequin has one size: the factor that is farthest from 1 is taken for all its axes.
    """

    def larger(item: Item) -> Placement:
        if uniform(item.thing):
            size = item.placement.size[0]
            one = max((abs(f) for f in factors), key=lambda f: abs(np.log(max(f, 1e-9))))
            one = min(max(size * one, LEAST_SIZE), MOST_SIZE) / size
            grown = item.placement.scaled((one, one, one), about)
            same = grown.size[0]  # three equal sizes times one factor may differ in the last bit
            return replace(grown, size=(same, same, same))
        return item.placement.scaled(factors, about)

    return _placed(stage, ids, larger)


def grounded(stage: Stage, ids: Iterable[int]) -> Stage:
    """Put down, or lifted up, so that the lowest point of each stands on the ground; a plane goes through it.

    A jump keeps its height: the figure's place is put on the ground, unless its hips have a place of their own.
    """

    def down(item: Item) -> Item:
        box = item.bounds
        if isinstance(item.thing, Mannequin) and item.thing.hips is None and _stands(item):
            box = None
        x, y, z = item.placement.at
        low = y if box is None else float(box[0][1])
        return replace(item, placement=Placement.within((x, y - low, z), *_rest(item.placement)))

    return _each(stage, _free(stage, ids), down)


def mirrored(
    stage: Stage, ids: Iterable[int], axis: Axis = "x", about: Vector | None = None
) -> Stage:
    """Reflected in the plane across a world axis, through a point or the middle of them all.

    Left and right of a figure change places; its joints that were hidden are those of the other side.
    """
    chosen = _free(stage, ids)
    if about is None:
        box = stage.bounds(number for number in chosen if number in stage)
        about = (0.0, 0.0, 0.0) if box is None else _vector((box[0] + box[1]) / 2)
    flip = np.ones(3)
    k = "xyz".index(axis)
    flip[k] = -1.0
    centre = np.asarray(about)

    def across(item: Item) -> Item:
        at = (np.asarray(item.placement.at) - centre) * flip + centre
        thing, size = item.thing, item.placement.size
        # A solid is its own mirror image along z, so that its turn alone changes; a figure along x.
        own = np.array([1.0, 1.0, -1.0]) if isinstance(thing, Solid) else np.array([-1.0, 1.0, 1.0])
        turn = turn_of(flip[:, None] * matrix_of(item.placement.turn) * own)
        if isinstance(thing, Mannequin):
            thing = mirror_image(thing)
        elif not isinstance(thing, Solid):
            size = (-size[0], size[1], size[2])
        return replace(item, thing=thing, placement=Placement.within(at, turn, size))

    return _each(stage, chosen, across)


def turned_about(stage: Stage, *, upside: bool = False) -> Stage:
    """The whole scene, camera and locked items too, such that its picture is mirrored: left and right change places;
    upside: top and bottom do."""
    free = replace(stage, items=tuple(replace(item, locked=False) for item in stage.items))
    image = mirrored(free, [item.id for item in free.items], "x", (0.0, 0.0, 0.0))
    items = tuple(
        replace(item, locked=old.locked) for item, old in zip(image.items, stage.items, strict=True)
    )
    camera = stage.camera
    eye, target, up = ((-v[0], v[1], v[2]) for v in (camera.eye, camera.target, camera.up))
    if upside:  # a mirrored picture that is turned by half
        up = (-up[0], -up[1], -up[2])
    return replace(image, items=items, camera=replace(camera, eye=eye, target=target, up=up))


def mirror_image(figure: Mannequin) -> Mannequin:
    """The figure with left and right exchanged, in its own axes."""
    swap = {a: b for pair in _LEFT_RIGHT for a, b in (pair, pair[::-1])}
    hips = figure.hips
    return replace(
        figure,
        pose=figure.pose.mirrored(),
        hips=None if hips is None else (-hips[0], hips[1], hips[2]),
        hidden=tuple(sorted(swap.get(joint, joint) for joint in figure.hidden)),
    )


def free_name(stage: Stage, name: str) -> str:
    """`name`, or the first of "name 2", "name 3", ... that no item has."""
    stem = re.sub(r" \d+$", "", " ".join(name.split()))[: MOST_NAME - 5] or "Thing"
    taken = {item.name for item in stage.items}
    called, count = stem, 2
    while called in taken:
        called, count = f"{stem} {count}", count + 1
    return called


def _name(thing: Thing) -> str:
    if isinstance(thing, Mannequin):
        return "Figure"
    return NAMES[thing.kind] if isinstance(thing, Solid) else "Mesh"


def _stands(item: Item) -> bool:
    """Whether its own y axis points up."""
    return float(matrix_of(item.placement.turn)[1, 1]) > 1 - 1e-6


def _rest(placement: Placement) -> tuple[Turn, Vector]:
    return placement.turn, placement.size


def _free(stage: Stage, ids: Iterable[int]) -> set[int]:
    """Those of some ids that may be edited."""
    wanted = set(ids)
    return {item.id for item in stage.items if item.id in wanted and not item.locked}


def _placed(stage: Stage, ids: Iterable[int], change: Callable[[Item], Placement]) -> Stage:
    return _each(stage, _free(stage, ids), lambda item: replace(item, placement=change(item)))


def _each(stage: Stage, ids: set[int], change: Callable[[Item], Item]) -> Stage:
    """With some items changed; itself where none is."""
    items = tuple(change(item) if item.id in ids else item for item in stage.items)
    return stage if items == stage.items else replace(stage, items=items)


def _vector(v: np.ndarray) -> Vector:
    return float(v[0]), float(v[1]), float(v[2])
