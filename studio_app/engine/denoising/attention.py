"""Other processors in the attentions of a network for the time of one pass: how its words act can be changed from
outside, and several such changes lie around each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from torch import Tensor

from studio_app.engine.denoising.unets import Pass

Layers = Sequence[tuple[str, Any]]


def cross_attentions(unet: Any) -> Layers:
    """(name, layer), in the order of the network."""
    return [(name, part) for name, part in unet.named_modules() if name.endswith(".attn2")]


def attending(
    plain: Pass,
    network: Any,
    around: Callable[[str, Any], Any],
    layers_of: Callable[[Any], Layers] = cross_attentions,
) -> Pass:
    """`plain` with the processor `around(name, the one that is there)` in each of some attentions: of those to words,
    unless others are asked for. Of passes that are made so the first one to run lies innermost."""
    layers = layers_of(network)

    def run(x_t: Tensor, *given: Any) -> Tensor:
        with _with_processors(layers, around):
            return plain.run(x_t, *given)

    return replace(plain, run=run)


@contextmanager
def _with_processors(layers: Layers, around: Callable[[str, Any], Any]) -> Iterator[None]:
    kept = [layer.processor for _, layer in layers]
    for name, layer in layers:
        layer.set_processor(around(name, layer.processor))
    try:
        yield
    finally:
        for (_, layer), processor in zip(layers, kept, strict=True):
            layer.set_processor(processor)
