"""The gap of the window while exporting is measured on the real window and the tiny real model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio_app.engine.factory import make_engine
from studio_app.ui.bench_exports import measure


def test_every_job_is_exported_and_watched(qtbot: Any, maps_model: Path):
    figures = measure(make_engine, str(maps_model))
    assert set(figures) == {
        "export_gap_ms",
        "export_gap_sprite_ms",
        "export_gap_psd_ms",
        "export_gap_picture_ms",
        "export_gap_texture_set_ms",
    }
    assert figures["export_gap_ms"] == max(figures.values()) >= 0


def test_without_maps_there_is_no_texture_set_to_watch(qtbot: Any, tiny_model: Path):
    assert "export_gap_texture_set_ms" not in measure(make_engine, str(tiny_model))
