"""A graph of a CUDA card, played by a CPU: what it was told is written down, and told again on the same memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from studio_app.core.engine import never
from studio_app.engine.denoising.unets import unet_pass
from studio_app.engine.operators import capturing, streams
from studio_app.engine.operators.capturing import Captures
from studio_app.engine.operators.one_call import COMMON, OneCall
from studio_app.engine.operators.streams import new_stream
from tests.tiny.sd15 import make_unet

CPU = torch.device("cpu")


class Graph:
    """Replays operations, as a card does: with the tensors of the capture, whoever holds them."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, Any, Any, Any]] = []
        self.replays = 0

    def replay(self) -> None:
        self.replays += 1
        for func, args, kwargs, made in self.told:
            again = func(*args, **kwargs)
            for old, new in zip(tree_leaves(made), tree_leaves(again), strict=True):
                if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


class _Watch(TorchDispatchMode):
    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self._graph = graph

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self._graph.told.append((func, args, kwargs or {}, made))
        return made


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """log: what of torch.cuda was asked, in order. free: bytes of the card."""
    card = SimpleNamespace(
        log=[], graphs=[], free=8 << 30, peak=64 << 20, pools=0, pooled=[], mode=0
    )

    @contextmanager
    def graph(made: Graph, *, pool: Any, stream: Any, capture_error_mode: str) -> Iterator[None]:
        card.log.append(f"capture, pool {pool}, {capture_error_mode}")
        card.graphs.append(made)
        with _Watch(made):
            yield
        card.pooled.append(pool)

    @contextmanager
    def stream(_: Any) -> Iterator[None]:
        card.log.append("stream")
        yield

    def handle() -> int:
        card.pools += 1
        return card.pools

    def sync_mode(mode: int | str) -> None:
        card.mode = mode

    def noted(name: str) -> Any:
        return lambda *_: card.log.append(name)

    class Stream:
        def __init__(self, *_: Any) -> None:
            pass

        def wait_stream(self, _: Any) -> None:
            card.log.append("wait")

    for name, value in {
        "CUDAGraph": Graph,
        "graph": graph,
        "stream": stream,
        "Stream": Stream,
        "current_stream": Stream,
        "graph_pool_handle": handle,
        "get_sync_debug_mode": lambda: card.mode,
        "set_sync_debug_mode": sync_mode,
        "synchronize": noted("synchronize"),
        "empty_cache": noted("empty"),
        "reset_peak_memory_stats": lambda *_: None,
        "memory_allocated": lambda *_: 0,
        "max_memory_allocated": lambda *_: card.peak,
        "mem_get_info": lambda *_: (card.free, card.free),
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)
    return card


def _given(seed: int, t: float, rows: int = 1) -> tuple[Tensor | None, ...]:
    """For `unet_pass` of the tiny U-Net."""
    noise = torch.Generator().manual_seed(seed)
    x_t, words = (
        torch.randn(rows, 4, 8, 8, generator=noise),
        torch.randn(rows, 77, 32, generator=noise),
    )
    x_t = x_t.contiguous(memory_format=torch.channels_last)
    return (x_t, torch.full((rows,), t), words, None, None, None, None)


@torch.inference_mode()
def test_a_graph_gives_what_the_pass_gives_and_nobody_loses_what_he_was_given(
    card: SimpleNamespace,
):
    unet = make_unet().eval()
    plain = unet_pass(unet).run
    one = OneCall(unet, plain, Captures(CPU))
    for _ in range(COMMON):
        one(*_given(0, 500.0))
    assert not card.graphs
    assert one.tune(never) and not one.tune(never)
    assert (one.made, len(card.graphs)) == (1, 1)
    capture = next(i for i, said in enumerate(card.log) if said.startswith("capture"))
    assert card.log[0] == "synchronize"  # before the examples are copied, too
    assert card.log[:capture].count("synchronize") == 2
    first, wanted = one(*_given(1, 250.0)), plain(*_given(1, 250.0))
    assert card.graphs[0].replays == 2  # one was compared
    second = one(*_given(2, 20.0))
    assert torch.equal(first, wanted)
    assert torch.equal(second, plain(*_given(2, 20.0)))
    unet.conv_in.weight.mul_(1.5)  # as a LoRA is worn
    assert torch.equal(one(*_given(1, 250.0)), plain(*_given(1, 250.0)))
    assert not torch.equal(first, one(*_given(1, 250.0)))
    replays = card.graphs[0].replays
    one(*_given(1, 250.0, rows=2))  # another shape goes the plain way
    assert card.graphs[0].replays == replays


