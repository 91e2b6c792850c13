"""Where models are. Free of torch."""

from __future__ import annotations

from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.manifest import model_path
from studio_app.core.reading import expanded, is_dir
from studio_app.core.resources import models_dir, user_dir


def find_model(name: str) -> Path:
    """The folder of a model: a path to one, the name of one in the user's models, or an embedded one.

    StudioError where there is none. Its content is not looked at.
    """
    path = expanded(name)
    if path.name != name or path.is_absolute():
        if is_dir(path):
            return path
        raise StudioError(f"No model at {name}", "there is no such folder", "Check the path.")
    own = [folder / "models" / name for folder in _own()]
    for folder in (*own, models_dir() / name):
        if is_dir(folder):
            return folder
    return model_path(name)  # says what there is instead


def _own() -> list[Path]:
    """The user's folder, or nothing where there is none: the embedded models need no home."""
    try:
        return [user_dir()]
    except StudioError:
        return []


def check_model_files(folder: Path) -> None:
    """StudioError if `folder` is an embedded model and differs from its checksums; others have none."""
    if folder.parent == models_dir():
        model_path(folder.name)
