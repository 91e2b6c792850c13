"""`underpaint render` as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.cli import main
from studio_app.document.pictures import open_picture, read_texts
from studio_app.document.recipes import read_recipe
from studio_app.export.pictures import exr_bytes

Render = Callable[..., int]


@pytest.fixture
def render(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    """Runs `underpaint render ...` in tmp_path with the tiny model."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> int:
        return main(["render", *words, "--model", str(tiny_model)])

    return run


def save(name: str, array: np.ndarray) -> str:
    Image.fromarray(array).save(name)
    return name


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def pose_json(name: str = "pose.json", **changes: Any) -> str:
    points = [n for i in range(18) for n in (100.0 + 20 * i, 50.0 + 20 * i, 1.0)]
    value = {"people": [{"pose_keypoints_2d": points}], "canvas_width": 512, "canvas_height": 512}
    Path(name).write_text(json.dumps(value | changes))
    return name


def test_a_picture_with_its_recipe(render: Render, capsys: pytest.CaptureFixture[str]):
    assert render("a red potion", "--seed", "7", "-o", "potion.png") == 0
    out, err = capsys.readouterr()
    assert out == "potion.png\n"
    assert "seed 7, 4 steps" in err
    assert open_picture(Path("potion.png")).rgb().shape == (64, 64, 3)
    request = read_recipe(Path("potion.png"))
    assert (request.prompt, request.seed, request.guidance_scale) == ("a red potion", 7, 3.0)
    assert "Steps: 4, Sampler: consistency" in read_texts(Path("potion.png"))["parameters"]


def test_like_makes_it_again_bit_for_bit(render: Render):
    depth = save("depth.png", noise(64, 64))
    init, mask = save("init.png", noise(64, 64, 3)), save("mask.png", noise(64, 64))
    words = ["a (red:1.2) potion", "--negative", "blue", "--guidance", "5", "--steps", "3"]
    words += ["--kind", "isolated", "--tile", "x", "--depth", depth, "--pose", pose_json()]
    words += ["--depth-strength", "0.7", "--control-end", "0.8", "--init", init, "--mask", mask]
    words += ["--strength", "0.8", "--seed", "11"]
    assert render(*words, "-o", "one.png") == 0
    for name in ("depth.png", "init.png", "mask.png", "pose.json"):
        Path(name).unlink()
    assert render("--like", "one.png", "-o", "two.png") == 0
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()
    assert render("--like", "one.png", "--seed", "12", "-o", "three.png") == 0
    assert (open_picture(Path("three.png")).rgb() != open_picture(Path("one.png")).rgb()).any()
    changed = read_recipe(Path("three.png"))
    assert changed.controls == read_recipe(Path("one.png")).controls
    assert render("--like", "one.png", "--depth-strength", "0.1", "-o", "four.png") == 0
    assert read_recipe(Path("four.png")).controls[0].strength == 0.1


def test_frames_hold_every_x_t_and_x_0(render: Render):
    assert render("a potion", "--steps", "3", "--frames", "steps", "-o", "a.png") == 0
    names = sorted(path.name for path in Path("steps").iterdir())
    assert names == [f"step{i:02}_{kind}.png" for i in (1, 2, 3) for kind in ("x0", "xt")]
    last = open_picture(Path("steps/step03_x0.png")).rgb()
    assert (last == open_picture(Path("a.png")).rgb()).all()
    assert (last != open_picture(Path("steps/step01_x0.png")).rgb()).any()


def test_count_and_jobs(render: Render, capsys: pytest.CaptureFixture[str]):
    assert render("a potion", "--count", "2", "--seed", "5", "-o", "a.png", "--frames", "f") == 0
    assert read_recipe(Path("a-01.png")).seed == 5
    assert read_recipe(Path("a-02.png")).seed == 6
    assert Path("f/a-02/step04_x0.png").is_file()
    lines = [
        {"prompt": "a potion", "seed": 5},
        {"prompt": "a potion", "seed": 6, "steps": 2, "output": "mine.png", "tile": "xy"},
        {"like": "a-01.png", "depth-strength": 0.5, "depth": save("d.png", noise(64, 64))},
    ]
    text = "# a comment\n\n" + "\n".join(json.dumps(line) for line in lines)
    Path("jobs.jsonl").write_text(text)
    assert render("--jobs", "jobs.jsonl", "--guidance", "3", "-o", "job.png") == 0
    assert (open_picture(Path("job-01.png")).rgb() == open_picture(Path("a-01.png")).rgb()).all()
    assert read_recipe(Path("mine.png")).tile == (True, True)
    assert read_recipe(Path("job-03.png")).controls[0].strength == 0.5
    assert "[3/3]" in capsys.readouterr().err


