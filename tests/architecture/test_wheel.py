"""The wheel is the whole program: code, resources, the embedded model, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from studio_app import __version__

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the installed hatchling: nothing is fetched."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked, which is what installing a pure wheel is."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the unpacked program (not the checkout's), on the libraries of this environment."""
    environment = dict(os.environ, PYTHONPATH=str(installed))
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def test_it_is_named_as_agreed(wheel: Path):
    assert wheel.name == f"underpaint-{__version__}-py3-none-any.whl"


@pytest.mark.parametrize("folder", ["resources", "models"])
def test_it_carries_the_data(folder: str, names: set[str]):
    """Every file of the folder that is not hidden, so the embedded model too."""
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    inside = {path.relative_to(ROOT).as_posix() for path in files}
    expected = {f"studio_app/_data/{path}" for path in inside if "/." not in path}
    assert expected
    assert expected <= names


def test_it_carries_all_code_and_the_code_s_own_data(names: set[str]):
    files = [path for path in (ROOT / "studio_app").rglob("*") if path.suffix in (".py", ".toml")]
    assert {path.relative_to(ROOT).as_posix() for path in files} <= names


def test_it_carries_nothing_else(names: set[str]):
    strangers = {
        path
        for path in names
        if not path.startswith(("studio_app/", f"underpaint-{__version__}.dist-info/"))
        or "__pycache__" in path
        or "/tests/" in path
    }
    assert strangers == set()


def test_its_metadata_says_name_licence_pythons_and_command(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        info = f"underpaint-{__version__}.dist-info"
        metadata = message_from_string(archive.read(f"{info}/METADATA").decode())
        scripts = archive.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
    assert metadata["Name"] == "underpaint"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert set(metadata["Requires-Python"].split(",")) == {">=3.11", "<3.14"}
    assert "underpaint = studio_app.__main__:main" in scripts


def test_it_finds_its_data_where_it_is_installed(installed: Path, tmp_path: Path):
    code = (
        "from studio_app.core.resources import models_dir, resources_dir\n"
        "from studio_app.core.manifest import check_model, read_manifest\n"
        "print(models_dir()); print(resources_dir())\n"
        "print(all(check_model(name).sound for name in read_manifest()))"
    )
    done = run(installed, tmp_path, "-c", code)
    data = installed / "studio_app" / "_data"
    assert done.stdout.split() == [str(data / "models"), str(data / "resources"), "True"], (
        done.stderr
    )


def test_it_runs_where_it_is_installed(installed: Path, tmp_path: Path):
    done = run(installed, tmp_path, "-m", "studio_app", "--version")
    assert done.stdout.strip() == f"underpaint {__version__}", done.stderr
