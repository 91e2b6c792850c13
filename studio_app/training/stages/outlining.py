"""A student that follows what is drawn to the end: guidance by the drawing, learnt, so that it costs no pass.

Of a picture in four steps the first has the outline best, and each later one loses some of it again. Asked with and
without the drawing, and moved by the difference once more (Ho and Salimans 2207.12598, the drawing in place of the
words), the later steps keep it, and what is stray goes: `control_guidance` of the engine, a second pass at each. To do
without, the student draws from noise in few steps, as it will for an artist, and one of its steps is asked for what it
would have answered before, guided so. Without a drawing, and in the first step, that is just what it drew before.

Beside this stands, weakly, the figure of obedience itself: a small frozen network says where the thing is in that
step's clean picture, and what that lacks of the thing's true outline (soft intersection over union, Rahman and Wang
2016) is part of the loss. The network is made here, of latents and the renderer's masks alone. The decoder of maps,
which obedience is measured with, is not asked: whoever trains by a judge is praised by it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderDC, UNet2DConditionModel
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.errors import StudioError
from studio_app.engine.denoising.unets import drawn_share
from studio_app.engine.diffusion.schedule import (
    LAST,
    guidance_embedding,
    jump,
    leaping_timesteps,
    predict_x0_eps,
    target_embedding,
)
from studio_app.training.checkpoints import averaged_weights
from studio_app.training.corpus import Batch, Corpus, features
from studio_app.training.loop import Draw, Run
from studio_app.training.losses import huber
from studio_app.training.networks import frozen, make_reader, placed
from studio_app.training.progress import Progress, say
from studio_app.training.recipe import Maps, Outline, Recipe
from studio_app.training.stages.latents_of import remember_encoder
from studio_app.training.stages.softening import softened
from studio_app.training.stages.teacher import Networks, predict

READER = "outline"
STEPS = (1, 2, 4, 4, 4, 4, 8)
"""Of the pictures that are drawn, each as often as it stands there."""


@dataclass(frozen=True)
class Outliner:
    """before: the student as it was, with the frozen parts that both share. reader: latents to logits of a mask.
    c: where the pseudo-Huber distance turns linear."""

    settings: Outline
    softening: Maps
    before: Networks
    reader: Any
    corpus: Corpus
    w_max: float
    c: float

    def losses(
        self, draw: Draw, student: UNet2DConditionModel, forward: Callable[..., Any]
    ) -> dict[str, Tensor]:
        """The "loss"; "outline", one less the overlap with what is drawn; "kept", the distance to the picture before.

        forward: the student's, compiled or not.
        """
        batch = self.corpus.draw(draw, textures=False)
        words = self.before.text_encoder(batch.ids.to(batch.latents.device)).last_hidden_state
        controls = features(batch, self.before.adapter_depth, self.before.adapter_pose)
        x_t, t, s, w = self._on_its_way(draw, student, batch, words, controls)
        condition = guidance_embedding(w) + target_embedding(s)
        wanted = self._wanted(x_t, t, s, words, controls, condition)
        v = predict(forward, x_t, t, words, controls, condition).float()
        found, _ = predict_x0_eps(v, x_t, t)
        rows = batch.depth.rows
        mask = read_at(self.corpus.subjects(batch)[rows])
        outline = found.new_zeros(())
        if len(rows):
            lacks = 1 - soft_overlap(self.read(softened(found[rows], self.softening, draw)), mask)
            strength = batch.depth.strength
            outline = (lacks * strength).sum() / strength.sum().clamp_min(1e-3)
        kept = huber(found - wanted, self.c).mean()
        return {
            "loss": kept + self.settings.weight * outline,
            "outline": outline.detach(),
            "kept": kept.detach(),
        }

    def read(self, latents: Tensor) -> Tensor:
        """Of latents [B,4,h,w] the probability that a pixel is of the thing, [B,H/2,W/2]."""
        return self.reader.decoder(latents)[:, 0].float().sigmoid()

    @torch.no_grad()
    def _wanted(
        self,
        x_t: Tensor,
        t: Tensor,
        s: Tensor,
        words: Tensor,
        controls: list[Tensor] | None,
        condition: Tensor,
    ) -> Tensor:
        """The clean pictures [B,4,h,w] of the student before, guided by the drawing as the engine does it."""

        def asked(given: list[Tensor] | None) -> Tensor:
            v = predict(self.before.unet, x_t, t, words, given, condition).float()
            return predict_x0_eps(v, x_t, t)[0]

        found = asked(controls)
        guided = self.settings.guided * drawn_share(int(t[0]), int(s[0]))
        if controls is None or not guided:
            return found
        return found + guided * (found - asked(None))

    @torch.no_grad()
    def _on_its_way(
        self,
        draw: Draw,
        student: UNet2DConditionModel,
        batch: Batch,
        words: Tensor,
        controls: list[Tensor] | None,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """x_t where one of the student's steps begins, its time, that where it leads, and w, [B] each."""
        steps = int(draw.choices.choice(STEPS))
        stop = int(draw.choices.integers(steps))
        if stop == 0 and draw.choices.random() < 0.5:  # what is to be learnt is in the later ones
            stop = int(draw.choices.integers(min(1, steps - 1), steps))
        grid = [*leaping_timesteps(steps, LAST), 0]
        shape, device = batch.latents.shape, batch.latents.device
        x = torch.randn(shape, generator=draw.generator, device=device)
        # As the ways have it: half of all w lie in the lowest quarter.
        w = torch.rand(len(x), generator=draw.generator, device=device).square() * self.w_max
        times = [torch.full((len(x),), time, device=device) for time in grid]
        for t, s in pairwise(times[: stop + 1]):
            condition = guidance_embedding(w) + target_embedding(s)
            v = predict(student, x, t, words, controls, condition).float()
            x = jump(*predict_x0_eps(v, x, t), s)
        return x, times[stop], times[stop + 1], w


