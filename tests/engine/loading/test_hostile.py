"""A hundred files and folders that mean harm: each is refused with a reason, before its weights are read, and nothing
that it carries is run. One table, one test."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.engine.device import Device
from studio_app.engine.families.registry import load_model
from studio_app.engine.loading.weights import Weights
from tests.catalogue.gguf_files import gguf_bytes
from tests.engine.loading.hostile import (
    WEIGHTS,
    Spoil,
    beside,
    canary_of,
    config,
    doubled,
    edited,
    index,
    inside,
    linked,
    one,
    payload,
    pipe,
    renamed,
    sparse,
    tensors,
    tokenizer,
    weights,
)

CPU = Device(torch.device("cpu"), torch.float32)
PICKLE = lambda folder: payload(canary_of(folder))  # noqa: E731
LDM = "model.diffusion_model."
TABLE: dict[str, tuple[Spoil, str]] = {}
for ending in ("ckpt", "pt", "pth", "bin", "pkl"):
    TABLE[f"a pickle .{ending}"] = beside(f"a.{ending}", PICKLE), "pickle|neither"
for i, begin in enumerate((b"\x80\x02", b"\x80\x04\x95", b"PK\x03\x04", b"\x93NUMPY", b"(dp0")):
    TABLE[f"a pickle in disguise {i}"] = (
        beside("a.safetensors", lambda f, b=begin: b + payload(canary_of(f))),
        "broken",
    )
    TABLE[f"a pickle for a network {i}"] = (
        inside(f"unet/{WEIGHTS}", lambda f, b=begin: b + payload(canary_of(f))),
        "broken",
    )
for part in ("unet", "vae", "text_encoder"):
    own = "model.safetensors" if part == "text_encoder" else WEIGHTS
    for other in ("diffusion_pytorch_model.bin", "model.ckpt", "pytorch_model.pt"):
        TABLE[f"only a pickle {part} {other}"] = (
            inside(f"{part}/{other}", PICKLE, instead=f"{part}/{own}"),
            "pickle",
        )
for name in (
    "evil.py",
    "unet/modeling.py",
    "tokenizer/deep/er.pyc",
    "vae/x.so",
    "x.DLL",
    "scheduler/x.pyd",
    ".hidden/x.py",
):
    TABLE[f"code {name}"] = inside(name, b"import os"), "code"
for library in (
    "os",
    "builtins",
    "torch",
    "subprocess",
    "diffusers_modules",
    "transformers.models",
    "../diffusers",
    "",
):
    TABLE[f"library {library!r}"] = index(unet=[library, "UNet2DConditionModel"]), "unknown library"
for i, entry in enumerate(
    (
        ["diffusers", ["UNet2DConditionModel"]],
        ["diffusers", {"a": 1}],
        ["diffusers", 7],
        [["diffusers"], "x"],
        ["diffusers", "x", "y"],
    )
):
    TABLE[f"class {i}"] = index(unet=entry), "unknown"
for kind in (
    "DiffusionPipeline",
    "AutoModel",
    "CLIPTextModel",
    "os.system",
    "__import__",
    "UNet2DConditionModel\n",
):
    TABLE[f"class {kind!r}"] = index(unet=["diffusers", kind]), "unknown class"
TABLE |= {
    "an index twice": (doubled, "twice"),
    "an index of nothing": (inside("model_index.json", b"null"), "not an object"),
    "an index without end": (inside("model_index.json", b"[" * 90_000), "nested"),
    "an index of megabytes": (sparse("model_index.json"), "too large"),
    "a community pipeline as a part": (
        index(custom_pipeline=["my_pipeline", "Evil"]),
        "unknown library",
    ),
    "a library for the unet that only a safety checker may have": (
        index(unet=["stable_diffusion", "UNet2DConditionModel"]),
        "unknown library",
    ),
    "a part more": (index(prior=["diffusers", "UNet2DConditionModel"]), "unknown class"),
    "class list": (config("unet", _class_name=["UNet2DConditionModel"]), "unknown class"),
    "class table": (config("vae", _class_name={"a": "AutoencoderDC"}), "unknown class"),
    "architectures of another": (
        config("text_encoder", architectures=["LlamaForCausalLM"], _class_name=None),
        "unknown class",
    ),
    "auto_map": (config("text_encoder", auto_map={"AutoModel": "evil.Model"}), "code of its own"),
    "auto_map of a unet": (config("unet", auto_map={}), "code of its own"),
    "wide": (config("unet", block_out_channels=[1 << 20] * 3), "unet"),
    "wider": (config("unet", block_out_channels=[1 << 40] * 3), "out of range"),
    "deep": (config("unet", layers_per_block=1 << 30), "out of range"),
    "deep in places": (config("unet", layers_per_block=[64] * 3), "unet"),
    "deep in products": (
        config("unet", layers_per_block=64, transformer_layers_per_block=64),
        "far more",
    ),
    "deep in lists of lists": (
        config("unet", transformer_layers_per_block=[[64] * 64] * 64),
        "unet",
    ),
    "levels": (config("unet", down_block_types=["DownBlock2D"] * 65), "too long"),
    "many levels": (
        config(
            "unet",
            down_block_types=["DownBlock2D"] * 60,
            up_block_types=["UpBlock2D"] * 60,
            block_out_channels=[16] * 60,
        ),
        "unet",
    ),
    "no channels": (config("unet", block_out_channels=[0, 0, 0]), "unet"),
    "minus channels": (config("unet", block_out_channels=[-16, 16, 16]), "unet"),
    "half a channel": (config("unet", block_out_channels=[16.5, 16, 16]), "unet"),
    "norms by a word": (config("unet", norm_eps="x"), "norm_eps"),
    "norms by nothing": (config("unet", norm_eps=None), "norm_eps"),
    "times that begin at a list": (config("unet", freq_shift=[]), "freq_shift"),
    "a middle of a word": (config("unet", mid_block_scale_factor="x"), "mid_block_scale_factor"),
    "edges of less than nothing": (config("unet", downsample_padding=-1), "downsample_padding"),
    "heads of less than nothing": (config("unet", attention_head_dim=-1), "attention_head_dim"),
    "groups of less than nothing": (config("unet", norm_num_groups=-1), "groups of channels"),
    "groups by nothing": (config("unet", norm_num_groups=0), "unet"),
    "a word for a number": (config("unet", in_channels="four"), "unet"),
    "a table for a number": (config("vae", latent_channels={"a": 1}), "vae"),
    "a word of a megabyte": (config("unet", act_fn="x" * (1 << 20)), "too long"),
    "not a number": (
        inside("unet/config.json", b'{"_class_name": "UNet2DConditionModel", "norm_eps": NaN}'),
        "JSON",
    ),
    "infinity": (
        inside("unet/config.json", b'{"_class_name": "UNet2DConditionModel", "norm_eps": 1e999}'),
        "too large",
    ),
    "a number of a thousand digits": (
        inside("vae/config.json", b'{"x": ' + b"9" * 5000 + b"}"),
        "too large",
    ),
    "words without end": (config("text_encoder", vocab_size=1 << 20), "text_encoder"),
    "more words": (config("text_encoder", vocab_size=1 << 40), "out of range"),
    "a text without end": (
        config("text_encoder", max_position_embeddings=1 << 20),
        "text_encoder|tokens",
    ),
    "text of many layers": (config("text_encoder", num_hidden_layers=1 << 20), "out of range"),
    "heads by nothing": (config("text_encoder", num_attention_heads=0), "text encoder"),
    "cut": (weights("unet", lambda data: data[:-10]), "shorter or longer"),
    "longer": (weights("vae", lambda data: data + b"\0" * 10), "shorter or longer"),
    "empty": (weights("unet", lambda data: b""), "cut off"),
    "sparse gigabytes": (sparse(f"unet/{WEIGHTS}"), "shorter or longer"),
    "no header": (weights("unet", lambda data: struct.pack("<Q", 1 << 60) + data[8:]), "too large"),
    "header of 9 MiB": (weights("unet", lambda data: tensors(b" " * (9 << 20))), "too large"),
    "a tensor is missing": (
        weights("unet", renamed(lambda t: t.update({"x": t.pop("conv_in.bias")}))),
        "lacks|unknown",
    ),
    "whole numbers": (
        weights("unet", renamed(lambda t: t["conv_in.bias"].update(dtype="I32"))),
        "I32|wrongly",
    ),
    "truths": (
        weights(
            "text_encoder",
            renamed(
                lambda t: t["final_layer_norm.bias"].update(
                    dtype="BOOL", shape=[4, t["final_layer_norm.bias"]["shape"][0]]
                )
            ),
        ),
        "layer_norm",
    ),
    "a shape turned": (
        weights(
            "vae", renamed(lambda t: [i["shape"].reverse() for i in t.values() if "shape" in i])
        ),
        "vae",
    ),
    "a pipe": (pipe(f"unet/{WEIGHTS}"), "safetensors"),
    "a pipe for a config": (pipe("vae/config.json"), "missing"),
    "a pipe for words": (pipe("tokenizer/tokenizer_config.json"), "no ordinary file"),
    "weights elsewhere": (linked(f"unet/{WEIGHTS}", ""), "link out of the folder"),
    "a config elsewhere": (linked("unet/config.json", ""), "link out of the folder"),
    "an index elsewhere": (linked("model_index.json", ""), "link out of the folder"),
    "the passwords": (linked("tokenizer/vocab.json", "/etc/passwd"), "link out of the folder"),
    "a link to nowhere": (linked("notes.txt", "/nowhere/at/all"), "link out of the folder"),
    "a page of no words": (tokenizer(model_max_length=1), "reads 1 tokens"),
    "a page of less than nothing": (tokenizer(model_max_length=-5), "reads -5 tokens"),
    "a page of a text": (tokenizer(model_max_length="77"), "reads 77 tokens"),
    "a page without end": (tokenizer(model_max_length=True), "reads True tokens"),
    "two ends of a text": (config("text_encoder", eos_token_id=[1, 2]), "where a text ends"),
    "a word too far": (
        edited(
            "tokenizer/tokenizer.json",
            lambda v: v["added_tokens"].append(
                {**v["added_tokens"][0], "id": 1 << 40, "content": "<|x|>"}
            ),
        ),
        "tokenizer|words",
    ),
    "words of gigabytes": (sparse("tokenizer/tokenizer.json"), "too large"),
    "words without ground": (inside("tokenizer/tokenizer.json", b'{"a":' * 90_000), "nested"),
    "words of another kind": (
        inside("tokenizer/tokenizer.json", b'{"version": "1.0", "model": {"type": "Evil"}}'),
        "tokenizer",
    ),
    "a schedule of code": (
        inside("scheduler/scheduler_config.json", b'{"beta_schedule": "__import__"}'),
        "schedule",
    ),
    "a schedule of a million": (
        inside("scheduler/scheduler_config.json", b'{"num_train_timesteps": 100000000}'),
        "schedule",
    ),
    "a schedule of nothing": (
        inside("scheduler/scheduler_config.json", b'{"num_train_timesteps": 0}'),
        "schedule",
    ),
    "a schedule upside down": (
        inside("scheduler/scheduler_config.json", b'{"beta_start": 5, "beta_end": -5}'),
        "schedule",
    ),
    "gguf for a model": (beside("a.gguf", gguf_bytes({"a": ("F32", (2,))})), "it is an embedding"),
    "gguf in disguise": (beside("a.safetensors", gguf_bytes({"a": ("F32", (2,))})), "broken"),
    "a text": (beside("a.safetensors", b"#!/bin/sh\ntouch canary\n"), "broken"),
    "a file of nothing": (beside("a.safetensors", b""), "broken"),
    "tensors twice": (
        beside(
            "a.safetensors",
            tensors(
                b'{"a": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}, "a": 1}', b"12"
            ),
        ),
        "twice",
    ),
    "tensors over each other": (
        beside("a.safetensors", tensors(one() | one(name="b"), b"1234")),
        "overlap",
    ),
    "tensors with a gap": (
        beside("a.safetensors", tensors(one(offsets=(4, 8)), b"12345678")),
        "gaps",
    ),
    "an unknown dtype": (beside("a.safetensors", tensors(one("EVIL"), b"1234")), "wrongly"),
    "a dtype of a list": (beside("a.safetensors", tensors(one(["F16"]), b"1234")), "wrongly"),
    "a side of truth": (beside("a.safetensors", tensors(one(shape=[True]), b"1234")), "wrongly"),
    "a side of a half": (beside("a.safetensors", tensors(one(shape=[0.5]), b"1234")), "wrongly"),
    "a side below nothing": (beside("a.safetensors", tensors(one(shape=[-2]), b"1234")), "wrongly"),
    "sides without end": (
        beside("a.safetensors", tensors(one(shape=[1 << 62] * 8), b"1234")),
        "wrongly",
    ),
    "nine sides": (beside("a.safetensors", tensors(one(shape=[1] * 9), b"1234")), "wrongly"),
    "offsets from behind": (
        beside("a.safetensors", tensors(one(offsets=(4, 0)), b"1234")),
        "wrongly",
    ),
    "three offsets": (beside("a.safetensors", tensors(one(offsets=(0, 4, 8)), b"1234")), "wrongly"),
    "twenty thousand and one": (
        beside(
            "a.safetensors",
            tensors(
                {
                    str(i): {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]}
                    for i in range(20_001)
                }
            ),
        ),
        "table",
    ),
    "a name of a megabyte": (
        beside("a.safetensors", tensors(one(name="a" * (1 << 20)), b"1234")),
        "an embedding",
    ),
    "a header without ground": (beside("a.safetensors", tensors(b'{"a":' * 100_000)), "nested"),
    "levels by name": (
        beside(
            "a.safetensors",
            tensors(
                {
                    **one(shape=[0], offsets=(0, 0), name=f"{LDM}input_blocks.0.0.weight"),
                    **one(shape=[0], offsets=(0, 0), name="cond_stage_model.transformer.x"),
                    **{
                        f"{LDM}input_blocks.{i}.0.op.weight": {
                            "dtype": "F16",
                            "shape": [0],
                            "data_offsets": [0, 0],
                        }
                        for i in range(3, 900)
                    },
                }
            ),
        ),
        "no known make",
    ),
    "4-bit kernels": (beside("a.safetensors", tensors(one(name="x.wscales"), b"1234")), "SVDQuant"),
    "a folder for a file": (
        lambda folder: (
            folder.with_name("a.safetensors").mkdir(),
            folder.with_name("a.safetensors"),
        )[1],
        "model_index",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_it_is_refused_before_its_weights_are_read_and_nothing_is_run(
    case: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    read: list[str] = []
    whole = Weights.read_small
    monkeypatch.setattr(
        Weights, "read_small", lambda self, *how: (read.append(self.part), whole(self, *how))[1]
    )
    folder = Path(shutil.copytree(tiny_model, tmp_path / "copy"))
    spoil, said = TABLE[case]
    opened = spoil(folder) or folder
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudioError, match=said) as caught:
        load_model(str(opened), CPU)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600
    assert not canary_of(folder).exists()
    assert len(read) < 4  # those parts alone that are sound and come before it


def test_there_are_a_hundred_of_them():
    assert len(TABLE) >= 100


@pytest.mark.parametrize(
    "keys",
    [
        {"_attn_implementation": "stranger/kernels"}, {"attn_implementation": "stranger/kernels"},
        {"trust_remote_code": True}, {"quantization_config": {"quant_method": "stranger"}},
        {"torch_dtype": "stranger.float"}, {"_name_or_path": "stranger/model"}, {"custom_pipeline": "stranger"},
    ],
)  # fmt: skip
def test_keys_that_nobody_asked_for_never_reach_the_libraries(
    keys: dict[str, Any], tiny_model: Path, tmp_path: Path
):
    """They are dropped, and the model is what it is without them: some of them made transformers look for code."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "copy"))
    for component in ("unet", "vae", "text_encoder"):
        config(component, **keys)(folder)
    model: Any = load_model(str(folder), CPU)
    assert "stranger" not in str(model.text.model.config) + str(dict(model.unet.config))
