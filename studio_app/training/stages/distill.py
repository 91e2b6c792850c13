"""Stage 3: the few-step student, distilled from the teacher.

A consistency function with a target time (CTM, Kim et al. 2310.02279; TCD, Zheng et al. 2402.19159; guidance
in an embedding, Luo et al. 2310.04378): asked at x_t where a jump to s lands, under guidance w. It is taught
on whole ways of the teacher, drawn beforehand (training/stages/trajectories.py): every jump along them has one right
answer, so nothing has to trickle down from step to step through the student's own average, as it does in
consistency distillation. On two cores that is what decides (see the model card for both).

The text encoder and the adapters stay the teacher's: both denoisers share them at run time.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderDC, UNet2DConditionModel
from torch import Tensor, nn

from studio_app.core.errors import StudioError
from studio_app.engine.diffusion.schedule import (
    LAST,
    coefficients,
    guidance_embedding,
    jump,
    leaping_timesteps,
    predict_x0_eps,
    target_embedding,
)
from studio_app.engine.operators.tiling import circular_padding
from studio_app.training.checkpoints import load_model_weights
from studio_app.training.corpus import Batch, Corpus, features, open_corpus, open_vae
from studio_app.training.device import choose_device
from studio_app.training.gradients import Compiler
from studio_app.training.loop import Draw, Run
from studio_app.training.losses import huber
from studio_app.training.networks import frozen
from studio_app.training.progress import Progress, say_figures
from studio_app.training.recipe import Distill, Recipe
from studio_app.training.sheet import save_rows
from studio_app.training.stages.autoencoder import decode
from studio_app.training.stages.keeping import Keeper, Lesson, move, open_keeper
from studio_app.training.stages.teacher import (
    Networks,
    ddim,
    load_networks,
    make_networks,
    open_tokenizer,
    predict,
    wrapping,
)
from studio_app.training.stages.trajectories import Ways, open_ways

STAGE = "distill"
EARLY = 600
"""By the timestep here a picture of few steps has left its teacher's; later it only keeps the distance."""


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Distils (or goes on distilling) the run's teacher; the state is in `out`/distill.

    start: a checkpoint folder whose `unet/` to begin from instead of the teacher's weights; if the run
    has no teacher of its own, all frozen parts are that folder's too. Raises StudioError.
    """
    device = choose_device(recipe.device)
    folder = out / STAGE
    torch.manual_seed(recipe.seed)
    vae = open_vae(recipe, out, start, device)
    tokenizer = open_tokenizer(recipe, data, out, start)
    teacher = load_networks(recipe, out, tokenizer, device, start)
    for module in teacher.modules().values():
        frozen(module)
    corpus = open_corpus(recipe, data, out, vae, tokenizer, progress)
    student = make_student(teacher.unet)
    keeper = None
    if start is not None:
        load_model_weights(start / "unet", student)
    if recipe.distill.moved:
        keeper = _moved(recipe, start, tokenizer, teacher, student, corpus)
    ways = [] if recipe.distill.kept == 1 else open_ways(recipe, teacher, corpus, folder, progress)
    stage = Stage(recipe, teacher, student, corpus, ways, keeper)

    def sample(step: int) -> None:
        say_figures(progress, folder, step, step_gaps(stage, vae))
        sample_sheet(stage, vae, folder / "sheet.png")

    Run(
        folder=folder,
        plan=recipe.distill.plan,
        modules={"unet": student},
        loss=stage.loss,
        device=device,
        seed=recipe.seed + 2,
        autocast=recipe.autocast,
        compiler=stage.compiler,
        lr_scales={"cond_proj": recipe.distill.w_lr_scale},
        sample=sample,
        progress=progress,
    ).run()
    return folder


def _moved(
    recipe: Recipe,
    start: Path | None,
    tokenizer: Any,
    teacher: Networks,
    student: UNet2DConditionModel,
    corpus: Corpus,
) -> Keeper:
    if start is None:
        raise StudioError(
            "There is no student to move",
            "The recipe's [distill] says moved = true.",
            "Name the checkpoint it begins from: --from MODEL",
        )
    before = make_networks(recipe, tokenizer, corpus.device).unet
    load_model_weights(start / "teacher", before)
    move(student, teacher.unet, before)
    return open_keeper(recipe, start, tokenizer, teacher, student, corpus)


def make_student(teacher: UNet2DConditionModel) -> UNet2DConditionModel:
    """A trainable copy whose guidance projection starts small but not at zero.

    Only its slow inputs start awake: of sin(1000 w f) those with f < 1e-3 change smoothly over the
    whole range of w; the others look like noise until they have been learnt.
    """
    student = copy.deepcopy(teacher)
    student.train()
    student.requires_grad_(True)
    projection = student.time_embedding.cond_proj
    assert isinstance(projection, nn.Linear)
    with torch.no_grad():
        half = projection.in_features // 2
        slow = torch.linspace(0, -4, half) <= -3  # exponents of f, from 1 to 1e-4
        projection.weight.mul_(torch.cat([slow, slow]).to(projection.weight).mul(0.5))
    return student


@dataclass
class Stage:
    """What the loss of a step needs, and what its figures are measured with."""

    recipe: Recipe
    teacher: Networks
    student: UNet2DConditionModel
    corpus: Corpus
    ways: list[Ways]
    keeper: Keeper | None = None

    def __post_init__(self) -> None:
        self.compiler = Compiler(self.recipe.distill.plan.compile)
        self._compiled: Any = self.compiler(self.student)
        self.few_step = replace(self.teacher, unet=self.student)

    def loss(self, draw: Draw) -> dict[str, Tensor]:
        """Pseudo-Huber distance of the student's clean picture to the right answer."""
        settings = self.recipe.distill
        lesson = self._lesson(draw)
        with circular_padding((self.student,), lesson.wraps, lesson.wraps):
            net = self.student if lesson.wraps else self._compiled
            v = predict(
                net, lesson.x_t, lesson.t, lesson.words, lesson.controls, lesson.condition
            ).float()
        found, _ = predict_x0_eps(v, lesson.x_t, lesson.t)
        distance = huber(found - lesson.wanted, settings.huber).mean((1, 2, 3))
        # The error of x_0 is sigma times that of v: without this, late times would hardly count.
        sigma = torch.as_tensor(coefficients(lesson.t, distance)[1])
        return {"loss": (distance / sigma.flatten().clamp_min(0.3)).mean()}

    def _lesson(self, draw: Draw) -> Lesson:
        settings = self.recipe.distill
        if self.keeper is not None and draw.choices.random() < settings.kept:
            return self.keeper.lesson(draw, lambda d, place: draw_jumps(settings, d, place))
        ways = self._some(draw)
        t, s = draw_jumps(settings, draw, ways.noise.device)
        with torch.autocast(ways.noise.device.type, enabled=False):
            x_t, wanted = ways.at(t), ways.answers(t, s)
        condition = guidance_embedding(ways.w) + target_embedding(s)
        controls = list(ways.controls)
        return Lesson(x_t, t, ways.words, controls, condition, wanted, ways.wraps)

    def _some(self, draw: Draw) -> Ways:
        """A batch of one sort, each sort as often as it is there."""
        sizes = np.array([len(ways) for ways in self.ways], np.float64)
        ways = self.ways[int(draw.choices.choice(len(sizes), p=sizes / sizes.sum()))]
        rows = torch.from_numpy(draw.choices.integers(0, len(ways), draw.size))
        return ways.take(rows.to(ways.noise.device))


