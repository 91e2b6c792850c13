"""Where models are. Free of torch."""

from __future__ import annotations

from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.manifest import model_path
from studio_app.core.resources import models_dir, user_dir


def find_model(name: str) -> Path:
    """The folder of a model: a path to one, the name of one in the user's models, or an embedded one.

    StudioError where there is none. Its content is not looked at.
    """
    path = Path(name).expanduser()
    if path.name != name or path.is_absolute():
        if path.is_dir():
            return path
        raise StudioError(f"No model at {name}", "there is no such folder", "Check the path.")
    for folder in (user_dir() / "models" / name, models_dir() / name):
        if folder.is_dir():
            return folder
    return model_path(name)  # says what there is instead


def check_model_files(folder: Path) -> None:
    """StudioError if `folder` is an embedded model and differs from its checksums; others have none."""
    if folder.parent == models_dir():
        model_path(folder.name)
