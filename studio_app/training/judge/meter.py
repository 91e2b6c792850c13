"""What an autoencoder keeps, and what its maps decoder knows: the figures of `underpaint eval --autoencoder`.

Measured as the studio uses them, through the engine, in its precision and on its device, on fixed pictures
that no training ever sees: seeds of their own and, textures aside, half of them of held-out combinations.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.files import write_text_atomic
from studio_app.core.resources import user_dir
from studio_app.engine.benches.embedded import decoding
from studio_app.engine.decoding import latents
from studio_app.engine.decoding.maps import decode_maps
from studio_app.engine.device import best_device
from studio_app.engine.families.registry import load_model
from studio_app.engine.models.family import Model
from studio_app.engine.operators.tiling import circular_padding
from studio_app.training.data import KINDS, Pictures, open_pictures
from studio_app.training.judge import ui_samples
from studio_app.training.losses import psnr
from studio_app.training.map_figures import COLUMNS, MapFigures
from studio_app.training.progress import Progress
from studio_app.training.stages import probe as judge
from studio_app.training.stages.probe_network import Probe, load_probe
from studio_app.training.world.data import VERSION, ShardJob, is_complete, make_shards
from studio_app.training.world.framing import FORMATS
from studio_app.training.world.words import Vocabulary, vocabulary

SEED = 20_000_003
SHARD = 8
COUNT = 128
"""Pictures of each kind."""

Pixels = NDArray[np.uint8]


def measure(
    folder: Path,
    count: int = COUNT,
    data: Path | None = None,
    probe: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Figures of the model in `folder`, over `count` held-out pictures of each kind; README.md says what they are.

    data: where those pictures are kept, and made when they are not there (default: beside the user's files).
    probe: a trained probe's folder, for ae_attribute_share. What can't be measured is absent. Raises StudioError.
    """
    model = load_model(str(folder), best_device())
    words = None if probe is None else load_probe(probe, torch.device("cpu"))
    held = held_out(model, count, data or user_dir() / "meter", progress)
    found = Found()
    shown: dict[str, Tensor] = {}
    for kind, pictures in held.items():
        shown[kind] = torch.from_numpy(np.stack(_kind(model, kind, pictures, count, found)))
        _say(progress, f"measured: {kind}")
    figures = found.figures() | _interface(model, count)
    width, height = model.capabilities.sizes[0]
    shape = (1, model.vae.config.latent_channels, height // model.scale, width // model.scale)
    latent = torch.randn(shape, generator=torch.Generator().manual_seed(SEED))
    figures |= decoding(model, latent.to(model.device.place))
    if words is not None:
        figures |= _attributes(*words, held, shown, progress)
    return figures


@dataclass
class Found:
    """Values by key, one a picture; maps: those of the maps decoder."""

    values: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    maps: MapFigures = field(default_factory=MapFigures)

    def note(self, key: str, value: float) -> None:
        self.values.setdefault(key, []).append(value)

    def figures(self) -> dict[str, float]:
        """ae_psnr, ae_psnr_subject, ae_psnr_texture in dB; ae_seam_ratio; those of `MapFigures`."""
        means = {key: float(np.mean(values)) for key, values in self.values.items()}
        before, after = means.pop("seam_before", None), means.pop("seam_after", None)
        if before is not None and after is not None:
            means["ae_seam_ratio"] = after / max(before, 1e-6)
        return means | self.maps.figures()


def held_out(
    model: Model, count: int, folder: Path, progress: Progress | None = None
) -> dict[str, Pictures]:
    """At least `count` fixed pictures of each kind the model makes, at its size, with maps; made where missing."""
    known = world_of(model)
    size = model.capabilities.sizes[0][0]
    place = folder / f"meter-{VERSION}-{known.name}-{size}"
    kinds = [kind for kind in KINDS if kind in model.capabilities.kinds]
    jobs = [
        ShardJob(
            folder=place / kind,
            number=number,
            count=SHARD,
            seed=SEED + KINDS.index(kind),
            split="val",
            world=known.name,
            shape=FORMATS["1:1"],
            size=size,
            oversample=1.5,
            device="cpu",
            batch=1,
            maps=True,
            kind=kind,
        )
        for kind in kinds
        for number in range(-(-count // SHARD))
    ]
    missing = [
        job for job in jobs if not is_complete(job.folder / f"shard-{job.number:05d}.safetensors")
    ]
    made = 0

    def count_up(pictures: int) -> None:
        nonlocal made
        made += pictures
        _say(progress, f"rendered: {made}/{SHARD * len(missing)} pictures to measure with")

    for job in missing:
        job.folder.mkdir(parents=True, exist_ok=True)
    write_text_atomic(place / "world.json", json.dumps({"words": known.label_slots()}))
    make_shards(missing, progress=count_up)
    return {kind: open_pictures(place / kind, limit=count) for kind in kinds}


def world_of(model: Model) -> Vocabulary:
    """The full world, if the model was taught a thing that only that one has; else the core one."""
    core, full = vocabulary("core"), vocabulary("full")
    only_there = set(full.thing_labels) - set(core.thing_labels)
    return full if only_there & set(model.capabilities.thing_words.get("thing", ())) else core


def seam(pixels: Pixels) -> float:
    """How much a tile [H, W, 3] changes across its edges, over how much from pixel to pixel inside: 1 is seamless."""
    x = pixels.astype(np.float32)
    edge = np.abs(x[0] - x[-1]).mean() + np.abs(x[:, 0] - x[:, -1]).mean()
    inside = np.abs(np.diff(x, axis=0)).mean() + np.abs(np.diff(x, axis=1)).mean()
    return float(edge / max(inside, 1e-6))


def round_trip(model: Model, rgb: Pixels, wraps: bool = False) -> tuple[Pixels, Tensor]:
    """The picture [H, W, 3] encoded and decoded again, and its latent."""
    with circular_padding((model.vae,), wraps, wraps), torch.inference_mode():
        latent = latents.encode(model.vae, rgb, model.device)
        bgra = latents.decode(model.vae, latent, model.device)
    return np.ascontiguousarray(bgra[:, :, 2::-1]), latent


def _kind(model: Model, kind: str, pictures: Pictures, count: int, found: Found) -> list[Pixels]:
    """Notes the figures of `count` pictures of a kind; returns those pictures after their round trip."""
    wraps = kind == "texture"
    shown: list[Pixels] = []
    for i in range(count):
        row = {name: pictures.take(name, [i])[0].numpy() for name in ("rgb", *COLUMNS)}
        after, latent = round_trip(model, row["rgb"], wraps)
        shown.append(after)
        y, x = (_signed(pixels) for pixels in (after, row["rgb"]))
        found.note("ae_psnr_texture" if wraps else "ae_psnr", float(psnr(y, x)))
        if wraps:
            found.note("seam_before", seam(row["rgb"]))
            found.note("seam_after", seam(after))
        elif (row["subject"] > 127).sum() > 64:
            mask = torch.from_numpy(row["subject"] > 127).float()[None, None]
            found.note("ae_psnr_subject", float(psnr(y, x, mask)))
        if model.capabilities.maps:
            maps = decode_maps(model.maps, latent, model.device, (wraps, wraps))
            found.maps.add(maps, kind, row)
    return shown


def _interface(model: Model, count: int) -> dict[str, float]:
    """ae_line_share, ae_text_share: of lines' pixels and of letters, over `count` samples."""
    size = model.capabilities.sizes[0][0]
    lines, letters = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for i in range(count):
        sample = ui_samples.draw_sample(np.random.default_rng([SEED, i]), size)
        after, _ = round_trip(model, sample.pixels)
        lines += ui_samples.lines_kept(sample, after)
        letters += ui_samples.letters_read(sample, after)
    found = {"ae_line_share": lines, "ae_text_share": letters}
    return {key: float(kept / total) for key, (kept, total) in found.items() if total}


def _attributes(
    probe: Probe,
    words: dict[str, list[str]],
    held: dict[str, Pictures],
    shown: dict[str, Tensor],
    progress: Progress | None,
) -> dict[str, float]:
    """ae_attribute_share: the probe's accuracy after the round trip over that before, meaned over the slots that it
    reads well enough (which are left out is said).

    Absent where the probe reads other words than the pictures have, or no slot well enough.
    """
    before = _joined(held, {kind: len(pixels) for kind, pixels in shown.items()})
    if words != {slot: list(names) for slot, names in before.world["words"].items()}:
        _say(progress, "the probe knows other words than this model's world: not asked")
        return {}
    after = replace(
        before,
        shards=tuple(
            {**shard, "rgb": pixels}
            for shard, pixels in zip(before.shards, shown.values(), strict=True)
        ),
    )
    figures = [judge.measure(probe, pictures, len(before)) for pictures in (before, after)]
    slots = [f"probe_{slot}" for slot in words if f"probe_{slot}" in figures[0]]
    weak = [slot for slot in slots if figures[0][slot] < judge.SLOT_BAR]
    if weak:
        said = ", ".join(f"{slot} {figures[0][slot]:.3f}" for slot in weak)
        _say(progress, f"the probe is below {judge.SLOT_BAR} there and not asked: {said}")
    shares = [figures[1][slot] / figures[0][slot] for slot in slots if slot not in weak]
    return {"ae_attribute_share": float(np.mean(shares))} if shares else {}


def _joined(held: dict[str, Pictures], counts: dict[str, int]) -> Pictures:
    """The first pictures of every kind as one split, a shard a kind."""
    shards: list[dict[str, Any]] = []
    captions: list[tuple[str, ...]] = []
    starts: list[int] = []
    for kind, pictures in held.items():
        rows = np.arange(counts[kind])
        starts.append(len(captions))
        shards.append({n: pictures.take(n, rows) for n in ("rgb", "depth", "joints", "labels")})
        captions.extend(pictures.captions[: counts[kind]])
    first = next(iter(held.values()))
    return Pictures(first.folder, first.world, tuple(shards), tuple(captions), np.array(starts))


def _signed(pixels: Pixels) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1


def _say(progress: Progress | None, text: str) -> None:
    if progress:
        progress(text)
