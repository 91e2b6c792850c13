"""A student whose teacher has learnt more: moved by what the teacher learnt, and held to what it drew before.

A distilled student is its teacher and a small change, so what the teacher learns since may be added to it, weight by
weight (task arithmetic, Ilharco et al. 2212.04089): it obeys drawings at once as the new teacher does. What it drew
from words alone gets rougher for it. That is mended by asking it for its old answers (learning without forgetting, Li
and Hoiem 1606.09282), which costs no way of the teacher: without a drawing the student before the move answers, with
one the student right after it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

from studio_app.engine.diffusion.schedule import (
    add_noise,
    guidance_embedding,
    predict_x0_eps,
    target_embedding,
)
from studio_app.training.checkpoints import load_model_weights
from studio_app.training.corpus import Corpus, Drawings, features
from studio_app.training.loop import Draw
from studio_app.training.networks import frozen
from studio_app.training.recipe import Recipe
from studio_app.training.stages.teacher import PARTS, Networks, make_networks, predict, wrapping


@dataclass(frozen=True)
class Lesson:
    """One batch of jumps: where they begin, when, where to, and the clean pictures that are right, all [B,...]."""

    x_t: Tensor
    t: Tensor
    words: Tensor
    controls: list[Tensor] | None
    condition: Tensor
    wanted: Tensor
    wraps: bool


@dataclass(frozen=True)
class Keeper:
    """before: the student as it was, with the text encoder and adapters it had. moved: right after the move, with those
    it has now. Both frozen."""

    before: Networks
    moved: Networks
    corpus: Corpus
    w_max: float

    @torch.no_grad()
    def lesson(
        self, draw: Draw, jumps: Callable[[Draw, torch.device], tuple[Tensor, Tensor]]
    ) -> Lesson:
        """Pictures noised to the times where `jumps` begin. Textures have no drawings here."""
        batch = self.corpus.draw(draw)
        if batch.wraps:
            batch = replace(batch, depth=_none(batch.depth), pose=_none(batch.pose))
        x_0, device = batch.latents, batch.latents.device
        t, s = jumps(draw, device)
        noise = torch.randn(x_0.shape, generator=draw.generator, device=device)
        x_t = add_noise(x_0, noise, t)
        # As the ways have it: half of all w lie in the lowest quarter.
        w = torch.rand(len(x_0), generator=draw.generator, device=device).square() * self.w_max
        condition = guidance_embedding(w) + target_embedding(s)
        drawn = np.zeros(len(x_0), bool)
        for control in (batch.depth, batch.pose):
            drawn[control.rows.cpu().numpy()] = True
        on = torch.from_numpy(drawn).to(device)
        words = self.moved.text_encoder(batch.ids.to(device)).last_hidden_state
        old_words = self.before.text_encoder(batch.ids.to(device)).last_hidden_state
        with wrapping(self.moved, batch.wraps):
            controls = features(batch, self.moved.adapter_depth, self.moved.adapter_pose)
        wanted = x_0.new_zeros(x_0.shape)
        for rows, networks, said in ((~on, self.before, old_words), (on, self.moved, words)):
            if not bool(rows.any()):
                continue
            given = None if networks is self.before else [f[rows] for f in controls or ()]
            with wrapping(networks, batch.wraps):
                v = predict(networks.unet, x_t[rows], t[rows], said[rows], given, condition[rows])
            wanted[rows] = predict_x0_eps(v.float(), x_t[rows], t[rows])[0]
        return Lesson(x_t, t, words, controls, condition, wanted, batch.wraps)


@torch.no_grad()
def move(
    student: UNet2DConditionModel, teacher: UNet2DConditionModel, before: UNet2DConditionModel
) -> None:
    """Adds to the student, in place, what `teacher` is more than it was `before`."""
    old = dict(before.named_parameters())
    new = dict(teacher.named_parameters())
    for name, parameter in student.named_parameters():
        parameter += new[name] - old[name]


def open_keeper(
    recipe: Recipe,
    start: Path,
    tokenizer: Any,
    teacher: Networks,
    student: UNet2DConditionModel,
    corpus: Corpus,
) -> Keeper:
    """Of the student of the checkpoint folder `start`, and of `student`, that one moved. Raises StudioError."""
    before = make_networks(recipe, tokenizer, corpus.device)
    for name in PARTS:
        load_model_weights(start / name, before.modules()[name])
    for module in before.modules().values():
        frozen(module)
    moved = replace(teacher, unet=frozen(copy.deepcopy(student)))
    return Keeper(before, moved, corpus, recipe.distill.w_max)


def _none(drawn: Drawings) -> Drawings:
    return Drawings(drawn.rows[:0], drawn.pictures[:0], drawn.strength[:0])
