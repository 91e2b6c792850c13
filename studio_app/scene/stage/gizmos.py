"""Handles that move, turn and scale: where they lie in the picture, and what dragging one of them means.

Everything is a pure function of where a drag began and where it is now, so that a drag is always applied to what
was there when it began. Pixels have y down, centres at +0.5.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.camera import Camera
from studio_app.scene.stage import edits
from studio_app.scene.stage.picking import ray
from studio_app.scene.stage.placement import Vector
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Array

Mode = Literal["move", "turn", "scale"]
What = Literal["x", "y", "z", "yz", "zx", "xy", "screen"]
"""An axis, the plane of two, or what faces the camera (of a scale: all three axes)."""
Point = tuple[float, float]

WHATS: dict[Mode, tuple[What, ...]] = {
    "move": ("x", "y", "z", "yz", "zx", "xy", "screen"),
    "turn": ("x", "y", "z", "screen"),
    "scale": ("x", "y", "z", "yz", "zx", "xy", "screen"),
}
_PAIRS: dict[str, tuple[int, int]] = {"yz": (1, 2), "zx": (2, 0), "xy": (0, 1)}
_HIDDEN_AXIS = math.cos(math.radians(10))
"""An axis that points at the viewer is no handle; nor is a plane seen on its edge."""
_EDGE = math.sin(math.radians(10))
_FAR = 50.0
"""A drag along a line or plane goes at most this many times as far away as its handle is."""
_RING = 48


@dataclass(frozen=True, eq=False)
class Handle:
    """line: pixels [N, 2] to draw; closed: its end is its beginning; area: it is grabbed anywhere inside, too."""

    what: What
    line: NDArray[np.float64]
    closed: bool = False
    area: bool = False


@dataclass(frozen=True, eq=False)
class Gizmo:
    """The handles of one mode about a pivot.

    axes: rows are the world directions [3, 3] of x, y and z. length: of an axis, in world units (`pixels` in the
    picture, where it does not lean to or from the viewer).
    """

    mode: Mode
    pivot: Vector
    axes: NDArray[np.float64]
    camera: Camera
    extent: tuple[int, int]
    length: float
    pixels: float
    handles: tuple[Handle, ...]

    def __getitem__(self, what: str) -> Handle:
        """KeyError where that handle is not shown."""
        for handle in self.handles:
            if handle.what == what:
                return handle
        raise KeyError(what)


@dataclass(frozen=True)
class Change:
    """What a drag means: a shift, or a turn in degrees about an axis, or factors along the gizmo's axes."""

    by: Vector = (0.0, 0.0, 0.0)
    axis: Vector = (0.0, 1.0, 0.0)
    degrees: float = 0.0
    factors: Vector = (1.0, 1.0, 1.0)

    def applied(self, stage: Stage, ids: Iterable[int], about: Vector) -> Stage:
        """To some items, about a pivot."""
        chosen = tuple(ids)
        if self.by != (0.0, 0.0, 0.0):
            stage = edits.moved(stage, chosen, self.by)
        if self.degrees:
            stage = edits.rotated(stage, chosen, self.axis, self.degrees, about)
        if self.factors != (1.0, 1.0, 1.0):
            stage = edits.scaled(stage, chosen, self.factors, about)
        return stage


def gizmo(
    mode: Mode,
    pivot: Vector,
    camera: Camera,
    extent: tuple[int, int],
    axes: Array | None = None,
    pixels: float = 80.0,
    whats: Iterable[What] | None = None,
) -> Gizmo:
    """A gizmo whose axes are `pixels` long in the picture; without handles where the pivot is behind the camera.

    axes: [3, 3], rows; None: the world's. whats: which handles to offer; None: all of the mode's.
    """
    rows = np.eye(3) if axes is None else np.asarray(axes, np.float64)
    right, up, forward = camera.basis()
    z = float(np.subtract(pivot, camera.eye) @ forward)
    half = camera.plane_half_height() * (z if camera.fov is not None else 1.0)
    length = pixels * 2 * half / extent[1]
    empty = Gizmo(mode, pivot, rows, camera, extent, abs(length), pixels, ())
    if z <= 1e-6:
        return empty
    view = forward if camera.fov is None else _unit(np.subtract(pivot, camera.eye))
    found: list[Handle] = []
    for what in WHATS[mode] if whats is None else whats:
        handle = _handle(empty, what, view, right, up)
        if handle is not None:
            found.append(handle)
    return Gizmo(mode, pivot, rows, camera, extent, length, pixels, tuple(found))


def handle_at(shown: Gizmo, x: float, y: float, reach: float = 7.0) -> Handle | None:
    """The handle under a pixel, lines `reach` wide; where some lie over each other, the middle goes first, since it is
    small and axes that lean to the viewer end beside it; then a line before an area, and the nearest line first."""
    middle = next((h for h in shown.handles if h.area and h.what == "screen"), None)
    if middle is not None and _inside(middle.line, x, y):
        return middle
    lines = [(_distance(h.line, h.closed, x, y), h) for h in shown.handles if not h.area]
    near = [pair for pair in lines if pair[0] <= reach]
    if near:
        return min(near, key=lambda pair: pair[0])[1]
    return next((h for h in shown.handles if h.area and _inside(h.line, x, y)), None)


