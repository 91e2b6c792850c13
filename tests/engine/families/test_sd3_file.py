"""Stable Diffusion 3 in one file, or in files of its parts, is the folder that was made of the same networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGUFWriter
from safetensors.torch import load_file, save_file

from studio_app.catalogue import encoders
from studio_app.catalogue.headers import read_safetensors
from studio_app.catalogue.identify import identify
from studio_app.core.errors import StudioError
from studio_app.core.fittings import Fitting, fitting_key
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import Settings, save_settings
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU
from tests.tiny.networks import assert_alike
from tests.tiny.sd3 import CLIP, TOLD, write_single_file
from tests.tiny.t5 import write_spiece


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of ComfyUI's make with the words of a T5 and a tiny decoder."""
    from diffusers import AutoencoderTiny

    root = tmp_path_factory.mktemp("ComfyUI") / "models"
    names = ("checkpoints", "diffusion_models", "vae", "vae_approx", "text_encoders/t5_tokenizer")
    for name in names:
        (root / name).mkdir(parents=True)
    torch.manual_seed(0)
    tiny = AutoencoderTiny(latent_channels=16).decoder.state_dict()
    tiny = {f"decoder.{name}": tensor.contiguous() for name, tensor in tiny.items()}
    save_file(tiny, root / "vae_approx/taesd3_decoder.safetensors")
    write_spiece(root / "text_encoders/t5_tokenizer/spiece.model")
    return root


@pytest.fixture(scope="module")
def whole(tree: Path) -> Path:
    path = tree / "checkpoints/sd3_ink.safetensors"
    write_single_file(path, newer=True)
    return path


def same(one: Any, two: Any) -> None:
    for ours, theirs in (
        (one.transformer, two.transformer),
        (one.vae, two.vae),
        *zip((t.model for t in one.texts), (t.model for t in two.texts), strict=True),
    ):
        assert_alike(ours, theirs)


def test_a_file_draws_what_the_same_networks_draw_as_a_folder(whole: Path):
    engine = DiffusionEngine(CPU)
    request = GenerationRequest(
        "a red potion", sampler="euler", steps=2, guidance_scale=4, width=64, height=64, seed=7,
        model=str(whole),
    )  # fmt: skip
    pictures = {}
    for place in (whole, whole.with_suffix("")):
        asked = GenerationRequest(**{**vars(request), "model": str(place)})
        pictures[place.suffix] = list(engine.run(asked, wanted=("final",)))[-1].rgb
        assert not any("T5" in note for note in engine.notes(asked))
    assert np.array_equal(*pictures.values())
    drafted = list(engine.run(asked, wanted=("draft",)))[-1]
    assert drafted.pixels.shape == (64, 64, 4)
    assert not np.array_equal(drafted.rgb, pictures[""])
    can = read_capabilities(whole)
    assert can.sizes == ((384, 384),) and not can.few_step and can.max_side == 384


@pytest.fixture(scope="module")
def of_folder(whole: Path) -> Any:
    return load_model(str(whole.with_suffix("")), CPU)


def test_without_the_words_of_its_t5_it_does_without_and_says_so(
    whole: Path, of_folder: Any, tmp_path: Path
):
    path = tmp_path / "sd3.safetensors"
    path.hardlink_to(whole)
    one: Any = load_model(str(path), CPU)
    two: Any = of_folder
    same(one, two)
    assert one.words_of_t5 is None and two.words_of_t5 is not None
    words = one.encode_prompt("a red potion", None)["words"]
    assert words.shape == (1, 77 + 256, TOLD) and words[:, 77:].abs().max() == 0
    request = GenerationRequest("a red potion", width=64, height=64)
    (note,) = one.notes(request)
    assert "T5 is not used" in note and "spiece.model" in note
    assert two.notes(request) == []


@pytest.mark.parametrize("names", ["diffusers", "SAI, in GGUF", "SAI, with its autoencoder"])
def test_a_transformer_goes_with_what_lies_beside_it(
    whole: Path, of_folder: Any, tree: Path, monkeypatch: pytest.MonkeyPatch, names: str
):
    """Its CLIPs have no projection, as the file of CLIP-L has none for this; a T5 may be missing."""
    monkeypatch.setattr(encoders, "_CLIP", {CLIP: "clip-l", CLIP + 1: "clip-g"})
    tensors = load_file(whole)
    own = part(tensors, "model.diffusion_model.")
    if names == "diffusers":
        file = whole.with_suffix("") / "transformer/diffusion_pytorch_model.safetensors"
        own = load_file(file)
    elif "autoencoder" in names:
        own = {n: t for n, t in tensors.items() if not n.startswith("text_encoders.")}
    path = tree / f"diffusion_models/ink.{'gguf' if 'GGUF' in names else 'safetensors'}"
    if "GGUF" in names:
        write_gguf(path, own)
    else:
        save_file(own, path)
        role = identify(read_safetensors(path), path.stem).role
        assert role == ("checkpoint" if "," in names else "denoiser")
    with pytest.raises(StudioError) as said:
        load_model(str(path), CPU)
    assert "bigG" in said.value.hint and "T5" not in said.value.hint
    monkeypatch.setattr(encoders, "_CLIP", {CLIP: "clip-l"})
    first = part(tensors, "text_encoders.clip_l.transformer.")
    save_file(first, tree / "text_encoders/clip_l.safetensors")
    second = part(tensors, "text_encoders.clip_g.transformer.")
    save_file(second | {"logit_scale": torch.ones(())}, tree / "text_encoders/clip_g.safetensors")
    save_file(part(tensors, "first_stage_model."), tree / "vae/sd3_vae.safetensors")
    kinds = {"clip_l": "clip-l", "clip_g": "clip-g"}
    monkeypatch.setattr(encoders, "_words_name", lambda tensors: kinds[_of(tensors, second)])
    one: Any = load_model(str(path), CPU)
    same(one, of_folder)
    for folder in ("text_encoders", "vae"):
        for file in (tree / folder).glob("*.safetensors"):
            file.unlink()


def write_gguf(path: Path, tensors: dict[str, Any]) -> None:
    """Not packed, so that nothing is lost."""
    writer = GGUFWriter(path, "pig")
    for name, tensor in tensors.items():
        writer.add_tensor(name, np.ascontiguousarray(tensor.float().numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _of(tensors: Any, second: dict[str, Any]) -> str:
    return "clip_g" if "logit_scale" in tensors else "clip_l"


def part(tensors: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def test_a_controlnet_s_header_says_what_it_is_and_what_is_chosen_is_followed(make_sd3: Any):
    folder = make_sd3("drawn", controls=True)
    model: Any = load_model(str(folder), CPU)
    assert not model.refit(read_capabilities(folder))
    for kind in ("depth", "edge"):
        path = folder / f"controlnet_{kind}/diffusion_pytorch_model.safetensors"
        theirs = model.drawn.of(kind)
        assert model.beside > 0
        chosen = Fitting(controls={kind: str(path)})
        save_settings(Settings(fittings={fitting_key(folder): chosen}))
        assert model.refit(read_capabilities(folder))
        network = model.drawn.of(kind)
        assert network is not theirs
        for name in ("joint_attention_dim", "use_pos_embed", "force_zeros_for_pooled_projection"):
            assert network.config[name] == theirs.config[name]
