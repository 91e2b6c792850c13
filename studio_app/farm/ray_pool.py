"""Painting on the machines of a Ray cluster, or on this one as if it were one.

One actor a device: it holds an engine, and with it the model, and paints one task after another; what it made comes
back as a value, and the files are written here. A worker that is lost (killed, out of memory, its machine gone) is
replaced, and what it was about to paint is painted again. An actor computes with as many threads as this process does,
so that the same job has the same bits wherever the machines are of one kind.
Ray carries its values as pickles: a cluster is as trusted as the people who can reach it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from studio_app import __version__
from studio_app.core.errors import StudioError
from studio_app.farm.orders import Order
from studio_app.farm.painting import Made, Task
from studio_app.farm.pools import painted

log = logging.getLogger(__name__)

Key = TypeVar("Key")

LOCAL = "local"
TRIES = 3
"""How many workers a job may cost before it is the job's own fault."""
QUEUED = 2
"""Tasks a worker: one that it paints, one that is on its way."""
STORE_BYTES = 512 << 20
KNOCK_S = 10.0
"""How long a cluster may take to answer the door."""
_LOOK_S = 1.0


@dataclass(frozen=True)
class Hello:
    """What a worker says of itself. device: in words. node: the address of its machine."""

    version: str
    device: str
    threads: int
    pid: int
    node: str


class Painter:
    """What an actor is. Its environment is set before torch is loaded."""

    def __init__(self, threads: int, environment: dict[str, str], compiling: bool = False) -> None:
        os.environ.update(environment)
        os.environ["OMP_NUM_THREADS"] = str(threads)
        from studio_app.engine.factory import make_engine, use_threads

        use_threads(threads)
        self._engine = make_engine(compiling=compiling)
        self._threads = threads

    def hello(self) -> Hello:
        ray = _ray()
        node = ray.util.get_node_ip_address()
        return Hello(__version__, self._engine.device_name, self._threads, os.getpid(), node)

    def paint(self, task: Task) -> Made | StudioError:
        return painted(self._engine, task)


@dataclass(eq=False)
class _Worker:
    """actor: its handle. sent: what it was given and has not answered, the oldest first."""

    actor: Any
    sent: deque[_Sent[Any]] = field(default_factory=deque["_Sent[Any]"])


@dataclass(eq=False)
class _Sent(Generic[Key]):
    key: Key
    order: Order
    lost: int = 0
    ref: Any = None


