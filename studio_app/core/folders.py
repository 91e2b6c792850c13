"""Where models are. Free of torch."""

from __future__ import annotations

from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.manifest import model_path
from studio_app.core.reading import expanded, is_dir, is_file
from studio_app.core.resources import models_dir, user_dir

MODEL_FILES = (".safetensors", ".sft", ".gguf")
"""How a model in one file is called; .sft are safetensors too."""
PICKLES = (".ckpt", ".pt", ".pth", ".bin")


def find_model(name: str) -> Path:
    """Where a model is: a folder, or one file of .safetensors. name: a path to it, the name of one in the user's
    models, or of an embedded one.

    StudioError where there is none. Its content is not looked at.
    """
    path = expanded(name)
    if path.name != name or path.is_absolute():
        if _may_be_model(path):
            return path
        if is_file(path):
            raise _no_model(path)
        raise StudioError(f"No model at {name}", "there is no such folder", "Check the path.")
    own = [folder / "models" / name for folder in _own()]
    for place in (*own, models_dir() / name):
        if _may_be_model(place):
            return place
    return model_path(name)  # says what there is instead


def stand_in(name: str) -> Path | None:
    """The folder of the user's own that goes before the embedded model of this name; None where none does."""
    if Path(name).name != name:
        return None
    try:
        mine = next((folder / "models" / name for folder in _own()), None)
        both = mine is not None and _may_be_model(mine) and is_dir(models_dir() / name)
    except StudioError:
        return None
    return mine if both else None


def called(model: str | Path) -> str:
    """What one calls a model, or what goes with one: a file without its ending, a folder as it is, also where it has a
    dot, and in the cache of Hugging Face its repository."""
    path = Path(model)
    if path.parent.name == "snapshots" and path.parents[1].name.startswith("models--"):
        return path.parents[1].name.removeprefix("models--").replace("--", "/")
    return path.stem if path.suffix.lower() in MODEL_FILES else path.name


def _may_be_model(path: Path) -> bool:
    return is_dir(path) or (path.suffix.lower() in MODEL_FILES and is_file(path))


def _no_model(path: Path) -> StudioError:
    if path.suffix.lower() in PICKLES:
        return StudioError(
            f"Can't use the model {path.name}",
            "it is a pickle, which can run code",
            "Ask for the model as .safetensors.",
        )
    return StudioError(
        f"Can't use the model {path.name}",
        "it is neither a folder nor a file of .safetensors or .gguf",
        "Choose one of these.",
    )


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
