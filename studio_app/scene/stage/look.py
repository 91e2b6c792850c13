"""What the camera of a stage sees, at once: distance, depth, normals, ids and people; whole, or where it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.camera import Camera, inverse_depth
from studio_app.scene.cast import Buffers, draw
from studio_app.scene.joints import joints_in_picture
from studio_app.scene.mesh import Mesh
from studio_app.scene.primitives import Primitive
from studio_app.scene.raster import draw_mesh
from studio_app.scene.stage.placement import Placement
from studio_app.scene.stage.stage import GROUND, Item, Stage
from studio_app.scene.stage.things import Mannequin, Thing, placed_vertices, rig_of, solids_of
from studio_app.scene.window import Window, around, overlap, windows

Float = NDArray[np.float32]
Ints = NDArray[np.int32]

_GROUND = Primitive("plane")
FAR_GROUND = 40.0
"""Where depth ends in pictures that show the ground to the horizon."""


@dataclass(frozen=True)
class _Part:
    """One thing to draw: whose it is, and its place among everything that is drawn: [first, first + count)."""

    id: int
    thing: Thing | None
    placement: Placement
    first: int
    count: int

    def solids(self) -> Sequence[Primitive]:
        if self.thing is None:
            return (_GROUND,)
        assert not isinstance(self.thing, Mesh)
        return solids_of(self.thing, self.placement, max(self.id, 1))

    def same(self, other: _Part) -> bool:
        """Whether both are drawn alike."""
        return self.placement == other.placement and _looks(self.thing) == _looks(other.thing)


def _looks(thing: Thing | None) -> Thing | None:
    """A thing as far as it is seen: which joints the artist hid is not."""
    return replace(thing, hidden=()) if isinstance(thing, Mannequin) and thing.hidden else thing


@dataclass(frozen=True, eq=False)
class Look:
    """One look at a stage. Arrays are of the picture's size, [height, width]; read-only.

    changed: the window outside which distance, normals and ids are those of the look before (the whole picture
        where there was none).
    work: rays and pixels of triangles that it took.
    """

    stage: Stage
    extent: tuple[int, int]
    buffers: Buffers
    parts: tuple[_Part, ...]
    changed: Window
    work: int

    @property
    def z(self) -> Float:
        """Distance along the camera's axis, inf on background."""
        return self.buffers.z

    @property
    def index(self) -> Ints:
        """Which solid or mesh: its position in what is drawn, -1 on background; see `solid_of`."""
        return self.buffers.index

    @cached_property
    def normals(self) -> Float:
        """Unit normals [height, width, 3] in camera axes (x right, y up, z towards the viewer); 0 on background."""
        return _sealed(np.ascontiguousarray(self.buffers.normals.transpose(1, 2, 0)))

    @cached_property
    def ids(self) -> Ints:
        """Whose pixel it is: an item's id, `GROUND` or 0."""
        return _sealed(self.owners(self.index))

    def owners(self, index: Ints) -> Ints:
        """The same of some of `index`."""
        table = np.zeros(1 + sum(part.count for part in self.parts), np.int32)
        for part in self.parts:
            table[1 + part.first : 1 + part.first + part.count] = part.id
        return table[index + 1]

    @cached_property
    def range(self) -> tuple[float, float]:
        """(near, far): the distances that are depth 1 and depth 0."""
        return self.stage.depth_range or fitted_range(self.z)

    @cached_property
    def depth(self) -> Float:
        """Inverse depth: 1 at near, 0 at far and on background."""
        near, far = self.range
        return _sealed(inverse_depth(self.z, near, far).astype(np.float32, copy=False))

    @cached_property
    def people(self) -> Float:
        """The visible mannequins' joints [P, 18, 3] in the order of the stage: x and y in pixels, and 1 where seen.

        A joint that something hides, that is outside the picture, or that the artist hid has 0; its place stays.
        """
        people = [self._person(item) for item in self.stage.figures]
        return np.stack(people) if people else np.zeros((0, 18, 3), np.float32)

    def solid_of(self, index: int) -> tuple[int, int]:
        """(id of its item, number of the solid within it) of an index; (0, -1) of none."""
        for part in self.parts:
            if part.first <= index < part.first + part.count:
                return part.id, index - part.first
        return 0, -1

    def _person(self, item: Item) -> Float:
        assert isinstance(item.thing, Mannequin)
        rig = rig_of(item.thing, item.placement)
        joints = joints_in_picture(rig, self.stage.camera, self.z, self.ids == item.id)
        joints[list(item.thing.hidden), 2] = 0
        return joints


def look(stage: Stage, extent: tuple[int, int]) -> Look:
    """Looks once. extent: (width, height) in pixels."""
    parts = _parts(stage)
    into = Buffers.blank(*extent)
    work = _draw(parts, stage.camera, into)
    return _look(stage, extent, into, parts, (0, 0, *extent), work)


