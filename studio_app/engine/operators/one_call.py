"""A network's forward pass as one call: the same operations, with no Python between them.

Eager, a step of a small U-Net is some eight hundred calls from Python. Beside a window that needs Python too, each of
them may wait for the interpreter, and a graphics card waits for each: what the card does in one of them takes it less
time than the call. How a pass becomes one call is the device's matter, a *maker*: a CPU's is a trace (`tracing.py`), a
CUDA card's a graph of what it was told (`capturing.py`). It holds for one combination of shapes, and costs about half a
second to make: so the eager pass goes on until a combination has proved common and nothing else is to be done (`tune`).
What was made is compared with the eager pass, once; where a bit of it differs, or it can't be made, the eager pass
stays.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)

Call = Callable[..., Any]
"""Tensors in; a tensor or a tuple of tensors out."""
Tensors = Sequence[Tensor | None]
Maker = Callable[[torch.nn.Module, Call, Tensors], Call]
"""(network, its pass, example tensors) -> one call, which is given the tensors that are none left out. It may raise
whatever its libraries do. Called under inference mode."""
Key = tuple[Any, ...]

COMMON = 4
"""Eager passes of a combination after which it is worth one call: as many as the first picture has steps."""
KEPT = 6
"""Per network: sizes, with and without guidance in two halves, with and without a drawing."""


class OneCall:
    """`call(*tensors)`, tensors in, a tensor or a tuple of them out; None among the tensors stays None.

    network: whose forward `call` is. maker: None where the device has none. Use it under inference mode only, and not
    while the network is patched (circular padding). Belongs to one thread.
    """

    def __init__(self, network: torch.nn.Module, call: Call, maker: Maker | None) -> None:
        self.made = 0
        self.refused = ""
        """Why the last one could not be made, in a line."""
        self._done: set[Key] = set()
        self._network = network
        self._call = call
        self._maker = maker
        self._known: OrderedDict[Key, Call | None] = OrderedDict()
        self._seen: Counter[Key] = Counter()
        self._examples: dict[Key, tuple[Tensor | None, ...]] = {}

    def __call__(self, *tensors: Tensor | None) -> Any:
        at_once = maker_at_once()
        if self._maker is None and at_once is None and not self._known:
            return self._call(*tensors)
        key = _key(tensors)
        if at_once is not None and key not in self._done:
            self._done.add(key)
            self._known[key] = self._make(at_once, tensors, exact=False)
        made = self._known.get(key)
        if made is not None:
            self._known.move_to_end(key)
            return made(*(tensor for tensor in tensors if tensor is not None))
        if key not in self._known and self._maker is not None:
            self._seen[key] += 1
            if self._seen[key] >= COMMON:
                self._examples[key] = tensors
        return self._call(*tensors)

    def tune(self, cancelled: Callable[[], bool]) -> bool:
        """Makes one call of a combination that has proved common; whether there was one. Cancelled, it is still to be
        done."""
        if self._maker is None or not self._examples:
            return False
        key, tensors = self._examples.popitem()
        try:
            with _watched(self._network, cancelled):
                self._known[key] = self._make(self._maker, tensors)
        except _CancelledError:
            self._examples[key] = tensors
        while len(self._known) > KEPT:
            gone, _ = self._known.popitem(last=False)
            self._seen.pop(gone, None)
        return True

    def forget(self) -> None:
        """What was made at once is not used any more."""
        for key in self._done:
            self._known.pop(key, None)
        self._done.clear()
        self.refused = ""

    def _make(self, maker: Maker, tensors: Tensors, *, exact: bool = True) -> Call | None:
        """exact: whether it has to be the same bits; else the maker compares."""
        given = tuple(tensor for tensor in tensors if tensor is not None)
        try:
            with torch.inference_mode():
                made = maker(self._network, self._call, tensors)
                same = not exact or _equal(made(*given), self._call(*tensors))
        except _CancelledError:
            raise
        except Exception as error:  # whatever its libraries do not know: the eager pass does
            self.refuse(error)
            return None
        if not same:
            log.warning("%s as one call differs; not used", self._name)
            return None
        self.made += 1
        return made

    def refuse(self, error: Exception) -> None:
        """Says why it stays as it is."""
        self.refused = f"{self._name}: {error}".partition("\n")[0][:200]
        log.info("%s is not one call: %s", self._name, error)

    @property
    def _name(self) -> str:
        return type(self._network).__name__


@contextmanager
def made_at_once(maker: Maker) -> Iterator[None]:
    """Within the block every pass becomes one call by this maker as soon as it runs. What it gives need not be the same
    bits: it compares by itself."""
    token = _AT_ONCE.set(maker)
    try:
        yield
    finally:
        _AT_ONCE.reset(token)


def maker_at_once() -> Maker | None:
    """That of the block around, if there is one."""
    return _AT_ONCE.get()


_AT_ONCE: ContextVar[Maker | None] = ContextVar("maker", default=None)


class _CancelledError(Exception):
    """Somebody waits for a picture."""


@contextmanager
def _watched(network: torch.nn.Module, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Within the block a pass of `network` ends at its next layer when it is cancelled."""

    def look(*_: object) -> None:
        if cancelled():
            raise _CancelledError

    hooks = [module.register_forward_pre_hook(look) for module in network.modules()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    return len(a) == len(b) and all(map(torch.equal, a, b))


def _key(tensors: tuple[Tensor | None, ...]) -> Key:
    return tuple(
        None if tensor is None else (tuple(tensor.shape), tensor.stride(), tensor.dtype)
        for tensor in tensors
    )
