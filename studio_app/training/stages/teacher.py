"""Stage 2: the denoiser by text, depth and pose, with the text encoder and the two adapters.

v-prediction on the zero-terminal-SNR schedule of engine/diffusion/schedule.py. Any condition may be absent, so
guidance can be computed, and an artist may draw only what matters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderDC, T2IAdapter, UNet2DConditionModel
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPTextModel

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.engine.diffusion.schedule import (
    add_noise,
    alphas_cumprod,
    consistency_timesteps,
    jump,
    predict_x0_eps,
    v_target,
)
from studio_app.engine.operators.tiling import circular_padding
from studio_app.training.checkpoints import averaged_weights, load_model_weights
from studio_app.training.corpus import Batch, Corpus, Drawings, features, open_corpus, open_vae
from studio_app.training.data import open_pictures
from studio_app.training.device import choose_device
from studio_app.training.gradients import Compiler
from studio_app.training.loop import Draw, Run
from studio_app.training.networks import (
    GUIDANCE_CHANNELS,
    make_adapter,
    make_text_encoder,
    make_unet,
    placed,
)
from studio_app.training.progress import Progress
from studio_app.training.recipe import Half, Recipe
from studio_app.training.sheet import save_rows
from studio_app.training.stages.autoencoder import decode
from studio_app.training.timesteps import (
    early_times,
    logit_normal_times,
    min_snr_weight,
    uniform_times,
)
from studio_app.training.tokenizer import build_tokenizer, load_tokenizer, save_tokenizer
from studio_app.training.watch import Kept, Watch, open_decoder

STAGE = "teacher"
PARTS = ("unet", "text_encoder", "adapter_depth", "adapter_pose")


@dataclass(frozen=True)
class Networks:
    """Everything the teacher stage trains."""

    unet: UNet2DConditionModel
    text_encoder: CLIPTextModel
    adapter_depth: T2IAdapter
    adapter_pose: T2IAdapter

    def modules(self) -> dict[str, nn.Module]:
        """By the names of the checkpoint's folders."""
        return {name: getattr(self, name) for name in PARTS}


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Trains (or goes on training); the state, with averaged weights, is in `out`/teacher.

    start: a checkpoint folder to begin from (`teacher/`, `text_encoder/`, the adapters, `tokenizer/`,
    and `vae/` if this run has trained none). Raises StudioError.
    """
    device = choose_device(recipe.device)
    folder = out / STAGE
    torch.manual_seed(recipe.seed)
    vae = open_vae(recipe, out, start, device)
    tokenizer = open_tokenizer(recipe, data, out, start)
    half = recipe.teacher.half.until > 0
    corpus = open_corpus(recipe, data, out, vae, tokenizer, progress, half=half)
    write_text_atomic(out / "world.json", json.dumps(corpus.description()))
    networks = make_networks(recipe, tokenizer, device)
    if start is not None:
        load_model_weights(start / "teacher", networks.unet)
        for name in PARTS[1:]:
            load_model_weights(start / name, networks.modules()[name])
    compiler = Compiler(recipe.teacher.plan.compile)
    forward = compiler(networks.unet)

    def loss(draw: Draw) -> dict[str, Tensor]:
        return teacher_loss(recipe, networks, corpus, draw, forward)

    watch, kept = _watch(recipe, networks, data, out, start, vae, tokenizer, progress), Kept(folder)

    def sample(step: int) -> None:
        del step
        sample_sheet(networks, vae, corpus, folder / "sheet.png")

    Run(
        folder=folder,
        plan=recipe.teacher.plan,
        modules=networks.modules(),
        loss=loss,
        device=device,
        seed=recipe.seed + 1,
        autocast=recipe.autocast,
        compiler=compiler,
        sample=sample,
        progress=progress,
        watch=None if watch is None else watch.figures,
        keeps=kept.wants,
    ).run()
    return folder


def _watch(
    recipe: Recipe,
    networks: Networks,
    data: Path,
    out: Path,
    start: Path | None,
    vae: AutoencoderDC,
    tokenizer: Any,
    progress: Progress | None,
) -> Watch | None:
    """On the held-out pictures of `data`/val; None where there are none."""
    if not any((data / "val").glob("shard-*.safetensors")):
        return None
    plain = recipe.model_copy(update={"drawn": recipe.drawn.model_copy(update={"warps": 0})})
    held = open_corpus(plain, data, out, vae, tokenizer, progress, split="val")
    return Watch(networks, held, open_decoder(recipe, out, start, vae, vae.device))


def teacher_loss(
    recipe: Recipe,
    networks: Networks,
    corpus: Corpus,
    draw: Draw,
    forward: Callable[..., Any] | None = None,
) -> dict[str, Tensor]:
    """Weighted squared error of v on one batch."""
    settings = recipe.teacher
    draw, half = sized(draw, settings.half)
    batch = corpus.draw(draw, half)
    x_0 = batch.latents
    if settings.timesteps == "uniform":
        t = uniform_times(draw.size, 1000, draw.choices)
    elif settings.timesteps == "early":
        t = early_times(draw.size, 1000, draw.choices)
    else:
        t = logit_normal_times(
            draw.size, 1000, draw.choices, settings.logit_mean, settings.logit_std
        )
    t = t.to(x_0.device)
    noise = torch.randn(x_0.shape, generator=draw.generator, device=x_0.device)
    with wrapping(networks, batch.wraps):
        unet = networks.unet if batch.wraps or forward is None else forward
        text = networks.text_encoder(batch.ids).last_hidden_state
        residuals = features(batch, networks.adapter_depth, networks.adapter_pose)
        v = predict(unet, add_noise(x_0, noise, t), t, text, residuals)
    error = F.mse_loss(v.float(), v_target(x_0, noise, t), reduction="none").mean((1, 2, 3))
    loss = error.mean()
    if settings.weighting == "min_snr":
        weight = min_snr_weight(alphas_cumprod(x_0.device)[t], settings.gamma)
        return {"loss": (weight * error).mean(), "v_error": loss}
    return {"loss": loss}


def sized(draw: Draw, half: Half) -> tuple[Draw, bool]:
    """The draw, larger while the run is at half size, and whether it is."""
    if draw.fraction >= half.until:
        return draw, False
    return replace(draw, size=draw.size * half.batch), True


def predict(
    unet: Callable[..., Any],
    x_t: Tensor,
    t: Tensor,
    text: Tensor,
    residuals: Sequence[Tensor] | None,
    condition: Tensor | None = None,
) -> Tensor:
    """v of a batch [B,4,h,w] at t [B]. condition: timestep_cond [B,256], zeros for the teacher."""
    if condition is None:
        condition = x_t.new_zeros(len(x_t), GUIDANCE_CHANNELS)
    return unet(
        x_t,
        t,
        encoder_hidden_states=text,
        timestep_cond=condition,
        # The U-Net empties the list it is given.
        down_intrablock_additional_residuals=None if residuals is None else list(residuals),
        return_dict=False,
    )[0]


def wrapping(networks: Networks, wraps: bool) -> Any:
    """Circular padding of denoiser and adapters while a batch of textures runs."""
    parts = (networks.unet, networks.adapter_depth, networks.adapter_pose)
    return circular_padding(parts, wraps, wraps)


def make_networks(recipe: Recipe, tokenizer: Any, device: torch.device) -> Networks:
    """Freshly initialised, on `device`."""
    text = make_text_encoder(recipe, len(tokenizer), tokenizer.eos_token_id, tokenizer.bos_token_id)
    return Networks(
        placed(make_unet(recipe), device),
        placed(text, device),
        placed(make_adapter(recipe, 2), device),
        placed(make_adapter(recipe, 3), device),
    )


def load_networks(
    recipe: Recipe, out: Path, tokenizer: Any, device: torch.device, start: Path | None = None
) -> Networks:
    """The averaged weights of the run's teacher stage, else those of the checkpoint folder `start`.

    Raises StudioError when there are neither.
    """
    networks = make_networks(recipe, tokenizer, device)
    folders = {name: name for name in PARTS} | {"unet": "teacher"}
    for name, module in networks.modules().items():
        weights = averaged_weights(out / STAGE, name)
        if weights is not None:
            module.load_state_dict(weights)
        elif start is not None:
            load_model_weights(start / folders[name], module)
        else:
            raise StudioError(
                "The teacher is not trained",
                f"{out / STAGE} holds no state.",
                "Train it first: underpaint train teacher",
            )
        module.eval()
    return networks


def open_tokenizer(recipe: Recipe, data: Path, out: Path, start: Path | None) -> Any:
    """The run's tokenizer, else the start's, else a new one from the captions (kept with the run)."""
    folder = out / "tokenizer"
    if (folder / "tokenizer.json").exists():
        return load_tokenizer(folder)
    if start is not None:
        tokenizer = load_tokenizer(start / "tokenizer")
    else:
        captions = (text for row in open_pictures(data).captions for text in row)
        tokenizer = build_tokenizer(captions, recipe.text.vocabulary, recipe.text.tokens)
    save_tokenizer(tokenizer, folder)
    return load_tokenizer(folder)


@torch.no_grad()
def ddim(
    networks: Networks,
    batch: Batch,
    x: Tensor,
    positive: Tensor,
    negative: Tensor,
    guidance_scale: float,
    steps: int,
) -> Tensor:
    """The teacher's deterministic sample [B,4,h,w] from x at t = 999 (DDIM 2010.02502, real guidance)."""
    grid = consistency_timesteps(steps)
    with wrapping(networks, batch.wraps):
        residuals = features(batch, networks.adapter_depth, networks.adapter_pose)
        twice = None if residuals is None else [torch.cat([f, f]) for f in residuals]
        for i, t in enumerate(grid):
            target = grid[i + 1] if i + 1 < steps else 0
            times = torch.full((2 * len(x),), t, device=x.device)
            both = predict(
                networks.unet, torch.cat([x, x]), times, torch.cat([negative, positive]), twice
            ).float()
            without, with_words = both.chunk(2)
            v = without + guidance_scale * (with_words - without)
            denoised, eps = predict_x0_eps(v, x, t)
            x = jump(denoised, eps, target)
    return x


