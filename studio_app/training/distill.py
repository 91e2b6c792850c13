"""Stage 3: the few-step student, distilled from the teacher.

Consistency distillation with a target time (CTM, Kim et al. 2310.02279; TCD, Zheng et al. 2402.19159;
guidance in an embedding, Luo et al. 2310.04378). The student is asked at x_t where a jump to s lands,
under guidance w. Its lesson: one guided DDIM step of the teacher from t to u, then its own (averaged)
jump from there to s. Both halves are deterministic jumps, so the lesson is a mixture of two clean
pictures, the teacher's at t and the student's at u (`teacher_share`), and is learnt as one.

The text encoder and the adapters stay the teacher's: both denoisers share them at run time.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderDC, UNet2DConditionModel
from torch import Tensor, nn

from studio_app.core.files import write_text_atomic
from studio_app.engine.schedule import (
    add_noise,
    coefficients,
    consistency_timesteps,
    guidance_embedding,
    jump,
    predict_x0_eps,
    target_embedding,
)
from studio_app.engine.tiling import circular_padding
from studio_app.training.autoencoder import decode
from studio_app.training.checkpoints import load_model_weights
from studio_app.training.corpus import Batch, Corpus, features, open_corpus, open_vae
from studio_app.training.loop import Draw, Run, choose_device, say
from studio_app.training.networks import compiled, frozen
from studio_app.training.optim import update_ema
from studio_app.training.recipe import Distill, Recipe
from studio_app.training.sheet import save_rows
from studio_app.training.teacher import (
    Networks,
    ddim,
    load_networks,
    open_tokenizer,
    predict,
    sized,
)

STAGE = "distill"
LAST = 999


@dataclass(frozen=True)
class Lesson:
    """Integer timesteps [B]: from t, by the teacher to u, to the target s <= t (0 = clean)."""

    t: Tensor
    u: Tensor
    s: Tensor


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None = None,
    progress: Callable[[str], None] | None = None,
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
    half = recipe.distill.half.until > 0
    corpus = open_corpus(recipe, data, out, vae, tokenizer, progress, half=half)
    student = make_student(teacher.unet)
    if start is not None:
        load_model_weights(start / "unet", student)
    target = copy.deepcopy(student)
    frozen(target)
    stage = Stage(recipe, teacher, student, target, corpus)

    def after_step(fraction: float) -> None:
        low, high = recipe.distill.target_ema
        beta = low + (high - low) * fraction
        update_ema(list(target.parameters()), list(student.parameters()), beta)

    def sample(step: int) -> None:
        gaps = step_gaps(stage, vae)
        write_text_atomic(folder / "figures.json", json.dumps({"step": step, **gaps}))
        say(progress, "distill: " + " ".join(f"{k} {v:.3f}" for k, v in gaps.items()))
        sample_sheet(stage, vae, folder / "sheet.png")

    Run(
        folder=folder,
        plan=recipe.distill.plan,
        modules={"unet": student},
        loss=stage.loss,
        device=device,
        seed=recipe.seed + 2,
        autocast=recipe.autocast,
        lr_scales={"cond_proj": recipe.distill.w_lr_scale},
        extra={"target": target},
        after_step=after_step,
        sample=sample,
        progress=progress,
    ).run()
    return folder


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
    """What the loss of a step needs. `target` is the student's average."""

    recipe: Recipe
    teacher: Networks
    student: UNet2DConditionModel
    target: UNet2DConditionModel
    corpus: Corpus

    def __post_init__(self) -> None:
        wanted = self.recipe.distill.plan.compile
        self._student: Any = compiled(self.student) if wanted else self.student
        self._target: Any = compiled(self.target) if wanted else self.target
        self._teacher: Any = compiled(self.teacher.unet) if wanted else self.teacher.unet

    def loss(self, draw: Draw) -> dict[str, Tensor]:
        """Pseudo-Huber distance of the student's clean picture to its lesson's."""
        settings = self.recipe.distill
        draw, half = sized(draw, settings.half)
        batch = self.corpus.draw(draw, half)
        device = batch.latents.device
        lesson = draw_lesson(settings, draw, device)
        w = torch.rand(draw.size, generator=draw.generator, device=device) * settings.w_max
        condition = guidance_embedding(w) + target_embedding(lesson.s)
        modules = (self.student, self.target, self.teacher.unet)
        adapters = (self.teacher.adapter_depth, self.teacher.adapter_pose)
        with circular_padding((*modules, *adapters), batch.wraps, batch.wraps):
            with torch.no_grad():
                words = self._words(batch, draw)
                residuals = features(batch, *adapters)
                noise = torch.randn(batch.latents.shape, generator=draw.generator, device=device)
                x_t = add_noise(batch.latents, noise, lesson.t)
                wanted = self._wanted(batch, lesson, w, condition, words, residuals, x_t)
            net = self.student if batch.wraps else self._student
            v = predict(net, x_t, lesson.t, words.student, residuals, condition).float()
        found, _ = predict_x0_eps(v, x_t, lesson.t)
        c = settings.huber
        distance = (((found - wanted).square() + c * c).sqrt() - c).mean((1, 2, 3))
        # The error of x_0 is sigma times that of v: without this, late times would hardly count.
        sigma = coefficients(lesson.t, distance)[1]
        return {"loss": (distance / torch.as_tensor(sigma).flatten().clamp_min(0.3)).mean()}

    def _wanted(
        self,
        batch: Batch,
        lesson: Lesson,
        w: Tensor,
        condition: Tensor,
        words: Words,
        residuals: list[Tensor] | None,
        x_t: Tensor,
    ) -> Tensor:
        """The lesson as a clean picture [B,4,h,w]."""
        net = self.teacher.unet if batch.wraps else self._teacher
        both = predict(
            net,
            torch.cat([x_t, x_t]),
            torch.cat([lesson.t, lesson.t]),
            torch.cat([words.negative, words.positive]),
            None if residuals is None else [torch.cat([f, f]) for f in residuals],
        ).float()
        without, with_words = both.chunk(2)
        v = without + (w + 1).view(-1, 1, 1, 1) * (with_words - without)
        denoised, eps = predict_x0_eps(v, x_t, lesson.t)
        share = teacher_share(lesson, x_t)
        # Rows that the teacher decides alone need no second opinion, but compiled graphs want one shape.
        whole = self.recipe.distill.plan.compile and not batch.wraps
        every = torch.arange(len(share), device=share.device)
        rows = every if whole else every[share.flatten() < 1]
        if not len(rows):
            return denoised
        x_u = jump(denoised, eps, lesson.u)[rows]
        net = self.target if batch.wraps else self._target
        v = predict(
            net,
            x_u,
            lesson.u[rows],
            words.student[rows],
            None if residuals is None else [f[rows] for f in residuals],
            condition[rows],
        ).float()
        second, _ = predict_x0_eps(v, x_u, lesson.u[rows])
        mixed = share[rows] * denoised[rows] + (1 - share[rows]) * second
        return denoised.index_copy(0, rows, mixed)

    def _words(self, batch: Batch, draw: Draw) -> Words:
        """Encodings; now and then with negative prompts, for a whole batch (so that lengths agree)."""
        prompter, encoder = self.corpus.prompter, self.teacher.text_encoder
        device = batch.latents.device

        def encode(ids: Tensor) -> Tensor:
            return encoder(ids.to(device)).last_hidden_state

        positive = encode(batch.ids)
        if draw.choices.random() >= self.recipe.distill.negative_share:
            negative = encode(prompter.encode([""])).expand_as(positive)
            return Words(positive, negative, positive)
        texts = prompter.negatives(batch.indices, draw.choices)
        negative = encode(prompter.encode(texts))
        appended = encode(prompter.encode_negatives(texts))
        return Words(positive, negative, torch.cat([positive, appended], 1))


