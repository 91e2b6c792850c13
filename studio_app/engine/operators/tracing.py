"""A network's forward pass as one call: the same operations, with no Python between them.

Eager, a step of the U-Net is some eight hundred calls from Python. Beside a window that needs Python too, each
of them may wait for the interpreter; together they cost a small network a third of its time. A trace
(TorchScript) runs the very same operations in the same order, bit for bit, and leaves the interpreter alone
meanwhile. It holds for one combination of shapes, and costs about half a second to make: so the eager pass
goes on until a combination has proved common and nothing else is to be done (`tune`).
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)

Call = Callable[..., Any]
"""Tensors in; a tensor or a tuple of tensors out."""
Key = tuple[Any, ...]

COMMON = 4
"""Eager passes of a combination after which it is worth a trace: as many as the first picture has steps."""
KEPT = 6
"""Traces per network: sizes, with and without guidance in two halves, with and without a drawing."""
SETTLING = 2
"""Calls in which TorchScript watches, then rearranges; they are slow, so nobody waits for them."""


class Traced:
    """`call(*tensors)`, tensors in, a tensor or a tuple of them out; None among the tensors stays None.

    network: whose forward `call` is. Use it under inference mode only, and not while the network is patched
    (circular padding). Belongs to one thread.
    """

    def __init__(self, network: torch.nn.Module, call: Call, *, enabled: bool = True) -> None:
        self.traces = 0
        self._network = network
        self._call = call
        self._enabled = enabled
        self._known: OrderedDict[Key, Call | None] = OrderedDict()
        self._seen: Counter[Key] = Counter()
        self._examples: dict[Key, tuple[Tensor | None, ...]] = {}

    def __call__(self, *tensors: Tensor | None) -> Any:
        if not self._enabled:
            return self._call(*tensors)
        key = _key(tensors)
        trace = self._known.get(key)
        if trace is not None:
            self._known.move_to_end(key)
            return trace(*(tensor for tensor in tensors if tensor is not None))
        if key not in self._known:
            self._seen[key] += 1
            if self._seen[key] >= COMMON:
                self._examples[key] = tensors
        return self._call(*tensors)

    def tune(self, cancelled: Callable[[], bool]) -> bool:
        """Traces one combination that has proved common; whether there was one. Cancelled, it is still to be
        done."""
        if not self._examples:
            return False
        key, tensors = self._examples.popitem()
        try:
            with _watched(self._network, cancelled):
                self._known[key] = self._trace(tensors)
        except _CancelledError:
            self._examples[key] = tensors
        while len(self._known) > KEPT:
            gone, _ = self._known.popitem(last=False)
            self._seen.pop(gone, None)
        return True

    def _trace(self, tensors: tuple[Tensor | None, ...]) -> Call | None:
        given = tuple(tensor for tensor in tensors if tensor is not None)
        module = _Bound(self._network, self._call, [tensor is not None for tensor in tensors])
        try:
            with torch.inference_mode(), warnings.catch_warnings():
                # It is deprecated in favour of compilers that an artist's machine doesn't have, and it
                # warns of branches on shapes, which are part of the key here.
                warnings.simplefilter("ignore")
                trace: Any = torch.jit.trace(module.eval(), given, check_trace=False)
                expected = self._call(*tensors)
                for _ in range(SETTLING - 1):
                    trace(*given)
                same = _equal(trace(*given), expected)
        except _CancelledError:
            raise
        except Exception as error:  # whatever TorchScript does not know: the eager pass does
            log.info("%s is not traced: %s", type(self._network).__name__, error)
            return None
        if not same:
            log.warning("the trace of %s differs; not used", type(self._network).__name__)
            return None
        self.traces += 1
        return trace


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


class _Bound(torch.nn.Module):
    """What `torch.jit.trace` wants: a module that knows whose weights these are."""

    def __init__(self, network: torch.nn.Module, call: Call, given: list[bool]) -> None:
        super().__init__()
        self.network = network
        self._function = call
        self._given = given

    def forward(self, *given: Tensor) -> Any:
        rest = iter(given)
        return self._function(*(next(rest) if there else None for there in self._given))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    return len(a) == len(b) and all(map(torch.equal, a, b))


def _key(tensors: tuple[Tensor | None, ...]) -> Key:
    return tuple(
        None if tensor is None else (tuple(tensor.shape), tensor.stride(), tensor.dtype)
        for tensor in tensors
    )
