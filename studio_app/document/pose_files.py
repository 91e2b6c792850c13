"""OpenPose files: poses of people as JSON, read in every dialect we know, written in one.

Read: COCO-18 and BODY_25; flat lists or lists of points; with or without confidence; in pixels or 0..1;
missing joints as 0, 0, 0, as -1, -1 or as nulls; joints outside the canvas; one object or a list of frames (the
first counts); people without a body; `animals` beside people; the `{"width", "height", "keypoints"}` of the first
editors.
Written: pixels, confidence 0 or 1, COCO-18; where somebody asks for it, in another of `DIALECTS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.jsons import MAX_BYTES, parse_json
from studio_app.core.reading import read_bytes

MAX_PEOPLE = 64
MAX_CANVAS = 65536
SEEN = 0.1
"""Confidence from which a joint counts as seen: detectors write 0.3 or 0.9, editors 0 or 1."""

_LEAST_SHARE, _MOST_SHARE = -1.0, 2.0
"""Joints all within these are shares of the canvas, not pixels."""

Dialect = Literal["controlnet", "shares", "body_25", "editor"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
"""controlnet: COCO-18 in pixels. shares: the same as shares of the canvas, 0..1. body_25: what OpenPose itself writes.
editor: the keypoints of the first editors."""

# BODY_25 without its mid-hip (8) and feet (19-24) is COCO-18.
_BODY_25 = (*range(8), *range(9, 19))
_HINT = "Export it again from an OpenPose editor."


@dataclass(frozen=True)
class Pose:
    """people: float32 [P, 18, 3] of x, y in pixels of the canvas and 1 = seen, 0 = not (then x = y = 0).

    canvas: (width, height) in pixels, or None where the file does not tell.
    """

    people: NDArray[np.float32]
    canvas: tuple[int, int] | None

    def fitted(self, width: int, height: int) -> NDArray[np.float32]:
        """The people in pixels of another picture: stretched from the canvas to it.

        Without a canvas, positions are taken as they are if they fit, else as of the smallest canvas of
        a multiple of 64 that holds them.
        """
        canvas = self.canvas
        if canvas is None:
            far = np.ceil(self.people[..., :2].max() / 64) * 64 if self.people.size else 0.0
            canvas = (width, height) if far <= max(width, height) else (int(far), int(far))
        scale = np.array([width / canvas[0], height / canvas[1], 1.0], np.float32)
        return self.people * scale


def read_pose(path: Path) -> Pose:
    """The people of an OpenPose file. StudioError where it is broken, huge, or has nobody in it."""
    return parse_pose(read_bytes(path, MAX_BYTES), path.name)


def parse_pose(data: bytes | str, what: str) -> Pose:
    """As `read_pose`, of the text of a file; `what` names it in errors."""
    value: Any = parse_json(data, what)
    if isinstance(value, list) and value:
        value = cast("list[Any]", value)[0]  # a list of frames
    if not isinstance(value, Mapping):
        raise StudioError(f"{what} holds no pose", "it is not a JSON object", _HINT)
    content = cast("Mapping[str, Any]", value)
    canvas = _canvas(content, what)
    people = [joints for joints in _bodies(content, what) if joints[:, 2].any()]
    if not people:
        animals = " (animals are not read)" if content.get("animals") else ""
        raise StudioError(f"{what} holds no pose", f"there is nobody in it{animals}", _HINT)
    stacked = np.stack(people)
    places = stacked[stacked[..., 2] > 0][:, :2]
    # No person is as small as two pixels; one that is half outside the picture reaches beyond 1.
    if places.min() >= _LEAST_SHARE and places.max() <= _MOST_SHARE:
        if canvas is None:
            canvas = (512, 512)  # normalised: any canvas will do
        stacked[..., 0] *= canvas[0]
        stacked[..., 1] *= canvas[1]
    return Pose(stacked.astype(np.float32), canvas)


def format_pose(pose: Pose, *, exact: bool = False, dialect: Dialect = "controlnet") -> str:
    """The JSON text of a pose: pixels to the thousandth (exact: to the last bit), confidence 0 or 1. dialect: that of
    other programs; `parse_pose` reads each of them."""
    digits = 17 if exact else 3
    width, height = pose.canvas or (512, 512)
    if dialect == "editor":
        return _for_editors(pose, width, height)
    if dialect == "shares":
        pose = Pose(pose.people / np.array([width, height, 1], np.float32), pose.canvas)
        digits = 6
    elif dialect == "body_25":
        pose = Pose(_as_body_25(pose.people), pose.canvas)
    people = [
        {"pose_keypoints_2d": [round(float(number), digits) for number in joints.reshape(-1)]}
        for joints in pose.people
    ]
    said = {"people": people, "canvas_width": width, "canvas_height": height}
    return json.dumps({"version": 1.3, **said} if dialect == "body_25" else said)


def _for_editors(pose: Pose, width: int, height: int) -> str:
    """Lists of points, null where there is none."""
    people = [
        [[round(float(x), 3), round(float(y), 3)] if there else None for x, y, there in joints]
        for joints in pose.people
    ]
    return json.dumps({"width": width, "height": height, "keypoints": people})


def _as_body_25(people: NDArray[np.float32]) -> NDArray[np.float32]:
    """[P, 25, 3]: with the middle of the hips, where both are seen; feet nobody knows."""
    out = np.zeros((len(people), 25, 3), np.float32)
    out[:, list(_BODY_25)] = people
    hips = people[:, [8, 11]]
    both = (hips[..., 2] > 0).all(1)
    out[both, 8] = hips[both].mean(1)
    return out


def _canvas(content: Mapping[str, Any], what: str) -> tuple[int, int] | None:
    sides: list[int] = []
    for name in ("width", "height"):
        side: Any = content.get(f"canvas_{name}", content.get(name))
        if side is None:
            return None
        if (
            isinstance(side, bool)
            or not isinstance(side, int | float)
            or not 1 <= side <= MAX_CANVAS
        ):
            raise StudioError(f"{what} is broken", f"its canvas {name} is {side!r}", _HINT)
        sides.append(int(side))
    return sides[0], sides[1]


def _bodies(content: Mapping[str, Any], what: str) -> list[NDArray[np.float64]]:
    people: Any = content.get("people")
    if people is None and "keypoints" in content:
        people = _editor_people(content["keypoints"])
    if people is None:
        people = []
    if not isinstance(people, list):
        raise StudioError(f"{what} is broken", "its people are not a list", _HINT)
    entries = cast("list[Any]", people)
    if len(entries) > MAX_PEOPLE:
        raise StudioError(f"{what} holds too many people", f"{len(entries)}; at most {MAX_PEOPLE}")
    bodies: list[NDArray[np.float64]] = []
    for person in entries:
        if not isinstance(person, Mapping):
            raise StudioError(f"{what} is broken", "a person in it is not an object", _HINT)
        points: Any = cast("Mapping[str, Any]", person).get("pose_keypoints_2d")
        if points:  # null or []: a face or hands alone
            bodies.append(_joints(points, what))
    return bodies


def _editor_people(points: Any) -> Any:
    """`keypoints` of one person, or of several, as people."""
    if isinstance(points, list) and points:
        first: Any = cast("list[Any]", points)[0]
        if isinstance(first, list) and first and isinstance(cast("list[Any]", first)[0], list):
            return [{"pose_keypoints_2d": person} for person in cast("list[Any]", points)]
    return [{"pose_keypoints_2d": points}]


def _joints(points: Any, what: str) -> NDArray[np.float64]:
    """float64 [18, 3], third 1 or 0, of a flat list of numbers or a list of points."""
    table = _table(points, what)
    if len(table) == 25:
        table = table[list(_BODY_25)]
    if len(table) != 18:
        raise StudioError(
            f"{what} is of an unknown kind",
            f"a person has {len(table)} joints, and 18 (COCO) or 25 (BODY_25) are known",
            _HINT,
        )
    x, y, confidence = table.T
    origin = (x == 0) & (y == 0)
    seen = (confidence >= SEEN) & ~origin & ~((x < 0) & (y < 0))
    return np.where(seen[:, None], np.stack([x, y, np.ones_like(x)], axis=1), 0.0)


def _table(points: Any, what: str) -> NDArray[np.float64]:
    """float64 [J, 3] of x, y, confidence."""
    broken = StudioError(f"{what} is broken", "its joints are not lists of numbers", _HINT)
    if not isinstance(points, list):
        raise broken
    rows = cast("list[Any]", points)
    if any(isinstance(row, list) for row in rows) or len(rows) in (18, 25):
        listed = [_point(row) for row in rows]
        if any(row is None for row in listed):
            raise broken
        table = np.array(listed, np.float64)
    else:
        if not all(number is None or _is_number(number) for number in rows) or len(rows) > 300:
            raise broken
        width = 3 if len(rows) in (54, 75) else 2 if len(rows) in (36, 50) else 3
        if len(rows) % width:
            raise StudioError(f"{what} is broken", f"a person has {len(rows)} numbers", _HINT)
        flat = np.array(rows, np.float64).reshape(-1, width)
        flat[np.isnan(flat).any(axis=1)] = 0.0  # a null anywhere: that joint is missing
        table = flat if width == 3 else np.pad(flat, ((0, 0), (0, 1)), constant_values=1.0)
    if table.size and np.abs(table).max() > MAX_CANVAS:
        raise StudioError(f"{what} is broken", "a joint is far outside any canvas", _HINT)
    return table


def _point(row: Any) -> Sequence[float] | None:
    """x, y, confidence of a point, or None where it is none; a null is a missing joint."""
    if row is None:
        return (0.0, 0.0, 0.0)
    if not isinstance(row, list):
        return None
    numbers = cast("list[Any]", row)
    if len(numbers) in (2, 3) and any(number is None for number in numbers):
        return (0.0, 0.0, 0.0)
    if len(numbers) not in (2, 3) or not all(_is_number(number) for number in numbers):
        return None
    return (*numbers, 1.0) if len(numbers) == 2 else numbers


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
