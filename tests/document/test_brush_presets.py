"""Brushes by name: those of the studio, and the artist's in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.document.brush_presets import (
    BUILT_IN,
    MOST,
    applied,
    read_own,
    with_own,
    without_own,
    write_own,
)
from studio_app.document.brushes import Brush


def test_a_preset_changes_how_a_brush_is_and_not_what_it_paints():
    mine = Brush(value=0.3, colour=(1, 2, 3), mode="nearer", amount=0.4)
    for preset in BUILT_IN:
        brush = applied(preset, mine)
        assert (brush.value, brush.colour, brush.mode, brush.amount) == (
            0.3,
            (1, 2, 3),
            "nearer",
            0.4,
        )
        assert brush.size == preset.brush.size
    assert len({applied(preset, mine) for preset in BUILT_IN}) == len(BUILT_IN)


def test_own_brushes_come_back_from_their_file(tmp_path: Path):
    path = tmp_path / "deep" / "brushes.json"
    assert read_own(path) == ()
    curve = ((0.0, 0.1), (0.4, 0.9), (1.0, 1.0))
    brush = Brush(size=11, hardness=0.2, size_curve=curve, steady=44, pressure_opacity=True)
    own = with_own(with_own((), "  My   liner ", brush), "Other", Brush())
    write_own(path, own)
    again = read_own(path)
    assert [preset.name for preset in again] == ["My liner", "Other"]
    assert applied(again[0], Brush()) == applied(own[0], Brush())
    assert [preset.name for preset in without_own(again, "Other")] == ["My liner"]


def test_a_name_is_there_once_and_no_name_is_none():
    own = with_own((), "Liner", Brush(size=3))
    own = with_own(own, "liner", Brush(size=5))
    assert [(one.name, one.brush.size) for one in own] == [("liner", 5)]
    with pytest.raises(StudioError):
        with_own(own, "   ", Brush())
    for number in range(MOST - 1):
        own = with_own(own, f"brush {number}", Brush())
    with pytest.raises(StudioError):
        with_own(own, "one too many", Brush())


@pytest.mark.parametrize(
    "text",
    [
        '{"brushes": 3}',
        '{"brushes": [1, {"name": 3}, {"name": "a", "brush": {"size": "x"}}]}',
        "{}",
    ],
)
def test_what_makes_no_sense_in_the_file_is_left_out(tmp_path: Path, text: str):
    path = tmp_path / "brushes.json"
    path.write_text(text)
    assert all(preset.brush == Brush() for preset in read_own(path))


def test_a_broken_file_is_said(tmp_path: Path):
    path = tmp_path / "brushes.json"
    path.write_text(json.dumps({"brushes": []})[:-1])
    with pytest.raises(StudioError):
        read_own(path)
