"""Z-Image in one file, or in files of its parts: what its networks are, by the header, and the names that they have.

A denoiser alone has the names of its first program, in which queries, keys and values are one matrix, or those of
diffusers. Its autoencoder is that of FLUX.1, named as those of Stable Diffusion are (`engine/loading/ldm.py`).
Free of torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, refused
from studio_app.engine.loading.ldm import Config, Header
from studio_app.engine.loras.names import WHOLE, Share

DENOISER, VAE, TEXT = "model.diffusion_model.", "vae.", "text_encoders.qwen3_4b.transformer."
"""What the names of its parts begin with in one file, as ComfyUI saves it."""
_CHANGED = (
    ("final_layer.", "all_final_layer.2-1."),
    ("x_embedder.", "all_x_embedder.2-1."),
)
_ATTENTION = (
    (".attention.out.", ".attention.to_out.0."),
    (".attention.q_norm.", ".attention.norm_q."),
    (".attention.k_norm.", ".attention.norm_k."),
)


def is_z_image(header: Header) -> bool:
    """Whether a file with this header is Z-Image with all its parts."""
    return (
        f"{DENOISER}layers.0.adaLN_modulation.0.weight" in header
        and any(name.startswith(VAE) for name in header)
        and any(name.startswith(TEXT) for name in header)
    )


def denoiser_name(name: str) -> str | None:
    """Names of the file -> of ZImageTransformer2DModel, but for `qkv`, which is three layers there."""
    if not name.startswith(DENOISER):
        return None
    name = name.removeprefix(DENOISER)
    if name == "norm_final.weight":
        return None  # of the program that it grew out of; no layer reads it
    for old, new in _CHANGED:
        if name.startswith(old):
            name = new + name.removeprefix(old)
    for old, new in _ATTENTION:
        name = name.replace(old, new)
    return name


def also_called(path: str) -> list[tuple[str, Share]]:
    """What a layer of ZImageTransformer2DModel is called in the file, and which share of what is there."""
    name = path
    for old, new in _CHANGED:
        if name.startswith(new):
            name = old + name.removeprefix(new)
    before, _, last = name.rpartition(".attention.")
    if before and last in ("to_q", "to_k", "to_v"):
        return [(f"{before}.attention.qkv", Share("qkv".index(last[-1]), 3))]
    if before and last == "to_out.0":
        return [(f"{before}.attention.out", WHOLE)]
    return [(name, WHOLE)] if name != path else []


def text_name(name: str) -> str | None:
    """Names of the file -> of its text encoder's own."""
    return name.removeprefix(TEXT) if name.startswith(TEXT) else None


def vae_name(header: Header) -> Callable[[str], str | None]:
    """Names of the file -> of AutoencoderKL."""
    own = {
        ldm.VAE + name.removeprefix(VAE): i for name, i in header.items() if name.startswith(VAE)
    }
    rename = ldm.vae_name(own)

    def renamed(name: str) -> str | None:
        return rename(ldm.VAE + name.removeprefix(VAE)) if name.startswith(VAE) else None

    return renamed


def denoiser_config(tensors: Mapping[str, TensorInfo]) -> Config:
    """Of its tensors by the class's names. KeyError, ValueError or IndexError where they are of no such network."""
    width, entering = tensors["all_x_embedder.2-1.weight"].shape
    head = tensors["layers.0.attention.norm_q.weight"].shape[0]
    axes = (head // 4, head * 3 // 8, head * 3 // 8)
    return {
        "_class_name": "ZImageTransformer2DModel",
        "in_channels": entering // 4,
        "dim": width,
        "n_layers": _count(tensors, "layers"),
        "n_refiner_layers": _count(tensors, "noise_refiner"),
        "n_heads": width // head,
        "n_kv_heads": width // head,
        "cap_feat_dim": tensors["cap_embedder.1.weight"].shape[1],
        "axes_dims": list(axes),
        "axes_lens": [1536, 512, 512],
    }


def vae_config(header: Header) -> Config:
    """Likewise, of the whole file's header."""
    own = {name.removeprefix(VAE): info for name, info in header.items() if name.startswith(VAE)}
    levels = _numbers(own, "encoder.down")
    widths = [own[f"encoder.down.{i}.block.0.conv1.weight"].shape[0] for i in levels]
    return {
        "_class_name": "AutoencoderKL",
        "latent_channels": own["decoder.conv_in.weight"].shape[1],
        "block_out_channels": widths,
        "down_block_types": ["DownEncoderBlock2D"] * len(levels),
        "up_block_types": ["UpDecoderBlock2D"] * len(levels),
        "layers_per_block": len(_numbers(own, "encoder.down.0.block")),
        "sample_size": 1024,
        "scaling_factor": 0.3611,
        "shift_factor": 0.1159,
        "use_quant_conv": "quant_conv.weight" in own,
        "use_post_quant_conv": "post_quant_conv.weight" in own,
    }


def scheduler_config(few_step: bool) -> Config:
    """What shapes can't tell: Turbo was distilled at a shift of 3; what it was distilled of is drawn with at 6."""
    return {
        "_class_name": "FlowMatchEulerDiscreteScheduler",
        "num_train_timesteps": 1000,
        "shift": 3.0 if few_step else 6.0,
    }


def control_config(path: Path, tensors: Mapping[str, TensorInfo], layers: int) -> Config:
    """Of a union of ControlNets in one file, for a denoiser of so many layers: Fun-Controlnet-Union 1, 2.0, 2.1 and
    the lite one. StudioError where it is none of these."""
    count = _count(tensors, "control_layers")
    entry = tensors.get("control_all_x_embedder.2-1.weight")
    step = {6: 5, 15: 2, 3: 14}.get(count, 1) if count != layers else 1
    if entry is None or len(entry.shape) != 2 or not 0 < count <= (layers - 1) // step + 1:
        raise refused(path, f"it is a ControlNet of {count} layers, which is of no known make")
    channels = entry.shape[1] // 4
    return {
        "_class_name": "ZImageControlNetModel",
        "control_layers_places": [i * step for i in range(count)],
        "control_refiner_layers_places": [0, 1] if channels != 16 else None,
        "control_in_dim": channels,
        "add_control_noise_refiner": _refines(tensors, channels),
    }


def _refines(tensors: Mapping[str, Any], channels: int) -> str | None:
    """How a union works on the drawing first: version 1 not with x_t, 2.0 by its own layers, 2.1 by others."""
    if channels == 16:
        return None
    own = "control_noise_refiner.0.before_proj.weight" in tensors
    return "control_noise_refiner" if own else "control_layers"


def _count(tensors: Mapping[str, Any], before: str) -> int:
    return len(_numbers(tensors, before))


def _numbers(tensors: Mapping[str, Any], before: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(before)}\.(\d{{1,3}})\.")
    return sorted({int(match[1]) for name in tensors if (match := pattern.match(name))})
