"""A model folder is untrusted input."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio_app.core.errors import StudioError
from studio_app.engine.device import Device
from studio_app.engine.families.embedded import EmbeddedModel
from studio_app.engine.families.registry import load_model
from studio_app.engine.loading.checkpoint import read_header

CPU = Device(torch.device("cpu"), torch.float32)
WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


def edit_json(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def edit_weights(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def header_only(header: dict[str, Any] | bytes, body: bytes = b"") -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + body


SCHEDULE = "scheduler/scheduler_config.json"


def sparse(path: Path, size: int = 8 << 30) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def replace_text(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def other_text_encoder(folder: Path) -> Path:
    """A sound text encoder of the same words, but of 16 numbers a word."""
    from transformers import CLIPTextConfig, CLIPTextModel

    config = CLIPTextConfig.from_pretrained(folder / "text_encoder")
    config.hidden_size = 16
    other = folder.with_name("other")
    model = CLIPTextModel(config)
    config.architectures = ["CLIPTextModel"]
    config.save_pretrained(other)
    save_file(
        {n: t.contiguous() for n, t in model.state_dict().items()}, other / "model.safetensors"
    )
    return other


def embedded(folder: Path) -> EmbeddedModel:
    model = load_model(str(folder), CPU)
    assert isinstance(model, EmbeddedModel)
    return model


def test_a_sound_folder_loads(folder: Path):
    model = embedded(folder)
    assert model.scale == 8
    assert model.capabilities.native
    assert model.schedule.prediction == "v_prediction"
    assert not any(parameter.requires_grad for parameter in model.unet.parameters())
    assert not any(buffer.is_meta for buffer in model.text.model.buffers())


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "code": (lambda f: (f / "unet" / "evil.py").write_text("boom"), "code"),
    "no index": (lambda f: (f / "model_index.json").unlink(), "model_index"),
    "library": (
        lambda f: edit_json(f / "model_index.json", lambda v: v.update(unet=["os", "system"])),
        "unknown library",
    ),
    "class": (
        lambda f: edit_json(
            f / "model_index.json", lambda v: v.update(vae=["diffusers", "UNet1D"])
        ),
        "unknown class",
    ),
    "other component": (
        lambda f: edit_json(
            f / "model_index.json", lambda v: v.update(x=["diffusers", "T2IAdapter"])
        ),
        "unknown class",
    ),
    "config class": (
        lambda f: edit_json(f / "unet/config.json", lambda v: v.update(_class_name="Evil")),
        "unknown class",
    ),
    "config class list": (
        lambda f: edit_json(f / "unet/config.json", lambda v: v.update(_class_name=["U"])),
        "unknown class",
    ),
    "auto_map": (
        lambda f: edit_json(
            f / "text_encoder/config.json", lambda v: v.update(auto_map={"a": "b"})
        ),
        "code of its own",
    ),
    "huge": (
        lambda f: edit_json(
            f / "unet/config.json", lambda v: v.update(block_out_channels=[10**9, 16, 16])
        ),
        "out of range",
    ),
    "deep": (
        lambda f: edit_json(f / "unet/config.json", lambda v: v.update(layers_per_block=10**6)),
        "out of range",
    ),
    "large": (
        lambda f: edit_json(
            f / "unet/config.json", lambda v: v.update(block_out_channels=[65536, 65536, 65536])
        ),
        "unet",
    ),
    "impossible": (
        lambda f: edit_json(f / "unet/config.json", lambda v: v.update(down_block_types=["x"])),
        "makes no network",
    ),
    "config JSON": (lambda f: (f / "vae/config.json").write_text("{"), "JSON"),
    "missing config": (lambda f: (f / "vae/config.json").unlink(), "missing"),
    "missing weights": (lambda f: (f / "vae" / WEIGHTS).unlink(), "no .safetensors"),
    "pickle": (
        lambda f: (f / "vae" / WEIGHTS).rename(f / "vae/diffusion_pytorch_model.bin"),
        "pickle",
    ),
    "missing vae": (lambda f: shutil.rmtree(f / "vae"), "no vae"),
    "cut": (
        lambda f: (f / "unet" / WEIGHTS).write_bytes((f / "unet" / WEIGHTS).read_bytes()[:-100]),
        "shorter or longer",
    ),
    "empty": (lambda f: (f / "unet" / WEIGHTS).write_bytes(b""), "cut off"),
    "missing tensor": (
        lambda f: edit_weights(f / "unet" / WEIGHTS, lambda t: t.pop("conv_in.weight")),
        "lacks the tensor conv_in.weight",
    ),
    "extra tensor": (
        lambda f: edit_weights(f / "unet" / WEIGHTS, lambda t: t.update(x=torch.zeros(1))),
        "unknown tensor x",
    ),
    "other shape": (
        lambda f: edit_weights(
            f / "vae" / WEIGHTS, lambda t: t.update({"quant_conv.bias": torch.zeros(3)})
        ),
        "quant_conv.bias is 3",
    ),
    "text tensor": (
        lambda f: edit_weights(
            f / "text_encoder/model.safetensors", lambda t: t.pop("final_layer_norm.bias")
        ),
        "lacks the tensor final_layer_norm.bias",
    ),
    "tokenizer": (
        lambda f: [path.unlink() for path in (f / "tokenizer").iterdir()],
        "no vocabulary",
    ),
    "vocabulary": (
        lambda f: edit_json(f / "text_encoder/config.json", lambda v: v.update(vocab_size=10)),
        "text_encoder",
    ),
    "capabilities": (
        lambda f: edit_json(f / "underpaint.json", lambda v: v.pop("guidance")),
        "underpaint.json",
    ),
    "latent map": (
        lambda f: edit_json(f / "underpaint.json", lambda v: v.update(latent_rgb=[[1, 1, 1]])),
        "4 rows",
    ),
    "schedule": (
        lambda f: edit_json(
            f / "scheduler/scheduler_config.json", lambda v: v.update(beta_schedule="x")
        ),
        "schedule",
    ),
    "index list": (lambda f: (f / "model_index.json").write_text("[]"), "not an object"),
    "index text": (lambda f: (f / "model_index.json").write_text('"x"'), "not an object"),
    "index depth": (lambda f: (f / "model_index.json").write_text("[" * 100_000), "nested"),
    "index entry": (
        lambda f: edit_json(f / "model_index.json", lambda v: v.update(vae=[["diffusers"], {}])),
        "unknown library",
    ),
    "config list": (lambda f: (f / "unet/config.json").write_text("[]"), "not an object"),
    "config text": (lambda f: (f / "vae/config.json").write_text('"x"'), "not an object"),
    "config bomb": (lambda f: sparse(f / "unet/config.json"), "too large"),
    "config number": (
        lambda f: replace_text(f / "unet/config.json", '"norm_eps": 1e-05', '"norm_eps": 1e999'),
        "too large a number",
    ),
    "many layers": (
        lambda f: edit_json(
            f / "unet/config.json",
            lambda v: v.update(layers_per_block=64, transformer_layers_per_block=64),
        ),
        "far more",
    ),
    "nested layers": (
        lambda f: edit_json(
            f / "unet/config.json",
            lambda v: v.update(
                layers_per_block=64, transformer_layers_per_block=[[64] * 64 for _ in range(64)]
            ),
        ),
        "unet",
    ),
    "whole numbers for weights": (
        lambda f: edit_weights(
            f / "unet" / WEIGHTS,
            lambda t: t.update({"conv_in.bias": t["conv_in.bias"].to(torch.int16)}),
        ),
        "conv_in.bias is I16",
    ),
    "infinite weights": (
        lambda f: edit_weights(
            f / "vae" / WEIGHTS, lambda t: t["quant_conv.bias"].fill_(torch.inf)
        ),
        "quant_conv.bias holds numbers that are not finite",
    ),
    "no numbers for weights": (
        lambda f: edit_weights(
            f / "text_encoder/model.safetensors",
            lambda t: t["final_layer_norm.bias"].fill_(torch.nan),
        ),
        "not finite",
    ),
    "token ids": (
        lambda f: edit_json(
            f / "tokenizer/tokenizer.json",
            lambda v: v["added_tokens"].append(
                {**v["added_tokens"][0], "id": 10**6, "content": "<|far|>"}
            ),
        ),
        "more words|can't be loaded",
    ),
    "vocabulary depth": (
        lambda f: (f / "tokenizer/tokenizer_config.json").write_text('{"a":' * 99_000),
        "nested",
    ),
    "vocabulary bomb": (lambda f: sparse(f / "tokenizer/tokenizer.json"), "too large"),
    "words and pictures": (
        lambda f: shutil.copytree(other_text_encoder(f), f / "text_encoder", dirs_exist_ok=True),
        "do not fit each other",
    ),
    "schedule list": (lambda f: (f / SCHEDULE).write_text("[]"), "not an object"),
    "schedule number": (
        lambda f: (f / SCHEDULE).write_text('{"beta_end": 1' + "0" * 400 + "}"),
        "too large a number",
    ),
    "schedule infinity": (lambda f: (f / SCHEDULE).write_text('{"beta_end": 1e999}'), "too large"),
    "schedule root": (lambda f: (f / SCHEDULE).write_text('{"beta_start": -1}'), "schedule"),
    "schedule beyond": (lambda f: (f / SCHEDULE).write_text('{"beta_end": 3.0}'), "schedule"),
    "capabilities list": (lambda f: (f / "underpaint.json").write_text("[]"), "not an object"),
    "capabilities number": (
        lambda f: edit_json(f / "underpaint.json", lambda v: v["guidance"].update(max=10**400)),
        "too large a number",
    ),
    "no samplers": (
        lambda f: edit_json(f / "underpaint.json", lambda v: v.update(samplers=[])),
        "no sampler",
    ),
    "a word for samplers": (
        lambda f: edit_json(f / "underpaint.json", lambda v: v.update(samplers="lcm")),
        "no list of names",
    ),
    "range": (
        lambda f: edit_json(f / "underpaint.json", lambda v: v["guidance"].update(default=99)),
        "99 is not from",
    ),
    "loop": (
        lambda f: [
            (f / "underpaint.json").unlink(),
            (f / "underpaint.json").symlink_to("underpaint.json"),
        ],
        "underpaint.json",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_folders_are_refused_in_one_line(folder: Path, case: str):
    spoil, said = SPOILT[case]
    spoil(folder)
    with pytest.raises(StudioError, match=said) as caught:
        load_model(str(folder), CPU)
    assert "\n" not in str(caught.value)


ONE = {"a": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            header_only({"a": {"dtype": "F16", "shape": [2], "data_offsets": [0, 6]}}, b"123456"),
            "wrongly",
        ),
        (
            header_only({"a": {"dtype": "EVIL", "shape": [2], "data_offsets": [0, 4]}}, b"1234"),
            "wrongly",
        ),
        (header_only({"a": {"dtype": "F16", "shape": [-2], "data_offsets": [0, -4]}}), "wrongly"),
        (
            header_only({"a": {"dtype": "F16", "shape": "22", "data_offsets": [0, 4]}}, b"1234"),
            "wrongly",
        ),
        (header_only({"a": 3}), "wrongly"),
        (header_only(ONE | {"b": ONE["a"]}, b"1234"), "overlap"),
        (
            header_only({"a": {"dtype": "F16", "shape": [2], "data_offsets": [4, 8]}}, b"12345678"),
            "gaps",
        ),
        (header_only(ONE, b"12345"), "shorter or longer"),
        (
            header_only({"a": {"dtype": "F16", "shape": [9**18] * 5000, "data_offsets": [0, 4]}}),
            "wrongly",
        ),
        (
            header_only({"a": {"dtype": "F16", "shape": [9**30], "data_offsets": [0, 4]}}),
            "too large",
        ),
        (
            header_only({"a": {"dtype": "F16", "shape": [2], "data_offsets": [0.0, 4.0]}}, b"1234"),
            "wrongly",
        ),
        (header_only(b'{"a": 1, "a": 2}'), "twice"),
        (header_only(b"[]"), "table"),
        (struct.pack("<Q", 2**62) + b"{}", "too large"),
        (struct.pack("<Q", 9 << 20) + b" " * (9 << 20), "too large"),
    ],
)
def test_crooked_headers_are_refused(tmp_path: Path, data: bytes, said: str):
    path = tmp_path / "unet" / WEIGHTS
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(StudioError, match=said):
        read_header(path)


def test_a_straight_header_is_read(tmp_path: Path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(header_only(ONE | {"__metadata__": {"format": "pt"}}, b"1234"))
    assert read_header(path)["a"].shape == (2,)


def test_the_embedded_model_must_match_its_checksums(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from studio_app.core.manifest import write_manifest

    folder = Path(shutil.copytree(tiny_model, tmp_path / "models" / "tiny"))
    write_manifest(tmp_path / "models")
    monkeypatch.setenv("UNDERPAINT_MODELS", str(tmp_path / "models"))
    assert load_model("tiny", CPU).folder == folder
    edit_json(folder / "underpaint.json", lambda v: v.update(thing_words={"a": "b"}))
    with pytest.raises(StudioError, match=r"damaged.*underpaint\.json"):
        load_model("tiny", CPU)
    with pytest.raises(StudioError, match="No model named huge"):
        load_model("huge", CPU)
    with pytest.raises(StudioError, match="no such folder"):
        load_model(str(tmp_path / "nowhere"), CPU)


def test_checkpoints_of_older_transformers_load(folder: Path):
    path = folder / "text_encoder/model.safetensors"
    tensors = {f"text_model.{name}": tensor for name, tensor in load_file(path).items()}
    tensors["text_model.embeddings.position_ids"] = torch.arange(40)[None]
    save_file(tensors, path)
    old, new = embedded(folder), embedded(folder)
    assert torch.equal(old.text.encode("red"), new.text.encode("red"))
