"""The figures of a batch beside the bare engine's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio_app.engine.engine import DiffusionEngine
from studio_app.farm.bench import measure


def test_as_many_pictures_each_way(tiny_model: Path, monkeypatch: pytest.MonkeyPatch):
    """Every one is drawn anew: no seed comes twice, nothing is taken from before."""
    seeds: list[int] = []
    run = DiffusionEngine.run

    def watched(self: DiffusionEngine, request: Any, *args: Any, **more: Any) -> Any:
        seeds.append(request.seed)
        return run(self, request, *args, **more)

    engine = DiffusionEngine()
    monkeypatch.setattr(engine, "tune", lambda: False)
    monkeypatch.setattr(DiffusionEngine, "run", watched)
    figures = measure(engine, str(tiny_model), requests=6, rounds=2)
    rates = {"batch_share", "batch_per_s", "batch_bare_per_s"}
    assert set(figures) == rates | {"batch_cpu_ms", "batch_bare_cpu_ms"}
    assert len(seeds) == len(set(seeds)) == 8 + 2 * 6
    assert all(value > 0 for value in figures.values())
