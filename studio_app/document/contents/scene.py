"""Scenes: figures, solids and meshes under a camera, which say depth, people and normals at once."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.document.contents.content import (
    NOTHING,
    Content,
    Contribution,
    Pixels,
    Size,
    Surface,
    View,
)
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.full_looks import FullLook, full_look
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.normal import Normal, bytes_of
from studio_app.document.contents.pose import Pose
from studio_app.document.framings import Framing
from studio_app.document.mesh_files import SUFFIXES, read_mesh
from studio_app.document.people import Person
from studio_app.document.pictures import DecodedPicture
from studio_app.document.planes import Plane, PlaneKind, Rect
from studio_app.document.stack import Item
from studio_app.scene.stage.edits import placed, turned_about
from studio_app.scene.stage.look import Look, Looker, look
from studio_app.scene.stage.picking import mask_of
from studio_app.scene.stage.shading import shaded
from studio_app.scene.stage.stage import GROUND, Stage
from studio_app.scene.stage.stage_json import MOST_BYTES, from_json, to_json

Frame = tuple[float, float, float, float]
"""x, y, width, height on the canvas."""

_KEPT = 4
_KEPT_FULL = 2
_MOST, _MOST_DRAFT, _MOST_FULL = 1024, 320, 4096
"""Pixels of the longer side of a look, of one of many a second, and of one in the background."""


@dataclass(frozen=True, eq=False)
class Scene(Content):
    """stage: what stands where, before which camera. frame: the part of the canvas that the camera's picture covers;
    beyond it the scene says nothing. draft: while it is dragged: seen with fewer pixels where it would be slow. On a
    large canvas it has fewer than that until `full_look` was made and kept.

    Its depth lies among those of depth nodes, its people among those of pose nodes, its normals likewise, as if it were
    one of them.
    """

    kind: ClassVar[str] = "scene"
    title: ClassVar[str] = "Scene"
    plane_kinds: ClassVar[Mapping[str, PlaneKind]] = {}
    gives: ClassVar[tuple[str, ...]] = ("scene", "depth", "pose", "normal")
    comes_back: ClassVar[bool] = False
    paintable: ClassVar[bool] = False
    movable: ClassVar[bool] = False
    suffix: ClassVar[str] = ".json"

    frame: Frame
    stage: Stage = field(default_factory=Stage)
    draft: bool = False

    @cached_property
    def untouched(self) -> bool:
        return not self.stage.visible

    @property
    def appearance(self) -> object:
        return self._full() or self

    @classmethod
    def blank(cls, width: int, height: int) -> Self:
        return cls((0.0, 0.0, float(width), float(height)))

    def kept_by(self, other: Content) -> Content:
        """An empty one lies where this one lay."""
        if isinstance(other, Scene) and other.untouched:
            return replace(other, frame=self.frame)
        return other

    # ---- what it looks like ----

    @property
    def extent(self) -> Size:
        """Of the camera's picture in pixels of the look: those of the canvas, but no more than can be cast while one
        waits."""
        return _within_side(self.frame, _MOST_DRAFT if self.draft else _MOST)

    @property
    def full_extent(self) -> Size:
        """Of the look with a pixel for each of the canvas."""
        return _within_side(self.frame, _MOST_FULL)

    def full_look(self, size: Size) -> FullLook:
        """What it looks like on a canvas of that size, at its full size: in any thread, of a large one for seconds."""
        return full_look(self.stage, self.full_extent, self.frame, size)

    def lacks(self, size: Size) -> bool:
        """Whether it is seen with fewer pixels than it has, and not only while it is dragged."""
        coarse = self.full_extent != self.extent and not self.draft and not self.untouched
        return coarse and self._full(size) is None

    def keep(self, size: Size, full: FullLook) -> None:
        """Takes its full look for all that it shows and lends from now on."""
        _fulls[id(self)] = self, size, full
        while len(_fulls) > _KEPT_FULL:
            _fulls.popitem(last=False)

    def _full(self, size: Size | None = None) -> FullLook | None:
        """size: None: of whatever canvas it lies on."""
        found = _fulls.get(id(self))
        if found is None or found[0] is not self or size not in (None, found[1]):
            return None
        return found[2]

    def look(self) -> Look:
        """What its camera sees. In the window's thread alone: the next look draws only what is new in it."""
        return _looked(self.stage, self.extent)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A place of the canvas as pixels of the look."""
        left, top, width, height = self.frame
        across, down = self.extent
        return (x - left) * across / width, (y - top) * down / height

    def on_canvas(self, x: float, y: float) -> tuple[float, float]:
        """The inverse of `place`."""
        left, top, width, height = self.frame
        across, down = self.extent
        return x * width / across + left, y * height / down + top

    # ---- what becomes of it ----

    def resized(self, size: Size, width: int, height: int, *, later: bool = False) -> Self:
        across, down = width / size[0], height / size[1]
        x, y, w, h = self.frame
        return replace(self, frame=(x * across, y * down, w * across, h * down))

    def onto(self, old: Content, x: int, y: int, size: Size) -> Content:
        left, top, width, height = self.frame
        return replace(self, frame=(left + x, top + y, width, height))

    def cut(self, x: int, y: int, width: int, height: int, *, later: bool = False) -> Self:
        left, top, w, h = self.frame
        return replace(self, frame=(left - x, top - y, w, h))

    def flipped(self, size: Size, *, across: bool) -> Self:
        x, y, w, h = self.frame
        moved = (size[0] - x - w, y, w, h) if across else (x, size[1] - y - h, w, h)
        return replace(self, frame=moved, stage=turned_about(self.stage, upside=not across))

    # ---- to a model, and back ----

    def lent(self, kind: str, size: Size) -> Content:
        """Its depth, its people or its normals, as a node of that kind has them, on a canvas of that size."""
        full = self._full(size)
        if full is not None and kind != "pose":
            return full.depth if kind == "depth" else full.normal
        made = {"depth": self._depth, "pose": self._pose, "normal": self._normal}
        return _once((self, kind, size), lambda: made[kind](size))

    @classmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        """Nothing of its own: all that it says is lent."""
        return NOTHING

    def mask(self, ids: set[int], size: Size) -> Mask:
        """Where one of some items is seen, as a mask on a canvas of that size."""
        return self.seen(ids)(size)

    def seen(self, ids: set[int]) -> Callable[[Size], Mask]:
        """The same, as it looks now: for any thread."""
        inside = mask_of(self.look(), ids)
        return lambda size: Mask.of(self._within(inside, (0, 0, *size), np.uint8(0)))

    def surface(self, view: View) -> Surface | None:
        """The ground has the id that the next item would have."""
        if self.untouched:
            return None
        seen = look(self.stage, self.extent)  # not `self.look`: in any thread
        (x, y, width, height), (across, down) = view.rect, view.size
        columns, rows = (
            (np.arange(across) + 0.5) * width / across,
            (np.arange(down) + 0.5) * height / down,
        )
        left, top = self.place(x, y)
        right, bottom = self.place(x + 1, y + 1)
        columns = np.floor(left + columns * (right - left)).astype(int)
        rows = np.floor(top + rows * (bottom - top)).astype(int)
        inside = ((rows >= 0) & (rows < self.extent[1]))[:, None] & (
            (columns >= 0) & (columns < self.extent[0])
        )
        at = np.ix_(rows.clip(0, self.extent[1] - 1), columns.clip(0, self.extent[0] - 1))
        ids = np.where(inside, seen.ids[at], 0).astype(np.int32)
        normals = np.where(inside[..., None], seen.normals[at], np.float32(0))
        ids[ids == GROUND] = self.stage.next_id
        names = {item.id: item.name for item in self.stage.items} | {self.stage.next_id: "Ground"}
        return Surface(ids, {id: names[id] for id in np.unique(ids).tolist() if id}, normals)

    # ---- files ----

    @classmethod
    def read(cls, path: Path, width: int, height: int) -> tuple[Self, str]:
        """A scene of ours, or a mesh, standing alone."""
        blank = cls.blank(width, height)
        if path.suffix.lower() in SUFFIXES:
            stage, _ = placed(blank.stage, read_mesh(path), name=path.stem)
        else:
            stage = from_json(read_object(path, max_bytes=MOST_BYTES), path.name)
        return replace(blank, stage=stage), ""

    def stored(self) -> dict[str, Any]:
        return {"stage": to_json(self.stage), "frame": list(self.frame)}

    @classmethod
    def of_stored(cls, planes: Mapping[str, Plane], given: Mapping[str, Any]) -> Self:
        x, y, width, height = (float(number) for number in given["frame"])
        if not all(abs(v) < 1e6 for v in (x, y, width, height)) or min(width, height) < 1:
            raise ValueError("a scene lies nowhere")
        try:
            return cls((x, y, width, height), from_json(given["stage"], "a scene"))
        except StudioError as error:
            raise ValueError(str(error)) from error

    @classmethod
    def of_picture(cls, picture: DecodedPicture, frame: Framing, width: int, height: int) -> Self:
        raise StudioError(
            "A picture is no scene", picture.name, "Load a scene's JSON file, or a mesh (.glb, .obj)."
        )  # fmt: skip

    def encoded(self, width: int, height: int) -> bytes:
        return json.dumps(to_json(self.stage)).encode()

    def picture(self, width: int, height: int) -> Pixels:
        if self.untouched:
            return np.zeros((height, width, 4), np.uint8)
        # Not `self.look`: files are made in other threads.
        if self.full_extent != self.extent:
            full = self._full((width, height)) or self.full_look((width, height))
            return full.picture.whole
        rgba = rgba_of(look(self.stage, self.extent))
        return self._within(rgba, (0, 0, width, height), np.uint8(0))

    def preview(self, rect: Rect) -> Pixels:
        """A rectangle of the canvas of the same, for the window's thread: looked at once."""
        full = self._full()
        if full is not None:
            return full.picture.read(*rect)
        rgba = _once((self, "preview"), lambda: rgba_of(self.look()))
        return self._within(rgba, rect, np.uint8(0))

    # ---- inside ----

    def _depth(self, size: Size) -> Depth:
        if self.untouched:
            return Depth.blank(*size)
        seen = self.look()
        page = (0, 0, *size)
        value = self._within(seen.depth, page, np.float32(0))
        known = self._within(np.full(seen.z.shape, 255, np.uint8), page, np.uint8(0))
        return Depth.of(value, known)

    def _pose(self, size: Size) -> Pose:
        if self.untouched:
            return Pose()
        left, top, width, height = self.frame
        across, down = width / self.extent[0], height / self.extent[1]
        people = (Person(joints) for joints in self.look().people if joints[:, 2].any())
        return Pose(tuple(person.scaled(across, down, left, top) for person in people))

    def _normal(self, size: Size) -> Normal:
        if self.untouched:
            return Normal.blank(*size)
        seen = self.look()
        said = np.where(seen.index >= 0, np.uint8(255), np.uint8(0))
        rgba = np.dstack([bytes_of(seen.normals), said])
        rgba[said == 0] = 0
        return Normal.of(self._within(rgba, (0, 0, *size), np.uint8(0)))

    def _within(self, pixels: Any, rect: Rect, around: Any) -> Any:
        """Pixels of a look in a rectangle of the canvas; a private array. Larger pixels, where the look has fewer."""
        x, y = round(self.frame[0]) - rect[0], round(self.frame[1]) - rect[1]
        width, height = max(round(self.frame[2]), 1), max(round(self.frame[3]), 1)
        out = np.empty((rect[3], rect[2], *pixels.shape[2:]), pixels.dtype)
        out[:] = around
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + width, rect[2]), min(y + height, rect[3])
        if left >= right or top >= bottom:
            return out
        if pixels.shape[:2] == (height, width):
            out[top:bottom, left:right] = pixels[top - y : bottom - y, left - x : right - x]
        else:
            rows = np.arange(top - y, bottom - y) * pixels.shape[0] // height
            columns = np.arange(left - x, right - x) * pixels.shape[1] // width
            out[top:bottom, left:right] = pixels[rows[:, None], columns]
        return out