@dataclass(frozen=True)
class Words:
    """positive, negative [B,L,D] for the teacher; student [B,L or 2L,D] with the negative appended."""

    positive: Tensor
    negative: Tensor
    student: Tensor


def draw_lesson(settings: Distill, draw: Draw, device: torch.device) -> Lesson:
    """Times at which few-step sampling asks, and all others too.

    A quarter begin at the end of time, a third at an edge of a few-step grid, the rest anywhere. Targets:
    clean, the next edge of a few-step grid, or one fine step (all of them while warming up).
    """
    choices, count = draw.choices, draw.size
    stride = round((LAST + 1) / settings.grid)
    t = choices.integers(1, LAST + 1, count)
    edge = np.zeros(count, np.int64)
    for row in range(count):
        grid = [*consistency_timesteps(int(choices.choice(settings.edges))), 0]
        place = choices.random()
        if place < 0.25:
            t[row] = LAST
        elif place < 0.6:
            t[row] = grid[int(choices.integers(len(grid) - 1))]
        edge[row] = max(s for s in grid if s < t[row])
    u = np.maximum(t - stride, 0)
    kind = choices.random(count)
    s = np.where(kind < settings.clean_share, 0, edge)
    s = np.where(kind >= settings.clean_share + settings.edge_share, u, s)
    if draw.fraction < settings.warm_up:
        # Half of them say "clean" all the same: that embedding must not be new when it is needed.
        s = np.where(choices.random(count) < 0.5, 0, u)
        u = np.where(s == 0, 0, u)
    return Lesson(*(torch.from_numpy(x).to(device) for x in (t, u, s)))


