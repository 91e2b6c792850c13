"""`underpaint train data`: shards of rendered pictures, made in parallel, each complete or absent.

A shard depends only on the recipe, the split and its number, so a run that was cut off goes on with the shards
that are missing, and two machines can make different ones.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.core.files import replace_atomic, write_text_atomic
from studio_app.training.processes import results
from studio_app.training.recipe import Recipe
from studio_app.training.world.compose import PictureSpec, Split, sample_spec
from studio_app.training.world.framing import FORMATS, Format
from studio_app.training.world.needed import sample_blockout, sample_loose
from studio_app.training.world.words import vocabulary

VERSION = 3
"""Counts up when the world changes so that old shards are not mixed with new ones."""

_SPLIT_SEED = {"train": 0, "val": 1, "probe": 2, "maps": 3}
_PEOPLE_EVERY = 3
"""Every third shard of the judge's pictures holds characters only: joints are what it finds hardest to read."""


@dataclass(frozen=True)
class DataPlan:
    """pictures: how many of a split; shard: pictures a file; oversample: edge smoothing; workers: processes."""

    train: int = 20_000
    val: int = 512
    probe: int = 8192
    maps: int = 1536
    shard: int = 256
    oversample: float = 1.5
    workers: int = 0
    batch: int = 64


def plan_of(recipe: Recipe) -> DataPlan:
    """Reads the recipe's [data] table. Raises StudioError for a word it does not know."""
    unknown = set(recipe.data) - set(DataPlan.__dataclass_fields__)
    if unknown:
        raise StudioError(
            "The recipe's [data] is not understood",
            f"unknown: {', '.join(sorted(unknown))}",
            f"Known: {', '.join(DataPlan.__dataclass_fields__)}.",
        )
    return DataPlan(**recipe.data)


