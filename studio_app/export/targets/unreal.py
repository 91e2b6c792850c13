"""Unreal: files named as its style guides have it, and a script that imports them with the right settings.

A `.uasset` is binary and bound to a version, so none is written. The files lie outside Content, which the editor
watches: what it picks up there by itself it imports without our settings. Names: Allar, UE5 style guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.reading import list_folder
from studio_app.export.pieces import ONE_CHANNEL, PICTURES, Cell, Role, Wants
from studio_app.export.targets.target import Engine, Layout, Placed, Sidecar, Target

SUFFIXES: dict[Role, str] = {
    "colour": "_D",
    "normal": "_N",
    "height": "_H",
    "roughness": "_R",
    "metallic": "_M",
    "occlusion": "_AO",
    "orm": "_ORM",
    "mask_map": "_MaskMap",
    "alpha": "_A",
    "depth": "_Depth",
    "ids": "_Ids",
    "pose": "_Pose",
    "edge": "_Edge",
    "layers": "",
    "material": "",
    "atlas": "",
}
_VERSION = re.compile(r"(\d+)\.(\d+)")
_SOURCE = "SourceArt"


def recognise(folder: Path) -> Engine | None:
    """By the one *.uproject in it; its EngineAssociation is a version, or the id of somebody's own build."""
    projects = (
        [path for path in list_folder(folder) if path.suffix == ".uproject"]
        if folder.is_dir()
        else []
    )
    if not projects:
        return None
    try:
        association = read_object(projects[0]).get("EngineAssociation")
    except StudioError:
        association = None
    version = _VERSION.match(association) if isinstance(association, str) else None
    return Engine(projects[0].stem, (int(version[1]), int(version[2])) if version else ())


def sidecars(layout: Layout) -> tuple[Sidecar, ...]:
    out: list[Sidecar] = []
    pictures = [
        placed
        for placed in layout.placed
        if placed.path.suffix in TARGET.pictures and placed.piece.role != "layers"
    ]
    colour = layout.of("colour")
    sheet = None
    if layout.asset.kind == "sheet" and layout.asset.cells and colour is not None:
        sheet = layout.folder / f"{layout.stem}.paper2dsprites"
        out.append(Sidecar(sheet, _paper2d(colour, layout.asset.cells), "ours"))
    if pictures:
        jobs = _jobs(layout, pictures)
        script = _script(f"/Game/{_inside(layout)}", jobs, sheet, _flipbooks(layout))
        out.append(Sidecar(layout.folder / f"import_{layout.stem}.py", script.encode(), "ours"))
    return tuple(out)


def notes(layout: Layout) -> tuple[str, ...]:
    said: list[str] = []
    if layout.folder.parts[:1] == ("Content",):
        said.append(
            "Content is watched by the editor: say no where it offers to import, and run the script instead"
        )
    if layout.asset.kind == "sheet" and not layout.asset.loop:
        said.append(
            "A flipbook does not know that it ends: turn Looping off on the component that plays it"
        )
    return tuple(said)


def _inside(layout: Layout) -> str:
    parts = [part for part in layout.folder.parts if part not in (_SOURCE, "Content")]
    return "/".join(re.sub(r"[^\w]", "_", part) for part in parts) or "Underpaint"


def _jobs(layout: Layout, pictures: Sequence[Placed]) -> list[dict[str, Any]]:
    """The editor tells assets by their names alone, without case: of two files that differ in their
    endings the second has its ending in its name."""
    jobs: list[dict[str, Any]] = []
    known: set[str] = set()
    for placed in pictures:
        name = re.sub(r"[^\w]", "_", placed.path.stem)
        if name.lower() in known:
            name += placed.path.suffix.upper().replace(".", "_")
        known.add(name.lower())
        jobs.append(_job(layout, placed, name))
    return jobs


def _job(layout: Layout, placed: Placed, name: str) -> dict[str, Any]:
    """What the script is told of one picture, and `name`, its asset's; the names are Unreal's."""
    piece, asset = placed.piece, layout.asset
    floats = piece.bits > 16
    if piece.role == "normal":
        compression = "TC_NORMALMAP"
    elif floats:
        compression = "TC_HDR"
    elif asset.pixel_art or (asset.kind in ("sprite", "sheet") and piece.srgb):
        compression = "TC_EDITOR_ICON"  # UserInterface2D: not in blocks
    elif piece.bits > 8 and piece.role in ONE_CHANNEL:
        compression = "TC_GRAYSCALE"  # all others would lose two of their channels
    else:
        compression = "TC_DEFAULT" if piece.srgb else "TC_MASKS"
    flat = asset.kind != "texture"
    return {
        "file": placed.path.name,
        "name": name,
        "normal": piece.role == "normal",
        "flip_green": piece.normal_y == "+",
        "srgb": piece.srgb and piece.role != "normal" and not floats,
        "compression": compression,
        "group": "TEXTUREGROUP_UI" if flat else "TEXTUREGROUP_WORLD_NORMAL_MAP" if piece.role == "normal"
        else "TEXTUREGROUP_WORLD",
        "nearest": asset.pixel_art,
        "mipmaps": not flat,
        "wrap_x": asset.tiles[0],
        "wrap_y": asset.tiles[1],
    }  # fmt: skip


