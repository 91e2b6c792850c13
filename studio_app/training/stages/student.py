"""What a decoder is really given: latents that the student makes, and, of some, the pictures they should become.

An encoder's latents are clean; a student's are a little uneven from cell to cell, which a decoder that never met
them answers with a weave. So decoders meet two sorts of them: "returned" ones, noised latents of known pictures that
the student brings back in one step, and "drawn" ones, its own pictures in one to four steps. A third sort stands
between them: "redrawn" ones are noised so far that little more than the layout is left, and drawn from there as a
user's are, over their drawing and guided by it. Made once and kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderDC
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from studio_app.core.files import write_bytes_atomic
from studio_app.engine.diffusion.schedule import (
    LAST,
    add_noise,
    consistency_timesteps,
    guidance_embedding,
    jump,
    predict_x0_eps,
    target_embedding,
)
from studio_app.training.checkpoints import averaged_weights, load_model_weights
from studio_app.training.corpus import Batch, Corpus, features, open_corpus
from studio_app.training.latents import TEXTURE, encoder_digest
from studio_app.training.loop import Draw
from studio_app.training.networks import frozen
from studio_app.training.progress import Progress, say
from studio_app.training.recipe import Dropout, Recipe
from studio_app.training.stages import distill, teacher, trajectories
from studio_app.training.stages.teacher import Networks, load_networks, open_tokenizer, predict

FOLDER = "student"
TIMES = (60, 700)
"""From and to which timestep latents are noised before they return: most of a picture's parts stay where they are."""
LATE = (700, 980)
"""The same for what it redraws: where ground meets sky is left, hardly anything else."""
_BATCH = 32
_TOLD_EVERY = 16
_GUIDANCE = (1.5, 5.0)
_STEPS = (1, 2, 4, 4)
_LONGEST = 250
"""Timesteps from which on a jump is too long to be guided by a drawing, as in the engine."""
_PULL = 1.25
"""The `control_guidance` of what is redrawn."""
_REDRAWN = 16
_CLEARLY = {
    "warps": 0, "exact": 0.35, "brushed": 0.55, "dabs": 0.0, "flat": 0.1, "partial": 0.0,
    "background": 0.9, "ground": 0.0, "asked": 1.0,
}  # fmt: skip
"""How what is redrawn is drawn: as rendered, its subject covered."""
_ALWAYS = Dropout(text=0, depth=0, pose=1, kind=0, words=0, unknown_words=0, strength=0, mirror=0)
"""Words and depth of all that is redrawn, so that the subject is where the render has it."""


@dataclass(frozen=True, eq=False)
class Inventions:
    """returned [R,N,4,h,w], R times of each of N pictures; drawn [M,4,h,w]; float16 on the CPU."""

    returned: Tensor
    drawn: Tensor

    def crop(self, choices: np.random.Generator, index: int, y: int, x: int, side: int) -> Tensor:
        """Cells [4,side,side] of one of the times that picture `index` returned, float32; y and x in cells."""
        some = int(choices.integers(len(self.returned)))
        return self.returned[some, index, :, y : y + side, x : x + side].float()


def open_inventions(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None,
    vae: AutoencoderDC,
    progress: Progress | None = None,
    draws: bool = True,
) -> Inventions | None:
    """What the run's student, else the start's, makes of the training pictures; None where neither has one.

    How much, [sharpen] says; without `draws` it only returns pictures. Made at first, then kept in `out`/student under
    the digest of all that decides it.
    """
    if not draws:  # what is returned is as it was rendered
        recipe = _changed(recipe, {"warps": 0})
    networks, corpus = opened(recipe, data, out, start, vae, progress)
    if networks is None or corpus is None:
        return None
    rounds, count = recipe.sharpen.returned, recipe.sharpen.drawn if draws else 0
    plan = (rounds, count, len(corpus.pictures), encoder_digest(vae))
    path = kept(out, f"{trajectories.digest(networks, recipe)} {plan}")

    def make() -> dict[str, Tensor]:
        return {
            "returned": _returned(recipe, networks, corpus, rounds, progress),
            "drawn": _drawn(recipe, networks, corpus, count, progress),
        }

    return Inventions(**made_once(path, make))


