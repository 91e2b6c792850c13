"""The runs of a session: kept by the hundred, within a count and a number of bytes, named by their ids."""

from __future__ import annotations

import numpy as np

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.results import RunRecord, StepRecord
from studio_app.session.runs import RunStore

DEPTH = Control("depth", np.ones((64, 64), np.float32))


def run(number: int, controls: tuple[Control, ...] = ()) -> RunRecord:
    request = GenerationRequest("an owl", seed=number, width=64, height=64, controls=controls)
    latent = np.full((4, 8, 8), number, np.float16)
    pixels = np.full((32, 32, 4), number, np.uint8)
    step = StepRecord(0, 999, 0.1, latent, latent.copy(), pixels, pixels.copy())
    return RunRecord(number, request, (step,), None, 0.1)


def test_the_oldest_go_beyond_the_count():
    store = RunStore(max_runs=3)
    runs = [run(number) for number in range(1, 6)]
    for record in runs:
        store.add(record)
    assert list(store) == runs[2:]
    assert store.get(runs[0].id) is None
    assert store.get(runs[4].id) is runs[4]
    assert store.next_number == 6


def test_the_oldest_go_beyond_the_bytes_but_never_the_newest():
    one = run(1)
    store = RunStore(max_bytes=1)
    store.add(one)
    store.add(run(2))
    assert [record.number for record in store] == [2]
    assert store.bytes > 1


def test_a_drawing_that_runs_share_counts_once():
    store = RunStore()
    store.add(run(1, (DEPTH,)))
    first = store.bytes
    store.add(run(2, (DEPTH,)))
    assert store.bytes - first == first - DEPTH.pixels.nbytes


def test_ids_are_no_numbers():
    """Two runs may have had the same number in two sessions; they are two runs."""
    store = RunStore()
    one, two = run(1), run(1)
    store.add(one)
    store.add(two)
    assert list(store) == [one, two]
    store.clear()
    assert len(store) == 0 and store.bytes == 0
