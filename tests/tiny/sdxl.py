"""Tiny real Stable Diffusion XL, as diffusers writes folders and as its first program wrote one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny.model import make_tokenizer, make_vae
from tests.tiny.networks import make_kl, write_clip, write_json, write_networks, write_tensors
from tests.tiny.sd15 import ldm_unet_name, ldm_vae

INDEX = {
    "_class_name": "StableDiffusionXLPipeline",
    "force_zeros_for_empty_prompt": True,
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def write_sdxl(
    folder: Path,
    *,
    prediction: str = "epsilon",
    zero_snr: bool = False,
    scheduler: str = "DDIMScheduler",
    controls: bool = True,
    seed: int = 0,
    **index: Any,
) -> None:
    """Writes a whole folder, in half precision: 64x64 pictures. controls: a ControlNet for depth, a union, an adapter
    for edges. index: further entries of its model_index.json."""
    import diffusers
    import torch

    torch.manual_seed(seed)
    unet = make_unet()
    networks: dict[str, Any] = {"unet": unet, "vae": make_vae(attention=True)}
    networks["vae"].register_to_config(scaling_factor=0.13025, force_upcast=True)
    if controls:
        networks["controlnet_depth"] = diffusers.ControlNetModel.from_unet(
            unet, conditioning_embedding_out_channels=(4, 8, 16, 16)
        )
        networks["controlnet_union"] = make_union(unet)
        networks["adapter_edge"] = make_xl_adapter()
    write_networks(folder, networks)
    tokenizer = make_tokenizer(77)
    for end in ("", "_2"):
        write_clip(folder, tokenizer, end, pools=bool(end), width=32)
    getattr(diffusers, scheduler)(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type=prediction,
        rescale_betas_zero_snr=zero_snr,
        steps_offset=1,
        timestep_spacing="trailing" if zero_snr else "leading",
    ).save_pretrained(folder / "scheduler")
    index = INDEX | {"scheduler": ["diffusers", scheduler]} | index
    write_json(folder / "model_index.json", index)


def make_unet(*, words: int = 64, projected: int = 32) -> Any:
    from diffusers import UNet2DConditionModel

    depths: Any = [1, 1, 2]  # diffusers' annotations allow one number only
    heads: Any = [1, 2, 2]
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32, 32),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        cross_attention_dim=words,
        transformer_layers_per_block=depths,
        attention_head_dim=heads,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=projected + 6 * 8,
    )


def make_union(unet: Any) -> Any:
    from diffusers import ControlNetUnionModel

    config = {k: v for k, v in unet.config.items() if not k.startswith("_")}
    known = ("block_out_channels", "down_block_types", "layers_per_block", "norm_num_groups")
    known += ("cross_attention_dim", "transformer_layers_per_block", "attention_head_dim")
    known += ("use_linear_projection", "addition_embed_type", "addition_time_embed_dim")
    known += ("projection_class_embeddings_input_dim",)
    return ControlNetUnionModel(
        **{name: config[name] for name in known},
        conditioning_embedding_out_channels=(4, 8, 16, 16),
        num_control_type=6,
        num_trans_channel=16,
        num_trans_head=2,
        num_proj_channel=16,
    )


def make_xl_adapter() -> Any:
    from diffusers import T2IAdapter

    return T2IAdapter(
        in_channels=1,
        channels=[16, 32, 32, 32],
        num_res_blocks=1,
        downscale_factor=16,
        adapter_type="full_adapter_xl",
    )


def write_single_file(path: Path, seed: int = 0, **marks: Any) -> Path:
    """Writes Stable Diffusion XL in one file, in the names of its first program, and the same networks as a folder of
    diffusers beside it, which it returns. marks: more tensors."""
    import torch
    from diffusers import DDIMScheduler, UNet2DConditionModel

    from studio_app.engine.words.clip_words import clip_tokenizer

    torch.manual_seed(seed)
    depths: Any = [1, 1, 2]
    heads: Any = [1, 1, 1]
    unet: Any = UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(64, 64, 64),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=128,
        transformer_layers_per_block=depths,
        attention_head_dim=heads,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=64 + 6 * 8,
    )
    vae = make_kl(layers=2, sample_size=1024, scaling_factor=0.13025)
    folder = path.with_suffix("")
    write_networks(folder, {"unet": unet, "vae": vae})
    tensors = {_ldm_unet(name): tensor for name, tensor in unet.state_dict().items()}
    tensors |= ldm_vae(vae.state_dict())
    first = write_clip(folder, clip_tokenizer(), width=64)
    second = write_clip(folder, clip_tokenizer(pad="!"), "_2", pools=True, width=64)
    body = "conditioner.embedders.0.transformer.text_model."
    tensors |= {f"{body}{name}": tensor for name, tensor in first.state_dict().items()}
    tensors |= _open_clip(second)
    tensors |= marks
    write_tensors(path, tensors)
    DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        steps_offset=1,
        prediction_type="v_prediction" if "v_pred" in marks else "epsilon",
        rescale_betas_zero_snr="ztsnr" in marks,
    ).save_pretrained(folder / "scheduler")
    write_json(folder / "model_index.json", INDEX)
    return folder


def _ldm_unet(name: str) -> str:
    name = name.replace("add_embedding.linear_1.", "label_emb.0.0.")
    name = name.replace("add_embedding.linear_2.", "label_emb.0.2.")
    # The first block upwards has attention here, so what enlarges it comes third.
    return ldm_unet_name(name).replace("output_blocks.2.1.conv.", "output_blocks.2.2.conv.")


_OPEN_CLIP = {
    "text_model.": "",
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.": "ln_final.",
    "encoder.layers.": "transformer.resblocks.",
    ".layer_norm1.": ".ln_1.",
    ".layer_norm2.": ".ln_2.",
    ".mlp.fc1.": ".mlp.c_fc.",
    ".mlp.fc2.": ".mlp.c_proj.",
    ".self_attn.out_proj.": ".attn.out_proj.",
}


def _open_clip(model: Any) -> dict[str, Any]:
    import torch

    state, found = model.state_dict(), {}
    for name, tensor in state.items():
        own = name
        for new, old in _OPEN_CLIP.items():
            own = own.replace(new, old)
        if own == "text_projection.weight":
            found["text_projection"] = tensor.t()
        elif ".self_attn.q_proj." in own:
            parts = [state[name.replace("q_proj", f"{x}_proj")] for x in "qkv"]
            joined = own.replace(".self_attn.q_proj.", ".attn.in_proj_")
            found[joined] = torch.cat(parts)
        elif ".self_attn." not in own:
            found[own] = tensor
    found["logit_scale"] = torch.ones(())
    return {f"conditioner.embedders.1.model.{name}": tensor for name, tensor in found.items()}