def open_redrawn(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None,
    vae: AutoencoderDC,
    progress: Progress | None = None,
) -> Tensor | None:
    """What the run's student, else the start's, draws over the training pictures: float16 [N,4,h,w], zero where
    these are textures; None where neither has a student. Made at first, then kept."""
    recipe = _changed(recipe, _CLEARLY)
    recipe = recipe.model_copy(update={"dropout": _ALWAYS})
    networks, corpus = opened(recipe, data, out, start, vae, progress)
    if networks is None or corpus is None:
        return None
    plan = ("redrawn", len(corpus.pictures), encoder_digest(vae))
    path = kept(out, f"{trajectories.digest(networks, recipe)} {plan}")

    def make() -> dict[str, Tensor]:
        found = torch.zeros(corpus.latents.shape, dtype=torch.float16)
        rows = np.flatnonzero(corpus.kinds != TEXTURE)
        for number, first in enumerate(range(0, len(rows), _REDRAWN)):
            indices, draw = (
                rows[first : first + _REDRAWN],
                chances(corpus, [recipe.seed, 9, number]),
            )
            with autocast(recipe, corpus):
                made = redrawn(networks, corpus.batch_of(indices, draw), draw)
            found[torch.from_numpy(indices)] = made.half().cpu()
            if (number + 1) % _TOLD_EVERY == 0:
                say(progress, f"redrawn by the student: {first + len(indices)} of {len(rows)}")
        return {"redrawn": found}

    return made_once(path, make)["redrawn"]