@torch.no_grad()
def sample_sheet(networks: Networks, vae: AutoencoderDC, corpus: Corpus, path: Path) -> None:
    """Row 1: pictures; row 2: samples from their text and depth; row 3: from their text alone."""
    draw = Draw(0, 0.0, 8, torch.Generator(corpus.device).manual_seed(5), np.random.default_rng(5))
    batch = replace(corpus, warped=()).draw(draw)
    depth = corpus.pictures.take("depth", batch.indices).to(corpus.device).float() / 255
    every = torch.arange(len(depth), device=corpus.device)
    drawn = Drawings(
        every, torch.stack([depth, torch.ones_like(depth)], 1), torch.ones_like(every).float()
    )
    nothing = Drawings(every[:0], drawn.pictures[:0], drawn.strength[:0])
    texts = [corpus.pictures.captions[int(i)][0] for i in batch.indices]
    kinds = [int(corpus.kinds[int(i)]) for i in batch.indices]
    ids = corpus.prompter.encode([*texts, *[""] * len(texts)], [*kinds, *[None] * len(texts)])
    text = networks.text_encoder(ids.to(corpus.device)).last_hidden_state
    positive, negative = text.chunk(2)
    noise = torch.randn(batch.latents.shape, generator=draw.generator, device=corpus.device)
    rows = [batch.latents]
    for depths in (drawn, nothing):
        shown = replace(batch, depth=depths, pose=nothing)
        rows.append(ddim(networks, shown, noise, positive, negative, 3.0, 16))
    with circular_padding((vae.decoder,), batch.wraps, batch.wraps):
        save_rows(path, [decode(vae, row).float() for row in rows])
