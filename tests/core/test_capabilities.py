"""What a model can do, asked by name of a sampler."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio_app.core.capabilities import SAMPLERS, Capabilities, Range, is_slow

CAN = Capabilities(
    samplers=("lcm", "ddim", "euler_of_tomorrow"),
    controls=(),
    sizes=((256, 256),),
    guidance=Range(1, 9, 3),
    steps={"ddim": Range(4, 100, 30)},
    negative="none",
    target_time=False,
    native=True,
)


def test_a_sampler_that_this_program_lacks_is_not_offered():
    assert CAN.known_samplers == ("lcm", "ddim")


def test_steps_are_the_model_s_own_or_the_sampler_s():
    assert CAN.steps_of("ddim") == Range(4, 100, 30)
    assert CAN.steps_of("lcm") == SAMPLERS["lcm"].steps
    assert replace(CAN, steps={"": Range(2, 3, 2)}).steps_of("lcm") == Range(2, 3, 2)


def test_the_pen_is_followed_by_a_few_step_sampler():
    assert CAN.quick_sampler == "lcm"
    assert replace(CAN, samplers=("ddim", "lcm", "consistency")).quick_sampler == "lcm"
    assert replace(CAN, few_step=False).quick_sampler is None
    assert replace(CAN, samplers=("ddim", "ddpm")).quick_sampler is None


def test_who_is_slow():
    assert [name for name in SAMPLERS if is_slow(name)] == [
        "euler",
        "euler_ancestral",
        "dpmpp_2m",
        "dpmpp_2m_karras",
        "ddim",
        "ddpm",
    ]
    assert not is_slow("euler_of_tomorrow")


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_row_can_be_shown_in_a_form(name: str):
    facts = SAMPLERS[name]
    assert facts.label and facts.tooltip.endswith(".")
    assert facts.steps.min <= facts.steps.default <= facts.steps.max
    assert facts.with_sampler is None or facts.with_sampler in SAMPLERS