def test_what_is_resized_is_said(render: Render, capsys: pytest.CaptureFixture[str]):
    depth = save("depth.png", noise(100, 200).astype(np.uint16) * 257)
    words = ["--depth", depth, "--init", save("init.png", noise(32, 32, 3))]
    assert render("a potion", *words, "--size", "96x64", "-o", "a.png") == 0
    err = capsys.readouterr().err
    assert "depth.png is 200x100: resized to 96x64" in err
    assert "init.png is 32x32: resized to 96x64" in err
    assert "trained at 64x64" in err
    request = read_recipe(Path("a.png"))
    assert request.controls[0].pixels.shape == (64, 96)
    assert request.controls[0].pixels.dtype == np.float32
    assert request.controls[0].known is None


def test_depth_comes_as_floats_and_says_what_is_near(
    render: Render, capsys: pytest.CaptureFixture[str]
):
    away = np.full((64, 64), 4, np.float32)
    away[:32] = 2
    Path("z.exr").write_bytes(exr_bytes({"Z": away}))
    assert render("a potion", "--depth", "z.exr", "--depth-normalise", "-o", "a.png") == 0
    pixels = read_recipe(Path("a.png")).controls[0].pixels
    assert (pixels[:32] == 1).all() and (pixels[32:] == 0).all()
    black = ["--depth", save("d.png", np.full((64, 64), 51, np.uint8)), "--depth-near", "black"]
    assert render("a potion", *black, "-o", "b.png") == 0
    assert read_recipe(Path("b.png")).controls[0].pixels[0, 0] == pytest.approx(0.8, abs=0.01)
    Path("bad.exr").write_bytes(Path("z.exr").read_bytes()[:200])
    capsys.readouterr()
    assert render("a potion", "--depth", "bad.exr", "-o", "c.png") == 2
    assert "bad.exr" in capsys.readouterr().err
    assert render("a potion", "--depth-near", "black", "-o", "c.png") == 2
    assert "--depth-near needs a depth" in capsys.readouterr().err


def test_a_transparent_depth_is_background_there_or_unknown(
    render: Render, capsys: pytest.CaptureFixture[str]
):
    rgba = noise(64, 64, 4)
    rgba[:32, :, 3], rgba[32:, :, 3] = 0, 255
    drawn = ["--depth", save("d.png", rgba)]
    assert render("a potion", *drawn, "-o", "b.png") == 0
    control = read_recipe(Path("b.png")).controls[0]
    assert control.known is None
    assert (control.pixels[:32] == 0).all()
    assert (control.pixels[32:] > 0).any()
    assert render("a potion", "--depth-around", "unknown", "-o", "c.png") == 2
    assert "needs a depth" in capsys.readouterr().err
    assert render("a potion", *drawn, "--depth-around", "unknown", "-o", "a.png") == 0
    known = read_recipe(Path("a.png")).controls[0].known
    assert known is not None
    assert (known[:32] == 0).all()
    assert (known[32:] == 255).all()


def test_poses_as_json_and_as_pictures(render: Render):
    from studio_app.scene.openpose import draw_pose

    assert render("a knight", "--pose", pose_json(), "-o", "a.png") == 0
    control = read_recipe(Path("a.png")).controls[0]
    points = np.array([[(100 + 20 * i) / 8, (50 + 20 * i) / 8, 1] for i in range(18)], np.float32)
    drawn = draw_pose(points[None], 64, 64)
    assert (control.pixels == drawn).all()
    assert render("a knight", "--pose", save("p.png", drawn), "-o", "b.png") == 0
    assert (open_picture(Path("a.png")).rgb() == open_picture(Path("b.png")).rgb()).all()


