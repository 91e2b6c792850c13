"""Stacks whose masks and clipping lie in the alpha of their layers when they are saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from studio_app.document.contents.colour import Colour
from studio_app.document.document import Document
from studio_app.document.planes import COVER, Plane
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Item, Node, Stack
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_writing import write_ora
from studio_app.document.store.sessions import SavedSession

SIZE = 64, 48


def sheet(seed: int) -> Colour:
    """A soft blot of one colour."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    far = np.hypot(x - rng.uniform(20, 44), y - rng.uniform(15, 33))
    rgba = np.empty((SIZE[1], SIZE[0], 4), np.uint8)
    rgba[..., :3] = rng.integers(0, 256, 3)
    rgba[..., 3] = np.clip(340 - 16 * far, 0, 255)
    return Colour.of(rgba)


def ramp() -> Plane:
    levels = np.linspace(0, 255, SIZE[0]).astype(np.uint8)
    return Plane.of(COVER, np.repeat(levels[None, :], SIZE[1], 0).copy())


def node(name: str, seed: int, **values: Any) -> Node:
    return Node(name, sheet(seed), **values)


PAIR = node("a", 1), node("b", 2, opacity=0.6)


STACKS: dict[str, tuple[Item, ...]] = {
    "two that overlap in a masked group": (Group("g", PAIR, mask=ramp(), opacity=0.8),),
    "a group in a masked group": (
        Group("g", (node("c", 3), Group("h", PAIR, mask=ramp(), opacity=0.7)), mask=ramp()),
    ),
    "clipped to a soft base": (node("c", 4, clip=True), node("d", 5, clip=True, opacity=0.5), *PAIR),
    "a group clipped to a base": (Group("g", PAIR, clip=True, opacity=0.9), node("c", 3)),
    "clipped to a group": (node("c", 4, clip=True), Group("g", PAIR, opacity=0.9), node("d", 6)),
    "clipped in a masked group": (
        Group("g", (node("c", 4, clip=True, mask=ramp()), *PAIR), mask=ramp()),
    ),
    "a hidden one above": (Group("g", (node("c", 3, visible=False), *PAIR), mask=ramp()),),
}  # fmt: skip


def written(path: Path, items: tuple[Item, ...]) -> Path:
    ground = Node("ground", Colour.of(np.full((SIZE[1], SIZE[0], 4), (90, 160, 40, 255), np.uint8)))
    document = Document(Settings(), Stack((*items, ground)), SIZE, (0, 0, *SIZE))
    write_ora(path, SavedSession(document, live=False, model=""), OraCache())
    return path
