"""Rings of objects that hold Qt's are taken apart in the window's thread."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from studio_app.session.collecting import Collector


class Told:
    """Says in which thread it went."""

    def __init__(self, gone: list[int]) -> None:
        self.gone = gone
        self.ring = self

    def __del__(self) -> None:
        self.gone.append(threading.get_ident())


@pytest.fixture
def collector(qtbot: Any) -> Iterator[Collector]:
    made = Collector(lambda: True)
    yield made
    made.end()
    assert gc.isenabled()


def test_a_ring_goes_in_the_window_s_thread_whoever_makes_many_objects(
    qtbot: Any, collector: Collector
):
    gone: list[int] = []

    def work() -> None:
        for _ in range(20):
            Told(gone)
        kept.extend([i] for i in range(5000))

    kept: list[list[int]] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not gone
    qtbot.waitUntil(lambda: len(gone) == 20)
    assert set(gone) == {threading.get_ident()}
