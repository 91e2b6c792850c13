"""How much quicker Stable Diffusion XL draws than in the pipeline of diffusers, on a CUDA card: networks of its real
sizes, weights by lot, made on the card. A CPU takes minutes for one picture, so there it is not measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from studio_app.core.errors import StudioError
from studio_app.engine.benches.sd15 import placed
from studio_app.engine.benches.stock import (
    LCM,
    STEPS,
    WORDS,
    key_on,
    median_ratio,
    request_of,
    stock_dtype,
    timed,
)
from studio_app.engine.device import Device, best_device, picture_device
from studio_app.engine.diffusion.scheduler_config import table_of
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.sdxl import PAD, PENULTIMATE, StableDiffusionXL
from studio_app.engine.families.sdxl_card import SHARED
from studio_app.engine.loading.networks import class_of
from studio_app.engine.models.stable_card import Said, stable_capabilities
from studio_app.engine.words.clip_words import clip_tokenizer
from studio_app.engine.words.text import PromptEncoder

_NAME = "sdxl"
_TIME = 256
"""Numbers that each of six sizes is told by."""


@dataclass(frozen=True)
class Shape:
    """Of its networks. side: of the picture, in pixels. levels: channels by level; layers: of the transformers at each.
    heads: by level. vae_levels: channels by level. words, text_layers: width and depth of each text encoder; the second
    one's is the pooled vector's too."""

    side: int = 1024
    levels: tuple[int, int, int] = (320, 640, 1280)
    layers: tuple[int, int, int] = (1, 2, 10)
    heads: tuple[int, int, int] = (5, 10, 20)
    vae_levels: tuple[int, ...] = (128, 256, 512, 512)
    words: tuple[int, int] = (768, 1280)
    text_layers: tuple[int, int] = (12, 32)
    text_heads: tuple[int, int] = (12, 20)


def measure(pairs: int = 5) -> dict[str, float]:
    """cuda_sdxl_speedup. StudioError where there is no CUDA card."""
    device = best_device()
    if device.place.type != "cuda":
        raise StudioError(
            "Stable Diffusion XL is measured on a CUDA card alone",
            f"this machine computes on {device.place.type}, where a picture of it takes minutes",
            "Run it where there is a card of 12 GiB or more.",
        )
    return {key_on(device, key): value for key, value in compare(device, pairs).items()}


def compare(device: Device, pairs: int, shape: Shape | None = None) -> dict[str, float]:
    """sdxl_speedup: 1024x1024, 4 steps at guidance 1 with a new seed each time, against StableDiffusionXLPipeline with
    LCMScheduler and the same networks; both sides decode the last picture alone."""
    shape = shape or Shape()
    plain = Device(device.place, stock_dtype(device), torch.contiguous_format)
    parts = networks(shape, plain)
    shared = (parts["unet"], parts["vae"])
    pipe, engine = pipeline(parts), DiffusionEngine(device)
    engine.take(_NAME, model_of(parts, device, shape))
    seeds = iter(range(1, 1 << 30))

    def stock() -> None:
        noise = torch.Generator("cpu").manual_seed(next(seeds))
        side = {"height": shape.side, "width": shape.side}
        pipe(WORDS, generator=noise, num_inference_steps=STEPS, guidance_scale=1.0, **side)

    def ours() -> None:
        for _ in engine.run(request_of(_NAME, shape.side, next(seeds)), wanted=("final",)):
            pass

    def mine() -> None:
        placed(shared[:1], device)
        placed(shared[1:], picture_device(parts["vae"].config, device))

    times = timed([lambda: placed(shared, plain), stock, mine, ours], device, pairs)
    return {"sdxl_speedup": median_ratio(times, 1, 3)}


@contextmanager
def _made_there(device: Device) -> Iterator[None]:
    """Within the block networks are made there and in its precision: in full precision they would not fit twice."""
    kept = torch.get_default_dtype()
    torch.set_default_dtype(device.dtype)
    try:
        with torch.device(device.place):
            yield
    finally:
        torch.set_default_dtype(kept)


def networks(shape: Shape, device: Device) -> dict[str, Any]:
    """unet, vae, text_encoder, text_encoder_2."""
    torch.manual_seed(0)
    first, second = "DownBlock2D", "CrossAttnDownBlock2D"
    names = "UNet2DConditionModel AutoencoderKL CLIPTextModel CLIPTextModelWithProjection"
    unet, vae, text, projecting = (class_of(name) for name in names.split())
    texts = [_text(shape, number) for number in (0, 1)]
    with _made_there(device):
        made: dict[str, Any] = {
            "unet": unet(
                sample_size=shape.side // 8,
                block_out_channels=shape.levels,
                down_block_types=(first, second, second),
                up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                transformer_layers_per_block=shape.layers,
                attention_head_dim=shape.heads,
                cross_attention_dim=sum(shape.words),
                use_linear_projection=True,
                addition_embed_type="text_time",
                addition_time_embed_dim=_TIME,
                projection_class_embeddings_input_dim=shape.words[1] + 6 * _TIME,
            ),
            "vae": vae(
                block_out_channels=shape.vae_levels,
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                layers_per_block=2,
                scaling_factor=0.13025,
            ),
            "text_encoder": text(texts[0]),
            "text_encoder_2": projecting(texts[1]),
        }
    for network in made.values():
        network.requires_grad_(False).eval()
    return made


def _text(shape: Shape, number: int) -> Any:
    width = shape.words[number]
    return class_of("CLIPTextConfig")(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=shape.text_layers[number],
        num_attention_heads=shape.text_heads[number],
        projection_dim=width,
        eos_token_id=49407,
    )


def pipeline(parts: dict[str, Any]) -> Any:
    """Of diffusers; every network of it is ours too."""
    import diffusers

    kind: Any = diffusers.StableDiffusionXLPipeline
    scheduler: Any = diffusers.LCMScheduler
    pipe = kind(
        vae=parts["vae"],
        text_encoder=parts["text_encoder"],
        text_encoder_2=parts["text_encoder_2"],
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(pad=PAD),
        unet=parts["unet"],
        scheduler=scheduler.from_config(LCM),
        add_watermarker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def model_of(parts: dict[str, Any], device: Device, shape: Shape) -> StableDiffusionXL:
    unet, vae, place = parts["unet"], parts["vae"], Path(_NAME)
    can = stable_capabilities(
        Said(unet.config, LCM), usual=shape.side, most=shape.side, controls=()
    )
    texts = tuple(
        PromptEncoder(tokenizer, parts[name], device.place, layer=PENULTIMATE)
        for tokenizer, name in (
            (clip_tokenizer(), "text_encoder"),
            (clip_tokenizer(pad=PAD), "text_encoder_2"),
        )
    )
    table, precise = table_of(LCM, place), picture_device(vae.config, device)
    given = (place, can, device, table, vae, 8, 4, unet, SHARED, texts)
    return StableDiffusionXL(*given, zeros=True, precise=precise)
