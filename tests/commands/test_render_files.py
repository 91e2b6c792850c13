"""Where `underpaint render` writes, and what is asked of names before anything is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.cli import main
from studio_app.document.composite import PictureLayer
from studio_app.document.pictures import open_picture
from studio_app.document.recipes import Recipe, read_recipe, read_whole_recipe, recipe_texts
from studio_app.export.ora import ora_bytes
from studio_app.export.psd import psd_bytes

Render = Callable[..., int]


@pytest.fixture
def render(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    """Runs `underpaint render ...` in tmp_path with the tiny model."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> int:
        return main(["render", *words, "--steps", "1", "--model", str(tiny_model)])

    return run


def jobs(*lines: Mapping[str, object]) -> str:
    Path("jobs.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    return "jobs.jsonl"


def everything() -> list[Path]:
    return sorted(Path().rglob("*"))


def test_pictures_of_one_name_in_two_folders_have_a_folder_of_steps_each(render: Render):
    outputs = ("red/chest.png", "blue/chest.png", "blue/gem.png")
    lines = [{"prompt": f"chest {i}", "output": name} for i, name in enumerate(outputs)]
    assert render("--jobs", jobs(*lines), "--frames", "steps") == 0
    for name in outputs:
        step = Path("steps") / name.removesuffix(".png") / "step01_x0.png"
        assert (open_picture(step).rgb() == open_picture(Path(name)).rgb()).all()


def test_a_picture_among_its_own_steps_is_refused(
    render: Render, capsys: pytest.CaptureFixture[str]
):
    assert render("a", "--frames", "s", "-o", "s/step01_x0.png") == 2
    assert "same name" in capsys.readouterr().err
    assert not everything()


def test_steps_of_another_picture_are_neither_mixed_nor_removed(
    render: Render, capsys: pytest.CaptureFixture[str]
):
    assert render("a", "--frames", "s", "-o", "a.png") == 0
    assert render("b", "--frames", "s", "-o", "a.png") == 0  # the same files: replaced
    old = Path("s/step05_xt.png")
    old.write_bytes(b"older")
    before = {path: path.stat().st_mtime_ns for path in everything()}
    assert render("c", "--frames", "s", "-o", "a.png") == 2
    assert "step05_xt.png" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in everything()} == before


BAD = {
    "a NUL": ["-o", "a\0b.png"],
    "a long name": ["-o", "a" * 300 + ".png"],
    "a folder": ["-o", "folder.png"],
    "below a file": ["-o", "file.txt/a.png"],
    "no suffix": ["-o", "knight v1.2"],
    "a NUL in a drawing": ["--depth", "a\0b.png"],
    "a long drawing": ["--init", "b" * 300],
    "a folder for a pose": ["--pose", "folder.png"],
    "nobody's home": ["--model", "~nosuchuser/x"],
    "a long model": ["--model", "m" * 300],
    "a long path of a model": ["--model", "./" + "m" * 300],
    "a NUL in a model": ["--model", "a\0b"],
}


