"""Game projects to export into, and a picture without a recipe."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio_app.cli import main
from studio_app.document.png import png_bytes

DATA = Path(__file__).parents[1] / "data"
Projects = Callable[[str], Path]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Projects:
    """A copy of a sample project; the working folder is another."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def copied(kind: str) -> Path:
        root = tmp_path / kind
        if not root.exists():
            shutil.copytree(DATA / f"{kind}_project", root)
        return root

    return copied


@pytest.fixture
def disc() -> Path:
    """A red disc that is cut out, in a file without a recipe."""
    ys, xs = np.mgrid[0:64, 0:64]
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., 0] = 200
    pixels[..., 3] = np.where((ys - 34) ** 2 + (xs - 32) ** 2 < 400, 255, 0)
    path = Path("red disc.png")
    path.write_bytes(png_bytes(pixels))
    return path


def rendered(model: Path, *words: str) -> Path:
    name = f"{words[0]}.png"
    assert main(["render", *words, "--steps", "2", "--model", str(model), "-o", name]) == 0
    return Path(name)
