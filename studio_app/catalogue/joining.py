"""A denoiser and its other parts in files of their own, as the one file that they would be.

The loaders of a family read the layout of its first program; what lies apart is given the names that it has there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from studio_app.catalogue.families import FAMILIES, TEXT_ENCODERS
from studio_app.catalogue.folders import SHARD, sharded_header, shards_of
from studio_app.catalogue.gguf import read_gguf
from studio_app.catalogue.headers import Header, TensorInfo, read_safetensors, refused
from studio_app.catalogue.identify import identify
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.ldm_names import unet_names, vae_names
from studio_app.catalogue.marks import Tensors, unwrapping
from studio_app.catalogue.pairing import parts_for
from studio_app.catalogue.places import own_folder, subfolder
from studio_app.catalogue.vocabularies import (
    qwen_vocabulary,
    t5_vocabulary,
    where_words_go,
    where_words_of_t5_go,
)
from studio_app.catalogue.words import called

PIXART = {
    "denoiser": "transformer.",
    "vae": "first_stage_model.",
    "t5-xxl": "text_encoders.t5xxl.transformer.",
}
SD3 = {
    "denoiser": "model.diffusion_model.",
    "vae": "first_stage_model.",
    "clip-l": "text_encoders.clip_l.transformer.",
    "clip-g": "text_encoders.clip_g.transformer.",
    "t5-xxl": "text_encoders.t5xxl.transformer.",
}
_PREFIXES = {
    "sd3": SD3,
    "pixart": PIXART,
    "sd1": {
        "denoiser": "model.diffusion_model.",
        "vae": "first_stage_model.",
        "clip-l": "cond_stage_model.transformer.",
    },
    "sdxl": {
        "denoiser": "model.diffusion_model.",
        "vae": "first_stage_model.",
        "clip-l": "conditioner.embedders.0.transformer.",
        "clip-g": "conditioner.embedders.1.model.",
    },
    "z-image": {
        "denoiser": "model.diffusion_model.",
        "vae": "vae.",
        "qwen3-4b": "text_encoders.qwen3_4b.transformer.",
    },
    "flux2-klein": {
        "denoiser": "model.diffusion_model.",
        "vae": "vae.",
        "qwen3-4b": "text_encoders.qwen3_4b.transformer.",
    },
    "flux2-klein-9b": {
        "denoiser": "model.diffusion_model.",
        "vae": "vae.",
        "qwen3-8b": "text_encoders.qwen3_8b.transformer.",
    },
}
"""By family, what the names of its parts begin with in one file."""
_EITHER = ("z-image", "pixart", "sd3", "flux2-klein", "flux2-klein-9b")
"""Families whose denoiser may also have the names of diffusers, in a file of its own."""


class JoinedHeader(dict[str, TensorInfo]):
    """A header whose tensors lie in several files. places: by name, the file and the name there. packed: by name, how
    GGUF packs what is said to be of sixteen bits."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, tuple[Path, str]] = {}
        self.packed: dict[str, str] = {}

    def take(self, path: Path, tensors: Mapping[str, TensorInfo], names: Mapping[str, str]) -> None:
        """names: in the file -> here."""
        for own, name in names.items():
            info = tensors[own]
            # What GGUF packs is a matrix of ordinary numbers once it is read.
            if info.dtype in _PLAIN:
                self[name] = info
            else:
                self[name], self.packed[name] = TensorInfo("F16", info.shape), info.dtype
            self.places[name] = path, own


_PLAIN = (
    "F64",
    "F32",
    "F16",
    "BF16",
    "F8_E4M3",
    "F8_E5M2",
    "I64",
    "I32",
    "I16",
    "I8",
    "U8",
    "BOOL",
)


def header_of(path: Path) -> Mapping[str, TensorInfo]:
    """Of one file of a model; of a denoiser alone, with what lies beside it. StudioError where it is broken, or where
    something is missing, which is said with the place where it would go."""
    gguf = path.suffix.lower() == ".gguf"
    header = _read(path, path)
    found = identify(header, path.stem, gguf=gguf)
    if found.family in _PREFIXES and not found.unreadable and _wanting(found):
        return _joined(path, header, found)
    if gguf:
        what = called(found) or "nobody knows what it is"
        names = " and ".join(FAMILIES[family].name for family in _PREFIXES)
        raise refused(path, f"it is {what}", f"GGUF is read of {names}")
    if SHARD.fullmatch(path.name) is None:
        return header.tensors
    joined = JoinedHeader()
    _take(joined, path, header, {name: name for name in header.tensors})
    return joined


