"""The time and the gap of a save are measured on the real window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio_app.engine.factory import make_engine
from studio_app.ui.bench_saves import measure


def test_a_drawing_is_saved_twice_and_watched(qtbot: Any, tiny_model: Path):
    figures = measure(make_engine, str(tiny_model), side=300, layers=3)
    assert set(figures) == {"save_s", "save_again_s", "save_gap_ms", "save_mb"}
    assert all(value > 0 for value in figures.values())
