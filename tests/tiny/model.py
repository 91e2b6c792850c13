"""A tiny real checkpoint in the layout of models/underpaint-256: 64x64 pictures, seeded random weights.

Every class is the real one; only the sizes are small. The fixtures are in conftest.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny.networks import make_kl, write_clip, write_json, write_networks

KINDS = ("scene", "character", "isolated", "texture")


def write_model(folder: Path, seed: int = 0) -> None:
    """Writes a whole checkpoint folder: about 0.4 M parameters, 2 MB."""
    import torch
    from diffusers import LCMScheduler

    tokenizer = make_tokenizer()
    torch.manual_seed(seed)
    networks: dict[str, Any] = {
        "unet": _unet(),
        "teacher": _unet(),
        "vae": make_vae(),
        "adapter_depth": make_adapter(2),
        "adapter_pose": make_adapter(3),
    }
    write_networks(folder, networks)
    write_text_encoder(folder, tokenizer)
    LCMScheduler(
        prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"
    ).save_pretrained(folder / "scheduler")
    write_json(folder / "model_index.json", _index())
    write_json(folder / "underpaint.json", _capabilities())


def write_text_encoder(folder: Path, tokenizer: Any) -> None:
    """A CLIPTextModel for the tokenizer, and the tokenizer itself."""
    write_clip(
        folder,
        tokenizer,
        width=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=tokenizer.model_max_length,
        pad_token_id=tokenizer.pad_token_id,
    )


def write_maps(folder: Path, seed: int = 0) -> None:
    """Adds a decoder of maps to the checkpoint in `folder`: an AutoencoderDC's of ten channels, without encoder."""
    _write_decoder(folder / "maps", 10, seed + 1)


def write_draft(folder: Path, seed: int = 0) -> None:
    """Adds a decoder of drafts, of three channels."""
    _write_decoder(folder / "draft", 3, seed + 2)


def _write_decoder(place: Path, channels: int, seed: int) -> None:
    import torch
    from diffusers import AutoencoderDC
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    sizes: Any = (4, 8, 16, 16)
    none: Any = ((), (), (), ())
    layers: Any = (0, 1, 1, 1)
    network: Any = AutoencoderDC(
        in_channels=channels,
        latent_channels=4,
        encoder_block_out_channels=sizes,
        decoder_block_out_channels=sizes,
        encoder_layers_per_block=layers,
        decoder_layers_per_block=layers,
        encoder_qkv_multiscales=none,
        decoder_qkv_multiscales=none,
        encoder_out_shortcut=False,
        decoder_in_shortcut=False,
        scaling_factor=1.0,
    )
    del network.encoder
    place.mkdir()
    weights = {name: t.half().contiguous() for name, t in network.state_dict().items()}
    save_file(weights, place / "diffusion_pytorch_model.safetensors", metadata={"format": "pt"})
    (place / "config.json").write_text(network.to_json_string(), encoding="utf-8")


def _unet() -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32, 32),
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        cross_attention_dim=32,
        attention_head_dim=1,  # diffusers reads it as the number of heads
        time_cond_proj_dim=256,
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )


def make_vae(*, attention: bool = False) -> Any:
    return make_kl(
        8,
        8,
        16,
        16,
        norm_num_groups=8,
        mid_block_add_attention=attention,
        sample_size=64,
        scaling_factor=1.0,
    )


def make_adapter(channels: int, downscale: int = 16) -> Any:
    from diffusers import T2IAdapter

    return T2IAdapter(
        in_channels=channels, channels=[16, 32], num_res_blocks=1, downscale_factor=downscale
    )


def make_tokenizer(length: int = 40) -> Any:
    """All 256 bytes with and without `</w>`, a few merges, and the reserved tokens."""
    from tokenizers import pre_tokenizers
    from transformers import CLIPTokenizer

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges: Any = [("r", "e"), ("re", "d</w>"), ("b", "l"), ("bl", "u"), ("blu", "e</w>")]
    words = [*alphabet, *(f"{byte}</w>" for byte in alphabet), *("".join(m) for m in merges)]
    reserved = [f"<|{name}|>" for name in (*KINDS, "negative")]
    vocabulary = {
        word: i for i, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>", *reserved])
    }
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=length)
    tokenizer.add_special_tokens({"additional_special_tokens": reserved})
    return tokenizer


def _index() -> dict[str, Any]:
    return {
        "_class_name": "LatentConsistencyModelPipeline",
        "_diffusers_version": "0.42.1",
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "LCMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }


def _capabilities() -> dict[str, Any]:
    return {
        "format": 1,
        "latent_rgb": [[0.3, 0.1, 0.1], [0.1, 0.3, 0.1], [0.1, 0.1, 0.3], [0.1, 0.1, 0.1]],
        "latent_rgb_bias": [0.0, 0.0, 0.0],
        "kinds": list(KINDS),
        "sizes": [[64, 64]],
        "guidance": {"min": 1, "max": 9, "default": 3},
        "steps": {
            "consistency": {"min": 1, "max": 8, "default": 4},
            "ddim": {"min": 1, "max": 100, "default": 20},
            "ddpm": {"min": 1, "max": 1000, "default": 50},
        },
        "samplers": ["consistency", "ddim", "ddpm"],
        "controls": ["depth", "pose"],
        "negative": "shifted",
        "target_time": True,
        "thing_words": {},
    }
