from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studio_app.core import resources
from studio_app.core.errors import StudioError
from studio_app.core.resources import models_dir, resources_dir, user_dir

ROOT = Path(__file__).resolve().parents[2]


def test_a_checkout_uses_its_own_folders():
    assert resources_dir() == ROOT / "resources"
    assert models_dir() == ROOT / "models"


def test_an_installed_wheel_uses_the_copies_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "site-packages" / "studio_app"
    for folder in (package / "_data" / "models", package / "_data" / "resources"):
        folder.mkdir(parents=True)
    (tmp_path / "site-packages" / "models").mkdir()  # a stranger's
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert models_dir() == package / "_data" / "models"
    assert resources_dir() == package / "_data" / "resources"


def test_a_torn_installation_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "studio_app")
    with pytest.raises(StudioError, match="resources folder is missing"):
        resources_dir()


def test_another_models_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UNDERPAINT_MODELS", str(tmp_path))
    assert models_dir() == tmp_path
    monkeypatch.setenv("UNDERPAINT_MODELS", str(tmp_path / "gone"))
    with pytest.raises(StudioError, match="UNDERPAINT_MODELS"):
        models_dir()


def test_the_users_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UNDERPAINT_HOME", str(tmp_path / "mine"))
    assert user_dir() == tmp_path / "mine"
    assert not user_dir().exists()


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("linux", {}, "HOME/.local/share/underpaint"),
        ("linux", {"XDG_DATA_HOME": "HOME/xdg"}, "HOME/xdg/underpaint"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "HOME/.local/share/underpaint"),
        ("darwin", {}, "HOME/Library/Application Support/Underpaint"),
        ("win32", {"LOCALAPPDATA": "HOME/local"}, "HOME/local/Underpaint"),
        ("win32", {}, "HOME/AppData/Local/Underpaint"),
    ],
)
def test_the_users_folder_follows_the_systems_custom(
    system: str,
    variables: dict[str, str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("UNDERPAINT_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("HOME", str(tmp_path)))
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert user_dir() == Path(expected.replace("HOME", str(tmp_path)))
