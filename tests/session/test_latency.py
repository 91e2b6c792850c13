"""How long an artist waits, as the latency line says it."""

from __future__ import annotations

import sys

import pytest

from studio_app.session import latency
from studio_app.session.latency import LatencyMeter, resident_mb


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(latency.time, "perf_counter", made.perf_counter)
    return made


def test_what_was_not_measured_is_absent(clock: Clock):
    found = LatencyMeter().latency
    assert found.edit_first_ms is None and found.edit_final_ms is None
    assert not found.stages and found.pictures_per_s == 0


def test_an_edit_ends_with_its_first_picture_and_its_whole_one(clock: Clock):
    meter = LatencyMeter()
    clock.now = 100.05
    meter.shown("a", 100.0, final=False, preview=True)
    clock.now = 100.30
    meter.shown("a", 100.0, final=True, preview=False)
    found = meter.latency
    assert found.edit_first_ms == pytest.approx(50)
    assert found.edit_final_ms == pytest.approx(300)


def test_a_preview_is_no_whole_picture_and_an_edit_counts_once(clock: Clock):
    meter = LatencyMeter()
    clock.now = 100.1
    meter.shown("a", 100.0, final=True, preview=True)
    clock.now = 100.9
    meter.shown("b", 100.0, final=False, preview=False)
    found = meter.latency
    assert found.edit_first_ms == pytest.approx(100) and found.edit_final_ms is None


def test_a_picture_that_nobody_asked_for_has_no_latency(clock: Clock):
    meter = LatencyMeter()
    meter.shown("a", 0.0, final=True, preview=False)
    assert meter.latency.edit_first_ms is None
    assert meter.latency.pictures_per_s == 0.5


def test_pictures_a_second_are_different_ones_of_the_last_two_seconds(clock: Clock):
    meter = LatencyMeter()
    for i in range(6):
        clock.now = 100.0 + i
        for _ in range(2):  # its steps are the same picture
            meter.shown(f"picture {i}", clock.now, final=False, preview=False)
    assert meter.latency.pictures_per_s == 1.5
    clock.now += 10
    assert meter.latency.pictures_per_s == 0


def test_stages_and_device_are_the_newest():
    meter = LatencyMeter()
    meter.set_device("cpu, bfloat16")
    meter.set_stages(step=9.0, decode=15.0)
    meter.set_stages(step=8.0)
    assert meter.latency.device == "cpu, bfloat16"
    assert meter.latency.stages == {"step": 8.0, "decode": 15.0}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it cheaply")
def test_the_memory_of_this_process():
    megabytes = resident_mb()
    assert megabytes is not None and 5 < megabytes < 1_000_000