@torch.inference_mode()
def test_the_graphs_of_a_network_share_their_memory(card: SimpleNamespace):
    layer = torch.nn.Linear(4, 4)
    one = OneCall(layer, lambda x: (layer(x), x + 1), Captures(CPU))
    for rows in range(1, 9):
        for _ in range(COMMON):
            one(torch.ones(rows, 4))
        assert one.tune(never)
    assert card.pools == 1
    assert len(one._known) == 6
    a, b = one(torch.full((8, 4), 2.0))
    assert torch.equal(a, layer(torch.full((8, 4), 2.0))) and torch.equal(
        b, torch.full((8, 4), 3.0)
    )


@torch.inference_mode()
def test_a_pass_that_waits_for_the_card_is_never_captured(card: SimpleNamespace):
    """A capture that it breaks would leave torch's allocator giving nothing back."""
    layer, asked = torch.nn.Linear(4, 4), list[int | str]()

    def waits(x: Tensor) -> Tensor:
        asked.append(card.mode)
        if card.mode == "error":
            raise RuntimeError("called a synchronizing CUDA operation")
        return layer(x)

    one = OneCall(layer, waits, Captures(CPU))
    for _ in range(COMMON):
        one(torch.ones(1, 4))
    assert one.tune(never) and one.made == 0
    assert "synchronizing" in one.refused
    assert (card.graphs, card.mode) == ([], 0)
    assert asked == [0] * COMMON + [0, "error"]


@torch.inference_mode()
def test_a_pool_is_kept_once_a_graph_lies_in_it(card: SimpleNamespace):
    """Where the first capture fails, its pool is torch's to let go of, and can't be begun again."""
    layer = torch.nn.Linear(4, 4)

    def run(x: Tensor) -> Tensor:
        captured = bool(card.log) and card.log[-1].startswith("capture")
        if captured and len(card.graphs) in (1, 3) and len(card.graphs) == len(x):
            raise RuntimeError("stopped")
        return layer(x)

    one = OneCall(layer, run, Captures(CPU))
    for rows in (1, 2, 3, 4):
        for _ in range(COMMON):
            one(torch.ones(rows, 4))
        assert one.tune(never)
    assert one.made == 2 and len(card.graphs) == 4
    assert card.pooled == [2, 2]


def test_a_stream_is_nobody_else_s_while_he_keeps_it(monkeypatch: pytest.MonkeyPatch):
    """torch has 32, which it hands out by turns."""

    class Stream:
        turns = 0

        def __init__(self, _: Any) -> None:
            self.number = Stream.turns % 32
            Stream.turns += 1

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Stream) and other.number == self.number

        def __hash__(self) -> int:
            return self.number

    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(streams, "_used", WeakSet())
    side = new_stream(CPU)
    for _ in range(40):
        assert new_stream(CPU).number != side.number
    kept = [new_stream(CPU) for _ in range(31)]
    assert len({stream.number for stream in (side, *kept)}) == 32
    assert new_stream(CPU).number in range(32)


@torch.inference_mode()
@pytest.mark.parametrize("why", ["room", "too much", "fails", "differs"])
def test_where_it_can_t_be_a_graph_it_stays_as_it_is_and_the_log_says_so(
    why: str,
    card: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    layer = torch.nn.Linear(4, 4)
    if why == "room":
        card.free = capturing.ROOM
    elif why == "too much":
        card.peak = capturing.MOST + 1
    elif why == "fails":
        monkeypatch.setattr(Graph, "replay", lambda _: 1 / 0)
    else:
        monkeypatch.setattr(Graph, "replay", lambda _: layer.bias.add_(1))
    one = OneCall(layer, layer.forward, Captures(CPU))
    with caplog.at_level("INFO"):
        for _ in range(COMMON):
            one(torch.ones(1, 4))
        assert one.tune(never)
    assert "Linear" in caplog.text
    assert one.made == 0 and not one.tune(never)
    assert torch.equal(one(torch.ones(1, 4)), layer(torch.ones(1, 4)))
