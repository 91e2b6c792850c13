"""How much quicker Stable Diffusion 1 draws than in the pipeline of diffusers, where no such model is at hand: its
networks have their real sizes and weights by lot, rounded to bfloat16 so that both sides multiply the same numbers.
The one bench that knows a family, since it puts a model of it together."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.hardware import GIB, memory
from studio_app.engine.benches.stock import (
    LCM,
    STEPS,
    WORDS,
    key_on,
    median_ratio,
    request_of,
    stock_dtype,
    timed,
    tuned,
)
from studio_app.engine.controls.folders import ControlFolder
from studio_app.engine.controls.networks import ControlNet, ControlNetworks
from studio_app.engine.device import Device, best_device
from studio_app.engine.diffusion.scheduler_config import table_of
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.sd15 import StableDiffusion1
from studio_app.engine.families.sd15_card import SHARED
from studio_app.engine.loading.networks import class_of
from studio_app.engine.models.stable_card import Said, stable_capabilities
from studio_app.engine.words.clip_words import clip_tokenizer
from studio_app.engine.words.text import PromptEncoder

NEEDED = 9 << 30
"""Bytes of free memory that both sides take on a CPU."""
_NAME = "sd15"
_TUNING = 30
"""Seconds, at most, until nothing gets quicker any more."""


@dataclass(frozen=True)
class Shape:
    """Of its networks. side: of the picture, in pixels. levels, vae_levels: channels by level, four each. words,
    text_layers: width and depth of the text encoder."""

    side: int = 512
    levels: tuple[int, ...] = (320, 640, 1280, 1280)
    vae_levels: tuple[int, ...] = (128, 256, 512, 512)
    words: int = 768
    text_layers: int = 12


def measure(pairs: int = 3) -> dict[str, float]:
    """Figures of `compare` by key, with `cuda_` before it on a CUDA card. StudioError where memory is short."""
    device, free = best_device(), memory()[1]
    if device.place.type == "cpu" and free < NEEDED:
        raise StudioError(
            "Too little memory to measure Stable Diffusion 1",
            f"{free / GIB:.1f} GiB are free, and both sides take {NEEDED / GIB:.0f} GiB",
            "Close other programs",
        )
    return {key_on(device, key): value for key, value in compare(device, pairs).items()}


def compare(
    device: Device, pairs: int, shape: Shape | None = None, *, apart: bool | None = None
) -> dict[str, float]:
    """sd15_speedup: 512x512, 4 steps, a ControlNet of a depth drawing that is new each time, guidance 1, against
    StableDiffusionControlNetPipeline with LCMScheduler; that one gives no x_0 of its steps, so that both sides decode
    the last picture alone. sd15_over_bare, only on a CUDA card: our time over that of the forward passes of U-Net and
    ControlNet and the decode alone.

    apart: whether each side has networks of its own, as on a card: what is moved from one to the other there is no part
    of a CUDA graph any more. Else they share them, for a CPU's memory."""
    shape, card = shape or Shape(), device.place.type == "cuda"
    apart = card if apart is None else apart
    parts = networks(shape)
    theirs = copy.deepcopy(parts) if apart else parts
    plain = Device(device.place, stock_dtype(device), torch.contiguous_format)
    model = model_of(parts, device, shape)
    pipe = pipeline(theirs, plain)
    engine = DiffusionEngine(device)
    engine.take(_NAME, model)
    drawn = iter(range(1, 1 << 30))

    def stock() -> None:
        i = next(drawn)
        hint = torch.from_numpy(_drawing(shape, i))[None, None].expand(1, 3, -1, -1)
        pipe(WORDS, image=hint, num_inference_steps=STEPS, guidance_scale=1.0)

    def ours() -> None:
        i = next(drawn)
        depth = Control("depth", _drawing(shape, i))
        for _ in engine.run(request_of(_NAME, shape.side, i, (depth,)), wanted=("final",)):
            pass

    def to_stock() -> None:
        placed((theirs["unet"], theirs["vae"]), plain)

    def to_ours() -> None:
        placed((parts["unet"], parts["vae"]), device)

    if apart:
        to_stock()
        to_ours()
        tuned(engine, ours, _TUNING)
        works = [stock, ours]
    else:
        works = [to_stock, stock, to_ours, ours]
    if card:
        works.append(lambda: bare(model, device, shape))
    times = timed(works, device, pairs)
    mine = works.index(ours)
    found = {"sd15_speedup": median_ratio(times, works.index(stock), mine)}
    if card:
        found["sd15_over_bare"] = median_ratio(times, mine, len(works) - 1)
    return found