def _paper2d(colour: Placed, cells: tuple[Cell, ...]) -> bytes:
    """The sheet as Paper2D's own importer reads it: TexturePacker's JSON for the target "paper2d"."""
    frames: dict[str, Any] = {}
    for cell in cells:
        whole_width, whole_height, left, top = cell.source or (cell.width, cell.height, 0, 0)
        frames[cell.name] = {
            "frame": {"x": cell.x, "y": cell.y, "w": cell.width, "h": cell.height},
            "rotated": False,
            "trimmed": (whole_width, whole_height) != (cell.width, cell.height),
            "spriteSourceSize": {"x": left, "y": top, "w": cell.width, "h": cell.height},
            "sourceSize": {"w": whole_width, "h": whole_height},
            "pivot": {"x": cell.pivot[0], "y": cell.pivot[1]},
        }
    width, height = colour.piece.size or (0, 0)
    meta = {
        "app": "http://www.codeandweb.com/texturepacker",  # the importer knows formats by this
        "version": "1.0",
        "target": "paper2d",
        "image": colour.path.name,
        "format": "RGBA8888",
        "size": {"w": width, "h": height},
        "scale": "1",
    }
    return (
        json.dumps({"frames": frames, "meta": meta}, indent=1, ensure_ascii=False) + "\n"
    ).encode()


def _flipbooks(layout: Layout) -> list[dict[str, Any]]:
    """One a row of the sheet, at the speed of its shortest frame. frames: what a sprite is called, and for how many
    frames of that speed it is shown."""
    if layout.asset.kind != "sheet":
        return []
    rows: dict[str, list[Cell]] = {}
    for cell in layout.asset.cells:
        rows.setdefault(cell.row, []).append(cell)
    made: list[dict[str, Any]] = []
    known: set[str] = set()
    for number, (row, cells) in enumerate(rows.items()):
        name = re.sub(r"[^\w]", "_", f"PFB_{layout.stem}_{row}").rstrip("_")
        if name.lower() in known:  # the editor's names have neither signs nor case
            name = f"{name}_{number}"
        known.add(name.lower())
        base = max(min(cell.milliseconds for cell in cells), 1.0)
        frames = [[cell.name, max(1, round(cell.milliseconds / base))] for cell in cells]
        made.append({"name": name, "speed": round(1000 / base, 4), "frames": frames})
    return made


def _script(
    destination: str,
    jobs: list[dict[str, Any]],
    sheet: PurePosixPath | None,
    flipbooks: list[dict[str, Any]],
) -> str:
    shown = json.dumps(jobs, indent=4, ensure_ascii=False)
    for json_word, word in (("true", "True"), ("false", "False")):
        shown = re.sub(rf"(?<=: ){json_word}(?=,?$)", word, shown, flags=re.MULTILINE)
    parts = {
        "DESTINATION": json.dumps(destination),
        "TEXTURES": shown,
        "SHEET": json.dumps(sheet.name, ensure_ascii=False) if sheet is not None else "None",
        "FLIPBOOKS": json.dumps(flipbooks, indent=4, ensure_ascii=False),
    }
    return re.sub(r"<([A-Z]+)>", lambda found: parts[found[1]], _SCRIPT)