def teacher_share(lesson: Lesson, like: Tensor) -> Tensor:
    """Share of the teacher's clean picture (at t) in the lesson, [B,1,1,1]; the rest is the student's at u.

    x_s after teacher's jump t -> u and student's u -> s, written as one jump t -> s of a single clean
    picture: a mixture whose weights add up to 1. It is 1 where s >= u (the teacher alone) and 0 where
    s is clean but u is not.
    """

    def level(t: Tensor) -> tuple[Tensor, Tensor]:
        clean = (t <= 0).view(-1, 1, 1, 1)
        alpha, sigma = (torch.as_tensor(c) for c in coefficients(t, like))
        return torch.where(clean, 1.0, alpha), torch.where(clean, 0.0, sigma)

    (a_t, d_t), (a_u, d_u), (a_s, d_s) = (level(x) for x in (lesson.t, lesson.u, lesson.s))
    whole = a_s - d_s * a_t / d_t
    part = d_s / d_u.clamp_min(1e-6) * (a_u - d_u * a_t / d_t)
    alone = (lesson.s >= lesson.u).view(-1, 1, 1, 1)
    return torch.where(alone, 1.0, (part / whole.clamp_min(1e-6)).clamp(0, 1))


@torch.no_grad()
def few_steps(
    stage: Stage, batch: Batch, x: Tensor, words: Tensor, guidance_scale: float, steps: int
) -> Tensor:
    """The student's sample [B,4,h,w] from x at t = 999, as the engine's `consistency` sampler draws it."""
    grid = consistency_timesteps(steps)
    adapters = (stage.teacher.adapter_depth, stage.teacher.adapter_pose)
    w = torch.full((len(x),), guidance_scale - 1, device=x.device)
    with circular_padding((stage.student, *adapters), batch.wraps, batch.wraps):
        residuals = features(batch, *adapters)
        for i, t in enumerate(grid):
            s = grid[i + 1] if i + 1 < steps else 0
            times = torch.full((len(x),), t, device=x.device)
            condition = guidance_embedding(w) + target_embedding(torch.full_like(times, s))
            v = predict(stage.student, x, times, words, residuals, condition).float()
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
            mine = pixels(few_steps(stage, batch, noises[0], positive, g, steps))
            gaps[f"g{g:g}_steps{steps}"] = _rms(mine - drawn[0]) / max(between, 1e-6)
    return gaps


@torch.no_grad()
def sample_sheet(stage: Stage, vae: AutoencoderDC, path: Path) -> None:
    """Rows: the teacher at 50 steps, the student at 1, 2, 4 and 8, same noise, guidance 4."""
    batch, positive, negative, (noise, _) = _fixed_batch(stage, 8)
    rows = [ddim(stage.teacher, batch, noise, positive, negative, 4.0, 50)]
    rows += [few_steps(stage, batch, noise, positive, 4.0, n) for n in (1, 2, 4, 8)]
    with circular_padding((vae.decoder,), batch.wraps, batch.wraps):
        save_rows(path, [decode(vae, row).float() for row in rows])


def _fixed_batch(stage: Stage, count: int) -> tuple[Batch, Tensor, Tensor, tuple[Tensor, Tensor]]:
    corpus = stage.corpus
    generator = torch.Generator(corpus.device).manual_seed(11)
    batch = corpus.draw(Draw(0, 0.0, count, generator, np.random.default_rng(11)))
    texts = [corpus.pictures.captions[int(i)][0] for i in batch.indices]
    kinds = [int(corpus.kinds[int(i)]) for i in batch.indices]
    ids = corpus.prompter.encode([*texts, *[""] * count], [*kinds, *[None] * count])
    text = stage.teacher.text_encoder(ids.to(corpus.device)).last_hidden_state
    shape = batch.latents.shape
    first = torch.randn(shape, generator=generator, device=corpus.device)
    second = torch.randn(shape, generator=generator, device=corpus.device)
    return batch, text[:count], text[count:], (first, second)


def _rms(difference: Tensor) -> float:
    return float(difference.square().mean().sqrt())
