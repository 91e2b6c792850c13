"""The live bench runs, and says what it measured, on the tiny real model."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from studio_app.engine.factory import make_engine
from studio_app.ui.bench_live import LiveBench, cold_start


def test_it_measures_the_real_window(qtbot: Any, tiny_model: Path, tmp_path: Path):
    bench = LiveBench(tmp_path, str(tiny_model), make_engine)
    try:
        bench.open()
        bench.paint(2.0)
        figures = bench.figures()
        bench.edit(8)
    finally:
        bench.close()
    assert set(figures) >= {
        "edit_first_ms_p50",
        "edit_first_ms_p95",
        "pictures_per_s",
        "penup_final_ms_p95",
        "late_ms_p99",
        "late_ms_max",
    }
    assert figures["stale_frames"] == 0
    assert figures["edit_first_ms_p50"] > 0
    assert figures["pictures_per_s"] > 0


def test_a_cold_start_is_timed_from_the_launch(tiny_model: Path, tmp_path: Path):
    shutil.copytree(tiny_model, tmp_path / "models" / "underpaint-256")
    figures = cold_start(tmp_path)
    assert 0 < figures["window_s"] < figures["first_picture_s"]