def change(shown: Gizmo, what: What, start: Point, now: Point, step: float = 0.0) -> Change:
    """What a drag of a handle from one pixel to another means.

    step: of what a drag may amount to: world units, degrees, or tenths of a factor, say; 0: anything.
    """
    if shown.mode == "turn":
        axis, degrees = _turned(shown, what, start, now)
        return Change(axis=axis, degrees=_stepped(degrees, step))
    if shown.mode == "scale":
        return Change(factors=_factors(shown, what, start, now, step))
    if what in ("x", "y", "z"):
        axis = shown.axes["xyz".index(what)]
        far = along_axis(shown, axis, now) - along_axis(shown, axis, start)
        return Change(by=_vector(axis * _stepped(far, step)))
    normal = _normal(shown, what)
    by = on_plane(shown, normal, now) - on_plane(shown, normal, start)
    if step:
        inward = shown.axes @ by if what != "screen" else by
        stepped = np.array([_stepped(float(v), step) for v in inward])
        by = shown.axes.T @ stepped if what != "screen" else stepped
    return Change(by=_vector(by))


def slid(
    camera: Camera, extent: tuple[int, int], point: Vector, start: Point, now: Point
) -> Vector:
    """How far what was grabbed at a point of the world slides over the ground when the pointer goes to `now`."""
    level = Gizmo("move", point, np.eye(3), camera, extent, 1.0, 1.0, ())
    up = np.array([0.0, 1.0, 0.0])
    return _vector(on_plane(level, up, now) - on_plane(level, up, start))


def lifted(camera: Camera, extent: tuple[int, int], point: Vector, now: Point) -> Vector:
    """The point under the pointer on the plane through a point that faces the camera: where a joint is dragged to."""
    facing = Gizmo("move", point, np.eye(3), camera, extent, 1.0, 1.0, ())
    return _vector(on_plane(facing, camera.basis()[2], now))


def along_axis(shown: Gizmo, axis: Array, at: Point) -> float:
    """How far from the pivot along an axis (world units) the point is whose picture lies nearest to a pixel on the
    axis' line. Never behind the camera, and at most `_FAR` times as far away as the pivot."""
    basis = shown.camera.basis()
    p = basis @ np.subtract(shown.pivot, shown.camera.eye)
    a = basis @ axis
    width, height = shown.extent
    k = height / (2 * shown.camera.plane_half_height())
    offset = np.array([at[0] - width / 2, height / 2 - at[1]])
    if shown.camera.fov is None:
        line = a[:2] * k
        length = float(line @ line)
        return float((offset - p[:2] * k) @ line) / length if length > 1e-12 else 0.0
    # The line's picture: q pixels along it lies what is s along the axis, q = c s / (z + s a_z).
    line = (a[:2] * p[2] - p[:2] * a[2]) * (k / p[2])
    c = float(np.hypot(*line))
    if c < 1e-9:
        return 0.0
    q = float((offset - p[:2] * (k / p[2])) @ line) / c
    # Beyond its vanishing point there is nothing of the axis.
    return q * p[2] / (c * max(1 - q * a[2] / c, 1 / _FAR))


def on_plane(shown: Gizmo, normal: Array, at: Point) -> Array:
    """The point [3] of the plane through the pivot that a pixel shows; beyond its horizon, the farthest."""
    origin, direction = ray(shown.camera, shown.extent, *at)
    pivot = np.asarray(shown.pivot)
    depth = abs(float((pivot - shown.camera.eye) @ shown.camera.basis()[2]))
    limit = _FAR * max(depth, 1e-3)
    across = float(direction @ normal)
    t = float((pivot - origin) @ normal) / across if abs(across) > 1e-9 else math.inf
    t = t if 0 < t <= limit else limit
    point = origin + t * direction
    return point - normal * float((point - pivot) @ normal)


