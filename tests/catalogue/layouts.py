"""Headers of every layout, made of the real classes at their real widths on the meta device: no numbers, no memory.

Fewer blocks than the originals where more would only repeat. Layouts of other programs are the same tensors under the
names that those programs give; where no such conversion is at hand, the names that diffusers itself knows them by.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch

from studio_app.catalogue.headers import Header, TensorInfo
from tests.tiny.klein import original_name as bfl_name
from tests.tiny.sd15 import ldm_unet_name, ldm_vae_name
from tests.tiny.z_image import original_name

Tensors = dict[str, TensorInfo]


@cache
def _made(library: str, name: str, settings: tuple[tuple[str, Any], ...]) -> Tensors:
    import diffusers
    import transformers

    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the libraries say of their own futures
        kind = getattr(diffusers if library == "diffusers" else transformers, name)
        if library == "transformers":
            config = getattr(transformers, settings[0][1])(**dict(settings[1:]))
            network = kind(config)
        else:
            network = kind(**dict(settings))
    return {n: TensorInfo("F16", tuple(t.shape)) for n, t in network.state_dict().items()}


def network(name: str, **settings: Any) -> Tensors:
    """The header of a class of diffusers."""
    frozen = tuple(
        (key, tuple(v) if isinstance(v, list) else v) for key, v in sorted(settings.items())
    )
    return _made("diffusers", name, frozen)


def encoder(name: str, config: str, **settings: Any) -> Tensors:
    """The header of a class of transformers."""
    return _made("transformers", name, (("config", config), *settings.items()))


def unet(words: int = 768, channels: int = 4, **more: Any) -> Tensors:
    return network("UNet2DConditionModel", cross_attention_dim=words, in_channels=channels, **more)


def xl(words: int = 2048, told: int = 2816) -> Tensors:
    return network(
        "UNet2DConditionModel",
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 4),
        cross_attention_dim=words,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=told,
        use_linear_projection=True,
    )


def vae(channels: int = 4, **more: Any) -> Tensors:
    return network(
        "AutoencoderKL",
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=channels,
        **more,
    )


def clip(width: int = 768) -> Tensors:
    return encoder(
        "CLIPTextModelWithProjection" if width == 1280 else "CLIPTextModel",
        "CLIPTextConfig",
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=2,
        num_attention_heads=width // 64,
    )


def t5(width: int = 4096) -> Tensors:
    return encoder("T5EncoderModel", "T5Config", d_model=width, d_ff=10240, num_layers=2)


def qwen3(width: int = 2560) -> Tensors:
    return encoder(
        "Qwen3Model", "Qwen3Config", vocab_size=151936, hidden_size=width, num_hidden_layers=2
    )  # fmt: skip


def named(tensors: Mapping[str, TensorInfo], before: str) -> Tensors:
    return {f"{before}{name}": info for name, info in tensors.items()}


def ldm(tensors: Tensors) -> Tensors:
    told = {
        "add_embedding.linear_1.": "label_emb.0.0.",
        "add_embedding.linear_2.": "label_emb.0.2.",
    }
    made: Tensors = {}
    for name, info in tensors.items():
        for new, old in told.items():
            name = name.replace(new, old)
        made[ldm_unet_name(name)] = info
    return made


def ldm_vae(tensors: Tensors) -> Tensors:
    return {ldm_vae_name(name): info for name, info in tensors.items()}


def marks(*names: str, shape: tuple[int, ...] = (8, 8), **shapes: tuple[int, ...]) -> Tensors:
    """Of a layout for which there is no converter here: the tensors that it is known by."""
    return {name: TensorInfo("BF16", shapes.get(name, shape)) for name in names}


def open_clip(width: int) -> Tensors:
    """As the program of OpenCLIP names it."""
    return {
        "token_embedding.weight": TensorInfo("F16", (49408, width)),
        "positional_embedding": TensorInfo("F16", (77, width)),
        "transformer.resblocks.0.attn.in_proj_weight": TensorInfo("F16", (3 * width, width)),
        "transformer.resblocks.9.mlp.c_proj.bias": TensorInfo("F16", (width,)),
        "text_projection": TensorInfo("F16", (width, width)),
    }


def sd1_file() -> Tensors:
    words = named(clip(), "cond_stage_model.transformer.text_model.")
    return ldm(unet()) | ldm_vae(vae()) | words


def xl_file() -> Tensors:
    words = named(clip(), "conditioner.embedders.0.transformer.text_model.")
    return (
        ldm(xl()) | ldm_vae(vae()) | words | named(open_clip(1280), "conditioner.embedders.1.model.")
    )  # fmt: skip


def flux1(guided: bool = True, entry: int = 64) -> Tensors:
    return network(
        "FluxTransformer2DModel",
        num_layers=1,
        num_single_layers=2,
        guidance_embeds=guided,
        in_channels=entry,
    )


def z_image_file() -> Tensors:
    """As ComfyUI saves it whole: queries, keys and values are one matrix."""
    made: Tensors = {}
    for name, info in network("ZImageTransformer2DModel", n_layers=2).items():
        if ".attention.to_q." in name:
            info = TensorInfo(info.dtype, (3 * info.shape[0], *info.shape[1:]))
        if not re.search(r"\.attention\.to_[kv]\.", name):
            made[original_name(name)] = info
    pictures = vae(16, use_quant_conv=False, use_post_quant_conv=False)
    pictures = {
        f"vae.{ldm_vae_name(n).removeprefix('first_stage_model.')}": i for n, i in pictures.items()
    }
    words = named(qwen3(), "text_encoders.qwen3_4b.transformer.model.")
    return named(made, "model.diffusion_model.") | pictures | words


def klein_file() -> Tensors:
    """As ComfyUI would save it whole, in the names of Black Forest Labs."""
    made: Tensors = {}
    for name, info in flux2(3072, 7680).items():
        if re.search(r"attn\.(to_[kv]|add_[kv]_proj)\.", name):
            continue
        if re.search(r"\.attn\.(to_q|add_q_proj)\.", name):
            info = TensorInfo(info.dtype, (3 * info.shape[0], *info.shape[1:]))
        made[bfl_name(name)] = info
    pictures = {
        f"vae.{ldm_vae_name(n).removeprefix('first_stage_model.')}": i
        for n, i in network("AutoencoderKLFlux2").items()
    }
    words = named(qwen3(), "text_encoders.qwen3_4b.transformer.model.")
    return named(made, "model.diffusion_model.") | pictures | words


def flux2(width: int, words: int) -> Tensors:
    return network(
        "Flux2Transformer2DModel",
        num_layers=1,
        num_single_layers=2,
        num_attention_heads=width // 128,
        joint_attention_dim=words,
    )


def bfl_flux1(guided: bool, entry: int = 64) -> Tensors:
    made = marks(
        "double_blocks.0.img_attn.norm.key_norm.scale", "double_blocks.0.img_mod.lin.weight",
        "single_blocks.0.linear1.weight", "img_in.weight", **{"img_in.weight": (3072, entry)},
    )  # fmt: skip
    return made | (marks("guidance_in.in_layer.bias") if guided else {})


def kohya(network: Tensors, prefix: str, rank: int = 16, kin: str = "") -> Tensors:
    """A LoRA of a network's linear layers in kohya's names; as LoKr where `kin` says so."""
    made: Tensors = {}
    for name, info in network.items():
        if not name.endswith(".weight") or len(info.shape) != 2 or "embed" in name:
            continue
        own = prefix + name.removesuffix(".weight").replace(".", "_")
        if kin == "lokr":
            made[f"{own}.lokr_w1"] = TensorInfo("F16", (4, 4))
            made[f"{own}.lokr_w2"] = TensorInfo("F16", (info.shape[0] // 4, info.shape[1] // 4))
        else:
            made[f"{own}.lora_down.weight"] = TensorInfo("F16", (rank, info.shape[1]))
            made[f"{own}.lora_up.weight"] = TensorInfo("F16", (info.shape[0], rank))
        made[f"{own}.alpha"] = TensorInfo("F16", ())
    return made


def peft(network: Tensors, prefix: str, rank: int = 8) -> Tensors:
    """A LoRA of a network's linear layers as PEFT names it."""
    made: Tensors = {}
    for name, info in network.items():
        if name.endswith(".weight") and len(info.shape) == 2 and "embed" not in name:
            own = prefix + name.removesuffix(".weight")
            made[f"{own}.lora_A.weight"] = TensorInfo("BF16", (rank, info.shape[1]))
            made[f"{own}.lora_B.weight"] = TensorInfo("BF16", (info.shape[0], rank))
    return made


def in_dtype(tensors: Tensors, dtype: str, *ends: str) -> Tensors:
    """Its matrices in another dtype, each with a scale of every one of these names."""
    made: Tensors = {}
    for name, info in tensors.items():
        wide = name.endswith(".weight") and len(info.shape) == 2
        made[name] = TensorInfo(dtype, info.shape) if wide else info
        if wide:
            before = name.removesuffix(".weight")
            made |= {f"{before}{end}": TensorInfo("F32", ()) for end in ends}
    return made


def header(tensors: Tensors, **metadata: str) -> Header:
    return Header(
        tensors, {name.replace("__", "."): text for name, text in metadata.items()}, 1 << 30
    )
