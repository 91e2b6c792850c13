"""What a decoder is really given: latents that the student makes, and, of some, the pictures they should become.

An encoder's latents are clean; a student's are a little uneven from cell to cell, which a decoder that never met
them answers with a weave. So decoders meet two sorts of them: "returned" ones, noised latents of known pictures that
the student brings back in one step, and "drawn" ones, its own pictures in one to four steps. Made once and kept.
"""

from __future__ import annotations

import hashlib
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
    add_noise,
    guidance_embedding,
    predict_x0_eps,
    target_embedding,
)
from studio_app.training.checkpoints import averaged_weights, load_model_weights
from studio_app.training.corpus import Batch, Corpus, features, open_corpus
from studio_app.training.latents import encoder_digest
from studio_app.training.loop import Draw
from studio_app.training.networks import frozen
from studio_app.training.progress import Progress, say
from studio_app.training.recipe import Recipe
from studio_app.training.stages import distill, teacher, trajectories
from studio_app.training.stages.teacher import Networks, load_networks, open_tokenizer, predict

FOLDER = "student"
TIMES = (60, 700)
"""From and to which timestep latents are noised before they return: most of a picture's parts stay where they are."""
_BATCH = 32
_TOLD_EVERY = 16
_GUIDANCE = (1.5, 5.0)
_STEPS = (1, 2, 4, 4)


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
    weights = averaged_weights(out / distill.STAGE, "unet")
    if weights is None and start is None:
        return None
    if not draws:  # what is returned is as it was rendered
        drawn = recipe.drawn.model_copy(update={"warps": 0})
        recipe = recipe.model_copy(update={"drawn": drawn})
    tokenizer = open_tokenizer(recipe, data, out, start)
    networks = load_networks(recipe, out, tokenizer, vae.device, start)
    if weights is not None:
        networks.unet.load_state_dict(weights)
    elif start is not None:
        load_model_weights(start / "unet", networks.unet)
    for module in networks.modules().values():
        frozen(module)
    corpus = open_corpus(recipe, data, out, vae, tokenizer, progress)
    rounds, count = recipe.sharpen.returned, recipe.sharpen.drawn if draws else 0
    plan = (rounds, count, len(corpus.pictures), encoder_digest(vae))
    whole = f"{trajectories.digest(networks, recipe)} {plan}"
    path = out / FOLDER / f"{hashlib.sha256(whole.encode()).hexdigest()[:16]}.safetensors"
    if not path.exists():
        made = {
            "returned": _returned(recipe, networks, corpus, rounds, progress),
            "drawn": _drawn(recipe, networks, corpus, count, progress),
        }
        write_bytes_atomic(path, save(made))
    with safe_open(str(path), framework="pt") as file:
        return Inventions(*(file.get_tensor(name).clone() for name in ("returned", "drawn")))


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
            draw = _draw(corpus, [recipe.seed, 5, turn, number])
            with _autocast(recipe, corpus):
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
        draw = _draw(corpus, [recipe.seed, 6, number])
        with _autocast(recipe, corpus):
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
def drawn(networks: Networks, batch: Batch, draw: Draw) -> Tensor:
    """Pictures [B,4,h,w] of the batch's words and drawings, in one of the step counts and guidances in use."""
    words = networks.text_encoder(batch.ids).last_hidden_state
    noise = torch.randn(batch.latents.shape, generator=draw.generator, device=words.device)
    scale = float(draw.choices.uniform(*_GUIDANCE))
    return distill.few_steps(networks, batch, noise, words, scale, int(draw.choices.choice(_STEPS)))


def _draw(corpus: Corpus, entropy: list[int]) -> Draw:
    choices = np.random.default_rng(entropy)
    generator = torch.Generator(corpus.device)
    generator.manual_seed(int(choices.integers(2**62)))
    return Draw(0, 0.0, _BATCH, generator, choices)


def _autocast(recipe: Recipe, corpus: Corpus) -> torch.autocast:
    return torch.autocast(corpus.device.type, torch.bfloat16, enabled=recipe.autocast)