def draw_jumps(settings: Distill, draw: Draw, device: torch.device) -> tuple[Tensor, Tensor]:
    """Integer timesteps t and targets s < t [B]: mostly the jumps that few-step sampling makes.

    `free_share` of them begin anywhere (a picture to start from does), half of those aiming anywhere below,
    half at the clean picture. Of the others `early` begin at EARLY or before.
    """
    choices, count = draw.choices, draw.size
    t = choices.integers(1, LAST + 1, count)
    s = np.where(choices.random(count) < 0.5, 0, choices.integers(0, t))
    for row in np.flatnonzero(choices.random(count) >= settings.free_share):
        grid = [*leaping_timesteps(int(choices.choice(settings.edges))), 0]
        places = len(grid) - 1
        if settings.early and choices.random() < settings.early:
            places = sum(time >= EARLY for time in grid)
        place = int(choices.integers(places))
        t[row], s[row] = grid[place], grid[place + 1]
    return torch.from_numpy(t).to(device), torch.from_numpy(s).to(device)


@torch.no_grad()
def few_steps(
    networks: Networks, batch: Batch, x: Tensor, words: Tensor, guidance_scale: float, steps: int
) -> Tensor:
    """A sample [B,4,h,w] from x at t = 999, as the engine's `consistency` sampler draws it.

    networks: the teacher's, with the student as their `unet`.
    """
    grid = leaping_timesteps(steps)
    w = torch.full((len(x),), guidance_scale - 1, device=x.device)
    with wrapping(networks, batch.wraps):
        residuals = features(batch, networks.adapter_depth, networks.adapter_pose)
        for i, t in enumerate(grid):
            s = grid[i + 1] if i + 1 < steps else 0
            times = torch.full((len(x),), t, device=x.device)
            condition = guidance_embedding(w) + target_embedding(torch.full_like(times, s))
            v = predict(networks.unet, x, times, words, residuals, condition).float()
            denoised, eps = predict_x0_eps(v, x, t)
            x = jump(denoised, eps, s)
    return x


