"""`underpaint` alone, as a process: the window first, torch later, and out again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE_S = 600
ROOT = Path(__file__).resolve().parents[1]

# Runs the real start with an eye on it. The scenario sees the studio and the window, and closes it.
SCRIPT = """
import sys
from studio_app import app
real = app.build

def build():
    studio, window = real()
    print("torch before the window is painted:", "torch" in sys.modules)
    studio.message.connect(lambda said: print("said:", said.title))
    studio.closed.connect(lambda: print("closed with a model:", studio.model_ready))
    scenario(studio, window)
    return studio, window

def close(window):
    window.close()

app.build = build
%s
sys.exit(app.run())
"""
ONE_PICTURE = """
def scenario(studio, window):
    studio.run_finished.connect(lambda run: (print("picture:", run.final.shape), close(window)))
"""
NO_MODEL = """
def scenario(studio, window):
    studio.message.connect(lambda said: (print("usable:", window.isEnabled()), close(window)))
"""
AT_ONCE = """
def scenario(studio, window):
    from PySide6.QtCore import QTimer
    look = QTimer(window)
    look.timeout.connect(lambda: "torch" in sys.modules and (look.stop(), close(window)))
    look.start(1)
"""


def start(home: Path, scenario: str) -> list[str]:
    environment = dict(os.environ, UNDERPAINT_HOME=str(home), PYTHONPATH=str(ROOT))
    environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [sys.executable, "-c", SCRIPT % scenario]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def home(tmp_path: Path, tiny_model: Path) -> Path:
    """A user's folder with a model of the embedded one's name, which goes before it."""
    shutil.copytree(tiny_model, tmp_path / "models" / "underpaint-256")
    return tmp_path


def test_the_window_comes_first_and_a_picture_follows_by_itself(home: Path):
    said = start(home, ONE_PICTURE)
    assert said[0] == "torch before the window is painted: False"
    assert "picture: (64, 64, 4)" in said[1:]
    assert said[-1] == "closed with a model: True"
    assert (home / "sessions" / "1" / "journal.sqlite").exists()


def test_it_closes_while_torch_is_being_imported(home: Path):
    assert start(home, AT_ONCE)[-1] == "closed with a model: False"  # it was not waited for


def test_without_a_model_it_says_so_and_is_usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    models = tmp_path / "none"
    models.mkdir()
    (models / "manifest.toml").write_text("")
    monkeypatch.setenv("UNDERPAINT_MODELS", str(models))
    said = start(tmp_path, NO_MODEL)
    assert "usable: True" in said
    assert said[-1] == "closed with a model: False"


def test_broken_settings_are_kept_aside_and_it_is_said(home: Path):
    (home / "settings.json").write_text("{broken")
    said = start(home, ONE_PICTURE)
    assert "said: Your settings could not be read; the defaults are used" in said
    assert (home / "settings.broken-1.json").read_text() == "{broken"