def test_the_unmasked_is_kept(render: Render):
    init = noise(64, 64, 3)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32] = 255
    words = ["--init", save("i.png", init), "--mask", save("m.png", mask)]
    assert render("a potion", *words, "-o", "a.png") == 0
    made = open_picture(Path("a.png")).rgb()
    assert (made[32:] == init[32:]).all()
    assert (made[:32] != init[:32]).any()


BAD: dict[str, tuple[list[str], str]] = {
    "no prompt": ([], "no prompt"),
    "empty prompt": (["  "], "prompt is empty"),
    "unknown option": (["a", "--sped", "1"], "--sped"),
    "steps": (["a", "--steps", "0"], "steps can't be 0"),
    "too many steps": (["a", "--steps", "9"], "1 to 8"),
    "not a number": (["a", "--steps", "four"], "four"),
    "guidance": (["a", "--guidance", "nan"], "guidance"),
    "much guidance": (["a", "--guidance", "20"], "1 to 9"),
    "seed": (["a", "--seed", "-1"], "seed"),
    "size": (["a", "--size", "big"], "256x256"),
    "uneven size": (["a", "--size", "250x256"], "nearest is 256"),
    "huge size": (["a", "--size", "8192x8192"], "nearest is 2048"),
    "kind": (["a", "--kind", "film"], "scene, character"),
    "tile": (["a", "--tile", "z"], "tile"),
    "sampler": (["a", "--sampler", "euler"], "consistency"),
    "missing depth": (["a", "--depth", "none.png"], "does not exist"),
    "broken depth": (["a", "--depth", "broken.png"], "broken.png"),
    "huge depth": (["a", "--depth", "huge.png"], "too large"),
    "strength without depth": (["a", "--depth-strength", "1"], "--depth FILE"),
    "window without control": (["a", "--control-end", "0.5"], "control"),
    "window": (["a", "--pose", "pose.json", "--control-start", "2"], "control start"),
    "pose JSON": (["a", "--pose", "bad.json"], "bad.json"),
    "mask alone": (["a", "--mask", "mask.png"], "mask needs"),
    "init strength": (["a", "--init", "mask.png", "--strength", "2"], "strength"),
    "like": (["--like", "mask.png"], "no recipe"),
    "like nothing": (["--like", "none.png"], "does not exist"),
    "count": (["a", "--count", "0"], "--count"),
    "count and jobs": (["a", "--count", "2", "--jobs", "jobs.jsonl"], "--jobs"),
    "no jobs": (["--jobs", "empty.jsonl"], "no requests"),
    "no file of jobs": (["--jobs", "none.jsonl"], "does not exist"),
    "output": (["a", "-o", "a.jpg"], ".png"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_writes_nothing(
    render: Render, capsys: pytest.CaptureFixture[str], case: str
):
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    save("mask.png", noise(64, 64))
    Image.new("1", (9000, 9000)).save("huge.png")
    pose_json()
    pose_json("bad.json", people=3)
    Path("jobs.jsonl").write_text('{"prompt": "a"}\n{"prompt": "b", "surprise": 1}\n')
    Path("empty.jsonl").write_text("\n")
    before = sorted(Path().iterdir())
    words, said = BAD[case]
    assert render(*words, "--frames", "frames") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("underpaint: ")
    assert said in err
    assert sorted(Path().iterdir()) == before


def test_a_missing_model(render: Render, capsys: pytest.CaptureFixture[str]):
    assert main(["render", "a", "--model", "./none"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(Path().iterdir())


def test_nothing_is_written_when_a_run_fails(
    render: Render, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    from studio_app.core.errors import StudioError
    from studio_app.engine.engine import DiffusionEngine

    real = DiffusionEngine.run

    def faulty(self: DiffusionEngine, *args: Any, **kwargs: Any) -> Any:
        yield next(iter(real(self, *args, **kwargs)))
        raise StudioError("The picture fell apart", "step 2")

    monkeypatch.setattr(DiffusionEngine, "run", faulty)
    assert render("a", "--frames", "frames") == 2
    assert "fell apart" in capsys.readouterr().err
    assert not list(Path().iterdir())