def made_once(path: Path, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """What the file keeps; made at first."""
    if not path.exists():
        write_bytes_atomic(path, save(make()))
    with safe_open(str(path), framework="pt") as file:
        names = file.keys()
        return {name: file.get_tensor(name).clone() for name in names}


def _changed(recipe: Recipe, drawn: Mapping[str, float]) -> Recipe:
    return recipe.model_copy(update={"drawn": recipe.drawn.model_copy(update=dict(drawn))})


def kept(out: Path, whole: str) -> Path:
    """Where the run in `out` keeps what the student made; whole: all that decides it."""
    return out / FOLDER / f"{hashlib.sha256(whole.encode()).hexdigest()[:16]}.safetensors"


def opened(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None,
    vae: AutoencoderDC,
    progress: Progress | None,
) -> tuple[Networks, Corpus] | tuple[None, None]:
    """The networks with the run's student, else the start's, as their `unet`, and the pictures; where there is one."""
    weights = averaged_weights(out / distill.STAGE, "unet")
    if weights is None and start is None:
        return None, None
    tokenizer = open_tokenizer(recipe, data, out, start)
    networks = load_networks(recipe, out, tokenizer, vae.device, start)
    if weights is not None:
        networks.unet.load_state_dict(weights)
    elif start is not None:
        load_model_weights(start / "unet", networks.unet)
    for module in networks.modules().values():
        frozen(module)
    return networks, open_corpus(recipe, data, out, vae, tokenizer, progress)


def _returned(
    recipe: Recipe,
    networks: Networks,
    corpus: Corpus,
    rounds: int,
    progress: Progress | None,
) -> Tensor:
    shape = (rounds, *corpus.latents.shape)
    found = torch.zeros(shape, dtype=torch.float16)
    for turn in range(rounds):
        for number, indices in enumerate(corpus.in_order(_BATCH)):
            draw = chances(corpus, [recipe.seed, 5, turn, number])
            with autocast(recipe, corpus):
                made = returned(networks, corpus.batch_of(indices, draw), draw)
            found[turn, torch.from_numpy(indices)] = made.half().cpu()
            if (number + 1) % _TOLD_EVERY == 0:
                done = turn * shape[1] + (number + 1) * _BATCH
                say(progress, f"returned by the student: {done} of {rounds * shape[1]}")
    return found


def _drawn(
    recipe: Recipe,
    networks: Networks,
    corpus: Corpus,
    count: int,
    progress: Progress | None,
) -> Tensor:
    parts = [corpus.latents[:0].half().cpu()]
    for number in range(-(-count // _BATCH)):
        draw = chances(corpus, [recipe.seed, 6, number])
        with autocast(recipe, corpus):
            made = drawn(networks, corpus.draw(draw), draw)
        parts.append(made.half().cpu())
        if (number + 1) % _TOLD_EVERY == 0:
            say(progress, f"drawn by the student: {(number + 1) * _BATCH} of {count}")
    return torch.cat(parts)


@torch.no_grad()
def returned(networks: Networks, batch: Batch, draw: Draw) -> Tensor:
    """The batch's latents [B,4,h,w], noised up to a time of `TIMES` and brought back in one step, without guidance."""
    x_0 = batch.latents
    t = torch.from_numpy(draw.choices.integers(*TIMES, len(x_0))).to(x_0.device)
    noise = torch.randn(x_0.shape, generator=draw.generator, device=x_0.device)
    x_t = add_noise(x_0, noise, t)
    words = networks.text_encoder(batch.ids).last_hidden_state
    condition = guidance_embedding(x_0.new_zeros(len(x_0)))
    condition = condition + target_embedding(torch.zeros_like(t))
    with teacher.wrapping(networks, batch.wraps):
        residuals = features(batch, networks.adapter_depth, networks.adapter_pose)
        v = predict(networks.unet, x_t, t, words, residuals, condition).float()
    return predict_x0_eps(v, x_t, t)[0]


@torch.no_grad()
def redrawn(networks: Networks, batch: Batch, draw: Draw) -> Tensor:
    """The batch's latents [B,4,h,w], noised up to a time of `LATE`, one for all, and drawn from there as a user's
    pictures are: in jumps of `_LONGEST` at most, guided by words and by drawings."""
    x_0 = batch.latents
    start = int(draw.choices.integers(*LATE))
    steps = -(-start // _LONGEST)
    noise = torch.randn(x_0.shape, generator=draw.generator, device=x_0.device)
    x = add_noise(x_0, noise, start)
    words = networks.text_encoder(batch.ids).last_hidden_state
    w = torch.full((len(x),), float(draw.choices.uniform(*_GUIDANCE)) - 1, device=x.device)
    grid = consistency_timesteps(steps, start)
    with teacher.wrapping(networks, batch.wraps):
        residuals = features(batch, networks.adapter_depth, networks.adapter_pose)
        for t, s in zip(grid, [*grid[1:], 0], strict=True):
            times = torch.full((len(x),), t, device=x.device)
            condition = guidance_embedding(w) + target_embedding(torch.full_like(times, s))
            v = predict(networks.unet, x, times, words, residuals, condition).float()
            if residuals is not None:
                plain = predict(networks.unet, x, times, words, None, condition).float()
                v = v + 2 * _PULL * (1 - t / LAST) * (v - plain)
            denoised, eps = predict_x0_eps(v, x, t)
            x = jump(denoised, eps, s)
    return x


@torch.no_grad()
def drawn(networks: Networks, batch: Batch, draw: Draw) -> Tensor:
    """Pictures [B,4,h,w] of the batch's words and drawings, in one of the step counts and guidances in use."""
    words = networks.text_encoder(batch.ids).last_hidden_state
    noise = torch.randn(batch.latents.shape, generator=draw.generator, device=words.device)
    scale = float(draw.choices.uniform(*_GUIDANCE))
    return distill.few_steps(networks, batch, noise, words, scale, int(draw.choices.choice(_STEPS)))


def chances(corpus: Corpus, entropy: list[int]) -> Draw:
    """Of a batch of what the student makes."""
    choices = np.random.default_rng(entropy)
    generator = torch.Generator(corpus.device)
    generator.manual_seed(int(choices.integers(2**62)))
    return Draw(0, 0.0, _BATCH, generator, choices)


def autocast(recipe: Recipe, corpus: Corpus) -> torch.autocast:
    """The precision that the run learns in."""
    return torch.autocast(corpus.device.type, torch.bfloat16, enabled=recipe.autocast)
