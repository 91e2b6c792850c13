"""Tiny real Stable Diffusion 1.5 folders, as diffusers writes them: 64x64 pictures, seeded random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.tiny_model import liven, make_adapter, make_tokenizer, make_vae, write_text_encoder


def write_sd15(
    folder: Path,
    *,
    prediction: str = "epsilon",
    guidance_embedding: bool = False,
    scheduler: str = "PNDMScheduler",
    controlnets: tuple[str, ...] = ("depth", "pose"),
    adapters: tuple[str, ...] = ("edge",),
    seed: int = 0,
) -> None:
    """Writes a whole folder, in half precision. guidance_embedding: as an LCM has it."""
    import diffusers
    import torch

    torch.manual_seed(seed)
    unet = make_unet(guidance_embedding=guidance_embedding)
    networks: dict[str, Any] = {"unet": unet, "vae": make_vae(attention=True)}
    networks["vae"].register_to_config(scaling_factor=0.18215)
    for kind in controlnets:
        networks[f"controlnet_{kind}"] = make_controlnet(unet)
    for kind in adapters:
        networks[f"adapter_{kind}"] = make_adapter(1 if kind == "edge" else 3, 8)
    for name, network in networks.items():
        liven(network)
        network.half().save_pretrained(folder / name)
    write_text_encoder(folder, make_tokenizer(77))
    made = getattr(diffusers, scheduler)(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type=prediction,
        steps_offset=1,
    )
    made.save_pretrained(folder / "scheduler")
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.42.1",
        "feature_extractor": [None, None],
        "safety_checker": [None, None],
        "requires_safety_checker": False,
        "scheduler": ["diffusers", scheduler],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")


def make_unet(*, guidance_embedding: bool = False) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        cross_attention_dim=32,
        attention_head_dim=2,
        time_cond_proj_dim=256 if guidance_embedding else None,
    )


def make_controlnet(unet: Any) -> Any:
    from diffusers import ControlNetModel

    return ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(4, 8, 16, 16))
