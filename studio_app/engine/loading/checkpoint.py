"""A model folder is untrusted input: what is checked before any network is made from it.

Only safetensors, only classes on our list, no code in the folder, sane configs, and headers that say
exactly what the network needs. Nothing here is fetched from anywhere.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from studio_app.catalogue.folders import SHARD
from studio_app.catalogue.headers import TensorInfo, read_safetensors, refused
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_dir, is_file, list_folder

MAX_CONFIG_NUMBER = 1 << 20
MAX_CONFIG_LIST = 64
MAX_LAYERS = 64
MAX_FILES = 10_000
MAX_VOCABULARY_FILE = 32 << 20
_FLOATS = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2")

__all__ = [
    "Class", "Part", "TensorInfo", "check_folder", "check_parts", "check_positive", "check_shapes",
    "go_offline", "of_known_make", "part", "read_config", "read_header", "refused", "weights_file",
]  # fmt: skip

Class = tuple[str, str]
"""(library, name of the class), as a model_index.json has it."""

# Named in an ordinary model_index.json; never made by us, so any class of the two libraries passes.
_IGNORED = ("scheduler", "safety_checker", "feature_extractor", "image_encoder")
_ALSO = {"safety_checker": ("stable_diffusion",)}
"""As the folders of Stable Diffusion 1 name what lies in a pipeline's own module."""
_WEIGHTS = (
    "diffusion_pytorch_model.safetensors",
    "model.safetensors",
    "diffusion_pytorch_model.fp16.safetensors",
    "model.fp16.safetensors",
)


@dataclass(frozen=True)
class Part:
    """A component of a family's folders. name: of its folder; it may end with a star. classes: that it may be. needed:
    whether a model can't do without. at_once: whether it is read with the model, where it is there; else when it is
    first asked for."""

    name: str
    classes: frozenset[Class]
    needed: bool = True
    at_once: bool = True


def part(
    name: str, library: str, *classes: str, needed: bool = True, at_once: bool | None = None
) -> Part:
    """Of one library. What is not needed is not read at once, unless that is said."""
    kinds = frozenset((library, kind) for kind in classes)
    return Part(name, kinds, needed, needed if at_once is None else at_once)


def go_offline() -> None:
    """Before diffusers or transformers is imported: no network, no remote code, no grumbling.

    What diffusers would warn of, keys that a class does not read, is no concern of the artist's.
    """
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "DIFFUSERS_DISABLE_REMOTE_CODE"):
        os.environ[name] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")


def check_folder(folder: Path) -> dict[str, Any]:
    """The folder's model_index.json, after what can be said of any folder: no code, and no library but the two."""
    if not is_file(folder / "model_index.json"):
        raise refused(folder, "it has no model_index.json", "Choose a folder in diffusers layout")
    _look_through(folder)
    index = read_object(folder / "model_index.json", f"{folder.name}/model_index.json")
    for name, value in _components(index):
        libraries = ("diffusers", "transformers", *_ALSO.get(name, ()))
        if len(value) != 2 or value[0] not in libraries:
            raise refused(folder, f"its {name} is of an unknown library")
    return index


def check_parts(folder: Path, index: Mapping[str, Any], parts: Sequence[Part]) -> None:
    """Everything that can be said of a family's folder without opening weights. StudioError."""
    for name, value in _components(index):
        if name in _IGNORED:
            continue
        if not all(isinstance(item, str) for item in value) or tuple(value) not in _classes(
            parts, name
        ):
            raise refused(folder, f"its {name} is of the unknown class {value[1]!r}")
    for item in parts:
        if item.needed and not is_dir(folder / item.name):
            raise refused(folder, f"it has no {item.name}")
    for path in list_folder(folder):
        if path.name.startswith("tokenizer") and is_dir(path) and not _is_t5(index.get(path.name)):
            _check_tokenizer(folder, path)


def _is_t5(named: Any) -> bool:
    """Whether a tokenizer is one that we read ourselves (`t5_tokens`): one file of it, which is checked then."""
    return isinstance(named, list) and named[-1:] in (["T5Tokenizer"], ["T5TokenizerFast"])


