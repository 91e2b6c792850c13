"""A pass as one call, compiled (torch.compile): quicker than a graph, since operations are joined; it takes minutes,
needs a compiler on the machine, and rounds otherwise than the plain pass. So only who asks for it has it, and is told
while it is done.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio_app.engine.operators.kept import keeps
from studio_app.engine.operators.one_call import Call, Tensors

BACKEND = "inductor"
NEAR = 0.05
"""Of the largest number of a result: how far a compiled one may be from it, and would not be if it were right."""


def compiled(network: nn.Module, call: Call, tensors: Tensors) -> Call:
    """The maker. RuntimeError where what it gives is not what the pass gives, or the network multiplies its weights
    out at every use."""
    if keeps(network):
        raise RuntimeError("its weights stay as small as they are written")
    made: Any = torch.compile(call, backend=BACKEND, dynamic=False)
    there = [tensor is not None for tensor in tensors]

    def run(*given: Tensor) -> Any:
        rest = iter(given)
        return made(*(next(rest) if each else None for each in there))

    given = [tensor for tensor in tensors if tensor is not None]
    for a, b in zip(_leaves(run(*given)), _leaves(call(*tensors)), strict=True):
        far, most = (a.float() - b.float()).abs().max(), b.float().abs().max()
        if not bool(far <= NEAR * most):
            raise RuntimeError("what was compiled gives other numbers")
    return run


def _leaves(made: Any) -> tuple[Tensor, ...]:
    return (made,) if isinstance(made, Tensor) else tuple(made)
