"""A tiny decoder that lies beside a model shows what follows the pen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from studio_app.catalogue.pairing import TinyKind, tiny_decoder_for
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.decoding import latents
from studio_app.engine.decoding.tiny_decoders import read_tiny_decoder
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU
from tests.tiny.sd15 import write_single_file


@pytest.fixture(scope="module")
def tiny() -> Any:
    from diffusers import AutoencoderTiny

    torch.manual_seed(0)
    return AutoencoderTiny().eval()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, tiny: Any) -> Path:
    """A tree of ComfyUI's make: a checkpoint, and TAESD in the names of its author."""
    root = tmp_path_factory.mktemp("ComfyUI") / "models"
    (root / "checkpoints").mkdir(parents=True)
    write_single_file(root / "checkpoints/ink.safetensors")
    (root / "vae_approx").mkdir()
    save_file(authors(tiny), root / "vae_approx/taesd_decoder.safetensors")
    other = {name: torch.zeros_like(tensor) for name, tensor in authors(tiny).items()}
    save_file(other, root / "vae_approx/taesdxl_decoder.safetensors")
    return root


def authors(tiny: Any) -> dict[str, Any]:
    """The decoder in the names of its author."""
    found: dict[str, Any] = {}
    for name, tensor in tiny.decoder.state_dict().items():
        number, rest = name.removeprefix("layers.").split(".", 1)
        found[f"{int(number) + 1}.{rest}"] = tensor.contiguous()
    return found


def test_what_follows_the_pen_is_decoded_by_the_tiny_decoder_and_the_picture_by_the_whole(
    tree: Path, tiny: Any
):
    path = str(tree / "checkpoints/ink.safetensors")
    engine = DiffusionEngine(CPU)
    request = GenerationRequest(
        "a red potion", sampler="ddim", steps=2, width=64, height=64, model=path
    )
    draft = list(engine.run(request, wanted=("draft",)))[-1]
    whole = list(engine.run(request, wanted=("final",)))[-1]
    assert draft.kind == "draft" and draft.latent is not None
    latent = torch.from_numpy(draft.latent.astype(np.float32))[None]
    with torch.inference_mode():
        expected = latents.decode(tiny, latent, CPU)
    assert np.abs(draft.pixels.astype(int) - expected.astype(int)).max() <= 1
    assert np.abs(draft.pixels.astype(int) - whole.pixels.astype(int)).max() > 8


def test_a_file_of_diffusers_with_an_encoder_is_the_same(tiny: Any, tmp_path: Path):
    save_file(
        {n: t.contiguous() for n, t in tiny.state_dict().items()}, tmp_path / "taesd.safetensors"
    )
    save_file(authors(tiny), tmp_path / "author.safetensors")
    one = read_tiny_decoder(tmp_path / "taesd.safetensors", 4, CPU).state_dict()
    two = read_tiny_decoder(tmp_path / "author.safetensors", 4, CPU).state_dict()
    assert one.keys() == two.keys() and all(torch.equal(one[n], two[n]) for n in one)


def test_without_one_or_with_a_spoilt_one_the_whole_decoder_draws(tree: Path, tmp_path: Path):
    model: Any = load_model(str(tree / "checkpoints/ink.safetensors"), CPU)
    assert model.draft is not model.decoder
    spoilt = {"1.weight": torch.zeros(64, 4, 3, 3), "3.conv.0.weight": torch.zeros(2)}
    save_file(spoilt, tmp_path / "taesd.safetensors")
    with pytest.raises(StudioError, match="lacks"):
        read_tiny_decoder(tmp_path / "taesd.safetensors", 4, CPU)
    for path in (tree / "vae_approx").iterdir():
        path.rename(tmp_path / path.name)
    try:
        bare: Any = load_model(str(tree / "checkpoints/ink.safetensors"), CPU)
        assert bare.draft is bare.decoder
    finally:
        for name in ("taesd_decoder.safetensors", "taesdxl_decoder.safetensors"):
            (tmp_path / name).rename(tree / "vae_approx" / name)


def test_the_name_of_a_tiny_decoder_tells_whose_latents_it_reads(tmp_path: Path):
    folder = tmp_path / "vae_approx"
    folder.mkdir()
    kinds: dict[str, tuple[TinyKind, int]] = {
        "taef1_decoder": ("taef1", 16),
        "taesd3_decoder": ("taesd3", 16),
        "taesd_decoder": ("taesd", 4),
        "taesdxl_decoder": ("taesdxl", 4),
    }
    for name, (_, channels) in kinds.items():
        tensors = {"1.weight": torch.zeros(64, channels, 3, 3), "3.conv.0.weight": torch.zeros(1)}
        save_file(tensors, folder / f"{name}.safetensors")
    for name, (kind, channels) in kinds.items():
        found = tiny_decoder_for(tmp_path / "checkpoints/ink.safetensors", channels, kind)
        assert found == folder / f"{name}.safetensors"
    assert tiny_decoder_for(tmp_path / "checkpoints/ink.safetensors", 4, "taesd3") is None