def make(
    recipe: Recipe, out: Path, split: Split, progress: Callable[[int, int], None] | None = None
) -> None:
    """Makes all missing shards of `out/<split>`. progress(done, total) counts pictures. Raises StudioError."""
    plan = plan_of(recipe)
    total = {"train": plan.train, "val": plan.val, "probe": plan.probe, "maps": plan.maps}[split]
    world = recipe.world.vocabulary
    folder = out / split
    folder.mkdir(parents=True, exist_ok=True)
    description = {
        "version": VERSION, "seed": recipe.seed, "size": recipe.size, "split": split, "pictures": total,
        "shard": plan.shard, "oversample": plan.oversample, "words": vocabulary(world).label_slots(),
    }  # fmt: skip
    if world != "core":  # older folders of the core world do not name it
        description |= {"world": world, "formats": list(recipe.world.formats)}
    needed = (
        (recipe.world.loose, recipe.world.blockouts) if split in ("train", "maps") else (0.0, 0.0)
    )
    if any(needed):  # likewise
        description |= {"loose": needed[0], "blockouts": needed[1]}
    if split == "probe":
        description |= {"people_every": _PEOPLE_EVERY}
    _check_same(folder / "world.json", description)
    count = -(-total // plan.shard)
    sizes = {i: min(plan.shard, total - i * plan.shard) for i in range(count)}
    missing = [i for i in sizes if not is_complete(folder / f"shard-{i:05d}.safetensors")]
    done = total - sum(sizes[i] for i in missing)
    if progress:
        progress(done, total)
    if not missing:
        return
    device = _device(recipe.device)
    jobs = [
        ShardJob(
            folder,
            i,
            sizes[i],
            recipe.seed,
            split,
            world,
            shape_of(recipe.world.formats, i),
            recipe.size,
            plan.oversample,
            device,
            plan.batch,
            maps=split == "maps",
            kind="character" if split == "probe" and i % _PEOPLE_EVERY == 2 else None,
            loose=needed[0],
            blockouts=needed[1],
        )
        for i in missing
    ]

    def count_up(pictures: int) -> None:
        nonlocal done
        done += pictures
        if progress:
            progress(done, total)

    make_shards(jobs, plan.workers, count_up)


def make_shards(
    jobs: Sequence[ShardJob], workers: int = 0, progress: Callable[[int], None] | None = None
) -> None:
    """Makes all shards, in `workers` processes (0: one a core). progress(count) follows each shard."""
    workers = min(workers or os.cpu_count() or 1, len(jobs))
    if workers <= 1 or any(job.device == "cuda" for job in jobs):
        for job in jobs:
            count = make_shard(job)
            if progress:
                progress(count)
        return
    for count in results(make_shard, [(job,) for job in jobs], workers):
        if progress:
            progress(count)


def shape_of(formats: Sequence[str], number: int) -> Format:
    """The format of a shard's pictures, which share one: every other shard has the first, the rest take turns."""
    if len(formats) == 1 or number % 2 == 0:
        return FORMATS[formats[0]]
    return FORMATS[formats[1 + number // 2 % (len(formats) - 1)]]


@dataclass(frozen=True)
class ShardJob:
    """All that decides one shard: its number and count of pictures, and what the recipe says of every picture.

    maps: whether the shard holds the renderer's maps too. kind: of every picture, None for all kinds. loose,
    blockouts: shares of what is no texture (world/needed.py).
    """

    folder: Path
    number: int
    count: int
    seed: int
    split: Split
    world: str
    shape: Format
    size: int
    oversample: float
    device: str
    batch: int
    maps: bool = False
    kind: str | None = None
    loose: float = 0.0
    blockouts: float = 0.0


def make_shard(job: ShardJob) -> int:
    """Renders and writes one shard; returns how many pictures it holds."""
    specs = [_spec(job, i) for i in range(job.count)]
    path = job.folder / f"shard-{job.number:05d}.safetensors"
    write_shard(path, specs, job.size, job.oversample, job.device, job.batch, job.maps)
    return job.count


def _spec(job: ShardJob, number: int) -> PictureSpec:
    known = vocabulary(job.world)
    entropy = [job.seed, _SPLIT_SEED[job.split], job.number, number]
    spec = sample_spec(np.random.default_rng(entropy), job.split, known, job.shape, job.kind)
    if spec.kind == "texture" or not job.loose + job.blockouts:
        return spec
    # From other chances: the pictures that stay plain are those of a world without needed drawings.
    rng = np.random.default_rng([*entropy, 1])
    sort = rng.random()
    if sort < job.loose:
        return sample_loose(rng, job.split, known, job.shape)
    if sort < job.loose + job.blockouts:
        return sample_blockout(rng, job.split, known, job.shape)
    return spec


def write_shard(
    path: Path,
    specs: Sequence[PictureSpec],
    size: int,
    oversample: float,
    device: str = "cpu",
    batch: int = 64,
    maps: bool = False,
) -> None:
    """Renders these pictures into one shard, with the maps of each if asked, and writes its note beside it:
    only then is it complete."""
    import torch
    from safetensors.numpy import save_file

    from studio_app.training.world.samples import Sample, make_samples

    if device == "cpu":
        torch.set_num_threads(1)
    step = batch if device == "cuda" else 1
    samples: list[Sample] = []
    for i in range(0, len(specs), step):
        samples.extend(make_samples(specs[i : i + step], size, oversample, device, maps))
    arrays: dict[str, Any] = {
        # Contiguous: safetensors writes the memory as it lies, whatever the shape says.
        name: np.ascontiguousarray(np.stack([getattr(s, name) for s in samples]))
        for name in ("rgb", "depth", "subject", "joints", "labels")
    }
    arrays["needed"] = np.array([s.needed for s in samples], np.uint8)
    for name in samples[0].maps:
        arrays[name] = np.ascontiguousarray(np.stack([s.maps[name] for s in samples]))
    texts = json.dumps([list(s.captions) for s in samples], ensure_ascii=False)
    with replace_atomic(path) as temporary:
        save_file(arrays, str(temporary), metadata={"captions": texts})
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    # Written last: a shard without its note does not count as done.
    write_text_atomic(
        path.with_suffix(".json"), json.dumps({"sha256": digest, "pictures": len(specs)})
    )


def is_complete(path: Path) -> bool:
    """Whether a shard and its note are there."""
    return path.exists() and path.with_suffix(".json").exists()


def _check_same(path: Path, description: dict[str, Any]) -> None:
    if path.exists():
        there = json.loads(path.read_text(encoding="utf-8"))
        for key in ("pictures", "words"):
            there.pop(key, None)
        if there != {k: v for k, v in description.items() if k not in ("pictures", "words")}:
            raise StudioError(
                "This folder holds pictures of another recipe",
                str(path.parent),
                "Name another --out, or delete that folder.",
            )
    write_text_atomic(path, json.dumps(description, indent=1))


def _device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return "cpu" if wanted == "mps" else wanted
