"""Which device makes one call of a pass, and how."""

from __future__ import annotations

import torch
from torch import nn

from studio_app.engine.operators.capturing import WORTH, Captures
from studio_app.engine.operators.kept import keeps
from studio_app.engine.operators.one_call import Maker
from studio_app.engine.operators.tracing import traced


def maker_for(network: nn.Module, place: torch.device, most: int = WORTH) -> Maker | None:
    """None where it is not worth it, or the device has none, or the network multiplies its weights out: what a LoRA
    adds to them is then no part of a weight. most: parameters of a network on a card."""
    if keeps(network):
        return None
    if place.type == "cpu":
        return traced
    count = sum(weight.numel() for weight in network.parameters())
    return Captures(place) if place.type == "cuda" and count <= most else None
