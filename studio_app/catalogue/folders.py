"""Folders in diffusers' layout, and networks whose weights are cut into several files, by their headers alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from studio_app.catalogue.headers import Header, TensorInfo, read_safetensors, refused
from studio_app.catalogue.identify import identify, identify_file
from studio_app.catalogue.identity import Identity
from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_dir, is_file, list_folder, read_beginning

INDEX = "model_index.json"
SHARD = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.safetensors")
MAX_SHARDS = 64
DENOISERS = ("transformer", "unet", "prior", "decoder")
_NAMES = ("diffusion_pytorch_model", "model")
_WITHOUT_WEIGHTS = (
    "scheduler",
    "tokenizer",
    "feature_extractor",
    "processor",
    "image_processor",
    "safety_checker",
)
_LICENCE = re.compile(r"^license(?:_name)?:\s*[\"']?([\w.+ -]{2,60})", re.MULTILINE)
_FEW_STEP = {"LCMScheduler": "LCM", "TCDScheduler": "TCD"}
_TEXT = {
    ("CLIPTextModel", 768): "clip-l", ("CLIPTextModel", 1024): "clip-h", ("CLIPTextModelWithProjection", 768): "clip-l",
    ("CLIPTextModelWithProjection", 1280): "clip-g", ("T5EncoderModel", 4096): "t5-xxl",
    ("T5EncoderModel", 2048): "t5-xl",
    ("Qwen3Model", 2560): "qwen3-4b", ("Qwen3ForCausalLM", 2560): "qwen3-4b", ("Qwen3ForCausalLM", 4096): "qwen3-8b",
}  # fmt: skip


def identify_folder(folder: Path) -> Identity:
    """Of a folder with a model_index.json: a checkpoint, whose denoiser says what it is. StudioError where it is
    broken, or holds a pickle in a denoiser's place."""
    index = read_object(folder / INDEX, f"{folder.name}/{INDEX}")
    named = [name for name, value in index.items() if _is_component(name, value)]
    denoiser = next((name for name in DENOISERS if name in named and is_dir(folder / name)), "")
    if not denoiser:
        raise refused(folder, "it has no denoiser: neither a transformer nor a unet")
    header = component_header(folder / denoiser)
    found = identify(header, folder.name)
    parts = ["denoiser"]
    if is_dir(folder / "vae") or is_dir(folder / "vqgan"):
        parts.append("vae")
    parts += [
        text
        for name in named
        if name.startswith("text_encoder") and (text := _words(folder / name))
    ]
    own = is_file(folder / "underpaint.json")
    missing = [name for name in named if name not in _WITHOUT_WEIGHTS and not is_dir(folder / name)]
    scheduler = _config(folder / "scheduler" / "scheduler_config.json")
    return replace(
        found,
        role="checkpoint",
        family="underpaint" if own else found.family,
        layout="diffusers folder",
        parts=tuple(dict.fromkeys(parts)),
        size=sum(header.size for header in _headers(folder, named)),
        licence=licence_of(folder),
        why=f"{', '.join(missing)} is named, and not there" if missing else "",
        **_told(found, scheduler, own),
    )


def _told(found: Identity, scheduler: Mapping[str, Any], own: bool) -> dict[str, Any]:
    """What the scheduler beside a denoiser says of it, which is no guess."""
    said: dict[str, Any] = {}
    guesses = set(found.guesses)
    target = {"epsilon": "epsilon", "v_prediction": "v", "sample": "x0"}.get(
        str(scheduler.get("prediction_type"))
    )
    if target and found.prediction != "flow":
        said["prediction"] = target
        guesses.discard("prediction")
    said["zero_snr"] = found.zero_snr or scheduler.get("rescale_betas_zero_snr") is True
    few = "Distilled" if own else _FEW_STEP.get(str(scheduler.get("_class_name")), "")
    trailing = scheduler.get("timestep_spacing") == "trailing" and "Euler" in str(
        scheduler.get("_class_name")
    )
    if few or (trailing and not found.few_step and found.prediction == "epsilon"):
        said["few_step"] = few or "Turbo"
        guesses.discard("few_step")
    return said | {"guesses": tuple(sorted(guesses))}


