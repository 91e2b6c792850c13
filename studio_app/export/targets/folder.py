"""A plain folder: good names, neutral formats, nothing beside them."""

from __future__ import annotations

from pathlib import Path

from studio_app.export.pieces import SET, Role, Wants
from studio_app.export.targets.target import Engine, Layout, Sidecar, Target

SUFFIXES: dict[Role, str] = {
    "colour": "_albedo",
    "normal": "_normal",
    "height": "_height",
    "roughness": "_roughness",
    "metallic": "_metallic",
    "occlusion": "_occlusion",
    "orm": "_orm",
    "mask_map": "_mask",
    "alpha": "_alpha",
    "depth": "_depth",
    "ids": "_ids",
    "pose": "_pose",
    "edge": "_edge",
    "layers": "",
    "material": "",
    "atlas": "",
}


def recognise(folder: Path) -> Engine | None:
    """A folder into which something was exported before."""
    return Engine(folder.name or "folder") if (folder / ".underpaint").is_dir() else None


def sidecars(layout: Layout) -> tuple[Sidecar, ...]:
    return ()


TARGET = Target(
    id="folder",
    title="folder",
    recognise=recognise,
    style="snake",
    template="{name}{version}{role}",
    suffixes=SUFFIXES,
    folders={"picture": "", "sprite": "", "sheet": "", "texture": "", "control": ""},
    wants=Wants(
        texture=(*SET, "alpha"),
        texts={"sheet": ("texturepacker", "aseprite"), "texture": ("gltf", "materialx")},
    ),
    sidecars=sidecars,
)
