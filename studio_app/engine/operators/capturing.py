"""A pass as one call on a CUDA card: everything that it tells the card is captured as a graph, and told again at once.

A graph reads and writes the memory that it was captured with. So a call copies what it is given into tensors that stay
(one operation for all of them), has the graph replayed, and copies what came out: whoever has it may keep it. Weights
may be written into (LoRAs): they are read where they lie. What a pass reads beside its tensors and weights is as it was
when it was captured; the passes that come here read nothing else.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from studio_app.engine.operators.one_call import Call, Tensors
from studio_app.engine.operators.streams import new_stream

WARM_UP = 2
"""Passes on a stream beside, in which the libraries choose and allocate what they may not while a graph is captured."""
MOST = 1 << 30
"""Bytes that a pass may take beside its weights: its graph keeps them."""
ROOM = 1 << 30
"""Bytes of the card that have to be left then."""
WORTH = 1_000_000_000
"""Parameters of a network up to which its time goes into being told what to do, and a graph is worth its memory."""
WORTH_OF_DECODER = 20_000_000
"""Likewise of an autoencoder, which works on many more pixels."""


class Captures:
    """The maker of one network. Its graphs share their memory, since they are replayed one after the other."""

    def __init__(self, place: torch.device) -> None:
        self._place = place
        self._pool: Any = None
        self._stream: Any = None
        """Of all its captures: memory is shared between those of one stream alone. It is nobody else's, since libraries
        keep what they work in by stream, and a graph works in that of its capture."""

    def __call__(self, network: nn.Module, call: Call, tensors: Tensors) -> Call:
        """RuntimeError where the card has no room for it."""
        torch.cuda.synchronize(self._place)  # the examples may be of another stream
        given = [None if tensor is None else tensor.clone() for tensor in tensors]
        if self._stream is None:
            self._stream = new_stream(self._place)
        stream, here = self._stream, torch.cuda.current_stream(self._place)
        torch.cuda.reset_peak_memory_stats(self._place)
        before = torch.cuda.memory_allocated(self._place)
        stream.wait_stream(here)
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP - 1):
                call(*given)
            with _without_waiting():
                call(*given)
        here.wait_stream(stream)
        torch.cuda.synchronize(self._place)
        self._check_room(torch.cuda.max_memory_allocated(self._place) - before)
        # One is kept once a graph lies in it: where the first capture fails, torch lets go of it by and by.
        pool = self._pool or torch.cuda.graph_pool_handle()
        graph = torch.cuda.CUDAGraph()
        # The outer block brings back this stream where a capture fails, which the inner one then does not; other
        # threads may use the card meanwhile, and know nothing of it.
        with (
            torch.cuda.stream(here),
            torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local"),
        ):
            made = call(*given)
        self._pool = pool
        return _Replayed(graph, [tensor for tensor in given if tensor is not None], made)

    def _check_room(self, needed: int) -> None:
        torch.cuda.empty_cache()
        free, _ = torch.cuda.mem_get_info(self._place)
        if needed > MOST or needed + ROOM > free:
            raise RuntimeError(f"its graph would keep {needed >> 20} MiB of {free >> 20}")


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Within the block a pass that makes the host wait for the card fails. In a capture it would too, and torch's
    allocator would then give no memory back any more."""
    before = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it does not find all of them
        torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


class _Replayed:
    def __init__(self, graph: Any, given: Sequence[Tensor], made: Any) -> None:
        self._graph = graph
        self._given = list(given)
        self._made = made

    def __call__(self, *tensors: Tensor) -> Any:
        torch._foreach_copy_(self._given, list(tensors))
        self._graph.replay()
        if isinstance(self._made, Tensor):
            return self._made.clone()
        return tuple(tensor.clone() for tensor in self._made)
