"""Awaiting signals in Qt's own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import qasync
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from studio_app.session.awaiting import heard, turns


class Speaker(QObject):
    one = Signal(str)
    two = Signal()


def run(qapp: QApplication, flow: Coroutine[Any, Any, Any]) -> Any:
    last = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)
    try:
        with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(qapp)) as runner:
            return runner.run(flow)
    finally:
        qapp.setQuitOnLastWindowClosed(last)


def test_the_first_of_some_signals_is_heard(qapp: QApplication):
    speaker = Speaker()
    QTimer.singleShot(5, speaker.two.emit)
    assert run(qapp, heard(speaker.one, speaker.two)) == 1
    QTimer.singleShot(5, lambda: speaker.one.emit("and what it says"))
    assert run(qapp, heard(speaker.one, speaker.two)) == 0
    assert speaker.receivers("2one(QString)") == 0  # nobody listens any longer


def test_one_may_stop_waiting(qapp: QApplication):
    speaker = Speaker()

    async def impatient() -> bool:
        waiting = asyncio.get_running_loop().create_task(heard(speaker.one))
        await turns(2)
        waiting.cancel()
        try:
            await waiting
        except asyncio.CancelledError:
            return True
        return False

    assert run(qapp, impatient())
    assert speaker.receivers("2one(QString)") == 0


def test_the_window_lives_while_a_flow_waits(qapp: QApplication):
    seen: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: seen.append(1))
    timer.start(1)

    async def wait() -> None:
        while len(seen) < 5:
            await turns(1)

    run(qapp, wait())
    timer.stop()
    assert len(seen) >= 5
