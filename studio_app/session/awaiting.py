"""Waiting for signals in a coroutine: for what a user starts and then waits for, never for frames.

Needs an event loop that turns Qt's (qasync); `app.py` has it. Nobody else has to wait for anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


async def heard(*signals: Any) -> int:
    """Waits for the first of these signals; returns which one it was. They are bound signals of objects that
    live in the loop's thread."""
    loop = asyncio.get_running_loop()
    first: asyncio.Future[int] = loop.create_future()

    def ear(number: int) -> Callable[[], None]:
        # Arguments of the signal are not told: who needs them connects to it.
        def hear() -> None:
            if not first.done():
                first.set_result(number)

        return hear

    ears = [ear(number) for number in range(len(signals))]
    for signal, hear in zip(signals, ears, strict=True):
        signal.connect(hear)
    try:
        return await first
    finally:
        for signal, hear in zip(signals, ears, strict=True):
            signal.disconnect(hear)


async def turns(count: int) -> None:
    """Lets the event loop go round so many times: whatever waits in it, a paint say, happens first."""
    for _ in range(count):
        await asyncio.sleep(0.001)
