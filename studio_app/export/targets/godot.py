"""Godot 4: import settings for new files, and resources that use them.

Fields as Godot 4.5 to 4.7 writes them (godotengine/godot, editor/import/resource_importer_texture.cpp;
godot-demo-projects). An `.import` is partial: what it leaves out Godot fills in, and what a version adds is not
missed. It names no uid, since Godot makes one, and it is never written where one is.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from studio_app.core.errors import StudioError
from studio_app.core.reading import is_file, read_text
from studio_app.export.pieces import Wants
from studio_app.export.targets.folder import SUFFIXES
from studio_app.export.targets.godot_resources import canvas_texture, orm_material, sprite_frames
from studio_app.export.targets.target import Engine, Layout, Placed, Sidecar, Target

_LIMIT = 4 << 20
_FEATURES = re.compile(r"^config/features\s*=\s*PackedStringArray\(([^)]*)\)", re.MULTILINE)
_NAME = re.compile(r'^config/name\s*=\s*"((?:[^"\\]|\\.)*)"', re.MULTILINE)
_CONFIG = re.compile(r"^config_version\s*=\s*(\d+)", re.MULTILINE)
_VERSION = re.compile(r'"(\d+)\.(\d+)"')
_FLAT: dict[str, str] = {"compress/mode": "0", "mipmaps/generate": "false"}
_SOLID: dict[str, str] = {
    "compress/mode": "2",
    "mipmaps/generate": "true",
    "process/fix_alpha_border": "false",
}


def recognise(folder: Path) -> Engine | None:
    """By project.godot: its name, and its version by config/features."""
    path = folder / "project.godot"
    if not is_file(path):
        return None
    try:
        text = read_text(path, _LIMIT)
    except StudioError:  # no text, or huge: still a Godot project
        return Engine(folder.name)
    name = _NAME.search(text)
    features = _FEATURES.search(text)
    version = _VERSION.search(features[1]) if features else None
    config = _CONFIG.search(text)
    numbers = (int(version[1]), int(version[2])) if version else ()
    if not numbers and config and int(config[1]) < 5:
        numbers = (3,)
    # A name may be given by a translation key or hold an escape: as written will do.
    return Engine(name[1] if name and name[1] else folder.name, numbers)


def sidecars(layout: Layout) -> tuple[Sidecar, ...]:
    if _is_old(layout):
        return ()
    out = [
        _import_of(layout, placed)
        for placed in layout.placed
        if placed.path.suffix in TARGET.pictures
    ]
    if any(placed.piece.role == "layers" for placed in layout.placed):
        out = [card for card in out if card.path.parent == layout.folder]
        out.append(Sidecar(layout.folder / TARGET.sources / ".gdignore", b"", "once"))
    out += _resources(layout)
    return tuple(out)


def notes(layout: Layout) -> tuple[str, ...]:
    if _is_old(layout):
        return (
            "this is a Godot 3 project: pictures are written, import settings and resources are not",
        )
    return ()


def _is_old(layout: Layout) -> bool:
    return bool(layout.project.engine.version) and layout.project.engine.version < (4,)


def _import_of(layout: Layout, placed: Placed) -> Sidecar:
    piece = placed.piece
    settings = dict(_SOLID if layout.asset.kind == "texture" else _FLAT)
    if piece.role == "height" or piece.bits > 8:
        settings["compress/mode"] = "0"  # blocks of a compressed texture would be steps
    if piece.normal_y is not None:
        if layout.asset.kind == "texture":
            settings["compress/normal_map"] = "1"
            settings["roughness/mode"] = "1"
        if piece.normal_y == "-":
            settings["process/normal_map_invert_y"] = "true"
    settings["detect_3d/compress_to"] = "0"  # what is decided here stays so when it is seen in 3D
    lines = ["[remap]", "", 'importer="texture"', 'type="CompressedTexture2D"', "", "[params]", ""]
    lines += [f"{key}={value}" for key, value in settings.items()]
    name = placed.path.with_name(placed.path.name + ".import")
    return Sidecar(name, ("\n".join(lines) + "\n").encode(), "once")


def _resources(layout: Layout) -> list[Sidecar]:
    asset = layout.asset
    colour, normal, orm = layout.of("colour"), layout.of("normal"), layout.of("orm")
    if colour is None:
        return []

    def beside(name: str, text: str) -> list[Sidecar]:
        return [Sidecar(layout.folder / f"{layout.stem}{name}.tres", text.encode(), "ours")]

    if asset.kind == "texture" and orm is not None:
        paths = {"albedo": colour.path, "orm": orm.path}
        if normal is not None:
            paths["normal"] = normal.path
        return beside("", orm_material({name: _res(path) for name, path in paths.items()}))
    if asset.kind == "sheet" and asset.cells:
        version = layout.project.engine.version
        text = sprite_frames(_res(colour.path), asset.cells, version, loop=asset.loop)
        return beside("_frames", text)
    if asset.kind == "sprite" and normal is not None:
        return beside(
            "_lit", canvas_texture(_res(colour.path), _res(normal.path), pixels=asset.pixel_art)
        )
    return []


def _res(path: PurePosixPath) -> str:
    return f"res://{path.as_posix()}"


TARGET = Target(
    id="godot",
    title="Godot",
    recognise=recognise,
    style="snake",
    template="{name}{version}{role}",
    suffixes=SUFFIXES,
    folders={
        "picture": "art/pictures",
        "sprite": "art/sprites",
        "sheet": "art/sprites",
        "texture": "art/textures",
        "control": "art/controls",
    },
    wants=Wants(normal_y="+"),
    sidecars=sidecars,
    sources="sources",
    closed=(".godot",),
    notes=notes,
)
