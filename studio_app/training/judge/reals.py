"""Real renders of the questions' words, kept on disk: what a perfect model would draw.

The folder's name is a digest of the world's source code, so a world that changes is drawn anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app import scene
from studio_app.core.files import write_text_atomic
from studio_app.core.resources import user_dir
from studio_app.training import world
from studio_app.training.data import Pictures, open_pictures
from studio_app.training.processes import results
from studio_app.training.world.compose import PictureSpec
from studio_app.training.world.data import is_complete, write_shard
from studio_app.training.world.words import vocabulary

SHARD = 8
OVERSAMPLE = 1.5

Progress = Callable[[int, int], None]
"""progress(done, total)."""


class Reals:
    """The renders of some questions, in order: rgb, depth, subject, joints, labels."""

    def __init__(self, pictures: Pictures, rows: Sequence[int]) -> None:
        self._pictures = pictures
        self._rows = np.array(rows)

    def some(self, rows: Sequence[int]) -> Reals:
        """Of these numbers only."""
        return Reals(self._pictures, self._rows[list(rows)].tolist())

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self._pictures.size

    @property
    def rgb(self) -> NDArray[np.uint8]:
        return self.column("rgb").numpy()

    def column(self, name: str) -> Tensor:
        """[n, ...] as the renderer's shards have it."""
        return self._pictures.take(name, self._rows)


def default_folder() -> Path:
    """Where renders are kept: beside the user's own files."""
    return user_dir() / "cache" / "eval"


def rendered(
    name: str,
    spec_of: Callable[[int], PictureSpec],
    count: int,
    size: int,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Reals:
    """Renders what is missing of the first `count` pictures called `name`, in parallel, and opens them.

    spec_of: the picture of a number; always the same under one name. Stopped at any moment, it goes on there the
    next time: a shard is whole or absent.
    """
    known = vocabulary(spec_of(0).world)
    place = (folder or default_folder()) / f"{source_digest()}-{size}-{known.name}" / name
    write_text_atomic(place / "world.json", json.dumps({"words": known.label_slots()}))
    paths = [place / f"shard-{k:05d}.safetensors" for k in range(-(-count // SHARD))]
    jobs = [
        (path, tuple(spec_of(SHARD * k + i) for i in range(SHARD)))
        for k, path in enumerate(paths)
        if not is_complete(path)
    ]
    _render(jobs, size, SHARD * len(paths), progress)
    return Reals(open_pictures(place, limit=count), range(count))


@cache
def source_digest() -> str:
    """Of all code that decides a render."""
    hashed = hashlib.sha256()
    for package in (scene, world):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            hashed.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return hashed.hexdigest()[:12]


def _render(
    jobs: Sequence[tuple[Path, tuple[PictureSpec, ...]]],
    size: int,
    total: int,
    progress: Progress | None,
) -> None:
    if not jobs:
        return
    done = total - SHARD * len(jobs)
    workers = min(os.cpu_count() or 1, len(jobs))
    if workers == 1:
        threads = torch.get_num_threads()
        try:
            for path, part in jobs:
                done += _shard(path, part, size)
                if progress:
                    progress(done, total)
        finally:
            torch.set_num_threads(threads)
        return
    for count in results(_shard, [(path, part, size) for path, part in jobs], workers):
        done += count
        if progress:
            progress(done, total)


def _shard(path: Path, specs: tuple[PictureSpec, ...], size: int) -> int:
    write_shard(path, specs, size, OVERSAMPLE)
    return len(specs)
