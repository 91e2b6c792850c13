"""From chance to a picture's description, and from the description to solids: subject, ground, camera."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from studio_app.scene.bounds import cloud, extent
from studio_app.scene.camera import Camera
from studio_app.scene.framing import frame
from studio_app.scene.mannequin import Body, Pose, Rig
from studio_app.scene.outfits.registry import dressed
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.placing import floating, put_down, turned
from studio_app.scene.things.registry import SURFACES, build_thing, things
from studio_app.scene.transform import rotate, scale
from studio_app.training.world import figures
from studio_app.training.world.blockouts import BLOCKOUT, assembly
from studio_app.training.world.company import Companion, draw_company, stand
from studio_app.training.world.framing import Format, viewed
from studio_app.training.world.scatter import backdrop, scatter
from studio_app.training.world.words import CORE, Vocabulary, vocabulary

Split = Literal["train", "val", "probe", "maps"]
Arrangement = Literal["upright", "loose", "blockout"]

KIND_SHARES: dict[str, float] = {
    "scene": 0.42,
    "character": 0.2,
    "isolated": 0.25,
    "texture": 0.13,
}

STYLED, TURNED = 0.35, 0.6
"""How often a picture of the full world has a style, and a view drawn from all views (the front one among them)."""

GROUND_SURFACE = "ground_detail"
"""Surface of the ground plane and of what lies about on it; everything else belongs to the subject."""


@dataclass(frozen=True)
class PictureSpec:
    """All that decides one picture of the world; words are canonical names of the vocabulary `world`.

    kind: of picture. thing: None for a texture. outfit, body, pose, action: of a character, else None; action is the
    name of the pose it was varied from. material: "" for a texture. colour: "" where the material has its own.
    ground: None where there is none. texture: family, only of a texture. seed: of everything not listed. yaw, roll,
    pitch: degrees the subject is turned by. size: the subject's scale. lift: world units it floats (or, negative, is
    sunk). props: how many small things lie on the ground. camera: of no meaning for a texture. world: name of the
    vocabulary. style: of rendering, None for the plain one. company: what else stands in the scene. shape: width to
    height. arrangement: but for "upright", only a drawing says where and what the subject is (world/needed.py).
    """

    kind: str
    thing: str | None
    outfit: str | None
    material: str
    colour: str
    light: str
    ground: str | None
    texture: str | None
    seed: int
    yaw: float = 0.0
    roll: float = 0.0
    pitch: float = 0.0
    size: float = 1.0
    lift: float = 0.0
    props: int = 0
    camera: Camera = field(default_factory=Camera)
    body: Body | None = None
    pose: Pose | None = None
    action: str | None = None
    world: str = "core"
    style: str | None = None
    view: str = "front"
    company: tuple[Companion, ...] = ()
    shape: Format = (1, 1)
    arrangement: Arrangement = "upright"


def sample_spec(
    rng: np.random.Generator,
    split: Split = "train",
    known: Vocabulary = CORE,
    shape: Format = (1, 1),
    kind: str | None = None,
) -> PictureSpec:
    """A random picture of a world.

    "train" and "maps" never show a held-out combination; half of "val" (textures aside) are held out;
    "probe", from which only the judge learns, knows no difference. kind: of picture, where it is not chance.
    """
    kind = kind or str(rng.choice(list(KIND_SHARES), p=list(KIND_SHARES.values())))
    while kind == "texture" and shape != (1, 1):  # a tile is square
        kind = str(rng.choice(list(KIND_SHARES), p=list(KIND_SHARES.values())))
    thing, material, colour = _subject(rng, kind, split, known)
    spec = PictureSpec(
        kind=kind,
        thing=thing,
        outfit=_one(rng, known, "outfit") if thing == "character" else None,
        material=material,
        colour=colour,
        light=_one(rng, known, "light"),
        ground=_one(rng, known, "ground") if kind in ("scene", "character") else None,
        texture=_one(rng, known, "texture") if kind == "texture" else None,
        seed=int(rng.integers(2**31)),
        world=known.name,
        shape=shape,
    )
    if kind == "texture":
        return spec
    if known.styles:
        spec = _varied(rng, spec, known)
    return framed(_placed(rng, spec), rng)


def another(
    rng: np.random.Generator, spec: PictureSpec, named: Collection[str], known: Vocabulary = CORE
) -> PictureSpec:
    """Another picture of the same words: what `named` lists is as in `spec`, all else is drawn anew.

    named: as `captions.Told.slots`.
    """
    fresh = sample_spec(rng, "probe", known, spec.shape)
    while fresh.kind != spec.kind or (fresh.outfit is None) != (spec.outfit is None):
        fresh = sample_spec(rng, "probe", known, spec.shape)
    kept: dict[str, Any] = {
        name: getattr(spec, name)
        for slot, names in _KEPT.items()
        if slot in named
        for name in names
    }
    # Placed anew below: how another thing stood is of no concern.
    unplaced: dict[str, Any] = {
        "roll": 0.0,
        "pitch": 0.0,
        "lift": 0.0,
        "body": None,
        "pose": None,
        "action": None,
    }
    fresh = replace(fresh, **unplaced, **kept)
    if fresh.material in known.untinted:
        fresh = replace(fresh, colour="")
    if spec.kind == "texture":
        return fresh
    placed = _placed(rng, fresh)
    while "action" in named and placed.action != spec.action:
        placed = _placed(rng, fresh)
    return framed(placed, rng)


_KEPT: dict[str, tuple[str, ...]] = {
    "thing": ("thing", "outfit", "texture"),
    "material": ("material",),
    "colour": ("colour",),
    "light": ("light",),
    "ground": ("ground",),
    "style": ("style",),
    "view": ("view",),
    "relation": ("company",),
}


def _varied(rng: np.random.Generator, spec: PictureSpec, known: Vocabulary) -> PictureSpec:
    """The spec with what only the full world has: a style, a view, company, a material's own colour."""
    style = _one(rng, known, "style") if rng.random() < STYLED else None
    view = _one(rng, known, "view") if rng.random() < TURNED else "front"
    wide = spec.shape[0] > spec.shape[1]
    company: tuple[Companion, ...] = ()
    if spec.kind in ("scene", "character") and rng.random() < (0.5 if wide else 0.22):
        company = draw_company(rng, known, spec.thing or "", 2 if wide else 1)
    colour = "" if spec.material in known.untinted else spec.colour
    return replace(spec, style=style, view=view, company=company, colour=colour)


