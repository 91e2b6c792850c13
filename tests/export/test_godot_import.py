"""What Godot itself makes of an export, where a Godot of 4.5 or later is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from studio_app.export.pieces import Asset
from studio_app.export.plan import make_plan
from studio_app.export.targets.target import Project
from studio_app.export.transaction import carry_out

OLDEST = (4, 5)
SCRIPT = """extends SceneTree
func _init():
    for path in OS.get_cmdline_user_args():
        var found = load(path)
        print("LOADED ", path, " ", found.get_class() if found else "nothing")
        if found is SpriteFrames:
            for name in found.get_animation_names():
                print("FRAMES ", name, " ", found.get_frame_count(name), " ", found.get_animation_loop(name))
    quit()
"""


def godot() -> str | None:
    """The program, if it is new enough."""
    path = shutil.which("godot") or shutil.which("godot4")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60).stdout
    version = re.match(r"(\d+)\.(\d+)", said)
    return path if version and (int(version[1]), int(version[2])) >= OLDEST else None


GODOT = godot()


@pytest.mark.slow
@pytest.mark.skipif(GODOT is None, reason="no godot of 4.5 or later is on the PATH")
def test_godot_imports_all_of_it_and_loads_its_resources(
    project: Callable[[str], Project], sprite: Asset, bricks: Asset, walk: Asset
):
    assert GODOT is not None
    opened = project("godot")
    root = opened.root
    written: list[Path] = []
    for asset in (sprite, bricks, walk):
        written += carry_out(make_plan(asset, opened)).written
    order = [GODOT, "--headless", "--path", str(root), "--import"]
    ran = subprocess.run(order, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    for line in (ran.stdout + ran.stderr).splitlines():
        assert not ("ERROR" in line and "res://art" in line), line
    for path in written:
        if path.suffix != ".import":
            continue
        # It gave it an id of its own, made what it plays, and kept what was chosen.
        text = path.read_text()
        assert "uid=" in text and "valid=false" not in text
        for key in ("compress/mode", "mipmaps/generate", "detect_3d/compress_to"):
            assert re.search(rf"^{key}=", text, re.MULTILINE), (path.name, key)
    resources = [path for path in written if path.suffix == ".tres"]
    assert len(resources) == 3
    (root / "check.gd").write_text(SCRIPT)
    names = [f"res://{path.relative_to(root).as_posix()}" for path in resources]
    order = [GODOT, "--headless", "--path", str(root), "-s", "check.gd", "--", *names]
    said = subprocess.run(order, capture_output=True, text=True, timeout=300).stdout
    kinds = sorted(line.split()[-1] for line in said.splitlines() if line.startswith("LOADED"))
    assert kinds == ["CanvasTexture", "ORMMaterial3D", "SpriteFrames"], said
    assert "FRAMES walk 2 true" in said