@pytest.mark.parametrize("case", BAD)
def test_names_are_refused_before_anything_is_drawn(
    tiny_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    case: str,
    monkeypatch: pytest.MonkeyPatch,
):
    from studio_app.engine.engine import DiffusionEngine

    def drawn(*_: object, **__: object) -> None:
        raise AssertionError("it was drawn")

    monkeypatch.setattr(DiffusionEngine, "run", drawn)
    monkeypatch.chdir(tmp_path)
    Path("folder.png").mkdir()
    Path("file.txt").write_text("x")
    before = everything()
    assert main(["render", "x", "--model", str(tiny_model), *BAD[case]]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("underpaint: ")
    assert everything() == before


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c"])
def test_only_a_line_feed_ends_a_line(render: Render, sign: str):
    line = json.dumps({"prompt": f"a{sign}b", "output": "a.png"}, ensure_ascii=False)
    text = line if sign > "\x7f" else line.replace(sign, "")
    Path("jobs.jsonl").write_bytes(f"\ufeff{text}\r\n\r\n".encode())
    assert render("--jobs", "jobs.jsonl") == 0
    if sign > "\x7f":
        assert read_recipe(Path("a.png")).prompt == f"a{sign}b"


def test_half_a_character_is_replaced_in_a_file_and_refused_on_the_command_line(
    render: Render, capsys: pytest.CaptureFixture[str]
):
    Path("jobs.jsonl").write_text('{"prompt": "a red \\ud83d potion", "output": "a.png"}')
    assert render("--jobs", "jobs.jsonl") == 0
    assert read_recipe(Path("a.png")).prompt == "a red \ufffd potion"
    capsys.readouterr()
    assert render("a caf\udce9 table", "-o", "b.png") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "prompt" in err
    assert not Path("b.png").exists()


def test_a_mask_of_sixteen_bits_is_the_mask_of_eight(render: Render):
    mask = np.full((64, 64), 31, np.uint8)
    mask[16:48, 16:48] = 255
    Image.fromarray(mask).save("mask8.png")
    Image.fromarray(mask.astype(np.uint16) * 257).save("mask16.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save("i.png")
    for name in ("8", "16"):
        assert render("x", "--init", "i.png", "--mask", f"mask{name}.png", "-o", f"{name}.png") == 0
    assert (open_picture(Path("8.png")).rgb() == open_picture(Path("16.png")).rgb()).all()


@pytest.mark.parametrize("ending", ["psd", "ora"])
def test_a_layered_file_is_drawn_from_as_one_picture(
    render: Render, capsys: pytest.CaptureFixture[str], ending: str
):
    near = np.full((64, 64, 4), (255, 255, 255, 255), np.uint8)
    layers = [
        PictureLayer("sketch", near, visible=False),
        PictureLayer("near", near[:32, :32].copy(), 8, 8),
    ]
    Path(f"d.{ending}").write_bytes({"psd": psd_bytes, "ora": ora_bytes}[ending](layers, (64, 64)))
    flat = np.zeros((64, 64, 4), np.uint8)
    flat[8:40, 8:40] = 255
    Image.fromarray(flat).save("d.png")
    assert render("x", "--depth", f"d.{ending}", "--init", f"d.{ending}", "-o", "layered.png") == 0
    assert f"layers of d.{ending} are read as one picture: sketch, near" in capsys.readouterr().err
    assert render("x", "--depth", "d.png", "--init", "d.png", "-o", "flat.png") == 0
    assert (open_picture(Path("layered.png")).rgb() == open_picture(Path("flat.png")).rgb()).all()


def test_seeds_that_differ_beyond_32_bits_make_two_pictures(render: Render):
    assert render("a", "--seed", "7", "-o", "a.png") == 0
    assert render("a", "--seed", str(2**32 + 7), "-o", "b.png") == 0
    assert (open_picture(Path("a.png")).rgb() != open_picture(Path("b.png")).rgb()).any()


def test_a_pose_file_comes_back_as_people(render: Render, capsys: pytest.CaptureFixture[str]):
    points = [n for i in range(18) for n in (100.0 + 20 * i, 50.0 + 25 * i, 1.0)]
    value = {"people": [{"pose_keypoints_2d": points}], "canvas_width": 512, "canvas_height": 512}
    Path("pose.json").write_text(json.dumps(value))
    assert render("a", "--pose", "pose.json", "-o", "a.png") == 0
    people = read_whole_recipe(Path("a.png")).people
    assert people is not None
    np.testing.assert_allclose(people[0, 1, :2], [15, 9.375])
    assert render("--like", "a.png", "--control-end", "0.5", "-o", "b.png") == 0
    again = read_whole_recipe(Path("b.png")).people
    assert again is not None
    np.testing.assert_array_equal(again, people)
    assert render("--like", "a.png", "--size", "96x96", "-o", "c.png") == 0
    assert read_whole_recipe(Path("c.png")).people is None  # its drawing was stretched
    assert "acts on no step" not in capsys.readouterr().err
    assert render("--like", "a.png", "--control-start", "0.5", "-o", "d.png") == 0
    assert "the pose control acts on no step" in capsys.readouterr().err


def test_a_recipe_says_all_that_was_made(tmp_path: Path):
    from studio_app.core.request import GenerationRequest
    from studio_app.document.pictures import write_png

    request = GenerationRequest("a", width=64, height=64, kind="isolated")
    pixels = np.zeros((64, 64, 3), np.uint8)
    for alpha in (False, True):
        for maps in (False, True):
            texts = recipe_texts(request, alpha=alpha, maps=maps)
            write_png(tmp_path / "a.png", pixels, texts)
            assert read_whole_recipe(tmp_path / "a.png") == Recipe(request, alpha, maps)
            assert read_recipe(tmp_path / "a.png") == request