def open_outliner(
    recipe: Recipe,
    out: Path,
    teacher: Networks,
    student: UNet2DConditionModel,
    corpus: Corpus,
    digest: str,
    progress: Progress | None = None,
) -> Outliner:
    """With the run's reader, which is trained first where there is none. digest: of the encoder. Raises StudioError."""
    if not corpus.has_others:
        raise StudioError(
            "There is no outline to ask for",
            "All training pictures are textures.",
            "Set share = 0 in the recipe's [outline], or render other pictures.",
        )
    before = replace(teacher, unet=frozen(copy.deepcopy(student)))
    reader = open_reader(recipe, out, corpus, digest, progress)
    settings = recipe.distill
    return Outliner(
        recipe.outline, recipe.maps, before, reader, corpus, settings.w_max, settings.huber
    )


def open_reader(
    recipe: Recipe,
    out: Path,
    corpus: Corpus,
    digest: str,
    progress: Progress | None = None,
) -> AutoencoderDC:
    """A network from latents to outlines, frozen; its state is in `out`/outline. Raises StudioError."""
    folder = out / READER
    remember_encoder(folder, digest)
    reader = placed(make_reader(), corpus.device)

    def loss(draw: Draw) -> dict[str, Tensor]:
        latents, subjects = corpus.outlines(draw)
        mask = read_at(subjects)
        logits = reader.decoder(softened(latents, recipe.maps, draw))[:, 0].float()
        edge = F.binary_cross_entropy_with_logits(logits, mask)
        overlap = soft_overlap(logits.sigmoid(), mask).mean()
        return {"loss": edge + 0.2 * (1 - overlap), "overlap": overlap.detach()}

    say(progress, "outline: the network that reads them")
    Run(
        folder=folder,
        plan=recipe.outline.plan,
        modules={READER: reader},
        loss=loss,
        device=corpus.device,
        seed=recipe.seed + 3,
        autocast=recipe.autocast,
        progress=progress,
    ).run()
    weights = averaged_weights(folder, READER)
    assert weights is not None  # a run saves before its first step
    reader.load_state_dict(weights)
    return frozen(reader)


def read_at(subjects: Tensor) -> Tensor:
    """Masks uint8 [B,H,W] as the reader gives them: 0..1, [B,H/2,W/2]."""
    return F.avg_pool2d(subjects.float() / 255, 2)


def soft_overlap(found: Tensor, mask: Tensor) -> Tensor:
    """Intersection over union [B] of planes [B,H,W] of 0..1; a small thing's counts as much as a large one's."""
    both = (found * mask).sum((1, 2))
    return both / (found + mask - found * mask).sum((1, 2)).clamp_min(1)
