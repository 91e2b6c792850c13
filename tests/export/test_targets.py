"""What engines find beside a picture, read as they read it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from studio_app.core.errors import StudioError
from studio_app.export.pieces import Asset, Role
from studio_app.export.plan import make_plan
from studio_app.export.projects import find_project, open_project
from studio_app.export.targets.registry import TARGETS
from studio_app.export.targets.target import Project
from studio_app.export.transaction import carry_out

Open = Callable[[str], Project]
ReadGodot = Callable[[Path], list[tuple[str, dict[str, Any], dict[str, Any]]]]


def export(asset: Asset, project: Project) -> Path:
    carry_out(make_plan(asset, project))
    return project.root


def meta(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("kind", "version", "inside"),
    [
        ("godot", (4, 7), "art/deep"),
        ("unity", (6000, 2, 9), "Assets/Scenes"),
        ("unreal", (5, 7), "Config"),
    ],
)
def test_a_project_is_known_from_anywhere_in_it(
    project: Open, kind: str, version: tuple[int, ...], inside: str
):
    opened = project(kind)
    assert opened.target.id == kind
    assert opened.engine.name == "Lanternfall" and opened.engine.version == version
    found = find_project(opened.root / inside / "not yet there.png")
    assert found is not None and found.root == opened.root
    assert opened.title.startswith("Lanternfall (")


def test_a_folder_that_is_no_project_is_a_plain_one(tmp_path: Path):
    assert find_project(tmp_path) is None
    assert open_project(tmp_path / "new").target.id == "folder"
    with pytest.raises(StudioError, match="not in a Unity project"):
        open_project(tmp_path, "unity")


def test_the_innermost_project_is_meant(project: Open):
    outer = project("unity")
    inner = outer.root / "Assets" / "tools"
    inner.mkdir()
    (inner / "project.godot").write_text("config_version=5\n")
    found = find_project(inner / "art")
    assert found is not None and found.target.id == "godot" and found.engine.version == ()


def test_broken_project_files_are_still_projects(tmp_path: Path):
    (tmp_path / "project.godot").write_bytes(b"\xff\xfe\x00")
    found = find_project(tmp_path)
    assert found is not None and found.target.id == "godot"
    (tmp_path / "project.godot").unlink()
    (tmp_path / "x.uproject").write_text("[" * 9000)
    found = find_project(tmp_path)
    assert found is not None and found.target.id == "unreal" and found.engine.name == "x"


def test_every_target_names_every_role():
    roles = set(get_args(Role))
    for target in TARGETS:
        assert set(target.suffixes) == roles
        pictures = [
            target.suffixes[role] for role in roles if role not in ("layers", "material", "atlas")
        ]
        assert len(set(pictures)) == len(pictures)


def test_godot_imports_a_sprite_and_lights_it(project: Open, sprite: Asset, read_godot: ReadGodot):
    root = export(sprite, project("godot"))
    (remap, _, values), (params, _, settings) = read_godot(
        root / "art/sprites/red_glass_potion.png.import"
    )
    assert (remap, params) == ("remap", "params")
    assert values == {"importer": "texture", "type": "CompressedTexture2D"}
    assert settings == {"compress/mode": 0, "mipmaps/generate": False, "detect_3d/compress_to": 0}
    head, *pictures, (tag, _, material) = read_godot(root / "art/sprites/red_glass_potion_lit.tres")
    assert head[:2] == ("gd_resource", {"type": "CanvasTexture", "format": 3})
    assert [p[1]["path"] for p in pictures] == [
        "res://art/sprites/red_glass_potion.png",
        "res://art/sprites/red_glass_potion_normal.png",
    ]
    assert tag == "resource" and material["normal_texture"] == ("ExtResource", "normal")


def test_godot_has_a_material_of_a_texture(project: Open, bricks: Asset, read_godot: ReadGodot):
    root = export(bricks, project("godot"))
    _, *pictures, (_, _, material) = read_godot(root / "art/textures/red_bricks.tres")
    for _, attributes, _ in pictures:
        path = root / attributes["path"].removeprefix("res://")
        assert path.is_file()
    assert material == {
        "albedo_texture": ("ExtResource", "albedo"),
        "normal_enabled": True,
        "normal_texture": ("ExtResource", "normal"),
        "orm_texture": ("ExtResource", "orm"),
        "ao_enabled": True,
    }
    settings = read_godot(root / "art/textures/red_bricks_normal.png.import")[1][2]
    assert settings["compress/normal_map"] == 1 and settings["mipmaps/generate"] is True
    assert (
        read_godot(root / "art/textures/red_bricks_height.png.import")[1][2]["compress/mode"] == 0
    )


@pytest.mark.parametrize(("version", "loop"), [('"4.7"', 1), ('"4.6", "Mobile"', True), ("", 1)])
def test_godot_has_the_frames_of_a_sheet(
    project: Open, walk: Asset, read_godot: ReadGodot, version: str, loop: object
):
    opened = project("godot")
    settings = opened.root / "project.godot"
    settings.write_text(settings.read_text().replace('"4.7", "GL Compatibility"', version))
    root = export(walk, open_project(opened.root))
    _, _, *cells, (_, _, frames) = read_godot(root / "art/sprites/hero_frames.tres")
    assert [cell[2]["region"] for cell in cells] == [
        ("Rect2", 0, 0, 16, 24),
        ("Rect2", 16, 0, 14, 20),
        ("Rect2", 0, 24, 16, 24),
    ]
    assert cells[1][2]["margin"] == ("Rect2", 1, 4, 2, 4)
    first, second = frames["animations"]
    assert (first["name"], first["loop"], first["speed"]) == ("walk", loop, 10.0)
    assert type(first["loop"]) is type(loop)
    assert [frame["duration"] for frame in first["frames"]] == [1.0, 2.0]
    assert second["name"] == "die & rest" and second["frames"][0]["texture"] == (
        "SubResource",
        "AtlasTexture_2",
    )


def test_a_godot_3_project_gets_pictures_only(project: Open, sprite: Asset):
    opened = project("godot")
    (opened.root / "project.godot").write_text(
        'config_version=4\n\n[application]\n\nconfig/name="Old"\n'
    )
    plan = make_plan(sprite, open_project(opened.root))
    assert [c.path.suffix for c in plan.changes if c.group != "record"] == [".png", ".png"]
    assert any("Godot 3" in note for note in plan.notes)


def test_unity_imports_a_sprite_with_its_normal_map(project: Open, sprite: Asset):
    root = export(sprite, project("unity"))
    folder = root / "Assets/Art/Sprites"
    found = meta(folder / "RedGlassPotion.png.meta")["TextureImporter"]
    assert (found["textureType"], found["spriteMode"], found["serializedVersion"]) == (8, 1, 13)
    assert (found["alignment"], found["spritePivot"]) == (7, {"x": 0.5, "y": 0})
    assert (found["alphaIsTransparency"], found["mipmaps"]["enableMipMap"]) == (1, 0)
    normal = meta(folder / "RedGlassPotion_Normal.png.meta")
    (second,) = found["spriteSheet"]["secondaryTextures"]
    assert second == {
        "texture": {"fileID": 2800000, "guid": normal["guid"], "type": 3},
        "name": "_NormalMap",
    }
    settings = normal["TextureImporter"]
    assert (settings["textureType"], settings["mipmaps"]["sRGBTexture"]) == (1, 0)
    assert settings["bumpmap"]["flipGreenChannel"] == 0
    # Its two new folders have ids of their own; Assets has none.
    assert meta(root / "Assets/Art.meta")["folderAsset"] is True
    assert meta(root / "Assets/Art/Sprites.meta")["guid"] != meta(root / "Assets/Art.meta")["guid"]
    assert not (root / "Assets.meta").exists()


def test_unity_repeats_a_texture_and_reads_its_data_as_data(project: Open, bricks: Asset):
    folder = export(bricks, project("unity")) / "Assets/Art/Textures"
    colour = meta(folder / "RedBricks_Albedo.png.meta")["TextureImporter"]
    assert colour["textureSettings"]["wrapU"] == 0 and colour["mipmaps"]["sRGBTexture"] == 1
    assert colour["platformSettings"][0]["textureCompression"] == 1
    mask = meta(folder / "RedBricks_MaskMap.png.meta")["TextureImporter"]
    assert (mask["mipmaps"]["sRGBTexture"], mask["alphaIsTransparency"], mask["textureType"]) == (
        0,
        0,
        0,
    )
    height = meta(folder / "RedBricks_Height.png.meta")["TextureImporter"]
    assert height["platformSettings"][0]["textureCompression"] == 0


def test_unity_knows_the_sprites_of_a_sheet_by_ids_that_stay(project: Open, walk: Asset):
    path = export(walk, project("unity")) / "Assets/Art/Sprites/Hero.png.meta"
    found = meta(path)["TextureImporter"]
    sheet = found["spriteSheet"]
    names = [sprite["name"] for sprite in sheet["sprites"]]
    assert names == ["walk_0", "walk_1", "die: 'last' #1"]
    ids = [sprite["internalID"] for sprite in sheet["sprites"]]
    assert len(set(ids)) == 3 and all(-(2**63) <= number < 2**63 and number for number in ids)
    assert sheet["nameFileIdTable"] == dict(zip(names, ids, strict=True))
    assert found["internalIDToNameTable"] == [
        {"first": {213: number}, "second": name} for name, number in zip(names, ids, strict=True)
    ]
    assert len({sprite["spriteID"] for sprite in sheet["sprites"]}) == 3
    first = sheet["sprites"][0]
    assert first["rect"] == {"serializedVersion": 2, "x": 0, "y": 24, "width": 16, "height": 24}
    assert (found["spriteMode"], found["textureSettings"]["filterMode"]) == (2, 0)
    # A frame more, elsewhere: what was there keeps its ids.
    path.unlink()
    more = replace(walk, cells=(replace(walk.cells[0], name="walk_new", x=32), *walk.cells))
    export(more, project("unity"))
    again = {
        s["name"]: s["internalID"] for s in meta(path)["TextureImporter"]["spriteSheet"]["sprites"]
    }
    assert again["walk_new"] not in ids
    assert [again[name] for name in names] == ids
    # And on another machine it is the same file, byte by byte.
    path.unlink()
    export(walk, project("unity"))
    once = path.read_bytes()
    path.unlink()
    export(walk, project("unity"))
    assert path.read_bytes() == once


def test_a_sheet_that_grew_keeps_its_meta_and_says_so(project: Open, walk: Asset):
    opened = project("unity")
    before = (export(walk, opened) / "Assets/Art/Sprites/Hero.png.meta").read_bytes()
    more = replace(walk, cells=(*walk.cells, replace(walk.cells[0], name="jump_0", x=32)))
    plan = make_plan(more, opened)
    assert any("slice jump_0" in note for note in plan.notes)
    carry_out(plan)
    assert (opened.root / "Assets/Art/Sprites/Hero.png.meta").read_bytes() == before


@pytest.mark.parametrize(
    ("version", "importer"), [("2021.3.5f1", 11), ("2022.3.1f1", 12), ("6000.3.0b1", 13)]
)
def test_unity_metas_are_of_the_projects_version(
    project: Open, sprite: Asset, version: str, importer: int
):
    opened = project("unity")
    (opened.root / "ProjectSettings/ProjectVersion.txt").write_text(f"m_EditorVersion: {version}\n")
    root = export(sprite, open_project(opened.root))
    found = meta(root / "Assets/Art/Sprites/RedGlassPotion.png.meta")["TextureImporter"]
    assert found["serializedVersion"] == importer


def test_unity_ids_are_the_same_on_every_machine_and_never_twice(
    project: Open, sprite: Asset, tmp_path: Path
):
    opened = project("unity")
    root = export(sprite, opened)
    there = root / "Assets/Art/Sprites/RedGlassPotion.png.meta"
    first = meta(there)["guid"]
    # Somebody moved the picture, and its meta with it; then it is exported again.
    for name in ("RedGlassPotion.png", "RedGlassPotion.png.meta"):
        os.rename(root / "Assets/Art/Sprites" / name, root / "Assets/Scenes" / name)
    export(sprite, opened)
    second = meta(there)["guid"]
    assert second != first
    every = [meta(path)["guid"] for path in root.rglob("*.meta")]
    assert len(set(every)) == len(every)
    other = tmp_path / "elsewhere"
    subprocess.run(
        ["cp", "-r", str(Path(__file__).parents[1] / "data/unity_project"), str(other)], check=True
    )
    assert (
        meta(export(sprite, open_project(other)) / "Assets/Art/Sprites/RedGlassPotion.png.meta")[
            "guid"
        ]
        == first
    )


def test_unreal_is_told_how_to_import(project: Open, bricks: Asset, walk: Asset):
    opened = project("unreal")
    root = export(bricks, opened)
    folder = root / "SourceArt/Textures"
    assert (folder / "T_RedBricks_ORM.png").is_file() and (folder / "T_RedBricks_D.png").is_file()
    jobs = script(folder / "import_RedBricks.py")
    by_name = {job["name"]: job for job in jobs["TEXTURES"]}
    assert jobs["DESTINATION"] == "/Game/Textures" and jobs["SHEET"] is None
    normal = by_name["T_RedBricks_N"]
    assert (
        normal["flip_green"] is True
        and normal["compression"] == "TC_NORMALMAP"
        and normal["srgb"] is False
    )
    assert by_name["T_RedBricks_D"]["srgb"] is True and by_name["T_RedBricks_D"]["wrap_x"] is True
    assert by_name["T_RedBricks_ORM"]["compression"] == "TC_MASKS"
    export(walk, opened)
    sheet = json.loads((root / "SourceArt/Sprites/Hero.paper2dsprites").read_text())
    assert sheet["meta"]["target"] == "paper2d"
    assert (root / "SourceArt/Sprites" / sheet["meta"]["image"]).is_file()
    assert sheet["frames"]["walk_1"]["spriteSourceSize"] == {"x": 1, "y": 4, "w": 14, "h": 20}
    assert script(root / "SourceArt/Sprites/import_Hero.py")["SHEET"] == "Hero.paper2dsprites"


def test_a_directx_normal_is_not_flipped_twice(project: Open, bricks: Asset):
    pieces = tuple(replace(p, normal_y="-") if p.role == "normal" else p for p in bricks.pieces)
    folder = export(replace(bricks, pieces=pieces), project("unreal")) / "SourceArt/Textures"
    jobs = script(folder / "import_RedBricks.py")["TEXTURES"]
    assert [job["flip_green"] for job in jobs if job["normal"]] == [False]
    settings = meta(
        export(replace(bricks, pieces=pieces), project("unity"))
        / "Assets/Art/Textures/RedBricks_Normal.png.meta"
    )["TextureImporter"]
    assert settings["bumpmap"]["flipGreenChannel"] == 1


def test_the_unreal_script_does_what_the_editor_is_asked(
    project: Open, bricks: Asset, walk: Asset, unreal: Any
):
    """Run against a stand-in for the editor's module that knows the names of Unreal 5.7's classes and properties."""
    opened = project("unreal")
    export(bricks, opened)
    export(walk, opened)
    folder = opened.root / "SourceArt"
    unreal.run(folder / "Textures/import_RedBricks.py")
    assert sorted(unreal.assets) == [
        f"/Game/Textures/T_RedBricks_{name}" for name in ("D", "H", "MaskMap", "N", "ORM")
    ]
    assert unreal.assets["/Game/Textures/T_RedBricks_N"]["flipped"] is True
    assert unreal.assets["/Game/Textures/T_RedBricks_D"]["srgb"] is True
    unreal.assets["/Game/Textures/T_RedBricks_D"]["srgb"] = "somebody's choice"
    unreal.run(folder / "Textures/import_RedBricks.py")
    assert unreal.assets["/Game/Textures/T_RedBricks_D"]["srgb"] == "somebody's choice"
    unreal.run(folder / "Sprites/import_Hero.py")
    assert "/Game/Sprites/Hero" in unreal.assets


def test_rows_of_a_sheet_are_flipbooks_of_unreal_at_their_speed(
    project: Open, walk: Asset, unreal: Any
):
    def shown(name: str) -> list[tuple[str, int]]:
        frames = unreal.assets[f"/Game/Sprites/{name}"]["key_frames"]
        return [(frame.values["sprite"], frame.values["frame_run"]) for frame in frames]

    opened = project("unreal")
    other = replace(walk.cells[2], name="other", x=16, row="die - rest")
    export(replace(walk, cells=(*walk.cells, other)), opened)
    there = opened.root / "SourceArt/Sprites/import_Hero.py"
    unreal.run(there)
    books = sorted(path for path, kind in unreal.kinds.items() if kind == "PaperFlipbook")
    assert books == [
        "/Game/Sprites/PFB_Hero_die___rest",
        "/Game/Sprites/PFB_Hero_die___rest_2",
        "/Game/Sprites/PFB_Hero_walk",
    ]
    assert shown("PFB_Hero_walk") == [("sprite of walk_0", 1), ("sprite of walk_1", 2)]
    assert unreal.assets["/Game/Sprites/PFB_Hero_walk"]["frames_per_second"] == 10
    assert unreal.assets["/Game/Sprites/PFB_Hero_die___rest"]["frames_per_second"] == 12.5
    # What somebody set since is theirs, until the row has other frames: then it has those, at their speed.
    unreal.assets["/Game/Sprites/PFB_Hero_walk"]["frames_per_second"] = 24
    unreal.assets["/Game/Sprites/PFB_Hero_walk"]["key_frames"][0].values["frame_run"] = 5
    unreal.run(there)
    assert shown("PFB_Hero_walk")[0] == ("sprite of walk_0", 5)
    export(replace(walk, cells=walk.cells[:1]), opened)
    unreal.run(there)
    assert shown("PFB_Hero_walk") == [("sprite of walk_0", 1)]
    assert unreal.assets["/Game/Sprites/PFB_Hero_walk"]["frames_per_second"] == 24


def test_that_a_flipbook_does_not_end_by_itself_is_said(project: Open, walk: Asset):
    opened = project("unreal")

    def said(asset: Asset) -> str:
        return " ".join(make_plan(asset, opened).notes)

    assert "Looping" not in said(walk) and "Looping" in said(replace(walk, loop=False))


def script(path: Path) -> dict[str, Any]:
    """The constants of an import script."""
    found: dict[str, Any] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in (
            "DESTINATION",
            "SHEET",
            "TEXTURES",
        ):
            found[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
    return found