_SCRIPT = '''\
"""Imports what lies beside this file, as its maps are meant. Made by Underpaint; run it in the editor
(Tools, Execute Python Script) or with UnrealEditor-Cmd PROJECT -run=pythonscript -script=THIS_FILE.
"""

import os

import unreal

HERE = os.path.dirname(os.path.abspath(__file__))
DESTINATION = <DESTINATION>
SHEET = <SHEET>
TEXTURES = <TEXTURES>
FLIPBOOKS = <FLIPBOOKS>


def pipeline_of(job):
    pipeline = unreal.InterchangeGenericTexturePipeline()
    pipeline.set_editor_property("asset_name", job["name"])
    pipeline.set_editor_property("detect_normal_map_texture", job["normal"])
    pipeline.set_editor_property("flip_normal_map_green_channel", job["flip_green"])
    pipeline.set_editor_property("allow_non_power_of_two", True)
    stack = unreal.InterchangePipelineStackOverride()
    stack.add_pipeline(pipeline)
    return stack


def task_of(file, options=None):
    task = unreal.AssetImportTask()
    task.set_editor_property("filename", os.path.join(HERE, file))
    task.set_editor_property("destination_path", DESTINATION)
    task.set_editor_property("replace_existing", True)
    task.set_editor_property("replace_existing_settings", False)
    task.set_editor_property("automated", True)
    task.set_editor_property("save", False)
    if options is not None:
        task.set_editor_property("options", options)
    return task


def settle(texture, job):
    wrap, clamp = unreal.TextureAddress.TA_WRAP, unreal.TextureAddress.TA_CLAMP
    settings = {
        "srgb": job["srgb"],
        "compression_settings": getattr(unreal.TextureCompressionSettings, job["compression"]),
        "lod_group": getattr(unreal.TextureGroup, job["group"]),
        "address_x": wrap if job["wrap_x"] else clamp,
        "address_y": wrap if job["wrap_y"] else clamp,
    }
    if job["nearest"]:
        settings["filter"] = unreal.TextureFilter.TF_NEAREST
    if not job["mipmaps"]:
        settings["mip_gen_settings"] = unreal.TextureMipGenSettings.TMGS_NO_MIPMAPS
    for name, value in settings.items():
        texture.set_editor_property(name, value)


def animate(tools, sheet):
    names = [str(name).lower() for name in sheet.get_editor_property("sprite_names")]
    sprites = dict(zip(names, sheet.get_editor_property("sprites")))
    for book in FLIPBOOKS:
        missing = [name for name, _ in book["frames"] if sprites.get(name.lower()) is None]
        if missing:
            unreal.log_error("No flipbook " + book["name"] + " without " + ", ".join(missing))
            continue
        frames = []
        for name, run in book["frames"]:
            frame = unreal.PaperFlipbookKeyFrame()
            frame.set_editor_property("sprite", sprites[name.lower()])
            frame.set_editor_property("frame_run", run)
            frames.append(frame)
        path = DESTINATION + "/" + book["name"]
        if unreal.EditorAssetLibrary.does_asset_exist(path):
            flipbook = unreal.EditorAssetLibrary.load_asset(path)
            shown = [f.get_editor_property("sprite") for f in flipbook.get_editor_property("key_frames")]
            if shown == [f.get_editor_property("sprite") for f in frames]:
                continue  # its speed, and how long each is shown, are somebody's since
        else:
            factory = unreal.PaperFlipbookFactory()
            flipbook = tools.create_asset(book["name"], DESTINATION, unreal.PaperFlipbook, factory)
            flipbook.set_editor_property("frames_per_second", book["speed"])
        flipbook.set_editor_property("key_frames", frames)


def main():
    tools = unreal.AssetToolsHelpers.get_asset_tools()
    for job in TEXTURES:
        path = DESTINATION + "/" + job["name"]
        known = unreal.EditorAssetLibrary.does_asset_exist(path)
        tools.import_asset_tasks([task_of(job["file"], pipeline_of(job))])
        if not unreal.EditorAssetLibrary.does_asset_exist(path):
            unreal.log_error("Not imported: " + job["file"])
            continue
        if not known:  # what somebody set since is theirs
            settle(unreal.EditorAssetLibrary.load_asset(path), job)
        unreal.EditorAssetLibrary.save_asset(path)
    if SHEET is not None:
        tools.import_asset_tasks([task_of(SHEET)])
        path = DESTINATION + "/" + os.path.splitext(SHEET)[0]
        if unreal.EditorAssetLibrary.does_asset_exist(path):
            animate(tools, unreal.EditorAssetLibrary.load_asset(path))
        else:
            unreal.log_error("Not imported: " + SHEET)
    unreal.EditorAssetLibrary.save_directory(DESTINATION)


main()
'''

TARGET = Target(
    id="unreal",
    title="Unreal",
    recognise=recognise,
    style="pascal",
    template="T_{name}{version}{role}",
    suffixes=SUFFIXES,
    folders={
        "picture": f"{_SOURCE}/Pictures",
        "sprite": f"{_SOURCE}/Sprites",
        "sheet": f"{_SOURCE}/Sprites",
        "texture": f"{_SOURCE}/Textures",
        "control": f"{_SOURCE}/Controls",
    },
    wants=Wants(
        normal_y="-",
        texture=("colour", "normal", "height", "orm"),
    ),
    sidecars=sidecars,
    main="_D",
    sources="Layers",
    pictures=PICTURES - {".webp"},
    closed=("Binaries", "DerivedDataCache", "Intermediate", "Saved"),
    notes=notes,
)
