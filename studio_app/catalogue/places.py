"""Where programs of image models keep their files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.reading import home, is_dir
from studio_app.core.resources import models_dir, user_dir


@dataclass(frozen=True)
class Place:
    """A folder to look through. owner: the program that keeps it, or "Added by you"."""

    path: Path
    owner: str


_TREES = (
    ("ComfyUI", ("ComfyUI", "Documents/ComfyUI", "comfy/ComfyUI", "ComfyUI_windows_portable/ComfyUI")),
    ("ComfyUI of Krita", (
        ".local/share/krita/ai_diffusion/server/ComfyUI", "AppData/Roaming/krita/ai_diffusion/server/ComfyUI",
    )),
    ("A1111", ("stable-diffusion-webui",)),
    ("Forge", ("stable-diffusion-webui-forge", "forge", "stable-diffusion-webui-reForge")),
    ("InvokeAI", ("invokeai", "InvokeAI")),
    ("SwarmUI", ("SwarmUI", "StableSwarmUI")),
)  # fmt: skip
"""Owner, and where under the home folder it installs itself; models lie in `models` there (SwarmUI: `Models`)."""

_SUBFOLDERS = (
    ({"text encoder"}, "text_encoders"), ({"denoiser"}, "diffusion_models"), ({"checkpoint"}, "checkpoints"),
    ({"vae"}, "vae"), ({"tiny vae"}, "vae_approx"), ({"lora"}, "loras"), ({"embedding"}, "embeddings"),
    ({"controlnet", "union controlnet", "t2i adapter"}, "controlnet"), ({"ip adapter"}, "ipadapter"),
)  # fmt: skip


def subfolder(role: str) -> str:
    """Where a file of a role lies in a tree of ComfyUI's make, which the user's own folder is too."""
    return next((name for roles, name in _SUBFOLDERS if role in roles), "")


def own_folder() -> Path | None:
    """The user's own folder of models, which need not be there; None where there is no home."""
    try:
        return user_dir() / "models"
    except StudioError:
        return None


def known_places(added: Iterable[Path | str] = ()) -> list[Place]:
    """Those that are there, each once: ours, the artist's, and those of other programs. Nothing is looked into."""
    asked: list[Place] = []
    try:
        asked.append(Place(models_dir(), "Underpaint"))
    except StudioError:
        pass
    own = own_folder()
    if own is not None:
        asked.append(Place(own, "Underpaint"))
    asked += [Place(Path(path), "Added by you") for path in added]
    asked += _of_others()
    found: dict[str, Place] = {}
    for place in asked:
        try:
            if is_dir(place.path):
                found.setdefault(str(place.path.resolve()), place)
        except (OSError, StudioError):
            continue
    return list(found.values())


def hub_folder() -> Path | None:
    """The cache of Hugging Face, which need not be there; None where there is no home."""
    if os.environ.get("HF_HUB_CACHE"):
        return Path(os.environ["HF_HUB_CACHE"])
    if os.environ.get("HF_HOME"):
        return Path(os.environ["HF_HOME"]) / "hub"
    try:
        return home() / ".cache" / "huggingface" / "hub"
    except StudioError:
        return None


def _of_others() -> list[Place]:
    places: list[Place] = []
    hub = hub_folder()
    if hub is not None:
        places.append(Place(hub, "Hugging Face"))
    if os.environ.get("INVOKEAI_ROOT"):
        places.append(Place(Path(os.environ["INVOKEAI_ROOT"]) / "models", "InvokeAI"))
    try:
        base = home()
    except StudioError:
        return places
    roots = [base]
    if sys.platform == "win32":
        roots.append(Path("C:/"))
    for owner, names in _TREES:
        folder = "Models" if owner == "SwarmUI" else "models"
        places += [Place(root / name / folder, owner) for root in roots for name in names]
        if owner == "A1111":
            places += [Place(base / name / "embeddings", owner) for name in names]
    return places
