"""What a teacher is watched by while it learns: its error on pictures held out, and whether drawings are followed.

The loss of a batch says neither. A longer run once lost all obedience without a word from its loss, so the figure is
drawn every ten minutes, and the newest weights are kept that have not lost it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from studio_app.engine.decoding.maps import read_maps
from studio_app.engine.diffusion.schedule import add_noise, v_target
from studio_app.training import outlines
from studio_app.training.checkpoints import KEPT, load_state
from studio_app.training.corpus import Batch, Corpus, Drawings
from studio_app.training.latents import ISOLATED, TEXTURE, encoder_digest
from studio_app.training.networks import frozen, make_maps, placed
from studio_app.training.recipe import Recipe
from studio_app.training.stages.latents_of import begin_from, finished_decoder

if TYPE_CHECKING:
    from diffusers import AutoencoderDC

    from studio_app.training.stages.teacher import Networks

DRAWINGS, PICTURES = 24, 64
TIMES = (100, 300, 500, 700, 900)
STEPS, GUIDANCE = 10, 3.0
OBEY = "obey"
MAPS = "maps"
"""The folder of the stage that `stages/maps.py` is, which learns from students and so from this module."""
_PART = 16
_SEED = 2025


@dataclass(frozen=True)
class Watch:
    """corpus: of pictures held out. decoder: of the maps of the corpus's latents, or None: then no outline is read."""

    networks: Networks
    corpus: Corpus
    decoder: Any

    @torch.no_grad()
    def figures(self) -> dict[str, float]:
        """`v_T` for each of TIMES: mean squared error of v, by words alone. `obey`: intersection over union of what is
        drawn by hand, rolled or shrunk, and what is there; absent without isolated pictures or a maps decoder."""
        found = {f"v_{t}": error for t, error in zip(TIMES, self._errors(), strict=True)}
        rows = np.flatnonzero(self.corpus.kinds == ISOLATED)[:DRAWINGS]
        if self.decoder is not None and len(rows):
            found[OBEY] = float(np.concatenate([self._followed(p) for p in _parts(rows)]).mean())
        return found

    def _errors(self) -> list[float]:
        from studio_app.training.stages.teacher import predict

        rows = np.flatnonzero(self.corpus.kinds != TEXTURE)[:PICTURES]
        errors: list[list[Tensor]] = [[] for _ in TIMES]
        for part in _parts(rows):
            x_0 = self._latents(part)
            words, _ = self._words(part)
            generator = torch.Generator(x_0.device).manual_seed(_SEED + int(part[0]))
            noise = torch.randn(x_0.shape, generator=generator, device=x_0.device)
            for place, time in enumerate(TIMES):
                t = torch.full((len(part),), time, device=x_0.device)
                v = predict(self.networks.unet, add_noise(x_0, noise, t), t, words, None).float()
                wanted = v_target(x_0, noise, t)
                errors[place].append(F.mse_loss(v, wanted, reduction="none").mean((1, 2, 3)))
        return [float(torch.cat(e).mean()) if e else 0.0 for e in errors]

    def _followed(self, rows: np.ndarray) -> np.ndarray:
        from studio_app.training.stages.teacher import ddim

        depth, subject = (self.corpus.pictures.take(name, rows) for name in ("depth", "subject"))
        rolled, small = (
            outlines.placed(depth, subject, placing)
            for placing in (outlines.rolled, outlines.shrunk)
        )
        odd = (torch.from_numpy(rows) % 2 == 1)[:, None, None]
        values, mask = (torch.where(odd, a, b) for a, b in zip(rolled[:2], small[:2], strict=True))
        drawn = outlines.by_hand(values, mask, background=True).to(self.corpus.device)
        every = torch.arange(len(rows), device=self.corpus.device)
        none = Drawings(every[:0], drawn[:0], every[:0].float())
        shown = Drawings(every, drawn, torch.ones(len(rows), device=self.corpus.device))
        latents = self._latents(rows)
        words, empty = self._words(rows)
        batch = Batch(latents, rows, torch.zeros(0), shown, none, False)
        generator = torch.Generator(latents.device).manual_seed(_SEED + int(rows[0]))
        noise = torch.randn(latents.shape, generator=generator, device=latents.device)
        made = ddim(self.networks, batch, noise, words, empty, GUIDANCE, STEPS)
        alpha = read_maps(self.decoder.decoder(made).float())["alpha"][:, 0]
        return outlines.overlap(alpha.float().cpu().numpy(), mask)

    def _latents(self, rows: np.ndarray) -> Tensor:
        return self.corpus.latents[torch.from_numpy(rows)].to(self.corpus.device, torch.float32)

    def _words(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Of the pictures' first captions, and of none."""
        texts = [self.corpus.pictures.captions[int(i)][0] for i in rows]
        kinds = [int(self.corpus.kinds[int(i)]) for i in rows]
        ids = self.corpus.prompter.encode(
            [*texts, *[""] * len(texts)], [*kinds, *[None] * len(texts)]
        )
        encoded = self.networks.text_encoder(ids.to(self.corpus.device)).last_hidden_state
        words, empty = encoded.chunk(2)
        return words, empty


def open_decoder(
    recipe: Recipe, out: Path, start: Path | None, vae: AutoencoderDC, device: torch.device
) -> Any:
    """The run's own decoder of maps, else the start's, if it reads this encoder's latents; None where there is none."""
    found = finished_decoder(make_maps(recipe.maps), out / MAPS, MAPS)
    if found is None and start is not None and (start / MAPS).is_dir():
        found = make_maps(recipe.maps)
        if not begin_from(found, start / MAPS, encoder_digest(vae)):
            return None
    return None if found is None else placed(frozen(found), device)


class Kept:
    """Which weights of the run in `folder` are kept: the newest whose figure is at most `slack` below the highest.

    slack: what 24 drawings are uncertain by.
    """

    def __init__(self, folder: Path, slack: float = 0.02) -> None:
        before = load_state(folder / KEPT)
        self.top: float | None = None if before is None else before.scalars.get(OBEY)
        self._slack = slack

    def wants(self, figures: Mapping[str, float]) -> bool:
        """Whether the weights with these figures are to be kept."""
        score = figures.get(OBEY)
        if score is None:
            return True
        self.top = score if self.top is None else max(self.top, score)
        return score >= self.top - self._slack


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[i : i + _PART] for i in range(0, len(rows), _PART)]
