"""models/manifest.toml: what every embedded checkpoint consists of, to the byte.

    format = 1

    [models."underpaint-256"]
    size = 40123456

    [models."underpaint-256".files]
    "unet/diffusion_pytorch_model.safetensors" = "<sha256>"

Everything that a program reads is listed. Model cards and their pictures are for people and are not, so that
they can be edited freely. `python -m studio_app.core.manifest [FOLDER]` writes the file anew.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.reading import NoSuchFile, is_dir
from studio_app.core.resources import models_dir
from studio_app.core.tomls import read_toml

NAME = "manifest.toml"
_FOR_PEOPLE = {".md", ".png", ".jpg", ".jpeg", ".webp"}
_REGENERATE = "If you changed the model on purpose, run: python -m studio_app.core.manifest"


@dataclass(frozen=True)
class Entry:
    """One model: its size in bytes, and the sha256 (hex) of each file by its path inside the folder."""

    size: int
    files: dict[str, str]


@dataclass(frozen=True)
class Findings:
    """How a model folder differs from its entry, as paths inside it."""

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return not (self.missing or self.changed or self.extra)

    def __str__(self) -> str:
        """For example "missing: unet/config.json; changed: vae/config.json"."""
        groups = (("missing", self.missing), ("changed", self.changed), ("extra", self.extra))
        return "; ".join(f"{name}: {_few(paths)}" for name, paths in groups if paths)


def read_manifest(folder: Path | None = None) -> dict[str, Entry]:
    """The entries of `folder`/manifest.toml (default: the embedded models) by model name.

    Raises StudioError if the file is missing, broken, of a newer format, or points outside its folder.
    """
    path = (folder or models_dir()) / NAME
    try:
        content = read_toml(path)
    except NoSuchFile:
        raise StudioError("The list of models is missing", str(path), _REGENERATE) from None
    except StudioError as error:
        raise StudioError("The list of models cannot be read", str(error)) from error
    if content.get("format") != 1:
        raise StudioError(
            "The list of models is of an unknown format",
            f"{path}: format {content.get('format')!r}, this program knows 1",
            "Update Underpaint.",
        )
    try:
        models = cast("dict[str, Any]", content.get("models", {}))
        return {name: _entry(table) for name, table in models.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StudioError("The list of models is broken", f"{path}: {error}") from error


def check_model(name: str, folder: Path | None = None) -> Findings:
    """Compares the model `name` with its entry, reading every byte of it. Raises as `model_path`."""
    folder = folder or models_dir()
    entry = _known(name, folder)
    root = folder / name
    present = set(_files_for_programs(root))
    listed = set(entry.files)
    changed = [
        path for path in sorted(listed & present) if _sha256(root / path) != entry.files[path]
    ]
    return Findings(
        tuple(sorted(listed - present)), tuple(changed), tuple(sorted(present - listed))
    )


def model_path(name: str, folder: Path | None = None) -> Path:
    """The folder of the model `name`, after checking that it is there, whole and unchanged.

    Raises StudioError if it is unknown or missing, or if a file is missing, changed or not listed.
    """
    folder = folder or models_dir()
    findings = check_model(name, folder)
    if not findings.sound:
        raise StudioError(
            f"The model {name} is damaged",
            f"{folder / name}: {findings}",
            "Install Underpaint again, or restore the folder from version control.",
        )
    return folder / name


def write_manifest(folder: Path | None = None) -> Path:
    """Lists every model (each sub-folder with a model_index.json) of `folder`; returns the file's path.

    Raises StudioError if it cannot be written.
    """
    folder = folder or models_dir()
    lines = [
        "# Written by `python -m studio_app.core.manifest`; read by studio_app/core/manifest.py."
    ]
    lines.append("format = 1")
    for root in sorted(index.parent for index in folder.glob("*/model_index.json")):
        paths = _files_for_programs(root)
        size = sum((root / path).stat().st_size for path in paths)
        table = f"models.{_quoted(root.name)}"
        lines += ["", f"[{table}]", f"size = {size}", "", f"[{table}.files]"]
        lines += [f"{_quoted(path)} = {_quoted(_sha256(root / path))}" for path in paths]
    path = folder / NAME
    write_text_atomic(path, "\n".join(lines) + "\n", verify=_parses)
    return path


def _known(name: str, folder: Path) -> Entry:
    entries = read_manifest(folder)
    entry = entries.get(name)
    if entry is not None and is_dir(folder / name):
        return entry
    there = sorted(other for other in entries if is_dir(folder / other))
    raise StudioError(
        f"No model named {name}",
        f"{folder} holds {', '.join(there) if there else 'no model'}",
        "Choose one of these."
        if there
        else "Install Underpaint again, or train one: underpaint train all",
    )


def _entry(table: dict[str, Any]) -> Entry:
    files: dict[str, str] = {}
    for path, digest in cast("dict[str, object]", table["files"]).items():
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or "\\" in path or ":" in path:
            raise ValueError(f"{path!r} is outside its folder")
        if not isinstance(digest, str) or len(digest) != 64:
            raise ValueError(f"{path!r} has no sha256")
        files[path] = digest.lower()
    return Entry(int(table["size"]), files)


def _files_for_programs(root: Path) -> list[str]:
    """Paths inside `root`, sorted, with forward slashes; without hidden files and those for people."""
    found: list[str] = []
    for path in root.rglob("*"):
        inside = path.relative_to(root)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and not hidden and path.suffix.lower() not in _FOR_PEOPLE:
            found.append(inside.as_posix())
    return sorted(found)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StudioError(
            "A file of the model cannot be read", f"{path}: {error.strerror or error}"
        ) from error


def _parses(path: Path) -> None:
    read_toml(path)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _few(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more


if __name__ == "__main__":
    print(write_manifest(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
