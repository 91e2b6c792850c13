"""What was drawn on a layer between two moments, as the pixels that it changed: to be put on the layer as it was at a
third."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.planes import Place, Plane
from studio_app.document.stack import Node

_MASK = "of the node"
"""Its mask, beside the planes of its content."""


def planes_of(node: Node) -> dict[str, Plane]:
    """Of what it holds, and of its mask."""
    return node.planes() if node.mask is None else {**node.planes(), _MASK: node.mask}


def with_planes(node: Node, planes: Mapping[str, Plane]) -> Node:
    """The inverse of `planes_of`."""
    own = {name: plane for name, plane in planes.items() if name != _MASK}
    content = node.content.with_planes(own) if own else node.content
    return replace(node, content=content, mask=planes.get(_MASK))


def pixels_at(plane: Plane, place: Place) -> NDArray[Any]:
    """Of a tile, blank where there is none."""
    tile = plane.tiles.get(place)
    return plane.kind.blank(*plane.box(place)[2:]) if tile is None else tile.pixels


def drawn_since(now: Node, base: Node) -> set[Place] | None:
    """The places of the tiles that are others; None where all of it is something else."""
    news, bases = planes_of(now), planes_of(base)
    if news.keys() != bases.keys() or now.kind != base.kind:
        return None
    return {place for name, plane in news.items() for place in plane.changed(bases[name])}


def drawn_at(
    news: Mapping[str, Plane], bases: Mapping[str, Plane], place: Place
) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
    """(pixels by plane, which of them are others) of the tiles of a place."""
    pixels = {name: pixels_at(plane, place) for name, plane in news.items()}
    drawn = np.zeros(next(iter(pixels.values())).shape[:2], bool)
    for name, part in pixels.items():
        differs = part != pixels_at(bases[name], place)
        drawn |= differs if differs.ndim == 2 else differs.any(axis=2)
    return pixels, drawn
