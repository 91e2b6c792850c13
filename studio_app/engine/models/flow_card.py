"""What transformers that follow a flow can do, whatever their family. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.core.capabilities import Capabilities, Range
from studio_app.core.settings import fitting_of

SIZES = (
    (1024, 1024), (1152, 896), (896, 1152), (1216, 832), (832, 1216), (1344, 768), (768, 1344),
    (768, 768), (512, 512),
)  # fmt: skip
GUIDANCE = Range(1.0, 2.0, 1.0)
"""Of what was distilled to do without: a little moves it away from a negative prompt, and more burns its pictures."""
QUICK, SLOW = ("euler_trailing", "lcm"), ("euler", "dpmpp_2m")
"""Samplers of a few steps, and of many."""


def as_said(model: Path, few: bool) -> bool:
    """Whether one in a folder or a file was distilled to few steps: what the artist says goes before `few`."""
    said = fitting_of(model).few_step
    return said != "none" if said else few


def flow_capabilities(
    few: bool,
    *,
    guidance: float,
    steps: Mapping[str, Range],
    slow: tuple[str, ...] = SLOW,
    **own: Any,
) -> Capabilities:
    """few: whether it was distilled to few steps. guidance: usual of one that was not. own: the family's."""
    given: dict[str, Any] = {"sizes": SIZES, "max_side": 2048} | own
    return Capabilities(
        samplers=(*QUICK, *slow) if few else (*slow, *QUICK),
        guidance=GUIDANCE if few else Range(1.0, 20.0, guidance),
        steps=dict(steps),
        negative="cfg",
        attention_guidance=True,
        target_time=False,
        native=False,
        few_step=few,
        tiling=False,
        loras=True,
        **given,
    )
