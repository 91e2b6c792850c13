"""Alpha and sigma of a time, where steps lie, and what a network's output says."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.engine.diffusion.levels import (
    FlowSchedule,
    MovingShift,
    Schedule,
    Spacing,
    TableSchedule,
    ending_in_noise,
)
from studio_app.engine.diffusion.schedule import LAST, Prediction, alphas_cumprod
from studio_app.engine.diffusion.scheduler_config import flow_of, read_flow

SPACINGS: tuple[Spacing, ...] = get_args(Spacing)


def table(prediction: Prediction = "epsilon", *, zero: bool = False) -> TableSchedule:
    abar = alphas_cumprod(zero_terminal_snr=zero)
    return TableSchedule(prediction, "even", tuple(abar.double().tolist()), 1)


def test_a_table_can_be_moved_to_end_in_noise():
    """As diffusers' rescale_betas_zero_snr, and as our own tables are made."""
    moved = ending_in_noise(table().abar)
    assert moved[-1] == 0
    assert moved[0] == pytest.approx(table().abar[0], rel=1e-6)
    assert moved == pytest.approx(table(zero=True).abar, abs=1e-6)
    assert ending_in_noise(moved) == pytest.approx(moved, abs=1e-9)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample", "flow"])
def test_every_prediction_gives_back_picture_and_noise(prediction: Prediction):
    schedule: Schedule = FlowSchedule() if prediction == "flow" else table(prediction)
    x_0, noise = torch.randn(2, 2, 4, 8, 8).unbind(0)
    for t in (20, 500, 900.5):
        at = schedule.level(t)
        x_t = at.alpha * x_0 + at.sigma * noise
        outputs = {
            "epsilon": noise,
            "v_prediction": at.alpha * noise - at.sigma * x_0,
            "sample": x_0,
            "flow": noise - x_0,
        }
        denoised, eps = schedule.seen(outputs[prediction], x_t, at)
        torch.testing.assert_close(denoised, x_0, atol=1e-4, rtol=0)
        torch.testing.assert_close(eps, noise, atol=1e-4, rtol=0)


@pytest.mark.parametrize("schedule", [table(), table(zero=True), FlowSchedule(shift=3)])
@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("start", [LAST, 400])
def test_steps_fall_and_stay_within(schedule: Schedule, spacing: Spacing, start: int):
    for n in (1, 2, 3, 8, 25):
        levels = schedule.falling(n, start, spacing)
        assert len(levels) == n
        assert all(a.t > b.t and a.sigma > b.sigma for a, b in pairwise(levels))
        assert levels[0].t <= start + 1 or isinstance(schedule, FlowSchedule)  # which moves it
        assert levels[-1].sigma > 0


def test_a_table_keeps_its_power_and_a_flow_its_sum():
    for t in (0, 1, 333.25, 998.5, 999):
        at = table().level(t)
        assert at.alpha**2 + at.sigma**2 == pytest.approx(1)
        at = FlowSchedule().level(t)
        assert at.alpha + at.sigma == pytest.approx(1)


def test_between_two_times_lies_what_is_between_them():
    low, middle, high = (table().level(t) for t in (500, 500.5, 501))
    assert low.sigma < middle.sigma < high.sigma
    assert table(zero=True).level(998.5).alpha > 0


def test_shares_are_of_power():
    shares = table(zero=True).signal_shares
    assert len(shares) == 1000 and shares[-1] == 0
    shares = FlowSchedule().signal_shares
    assert shares[500] == pytest.approx(0.5)
    assert all(a > b for a, b in pairwise(shares))


def test_only_equal_schedules_share_a_key():
    every = [
        table(),
        table("v_prediction"),
        table(zero=True),
        FlowSchedule(),
        FlowSchedule(shift=2),
    ]
    assert len({schedule.key for schedule in every}) == len(every)
    assert table().key == table().key


def test_noise_may_be_taken_for_an_earlier_time():
    early = TableSchedule("epsilon", "even", table().abar, first=400)
    assert [level.t for level in early.falling(1, LAST, "origin")] == [400]
    assert [level.t for level in early.falling(4, LAST, "trailing")] == [400, 300, 200, 100]
    assert early.falling(2, 500, "even")[0].t == 200
    assert early.key != table().key


def test_a_larger_shift_stays_longer_in_the_noise():
    plain, shifted = (FlowSchedule(shift=s).falling(4, LAST, "even") for s in (1, 3))
    assert [round(level.t) for level in plain] == [1000, 750, 500, 250]
    assert [round(level.t) for level in shifted] == [1000, 900, 750, 500]


def test_half_of_a_flow_is_half_of_its_steps():
    """As the strength of other programs has it: the noise that half a run begins with goes by the shift."""
    whole = FlowSchedule(shift=3).falling(8, LAST, "even")
    half = FlowSchedule(shift=3).falling(4, 500, "even")
    assert [level.t for level in half] == pytest.approx([level.t for level in whole[4:]])


def test_a_moving_shift_goes_through_its_two_points():
    for tokens, mu in ((256, 0.5), (2176, 0.83), (4096, 1.16), (6016, 1.49)):
        assert MovingShift(most=1.16).of(tokens) == pytest.approx(math.exp(mu))
        assert MovingShift(most=1.16, linear=True).of(tokens) == pytest.approx(mu)


GOOD: dict[str, Any] = {"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}


def test_a_folders_flow_is_read(tmp_path: Path):
    assert flow_of(GOOD, tmp_path) == FlowSchedule(spacing="linspace", shift=3.0)
    moving = flow_of(GOOD | {"use_dynamic_shifting": True, "max_shift": 1.2}, tmp_path)
    assert moving.moving == MovingShift(most=1.2)
    assert moving.for_tokens(4096).shift == pytest.approx(math.exp(1.2))
    assert moving.for_tokens(4096).key != moving.for_tokens(1024).key
    assert read_flow(tmp_path).shift == 1


@pytest.mark.parametrize(
    "config",
    [
        {"_class_name": "DDIMScheduler"},
        {"num_train_timesteps": 500},
        {"shift": float("nan")},
        {"shift": "three"},
        {"shift": 0},
        {"shift": 1e9},
        {"shift": [1]},
        {"invert_sigmas": True},
        {"shift_terminal": 0.02},
        {"use_dynamic_shifting": True, "max_shift": 1e4},
        {"use_dynamic_shifting": True, "base_shift": None},
        {"use_dynamic_shifting": True, "max_image_seq_len": 256},
        {"use_dynamic_shifting": True, "time_shift_type": "cubic"},
    ],
)
def test_a_crooked_flow_is_refused(config: dict[str, Any], tmp_path: Path):
    with pytest.raises(StudioError, match="noise schedule"):
        flow_of(GOOD | config, tmp_path)
