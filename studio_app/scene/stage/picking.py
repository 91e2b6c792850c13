"""What is under the pointer: an item and where on it, or a joint of a figure. Pixels have y down, centres at +0.5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.camera import Camera
from studio_app.scene.flesh import flesh
from studio_app.scene.stage.look import Look
from studio_app.scene.stage.placement import Vector
from studio_app.scene.stage.stage import Item
from studio_app.scene.stage.things import Array, Mannequin, rig_of


@dataclass(frozen=True)
class Hit:
    """id: of the item, or `GROUND`. point: in the world. normal: unit, in the world. bone: of a mannequin, else ""."""

    id: int
    point: Vector
    normal: Vector
    bone: str = ""


def pick(look: Look, x: float, y: float) -> Hit | None:
    """What a look shows at a pixel; None on background and outside."""
    width, height = look.extent
    column, row = int(np.floor(x)), int(np.floor(y))
    if not (0 <= column < width and 0 <= row < height) or look.index[row, column] < 0:
        return None
    number, solid = look.solid_of(int(look.index[row, column]))
    camera = look.stage.camera
    origin, direction = ray(camera, look.extent, column + 0.5, row + 0.5)
    point = origin + direction * float(look.z[row, column])
    n = look.buffers.normals[:, row, column].astype(np.float64)
    normal = (n * np.array([1.0, 1.0, -1.0])) @ camera.basis()
    bone = ""
    if number in look.stage and isinstance(thing := look.stage[number].thing, Mannequin):
        bone = flesh(thing.rig().measures)[solid][0]
    return Hit(number, _vector(point), _vector(normal), bone)


def ray(camera: Camera, extent: tuple[int, int], x: float, y: float) -> tuple[Array, Array]:
    """Origin [3] and direction [3] of a pixel's ray in the world; along the camera's axis the direction is 1 long."""
    origin, base, du, dv = camera.pixel_rays(*extent)
    spread = base + x * du + y * dv
    return (origin + spread, camera.basis()[2]) if camera.fov is None else (origin, spread)


def handles(item: Item, camera: Camera, extent: tuple[int, int]) -> NDArray[np.float64]:
    """Where a figure's joints lie in the picture [18, 3]: pixels x, y and distance; hidden ones too."""
    assert isinstance(item.thing, Mannequin)
    pixels, z = camera.project(rig_of(item.thing, item.placement).joints, *extent)
    return np.column_stack([pixels, z])


def joint_place(item: Item, joint: int) -> Vector:
    """Where a joint of a figure is in the world."""
    assert isinstance(item.thing, Mannequin)
    return _vector(rig_of(item.thing, item.placement).joints[joint])


def pick_joint(
    item: Item, camera: Camera, extent: tuple[int, int], x: float, y: float, reach: float
) -> int | None:
    """The joint of a figure that is nearest to a pixel, within `reach` pixels; of some at one place the nearest to
    the camera. None where there is none."""
    places = handles(item, camera, extent)
    away = np.hypot(places[:, 0] - x, places[:, 1] - y)
    close = (away <= reach) & (places[:, 2] > 1e-6)
    if not close.any():
        return None
    # A pixel's difference is a tie.
    order = np.lexsort((places[:, 2], np.round(away)))
    return int(next(joint for joint in order if close[joint]))


def mask_of(look: Look, ids: set[int]) -> NDArray[np.uint8]:
    """255 where one of some items is seen, 0 elsewhere [height, width]."""
    return np.where(np.isin(look.ids, sorted(ids)), np.uint8(255), np.uint8(0))


def _vector(v: Array) -> Vector:
    return float(v[0]), float(v[1]), float(v[2])
