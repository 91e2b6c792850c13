"""Looking through folders: every file that may be a model, and what it is. No link leads out of the folder.

It is a generator: whoever drives it decides how much is done at a time, and when it is enough.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from studio_app.catalogue.folders import INDEX, SHARD, identify_folder, sharded_header, shards_of
from studio_app.catalogue.identify import MODELS, PICKLES, identify, identify_file
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.places import Place
from studio_app.catalogue.remembered import Remembered
from studio_app.core.errors import StudioError

MAX_DEPTH = 12
MAX_ENTRIES = 200_000
_SKIPPED = {"__pycache__", "node_modules", "blobs", "refs", "venv", "site-packages"}
_PLAIN_NAMES = (
    "diffusion_pytorch_model",
    "pytorch_model",
    "model",
    "pytorch_lora_weights",
    "ip-adapter",
)
_BINARIES = ("diffusion_pytorch_model", "pytorch_model", "pytorch_lora_weights")


@dataclass(frozen=True)
class Found:
    """path: of a file, of the first of its shards, or of a folder. place: in which it was found. name: what one calls
    it."""

    path: Path
    place: Place
    identity: Identity
    name: str


def scan(place: Place, memory: Remembered) -> Iterator[Found | None]:
    """All models of a place, in the order of their paths; None in the place of what is none, so that a caller counts.

    memory: what was known of each file before. What can't be read is of the role "broken", and says why.
    """
    try:
        root = place.path.resolve()
    except OSError:
        return
    left = MAX_ENTRIES
    waiting = [(place.path, 0)]
    while waiting:
        folder, depth = waiting.pop()
        entries = _entries(folder)
        left -= len(entries)
        if left < 0:
            return
        if any(entry.name == INDEX for entry in entries):
            yield _folder(folder, place, memory)
            continue
        deeper: list[tuple[Path, int]] = []
        for entry in entries:
            path = Path(entry.path)
            kind = _kind(entry, root)
            if kind == "folder":
                if (
                    depth < MAX_DEPTH
                    and entry.name not in _SKIPPED
                    and not entry.name.startswith(".")
                ):
                    deeper.append((path, depth + 1))
            elif kind == "file" and _may_be_model(path):
                yield _file(path, place, memory)
            else:
                yield None
        waiting += reversed(deeper)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []  # not ours to look into


def _kind(entry: os.DirEntry[str], root: Path) -> str:
    """ "folder", "file", or "" of what is neither, or a link that leads out of the root."""
    try:
        if entry.is_symlink():
            target = Path(entry.path).resolve(strict=True)
            if not target.is_relative_to(root) or Path(entry.path).parent.resolve().is_relative_to(
                target
            ):
                return ""
        mode = entry.stat().st_mode
    except (OSError, RuntimeError):
        return ""
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else ""


def _may_be_model(path: Path) -> bool:
    ending = path.suffix.lower()
    if ending == ".bin":
        return path.name.startswith(_BINARIES)
    return ending in (*MODELS, ".ckpt", ".pt", ".pth")


def _file(path: Path, place: Place, memory: Remembered) -> Found | None:
    shard = SHARD.fullmatch(path.name)
    if shard is not None and int(shard[2]) != 1:
        return None  # the first stands for all; without it they are of no use

    def look() -> Identity:
        if path.suffix.lower() in PICKLES:
            return Identity("broken", why="it is a pickle, which can run code")
        if shard is None:
            return identify_file(path)
        return identify(sharded_header(path), named(path, place))

    try:
        files = shards_of(path) if shard is not None else [path]
    except StudioError as error:
        return Found(path, place, Identity("broken", why=error.detail), named(path, place))
    return Found(path, place, memory.of(path, files, lambda: _guarded(look)), named(path, place))


def _folder(folder: Path, place: Place, memory: Remembered) -> Found:
    files = [Path(e.path) for e in _entries(folder) if not e.is_dir()]
    for inner in _entries(folder):
        if inner.is_dir():
            files += [Path(entry.path) for entry in _entries(Path(inner.path))[:64]]
    identity = memory.of(folder, files, lambda: _guarded(lambda: identify_folder(folder)))
    return Found(folder, place, identity, named(folder, place))


def _guarded(look: Callable[[], Identity]) -> Identity:
    try:
        return look()
    except StudioError as error:
        return Identity("broken", why=error.detail or error.title)


def named(path: Path, place: Place) -> str:
    """What one calls it: of a cache of Hugging Face "owner/name", of weights that are all called alike their folder."""
    name = path.name if path.suffix.lower() not in (*MODELS, *PICKLES) else path.stem
    shard = SHARD.fullmatch(path.name)
    if shard is not None:
        name = shard[1]
    inside = path.parts[len(place.path.parts) :]
    for i, part in enumerate(inside):
        if part.startswith("models--"):
            repository = part.removeprefix("models--").replace("--", "/")
            rest = [p for p in inside[i + 3 : -1] if p]
            if len(inside) <= i + 3:
                return repository
            return "/".join([repository, *rest, *([] if name.startswith(_PLAIN_NAMES) else [name])])
    if name.startswith(_PLAIN_NAMES) and len(inside) > 1 and name.split(".")[0] in _PLAIN_NAMES:
        return inside[-2]
    return name
