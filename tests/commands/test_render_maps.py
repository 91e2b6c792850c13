"""`underpaint render --alpha` and `--maps`: sprites and texture sets, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.cli import main
from studio_app.document.recipes import read_recipe
from studio_app.engine.engine import DiffusionEngine
from studio_app.export.mattes import cut_out

Render = Callable[..., int]
MAPS = ("albedo", "normal", "roughness", "metallic", "orm", "alpha")


@pytest.fixture
def render(maps_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    """Runs `underpaint render ...` in tmp_path with a tiny model that has a maps decoder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, model: Path = maps_model) -> int:
        return main(["render", *words, "--steps", "2", "--model", str(model)])

    return run


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_sprite_has_the_alpha_of_the_maps_decoder(render: Render):
    assert render("a crown", "--alpha", "-o", "crown.png") == 0
    assert [path.name for path in Path().iterdir()] == ["crown.png"]
    made = pixels("crown.png")
    assert made.shape == (64, 64, 4)
    request = read_recipe(Path("crown.png"))
    assert request.kind == "isolated"
    engine = DiffusionEngine()
    frame = list(engine.run(request, wanted=("final",)))[-1]
    assert frame.latent is not None
    maps = engine.decode_maps(request, frame.latent)
    np.testing.assert_array_equal(made, cut_out(frame.rgb, maps.alpha).rgba())


def test_a_sprite_can_be_made_again(render: Render):
    assert render("a crown", "--alpha", "--seed", "3", "-o", "one.png") == 0
    assert render("--like", "one.png", "-o", "two.png") == 0
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()
    assert render("--like", "one.png", "--no-alpha", "-o", "three.png") == 0
    assert pixels("three.png").shape == (64, 64, 3)
    assert render("--like", "three.png", "-o", "four.png") == 0
    assert pixels("four.png").shape == (64, 64, 3)


def test_a_picture_made_with_maps_says_so_when_it_is_made_again(
    render: Render, capsys: pytest.CaptureFixture[str]
):
    assert render("a crown", "--maps", "m", "-o", "one.png") == 0
    capsys.readouterr()
    assert render("--like", "one.png", "-o", "two.png") == 0
    assert "--maps DIR" in capsys.readouterr().err
    assert render("--like", "one.png", "--maps", "m2", "-o", "two.png") == 0
    assert "note" not in capsys.readouterr().err
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()


def test_a_line_of_a_batch_may_ask_for_a_sprite(render: Render):
    Path("jobs.jsonl").write_text('{"prompt": "a gem", "alpha": true}\n{"prompt": "a key"}\n')
    assert render("--jobs", "jobs.jsonl", "-o", "a.png") == 0
    assert pixels("a-01.png").shape == (64, 64, 4)
    assert pixels("a-02.png").shape == (64, 64, 3)


def test_a_texture_set(render: Render):
    words = ["bricks", "--kind", "texture", "--tile", "xy", "--maps", "set", "-o", "out/wall.png"]
    assert render(*words) == 0
    names = sorted(path.name for path in Path("set").iterdir())
    assert names == sorted(f"wall_{name}.png" for name in (*MAPS, "height", "ao"))
    assert pixels("set/wall_height.png").dtype == np.uint16
    assert pixels("set/wall_normal.png").shape == (64, 64, 3)
    assert pixels("set/wall_roughness.png").shape == (64, 64)
    assert pixels("out/wall.png").shape == (64, 64, 3)
    request = read_recipe(Path("out/wall.png"))
    engine = DiffusionEngine()
    frame = list(engine.run(request, wanted=("final",)))[-1]
    assert frame.latent is not None
    wanted = engine.decode_maps(request, frame.latent)
    np.testing.assert_array_equal(
        pixels("set/wall_height.png"), np.rint(wanted.depth.astype(np.float64) * 65535)
    )


def test_many_pictures_many_sets(render: Render):
    assert render("a gem", "--alpha", "--count", "2", "--maps", "maps", "-o", "gem.png") == 0
    names = {path.name for path in Path("maps").iterdir()}
    assert names == {f"gem-0{i}_{name}.png" for i in (1, 2) for name in (*MAPS, "depth")}
    assert pixels("gem-02.png").shape == (64, 64, 4)


BAD: dict[str, tuple[list[str], str]] = {
    "alpha of a scene": (["a", "--alpha", "--kind", "scene"], "--kind isolated"),
    "alpha of a texture": (["a", "--alpha", "--kind", "texture"], "A texture has no alpha"),
    "alpha of a picture like a scene": (["--like", "scene.png", "--alpha"], "A scene has no alpha"),
    "maps in a file": (["a", "--maps", "scene.png"], "is no folder"),
    "maps without a folder": (["a", "--maps"], "--maps"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_writes_nothing(
    render: Render, capsys: pytest.CaptureFixture[str], case: str
):
    assert render("a", "-o", "scene.png") == 0
    capsys.readouterr()
    before = sorted(Path().rglob("*"))
    words, said = BAD[case]
    assert render(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("asked", [["--alpha"], ["--maps", "maps"]])
def test_a_model_without_maps_writes_nothing(
    render: Render, tiny_model: Path, capsys: pytest.CaptureFixture[str], asked: list[str]
):
    assert render("a", *asked, model=tiny_model) == 2
    assert "has no maps decoder" in capsys.readouterr().err
    assert not list(Path().iterdir())
