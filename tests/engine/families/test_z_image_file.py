"""The parts of Z-Image in files of their own are the model that they were cut from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGMLQuantizationType
from safetensors.torch import load_file, save_file

from studio_app.catalogue import encoders
from studio_app.core.errors import StudioError
from studio_app.core.fittings import Fitting, fitting_key
from studio_app.core.settings import Settings, save_settings
from studio_app.engine.diffusion.levels import FlowSchedule
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model
from studio_app.engine.families.z_image import ZImage
from tests.engine.conftest import CPU
from tests.tiny.gguf import write_gguf
from tests.tiny.networks import assert_alike, liven
from tests.tiny.z_image import make_union, write_parts


@pytest.fixture(scope="module")
def folder(make_z_image: Callable[..., Path]) -> Path:
    return make_z_image("alone/Z-Image-Turbo", union=False)


@pytest.fixture(autouse=True)
def known_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny encoder of the tests is as wide as no real one."""
    monkeypatch.setitem(encoders._QWEN3, 32, "qwen3-4b")


@pytest.fixture
def parts(folder: Path, tmp_path: Path) -> Path:
    return write_parts(folder, tmp_path)


def same(one: Any, two: Any, near: float = 0.0) -> None:
    networks = [
        (one.transformer, two.transformer),
        (one.vae, two.vae),
        (one.text.model, two.text.model),
    ]
    for mine, theirs in networks:
        assert_alike(mine, theirs, near)
    words = one.encode_prompt("a red potion", None)["words"]
    assert torch.allclose(words, two.encode_prompt("a red potion", None)["words"], atol=near)


def test_split_files_are_the_whole(folder: Path, parts: Path):
    can = read_capabilities(parts)
    assert can.few_step and can.quick_sampler == "euler_trailing" and not can.controls
    one, two = load_model(str(folder), CPU), load_model(str(parts), CPU)
    assert isinstance(two, ZImage) and two.schedule == FlowSchedule(spacing="linspace", shift=3)
    same(one, two)


def test_its_denoiser_may_have_the_names_of_diffusers(folder: Path, parts: Path):
    shutil.copy(folder / "transformer/diffusion_pytorch_model.safetensors", parts)
    same(load_model(str(folder), CPU), load_model(str(parts), CPU))


@pytest.mark.parametrize(
    ("kind", "near"), [(GGMLQuantizationType.Q8_0, 0.02), (GGMLQuantizationType.BF16, 0.01)]
)
def test_a_gguf_goes_with_what_lies_beside_it(
    folder: Path, parts: Path, kind: GGMLQuantizationType, near: float
):
    """Its words as llama.cpp packs them; a side of 1 may be lost."""
    path = parts.with_suffix(".gguf")
    tensors = load_file(parts)
    tensors["x_pad_token"] = tensors["x_pad_token"][0]
    write_gguf(path, tensors, kind)
    words = parts.parents[1] / "text_encoders/qwen_3_4b.safetensors"
    packed = {_of_llama_cpp(name): tensor for name, tensor in load_file(words).items()}
    write_gguf(words.with_suffix(".gguf"), packed, GGMLQuantizationType.F16)
    words.unlink()
    same(load_model(str(folder), CPU), load_model(str(path), CPU), near)


def _of_llama_cpp(name: str) -> str:
    name = name.removeprefix("model.")
    for new, old in (
        ("embed_tokens.", "token_embd."), ("layers.", "blk."), ("self_attn.o_proj", "attn_output"),
        ("self_attn.", "attn_"), ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"),
        ("mlp.", "ffn_"), ("_proj", ""),
    ):  # fmt: skip
        name = name.replace(new, old)
    return "output_norm.weight" if name == "norm.weight" else name