def _components(index: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    for name, value in index.items():
        if not name.startswith("_") and isinstance(value, list) and value != [None, None]:
            yield name, value


def _classes(parts: Sequence[Part], component: str) -> frozenset[Class]:
    found = (item.classes for item in parts if fnmatchcase(component, item.name))
    return frozenset().union(*found)


def read_config(folder: Path, component: str, parts: Sequence[Part]) -> dict[str, Any]:
    """The component's config.json, its class known and its numbers sane; `_class_name` is always there."""
    path = folder / component / "config.json"
    if not is_file(path):
        raise refused(folder, f"{component}/config.json is missing")
    config = read_object(path, f"{folder.name}/{component}/config.json")
    names = {name for _, name in _classes(parts, component)}
    name = config.get("_class_name")
    if name is None and isinstance(config.get("architectures"), list) and config["architectures"]:
        name = config["architectures"][0]
    if not isinstance(name, str) or name not in names:
        raise refused(folder, f"its {component} is of the unknown class {name!r}")
    if "auto_map" in config:
        raise refused(folder, f"its {component} asks for code of its own")
    _check_numbers(folder, component, config)
    return config | {"_class_name": name}


def weights_file(folder: Path, component: str) -> Path:
    for name in _WEIGHTS:
        if is_file(folder / component / name):
            return folder / component / name
    shards = (path for path in list_folder(folder / component) if SHARD.fullmatch(path.name))
    first = next(shards, None)
    if first is not None:
        return first
    pickled = [
        p.name
        for p in list_folder(folder / component)
        if p.suffix in (".bin", ".pt", ".ckpt", ".pth")
    ]
    if pickled:
        raise refused(
            folder,
            f"{component}/{pickled[0]} is a pickle, which can run code",
            "Ask for the model as .safetensors",
        )
    raise refused(folder, f"{component} has no .safetensors file", "Copy the folder again")


def read_header(path: Path, model: Path | None = None) -> dict[str, TensorInfo]:
    """Name -> dtype and shape of a safetensors file: `read_safetensors`, without what the file says of itself."""
    return dict(read_safetensors(path, model).tensors)


def check_shapes(
    folder: Path,
    component: str,
    header: Mapping[str, TensorInfo],
    wanted: Mapping[str, tuple[int, ...]],
) -> None:
    """The file holds exactly the tensors the network has, in its shapes, as floating-point numbers."""
    for name, shape in wanted.items():
        if name not in header:
            raise refused(folder, f"{component} lacks the tensor {name}")
        if header[name].shape != shape:
            found = "x".join(map(str, header[name].shape))
            raise refused(
                folder, f"{component}: {name} is {found}, not {'x'.join(map(str, shape))}"
            )
        if header[name].dtype not in _FLOATS:
            raise refused(
                folder, f"{component}: {name} is {header[name].dtype}, not numbers with a point"
            )
    extra = next((name for name in header if name not in wanted), None)
    if extra is not None:
        raise refused(folder, f"{component} holds the unknown tensor {extra}")


@contextmanager
def of_known_make(place: Path, part: str = "a part of it") -> Iterator[None]:
    """Around what reads a network's config off a header: StudioError where the header is of no such network."""
    try:
        yield
    except (ArithmeticError, LookupError, ValueError) as error:
        raise refused(place, f"{part} is of no known make ({error})") from None


def check_positive(folder: Path, component: str, values: Mapping[str, Any]) -> None:
    """StudioError where one of a config's values is no number above 0: what is only asked when one draws."""
    for name, value in values.items():
        number = isinstance(value, int | float) and type(value) is not bool
        if not number or not 0 < value < math.inf:
            raise refused(folder, f"{component}/config.json: {name} is no number above 0")


def _look_through(folder: Path) -> None:
    """No code, no more files than a model has, and no link out of the folder; one of a cache of Hugging Face may lead
    to the files that its snapshots share."""
    try:
        root = folder.resolve()
        shared = root.parents[1] if root.parent.name == "snapshots" else root
        for number, path in enumerate(folder.rglob("*")):
            if path.is_symlink() and not path.resolve().is_relative_to(shared):
                raise refused(
                    folder,
                    f"{path.relative_to(folder)} is a link out of the folder",
                    "Copy the files themselves",
                )
            if path.suffix.lower() in (".py", ".pyc", ".so", ".dll", ".pyd"):
                raise refused(
                    folder, f"it holds code ({path.relative_to(folder)})", "Models never need code"
                )
            if number >= MAX_FILES:
                raise refused(
                    folder, f"it holds more than {MAX_FILES:,} files", "Choose its own folder"
                )
    except (OSError, RuntimeError) as error:  # RuntimeError: a ring of links
        raise refused(folder, f"it can't be looked through ({error})") from error


def _check_tokenizer(folder: Path, tokenizer: Path) -> None:
    """There is a vocabulary, of a size and a depth that its reader bears."""
    vocabulary = is_file(tokenizer / "vocab.json") and is_file(tokenizer / "merges.txt")
    if not vocabulary and not is_file(tokenizer / "tokenizer.json"):
        raise refused(folder, f"its {tokenizer.name} has no vocabulary")
    for path in list_folder(tokenizer):
        if path.suffix == ".json" and is_file(path):
            read_object(path, f"{folder.name}/{tokenizer.name}/{path.name}", MAX_VOCABULARY_FILE)
        elif is_file(path) and path.stat().st_size > MAX_VOCABULARY_FILE:
            raise refused(folder, f"{tokenizer.name}/{path.name} is too large")
        elif not is_file(path) and not is_dir(path):
            raise refused(folder, f"{tokenizer.name}/{path.name} is no ordinary file")


def _check_numbers(folder: Path, component: str, value: Any, key: str = "") -> None:
    """No config may ask for a network so large that only describing it fills the memory."""
    if isinstance(value, dict):
        for name, item in value.items():
            _check_numbers(folder, component, item, str(name))
    elif isinstance(value, list):
        if len(value) > MAX_CONFIG_LIST:
            raise refused(folder, f"{component}/config.json: {key} is too long")
        for item in value:
            _check_numbers(folder, component, item, key)
    elif isinstance(value, int | float) and type(value) is not bool:
        deep = "layers" in key or key == "num_res_blocks"
        if not abs(value) <= (MAX_LAYERS if deep else MAX_CONFIG_NUMBER):
            raise refused(folder, f"{component}/config.json: {key} = {value} is out of range")
    elif isinstance(value, str) and len(value) > 10_000:
        raise refused(folder, f"{component}/config.json: {json.dumps(key)} is too long")
