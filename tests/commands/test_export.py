"""`underpaint export`: pictures into game projects, as somebody at a terminal does it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.cli import main
from studio_app.document.pictures import read_texts
from studio_app.document.png import png_bytes
from studio_app.export import transaction
from studio_app.export.ledger import NAME, read_ledger, verify
from studio_app.export.provenance.inspecting import inspect_file
from studio_app.export.seams import SEEN
from studio_app.export.settings import ExportSettings, change_presets, read_remembered
from studio_app.export.transaction import Done
from tests.commands.conftest import Projects, rendered


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_dry_run_shows_all_and_writes_nothing(
    project: Projects, disc: Path, capsys: pytest.CaptureFixture[str]
):
    root = project("godot")
    was = tree(root)
    words = [
        "export",
        str(disc),
        "--to",
        str(root / "art"),
        "--kind",
        "sprite",
        "--pivot",
        "bottom",
    ]
    assert main([*words, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "create   art/sprites/red_disc.png\n" in said
    assert "+compress/mode=0" in said
    assert tree(root) == was
    named = {
        line.split()[1]
        for line in said.splitlines()
        if line.split()[:1] in (["create"], ["append"], ["write"])
    }
    assert main(words) == 0
    assert set(tree(root)) - set(was) == named
    assert str(root / "art/sprites/red_disc.png") in capsys.readouterr().out.splitlines()
    with Image.open(root / "art/sprites/red_disc.png") as image:
        assert image.mode == "RGBA" and image.size == (43, 43)
    assert main(words) == 0
    assert "everything is there already" in capsys.readouterr().out
    assert len(read_ledger(root).entries) == 1


def test_a_texture_set_is_made_from_its_recipe(project: Projects, maps_model: Path):
    root = project("unity")
    path = rendered(maps_model, "red bricks", "--kind", "texture", "--tile", "xy")
    assert main(["export", str(path), "--to", str(root), "--kind", "texture"]) == 0
    folder = root / "Assets/Art/Textures"
    names = sorted(file.name for file in folder.iterdir() if file.suffix == ".png")
    assert names == [
        f"RedBricks_{map}.png" for map in ("Albedo", "Height", "MaskMap", "Normal", "Occlusion")
    ]
    known = inspect_file(folder / "RedBricks_Albedo.png")
    assert known.source_type == "trainedAlgorithmicMedia" and known.exact
    assert known.recipe is not None and known.recipe.request.prompt == "red bricks"
    normal = inspect_file(folder / "RedBricks_Normal.png")
    assert normal.source_type == "trainedAlgorithmicMedia" and normal.recipe is None
    was = tree(root)
    assert main(["export", str(path), "--to", str(root), "--kind", "texture"]) == 0
    assert tree(root) == was


def test_a_texture_that_was_not_drawn_seamless_is_made_so(
    project: Projects, maps_model: Path, capsys: pytest.CaptureFixture[str]
):
    root = project("godot")
    path = rendered(maps_model, "a wall", "--kind", "texture")
    order = ["export", str(path), "--to", str(root), "--kind", "texture"]
    assert main([*order, "--dry-run"]) == 0
    assert "--seamless makes it so" in capsys.readouterr().err
    assert main([*order, "--seamless", "--json"]) == 0
    said = capsys.readouterr()
    before, after = json.loads(said.out)["seams"]
    assert max(after) < SEEN
    assert f"seams {max(before):.1f} -> {max(after):.1f}" in said.err
    assert read_remembered(root).last.seamless  # pyright: ignore[reportOptionalMemberAccess]
    was = tree(root)
    assert main([*order, "--again"]) == 0
    assert tree(root) == was
    assert main([*order, "--again", "--no-seamless", "--dry-run"]) == 0
    assert "replace" in capsys.readouterr().out


def test_a_webp_may_lose_something(project: Projects, disc: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Path("noise.png").write_bytes(png_bytes(pixels))
    sizes: list[int] = []
    for name, words in (("whole", []), ("less", ["--no-lossless", "--quality", "50"])):
        order = ["export", "noise.png", "--to", name, "--format", "webp", *words]
        assert main(order) == 0
        with Image.open(Path(name) / "noise.webp") as image:
            seen = np.asarray(image.convert("RGB"))
        assert (seen == pixels).all() == (name == "whole")
        sizes.append((Path(name) / "noise.webp").stat().st_size)
    assert sizes[1] < sizes[0] / 2


def test_a_folder_gets_materials_that_name_their_maps(project: Projects, maps_model: Path):
    path = rendered(maps_model, "a wall", "--kind", "texture", "--tile", "xy")
    assert main(["export", str(path), "--to", "set", "--kind", "texture"]) == 0
    folder = Path("set")
    gltf = json.loads((folder / "a_wall.gltf").read_text())
    for image in gltf["images"]:
        assert (folder / image["uri"]).is_file()
    assert "a_wall_albedo.png" in (folder / "a_wall.mtlx").read_text()
    assert "@@" not in (folder / "a_wall.mtlx").read_text()
    words = ["--maps", "colour,orm", "--texts", "none"]
    assert main(["export", str(path), "--to", "two", "--kind", "texture", *words]) == 0
    assert sorted(p.name for p in Path("two").glob("*.*") if p.suffix) == [
        "a_wall_albedo.png",
        "a_wall_orm.png",
    ]


def test_what_was_painted_over_is_measured(project: Projects, maps_model: Path):
    root = project("unreal")
    path = rendered(maps_model, "a wall", "--kind", "texture")
    with Image.open(path) as image:
        pixels = np.array(image)
    pixels[:16] = 0
    path.write_bytes(png_bytes(pixels, read_texts(path)))
    assert (
        main(["export", str(path), "--to", str(root), "--kind", "texture", "--name", "wall"]) == 0
    )
    (entry,) = read_ledger(root).entries
    assert entry.fields["painted"] == pytest.approx(0.25, abs=0.02)
    assert entry.text("source_type") == "compositeWithTrainedAlgorithmicMedia"


def test_texts_of_another_kind_are_none_of_this_one(project: Projects, disc: Path):
    root = project("godot")
    words = ["export", str(disc), "--to", str(root), "--kind", "sheet", "--texts", "gltf"]
    assert main(words) == 0
    assert not list((root / "art").glob("**/*.gltf")) and not list((root / "art").glob("**/*.json"))


def test_a_project_remembers(project: Projects, disc: Path, capsys: pytest.CaptureFixture[str]):
    root = project("godot")
    to = ["--to", str(root)]
    assert main(["export", str(disc), *to, "--again"]) == 2
    assert "Nothing was exported" in capsys.readouterr().err
    words = ["--kind", "sprite", "--pixel-art", "16", "--colours", "4", "--folder", "art/tiles"]
    assert main(["export", str(disc), *to, *words, "--save-preset", "tiny"]) == 0
    first = (root / "art/tiles/red_disc.png").read_bytes()
    assert main(["export", str(disc), *to, "--again"]) == 0
    assert main(["export", str(disc), *to, "--preset", "tiny", "--name", "blob"]) == 0
    assert (root / "art/tiles/blob.png").read_bytes() == first
    assert main(["export", str(disc), *to, "--preset", "none"]) == 2
    assert "there are: tiny" in capsys.readouterr().err
    remembered = read_remembered(root)
    assert remembered.presets["tiny"].grid == 16 and remembered.last is not None
    assert remembered.last.name == "blob"


def test_a_preset_of_what_the_engine_does_not_import_gives_way(
    project: Projects, disc: Path, capsys: pytest.CaptureFixture[str]
):
    root = project("unreal")
    webp = ExportSettings(kind="sprite", format="webp")
    change_presets(root, lambda known: known.with_preset("web", webp))
    order = ["export", str(disc), "--to", str(root), "--preset", "web"]
    assert main([*order, "--format", "webp"]) == 2
    assert "Choose PNG." in capsys.readouterr().err
    assert main(order) == 0
    assert "Unreal imports no WebP: PNG is chosen" in capsys.readouterr().err
    assert (root / "SourceArt/Sprites/T_RedDisc_D.png").is_file()


def test_a_preset_that_a_window_saves_meanwhile_stays(
    project: Projects, disc: Path, monkeypatch: pytest.MonkeyPatch
):
    root, carried = project("godot"), transaction.carry_out

    def meanwhile(*values: Any) -> Done:
        change_presets(root, lambda known: known.with_preset("theirs", ExportSettings()))
        return carried(*values)

    monkeypatch.setattr(transaction, "carry_out", meanwhile)
    assert main(["export", str(disc), "--to", str(root), "--save-preset", "tiny"]) == 0
    assert set(read_remembered(root).presets) == {"theirs", "tiny"}


def test_a_recipe_that_a_project_keeps_makes_the_picture_again(
    project: Projects, maps_model: Path, capsys: pytest.CaptureFixture[str]
):
    root = project("godot")
    path = rendered(maps_model, "a wall")
    assert main(["export", str(path), "--to", str(root), "--strip"]) == 0
    assert "the recipe stays out" in capsys.readouterr().err
    (kept,) = (root / ".underpaint/recipes").iterdir()
    shipped = root / "art/pictures/a_wall.png"
    known = inspect_file(shipped)
    assert known.recipe is None and known.source_type == "trainedAlgorithmicMedia" and known.exact
    assert b"wall" not in shipped.read_bytes()
    assert main(["export", str(kept), "--to", str(root), "--name", "again"]) == 0
    with Image.open(path) as one, Image.open(root / "art/pictures/again.png") as two:
        assert one.tobytes() == two.tobytes()


def test_a_mark_from_elsewhere_is_kept(project: Projects):
    root = project("godot")
    text = "a cat\nSteps: 8, Sampler: LCM, CFG scale: 1.5, Seed: 3, Size: 512x512"
    Path("cat.png").write_bytes(png_bytes(np.zeros((32, 32, 3), np.uint8), {"parameters": text}))
    assert main(["export", "cat.png", "--to", str(root)]) == 0
    assert inspect_file(root / "art/pictures/cat.png").source_type == "trainedAlgorithmicMedia"
    (entry,) = read_ledger(root).entries
    assert entry.text("tool") == "AUTOMATIC1111" and "model" not in entry.fields


def test_a_model_not_for_sale_asks(
    project: Projects,
    build_model: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    root = project("godot")
    model = tmp_path / "strict"
    shutil.copytree(build_model(), model)
    (model / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    path = rendered(model, "a wall")
    words = ["export", str(path), "--to", str(root)]
    assert main(words) == 2
    assert "forbids commercial use" in capsys.readouterr().err
    assert not (root / NAME).exists()
    assert main([*words, "--answer", "not commercial"]) == 0
    assert main([*words, "--name", "again"]) == 0
    assert verify(root).problems == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kind", "poster"], "kind"),
        (["--scale", "3"], "scale"),
        (["--padding", "9999"], "padding"),
        (["--pivot", "nowhere"], "pivot"),
        (["--folder", "../.."], "folder"),
        (["--template", "{name}"], "template"),
        (["--target", "unity"], "not in a Unity project"),
        (["--target", "quake"], "No target"),
        (["--painted", "2"], "--painted"),
        (["--kind", "texture", "--maps", "smell"], "maps"),
        (["--texts", "tps"], "texts"),
        (["--kind", "texture"], "no recipe"),
        (["--kind", "control"], "no recipe"),
        (["--sign", "a.pem", "b.pem"], "No file a.pem"),
        (["--again", "--preset", "x"], "don't go together"),
        (["--kind", "sheet", "--frame-names", "{name}"], "share a name"),
        (["--kind", "sheet", "--columns", "-1"], "columns"),
        (["--kind", "sheet", "--fps", "0"], "fps"),
    ],
)
def test_what_cannot_be_is_one_line(
    project: Projects, disc: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    root = project("godot")
    was = tree(root)
    assert main(["export", str(disc), "--to", str(root), *words]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert tree(root) == was


def test_a_broken_memory_is_said_and_kept(
    project: Projects, disc: Path, capsys: pytest.CaptureFixture[str]
):
    root = project("godot")
    memory = root / ".underpaint/export.json"
    memory.parent.mkdir()
    for text in (
        "[" * 9000,
        '{"format": 2}',
        '{"presets": {"a": []}}',
        '{"presets": {"a": {"scale": 3}}}',
        "{",
    ):
        memory.write_text(text)
        assert main(["export", str(disc), "--to", str(root)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
        assert memory.read_text() == text
    memory.unlink()
    last = memory.with_name("last.json")
    last.write_text('{"kind": "sprite", "colour": 3}')
    assert main(["export", str(disc), "--to", str(root)]) == 2
    assert "colour" in capsys.readouterr().err