def _is_component(name: str, value: Any) -> bool:
    pair = cast("list[Any]", value) if isinstance(value, list) else []
    return not name.startswith("_") and len(pair) == 2 and pair != [None, None]


def component_header(folder: Path) -> Header:
    """Of a component's weights, whole or in shards. StudioError where there are none."""
    files = {path.name: path for path in list_folder(folder)}
    for name in (*_NAMES, *(f"{name}.fp16" for name in _NAMES)):
        if f"{name}.safetensors" in files:
            return read_safetensors(files[f"{name}.safetensors"])
    for name, path in files.items():
        if SHARD.fullmatch(name):
            return sharded_header(path)
    pickled = next((name for name in files if name.endswith((".bin", ".pt", ".ckpt", ".pth"))), "")
    if pickled:
        said = f"{folder.name}/{pickled} is a pickle, which can run code"
        raise refused(folder.parent, said, "Ask for the model as .safetensors")
    raise refused(folder.parent, f"{folder.name} has no .safetensors file")


def shards_of(path: Path) -> list[Path]:
    """All files of a network that this one is a shard of, in order. StudioError where one is not there."""
    match = SHARD.fullmatch(path.name)
    if match is None:
        return [path]
    count = int(match[3])
    if not 1 <= count <= MAX_SHARDS:
        raise refused(path, f"it claims to be one of {count} shards, and {MAX_SHARDS} are borne")
    shards = [
        path.with_name(f"{match[1]}-{i:05}-of-{match[3]}.safetensors") for i in range(1, count + 1)
    ]
    missing = [shard.name for shard in shards if not is_file(shard)]
    if missing:
        said = f"{len(missing)} of its {count} shards {'is' if len(missing) == 1 else 'are'} not there: {missing[0]}"
        raise refused(path, said, "Copy the missing files beside it")
    return shards


def identify_network(path: Path) -> Identity:
    """Of a file; of the first of several shards, all of them. StudioError."""
    if SHARD.fullmatch(path.name) is None:
        return identify_file(path)
    return identify(sharded_header(path), path.stem)


def sharded_header(path: Path) -> Header:
    """Of all shards as one. StudioError where one is missing, or two hold the same tensor."""
    tensors: dict[str, TensorInfo] = {}
    size = 0
    metadata: dict[str, str] = {}
    for shard in shards_of(path):
        header = read_safetensors(shard, path)
        twice = next((name for name in header.tensors if name in tensors), None)
        if twice is not None:
            raise refused(path, f"the tensor {twice[:60]!r} is in two of its shards")
        tensors.update(header.tensors)
        size, metadata = size + header.size, metadata | dict(header.metadata)
    return Header(tensors, metadata, size)


def _headers(folder: Path, components: Iterable[str]) -> Iterable[Header]:
    for name in components:
        if name not in _WITHOUT_WEIGHTS and is_dir(folder / name):
            try:
                yield component_header(folder / name)
            except StudioError:
                continue  # only its size is asked here


def _words(folder: Path) -> str:
    """Which text encoder a component is, by its config."""
    config = _config(folder / "config.json")
    classes = config.get("architectures")
    name = str(cast("list[Any]", classes)[0]) if isinstance(classes, list) and classes else ""
    width = config.get("hidden_size", config.get("d_model", 0))
    return _TEXT.get((name, width), "own") if is_dir(folder) and isinstance(width, int) else ""


def _config(path: Path) -> dict[str, Any]:
    try:
        return read_object(path, endless=True) if is_file(path) else {}
    except StudioError:
        return {}  # who loads it will say so


def licence_of(folder: Path) -> str:
    """As its model card says in its first lines; "" where it has none."""
    for name in ("README.md", "MODEL_CARD.md"):
        if is_file(folder / name):
            begun = read_beginning(folder / name, 4096).decode("utf-8", "replace")
            found = _LICENCE.search(begun) if begun.startswith("---") else None
            if found:
                return found[1].strip()
    return ""
