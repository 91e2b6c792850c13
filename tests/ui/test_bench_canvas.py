"""The bench of the canvas runs on the real window, and says what it measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio_app.engine.factory import make_engine
from studio_app.ui.bench_canvas import measure


def test_it_measures_strokes_and_views(qtbot: Any, tiny_model: Path):
    figures = measure(make_engine, str(tiny_model), seconds=0.5, side=512, view_side=512)
    assert set(figures) == {"segment_ms_p95", "segment_busy_ms_p95", "view_ms_p95"}
    assert all(value > 0 for value in figures.values())
