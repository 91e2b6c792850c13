"""Tiny real Stable Diffusion 1.5 folders, as diffusers writes them: 64x64 pictures, seeded random weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.tiny.model import make_adapter, make_tokenizer, make_vae, write_text_encoder
from tests.tiny.networks import make_kl, write_clip, write_json, write_networks, write_tensors

INDEX: dict[str, Any] = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.42.1",
    "feature_extractor": [None, None],
    "safety_checker": [None, None],
    "requires_safety_checker": False,
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


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
    write_networks(folder, networks)
    write_text_encoder(folder, make_tokenizer(77))
    made = getattr(diffusers, scheduler)(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type=prediction,
        steps_offset=1,
    )
    made.save_pretrained(folder / "scheduler")
    write_json(folder / "model_index.json", INDEX | {"scheduler": ["diffusers", scheduler]})


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


def write_single_file(path: Path, seed: int = 0, **marks: Any) -> Path:
    """Writes Stable Diffusion 1 in one file, in the names of its first program, and the same networks as a folder of
    diffusers beside it, which it returns. Four levels and CLIP's words, as the real one; 6 MB. marks: more tensors."""
    import torch
    from diffusers import DDIMScheduler, UNet2DConditionModel

    from studio_app.engine.words.clip_words import clip_tokenizer

    torch.manual_seed(seed)
    unet: Any = UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(32, 32, 64, 64),
        layers_per_block=2,
        cross_attention_dim=64,
        attention_head_dim=8,
    )
    vae = make_kl(32, 32, 64, 64, layers=2, sample_size=512)
    folder = path.with_suffix("")
    write_networks(folder, {"unet": unet, "vae": vae})
    words = write_clip(folder, clip_tokenizer(), width=64, num_hidden_layers=2).state_dict()
    DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
    ).save_pretrained(folder / "scheduler")
    write_json(folder / "model_index.json", INDEX | {"scheduler": ["diffusers", "DDIMScheduler"]})

    tensors = {ldm_unet_name(name): tensor for name, tensor in unet.state_dict().items()}
    tensors |= ldm_vae(vae.state_dict())
    body = "cond_stage_model.transformer.text_model."
    tensors |= {f"{body}{name}": tensor for name, tensor in words.items()}
    tensors[f"{body}embeddings.position_ids"] = torch.arange(77)[None]
    tensors["alphas_cumprod"] = torch.ones(1000)
    tensors |= marks
    write_tensors(path, tensors)
    return folder


_UNET = {
    "time_embedding.linear_1.": "time_embed.0.",
    "time_embedding.linear_2.": "time_embed.2.",
    "conv_in.": "input_blocks.0.0.",
    "conv_norm_out.": "out.0.",
    "conv_out.": "out.2.",
}
_BLOCKS = {"mid_block.attentions.0.": "middle_block.1."}
_BLOCKS |= {f"mid_block.resnets.{j}.": f"middle_block.{2 * j}." for j in range(2)}
_VAE_BLOCKS = {"mid_block.attentions.0.": "mid.attn_1."}
_VAE_BLOCKS |= {f"mid_block.resnets.{j}.": f"mid.block_{j + 1}." for j in range(2)}
for _i in range(4):
    for _j in range(3):
        _BLOCKS[f"down_blocks.{_i}.resnets.{_j}."] = f"input_blocks.{3 * _i + _j + 1}.0."
        _BLOCKS[f"down_blocks.{_i}.attentions.{_j}."] = f"input_blocks.{3 * _i + _j + 1}.1."
        _BLOCKS[f"up_blocks.{_i}.resnets.{_j}."] = f"output_blocks.{3 * _i + _j}.0."
        _BLOCKS[f"up_blocks.{_i}.attentions.{_j}."] = f"output_blocks.{3 * _i + _j}.1."
        _VAE_BLOCKS[f"down_blocks.{_i}.resnets.{_j}."] = f"down.{_i}.block.{_j}."
        _VAE_BLOCKS[f"up_blocks.{_i}.resnets.{_j}."] = f"up.{3 - _i}.block.{_j}."
    _BLOCKS[f"down_blocks.{_i}.downsamplers.0.conv."] = f"input_blocks.{3 * (_i + 1)}.0.op."
    _BLOCKS[f"up_blocks.{_i}.upsamplers.0."] = f"output_blocks.{3 * _i + 2}.{1 if _i == 0 else 2}."
    _VAE_BLOCKS[f"down_blocks.{_i}.downsamplers.0."] = f"down.{_i}.downsample."
    _VAE_BLOCKS[f"up_blocks.{_i}.upsamplers.0."] = f"up.{3 - _i}.upsample."
_RESNETS = {
    ".norm1.": ".in_layers.0.",
    ".conv1.": ".in_layers.2.",
    ".norm2.": ".out_layers.0.",
    ".conv2.": ".out_layers.3.",
    ".time_emb_proj.": ".emb_layers.1.",
    ".conv_shortcut.": ".skip_connection.",
}
_ATTENTION = {
    ".group_norm.": ".norm.",
    ".to_q.": ".q.",
    ".to_k.": ".k.",
    ".to_v.": ".v.",
    ".to_out.0.": ".proj_out.",
}


def _changed(name: str, table: dict[str, str]) -> str:
    for new, old in table.items():
        name = name.replace(new, old)
    return name


def ldm_unet_name(name: str) -> str:
    resnet = ".resnets." in name
    name = (
        _changed(name, _BLOCKS)
        if "blocks" in name or "mid_block" in name
        else _changed(name, _UNET)
    )
    return "model.diffusion_model." + (_changed(name, _RESNETS) if resnet else name)


def ldm_vae_name(name: str) -> str:
    attends = ".attentions." in name
    name = _changed(name, _VAE_BLOCKS).replace("conv_shortcut", "nin_shortcut")
    name = name.replace("conv_norm_out", "norm_out")
    return "first_stage_model." + (_changed(name, _ATTENTION) if attends else name)


def ldm_vae(state: Mapping[str, Any], *, alone: bool = False) -> dict[str, Any]:
    """An autoencoder's tensors as the first programs lay them. alone: in a file of its own."""
    found: dict[str, Any] = {}
    for name, tensor in state.items():
        own = ldm_vae_name(name).removeprefix("first_stage_model." if alone else "")
        flat = ".attentions." in name and name.endswith("weight") and tensor.ndim == 2
        found[own] = tensor[:, :, None, None] if flat else tensor
    return found
