"""What a batch costs beside the drawing: the share of the bare engine's rate that it keeps."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from studio_app.core.engine import Engine
from studio_app.core.files import write_text_atomic
from studio_app.core.request import GenerationRequest
from studio_app.farm.lines import Batch
from studio_app.farm.options import Options, build
from studio_app.farm.pools import LocalPool
from studio_app.farm.run import run

REQUESTS, ROUNDS = 200, 5
WORDS = ("a red glass potion", "a wooden chest", "a gold crown", "an iron axe", "a stone tower")


def measure(
    engine: Engine, model: str = "underpaint-256", requests: int = REQUESTS, rounds: int = ROUNDS
) -> dict[str, float]:
    """Figures by key, of `requests` pictures each way, with the model's own steps and size.

    batch_share: pictures a second of a batch (a jobs file, PNGs with their recipes, log and contact sheet) over those
    of the engine alone; median over `rounds` of as many pictures each way, one after the other. batch_per_s,
    batch_bare_per_s: medians of the rates themselves.
    """
    first = build(Options(prompt=WORDS[0], model=model), Path(), []).request
    each = max(1, requests // rounds)
    seeds = iter(range(10**9))
    _bare(engine, _requests(first, seeds, 4))
    while engine.tune():
        pass
    _bare(engine, _requests(first, seeds, 4))
    shares: list[float] = []
    bare: list[float] = []
    rates: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            asked = _requests(first, seeds, each)
            alone = 0.0
            if number % 2:  # neither is always the second
                alone = _bare(engine, asked)
            together = _batch(engine, model, seeds, each, Path(name) / str(number))
            if not number % 2:
                alone = _bare(engine, asked)
            shares.append(alone / together)
            bare.append(each / alone)
            rates.append(each / together)
    return {
        "batch_share": statistics.median(shares),
        "batch_per_s": statistics.median(rates),
        "batch_bare_per_s": statistics.median(bare),
    }


def _requests(
    first: GenerationRequest, seeds: Iterator[int], count: int
) -> list[GenerationRequest]:
    return [replace(first, seed=next(seeds), prompt=WORDS[i % len(WORDS)]) for i in range(count)]


def _bare(engine: Engine, requests: list[GenerationRequest]) -> float:
    """Seconds of the engine alone."""
    began = time.perf_counter()
    for request in requests:
        for _ in engine.run(request, wanted=("final",)):
            pass
    return time.perf_counter() - began


def _batch(engine: Engine, model: str, seeds: Iterator[int], count: int, folder: Path) -> float:
    """Seconds of as many through a batch."""
    lines = [
        json.dumps({"prompt": WORDS[i % len(WORDS)], "seed": next(seeds)}) for i in range(count)
    ]
    jobs = folder / "jobs.jsonl"
    write_text_atomic(jobs, "\n".join(lines) + "\n")
    batch = Batch(jobs, Options(model=model), into=folder, sheet=folder / "sheet.jpg")
    began = time.perf_counter()
    course = run(batch, LocalPool(lambda: engine))
    assert course.counts == {"done": count}
    return time.perf_counter() - began
