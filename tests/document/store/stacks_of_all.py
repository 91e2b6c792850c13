"""A drawing with a layer of every kind, drawn on across the edges of tiles, in groups and under masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.contents.scene import Scene
from studio_app.document.document import Document
from studio_app.document.people import standing_person
from studio_app.document.planes import COVER, Plane
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Node, Stack
from studio_app.scene.stage import edits
from studio_app.scene.stage.things import Mannequin

SIZE = 300, 280
"""Two tiles by two, the last ones cut."""


def content_of(kind: str, seed: int = 0, size: tuple[int, int] = SIZE):
    """Something of a kind, other for another seed; of one that is not known here, what it makes of a picture."""
    rng = np.random.default_rng(seed)
    width, height = size
    left, top = rng.integers(0, width // 2), rng.integers(0, height // 2)
    there = np.zeros((height, width), bool)
    there[top : top + height // 2, left : left + width // 2] = True
    cover = np.where(there, rng.integers(1, 256, (height, width)), 0).astype(np.uint8)
    rgb = rng.integers(0, 256, (height, width, 3)) * there[..., None]
    rgba = np.dstack([rgb, cover]).astype(np.uint8)
    if kind == Colour.kind:
        return Colour.of(rgba)
    if kind == Depth.kind:
        value = (rng.random((height, width)) * there).astype(np.float32)
        return Depth.of(value, cover, "unknown")
    if kind == Mask.kind:
        return Mask.of(cover)
    if kind == Pose.kind:
        return Pose((standing_person(width, height, float(left + 20)),))
    if kind == Scene.kind:
        scene = Scene.blank(width, height)
        stage, _ = edits.placed(scene.stage, Mannequin(), (seed / 10, 0.0, 0.0))
        return replace(scene, stage=stage)
    return CONTENTS[kind].of_rgba(rgba, width, height)


def mask_of(seed: int, size: tuple[int, int] = SIZE) -> Plane:
    rng = np.random.default_rng(seed)
    return Plane.of(COVER, rng.integers(0, 256, size[::-1]).astype(np.uint8))


def everything() -> Document:
    """Every kind, twice: plain, and in groups with masks, clips, modes and odd numbers."""
    plain = tuple(Node(f"{kind}-1", content_of(kind, 1)) for kind in CONTENTS)
    second = tuple(
        Node(
            f"{kind}-2", content_of(kind, 2), name=f"My {kind} <&> \u00e9", visible=number != 1,
            locked=number == 2, opacity=1 / 3, blend="multiply", shown=0.7, strength=1.3, start=0.1,
            end=0.77, alpha_lock=True, clip=number == 0, mask=mask_of(3) if number < 3 else None,
        )
        for number, kind in enumerate(CONTENTS)
    )  # fmt: skip
    inner = Group("group-2", second[2:], name="Inner", blend="screen", mask=mask_of(4))
    outer = Group("group-1", (second[0], inner, second[1]), opacity=0.5, visible=False, locked=True)
    stack = Stack((plain[0], outer, *plain[1:], Group("group-3")), solo="")
    knobs = Settings(prompt="a gate", width=128, height=96, seed=11, tile=(True, False))
    return Document(knobs, stack, SIZE, (10, 20, 200, 150))
