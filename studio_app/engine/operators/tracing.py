"""A pass as one call on a CPU: a trace.

A trace (TorchScript) runs the very same operations in the same order, bit for bit, and leaves the interpreter alone
meanwhile. Python between the operations costs a small network a third of its time beside a window that needs Python
too.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor, nn

from studio_app.engine.operators.one_call import Call, Tensors

SETTLING = 2
"""Calls in which TorchScript watches, then rearranges; they are slow, so nobody waits for them."""


def traced(network: nn.Module, call: Call, tensors: Tensors) -> Call:
    """The maker. The last of the settling calls is the caller's, who compares it."""
    given = tuple(tensor for tensor in tensors if tensor is not None)
    module = _Bound(network, call, [tensor is not None for tensor in tensors])
    with warnings.catch_warnings():
        # It is deprecated in favour of compilers that an artist's machine doesn't have, and it warns of branches on
        # shapes, which are part of the key here.
        warnings.simplefilter("ignore")
        trace: Any = torch.jit.trace(module.eval(), given, check_trace=False)
        for _ in range(SETTLING - 1):
            trace(*given)
    return trace


class _Bound(nn.Module):
    """What `torch.jit.trace` wants: a module that knows whose weights these are."""

    def __init__(self, network: nn.Module, call: Call, given: list[bool]) -> None:
        super().__init__()
        self.network = network
        self._function = call
        self._given = given

    def forward(self, *given: Tensor) -> Any:
        rest = iter(given)
        return self._function(*(next(rest) if there else None for there in self._given))
