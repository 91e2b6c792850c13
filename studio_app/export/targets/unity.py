"""Unity: `.meta` files for what is new in a project, with ids that are the same on every machine.

An asset's id is its guid: whoever changes it breaks every scene that uses the asset, so a meta that is there is never
touched. A new guid is a name-based uuid (RFC 9562, version 5) of the project's own productGUID and the path.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from studio_app.core.errors import StudioError
from studio_app.core.reading import is_dir, is_file, read_text
from studio_app.export.pieces import PICTURES, Role, Wants
from studio_app.export.targets import unity_meta
from studio_app.export.targets.target import Engine, Layout, Placed, Sidecar, Target

SUFFIXES: dict[Role, str] = {
    "colour": "_Albedo",
    "normal": "_Normal",
    "height": "_Height",
    "roughness": "_Roughness",
    "metallic": "_Metallic",
    "occlusion": "_Occlusion",
    "orm": "_ORM",
    "mask_map": "_MaskMap",
    "alpha": "_Alpha",
    "depth": "_Depth",
    "ids": "_Ids",
    "pose": "_Pose",
    "edge": "_Edge",
    "layers": "",
    "material": "",
    "atlas": "",
}
_SPACE = uuid.UUID("6f1d3c52-6f0a-5c0e-9a57-0f1f7d2f3b11")
_LIMIT = 4 << 20
_VERSION = re.compile(r"^m_EditorVersion:\s*(\d+)\.(\d+)(?:\.(\d+))?", re.MULTILINE)
_PRODUCT = re.compile(r"^  productGUID:\s*([0-9a-f]{32})", re.MULTILINE)
_NAME = re.compile(r"^  productName:\s*(\S.*)$", re.MULTILINE)
_GUID = re.compile(rb"^guid:\s*([0-9a-f]{32})", re.MULTILINE)
_TEXTS = {".json", ".txt"}


def recognise(folder: Path) -> Engine | None:
    """By Assets/ and ProjectSettings/ProjectVersion.txt."""
    settings = folder / "ProjectSettings"
    if not (is_dir(folder / "Assets") and is_file(settings / "ProjectVersion.txt")):
        return None
    version = _VERSION.search(_text(settings / "ProjectVersion.txt"))
    product = _text(settings / "ProjectSettings.asset")
    name, guid = _NAME.search(product), _PRODUCT.search(product)
    return Engine(
        name[1].strip("'\" ") if name else folder.name,
        tuple(int(part) for part in version.groups() if part) if version else (),
        guid[1] if guid else "",
    )


def sidecars(layout: Layout) -> tuple[Sidecar, ...]:
    guids = _Guids(layout)
    out: list[Sidecar] = []
    for folder in layout.new_folders:
        if len(folder.parts) > 1 and not folder.name.endswith("~"):  # Assets itself has none
            text = unity_meta.folder_meta(guids.of(folder))
            out.append(Sidecar(_meta(folder), text.encode(), "once"))
    for placed in layout.placed:
        if any(part.endswith("~") for part in placed.path.parts):
            continue
        suffix = placed.path.suffix
        if suffix in TARGET.pictures:
            text = unity_meta.texture_meta(guids.of(placed.path), _look(layout, placed, guids))
        elif suffix in _TEXTS:
            text = unity_meta.text_meta(guids.of(placed.path))
        else:
            continue  # which importer it gets depends on the packages of the project
        out.append(Sidecar(_meta(placed.path), text.encode(), "once"))
    return tuple(out)


def notes(layout: Layout) -> tuple[str, ...]:
    """A sheet whose meta is kept and does not know all of its cells."""
    said: list[str] = []
    colour = layout.of("colour")
    if layout.asset.kind == "sheet" and colour is not None:
        there = layout.read(_meta(colour.path))
        known = set(unity_meta.sprite_names(there)) if there is not None else set[str]()
        new = [cell.name for cell in layout.asset.cells if cell.name not in known]
        if there is not None and new:
            said.append(
                f"{colour.path.name}.meta is kept, as every meta: slice {', '.join(new[:3])}"
                f"{' and others' if len(new) > 3 else ''} in Unity's Sprite Editor"
            )
    return tuple(said)


def _look(layout: Layout, placed: Placed, guids: _Guids) -> unity_meta.Look:
    piece, asset = placed.piece, layout.asset
    flat = asset.kind in ("sprite", "sheet") and piece.role == "colour"
    normal = layout.of("normal")
    width, height = piece.size or (0, 0)
    return unity_meta.Look(
        kind="sprite" if flat else "normal" if piece.role == "normal" else "default",
        version=layout.project.engine.version,
        width=width,
        height=height,
        srgb=piece.srgb,
        alpha=piece.alpha,
        repeats=asset.tiles,
        mipmaps=asset.kind == "texture",
        pixel_art=asset.pixel_art,
        flip_green=piece.normal_y == "-",
        # A lossy block format would make steps of a height, and mud of pixel art.
        lossless=asset.pixel_art or piece.bits > 8 or asset.kind == "control",
        pivot=asset.pivot,
        pixels_per_unit=asset.pixels_per_unit,
        cells=asset.cells if flat and asset.kind == "sheet" else (),
        seed=f"{guids.identity}/{placed.path}",
        normal_guid=guids.of(normal.path) if flat and normal is not None else "",
    )


class _Guids:
    """Guids of paths: that of the meta which is there, else a new one, which nothing in the project has."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._given: dict[PurePosixPath, str] = {}
        self._taken: set[str] | None = None
        engine = layout.project.engine
        self.identity = engine.identity or engine.name

    def of(self, path: PurePosixPath) -> str:
        if path not in self._given:
            there = self._layout.read(_meta(path))
            found = _GUID.search(there) if there is not None else None
            self._given[path] = found[1].decode() if found else self._new(path)
        return self._given[path]

    def _new(self, path: PurePosixPath) -> str:
        """A file that was moved takes its meta along: its guid may be the one that its old place would get again."""
        if self._taken is None:
            self._taken = set(_guids_in(self._layout))
        for again in range(1000):
            guid = uuid.uuid5(_SPACE, f"{self.identity}/{path}#{again}").hex
            if guid not in self._taken:
                return guid
        raise StudioError("No free guid", f"for {path}")


