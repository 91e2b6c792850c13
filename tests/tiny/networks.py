"""What the tiny models of all families are made and written with: every class is the real one, its sizes are small."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WEIGHTS = "diffusion_pytorch_model.safetensors"


def liven(network: Any) -> None:
    """What training starts at zero gets weight, so that every input of the network tells."""
    import torch

    for name, weight in network.named_parameters():
        if "cond_proj" in name or weight.abs().max() == 0:
            torch.nn.init.normal_(weight, std=0.05)


def assert_alike(one: Any, two: Any, near: float = 0.0) -> None:
    """Two networks have the same weights. near: by how much of its norm one may be off."""
    state = two.state_dict()
    assert state.keys() == one.state_dict().keys()
    for name, tensor in one.state_dict().items():
        error = (state[name] - tensor).norm() / tensor.norm().clamp_min(1e-6)
        assert error <= near, name


def make_kl(*sizes: int, layers: int = 1, **config: Any) -> Any:
    """An autoencoder of four levels. sizes: of them, 32 each where none is given."""
    from diffusers import AutoencoderKL

    levels: Any = sizes or (32, 32, 32, 32)  # diffusers' annotations allow one level only
    down: Any = ("DownEncoderBlock2D",) * 4
    up: Any = ("UpDecoderBlock2D",) * 4
    return AutoencoderKL(
        down_block_types=down,
        up_block_types=up,
        block_out_channels=levels,
        layers_per_block=layers,
        **config,
    )


def write_networks(folder: Path, networks: Mapping[str, Any], shards: str = "") -> None:
    """By component, alive and in half precision. shards: how large a file of the transformer may be."""
    for name, network in networks.items():
        liven(network)
        size = shards if shards and name == "transformer" else "10GB"
        network.half().save_pretrained(folder / name, max_shard_size=size)


def write_encoder(
    folder: Path, component: str, model: Any, tensors: Mapping[str, Any] | None = None
) -> None:
    """A text encoder of transformers. tensors: those of it that lie in its file."""
    from safetensors.torch import save_file

    # save_pretrained would draw a progress bar; this is what it writes.
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder / component)
    state = model.state_dict() if tensors is None else tensors
    written = {name: tensor.contiguous() for name, tensor in state.items()}
    save_file(written, folder / component / "model.safetensors", metadata={"format": "pt"})


def write_clip(
    folder: Path, tokenizer: Any, end: str = "", *, pools: bool = False, width: int, **config: Any
) -> Any:
    """A CLIP and its tokenizer, the components `text_encoder` and `tokenizer` with `end`; the model in half precision.
    pools: its words, by a projection."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    made = CLIPTextConfig(
        **{
            "vocab_size": len(tokenizer),
            "hidden_size": width,
            "intermediate_size": 2 * width,
            "projection_dim": width,
            "num_hidden_layers": 3,
            "num_attention_heads": 1,
            "hidden_act": "gelu" if end else "quick_gelu",
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": 1,
        }
        | config
    )
    kind: Any = CLIPTextModelWithProjection if pools else CLIPTextModel
    model = kind(made).half()
    write_encoder(folder, f"text_encoder{end}", model)
    tokenizer.save_pretrained(folder / f"tokenizer{end}")
    return model


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


def edit_json(path: Path, **values: Any) -> None:
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | values)


def write_parts(
    folder: Path, tree: Path, denoiser: tuple[str, Mapping[str, Any]], pictures: tuple[str, Any]
) -> Path:
    """A tree of ComfyUI's make with the parts of a model that is told by a Qwen3; returns the file of the denoiser.

    folder: that the words are taken from. denoiser, pictures: name and tensors of its file, and of the autoencoder's.
    """
    for name in ("diffusion_models", "vae", "text_encoders"):
        (tree / name).mkdir(parents=True)
    path = tree / "diffusion_models" / denoiser[0]
    write_tensors(path, denoiser[1])
    write_tensors(tree / "vae" / pictures[0], pictures[1])
    words = tree / "text_encoders"
    shutil.copy(folder / "text_encoder/model.safetensors", words / "qwen_3_4b.safetensors")
    shutil.copytree(folder / "tokenizer", words / "qwen25_tokenizer")
    return path


def write_tensors(path: Path, tensors: Mapping[str, Any]) -> None:
    from safetensors.torch import save_file

    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
