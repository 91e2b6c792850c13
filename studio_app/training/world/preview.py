"""The contact sheet of the world: samples beside their maps, and every word of the vocabulary by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from studio_app.core.files import replace_atomic
from studio_app.scene.openpose import draw_pose
from studio_app.training.world import words
from studio_app.training.world.compose import PictureSpec, framed, sample_spec
from studio_app.training.world.render import render
from studio_app.training.world.samples import as_bytes, joints_of, stage_of
from studio_app.training.world.tiles import render_tile

CELL = 160
COLUMNS = 12
GAP = 6
PAPER = (30, 30, 30)
INK = (214, 214, 214)

Picture = NDArray[np.uint8]


def _grey(x: torch.Tensor) -> Picture:
    return as_bytes(x.expand(3, -1, -1))


def maps_of(spec: PictureSpec, size: int) -> list[tuple[str, Picture]]:
    """The picture and its ground truth, each uint8 [size, size, 3], with what it is."""
    if spec.kind == "texture":
        tile = render_tile(spec.texture or "", spec.colour, spec.light, spec.seed, size)
        return [
            ("picture", as_bytes(tile.rgb)),
            ("3 x 3", np.tile(as_bytes(tile.rgb)[::3, ::3], (3, 3, 1))[:size, :size]),
            ("height", _grey(tile.height)),
            ("normals", as_bytes(tile.normals * 0.5 + 0.5)),
            ("albedo", as_bytes(tile.albedo)),
            ("roughness", _grey(tile.roughness)),
        ]
    stage, rig = stage_of(spec)
    p = render([stage], size)
    out = [
        ("picture", as_bytes(p.rgb[0])),
        ("depth", _grey(p.depth[0])),
        ("normals", as_bytes(p.normals[0] * 0.5 + 0.5)),
        ("albedo", as_bytes(p.albedo[0])),
        ("roughness", _grey(p.roughness[0])),
    ]
    if rig is not None:
        joints = joints_of(rig, stage.primitives, spec, (size, size))
        return [*out, ("pose", draw_pose(joints[None], size, size))]
    if spec.kind == "isolated":
        return [*out, ("alpha", _grey(p.alpha[0]))]
    return [*out, ("metallic", _grey(p.metallic[0]))]


def _variant(rng: np.random.Generator, **fixed: str | None) -> PictureSpec:
    """A random scene with some slots pinned, framed anew."""
    while True:
        spec = sample_spec(rng, "train")
        wanted = fixed.get("kind") or "scene"
        if spec.kind != wanted:
            continue
        spec = replace(spec, **{k: v for k, v in fixed.items() if k != "kind"})
        return spec if spec.kind == "texture" else framed(spec, rng)


def sheet(path: Path, seed: int = 1, progress: Callable[[int, int], None] | None = None) -> None:
    """Draws the contact sheet as a PNG: eight samples with their maps, then every word by name.

    progress(done, total) counts pictures. Raises StudioError where the file cannot be written.
    """
    rng = np.random.default_rng([seed, 77])
    kinds = ["scene", "scene", "scene", "scene", "character", "character", "isolated", "texture"]
    groups = _groups(rng)
    total, done = len(kinds) + sum(len(specs) for _, specs in groups), 0

    def count() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    cells: list[Cell] = []
    for i, kind in enumerate(kinds):
        for k, (name, picture) in enumerate(maps_of(_variant(rng, kind=kind), CELL)):
            cells.append(Cell("samples and their maps" if i == k == 0 else "", name, picture))
        count()
    for title, specs in groups:
        for k, (name, spec) in enumerate(specs):
            cells.append(Cell("" if k else title, name, maps_of(spec, CELL)[0][1]))
            count()
    _save(path, cells)


@dataclass(frozen=True, eq=False)
class Cell:
    """A picture of the sheet, its name below it; the first of a group has the group's title above."""

    title: str
    name: str
    picture: Picture


def _groups(rng: np.random.Generator) -> list[tuple[str, list[tuple[str, PictureSpec]]]]:
    """Every word of the vocabulary, in groups that fill rows of COLUMNS."""

    def names(slot: str) -> list[str]:
        return [w.name for w in words.CORE.slots[slot] if w.name != "character"]

    def group(
        title: str, slot: str, chosen: list[str], kind: str = "scene", **fixed: str
    ) -> tuple[str, list[tuple[str, PictureSpec]]]:
        pinned = {"kind": kind, **fixed}
        return title, [(n, _variant(rng, **{**pinned, slot: n})) for n in chosen]

    icons = ["sword", "gem", "crown", "key", "shield", "lantern", "axe", "mushroom"]
    chest = {"thing": "chest", "material": "wooden", "light": "midday"}
    return [
        group("things", "thing", names("thing")),
        group("outfits", "outfit", names("outfit"), kind="character"),
        group("lights", "light", names("light"), thing="house"),
        group(
            "materials",
            "material",
            names("material"),
            thing="barrel",
            colour="blue",
            light="midday",
        ),
        group("textures", "texture", names("texture"), kind="texture"),
        group("colours", "colour", names("colour"), **chest),
        group("grounds", "ground", names("ground"), thing="mushroom", light="midday"),
        group("isolated", "thing", icons, kind="isolated"),
    ]


def _save(path: Path, cells: list[Cell]) -> None:
    label, title = 18, 30
    row = title + CELL + label
    rows = -(-len(cells) // COLUMNS)
    image = Image.new("RGB", (COLUMNS * (CELL + GAP) + GAP, rows * row + 2 * GAP), PAPER)
    pen = ImageDraw.Draw(image)
    small, large = ImageFont.load_default(12), ImageFont.load_default(17)
    for i, cell in enumerate(cells):
        x, y = GAP + i % COLUMNS * (CELL + GAP), i // COLUMNS * row
        pen.text((x, y + 8), cell.title, INK, font=large)
        image.paste(Image.fromarray(cell.picture), (x, y + title))
        pen.text((x + 1, y + title + CELL + 1), cell.name, INK, font=small)
    with replace_atomic(path) as temporary:
        image.save(temporary, format="PNG")