def _drawing(shape: Shape, i: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """float32 [side, side], 0..1, of the i-th stroke."""
    ramp = np.linspace(0, 1, shape.side**2, dtype=np.float32).reshape(shape.side, shape.side)
    return np.roll(ramp, i)


def networks(shape: Shape) -> dict[str, Any]:
    """float32; unet, vae, text_encoder, controlnet."""
    torch.manual_seed(0)
    settings = class_of("CLIPTextConfig")(
        vocab_size=49408,
        hidden_size=shape.words,
        intermediate_size=4 * shape.words,
        num_hidden_layers=shape.text_layers,
        num_attention_heads=12,
    )
    unet = class_of("UNet2DConditionModel")(
        sample_size=shape.side // 8,
        cross_attention_dim=shape.words,
        block_out_channels=shape.levels,
    )
    made: dict[str, Any] = {
        "unet": unet,
        "vae": class_of("AutoencoderKL")(
            block_out_channels=shape.vae_levels,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            scaling_factor=0.18215,
        ),
        "text_encoder": class_of("CLIPTextModel")(settings),
        "controlnet": class_of("ControlNetModel").from_unet(unet),
    }
    with torch.no_grad():
        for network in made.values():
            network.requires_grad_(False).eval()
            for weight in network.parameters():
                weight.copy_(weight.bfloat16())
    return made


def pipeline(parts: dict[str, Any], plain: Device) -> Any:
    """Of diffusers. Its U-Net and its autoencoder are ours, which `placed` makes the one side's or the other's."""
    import diffusers

    kind: Any = diffusers.StableDiffusionControlNetPipeline
    scheduler: Any = diffusers.LCMScheduler
    pipe = kind(
        vae=parts["vae"],
        text_encoder=copy.deepcopy(parts["text_encoder"]).to(plain.place, plain.dtype),
        tokenizer=clip_tokenizer(),
        unet=parts["unet"],
        controlnet=parts["controlnet"].to(plain.place, plain.dtype),
        scheduler=scheduler.from_config(LCM),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def model_of(parts: dict[str, Any], device: Device, shape: Shape) -> StableDiffusion1:
    """Ours of these networks; its ControlNet is a copy, since it is taken apart."""
    unet, vae, place = parts["unet"], parts["vae"], Path(_NAME)
    can = stable_capabilities(
        Said(unet.config, LCM), usual=shape.side, most=shape.side, controls=("depth",)
    )
    text = PromptEncoder(clip_tokenizer(), parts["text_encoder"].to(device.place), device.place)
    table = table_of(LCM, place)
    model = StableDiffusion1(place, can, device, table, vae, 8, 4, unet, SHARED, text)
    network = copy.deepcopy(parts["controlnet"])
    placed((network,), device)
    folder = ControlFolder(place, "controlnet_depth")
    control = ControlNet(network, device)
    model.calls[network] = control.call  # as where it is read: a card captures it too
    known = {folder: control}
    model.drawn = ControlNetworks(place, {"depth": folder}, unet, 8, device, known, model.calls)
    return model


def bare(model: StableDiffusion1, device: Device, shape: Shape) -> None:
    """The forward passes of a run, and nothing else."""
    like: dict[str, Any] = {"device": device.place, "dtype": device.dtype}
    side, channels = shape.side // 8, shape.levels[0]
    x = torch.randn(1, 4, side, side, **like).contiguous(memory_format=device.memory_format)
    t, words = torch.tensor([500], device=device.place), torch.randn(1, 77, shape.words, **like)
    network = model.drawn.of("depth").network
    drawn = torch.randn(1, channels, side, side, **like)
    drawn = drawn.contiguous(memory_format=device.memory_format)
    with torch.inference_mode():
        for _ in range(STEPS):
            down, middle = network(x, t, words, drawn, return_dict=False)
            model.unet(
                x,
                t,
                words,
                down_block_additional_residuals=down,
                mid_block_additional_residual=middle,
            )
        model.vae.decode(x)


def placed(networks: tuple[Any, ...], device: Device) -> None:
    """There, in its precision, its channels in its order."""
    for network in networks:
        network.to(device.place, device.dtype)
        network.to(memory_format=device.memory_format)
