"""Who may import whom: the layer table of pyproject.toml, and what a light start leaves unloaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "studio_app"

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    room = importlib.import_module(name)
    for module in pkgutil.walk_packages(getattr(room, "__path__", []), name + "."):
        importlib.import_module(module.name)
heavy = {"torch", "diffusers", "transformers", "tokenizers", "PySide6", "OpenEXR", "psd_tools"}
print(" ".join(sorted(heavy & set(sys.modules))))
"""


def loaded_by(*names: str) -> str:
    """The heavy libraries that are loaded after importing all modules of these rooms."""
    command = [sys.executable, "-c", IMPORT_ALL, *names]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_imports_go_one_way(tmp_path: Path):
    """import-linter's contracts, as `python3 packaging/test.py` runs them."""
    code = "import importlinter.cli as c; c.lint_imports_command()"
    command = [sys.executable, "-c", code, "--no-cache", "--no-logo"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contracts_bite(tmp_path: Path):
    """A copy of the house with one wrong import does not pass."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignore = shutil.ignore_patterns("__pycache__", "_data")
    shutil.copytree(PACKAGE, tmp_path / "studio_app", ignore=ignore)
    (tmp_path / "studio_app/core/traitor.py").write_text("from studio_app.scene import camera\n")
    code = "import importlinter.cli as c; c.lint_imports_command()"
    command = [sys.executable, "-P", "-c", code, "--no-cache", "--no-logo"]
    environment = dict(os.environ, PYTHONPATH=str(tmp_path))
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "studio_app.core.traitor -> studio_app.scene.camera" in done.stdout


@pytest.mark.parametrize(
    "room",
    [
        "studio_app.cli",
        "studio_app.core",
        "studio_app.catalogue",
        "studio_app.scene",
        "studio_app.document",
        "studio_app.export",
    ],
)
def test_light_rooms_load_nothing_heavy(room: str):
    assert loaded_by(room) == ""


def test_commands_load_nothing_heavy_before_they_run():
    assert loaded_by("studio_app.commands") == ""


def test_the_help_is_quick_and_light():
    code = (
        "import sys; from studio_app.cli import main; code = main(['--help']);"
        "print('\\n', code, 'torch' in sys.modules, 'PySide6' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1].split() == ["0", "False", "False"], done.stderr


def test_pyright_is_strict_where_it_was_agreed():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pyright"]
    strict = {Path(path).name for path in config["strict"]}
    assert {"core", "scene", "document", "session", "export"} <= strict
