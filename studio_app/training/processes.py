"""Processes that work beside this one, and end when it ends.

Those of a pool wait for work until they are told to stop. Whoever is killed tells nobody: they would go on rendering,
and then wait for ever, with the memory that they hold.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, TypeVar

R = TypeVar("R")


def pool(workers: int) -> ProcessPoolExecutor:
    """Spawned, not forked: torch's thread pool does not survive a fork."""
    context = get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)


def results(
    function: Callable[..., R], jobs: Iterable[tuple[Any, ...]], workers: int
) -> Iterator[R]:
    """What `function` makes of each job's arguments, in the order in which they are done. Where one fails, or nobody
    takes any more, those that nobody has begun are left."""
    with pool(workers) as processes:
        futures = [processes.submit(function, *job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            processes.shutdown(wait=False, cancel_futures=True)
            raise


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