def _wanting(found: Identity) -> list[str]:
    """The parts that a denoiser, or a checkpoint without all of them, has to be given from elsewhere."""
    if found.role not in ("denoiser", "checkpoint"):
        return []
    return [name for name in _PREFIXES[found.family] if name not in found.parts]


def _read(path: Path, model: Path) -> Header:
    """Of a file; of the first of several shards, all of them as one."""
    if SHARD.fullmatch(path.name) is not None:
        return sharded_header(path)
    gguf = path.suffix.lower() == ".gguf"
    return read_gguf(path, model) if gguf else read_safetensors(path, model)


def _take(joined: JoinedHeader, path: Path, header: Header, names: Mapping[str, str]) -> None:
    """Of a network in a file or in shards, under other names. names: there -> in the whole."""
    if SHARD.fullmatch(path.name) is None:
        joined.take(path, header.tensors, names)
        return
    for shard in shards_of(path):
        tensors = read_safetensors(shard, path).tensors
        joined.take(shard, tensors, {own: names[own] for own in tensors if own in names})


def _joined(path: Path, header: Header, found: Identity) -> JoinedHeader:
    prefixes, wanting = _PREFIXES[found.family], _wanting(found)
    own = unwrapping(header.tensors)
    alone = found.role == "denoiser"
    if found.family not in _EITHER and _in_names_of_diffusers(header):
        if not alone:
            said = f"it is {called(found)}, in the names of diffusers"
            raise refused(path, said, "Choose the whole folder of the model")
        ldm = unet_names(own.values())
        own = {name: ldm[inner] for name, inner in own.items()}
    parts = {name: file for name, file in parts_for(path, found).items() if name in wanting}
    spared = FAMILIES[found.family].spared
    missing = [name for name in wanting if name not in parts and name not in spared]
    if missing:
        raise refused(path, f"it is {called(found)}", _advice(missing))
    if any(name.startswith("qwen3") for name in prefixes) and qwen_vocabulary(path) is None:
        said = f"it is {called(found)}; the words of its text encoder are missing too"
        raise refused(path, said, where_words_go())
    if "t5-xxl" in wanting and "t5-xxl" not in spared and t5_vocabulary(path) is None:
        said = f"it is {called(found)}; the words of its text encoder are missing too"
        raise refused(path, said, where_words_of_t5_go())
    joined = JoinedHeader()
    names = {name: prefixes["denoiser"] + own[name] if alone else name for name in own}
    _take(joined, path, header, names)
    for part, file in parts.items():
        other = _read(file, path)
        names = _inner_names(part, other.tensors)
        _take(joined, file, other, {n: prefixes[part] + own for n, own in names.items() if own})
    return joined


def _in_names_of_diffusers(header: Header) -> bool:
    return "middle_block.0.in_layers.0.weight" not in unwrapping(header.tensors).values()


_OF_OPEN_CLIP = ("transformer.resblocks.", "token_embedding.", "positional_embedding", "ln_final.")


def _inner_names(part: str, tensors: Tensors) -> dict[str, str]:
    """As the part's own program names them; "" of what no network here reads."""
    if part != "vae":
        return {name: _inner(part, name) for name in tensors}
    bare = {name: name.removeprefix("first_stage_model.").removeprefix("vae.") for name in tensors}
    ldm = vae_names(bare.values())
    return {name: ldm[inner] for name, inner in bare.items()}


def _inner(part: str, name: str) -> str:
    if part.startswith(("qwen3", "t5")):
        return name
    if name == "logit_scale" or (part == "clip-l" and name.startswith("text_projection")):
        return ""
    if name.startswith(("text_model.", "text_projection", *_OF_OPEN_CLIP)):
        return name
    return f"text_model.{name}"


def _advice(missing: list[str]) -> str:
    own = own_folder()
    said: list[str] = []
    for name in missing:
        what = "its autoencoder" if name == "vae" else TEXT_ENCODERS[name]
        folder = subfolder("vae" if name == "vae" else "text encoder")
        said.append(f"{what} into {folder if own is None else own / folder}")
    return f"Put {' and '.join(said)}, or beside it"
