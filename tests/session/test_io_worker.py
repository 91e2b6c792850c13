"""The threads that wait for disks: in order, none lost, and none that holds up the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.session.io_worker import IoWorker


@pytest.fixture
def worker(qtbot: Any) -> Iterator[IoWorker]:
    made = IoWorker("underpaint-test")
    made.start()
    yield made
    made.finish()
    assert made.wait(20_000)


def test_jobs_run_in_order_there_and_answers_come_here(qtbot: Any, worker: IoWorker):
    here, there, answers = threading.get_ident(), [], []
    for number in range(5):

        def job(number: int = number) -> int:
            there.append(threading.get_ident())
            return number

        worker.submit(job, lambda n: answers.append((n, threading.get_ident())))
    qtbot.waitUntil(lambda: len(answers) == 5)
    assert answers == [(number, here) for number in range(5)]
    assert set(there) != {here} and len(set(there)) == 1


def test_a_failure_is_told_and_the_next_job_runs(qtbot: Any, worker: IoWorker, caplog: Any):
    told: list[StudioError] = []

    def broken() -> None:
        raise StudioError("The disk is full")

    def fault() -> None:
        raise ZeroDivisionError("ours")

    worker.submit(broken, None, told.append)
    worker.submit(fault, None, told.append)
    done: list[int] = []
    worker.submit(lambda: 7, done.append)
    qtbot.waitUntil(lambda: done == [7])
    assert [error.title for error in told] == [
        "The disk is full",
        "Something went wrong in the background",
    ]
    assert "ZeroDivisionError" in told[1].detail


def test_what_waits_is_done_before_the_end(qtbot: Any):
    worker = IoWorker("underpaint-test")
    worker.start()
    answer, done = threading.Event(), []
    worker.submit(answer.wait)
    for number in range(3):
        worker.submit(lambda n=number: done.append(n))
    worker.finish()
    answer.set()
    assert worker.wait(20_000)
    assert done == [0, 1, 2]


def test_what_waits_can_be_dropped(qtbot: Any):
    worker = IoWorker("underpaint-test")
    worker.start()
    begun, answer, done = threading.Event(), threading.Event(), []

    def hang() -> None:
        begun.set()
        answer.wait()

    worker.submit(hang, done.append)
    worker.submit(lambda: done.append("never"))
    assert begun.wait(20)
    worker.finish(drop=True)
    answer.set()
    assert worker.wait(20_000)
    qtbot.waitUntil(worker.isFinished)
    assert done == []
