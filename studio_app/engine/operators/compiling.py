"""A pass as one call, compiled (torch.compile): quicker than a graph, since operations are joined; it takes minutes,
needs a compiler on the machine, and rounds otherwise than the plain pass. So only who asks for it has it, and is told
while it is done.

A U-Net and an autoencoder are compiled as a whole, for one size (`compiled`). A transformer is a few kinds of blocks
many times over, whose sequences are as long as the picture is large and the words are many: of it the blocks are
compiled, one code for all of a kind and for every length (`InBlocks`), which takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from studio_app.engine.operators.kept import keeps
from studio_app.engine.operators.one_call import Call, OneCall, Tensors, maker_at_once

BACKEND = "inductor"
NEAR = 0.05
"""Of the largest number of a result: how far a compiled one may be from it, and would not be if it were right."""


def compiled(network: nn.Module, call: Call, tensors: Tensors) -> Call:
    """The maker. RuntimeError where what it gives is not what the pass gives, or the network multiplies its weights
    out at every use."""
    _check_whole(network)
    made: Any = torch.compile(call, backend=BACKEND, dynamic=False)
    there = [tensor is not None for tensor in tensors]

    def run(*given: Tensor) -> Any:
        rest = iter(given)
        return made(*(next(rest) if each else None for each in there))

    given = [tensor for tensor in tensors if tensor is not None]
    _check_near(run(*given), call(*tensors))
    return run


class InBlocks(OneCall):
    """The pass of a transformer, of which the blocks are compiled. It may be given None, and what is no tensor.

    Where something changes that the code does not know (a batch of two for one), a block runs as ever, unless it is to
    be made at once."""

    def __init__(self, network: nn.Module, call: Call) -> None:
        super().__init__(network, call, None)
        self._whole = network
        self._blocks = blocks_of(network)
        self._code: dict[type, Any] = {}

    def __call__(self, *given: Any) -> Any:
        if maker_at_once() is not None:
            return self._compared(given)
        if not self._code:
            return self._call(*given)
        with torch.compiler.set_stance("eager_on_recompile"), self._compiled():
            return self._call(*given)

    def forget(self) -> None:
        super().forget()
        self._code = {}

    def _compared(self, given: Sequence[Any]) -> Any:
        """What the plain pass gives; then it is compiled, where that gives the same."""
        plain = self._call(*given)
        if self.refused:
            return plain
        try:
            _check_whole(self._whole)
            kinds = {type(block) for block in self._blocks}
            self._code = self._code or {
                kind: torch.compile(kind.forward, backend=BACKEND, dynamic=True) for kind in kinds
            }
            with self._compiled():
                _check_near(self._call(*given), plain)
        except Exception as error:
            self._code = {}
            self.refuse(error)
        else:
            self.made = 1
        return plain

    @contextmanager
    def _compiled(self) -> Iterator[None]:
        for block in self._blocks:
            block.forward = partial(self._code[type(block)], block)
        try:
            yield
        finally:
            for block in self._blocks:
                del block.forward  # that of its class shows again


def blocks_of(network: nn.Module) -> list[nn.Module]:
    """Of a transformer, in order: the layers that its lists hold."""
    lists = [part for part in network.children() if isinstance(part, nn.ModuleList)]
    return [block for part in lists for block in part]


def _check_whole(network: nn.Module) -> None:
    if keeps(network):
        raise RuntimeError("its weights stay as small as they are written")


def _check_near(made: Any, plain: Any) -> None:
    """RuntimeError where they are not the same numbers."""
    for a, b in zip(_leaves(made), _leaves(plain), strict=True):
        far, most = (a.float() - b.float()).abs().max(), b.float().abs().max()
        if not bool(far <= NEAR * most):
            raise RuntimeError("what was compiled gives other numbers")


def _leaves(made: Any) -> tuple[Tensor, ...]:
    return (made,) if isinstance(made, Tensor) else tuple(made)
