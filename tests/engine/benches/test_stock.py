"""The bench against diffusers: both sides do the same work; what is counted is counted. Nothing is timed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from studio_app.core.request import GenerationRequest
from studio_app.engine.benches import stock as bench_stock
from studio_app.engine.device import Device
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import CPU, depth

HALF = Device(torch.device("cpu"), torch.bfloat16)


def test_the_stock_side_is_diffusers_pipeline_with_a_picture_of_each_step(
    tiny_model: Path, base: GenerationRequest, monkeypatch: pytest.MonkeyPatch
):
    calls: Counter[str] = Counter()

    def counted(kind: Any, name: str) -> None:
        known = getattr(kind, name)

        def method(self: Any, *given: Any, **more: Any) -> Any:
            calls[name] += 1
            return known(self, *given, **more)

        monkeypatch.setattr(kind, name, method)

    counted(diffusers.UNet2DConditionModel, "forward")
    counted(diffusers.AutoencoderKL, "decode")
    counted(diffusers.image_processor.VaeImageProcessor, "postprocess")
    stock = bench_stock._stock(CPU, torch.float32, replace(base, steps=4))
    stock()
    assert calls["forward"] == 4
    assert calls["decode"] == 4  # as many as ours: the last one is the final picture
    assert calls["postprocess"] >= 4


@pytest.mark.parametrize(
    ("device", "keys"),
    [
        (CPU, {"embedded_speedup", "embedded_speedup_whole"}),
        (HALF, {"embedded_speedup", "embedded_speedup_whole", "embedded_speedup_alike"}),
    ],
)
def test_ours_draws_as_many_pictures_of_a_new_seed_each_time(
    device: Device, keys: set[str], tiny_model: Path, monkeypatch: pytest.MonkeyPatch
):
    """With the stock side in our dtype too, where that is another than people's."""
    seeds: list[int] = []
    frames: Counter[str] = Counter()
    run = DiffusionEngine.run

    def watched(self: DiffusionEngine, request: Any, *args: Any, **more: Any) -> Any:
        seeds.append(request.seed)
        for frame in run(self, request, *args, **more):
            frames[frame.kind] += 1
            yield frame

    monkeypatch.setattr(DiffusionEngine, "run", watched)
    monkeypatch.setattr(DiffusionEngine, "tune", lambda *_: False)
    found = bench_stock.embedded(device, str(tiny_model), rounds=1)
    assert set(found) == keys
    assert all(value > 0 for value in found.values())
    assert len(seeds) == len(set(seeds)) == 2 * (bench_stock._WARM_UP + 2)
    assert frames["final"] == len(seeds)
    assert frames["denoised"] + frames["draft"] == 4 * len(seeds)
    assert frames["draft"] == 3 * len(seeds) // 2  # the others decode each whole


def test_only_the_seed_changed_and_nothing_is_encoded_or_loaded_again(tiny_model: Path):
    found = bench_stock.encodings(CPU, str(tiny_model), strokes=2)
    assert found == {"reencodes": 0, "reloads": 0}


def test_an_engine_counts_what_it_encodes(base: GenerationRequest):
    engine = DiffusionEngine(CPU)

    def encoded(**changes: Any) -> int:
        list(engine.run(replace(base, steps=1, **changes), wanted=("final",)))
        return engine.encoded

    first = encoded(controls=depth())
    assert encoded(controls=depth(), seed=99) == first > 0
    assert encoded(controls=depth(), prompt="a blue potion") > first


def test_a_load_is_seen_as_a_move(tiny_model: Path):
    engine = DiffusionEngine(CPU)
    with bench_stock.watched_moves() as moved:
        engine.load(str(tiny_model))
    assert moved
    with bench_stock.watched_moves() as moved:
        engine.load(str(tiny_model))  # it is loaded
    assert not moved


def test_pairs_are_drawn_in_turn_until_the_time_is_over():
    done: list[str] = []
    works = [lambda: done.append("a"), lambda: done.append("b")]
    times = bench_stock.timed(works, CPU, rounds=3)
    assert done == ["a", "b"] * 4  # one warms up
    assert [len(own) for own in times] == [3, 3]
    assert [len(own) for own in bench_stock.timed(works, CPU, 3, seconds=0)] == [1, 1]


def test_the_ratio_is_the_median_of_the_pairs():
    assert bench_stock.median_ratio([[1, 2, 1], [2, 10, 9]], 1, 0) == 5
