"""`underpaint eval --obedience`: whether pictures have the outline that was drawn. No judge is asked.

Drawn at 4 steps and the default strength, as a user gets them. Beside each figure of assets and scenes stands its
ceiling: encoded real renders, moved in the same way and read by the same maps decoder. What is brushed or dabbed is
another outline than the render's: beside its figures stands what the paint itself has of that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.engine.decoding import latents
from studio_app.engine.decoding.maps import decode_maps
from studio_app.engine.device import best_device
from studio_app.engine.families.registry import load_model
from studio_app.training import outlines
from studio_app.training.judge.drawing import Artist, Course, Say
from studio_app.training.judge.intervals import Figures, add, interval, mean, printed
from studio_app.training.judge.questions import Question, asset, blockout, figure_or_scene, world_of
from studio_app.training.judge.reals import Reals, rendered
from studio_app.training.outlines import (
    Placing,
    by_hand,
    exact,
    overlap,
    paint,
    placed,
    standing,
)
from studio_app.training.warps import warped_rgb

COUNT = 64
"""Isolated assets, scenes and characters, and blockouts."""

STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)

EXACT: dict[str, Placing] = {
    "obey_up": outlines.upright,
    "obey_rot": outlines.rolled,
    "obey_small": outlines.shrunk,
    "obey_thin": outlines.thinned,
}


def measure(
    folder: Path, count: int = COUNT, say: Say | None = None, cache: Path | None = None
) -> dict[str, float]:
    """The figures of README.md's table of obedience, for the model in `folder`. cache: where renders are kept.

    Raises StudioError where the model takes no depth or has no maps decoder.
    """
    model = load_model(str(folder), best_device())
    if "depth" not in model.capabilities.controls or not (folder / "maps").is_dir():
        raise StudioError(
            "The model's obedience can't be measured",
            f"{folder.name} takes no drawn depth or has no decoder of maps.",
            "Name a model that has both.",
        )
    return printed(_Measurement(Artist(model, say), count, say, cache).figures())


class _Measurement:
    """One measurement; renders and pictures that several figures share are made once."""

    def __init__(self, artist: Artist, count: int, say: Say | None, cache: Path | None) -> None:
        self._artist, self._count, self._say, self._cache = artist, count, say, cache
        self._known = world_of(artist.model.capabilities.thing_words)

    def figures(self) -> Figures:
        figures: Figures = {}
        assets, real = self._asked("obeyed_assets", asset)
        depth, subject = real.column("depth"), real.column("subject")
        for key, placing in EXACT.items():
            values, mask, warps = placed(depth, subject, placing)
            add(figures, key, mean(self._followed(assets, exact(values, mask), mask, key)))
            moved = warped_rgb(real.column("rgb"), warps).numpy()
            found = np.stack([m.alpha for m in self._encoded(moved)])
            add(figures, f"{key}_ceiling", mean(overlap(found, mask)))
        rolled = placed(depth, subject, outlines.rolled)[:2]
        small = placed(depth, subject, outlines.shrunk)[:2]
        for key, (values, mask) in (("obey_hand_rot", rolled), ("obey_hand_small", small)):
            drawn = by_hand(values, mask, background=True)
            self._by_hand(figures, key, assets, drawn, mask)
        half = np.arange(len(assets)) % 2 == 0
        values, mask = (
            torch.where(torch.from_numpy(half)[:, None, None], a, b)
            for a, b in zip(rolled, small, strict=True)
        )
        drawn = by_hand(values, mask, background=False)
        self._by_hand(figures, "obey_hand_unknown", assets, drawn, mask)
        drawn = by_hand(*rolled, background=False, dabs=True)
        self._by_hand(figures, "obey_dabs", assets, drawn, rolled[1])
        self._strengths(figures, assets, rolled)
        self._scenes(figures)
        self._blockouts(figures)
        return figures

    def _by_hand(
        self, figures: Figures, key: str, asked: Sequence[Question], drawn: Tensor, mask: Tensor
    ) -> None:
        """The figure `key`, and `key`_drawn: how much of the render's outline the paint itself has."""
        add(figures, key, mean(self._followed(asked, drawn, mask, key)))
        add(figures, f"{key}_drawn", mean(overlap(paint(drawn).numpy(), mask)))

    def _strengths(
        self, figures: Figures, assets: Sequence[Question], rolled: tuple[Tensor, Tensor]
    ) -> None:
        """strength_monotonic: 1 where more strength never follows a drawing less; obey_strength_S of each."""
        some = assets[: max(2, len(assets) // 2)]
        values, mask = (plane[: len(some)] for plane in rolled)
        drawn = by_hand(values, mask, background=True)
        found = [self._followed(some, drawn, mask, f"strength {s:g}", s) for s in STRENGTHS]
        for strength, followed in zip(STRENGTHS, found, strict=True):
            add(figures, f"obey_strength_{strength:g}", mean(followed))
        means = [float(followed.mean()) for followed in found]
        rises = float(all(b >= a for a, b in pairwise(means)))
        add(figures, "strength_monotonic", mean(np.full(len(some), rises)))

    def _scenes(self, figures: Figures) -> None:
        """obey_scene: the subject of scenes and characters, drawn by hand where nobody would look for it."""
        asked, real = self._asked("obeyed_scenes", figure_or_scene)
        depth, subject = real.column("depth"), real.column("subject")
        values, mask = placed(depth, subject, outlines.tilted)[:2]
        drawn = by_hand(values, mask, background=True)
        made = self._maps(asked, drawn, "obey_scene")
        add(figures, "obey_scene", mean(overlap(standing(_depths(made)), mask)))
        found = standing(_depths(self._encoded(real.column("rgb").numpy())))
        add(figures, "obey_scene_ceiling", mean(overlap(found, subject)))

    def _blockouts(self, figures: Figures) -> None:
        """obey_blockout: shapes that no word names; error of the depth to the drawing, over that of their renders."""
        asked, real = self._asked("obeyed_blockouts", blockout)
        depth, subject = real.column("depth"), real.column("subject")
        made = _depths(self._maps(asked, exact(depth, subject), "obey_blockout"))
        theirs = _depths(self._encoded(real.column("rgb").numpy()))
        wanted = depth.float().numpy() / 255 * (subject.numpy() > 0)
        errors = [np.square(d - wanted).mean((1, 2)) for d in (made, theirs)]
        found = interval(errors, lambda s: np.sqrt(s[:, 0] / s[:, 1]))
        add(figures, "obey_blockout", found, "low")

    def _asked(self, name: str, of: Callable[..., Question]) -> tuple[list[Question], Reals]:
        questions = [of(i, self._known) for i in range(self._count)]
        real = rendered(
            name,
            lambda i: of(i, self._known).spec,
            self._count,
            self._artist.size[0],
            self._cache,
            Course(f"rendering {name.replace('_', ' ')}", self._say),
        )
        return questions, real

    def _followed(
        self,
        asked: Sequence[Question],
        drawn: Tensor,
        mask: Tensor,
        what: str,
        strength: float = 1.0,
    ) -> NDArray[np.float64]:
        """How much of each drawn outline the picture has [n]."""
        made = self._maps(asked, drawn, what, strength)
        return overlap(np.stack([m.alpha for m in made]), mask)

    def _maps(
        self, asked: Sequence[Question], drawn: Tensor, what: str, strength: float = 1.0
    ) -> list[Maps]:
        planes = (drawn * 255).round().to(torch.uint8).numpy()
        controls = [
            (Control("depth", value, known=known, strength=strength),) for value, known in planes
        ]
        painted = self._artist.draw(asked, what.replace("_", " "), controls)
        return [self._read(torch.from_numpy(latent)[None]) for latent in painted.latents]

    def _encoded(self, rgb: NDArray[np.uint8]) -> list[Maps]:
        model = self._artist.model
        with torch.inference_mode():
            return [self._read(latents.encode(model.vae, x, model.device)) for x in rgb]

    def _read(self, latent: Tensor) -> Maps:
        model = self._artist.model
        place = latent.to(model.device.place, model.device.dtype)
        return decode_maps(model.maps, place, model.device, (False, False))


def _depths(maps: Sequence[Maps]) -> NDArray[np.float32]:
    return np.stack([m.depth for m in maps])