def build(spec: PictureSpec) -> tuple[tuple[Primitive, ...], Rig | None]:
    """The picture's solids in world coordinates, the ground plane last, and the rig of a character.

    Company stands right after the subject, in its order. A texture has no solids.
    """
    if spec.thing is None:
        return (), None
    solids, rig = _subject_solids(spec)
    for other in stand(spec.company, solids):
        solids += other
    if spec.ground is not None:
        rng = np.random.default_rng([spec.seed, 2])
        small = scatter(rng, spec.ground, spec.props, extent(solids))
        # From above, what stands at the back would hide the subject.
        low = spec.view in ("front", "three-quarter")
        back = backdrop(rng, spec.ground, extent(solids)) if low else ()
        plane = Primitive("plane", (), surface=GROUND_SURFACE)
        part = 1 + SURFACES.index(GROUND_SURFACE)
        solids += tuple(replace(p, part=part) for p in (*small, *back, plane))
    return solids, rig


def labels(spec: PictureSpec) -> tuple[int, ...]:
    """Indices into the `label_slots` of the picture's world, in its order; -1 is none.

    Light is said of what has surroundings only: on a thing cut out and on a swatch, an orange by day and a yellow at
    sunset are the same.
    """
    slots = vocabulary(spec.world).label_slots()
    values = {
        "kind": spec.kind,
        "thing": None if spec.thing == BLOCKOUT else spec.thing or spec.texture,
        "material": spec.material,
        "colour": spec.colour,
        "light": spec.light if spec.ground else None,
        "ground": spec.ground,
        "style": spec.style,
        "view": spec.view if spec.thing else None,
        "relation": spec.company[0].relation if spec.company else None,
        "companion": spec.company[0].thing if spec.company else None,
    }
    return tuple(names.index(v) if (v := values[slot]) else -1 for slot, names in slots.items())


def is_subject(primitive: Primitive) -> bool:
    """Whether a solid that `build` made belongs to the subject, not to the ground."""
    return primitive.part != 1 + SURFACES.index(GROUND_SURFACE)


