"""A denoiser, an autoencoder and a text encoder in files of their own are the model that they were cut from."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from gguf import GGMLQuantizationType
from safetensors.torch import load_file, save_file

from studio_app.catalogue import encoders
from studio_app.catalogue.ldm_names import unet_names, vae_names
from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.engine.device import Device, words_device
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model
from studio_app.engine.loading import networks
from tests.engine.conftest import CPU
from tests.tiny import sdxl
from tests.tiny.gguf import write_gguf
from tests.tiny.networks import WEIGHTS, assert_alike
from tests.tiny.sd15 import write_single_file

UNET, VAE, TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer."


def part(tensors: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("single") / "ink.safetensors"
    write_single_file(path)
    return path


def cut(whole: Path, tree: Path) -> Path:
    """A tree of ComfyUI's make, without the denoiser; returns where that goes."""
    tensors = load_file(whole)
    for folder in ("diffusion_models", "vae", "text_encoders"):
        (tree / folder).mkdir(parents=True)
    save_file(part(tensors, VAE), tree / "vae/sd.safetensors")
    words = part(tensors, TEXT)
    # As files of CLIP-L have them, for comparing words with pictures.
    words |= {"logit_scale": torch.ones(()), "text_projection.weight": torch.ones(64, 64)}
    save_file(words, tree / "text_encoders/clip_l.safetensors")
    return tree / "diffusion_models"


def same(one: Any, two: Any, near: float = 0.0) -> None:
    for network in ("unet", "vae"):
        assert_alike(getattr(one, network), getattr(two, network), near)


