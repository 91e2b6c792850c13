"""Where a picture was made, and where the canvas lies, are kept with the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.document.bearings import Bearings
from studio_app.document.canvases import with_canvas
from studio_app.document.document import new_document
from studio_app.document.results import Picture, RunRecord
from studio_app.document.store.documents import load_document, save_document
from studio_app.document.store.results_files import (
    picture_entry,
    read_picture,
    read_run,
    save_picture,
    save_run,
)

PLACE = (16.5, -8.0, 64.0, 32.0)


def test_a_documents_bearings_come_back(tmp_path: Path):
    document = with_canvas(new_document(), (-30, 20, 400, 300))
    save_document(document, tmp_path / "a.json")
    assert load_document(tmp_path / "a.json").bearings == Bearings(-30, 20)


@pytest.mark.parametrize("broken", ["[0, 0, 0, 1]", "[1, 2]", '["a", 0, 1, 1]', "[1e999, 0, 1, 1]"])
def test_broken_ones_are_refused(tmp_path: Path, broken: str):
    path = tmp_path / "a.json"
    save_document(new_document(), path)
    text = path.read_text()
    assert '"bearings":[0.0,0.0,1.0,1.0]' in text
    path.write_text(text.replace("[0.0,0.0,1.0,1.0]", broken))
    with pytest.raises(StudioError):
        load_document(path)


@pytest.mark.parametrize("place", [PLACE, None])
def test_the_place_of_a_picture_and_of_a_run_comes_back(
    tmp_path: Path,
    make_picture: Callable[..., Picture],
    make_run: Callable[..., RunRecord],
    place: tuple[float, float, float, float] | None,
):
    picture = make_picture(1, place=place)
    save_picture(tmp_path, picture)
    entry = picture_entry(picture)
    assert read_picture(tmp_path / entry["file"], entry).place == place
    run = replace(make_run(1), place=place)
    save_run(tmp_path, run)
    assert read_run(tmp_path / f"{run.id}.json").place == place