def _guids_in(layout: Layout) -> Iterator[str]:
    """Of all metas under Assets. Their first lines are enough."""
    for folder, folders, names in os.walk(layout.project.root / "Assets"):
        layout.stop()
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.endswith(".meta"):
                continue
            try:
                with Path(folder, name).open("rb") as file:
                    found = _GUID.search(file.read(256))
            except OSError:
                continue
            if found:
                yield found[1].decode()


def _meta(path: PurePosixPath) -> PurePosixPath:
    return path.with_name(path.name + ".meta")


def _text(path: Path) -> str:
    try:
        return read_text(path, _LIMIT)
    except StudioError:  # missing, binary or huge: what it would say is not known
        return ""


TARGET = Target(
    id="unity",
    title="Unity",
    recognise=recognise,
    style="pascal",
    template="{name}{version}{role}",
    suffixes=SUFFIXES,
    folders={
        "picture": "Assets/Art/Pictures",
        "sprite": "Assets/Art/Sprites",
        "sheet": "Assets/Art/Sprites",
        "texture": "Assets/Art/Textures",
        "control": "Assets/Art/Controls",
    },
    wants=Wants(normal_y="+", texture=("colour", "normal", "height", "occlusion", "mask_map")),
    sidecars=sidecars,
    sources="Sources~",
    closed=("Library", "Temp", "Logs", "obj", "ProjectSettings", "UserSettings", "Packages"),
    needed="Assets",
    pictures=PICTURES - {".webp"},
    notes=notes,
)
