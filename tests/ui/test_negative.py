"""The badge says what the loaded model really does with a negative prompt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio_app.core.capabilities import Capabilities
from studio_app.document.settings import Settings
from studio_app.ui.negative import negative_badge


def test_without_a_model_nothing_is_promised():
    badge = negative_badge(None, Settings())
    assert (badge.state, badge.text) == ("unknown", "")
    assert badge.why.endswith(".")


@pytest.mark.parametrize(
    ("negative", "sampler", "guidance", "state"),
    [
        ("shifted", "consistency", 4.0, "acts"),
        ("shifted", "lcm", 1.0, "acts"),
        ("none", "consistency", 4.0, "off"),
        ("none", "ddim", 4.0, "costs"),
        ("shifted", "ddim", 1.0, "off"),
        ("cfg", "lcm", 4.0, "costs"),
        ("cfg", "lcm", 1.0, "off"),
    ],
)
def test_the_badge_says_whether_it_acts_costs_or_does_nothing(
    capabilities: Capabilities, negative: str, sampler: str, guidance: float, state: str
):
    can = replace(capabilities, negative=negative)
    settings = Settings(sampler=sampler, guidance_scale=guidance)
    badge = negative_badge(can, settings)
    assert badge.state == state
    assert badge.text
    assert badge.why.endswith(".")


@pytest.mark.parametrize(("measured", "state"), [(None, "acts"), (0.05, "weak"), (0.8, "acts")])
def test_what_was_measured_is_what_it_says(
    capabilities: Capabilities, measured: float | None, state: str
):
    can = replace(capabilities, negative="shifted", negative_efficacy=measured)
    assert negative_badge(can, Settings(sampler="consistency")).state == state
    assert negative_badge(can, Settings(sampler="ddim", guidance_scale=4.0)).state == "costs"
