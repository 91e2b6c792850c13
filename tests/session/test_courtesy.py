"""The engine's thread steps back while the pen is down, and comes back where it may."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from studio_app.session import courtesy
from studio_app.session.courtesy import NICENESS, Courtesy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities on Linux")


@pytest.fixture(autouse=True)
def few_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "cores", lambda: 2)


def nice(thread: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, thread)


def in_a_thread(action: Callable[[], Any]) -> Any:
    """A thread's priority can't always be taken back: each test has its own."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(action()))
    thread.start()
    thread.join()
    return found[0]


def test_only_this_thread_steps_back():
    main = nice(os.getpid())

    def step_back() -> tuple[int, int]:
        own = threading.get_native_id()
        before = nice(own)
        Courtesy().step_back(True)
        return before, nice(own)

    before, after = in_a_thread(step_back)
    assert after == min(before + NICENESS, 19)
    assert nice(os.getpid()) == main


def test_threads_that_carry_its_name_step_back_with_it():
    """Those of OpenMP do: they are made by the thread that they work for."""

    def name(text: bytes) -> None:
        with open(f"/proc/self/task/{threading.get_native_id()}/comm", "wb") as file:
            file.write(text)

    def step_back() -> list[int]:
        name(b"underpaint-test")
        seen, there, done = [], threading.Event(), threading.Event()

        def work() -> None:
            seen.append(threading.get_native_id())
            there.set()
            done.wait(20)

        helper = threading.Thread(target=work)
        helper.start()
        there.wait(20)
        Courtesy().step_back(True)
        levels = [nice(seen[0]), nice(threading.get_native_id())]
        done.set()
        helper.join()
        return levels

    levels = in_a_thread(step_back)
    assert levels[0] == levels[1]


def test_it_comes_back_where_it_may(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []
    monkeypatch.setattr(os, "setpriority", lambda which, thread, level: asked.append(level))

    def step() -> int:
        made = Courtesy()
        for back in (True, True, False, False, True):
            made.step_back(back)
        return nice(threading.get_native_id())

    usual = in_a_thread(step)
    behind = min(usual + NICENESS, 19)
    assert asked == [behind, usual, behind]


def test_where_it_may_not_it_stays_and_asks_no_more(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []

    def refused(which: int, thread: int, level: int) -> None:
        asked.append(level)
        if len(asked) > 1:
            raise PermissionError("RLIMIT_NICE")

    monkeypatch.setattr(os, "setpriority", refused)

    def step() -> None:
        made = Courtesy()
        for back in (True, False, True, False):
            made.step_back(back)

    in_a_thread(step)
    assert len(asked) == 2


def may_be_a_batch() -> bool:
    """A sandbox may forbid it, and whoever runs the tests may have chosen another policy."""

    def tried() -> bool:
        try:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        except PermissionError:
            return False
        return True

    plain = sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_OTHER
    return plain and in_a_thread(tried)


@pytest.mark.skipif(not may_be_a_batch(), reason="no thread of this process may be a batch")
def test_behind_the_window_it_works_as_a_batch_and_comes_back_from_that_wherever_it_is(
    monkeypatch: pytest.MonkeyPatch,
):
    def refused(which: int, thread: int, level: int) -> None:
        raise PermissionError("RLIMIT_NICE")

    def step(*, may: bool) -> list[int]:
        made, seen = Courtesy(), []
        for back in (True, False):
            if not (back or may):
                monkeypatch.setattr(os, "setpriority", refused)
            made.step_back(back)
            seen.append(os.sched_getscheduler(threading.get_native_id()))
        return seen

    for may in (True, False):
        assert in_a_thread(lambda may=may: step(may=may)) == [os.SCHED_BATCH, os.SCHED_OTHER]
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_with_many_cores_nobody_steps_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(courtesy, "cores", lambda: 16)
    monkeypatch.setattr(os, "setpriority", lambda *_: pytest.fail("nobody waits for anybody"))
    in_a_thread(lambda: Courtesy().step_back(True))


def test_a_model_is_loaded_beside_the_window_and_the_pen_followed_behind_it(
    qtbot: Any, make_studio: Any, engine: Any, monkeypatch: pytest.MonkeyPatch
):
    steps: list[bool] = []
    monkeypatch.setattr(Courtesy, "step_back", lambda self, nice: steps.append(nice))
    studio = make_studio()
    assert steps == [False]
    with qtbot.waitSignal(studio.run_finished):
        studio.set_setting("prompt", "a red potion")
    assert steps[-1] is False
    studio.mailbox.take()
    with qtbot.waitSignal(studio.run_finished):
        studio.begin_stroke("depth", *_pen(10))
        with qtbot.waitSignal(studio.frame_arrived):
            studio.stroke_to(_pen(30)[1])
        studio.end_stroke()
    assert True in steps and steps[-1] is False


def _pen(x: int) -> tuple[Any, Any]:
    from studio_app.document.brushes import Brush
    from studio_app.document.strokes import Sample

    return Brush(size=12), Sample(x, x)
