"""Where a Stable Diffusion model's networks for drawings lie: where the artist says, in its own folder, or in one that
all of a family share.

`controlnet_KIND` and `adapter_KIND` (depth, pose, ...) are ControlNets and T2I-Adapters of one kind of drawing;
`controlnet_union` is one for several kinds. A model in one file has no folder of its own: what its family shares lies
in `models/controls/FAMILY` of the user's folder. Free of torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio_app.core.controls import CONTROL_KINDS, ControlKind
from studio_app.core.errors import StudioError
from studio_app.core.reading import is_dir, is_file
from studio_app.core.resources import user_dir
from studio_app.core.settings import fitting_of
from studio_app.engine.loading.checkpoint import Part, part

UNION_TYPES: dict[ControlKind, int] = {"pose": 0, "depth": 1, "edge": 3, "normal": 4}
"""Kind of drawing -> its place among the types of a ControlNetUnionModel, as ControlNet++ (xinsir) numbers them."""

CONTROL_PARTS: tuple[Part, ...] = (
    part("controlnet_union", "diffusers", "ControlNetUnionModel", needed=False),
    part("controlnet_*", "diffusers", "ControlNetModel", needed=False),
    # As a pipeline saves its own: nothing says what it was made for, so nothing asks it.
    part("controlnet", "diffusers", "ControlNetModel", "ControlNetUnionModel", needed=False),
    part("adapter_*", "diffusers", "T2IAdapter", needed=False),
)


@dataclass(frozen=True)
class ControlFolder:
    """One network's: `place` / `name`; without a name, `place` is its file."""

    place: Path
    name: str = ""


def control_folders(model: Path, family: str) -> dict[ControlKind, ControlFolder]:
    """By kind, of a model in a folder or a file. What was chosen for it comes first, its own before shared ones, one
    for a kind before a union."""
    places = [place for place in (model, *shared_folders(family)) if is_dir(place)]
    chosen = fitting_of(model).controls
    found: dict[ControlKind, ControlFolder] = {}
    for kind in CONTROL_KINDS:
        path = Path(chosen.get(kind, ""))
        # A file that is gone, or on a disk that is not there today, is no reason to draw nothing.
        folder = ControlFolder(path) if chosen.get(kind) and is_file(path) else _of(places, kind)
        if folder is not None:
            found[kind] = folder
    return found


def _of(places: Sequence[Path], kind: ControlKind) -> ControlFolder | None:
    names = [f"controlnet_{kind}", f"adapter_{kind}"]
    if kind in UNION_TYPES:
        names.append("controlnet_union")
    for place in places:
        for name in names:
            if is_dir(place / name):
                return ControlFolder(place, name)
    return None


def shared_folders(family: str) -> list[Path]:
    """Of the user's own, where all models of a family look."""
    try:
        return [user_dir() / "models" / "controls" / family]
    except StudioError:  # no home
        return []