class RayPool:
    """Workers of a cluster. Made, all that its machines have room for are starting."""

    def __init__(
        self, address: str = LOCAL, workers: int | None = None, *, compiling: bool = False
    ) -> None:
        """address: "local", "auto" (one that runs on this machine), "HOST:PORT" or "ray://HOST:PORT". workers: so many,
        else one a graphics card, or where there is none as many as have their threads to themselves. compiling: as of
        the engine.

        StudioError where Ray is not installed, there is no such cluster, or its workers can't start.
        """
        if importlib.util.find_spec("ray") is None:
            raise StudioError(
                "Ray is not installed",
                "--ray paints with it",
                "pip install 'underpaint[ray]'",
            )
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing leaves the machine unasked
        if address == LOCAL:
            # It listens on every network of this machine, and runs what it is sent: nobody else knows the word.
            os.environ.setdefault("RAY_AUTH_MODE", "token")
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        from studio_app.engine.factory import threads

        self._threads, self._compiling = threads(), compiling
        _connect(address, workers)
        try:
            self._workers = [_Worker(self._start()) for _ in range(self._room(workers))]
            self._greet()
        except BaseException:
            self.close()
            raise
        self.writers = max(1, min(4, len(self._workers)))

    @property
    def size(self) -> int:
        return len(self._workers)

    def paint(
        self, orders: Iterator[tuple[Key, Order]], count: int
    ) -> Iterator[tuple[Key, Order, Made | StudioError]]:
        """See `Pool`."""
        ray = _ray()
        again: deque[_Sent[Key]] = deque()
        while True:
            self._fill(orders, again)
            pending = {sent.ref: worker for worker in self._workers for sent in worker.sent}
            if not pending:
                return
            ready, _ = ray.wait(list(pending), num_returns=1, timeout=_LOOK_S)
            for ref in ready:
                worker = pending[ref]
                sent = next((one for one in worker.sent if one.ref is ref), None)
                if sent is None:
                    continue  # it went with its worker
                try:
                    made = _got(sent)
                except _LostError as lost:
                    yield from self._replace(worker, again, lost)
                else:
                    worker.sent.remove(sent)
                    yield sent.key, sent.order, made

    def close(self) -> None:
        """Ends the workers; a local Ray goes with them."""
        ray = _ray()
        ray.shutdown()

    def _fill(self, orders: Iterator[tuple[Key, Order]], again: deque[_Sent[Key]]) -> None:
        """Gives every worker something to do; those with the least first."""
        for depth in range(QUEUED):
            for worker in self._workers:
                if len(worker.sent) > depth:
                    continue
                if again:
                    sent = again.popleft()
                else:
                    item = next(orders, None)
                    if item is None:
                        continue  # others may still come back
                    sent = _Sent(*item)
                sent.ref = worker.actor.paint.remote(sent.order.task)
                worker.sent.append(sent)

    def _replace(
        self, worker: _Worker, again: deque[_Sent[Key]], lost: _LostError
    ) -> Iterator[tuple[Key, Order, Made | StudioError]]:
        """A new worker for one that is gone. What it had finished counts; the first of the rest is suspected."""
        log.warning("a worker was lost (%s): its jobs are done again", lost)
        unfinished: list[_Sent[Key]] = []
        for sent in worker.sent:
            try:
                yield sent.key, sent.order, _got(sent, wait=False)
            except _LostError:
                unfinished.append(sent)
        worker.sent.clear()
        worker.actor = self._start()
        if unfinished:
            unfinished[0].lost += 1
            if unfinished[0].lost >= TRIES:
                sent = unfinished.pop(0)
                reason = f"its worker was lost {TRIES} times"
                yield sent.key, sent.order, StudioError("It could not be made", f"{reason}: {lost}")
        again.extend(unfinished)

    def _start(self) -> Any:
        ray = _ray()
        environment = {
            name: os.environ[name]
            for name in ("UNDERPAINT_DEVICE", "HF_HUB_OFFLINE", "TOKENIZERS_PARALLELISM")
            if name in os.environ
        }
        actor: Any = ray.remote(max_restarts=0)(Painter)
        options = {"num_gpus": 1} if self._has_gpus() else {"num_cpus": self._cpus}
        return actor.options(**options).remote(self._threads, environment, self._compiling)

    def _room(self, workers: int | None) -> int:
        """How many workers there will be; what each takes of a machine without graphics cards is settled with it."""
        ray = _ray()
        cores = ray.cluster_resources().get("CPU", 1.0)
        if self._has_gpus():
            return workers or int(ray.cluster_resources()["GPU"])
        count = workers or max(1, int(cores // self._threads))
        share = min(float(self._threads), cores / count)
        self._cpus = float(int(share)) if share >= 1 else share
        return count

    _cpus = 1.0

    def _has_gpus(self) -> bool:
        ray = _ray()
        return ray.cluster_resources().get("GPU", 0) >= 1

    def _greet(self) -> None:
        """Waits for the first worker. StudioError where it can't work with us."""
        ray = _ray()
        try:
            refs = [worker.actor.hello.remote() for worker in self._workers]
            ready, _ = ray.wait(refs, num_returns=1)
            hello: Hello = ray.get(ready[0])
        except ray.exceptions.RayError as error:
            raise StudioError(
                "The workers can't start",
                _short(error),
                "Install this version of Underpaint on every machine of the cluster.",
            ) from None
        if hello.version != __version__:
            raise StudioError(
                "The cluster has another version of Underpaint",
                f"{hello.version} on {hello.node}, {__version__} here",
                "Install the same everywhere.",
            )


class _LostError(Exception):
    """A worker is gone, or what it made."""


def _got(sent: _Sent[Any], *, wait: bool = True) -> Made | StudioError:
    """What a worker answered. _LostError where it never will."""
    ray = _ray()
    try:
        return ray.get(sent.ref, timeout=None if wait else 0)
    except ray.exceptions.RayError as error:
        raise _LostError(_short(error)) from None


def _ray() -> Any:
    """The library, which says little of its types. It takes a second."""
    import ray

    return ray


def _connect(address: str, workers: int | None) -> None:
    ray = _ray()
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address == LOCAL:
            cores = max(os.cpu_count() or 1, workers or 1)
            store = {"include_dashboard": False, "object_store_memory": STORE_BYTES}
            ray.init(num_cpus=cores, **store, **quiet)
        else:
            _knock(address)
            ray.init(address, **quiet)
    except (ValueError, RuntimeError, OSError, OverflowError) as error:
        raise StudioError(
            f"No Ray cluster at {address}" if address != LOCAL else "Ray can't start",
            " ".join(str(error).split())[:300],
            "Check the address." if address != LOCAL else "Check the disk of the temporary files.",
        ) from None


def _knock(address: str) -> None:
    """OSError or TimeoutError where nobody listens: Ray itself would ask for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return

    async def reach() -> None:
        _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        writer.close()

    asyncio.run(asyncio.wait_for(reach(), KNOCK_S))


def _short(error: BaseException) -> str:
    """The last line of what Ray says, which may be a page."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]