@torch.no_grad()
def step_gaps(
    stage: Stage, vae: AutoencoderDC, count: int = 8, guidances: tuple[float, ...] = (3.0, 5.0)
) -> dict[str, float]:
    """RMS of decoded pictures, student to teacher (50 steps, same noise), over that between seeds.

    Keys `g3_steps1` and so on; 0 is the teacher itself, 1 no nearer than another picture of the prompt.
    """
    batch, positive, negative, noises = _fixed_batch(stage, count)

    def pixels(latents: Tensor) -> Tensor:
        with circular_padding((vae.decoder,), batch.wraps, batch.wraps):
            return decode(vae, latents).float().clamp(-1, 1)

    gaps: dict[str, float] = {}
    for g in guidances:
        drawn = [pixels(ddim(stage.teacher, batch, x, positive, negative, g, 50)) for x in noises]
        between = _rms(drawn[0] - drawn[1])
        for steps in (1, 2, 4, 8):
            mine = pixels(few_steps(stage.few_step, batch, noises[0], positive, g, steps))
            gaps[f"g{g:g}_steps{steps}"] = _rms(mine - drawn[0]) / max(between, 1e-6)
    return gaps


@torch.no_grad()
def sample_sheet(stage: Stage, vae: AutoencoderDC, path: Path) -> None:
    """Rows: the teacher at 50 steps, the student at 1, 2, 4 and 8, same noise, guidance 4."""
    batch, positive, negative, (noise, _) = _fixed_batch(stage, 8)
    rows = [ddim(stage.teacher, batch, noise, positive, negative, 4.0, 50)]
    rows += [few_steps(stage.few_step, batch, noise, positive, 4.0, n) for n in (1, 2, 4, 8)]
    with circular_padding((vae.decoder,), batch.wraps, batch.wraps):
        save_rows(path, [decode(vae, row).float() for row in rows])


def _fixed_batch(stage: Stage, count: int) -> tuple[Batch, Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Pictures of all kinds but textures (which would need a batch of their own), the same every time."""
    corpus = stage.corpus
    seed = 11
    generator, batch = _batch_of(corpus, seed, count)
    while batch.wraps and corpus.has_others:
        seed += 1
        generator, batch = _batch_of(corpus, seed, count)
    texts = [corpus.pictures.captions[int(i)][0] for i in batch.indices]
    kinds = [int(corpus.kinds[int(i)]) for i in batch.indices]
    ids = corpus.prompter.encode([*texts, *[""] * count], [*kinds, *[None] * count])
    text = stage.teacher.text_encoder(ids.to(corpus.device)).last_hidden_state
    shape = batch.latents.shape
    first = torch.randn(shape, generator=generator, device=corpus.device)
    second = torch.randn(shape, generator=generator, device=corpus.device)
    return batch, text[:count], text[count:], (first, second)


def _batch_of(corpus: Corpus, seed: int, count: int) -> tuple[torch.Generator, Batch]:
    generator = torch.Generator(corpus.device).manual_seed(seed)
    return generator, corpus.draw(Draw(0, 0.0, count, generator, np.random.default_rng(seed)))


def _rms(difference: Tensor) -> float:
    return float(difference.square().mean().sqrt())
