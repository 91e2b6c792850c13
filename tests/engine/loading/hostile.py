"""Makers of hostile models: each spoils a copy of a sound folder, or puts a file beside it."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

WEIGHTS = "diffusion_pytorch_model.safetensors"
Spoil = Callable[[Path], Path | None]
"""Spoils a copy of a sound folder; returns what is opened instead, if it is not that folder."""


def payload(canary: Path) -> bytes:
    """A pickle that makes a file where it is loaded."""
    return f"cos\nsystem\n(S'touch {canary}'\ntR.".encode()


def canary_of(folder: Path) -> Path:
    return folder.with_name("canary")


def beside(name: str, data: Callable[[Path], bytes] | bytes) -> Spoil:
    """A file of its own, in the place of the folder."""

    def spoil(folder: Path) -> Path:
        path = folder.with_name(name)
        path.write_bytes(data if isinstance(data, bytes) else data(folder))
        return path

    return spoil


def inside(name: str, data: bytes | Callable[[Path], bytes], *, instead: str = "") -> Spoil:
    """A file in the folder; in the place of another."""

    def spoil(folder: Path) -> None:
        if instead:
            (folder / instead).unlink()
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data(folder))

    return spoil


def edited(name: str, change: Callable[[dict[str, Any]], Any]) -> Spoil:
    def spoil(folder: Path) -> None:
        value = json.loads((folder / name).read_text())
        change(value)
        (folder / name).write_text(json.dumps(value))

    return spoil


def config(component: str, **values: Any) -> Spoil:
    return edited(f"{component}/config.json", lambda table: table.update(values))


def tokenizer(**values: Any) -> Spoil:
    return edited("tokenizer/tokenizer_config.json", lambda table: table.update(values))


def index(**values: Any) -> Spoil:
    return edited("model_index.json", lambda table: table.update(values))


def linked(name: str, target: str) -> Spoil:
    def spoil(folder: Path) -> None:
        outside = folder.with_name("outside")
        outside.mkdir()
        (outside / "secret").write_bytes(
            (folder / name).read_bytes() if (folder / name).is_file() else b"x"
        )
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target or outside / "secret")

    return spoil


def tensors(table: dict[str, Any] | bytes, body: bytes = b"", length: int | None = None) -> bytes:
    raw = table if isinstance(table, bytes) else json.dumps(table).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + body


def one(
    dtype: Any = "F16", shape: Any = (2,), offsets: Any = (0, 4), name: str = "a"
) -> dict[str, Any]:
    return {name: {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


def weights(component: str, change: Callable[[bytes], bytes]) -> Spoil:
    """Of a component, as bytes."""
    name = "model.safetensors" if component == "text_encoder" else WEIGHTS

    def spoil(folder: Path) -> None:
        path = folder / component / name
        path.write_bytes(change(path.read_bytes()))

    return spoil


def renamed(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    """The header of a file of weights, changed; its length made to fit."""

    def changed(data: bytes) -> bytes:
        (length,) = struct.unpack("<Q", data[:8])
        table = json.loads(data[8 : 8 + length])
        change(table)
        return tensors(table, data[8 + length :])

    return changed


def pipe(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return spoil


def sparse(name: str, size: int = 8 << 30) -> Spoil:
    def spoil(folder: Path) -> None:
        with (folder / name).open("r+b") as file:
            file.truncate(size)

    return spoil


def doubled(folder: Path) -> None:
    text = (folder / "model_index.json").read_text()
    (folder / "model_index.json").write_text(text.replace("{", '{"unet": ["os", "system"], ', 1))