def _handle(shown: Gizmo, what: What, view: Array, right: Array, up: Array) -> Handle | None:
    """A handle's line, or None where it can't be dragged from here."""
    pivot, size = np.asarray(shown.pivot), shown.length
    turn = np.linspace(0, 2 * np.pi, _RING + 1)[:, None]
    if what == "screen":
        radius = 1.2 if shown.mode == "turn" else 0.12
        ring = pivot + radius * size * (np.cos(turn) * right + np.sin(turn) * up)
        return Handle(what, _pixels(shown, ring), closed=True, area=shown.mode != "turn")
    if what in _PAIRS:
        a, b = (shown.axes[k] for k in _PAIRS[what])
        if abs(float(np.cross(a, b) @ view)) < _EDGE:
            return None
        corners = [0.3 * a + 0.3 * b, 0.55 * a + 0.3 * b, 0.55 * a + 0.55 * b, 0.3 * a + 0.55 * b]
        square = pivot + size * np.array([*corners, corners[0]])
        return Handle(what, _pixels(shown, square), closed=True, area=True)
    axis = shown.axes["xyz".index(what)]
    facing = abs(float(axis @ view))
    if shown.mode != "turn":
        if facing > _HIDDEN_AXIS:
            return None
        return Handle(what, _pixels(shown, pivot + size * np.array([0.18 * axis, axis])))
    side = _unit(np.cross(axis, view)) if facing < 1 - 1e-9 else right
    # Only the half that is before the pivot: what is behind would be grabbed by mistake.
    over = np.cross(side, axis)
    over = over if float(over @ view) < 0 else -over
    whole = facing > 0.98
    arc = turn if whole else np.linspace(0, np.pi, _RING // 2 + 1)[:, None]
    line = pivot + size * (np.cos(arc) * side + np.sin(arc) * over)
    return Handle(what, _pixels(shown, line), closed=whole)


def _turned(shown: Gizmo, what: What, start: Point, now: Point) -> tuple[Vector, float]:
    """(axis, degrees) of a turn."""
    forward = shown.camera.basis()[2]
    axis = -forward if what == "screen" else shown.axes["xyz".index(what)]
    view = forward
    if shown.camera.fov is not None:
        view = _unit(np.subtract(shown.pivot, shown.camera.eye))
    facing = float(axis @ view)
    middle = _pixels(shown, np.asarray(shown.pivot)[None])[0]
    if abs(facing) < _EDGE:
        # The ring is a line: along it, its radius turns by one radian.
        side = _pixels(shown, np.asarray(shown.pivot) + shown.length * np.cross(view, axis)[None])[
            0
        ]
        line = side - middle
        length = max(float(np.hypot(*line)), 1e-9)
        far = float(np.subtract(now, start) @ line) / length
        return _vector(axis), math.degrees(far / shown.pixels)
    if what == "screen":
        a, b = np.subtract(start, middle), np.subtract(now, middle)
        # y is down: what runs counter-clockwise for the viewer has a negative angle in pixels.
        return _vector(axis), -_angle(a[0] * b[0] + a[1] * b[1], a[0] * b[1] - a[1] * b[0])
    p, q = (on_plane(shown, axis, at) - shown.pivot for at in (start, now))
    return _vector(axis), _angle(float(p @ q), float(np.cross(p, q) @ axis))


def _factors(shown: Gizmo, what: What, start: Point, now: Point, step: float) -> Vector:
    if what == "screen":
        right, down = np.subtract(now, start)
        factor = 2.0 ** ((right - down) / shown.pixels)
        chosen: tuple[int, ...] = (0, 1, 2)
    elif what in _PAIRS:
        chosen = _PAIRS[what]
        diagonal = _unit(shown.axes[chosen[0]] + shown.axes[chosen[1]])
        normal = _normal(shown, what)
        far = (on_plane(shown, normal, now) - on_plane(shown, normal, start)) @ diagonal
        factor = 1 + float(far) / (0.6 * shown.length)
    else:
        chosen = ("xyz".index(what),)
        axis = shown.axes[chosen[0]]
        far = along_axis(shown, axis, now) - along_axis(shown, axis, start)
        factor = 1 + far / shown.length
    factor = max(_stepped(float(factor), step), step or 0.01)
    x, y, z = (factor if k in chosen else 1.0 for k in range(3))
    return x, y, z


def _normal(shown: Gizmo, what: What) -> Array:
    if what == "screen":
        return shown.camera.basis()[2]
    a, b = _PAIRS[what]
    return _unit(np.cross(shown.axes[a], shown.axes[b]))


def _stepped(value: float, step: float) -> float:
    return round(value / step) * step if step > 0 else value


def _angle(cosine: float, sine: float) -> float:
    return math.degrees(math.atan2(sine, cosine)) if cosine or sine else 0.0


def _pixels(shown: Gizmo, points: Any) -> NDArray[np.float64]:
    return shown.camera.project(points, *shown.extent)[0]


def _distance(line: Array, closed: bool, x: float, y: float) -> float:
    """Pixels from a point to a polyline."""
    ends = np.concatenate([line, line[:1]]) if closed else line
    a, b = ends[:-1], ends[1:]
    along, to = b - a, np.array([x, y]) - a
    length = np.maximum((along * along).sum(1), 1e-12)
    share = np.clip((to * along).sum(1) / length, 0, 1)[:, None]
    return float(np.hypot(*(to - along * share).T).min())


def _inside(line: Array, x: float, y: float) -> bool:
    """Whether a point lies in a convex outline."""
    a, b = line, np.roll(line, -1, 0)
    side = (b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (b[:, 1] - a[:, 1]) * (x - a[:, 0])
    return bool((side >= -1e-9).all() or (side <= 1e-9).all())


def _unit(v: Any) -> Array:
    array = np.asarray(v, np.float64)
    return array / max(float(np.linalg.norm(array)), 1e-12)


def _vector(v: Any) -> Vector:
    return float(v[0]), float(v[1]), float(v[2])
