"""What a batch costs beside the drawing: the share of the bare engine's rate that it keeps."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

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
    batch_bare_per_s: medians of the rates themselves. batch_cpu_ms, batch_bare_cpu_ms: of all cores, a picture,
    medians: what others do on the machine moves these less.
    """
    first = build(Options(prompt=WORDS[0], model=model), Path(), []).request
    each = max(1, requests // rounds)
    seeds = iter(range(10**9))
    _bare(engine, _requests(first, seeds, 4))
    while engine.tune():
        pass
    _bare(engine, _requests(first, seeds, 4))
    shares: list[float] = []
    bare: list[_Spent] = []
    whole: list[_Spent] = []
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            asked = _requests(first, seeds, each)
            into = Path(name) / str(number)
            works: list[tuple[list[_Spent], Callable[[], object]]] = [
                (bare, partial(_bare, engine, asked)),
                (whole, partial(_batch, engine, model, seeds, each, into)),
            ]
            # Neither is always the second.
            for spent, work in works if number % 2 else reversed(works):
                spent.append(_spent(work, each))
            shares.append(bare[-1].seconds / whole[-1].seconds)
    return {
        "batch_share": statistics.median(shares),
        "batch_per_s": 1 / statistics.median(spent.seconds for spent in whole),
        "batch_bare_per_s": 1 / statistics.median(spent.seconds for spent in bare),
        "batch_cpu_ms": statistics.median(spent.cpu_ms for spent in whole),
        "batch_bare_cpu_ms": statistics.median(spent.cpu_ms for spent in bare),
    }


class _Spent(NamedTuple):
    """On a picture: seconds that went by, milliseconds of all cores."""

    seconds: float
    cpu_ms: float


def _spent(work: Callable[[], object], count: int) -> _Spent:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return _Spent(seconds / count, cpu / count * 1e3)


def _requests(
    first: GenerationRequest, seeds: Iterator[int], count: int
) -> list[GenerationRequest]:
    return [replace(first, seed=next(seeds), prompt=WORDS[i % len(WORDS)]) for i in range(count)]


def _bare(engine: Engine, requests: list[GenerationRequest]) -> None:
    for request in requests:
        for _ in engine.run(request, wanted=("final",)):
            pass


def _batch(engine: Engine, model: str, seeds: Iterator[int], count: int, folder: Path) -> None:
    lines = [
        json.dumps({"prompt": WORDS[i % len(WORDS)], "seed": next(seeds)}) for i in range(count)
    ]
    jobs = folder / "jobs.jsonl"
    write_text_atomic(jobs, "\n".join(lines) + "\n")
    batch = Batch(jobs, Options(model=model), into=folder, sheet=folder / "sheet.jpg")
    course = run(batch, LocalPool(lambda: engine))
    assert course.counts == {"done": count}
