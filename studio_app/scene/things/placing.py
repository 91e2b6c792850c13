"""How a specimen is turned, and where it is put."""

from __future__ import annotations

from studio_app.scene.bounds import extent
from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import rotate, scale, translate

Solids = tuple[Primitive, ...]


def turned(solids: Solids, yaw: float, pitch: float, roll: float, size: float = 1.0) -> Solids:
    """About its middle, by degrees; of another size. solids: settled, as `build_thing` gives them."""
    middle = translate(0, 0.5, 0)
    about = rotate("y", yaw) @ rotate("x", pitch) @ rotate("z", roll)
    turn = scale(size) @ middle @ about @ middle.inverse()
    return tuple(p.moved(turn) for p in solids)


def put_down(solids: Solids, lift: float = 0.0) -> Solids:
    """Its lowest point on the ground; lift: or above it, or (negative) below."""
    move = translate(0, lift - float(extent(solids)[0][1]), 0)
    return tuple(p.moved(move) for p in solids)


def floating(solids: Solids) -> Solids:
    """Its middle where pictures of single things have it."""
    low, high = extent(solids)
    x, y, z = (-float(v) for v in (low + high) / 2)
    move = translate(0, 0.55, 0) @ translate(x, y, z)
    return tuple(p.moved(move) for p in solids)