class Looker:
    """Looks again and again, and draws only what changed: while a thing is dragged, that thing alone.

    What stands around it is kept as it would be without it, so that what it uncovers is there already. Every look
    is bit for bit what `look` would give.
    """

    def __init__(self, extent: tuple[int, int]) -> None:
        self._extent = extent
        self._last: Look | None = None
        self._apart: frozenset[int] = frozenset()
        """Ids that `_rest` was drawn without."""
        self._rest: Buffers | None = None

    @property
    def extent(self) -> tuple[int, int]:
        return self._extent

    def look(self, stage: Stage) -> Look:
        last, parts = self._last, _parts(stage)
        if last is None or not _alike(last, stage, parts):
            self._rest = None
            self._last = look(stage, self._extent)
            return self._last
        before = {part.id: part for part in last.parts}
        moved = frozenset(part.id for part in parts if not part.same(before[part.id]))
        if not moved:
            self._last = replace(last, stage=stage, parts=parts, changed=(0, 0, 0, 0), work=0)
            return self._last
        work, rest = 0, self._rest
        if rest is None or not moved <= self._apart:
            old = [part for part in last.parts if part.id in moved]
            region = around([_window(part, stage.camera, self._extent) for part in old])
            rest = last.buffers.copy()
            rest.clear(region)
            others = [part for part in last.parts if part.id not in moved]
            work += _draw(others, stage.camera, rest, region)
            self._rest, self._apart = rest, moved
        dragged = [part for part in parts if part.id in self._apart]
        into = rest.copy()
        work += _draw(dragged, stage.camera, into)
        both = [*dragged, *(before[number] for number in self._apart)]
        changed = around([_window(part, stage.camera, self._extent) for part in both])
        self._last = _look(stage, self._extent, into, parts, changed, work)
        return self._last


def fitted_range(z: NDArray[np.floating]) -> tuple[float, float]:
    """The range of depth for what is seen: near is the nearest of it; far lies close behind the farthest, or at the
    end of an open ground. As the pictures that the embedded model learned from have it (`training/world/render`).
    """
    seen = z[np.isfinite(z)]
    if not len(seen):
        return 1.0, FAR_GROUND
    near, last = max(float(seen.min()), 1e-3), float(seen.max())
    if last > near + 6:
        return near, max(FAR_GROUND, 8 * near)
    return near, near + 1.8 * (last - near) + 0.4


def _look(
    stage: Stage,
    extent: tuple[int, int],
    into: Buffers,
    parts: tuple[_Part, ...],
    changed: Window,
    work: int,
) -> Look:
    for array in (into.z, into.index, into.normals):
        array.flags.writeable = False
    return Look(stage, extent, into, parts, changed, work)


def _parts(stage: Stage) -> tuple[_Part, ...]:
    """Everything that is drawn, the ground first."""
    found: list[_Part] = []
    first = 0
    if stage.ground:
        found.append(_Part(GROUND, None, Placement(), 0, 1))
        first = 1
    for item in stage.visible:
        part = _Part(item.id, item.thing, item.placement, first, 1)
        if isinstance(item.thing, Mannequin):
            part = replace(part, count=len(part.solids()))
        found.append(part)
        first += part.count
    return tuple(found)


def _alike(last: Look, stage: Stage, parts: tuple[_Part, ...]) -> bool:
    """Whether the same things, in the same order, are seen from the same place."""
    return last.stage.camera == stage.camera and [(p.id, p.first, p.count) for p in parts] == [
        (p.id, p.first, p.count) for p in last.parts
    ]


def _draw(
    parts: Sequence[_Part], camera: Camera, into: Buffers, region: Window | None = None
) -> int:
    """Draws parts; solids whose indices follow each other are cast together."""
    work, solids, first = 0, list[Primitive](), 0
    for part in parts:
        if isinstance(part.thing, Mesh):
            work += draw_mesh(
                part.thing, part.placement.transform, camera, into, part.first, region
            )
            continue
        if solids and first + len(solids) != part.first:
            work += draw(solids, camera, into, first, region)
            solids = []
        first = first if solids else part.first
        solids.extend(part.solids())
    return work + (draw(solids, camera, into, first, region) if solids else 0)


def _window(part: _Part, camera: Camera, extent: tuple[int, int]) -> Window:
    """The pixels outside which a part is not seen."""
    width, height = extent
    if not isinstance(part.thing, Mesh):
        return around(windows(part.solids(), camera, width, height))
    points = placed_vertices(part.thing, part.placement.transform)
    pixels, z = camera.project(points, width, height)
    if camera.fov is not None and z.min() < 1e-3:
        return (0, 0, width, height)
    low = np.clip(np.floor(pixels.min(0)) - 1, -1e6, 1e6).astype(int)
    high = np.clip(np.ceil(pixels.max(0)) + 1, -1e6, 1e6).astype(int)
    here: Window = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    return overlap(here, (0, 0, width, height))


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
