"""What a session has made, together with what the last one made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.recipes import read_recipe
from studio_app.document.results import RunRecord, StepRecord
from studio_app.session.io_worker import IoWorker
from studio_app.session.notices import Notice
from studio_app.session.shelf import Shelf


@pytest.fixture
def shelf(qtbot: Any) -> Iterator[Shelf]:
    saver = IoWorker("underpaint-test")
    saver.start()
    yield Shelf(saver)
    saver.finish()
    assert saver.wait(20_000)


def run(seed: int) -> RunRecord:
    request = GenerationRequest("an owl", seed=seed, width=64, height=64)
    latent, small = np.zeros((4, 8, 8), np.float16), np.zeros((32, 32, 4), np.uint8)
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels.flags.writeable = False
    return RunRecord(
        0, request, (StepRecord(0, 9, 0.1, latent, latent, small, small),), pixels, 1.0
    )


def test_a_picture_knows_its_run_also_when_older_work_comes_before_it(shelf: Shelf):
    older = Shelf(IoWorker("underpaint-test"))
    old = [older.add(run(seed)) for seed in (1, 2)]
    new = shelf.add(run(3))
    shelf.restore(list(older.gallery), old)
    assert [picture.request.seed for picture in shelf.gallery] == [1, 2, 3]
    for picture in shelf.gallery:
        record = shelf.runs.get(picture.run)
        assert record is not None and record.request == picture.request
    assert [record.number for record in shelf.runs] == [1, 2, 3]
    assert shelf.runs[2].id == new.id


def test_a_run_that_was_cancelled_has_no_picture(shelf: Shelf):
    from dataclasses import replace

    shelf.add(replace(run(1), final=None))
    assert len(shelf.runs) == 1 and len(shelf.gallery) == 0


def test_a_picture_is_saved_with_its_recipe_and_a_failure_is_said(
    qtbot: Any, shelf: Shelf, tmp_path: Path
):
    shelf.add(run(5))
    picture = shelf.gallery[0]
    with qtbot.waitSignal(shelf.message) as said:
        shelf.save_picture(picture, tmp_path / "owl.png")
    assert isinstance(said.args[0], Notice)
    assert read_recipe(tmp_path / "owl.png").seed == 5
    (tmp_path / "file").write_text("in the way")
    with qtbot.waitSignal(shelf.message) as said:
        shelf.save_picture(picture, tmp_path / "file" / "owl.png")
    assert isinstance(said.args[0], StudioError)


def test_other_work_begins_with_an_empty_shelf(shelf: Shelf):
    shelf.add(run(1))
    shelf.clear()
    assert len(shelf.gallery) == 0 and len(shelf.runs) == 0
