"""What is asked before something goes out: about each model of its own, and once a project."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.export.ledger import NAME, read_ledger
from studio_app.export.making import Shot, origin_of
from studio_app.export.origin import Origin, licence_named
from studio_app.export.pieces import Asset
from studio_app.export.plan import make_plan
from studio_app.export.settings import ExportSettings
from studio_app.export.transaction import carry_out
from tests.export.conftest import Open, changed


def of_models(**licences: str) -> Origin:
    """Of a sheet with a picture of each model."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    shots = [
        Shot(pixels, Origin(GenerationRequest("a", model=model), licence_named(licence)))
        for model, licence in licences.items()
    ]
    return origin_of(ExportSettings(kind="sheet"), shots)


def test_each_model_of_a_sheet_is_asked_about(project: Open, walk: Asset):
    opened = project("godot")
    nc: dict[str, Any] = {"one": "x-noncommercial", "two": "cc-by-nc-4.0", "free": "mit"}
    plan = make_plan(walk, opened, origin=of_models(**nc))
    one, two = plan.questions
    assert (one.about, two.about) == ("one: x-noncommercial", "two: cc-by-nc-4.0")
    with pytest.raises(StudioError, match="The licence of two forbids"):
        carry_out(plan, {one.key: "own agreement"})
    assert not (opened.root / NAME).exists()
    carry_out(plan, {one.key: "own agreement", two.key: "not commercial"})
    ledger = read_ledger(opened.root)
    assert ledger.answer(*one.key) == "own agreement"
    assert ledger.answer(*two.key) == "not commercial"
    three = make_plan(changed(walk), opened, origin=of_models(**nc, three="cc-by-nc-4.0")).questions
    assert [question.about for question in three] == ["three: cc-by-nc-4.0"]


def test_pictures_of_one_model_are_asked_about_once(project: Open, walk: Asset):
    pixels = np.zeros((8, 8, 3), np.uint8)
    strict = licence_named("cc-by-nc-4.0")
    shots = [
        Shot(pixels, Origin(GenerationRequest(words, model="one"), strict)) for words in ("a", "b")
    ]
    origin = origin_of(ExportSettings(kind="sheet"), shots)
    assert len(make_plan(walk, project("unity"), origin=origin).questions) == 1
