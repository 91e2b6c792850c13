"""The contact sheet of the world: samples beside their maps, and every word of the vocabulary by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from studio_app.core.resources import font_file
from studio_app.scene.openpose import draw_pose
from studio_app.training.layout import save_image
from studio_app.training.world.company import Companion
from studio_app.training.world.compose import PictureSpec, framed, sample_spec
from studio_app.training.world.render import render
from studio_app.training.world.samples import as_bytes, joints_of, stage_of
from studio_app.training.world.tiles import render_tile
from studio_app.training.world.words import CORE, Vocabulary

CELL = 120
COLUMNS = 14
GAP = 6
MARGIN = 24
PAPER = (30, 30, 30)
INK = (214, 214, 214)

_CLEAR = ("midday", "sunset")

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


def _variant(rng: np.random.Generator, known: Vocabulary, **fixed: str | None) -> PictureSpec:
    """A random picture with some slots pinned, plainly rendered from the front, framed anew."""
    wanted = fixed.pop("kind", None) or "scene"
    while True:
        spec = sample_spec(rng, "train", known)
        if spec.kind != wanted or (spec.thing == "character") != (
            fixed.get("thing") == "character" or wanted == "character"
        ):
            continue
        # What says nothing of the light is shown by day.
        light = spec.light if spec.light in _CLEAR else _CLEAR[spec.seed % len(_CLEAR)]
        plain = replace(spec, style=None, view="front", company=(), light=light)
        spec = replace(plain, **fixed)
        if spec.material in known.untinted:
            spec = replace(spec, colour="")
        elif not spec.colour:
            spec = replace(spec, colour=known.colours[spec.seed % len(known.colours)].name)
        return spec if spec.kind == "texture" else framed(spec, rng)


def sheet(
    path: Path,
    known: Vocabulary = CORE,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Draws the contact sheet of a world: samples with their maps, then every word by name.

    A path that ends in .jpg gets a JPEG, any other a PNG. progress(done, total) counts pictures. Raises StudioError
    where the file cannot be written.
    """
    rng = np.random.default_rng([seed, 77])
    kinds = ["scene", "scene", "character", "isolated", "texture"]
    groups = _groups(rng, known)
    total, done = len(kinds) + sum(len(specs) for _, specs in groups), 0

    def count() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    sections: list[Section] = []
    maps: list[tuple[str, Picture]] = []
    for kind in kinds:
        maps.extend(maps_of(_variant(rng, known, kind=kind), CELL))
        count()
    for title, specs in groups:
        cells: list[tuple[str, Picture]] = []
        for name, spec in specs:
            cells.append((name, maps_of(spec, CELL)[0][1]))
            count()
        sections.append(Section(title, tuple(cells)))
    sections.append(Section("samples and their maps", tuple(maps)))
    _save(path, f"The {known.name} world", sections)


@dataclass(frozen=True, eq=False)
class Section:
    """Pictures under one title, each with its name."""

    title: str
    cells: tuple[tuple[str, Picture], ...]


Groups = list[tuple[str, list[tuple[str, PictureSpec]]]]


def _groups(rng: np.random.Generator, known: Vocabulary) -> Groups:
    """Every word of the vocabulary by name."""

    def group(title: str, slot: str, kind: str = "scene", **fixed: str) -> None:
        specs: list[tuple[str, PictureSpec]] = []
        for w in known.slots[slot]:
            if w.name != "character":
                specs.append((w.name, _variant(rng, known, kind=kind, **fixed, **{slot: w.name})))
        if specs:
            out.append((title, specs))

    out: Groups = []
    chest = {"thing": "chest", "material": "wooden", "light": "midday"}
    group("things", "thing")
    group("characters", "outfit", kind="character", thing="character")
    group("materials", "material", thing="barrel", colour="blue", light="midday", ground="grass")
    group("colours", "colour", **chest)
    group("light", "light", thing="house", material="wooden", colour="red", ground="grass")
    group("grounds", "ground", thing="mushroom", material="wooden", colour="red", light="midday")
    group("textures", "texture", kind="texture")
    group("styles", "style", thing="tree", material="wooden", colour="green", light="midday")
    group("views", "view", thing="castle", material="stone", colour="white", light="midday")
    for relation in known.relations:
        spec = _variant(
            rng, known, thing="sword", material="metal", colour="orange", light="midday"
        )
        spec = replace(spec, company=_company(relation.name), yaw=0.0)
        if relation.name == known.relations[0].name:
            out.append(("a sword in company", []))
        out[-1][1].append((f"{relation.synonyms[0]} a chest", framed(spec, rng)))
    return out


def _company(relation: str) -> tuple[Companion, ...]:
    chest = Companion("chest", "wooden", "blue", relation, seed=4, size=0.75)
    if relation != "between":
        return (chest,)
    return chest, Companion("potion", "glass", "red", relation, seed=5, size=0.8)


def _save(path: Path, title: str, sections: list[Section]) -> None:
    small, large, huge = (
        ImageFont.truetype(font_file(f"Inter-{name}"), size)
        for name, size in (("Regular", 12), ("SemiBold", 17), ("SemiBold", 30))
    )
    head, caption, rule = 74, 20, 40
    wide = COLUMNS * (CELL + GAP) - GAP + 2 * MARGIN
    tall = head + MARGIN
    for section in sections:
        tall += rule + -(-len(section.cells) // COLUMNS) * (CELL + caption)
    image = Image.new("RGB", (wide, tall), PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((MARGIN, MARGIN), title, (240, 240, 240), font=huge)
    y = head
    for section in sections:
        pen.text((MARGIN, y + 12), section.title, INK, font=large)
        y += rule
        for i, (name, picture) in enumerate(section.cells):
            x = MARGIN + i % COLUMNS * (CELL + GAP)
            top = y + i // COLUMNS * (CELL + caption)
            image.paste(Image.fromarray(picture), (x, top))
            pen.text((x + 1, top + CELL + 2), name, INK, font=small)
        y += -(-len(section.cells) // COLUMNS) * (CELL + caption)
    save_image(path, np.asarray(image))
