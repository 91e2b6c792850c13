"""The header of a safetensors file, wholly consistent with the file's size before anything else is done with it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.folders import MODEL_FILES, called
from studio_app.core.jsons import parse_json
from studio_app.core.reading import open_binary

MAX_HEADER = 8 << 20
MAX_TENSORS = 20_000
MAX_RANK = 8
MAX_METADATA = 256
DTYPE_BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "C64": 64,
    "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8,
    "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
}  # fmt: skip
"""Every dtype of safetensors 0.8. What can be drawn with is for others to say."""


@dataclass(frozen=True)
class TensorInfo:
    """dtype: in safetensors' words, as "F16". shape: as torch has it, the rows first."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        """Numbers in it."""
        total = 1
        for side in self.shape:
            total *= side
        return total


@dataclass(frozen=True)
class Header:
    """tensors: by name. metadata: what the file says of itself, never believed. size: of the file in bytes."""

    tensors: Mapping[str, TensorInfo]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    size: int = 0


def refused(place: Path, why: str, hint: str = "") -> StudioError:
    """place: the folder of a model, or a file, which may be one, or something that goes with one."""
    if place.suffix.lower() in MODEL_FILES:
        hint = hint or "Copy the file again, or choose another"
        return StudioError(f"Can't use {place.name}", why, hint)
    hint = hint or "Copy the folder again, or choose another model"
    return StudioError(f"Can't use the model {called(place)}", why, hint)


def instead_of_model(start: bytes) -> str:
    """What a download left in a model's place, by the file's first bytes, and what to do; "" where it may be one."""
    if not start:
        return "it is empty, or cut off at once: download it again"
    if start.startswith(b"version https://git-lfs"):
        return "it only says where the model is: `git lfs pull` in its folder brings the model"
    if start.lstrip()[:5].lower() in (b"<!doc", b"<html"):
        return (
            "it is a web page: the download asked for a login, or failed; download it in a browser"
        )
    return ""


def read_safetensors(path: Path, model: Path | None = None) -> Header:
    """Of a safetensors file. model: what the artist chose; else the folder that the file's own lies in.

    StudioError where the header is too large (8 MiB, 20000 tensors), names a tensor twice, has an unknown
    dtype, or offsets that overlap, leave gaps, or do not end with the file (so: a cut download).
    """
    model = model or path.parent.parent

    def broken(why: str) -> StudioError:
        where = "it" if path == model else f"{path.parent.name}/{path.name}"
        return refused(model, f"{where} is broken: {why}")

    try:
        with open_binary(path) as (file, size):
            start = file.read(64)
            length = struct.unpack("<Q", start[:8])[0] if len(start) >= 8 else 0
            if not 2 <= length <= min(MAX_HEADER, size - 8):
                raise broken(instead_of_model(start) or "its header is cut off or too large")
            file.seek(8)
            raw = file.read(length)
    except OSError as error:
        raise refused(model, f"{path} can't be read ({error.strerror})") from error
    header = parse_json(raw, path.name, MAX_HEADER)
    if not isinstance(header, dict) or len(cast("dict[str, Any]", header)) > MAX_TENSORS:
        raise broken("its header is not a table of tensors")
    table = cast("dict[str, Any]", header)
    spans: list[tuple[int, int]] = []
    tensors: dict[str, TensorInfo] = {}
    for name, item in table.items():
        if name == "__metadata__":
            continue
        try:
            tensors[name] = info = TensorInfo(str(item["dtype"]), tuple(item["shape"]))
            begin, end = item["data_offsets"]
            _check_span(info, begin, end, size)
        except (KeyError, TypeError, ValueError):
            raise broken(f"the tensor {name[:60]!r} is described wrongly") from None
        spans.append((begin, end))
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            raise broken("its tensors overlap or leave gaps")
        position = end
    if 8 + length + position != size:
        raise broken("it is shorter or longer than its header says")
    return Header(tensors, _metadata(table.get("__metadata__")), size)


def _metadata(value: Any) -> dict[str, str]:
    """Texts only, the first few; a trainer's notes of megabytes are cut."""
    if not isinstance(value, dict):
        return {}
    pairs = list(cast("dict[str, Any]", value).items())[:MAX_METADATA]
    return {name: text[:4000] for name, text in pairs if isinstance(text, str)}


def _check_span(info: TensorInfo, begin: Any, end: Any, size: int) -> None:
    """ValueError, TypeError or KeyError where a tensor does not fill its bytes; stops before a product grows."""
    if len(info.shape) > MAX_RANK or type(begin) is not int or type(end) is not int:
        raise ValueError
    bits = DTYPE_BITS[info.dtype]
    for side in info.shape:
        if type(side) is not int or not 0 <= side <= 8 * size:
            raise ValueError
        bits *= side
        if bits > 8 * size:
            raise ValueError
    if bits % 8 or bits // 8 != end - begin:
        raise ValueError
