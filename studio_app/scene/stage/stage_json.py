"""A stage as JSON, to and fro; what is read is bounded and checked, for it comes from files nobody vouches for.

{"format": 1, "ground": true, "depth_range": null, "next_id": 3,
 "camera": {"eye": [...], "target": [...], "up": [...], "fov": 28.0, "height": 2.0},
 "items": [{"id": 1, "name": "Figure", "visible": true, "locked": false,
            "at": [...], "turn": [w, x, y, z], "size": [...],
            "mannequin": {"body": {"height": 1.0}, "pose": {"left_arm_out": 90.0}, "lift": 0.0,
                          "hips": null, "hidden": ["nose"]}
            | "solid": {"kind": "cone", "params": [0.0]}
            | "mesh": "its digest"}],
 "meshes": {"its digest": {"vertices": {...}, "triangles": {...}}}}
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import pack, unpack
from studio_app.core.errors import StudioError
from studio_app.scene.body import Body
from studio_app.scene.camera import Camera
from studio_app.scene.mesh import MOST_TRIANGLES, Mesh
from studio_app.scene.openpose import JOINTS
from studio_app.scene.skeleton import LIMITS, Pose, pose
from studio_app.scene.stage.placement import Placement, Vector
from studio_app.scene.stage.stage import MOST_ITEMS, MOST_NAME, Item, Stage
from studio_app.scene.stage.things import KINDS, Mannequin, Solid, Thing

FORMAT = 1
MOST_MESHES = 32
MOST_BYTES = 24 << 20
"""Of the text: `MOST_MESHES` of the largest meshes, and more, fit in."""

_ROW = 3 * 4096
"""Numbers of a packed row: `core.arrays` bounds the sides of an array, not of a list of triangles."""
_HINT = "Open another file, or build the scene anew."
_KNOBS = tuple(field.name for field in dataclasses.fields(Body))

Object = Mapping[str, Any]


def to_json(stage: Stage) -> dict[str, Any]:
    """What `json.dumps` writes; `from_json` makes the same stage of it."""
    meshes = {item.thing.digest: item.thing for item in stage.items if isinstance(item.thing, Mesh)}
    camera = stage.camera
    return {
        "format": FORMAT,
        "ground": stage.ground,
        "depth_range": None if stage.depth_range is None else list(stage.depth_range),
        "next_id": stage.next_id,
        "camera": {
            "eye": list(camera.eye),
            "target": list(camera.target),
            "up": list(camera.up),
            "fov": camera.fov,
            "height": camera.height,
        },
        "items": [_item_json(item) for item in stage.items],
        "meshes": {
            name: {"vertices": _packed(mesh.vertices), "triangles": _packed(mesh.triangles)}
            for name, mesh in meshes.items()
        },
    }


def from_json(value: Any, what: str) -> Stage:
    """The stage that `to_json` wrote. StudioError, naming `what`, where it is anything else.

    Angles of a pose are clamped to their limits; what it does not know beside what it needs is let be.
    """
    content = _object(value, what, "it")
    if content.get("format") != FORMAT:
        newer = isinstance(content.get("format"), int) and content["format"] > FORMAT
        detail = "it was written by a newer Underpaint" if newer else "it is no scene"
        raise StudioError(f"Can't read {what}", detail, "" if newer else _HINT)
    meshes = _meshes(content.get("meshes", {}), what)
    entries = content.get("items")
    if not isinstance(entries, list) or len(cast("list[Any]", entries)) > MOST_ITEMS:
        _refuse(what, f"its items are no list of at most {MOST_ITEMS}")
    items = tuple(_item(entry, meshes, what) for entry in cast("list[Any]", entries))
    given = content.get("depth_range")
    near_far = None if given is None else _numbers(given, 2, what, "depth_range")
    try:
        return Stage(
            _camera(content.get("camera"), what),
            items,
            _flag(content.get("ground", True), what, "ground"),
            None if near_far is None else (near_far[0], near_far[1]),
            _whole(content.get("next_id"), what, "next_id"),
        )
    except ValueError as error:
        _refuse(what, str(error))


def _item_json(item: Item) -> dict[str, Any]:
    place = item.placement
    known: dict[str, Any] = {
        "id": item.id,
        "name": item.name,
        "visible": item.visible,
        "locked": item.locked,
        "at": list(place.at),
        "turn": list(place.turn),
        "size": list(place.size),
    }
    thing = item.thing
    if isinstance(thing, Mesh):
        return {**known, "mesh": thing.digest}
    if isinstance(thing, Solid):
        return {**known, "solid": {"kind": thing.kind, "params": list(thing.params)}}
    said: dict[str, Any] = {
        "body": {knob: getattr(thing.body, knob) for knob in _KNOBS},
        "pose": thing.pose.named(),
        "lift": thing.pose.lift,
        "hips": None if thing.hips is None else list(thing.hips),
        "hidden": [JOINTS[joint] for joint in thing.hidden],
    }
    return {**known, "mannequin": said}


def _item(value: Any, meshes: Mapping[str, Mesh], what: str) -> Item:
    entry = _object(value, what, "an item")
    name = entry.get("name")
    if not isinstance(name, str) or len(name) > MOST_NAME:
        _refuse(what, f"an item's name is no text of at most {MOST_NAME} letters")
    at, turn, size = (
        _numbers(entry.get(key), count, what, key)
        for key, count in (("at", 3), ("turn", 4), ("size", 3))
    )
    try:
        return Item(
            _whole(entry.get("id"), what, "id"),
            name,
            _thing(entry, meshes, what),
            Placement(_vector(at), (turn[0], turn[1], turn[2], turn[3]), _vector(size)),
            _flag(entry.get("visible", True), what, "visible"),
            _flag(entry.get("locked", False), what, "locked"),
        )
    except ValueError as error:
        _refuse(what, str(error))


def _thing(entry: Object, meshes: Mapping[str, Mesh], what: str) -> Thing:
    """ValueError where its numbers are out of bounds."""
    if "mannequin" in entry:
        return _mannequin(_object(entry["mannequin"], what, "a mannequin"), what)
    if "solid" in entry:
        solid = _object(entry["solid"], what, "a solid")
        kind = solid.get("kind")
        if kind not in KINDS:
            _refuse(what, "one of its solids is of an unknown kind")
        params = _numbers(solid.get("params", []), None, what, "params")
        return Solid(kind, tuple(params))
    name = entry.get("mesh")
    if not isinstance(name, str):
        _refuse(what, "an item of it is neither mannequin nor solid nor mesh")
    if name not in meshes:
        _refuse(what, "a mesh of it is missing")
    return meshes[name]


def _mannequin(said: Object, what: str) -> Mannequin:
    knobs = _object(said.get("body", {}), what, "a body")
    sizes = {knob: _number(knobs[knob], what, knob) for knob in _KNOBS if knob in knobs}
    hips = said.get("hips")
    hidden = said.get("hidden", [])
    if not isinstance(hidden, list) or len(cast("list[Any]", hidden)) > 18:
        _refuse(what, "its hidden joints are no list")
    joints: set[int] = set()
    for name in cast("list[Any]", hidden):
        if not isinstance(name, str) or name not in JOINTS:
            _refuse(what, "a hidden joint is none of the 18")
        joints.add(JOINTS.index(name))
    return Mannequin(
        Body(**sizes),
        _pose(said, what),
        None if hips is None else _vector(_numbers(hips, 3, what, "hips")),
        tuple(sorted(joints)),
    )


def _pose(said: Object, what: str) -> Pose:
    named = _object(said.get("pose", {}), what, "a pose")
    if unknown := [name for name in named if name not in LIMITS]:
        _refuse(what, f"no angle is called {str(unknown[0])[:40]!r}")
    angles = {name: _number(value, what, name) for name, value in named.items()}
    return pose(_number(said.get("lift", 0.0), what, "lift"), **angles)


def _camera(value: Any, what: str) -> Camera:
    said = _object(value, what, "its camera")
    eye, target, up = (
        _vector(_numbers(said.get(key, start), 3, what, key))
        for key, start in (("eye", None), ("target", None), ("up", [0.0, 1.0, 0.0]))
    )
    fov = said.get("fov")
    return Camera(
        eye, target, up,
        None if fov is None else _number(fov, what, "fov"),
        _number(said.get("height", 2.0), what, "height"),
    )  # fmt: skip


def _meshes(value: Any, what: str) -> dict[str, Mesh]:
    entries = _object(value, what, "its meshes")
    if len(entries) > MOST_MESHES:
        _refuse(what, f"it has more than {MOST_MESHES} meshes")
    found: dict[str, Mesh] = {}
    for name, entry in entries.items():
        said = _object(entry, what, "a mesh")
        vertices = _unpacked(said.get("vertices"), 3 * MOST_TRIANGLES, what)
        triangles = _unpacked(said.get("triangles"), MOST_TRIANGLES, what)
        if not (np.isfinite(triangles).all() and (np.abs(triangles) < 2**24).all()):
            _refuse(what, "a mesh of it is broken")
        try:
            found[name] = Mesh(vertices, triangles.astype(np.int32))
        except ValueError as error:
            _refuse(what, str(error))
    return found


def _packed(array: NDArray[Any]) -> dict[str, Any]:
    """Rows of 3 numbers in a few long rows; int32 below 2^24 are whole as float32."""
    flat = array.astype(np.float32).reshape(-1)
    padded = np.zeros(-(-len(flat) // _ROW) * _ROW, np.float32)
    padded[: len(flat)] = flat
    return {"rows": len(array), "packed": pack(padded.reshape(-1, _ROW // 3, 3))}


def _unpacked(value: Any, most: int, what: str) -> NDArray[np.float32]:
    said = _object(value, what, "a mesh")
    rows = _whole(said.get("rows"), what, "rows")
    if not 1 <= rows <= most:
        _refuse(what, "a mesh of it is too large")
    try:
        numbers = unpack(said.get("packed"), "mesh", 4 * 3 * most + 4 * _ROW)
    except StudioError:
        _refuse(what, "a mesh of it is broken")
    if numbers.dtype != np.float32 or numbers.size < 3 * rows:
        _refuse(what, "a mesh of it is broken")
    return numbers.reshape(-1)[: 3 * rows].reshape(-1, 3).copy()


def _object(value: Any, what: str, part: str) -> Object:
    if not isinstance(value, Mapping):
        _refuse(what, f"{part} is no object")
    return cast("Object", value)


def _numbers(value: Any, count: int | None, what: str, key: str) -> list[float]:
    if not isinstance(value, list | tuple) or len(cast("list[Any]", value)) > 16:
        _refuse(what, f"{key} is no list of numbers")
    numbers = [_number(number, what, key) for number in cast("list[Any]", value)]
    if count is not None and len(numbers) != count:
        _refuse(what, f"{key} has {len(numbers)} numbers, not {count}")
    return numbers


def _number(value: Any, what: str, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        _refuse(what, f"{key} is no number")
    return float(value)


def _whole(value: Any, what: str, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        _refuse(what, f"{key} is no whole number")
    return value


def _flag(value: Any, what: str, key: str) -> bool:
    if not isinstance(value, bool):
        _refuse(what, f"{key} is neither true nor false")
    return value


def _vector(v: list[float]) -> Vector:
    return v[0], v[1], v[2]


def _refuse(what: str, detail: str) -> NoReturn:
    raise StudioError(f"Can't read {what}", detail, _HINT)
