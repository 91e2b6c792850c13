"""`underpaint export` of several pictures at once: sheets, of files, of seeds and of the steps of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.cli import main
from studio_app.document.png import png_bytes
from studio_app.export.ledger import NAME, read_ledger
from tests.commands.conftest import Projects, rendered


def test_a_sheet_has_rows(project: Projects, disc: Path, capsys: pytest.CaptureFixture[str]):
    root = project("unreal")
    other = disc.with_name("other.png")
    with Image.open(disc) as image:
        image.resize((32, 32)).save(other)
    words = [
        "export",
        "--row",
        "walk",
        str(disc),
        str(other),
        "--row",
        "die",
        str(disc),
        "--to",
        str(root),
    ]
    assert main([*words, "--name", "hero", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert {change["action"] for change in found["changes"]} == {"create"}
    sheet = json.loads((root / "SourceArt/Sprites/Hero.paper2dsprites").read_text())
    assert list(sheet["frames"]) == ["walk_0", "walk_1", "die_0"]


def test_a_sheet_has_columns_names_and_a_speed_and_may_end(project: Projects, disc: Path):
    root = project("godot")
    words = ["export", "--row", "walk", *[str(disc)] * 3, "--to", str(root), "--name", "hero"]
    more = ["--columns", "2", "--fps", "12", "--once", "--frame-names", "{name}-{row} {number}"]
    assert main([*words, *more, "--texts", "texturepacker"]) == 0
    frames = (root / "art/sprites/hero_frames.tres").read_text()
    assert '"speed": 12.0' in frames and '"loop": 0' in frames and '&"walk"' in frames
    atlas = json.loads((root / "art/sprites/hero.json").read_text())
    assert list(atlas["frames"]) == [f"hero-walk {i}.png" for i in range(3)]


def test_a_sheet_of_seeds(project: Projects, maps_model: Path):
    root = Path("out")
    path = rendered(maps_model, "a gem", "--kind", "isolated", "--seed", "3")
    order = ["export", str(path), "--to", str(root), "--seeds", "3-5", "--name", "gems"]
    order += ["--kind", "sheet", "--pixel-art", "16", "--frame-names", ""]
    assert main(order) == 0
    frames = json.loads((root / "gems.json").read_text())["frames"]
    assert [name.split(".")[0] for name in frames] == ["a gem_3", "a gem_4", "a gem_5"]
    (entry,) = read_ledger(root).entries
    assert [entry.fields["request"]["seed"], *(m["seed"] for m in entry.fields["more"])] == [
        3,
        4,
        5,
    ]


@pytest.mark.parametrize(
    "words",
    [["--seeds", "9-3"], ["--seeds", "x"], ["--seeds", "1-99"], ["--step", "0"], ["--step", "3"]],
)
def test_seeds_and_steps_that_there_are_not(
    project: Projects, maps_model: Path, capsys: pytest.CaptureFixture[str], words: list[str]
):
    path = rendered(maps_model, "a gem")
    root = Path("out")
    assert main(["export", str(path), "--to", str(root), *words]) == 2
    assert "underpaint: " in capsys.readouterr().err
    assert not (root / NAME).exists()


def test_any_step_of_a_run_is_exported_as_what_it_is(project: Projects, maps_model: Path):
    root = Path("out")
    path = rendered(maps_model, "a gem", "--frames", "steps")
    seen: list[bytes] = []
    for words, name, latent in (
        ([], "a_gem_step_1", "x_0"),
        (["--noisy"], "a_gem_step_1_noisy", "x_t"),
    ):
        assert main(["export", str(path), "--to", str(root), "--step", "1", *words]) == 0
        with Image.open(root / f"{name}.png") as image:
            seen.append(np.asarray(image.convert("RGB")).tobytes())
        entry = read_ledger(root).entries[-1]
        assert entry.fields["request"]["shows"] == {"step": 1, "latent": latent}
    for data, file in zip(seen, ("x0", "xt"), strict=True):
        (kept,) = [
            path for path in Path("steps").iterdir() if file in path.name and "1" in path.name
        ]
        with Image.open(kept) as image:
            assert np.asarray(image.convert("RGB")).tobytes() == data


def test_the_frame_that_has_nothing_is_named(
    project: Projects, disc: Path, capsys: pytest.CaptureFixture[str]
):
    Path("empty.png").write_bytes(png_bytes(np.zeros((32, 32, 4), np.uint8)))
    root = project("godot")
    assert main(["export", str(disc), "empty.png", "--to", str(root), "--kind", "sheet"]) == 2
    assert "empty: " in capsys.readouterr().err