def framed(spec: PictureSpec, rng: np.random.Generator) -> PictureSpec:
    """The spec with a camera that shows the subject at 55 to 85 per cent of the picture's height."""
    solids, _ = _subject_solids(spec)
    isolated = spec.kind == "isolated"
    fov = float(rng.uniform(25, 40))
    # Below about half the field of view the horizon comes into the picture.
    elevation = float(rng.uniform(4, 18) if isolated else rng.triangular(4, 9, 26))
    for other in stand(spec.company, solids):
        solids += other
    points = cloud(solids)
    wide, high, _deep = np.ptp(points, axis=0)
    # What is slim may fill more of the height.
    roomy = isolated or spec.thing == "character" or wide < 0.62 * high
    fill = float(rng.uniform(0.7, 0.88) if roomy else rng.uniform(0.58, 0.85))
    place = (0.5, 0.5)
    if not isolated:
        place = (float(rng.normal(0.5, 0.035)), float(rng.uniform(0.48, 0.57)))
    aspect = spec.shape[0] / spec.shape[1]
    azimuth = float(rng.uniform(-8, 8))
    if spec.view != "front":
        return replace(spec, camera=viewed(points, spec.view, fov, fill, aspect, rng))
    return replace(spec, camera=frame(points, fov, elevation, azimuth, fill, place, aspect))


def subject_solids(spec: PictureSpec) -> tuple[Primitive, ...]:
    """The subject alone, in world coordinates."""
    return _subject_solids(spec)[0]


def _one(rng: np.random.Generator, known: Vocabulary, slot: str) -> str:
    options = known.slots[slot]
    return options[int(rng.integers(len(options)))].name


def _subject(
    rng: np.random.Generator, kind: str, split: Split, known: Vocabulary
) -> tuple[str | None, str, str]:
    """Thing, material and colour that the split allows."""
    if kind == "texture":
        return None, "", _one(rng, known, "colour")
    held = split == "val" and rng.random() < 0.5
    if held:
        fitting = sorted(
            c
            for c in known.held_out
            if kind == "isolated" or (c[0] == "character") == (kind == "character")
        )
        return fitting[int(rng.integers(len(fitting)))]
    while True:
        thing = "character" if kind == "character" else _one(rng, known, "thing")
        if kind == "scene" and thing == "character":
            continue
        combination = thing, _one(rng, known, "material"), _one(rng, known, "colour")
        if split == "probe" or combination not in known.held_out:
            return combination


def _placed(rng: np.random.Generator, spec: PictureSpec) -> PictureSpec:
    """The spec with its subject turned, sized and put down."""
    spec = replace(
        spec,
        yaw=float(rng.uniform(-35, 35)),
        size=float(rng.uniform(0.9, 1.1)),
        props=int(rng.integers(0, 5)) if spec.ground else 0,
    )
    if spec.thing == "character":
        mixed = 0.0 if spec.world == "core" else 0.5
        body, pose, action = figures.cast_figure(rng, spec.outfit or "villager", mixed)
        return replace(spec, body=body, pose=pose, action=action)
    known = things()[spec.thing or ""]
    if spec.kind == "isolated":
        return replace(spec, roll=float(rng.uniform(*known.float_roll)))
    if known.stance == "planted":
        return replace(
            spec,
            roll=float(rng.uniform(-13, 13)),
            pitch=float(rng.uniform(-10, 4)),
            lift=-float(rng.uniform(0.03, 0.11)),
        )
    if known.stance == "hover":
        return replace(spec, roll=float(rng.uniform(-8, 8)), lift=float(rng.uniform(0.02, 0.2)))
    return spec


def _subject_solids(spec: PictureSpec) -> tuple[tuple[Primitive, ...], Rig | None]:
    rng = np.random.default_rng([spec.seed, 1])
    if spec.thing == "character":
        if spec.body is None or spec.pose is None or spec.outfit is None:
            raise ValueError("a character has a body, a pose and an outfit")
        turn = rotate("y", spec.yaw) @ scale(spec.size)
        return dressed(rng, spec.body, spec.pose, spec.outfit, turn)
    solids = assembly(rng) if spec.thing == BLOCKOUT else build_thing(spec.thing or "", rng)
    solids = turned(solids, spec.yaw, spec.pitch, spec.roll, spec.size)
    if spec.kind != "isolated":
        solids = put_down(solids, spec.lift)
    elif spec.ground is None:
        solids = floating(solids)
    return solids, None
