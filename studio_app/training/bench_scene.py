"""`underpaint bench scene`: how fast solids are cast, and how many training pictures a second are rendered."""

from __future__ import annotations

import os
import statistics
import time

import numpy as np
import torch

from studio_app.scene import bench as casting
from studio_app.training.processes import results
from studio_app.training.world.compose import sample_spec
from studio_app.training.world.samples import make_samples


def _render_some(first: int, count: int) -> tuple[float, float]:
    """Renders in one process on one thread; returns when it began and ended (wall clock, after a warm-up)."""
    torch.set_num_threads(1)
    specs = [sample_spec(np.random.default_rng([99, first + i])) for i in range(count + 1)]
    make_samples(specs[:1], 256, 1.5, "cpu")
    begin = time.time()
    for spec in specs[1:]:
        make_samples([spec], 256, 1.5, "cpu")
    return begin, time.time()


def _cpu_per_s(count: int) -> float:
    workers = os.cpu_count() or 1
    jobs = [(first, count) for first in range(0, workers * count, count)]
    spans = list(results(_render_some, jobs, workers))
    return workers * count / (max(e for _, e in spans) - min(b for b, _ in spans))


def _cuda_per_s(batch: int, rounds: int) -> float:
    rates: list[float] = []
    for k in range(rounds + 1):
        specs = [sample_spec(np.random.default_rng([98, k, i])) for i in range(batch)]
        torch.cuda.synchronize()
        begin = time.perf_counter()
        make_samples(specs, 256, 1.5, "cuda")
        torch.cuda.synchronize()
        rates.append(batch / (time.perf_counter() - begin))
    return statistics.median(rates[1:])


def measure(count: int = 32) -> dict[str, float]:
    """cast_numpy_256_ms, train_render_cpu_per_s and, where there is a CUDA device, train_render_cuda_per_s."""
    figures = dict(casting.measure())
    figures["train_render_cpu_per_s"] = _cpu_per_s(count)
    if torch.cuda.is_available():
        figures["train_render_cuda_per_s"] = _cuda_per_s(256, 5)
    return figures
