"""Compiled networks, and the proof that their gradients are a plain step's.

A compiler may give the right answer and the wrong slope: inductor on a CPU (torch 2.13) compiles the whole denoiser
to a backward pass that ends after its finest level, and nothing in the output or in the loss tells. The same becomes
of the probe; decoders come out right. So denoisers are compiled block by block and the probe is not compiled at all.
Before the first update that a new graph has a part in, its gradients are held against those of the same batch as the
networks are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch._dynamo
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

from studio_app.core.errors import StudioError

BLOCKS: tuple[type[nn.Module], ...] = (ResnetBlock2D,)
"""What is compiled by itself: a network with such blocks keeps the rest as it is."""

TOLERANCE = 0.1
"""How far off a part's gradient may be, relative to its norm: bfloat16 rounds by 0.02, lost paths cost 0.2 to 1."""
_SILENT, _FAINT = 1e-3, 1e-5
"""Share of its part's gradient, and of the whole, below which one parameter's and a part's are rounding."""
_GRAPHS = 512
"""Graphs that torch may keep of one function: every block at every size is one."""

Gradients = Mapping[str, Tensor | None]


class Compiler:
    """Compiles the networks of one run, and notices when they are given sizes they have no checked graph for.

    wanted: False leaves every network as it is.
    """

    def __init__(self, wanted: bool = True) -> None:
        self.wanted = wanted
        self._plain = False
        self._known: set[tuple[Any, ...]] = set()
        self._fresh = False

    def __call__(self, network: nn.Module) -> Callable[..., Any]:
        """A function that runs `network` compiled, its blocks or else the whole; the network itself stays as it is.

        A network that is patched (`circular_padding`) must be run itself, not by this function. What the
        compiler fails on runs as it is.
        """
        if not self.wanted:
            return network
        torch._dynamo.config.suppress_errors = True
        for limit in ("recompile_limit", "accumulated_recompile_limit"):
            setattr(torch._dynamo.config, limit, _GRAPHS)
        parts = [part for part in network.modules() if isinstance(part, BLOCKS)] or [network]
        fast = [(part, torch.compile(part.forward, dynamic=False)) for part in parts]

        def forward(*inputs: Any, **named: Any) -> Any:
            if self._plain:
                return network(*inputs, **named)
            self._notice(network, [*inputs, *named.values()])
            with _forwards(fast):
                return network(*inputs, **named)

        return forward

    @contextmanager
    def plain(self) -> Iterator[None]:
        """Inside, every network runs as it is."""
        self._plain = True
        try:
            yield
        finally:
            self._plain = False

    def has_fresh(self) -> bool:
        """Whether a network that learns has met sizes for the first time since this was last asked."""
        fresh, self._fresh = self._fresh, False
        return fresh

    def _notice(self, network: nn.Module, inputs: Sequence[Any]) -> None:
        if not torch.is_grad_enabled():
            return
        key = (id(network), *(tuple(x.shape) for x in inputs if isinstance(x, Tensor)))
        self._fresh |= key not in self._known
        self._known.add(key)


@contextmanager
def _forwards(fast: Sequence[tuple[nn.Module, Callable[..., Any]]]) -> Iterator[None]:
    for part, function in fast:
        part.forward = function
    try:
        yield
    finally:
        for part, _ in fast:
            del part.forward  # the class's own method shows again


def check_gradients(plain: Gradients, found: Gradients) -> None:
    """Raises StudioError unless `found` are the gradients `plain`, part by part; both by the parameters' full names."""
    wrong = differences(plain, found)
    if wrong:
        raise StudioError(
            "The compiled network learns something else",
            f"Its gradients are not a plain step's: {'; '.join(wrong)}.",
            "Set compile = false in the recipe's plan, or use another version of torch.",
        )


def differences(plain: Gradients, found: Gradients) -> list[str]:
    """What of `found` is not `plain`, a line for each part that differs."""
    lines: list[str] = []
    faint = _FAINT * _norm(list(plain.values()))
    for part, names in _parts(plain).items():
        size = _norm([plain[name] for name in names])
        if max(size, _norm([found[name] for name in names])) <= faint:
            continue
        lost = [
            name
            for name in names
            if _norm([plain[name]]) > _SILENT * size and _norm([found[name]]) == 0
        ]
        off = _norm([_minus(found[name], plain[name]) for name in names])
        if lost and len(lost) == len([name for name in names if _norm([plain[name]]) > 0]):
            lines.append(f"{part}: none at all")
        elif lost:
            lines.append(f"{part}: none for {lost[0].removeprefix(part + '.')}")
        elif off > TOLERANCE * size:
            lines.append(f"{part}: {off / size:.2f} off" if size else f"{part}: some, not none")
    return lines


def _parts(names: Mapping[str, Any]) -> dict[str, list[str]]:
    """Parameters by the part of a network they belong to: `unet.down_blocks.1`, `vae.decoder.up_blocks`."""
    parts: dict[str, list[str]] = {}
    for name in names:
        parts.setdefault(".".join(name.split(".")[:3]), []).append(name)
    return parts


def _minus(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    return a - b


def _norm(tensors: Sequence[Tensor | None]) -> float:
    return sum(float(t.float().square().sum()) for t in tensors if t is not None) ** 0.5
