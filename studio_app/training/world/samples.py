"""Training pictures from their descriptions: rendered, captioned, and turned into the arrays a shard holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from studio_app.scene.cast import cast
from studio_app.scene.joints import joints_in_picture
from studio_app.scene.mannequin import Rig
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.registry import build_thing
from studio_app.training.world import framing
from studio_app.training.world.captions import captions
from studio_app.training.world.compose import PictureSpec, build, is_subject, labels
from studio_app.training.world.render import Pictures, Stage, render
from studio_app.training.world.tiles import Tile, render_tile

MAPS = ("alpha", "normals", "albedo", "roughness", "metallic")
"""What a renderer knows of a picture beside its depth."""


@dataclass(frozen=True, eq=False)
class Sample:
    """rgb uint8 [H, W, 3]; depth, subject uint8 [H, W]; joints float32 [18, 3] (pixels, visible); captions.

    labels: int16 [L], one for each label slot of the picture's world. needed: whether only a drawing says where and
    what the subject is. maps: uint8 by name, where they were asked
    for: alpha, roughness, metallic [H, W]; albedo [H, W, 3], as a picture shows it; normals [H, W, 3] in camera axes
    (x right, y up, z to the viewer), -1..1 as 0..255, 0 where there is none. All but the normals are premultiplied
    by what the pixel holds of a surface.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.uint8]
    subject: NDArray[np.uint8]
    joints: NDArray[np.float32]
    labels: NDArray[np.int16]
    captions: tuple[str, ...]
    needed: bool = False
    maps: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict[str, NDArray[np.uint8]])


def as_bytes(x: torch.Tensor) -> NDArray[np.uint8]:
    """[C, H, W] in 0..1 to uint8 [H, W, C]."""
    return (x.clamp(0, 1) * 255 + 0.5).to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()


def stage_of(spec: PictureSpec) -> tuple[Stage, Rig | None]:
    """What the renderer needs of a scene, character or isolated picture, and the rig of a character."""
    if spec.camera is None:
        raise ValueError("a texture has no stage")
    solids, rig = build(spec)
    stage = Stage(
        solids, spec.camera, spec.material, spec.colour, spec.light, spec.ground, spec.seed,
        tuple(is_subject(p) for p in solids), _finishes(spec, solids), spec.style,
    )  # fmt: skip
    return stage, rig


def _finishes(spec: PictureSpec, solids: Sequence[Primitive]) -> tuple[tuple[int, str, str], ...]:
    """Where the companions begin and what they are made of; what comes after them is the subject's again."""
    if not spec.company:
        return ()
    counts = [len(build_thing(c.thing, np.random.default_rng([c.seed, 1]))) for c in spec.company]
    end = sum(map(is_subject, solids))
    first = end - sum(counts)
    out: list[tuple[int, str, str]] = []
    for c, count in zip(spec.company, counts, strict=True):
        out.append((first, c.material, c.colour))
        first += count
    return (*out, (end, spec.material, spec.colour))


def joints_of(
    rig: Rig | None, solids: Sequence[Primitive], spec: PictureSpec, size: tuple[int, int]
) -> NDArray[np.float32]:
    """[18, 3]: pixels and 1 where visible; all zero when nobody is in the picture. size: width and height."""
    if rig is None or spec.camera is None:
        return np.zeros((18, 3), np.float32)
    buffer = cast([p for p in solids if p.kind != "plane"], spec.camera, size)
    return np.asarray(joints_in_picture(rig, spec.camera, buffer.z), np.float32)


def make_samples(
    specs: Sequence[PictureSpec], size: int, oversample: float, device: str, maps: bool = False
) -> list[Sample]:
    """Renders a batch of any kinds but of one shape; keeps their order.

    size: one side of a square picture; other shapes hold about as many pixels. maps: whether to keep MAPS.
    """
    if len({s.shape for s in specs}) > 1:
        raise ValueError("pictures of one batch share a shape")
    sides = framing.sides(specs[0].shape, size)
    staged = {i: stage_of(s) for i, s in enumerate(specs) if s.kind != "texture"}
    rendered: dict[int, Pictures] = {}
    for parallel in (False, True):
        # Parallel rays and those of a perspective are cast apart.
        chosen = [i for i, (s, _) in staged.items() if (s.camera.fov is None) == parallel]
        if not chosen:
            continue
        pictures = render([staged[i][0] for i in chosen], sides, oversample, device)
        for place, i in enumerate(chosen):
            one = {n: getattr(pictures, n)[place] for n in Pictures.__dataclass_fields__}
            rendered[i] = Pictures(**one)
    out: list[Sample] = []
    for i, spec in enumerate(specs):
        texts = tuple(captions(spec, np.random.default_rng([spec.seed, 3]), 3))
        if i in rendered:
            p, (stage, rig) = rendered[i], staged[i]
            rgb, depth, subject = (
                as_bytes(p.rgb),
                as_bytes(p.depth)[..., 0],
                as_bytes(p.subject)[..., 0],
            )
            joints = joints_of(rig, stage.primitives, spec, sides)
            truth = {name: getattr(p, name) for name in MAPS} if maps else {}
        else:
            tile = render_tile(spec.texture or "", spec.colour, spec.light, spec.seed, size)
            rgb, depth = as_bytes(tile.rgb), as_bytes(tile.height)[..., 0]
            subject, joints = np.full_like(depth, 255), np.zeros((18, 3), np.float32)
            truth = _tile_maps(tile) if maps else {}
        words = np.array(labels(spec), np.int16)
        needed = spec.arrangement != "upright"
        out.append(Sample(rgb, depth, subject, joints, words, texts, needed, _map_bytes(truth)))
    return out


def _tile_maps(tile: Tile) -> dict[str, torch.Tensor]:
    """A tile covers its picture, and its light knows no metal (`tiles.render_tile`)."""
    whole = torch.ones_like(tile.height)
    return {
        "alpha": whole, "normals": tile.normals, "albedo": tile.albedo, "roughness": tile.roughness,
        "metallic": torch.zeros_like(whole),
    }  # fmt: skip


def _map_bytes(truth: Mapping[str, torch.Tensor]) -> dict[str, NDArray[np.uint8]]:
    out: dict[str, NDArray[np.uint8]] = {}
    for name, values in truth.items():
        if name == "normals":
            there = values.square().sum(0, keepdim=True) > 0.25
            out[name] = as_bytes(torch.where(there, values / 2 + 0.5, torch.zeros(())))
        else:
            pixels = as_bytes(values)
            out[name] = pixels if len(values) == 3 else pixels[..., 0]
    return out