def test_scaled_eight_bits_are_multiplied_out(folder: Path, parts: Path):
    tensors = load_file(parts)
    name = "layers.0.attention.qkv.weight"
    tensors[name] = (tensors[name] / 0.5).to(torch.float8_e4m3fn)
    tensors["layers.0.attention.qkv.scale_weight"] = torch.tensor(0.5)
    save_file(tensors, parts)
    same(load_model(str(folder), CPU), load_model(str(parts), CPU), 0.08)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("vae/ae.safetensors", "its autoencoder into"),
        ("text_encoders/qwen_3_4b.safetensors", "Qwen3 4B into"),
        ("text_encoders/qwen25_tokenizer/merges.txt", r"merges\.txt of Qwen3 into"),
    ],
)
def test_what_is_missing_is_said_with_the_place_where_it_goes(parts: Path, gone: str, said: str):
    (parts.parents[1] / gone).unlink()
    if "tokenizer" in gone:
        (parts.parents[1] / "text_encoders/qwen25_tokenizer/tokenizer.json").unlink()
    with pytest.raises(StudioError, match=said):
        read_capabilities(parts)


def test_an_autoencoder_of_stable_diffusion_3_is_none_of_its_own(parts: Path):
    vae = parts.parents[1] / "vae/ae.safetensors"
    vae.rename(vae.with_name("sd3_vae.safetensors"))
    with pytest.raises(StudioError, match="its autoencoder into"):
        read_capabilities(parts)


@pytest.mark.parametrize(
    ("name", "few"),
    [
        ("z_image_bf16", False),
        ("zImageBase_v1", False),
        ("z_image_turbo_Q8_0", True),
        ("moody_mix_v3", True),
    ],
)
def test_a_name_tells_what_was_distilled(parts: Path, name: str, few: bool):
    path = parts.rename(parts.with_stem(name))
    assert read_capabilities(path).few_step is few
    if not few:
        model: Any = load_model(str(path), CPU)
        assert model.schedule.shift == 6


def test_what_the_artist_says_goes_before_names_and_places(
    parts: Path, tmp_path: Path, own_home: Path
):
    union = tmp_path / "anywhere.safetensors"
    save_file(make_union().state_dict(), union)
    said = Fitting(few_step="none", controls={"depth": str(union)})
    save_settings(Settings(fittings={fitting_key(parts): said}))
    can = read_capabilities(parts)
    assert not can.few_step and can.controls
    model: Any = load_model(str(parts), CPU)
    assert model.schedule.shift == 6 and model.union is not None


def test_what_is_chosen_for_an_open_model_is_followed(parts: Path, tmp_path: Path, own_home: Path):
    model: Any = load_model(str(parts), CPU)
    assert model.schedule.shift == 3
    assert not model.capabilities.controls
    assert not model.refit(read_capabilities(parts))
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    for path in (first, second):
        save_file(make_union().state_dict(), path)
    for path in (first, second):
        said = Fitting(few_step="none", controls={"depth": str(path)})
        save_settings(Settings(fittings={fitting_key(parts): said}))
        assert model.refit(read_capabilities(parts))
        assert not model.refit(read_capabilities(parts))
        assert "union" not in vars(model)  # another one is read when a drawing asks for it
        assert model.union is not None
    assert model.schedule.shift == 6
    assert "depth" in model.capabilities.controls


@pytest.mark.parametrize("version", ["1", "2.0", "2.1"])
def test_a_union_in_a_file_lies_beside_it(folder: Path, parts: Path, version: str):
    """Version 2.0 brings layers that were never trained, and that its network does not have."""
    torch.manual_seed(3)
    union = make_union("2.1" if version == "2.0" else version)
    liven(union)
    if version == "2.0":
        for part in ("weight", "bias"):
            union.state_dict()[f"control_noise_refiner.0.before_proj.{part}"].zero_()
    place = parts.parents[1] / "model_patches/Z-Image-Turbo-Fun-Controlnet-Union.safetensors"
    place.parent.mkdir()
    save_file(union.state_dict(), place)
    assert read_capabilities(parts).controls == ("depth", "pose", "edge")
    found: Any = load_model(str(parts), CPU)
    made = found.union
    wanted = {"1": None, "2.0": "control_layers", "2.1": "control_noise_refiner"}[version]
    assert made.config.add_control_noise_refiner == wanted
    assert made.config.control_layers_places == [0, 1, 2]
    state = union.state_dict()
    assert all(torch.equal(t, state[n]) for n, t in made.state_dict().items() if n in state)
