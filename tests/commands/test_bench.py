from __future__ import annotations

import json

import pytest

from studio_app import cli
from studio_app.commands import bench
from studio_app.core.hardware import describe


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """`underpaint bench scene` finds these figures."""
    figures = {"cast_numpy_256_ms": 12.345678, "pictures_per_s": 5012.0}
    monkeypatch.setitem(bench.BENCHES, "scene", lambda: figures)
    return figures


def test_json_is_one_object(measured: dict[str, float], capsys: pytest.CaptureFixture[str]):
    assert cli.main(["bench", "scene", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"name": "bench scene", "hardware": describe(), "figures": measured}


def test_a_person_gets_a_table(measured: dict[str, float], capsys: pytest.CaptureFixture[str]):
    assert cli.main(["bench", "scene"]) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert first == f"bench scene on {describe()}"
    assert [row.split() for row in rows] == [
        ["cast_numpy_256_ms", "12.35"],
        ["pictures_per_s", "5,012"],
    ]


def test_a_figure_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        bench.print_figures("bench", {"broken": float("nan")}, as_json=True)


def test_only_the_live_bench_takes_a_length(
    measured: dict[str, float],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    assert cli.main(["bench", "scene", "--edits", "5"]) == 2
    assert "--edits" in capsys.readouterr().err
    asked: list[dict[str, float]] = []
    monkeypatch.setitem(bench.BENCHES, "live", lambda **given: asked.append(given) or {})
    assert cli.main(["bench", "live", "--seconds", "3", "--edits", "300", "--json"]) == 0
    assert asked == [{"seconds": 3.0, "edits": 300}]


def test_only_the_bench_of_the_engine_takes_a_size(
    measured: dict[str, float],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    assert cli.main(["bench", "scene", "--size", "sd15"]) == 2
    assert "only engine does" in capsys.readouterr().err
    asked: list[dict[str, str]] = []
    monkeypatch.setitem(bench.BENCHES, "engine", lambda **given: asked.append(given) or {})
    assert cli.main(["bench", "engine", "--json"]) == 0
    assert cli.main(["bench", "engine", "--size", "sd15", "--json"]) == 0
    assert asked == [{}, {"size": "sd15"}]


def test_networks_of_a_real_size_are_measured_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
):
    from studio_app.engine.benches import embedded as parts
    from studio_app.engine.benches import sd15 as sd15_bench
    from studio_app.engine.benches import stock as bench_stock

    monkeypatch.setattr(parts, "measure", lambda: {"decode_ms": 1.0})
    monkeypatch.setattr(bench_stock, "measure", lambda: {"embedded_speedup": 2.0})
    monkeypatch.setattr(sd15_bench, "measure", lambda: {"sd15_speedup": 3.0})
    assert bench.BENCHES["engine"]() == {"decode_ms": 1.0, "embedded_speedup": 2.0}
    assert bench.BENCHES["engine"](size="sd15") == {"sd15_speedup": 3.0}
