"""What the student draws alone on grey, and the mattes that the maps decoder reads off it.

Of a drawn thing's rim a decoder knows no truth, and answers with a haze of the thing's colour on the grey around it.
The matte comes from the same latents and is the outline that is cut along: what it leaves out should be grey. So the
decoder is told that, of pixels right outside of mattes as much as of all that lie further off, where a critic has it
scribble on a ground that is not quite as even as a render's; what lies inside is its own affair.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderDC
from torch import Tensor
from torch.nn import functional as F

from studio_app.engine.decoding.maps import read_maps
from studio_app.training.data import KINDS
from studio_app.training.formed import formed_batch
from studio_app.training.latents import encoder_digest
from studio_app.training.networks import LATENT_SCALE
from studio_app.training.progress import Progress, say
from studio_app.training.recipe import Recipe
from studio_app.training.stages import student, trajectories
from studio_app.training.watch import open_decoder
from studio_app.training.world.render import MID_GREY

_BATCH = 32
_BAND = 8
"""Pixels outside of a matte that are its rim."""
_TRIES = 8
"""Crops that are drawn until one has a rim."""


@dataclass(frozen=True, eq=False)
class Cutouts:
    """latents [N,4,h,w] float16; mattes [N,8h,8w] bool: where the thing is."""

    latents: Tensor
    mattes: Tensor

    def draw(self, count: int, cells: int, choices: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Crops [count,4,cells,cells], float32, which have a rim if any was found soon; and what is outside of
        their mattes, [count,2,8 cells,8 cells] (`outside`)."""
        crops = [self._crop(cells, choices) for _ in range(count)]
        latents, mattes = (torch.stack(parts) for parts in zip(*crops, strict=True))
        return latents, outside(mattes[:, None].float())

    def _crop(self, cells: int, choices: np.random.Generator) -> tuple[Tensor, Tensor]:
        latents, matte = self._anywhere(cells, choices)
        for _ in range(_TRIES - 1):
            if matte.any() and not matte.all():
                break
            latents, matte = self._anywhere(cells, choices)
        return latents, matte

    def _anywhere(self, cells: int, choices: np.random.Generator) -> tuple[Tensor, Tensor]:
        height, width = self.latents.shape[-2:]
        row = int(choices.integers(len(self.latents)))
        y, x = (int(choices.integers(side - cells + 1)) for side in (height, width))
        ys, xs = (slice(LATENT_SCALE * at, LATENT_SCALE * (at + cells)) for at in (y, x))
        latents = self.latents[row, :, y : y + cells, x : x + cells].float()
        return latents, self.mattes[row, ys, xs]


def outside(mattes: Tensor) -> Tensor:
    """[B,2,H,W], 0 or 1, of mattes [B,1,H,W] of 0 and 1: what lies within `_BAND` pixels of them, and what lies further
    off."""
    near = F.max_pool2d(mattes, 2 * _BAND + 1, 1, _BAND)
    return torch.cat([near - mattes, 1 - near], 1)


def haze(pictures: Tensor, around: Tensor) -> Tensor:
    """How far pictures [B,3,H,W] in -1..1 are from grey in the channel that is furthest, meaned over each of the parts
    of `around` [B,2,H,W], summed."""
    off = (pictures - (2 * MID_GREY - 1)).abs().amax(1, keepdim=True)
    return ((off * around).sum((0, 2, 3)) / around.sum((0, 2, 3)).clamp_min(1)).sum()


def open_cutouts(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None,
    vae: AutoencoderDC,
    progress: Progress | None = None,
) -> Cutouts | None:
    """As many as [sharpen] says; None where that is none, or there is no student, no maps decoder of its latents or no
    picture of the kind. Made at first, then kept in `out`/student."""
    count = recipe.sharpen.cutouts
    decoder = open_decoder(recipe, out, start, vae, vae.device) if count else None
    if decoder is None:
        return None
    networks, corpus = student.opened(recipe, data, out, start, vae, progress)
    if networks is None or corpus is None:
        return None
    rows = np.flatnonzero(corpus.kinds == KINDS.index("isolated"))
    if not len(rows):
        return None
    plan = ("cutouts", count, len(corpus.pictures), encoder_digest(vae), _digest(decoder))
    path = student.kept(out, f"{trajectories.digest(networks, recipe)} {plan}")

    def make() -> dict[str, Tensor]:
        latents: list[Tensor] = []
        mattes: list[Tensor] = []
        for number in range(-(-count // _BATCH)):
            draw = student.chances(corpus, [recipe.seed, 7, number])
            batch = formed_batch(corpus, draw.choices.choice(rows, _BATCH), draw)
            with student.autocast(recipe, corpus):
                made = student.drawn(networks, batch, draw)
            latents.append(made.half().cpu())
            mattes.append(_mattes(decoder, made))
            say(progress, f"cut out of the student's: {(number + 1) * _BATCH} of {count}")
        return {"latents": torch.cat(latents), "mattes": torch.cat(mattes).byte()}

    kept = student.made_once(path, make)
    return Cutouts(kept["latents"], kept["mattes"].bool())


@torch.no_grad()
def _mattes(decoder: AutoencoderDC, latents: Tensor) -> Tensor:
    """[B,8h,8w] bool; one after the other, since at full size a batch takes much memory."""
    found = [read_maps(decoder.decoder(z[None].float()).float())["alpha"][0, 0] for z in latents]
    return torch.stack(found).cpu() > 0.5


def _digest(decoder: AutoencoderDC) -> str:
    found = hashlib.sha256()
    for name, tensor in sorted(decoder.state_dict().items()):
        found.update(name.encode() + tensor.detach().cpu().half().numpy().tobytes())
    return found.hexdigest()[:16]