@pytest.fixture
def known_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny encoder of the tests is as wide as no real one."""
    monkeypatch.setitem(encoders._CLIP, 64, "clip-l")


def test_split_files_are_the_whole(whole: Path, tmp_path: Path, known_words: None):
    path = cut(whole, tmp_path) / "ink_unet.safetensors"
    save_file(part(load_file(whole), UNET), path)
    assert isinstance(read_capabilities(path), Capabilities)
    same(load_model(str(whole), CPU), load_model(str(path), CPU))


def test_parts_in_the_names_of_diffusers_are_the_whole(
    whole: Path, tmp_path: Path, known_words: None
):
    """As SDXL-Lightning and many an autoencoder are published. Any ending of safetensors will do."""
    path = cut(whole, tmp_path) / "ink_unet.sft"
    folder = whole.with_suffix("")
    shutil.copy(folder / "unet" / WEIGHTS, path)
    shutil.copy(folder / "vae" / WEIGHTS, tmp_path / "vae/sd.safetensors")
    same(load_model(str(whole), CPU), load_model(str(path), CPU))


def test_an_sdxl_in_the_names_of_diffusers_has_those_of_its_first_program(tmp_path: Path):
    """Up-samplers of levels with attention, and without."""
    folder = sdxl.write_single_file(tmp_path / "xl.safetensors")
    for part, names, prefix in (("unet", unet_names, UNET), ("vae", vae_names, VAE)):
        own = load_file(folder / part / WEIGHTS)
        whole = {n for n in load_file(tmp_path / "xl.safetensors") if n.startswith(prefix)}
        assert {prefix + name for name in names(own).values()} == whole


def test_parts_in_a_cache_of_hugging_face_and_in_shards_are_found(
    whole: Path, tmp_path: Path, known_words: None
):
    """There every file is a link to what the snapshots share; other links lead nowhere."""
    tree = tmp_path / "models--ink--split" / "snapshots" / "abc" / "split_files"
    path = cut(whole, tree) / "ink.safetensors"
    save_file(part(load_file(whole), UNET), path)
    _in_two(path)
    _in_two(tree / "text_encoders/clip_l.safetensors")
    blobs = tmp_path / "models--ink--split" / "blobs"
    blobs.mkdir()
    for number, file in enumerate(sorted(tree.rglob("*.safetensors"))):
        file.rename(blobs / str(number))
        file.symlink_to(os.path.relpath(blobs / str(number), file.parent))
    first = path.with_name("ink-00001-of-00002.safetensors")
    one, two = load_model(str(whole), CPU), load_model(str(first), CPU)
    same(one, two)
    assert all(torch.equal(_words_of(two)[name], t) for name, t in _words_of(one).items())
    vae = tree / "vae/sd.safetensors"
    vae.unlink()
    vae.symlink_to(whole)
    with pytest.raises(StudioError, match="its autoencoder into"):
        load_model(str(first), CPU)


def _words_of(model: Any) -> dict[str, Any]:
    return model.text.model.state_dict()


def _in_two(path: Path) -> None:
    tensors = load_file(path)
    names = sorted(tensors)
    for i in range(2):
        half = {name: tensors[name] for name in names[i::2]}
        save_file(half, path.with_name(f"{path.stem}-0000{i + 1}-of-00002.safetensors"))
    path.unlink()


@pytest.mark.parametrize(
    ("kind", "near"),
    [(GGMLQuantizationType.Q8_0, 0.02), (GGMLQuantizationType.Q4_0, 0.15), (GGMLQuantizationType.BF16, 0.01)],
)  # fmt: skip
def test_a_gguf_goes_with_what_lies_beside_it(
    whole: Path, tmp_path: Path, known_words: None, kind: GGMLQuantizationType, near: float
):
    path = cut(whole, tmp_path) / "ink.gguf"
    write_gguf(path, part(load_file(whole), UNET), kind)
    model: Any = load_model(str(path), CPU)
    same(load_model(str(whole), CPU), model, near)
    assert model.unet.conv_in.weight.dtype == torch.float32


def test_what_is_missing_is_said_with_the_place_where_it_goes(
    whole: Path, tmp_path: Path, known_words: None
):
    path = cut(whole, tmp_path) / "ink.safetensors"
    save_file(part(load_file(whole), UNET), path)
    # Of another family, by its name:
    (tmp_path / "vae/sd.safetensors").rename(tmp_path / "vae/sdxl.safetensors")
    with pytest.raises(StudioError) as caught:
        read_capabilities(path)
    assert "denoiser of Stable Diffusion 1" in caught.value.detail
    assert "its autoencoder into" in caught.value.hint and "vae" in caught.value.hint
    assert "CLIP" not in caught.value.hint
    (tmp_path / "text_encoders/clip_l.safetensors").unlink()
    with pytest.raises(StudioError, match="CLIP-L into"):
        read_capabilities(path)


def test_a_gguf_of_another_family_says_which(tmp_path: Path):
    path = tmp_path / "flux.gguf"
    tensors = {"double_blocks.0.img_attn.norm.key_norm.scale": torch.ones(8)}
    write_gguf(path, tensors, GGMLQuantizationType.Q8_0)
    with pytest.raises(StudioError, match=r"denoiser of FLUX\.1"):
        load_model(str(path), CPU)


@pytest.mark.parametrize("names", ["of transformers", "of OpenCLIP"])
def test_an_sdxl_denoiser_goes_with_both_of_its_text_encoders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str
):
    def tiny_words(tensors: dict[str, Any]) -> str:
        """The tiny encoders of the tests are as wide as no real one."""
        if not any("token_embedding" in name for name in tensors):
            return ""
        return "clip-g" if any("text_projection" in name for name in tensors) else "clip-l"

    monkeypatch.setattr(encoders, "_words_name", tiny_words)
    whole = tmp_path / "whole.safetensors"
    folder = sdxl.write_single_file(whole)
    tensors, tree = load_file(whole), tmp_path / "tree"
    for name in ("unet", "vae", "clip"):
        (tree / name).mkdir(parents=True)
    save_file(part(tensors, VAE), tree / "vae/sdxl_vae.safetensors")
    first = part(tensors, "conditioner.embedders.0.transformer.")
    save_file(first, tree / "clip/clip_l.safetensors")
    second = part(tensors, "conditioner.embedders.1.model.")
    if names == "of transformers":
        second = load_file(folder / "text_encoder_2/model.safetensors")
    save_file(second, tree / "clip/clip_g.safetensors")
    path = tree / "unet/ink.gguf"
    write_gguf(path, part(tensors, UNET), GGMLQuantizationType.F32)
    one: Any = load_model(str(whole), CPU)
    two: Any = load_model(str(path), CPU)
    same(one, two)
    for ours, theirs in zip(two.texts, one.texts, strict=True):
        state = ours.model.state_dict()
        assert all(torch.equal(state[n], t) for n, t in theirs.model.state_dict().items())


def test_a_small_card_leaves_prompts_to_the_cpu(monkeypatch: pytest.MonkeyPatch):
    sizes = {"small": 4 << 30, "large": 24 << 30}
    card = Device(torch.device("cuda"), torch.float16)
    for name, size in sizes.items():
        known = SimpleNamespace(total_memory=size)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _, known=known: known)
        where = words_device(card)
        assert where.place.type == ("cpu" if name == "small" else "cuda")
        assert where.dtype == (torch.float32 if name == "small" else torch.float16)
    assert words_device(CPU) is CPU


def test_prompts_that_are_read_elsewhere_come_to_the_device(
    whole: Path, monkeypatch: pytest.MonkeyPatch
):
    """Here with the dtype in the place of the device, since there may be no other."""
    there = Device(torch.device("cpu"), torch.float64)
    monkeypatch.setattr(networks, "words_device", lambda device: there)
    model: Any = load_model(str(whole), CPU)
    told = model.encode_prompt("a red owl", None)
    assert told["words"].dtype == torch.float32
    assert torch.isfinite(told["words"]).all()