def _within_side(frame: Frame, most: int) -> Size:
    """As large as a frame, its longer side at most so many pixels."""
    width, height = frame[2:]
    share = min(most / max(width, height), 1.0)
    return max(round(width * share), 1), max(round(height * share), 1)


def rgba_of(seen: Look) -> Pixels:
    """The plain picture of a look, uint8 [H, W, 4]; transparent where nothing is."""
    return np.dstack([shaded(seen), np.where(seen.index >= 0, np.uint8(255), np.uint8(0))])


_fulls: OrderedDict[int, tuple[Scene, Size, FullLook]] = OrderedDict()
_made: OrderedDict[object, tuple[Scene, Any]] = OrderedDict()


def _once(key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """What was made of a scene (the first of the key) lately; of the last few, since undo keeps scenes for long."""
    known = (id(key[0]), *key[1:])
    found = _made.get(known)
    if found is None or found[0] is not key[0]:
        found = key[0], make()
        _made[known] = found
        while len(_made) > 3 * _KEPT:
            _made.popitem(last=False)
    _made.move_to_end(known)
    return found[1]


_lookers: OrderedDict[Size, Looker] = OrderedDict()
_looks: OrderedDict[Size, Look] = OrderedDict()


def _looked(stage: Stage, extent: Size) -> Look:
    """One look for all who ask for the same; drawn from the one before it where that had this size."""
    last = _looks.get(extent)
    if last is None or last.stage is not stage:
        last = _lookers.setdefault(extent, Looker(extent)).look(stage)
        _looks[extent] = last
        _looks.move_to_end(extent)
        while len(_looks) > _KEPT:
            gone, _ = _looks.popitem(last=False)
            del _lookers[gone]
    return last
