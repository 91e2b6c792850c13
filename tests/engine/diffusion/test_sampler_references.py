"""Every sampler lands where diffusers' scheduler of that name does, step by step, with a denoiser of chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import diffusers
import numpy as np
import pytest
import torch
from torch import Tensor

from studio_app.engine.diffusion.levels import MovingShift, Schedule, Spacing, TableSchedule
from studio_app.engine.diffusion.samplers import SAMPLERS, Course, Jump, jumps, sample
from studio_app.engine.diffusion.schedule import LAST, Prediction
from studio_app.engine.diffusion.scheduler_config import flow_of

# diffusers makes numpy arrays of lists of tensors.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SHAPE = (1, 4, 8, 8)
ZERO: dict[str, Any] = {"rescale_betas_zero_snr": True}
BETAS: dict[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
}


class Case(NamedTuple):
    """sampler: of ours. theirs: a class of diffusers. spacing: of ours, which `config` and `given` ask of theirs."""

    sampler: str
    theirs: str
    spacing: Spacing
    config: dict[str, Any]
    given: Callable[[int], dict[str, Any]] = lambda n: {"num_inference_steps": n}


def spaced(spacing: Spacing, **more: Any) -> dict[str, Any]:
    return BETAS | {"timestep_spacing": spacing} | more


def falling_evenly(n: int) -> dict[str, Any]:
    return {"sigmas": np.linspace(1, 1 / n, n)}


MOVING: dict[str, Any] = {"use_dynamic_shifting": True, "max_shift": 1.2}
TOKENS = 1600


def asked(n: int) -> dict[str, Any]:
    """As a pipeline asks for a picture of so many tokens."""
    return {"num_inference_steps": n, "mu": math.log(MovingShift(most=1.2).of(TOKENS))}


def moved(n: int) -> dict[str, Any]:
    return falling_evenly(n) | {"mu": asked(n)["mu"]}


PLAIN: dict[str, Any] = {"clip_sample": False}
SOLVER: dict[str, Any] = {"algorithm_type": "dpmsolver++", "final_sigmas_type": "zero"}
CASES = [
    Case("ddim", "DDIMScheduler", "leading", spaced("leading", steps_offset=1, **PLAIN)),
    Case("ddim", "DDIMScheduler", "trailing", spaced("trailing", **PLAIN)),
    Case("ddpm", "DDPMScheduler", "leading", spaced("leading", steps_offset=1, **PLAIN)),
    Case("ddpm", "DDPMScheduler", "trailing", spaced("trailing", **PLAIN)),
    Case("lcm", "LCMScheduler", "origin", BETAS),
    Case("tcd", "TCDScheduler", "origin", BETAS),
    Case("euler", "EulerDiscreteScheduler", "leading", spaced("leading", steps_offset=1)),
    Case("euler", "EulerDiscreteScheduler", "linspace", spaced("linspace")),
    Case("euler", "EulerDiscreteScheduler", "karras", BETAS | {"use_karras_sigmas": True}),
    Case("euler_trailing", "EulerDiscreteScheduler", "trailing", spaced("trailing")),
    Case("euler_ancestral", "EulerAncestralDiscreteScheduler", "linspace", spaced("linspace")),
    Case("euler_ancestral", "EulerAncestralDiscreteScheduler", "trailing", spaced("trailing")),
    Case("dpmpp_2m", "DPMSolverMultistepScheduler", "trailing", spaced("trailing", **SOLVER)),
    Case(
        "dpmpp_2m_karras",
        "DPMSolverMultistepScheduler",
        "karras",
        spaced("trailing", use_karras_sigmas=True, **SOLVER),
    ),
    Case("euler", "FlowMatchEulerDiscreteScheduler", "linspace", {"shift": 3.0}),
    Case("euler", "FlowMatchEulerDiscreteScheduler", "even", {"shift": 3.0}, falling_evenly),
    Case("euler", "FlowMatchEulerDiscreteScheduler", "linspace", MOVING, asked),
    Case("euler_trailing", "FlowMatchEulerDiscreteScheduler", "even", MOVING, moved),
    Case("lcm", "FlowMatchLCMScheduler", "even", {"shift": 3.0}, falling_evenly),
    Case("lcm", "FlowMatchLCMScheduler", "linspace", MOVING, asked),
]
ZERO_CASES = [
    Case("ddim", "DDIMScheduler", "trailing", spaced("trailing", **PLAIN, **ZERO)),
    Case("ddpm", "DDPMScheduler", "trailing", spaced("trailing", **PLAIN, **ZERO)),
    Case("lcm", "LCMScheduler", "origin", BETAS | ZERO),
    Case("tcd", "TCDScheduler", "origin", BETAS | ZERO),
]


def denoiser(n: int) -> Callable[[Tensor, int], Tensor]:
    generator = torch.Generator().manual_seed(3)
    chance = [torch.randn(SHAPE, generator=generator) for _ in range(n)]
    return lambda x_t, i: torch.tanh(chance[i] + x_t)


def of_theirs(case: Case, n: int, x_t: Tensor, config: dict[str, Any]) -> tuple[Any, list[Tensor]]:
    """Their scheduler, and their x_t from step to step on a scale where its power is that of picture and noise."""
    scheduler: Any = getattr(diffusers, case.theirs)(**config)
    scheduler.set_timesteps(**case.given(n))
    answer, noise = denoiser(n), torch.Generator().manual_seed(4)
    karras_scale = case.theirs.startswith("Euler")
    if karras_scale:
        scheduler._step_index = 0
        x_t = x_t * (scheduler.sigmas[0] ** 2 + 1).sqrt()
    seen: list[Tensor] = []
    for i, t in enumerate(scheduler.timesteps):
        scaled = scheduler.scale_model_input(x_t, t) if karras_scale else x_t
        seen.append(scaled)
        kind = "generator" in scheduler.step.__code__.co_varnames
        x_t = scheduler.step(
            answer(scaled, i), t, x_t, **({"generator": noise} if kind else {}), return_dict=False
        )[0]
    return scheduler, [*seen[1:], x_t]


def of_ours(
    case: Case, n: int, x_t: Tensor, schedule: Schedule
) -> tuple[tuple[Jump, ...], list[Tensor]]:
    way = jumps(SAMPLERS[case.sampler], schedule, n, LAST, case.spacing)
    answer, generator = denoiser(n), torch.Generator().manual_seed(4)
    noises = [torch.randn(SHAPE, generator=generator) for _ in range(n)]

    def denoise(x_t: Tensor, jump: Jump) -> tuple[Tensor, Tensor]:
        return schedule.seen(answer(x_t, jump.i), x_t, jump.here)

    steps = list(sample(denoise, Course(x_t, way, noises)))
    return way, [*(step.x_t for step in steps[1:]), steps[-1].denoised]


def compared(case: Case, n: int, prediction: Prediction) -> None:
    flow = case.theirs.startswith("Flow")
    config: dict[str, Any] = case.config if flow else case.config | {"prediction_type": prediction}
    x_t = torch.randn(SHAPE, generator=torch.Generator().manual_seed(5))
    scheduler, theirs = of_theirs(case, n, x_t, config)
    if flow:
        schedule: Schedule = flow_of(config, Path()).for_tokens(TOKENS)
    else:
        abar = tuple(scheduler.alphas_cumprod.double().tolist())
        schedule = TableSchedule(prediction, "even", abar, config.get("steps_offset", 0))
    way, ours = of_ours(case, n, x_t, schedule)
    if case.spacing != "karras":  # they round it, or not, by scheduler
        times = torch.tensor([jump.here.t for jump in way], dtype=torch.float64)
        torch.testing.assert_close(times, scheduler.timesteps.double(), atol=2e-4, rtol=1e-6)
    if case.theirs == "TCDScheduler":  # its last step stays at time 0, which is not quite clean
        ours, theirs = ours[:-1], theirs[:-1]
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        scale = max(float(b.abs().max()), 1.0)
        assert float((a - b).abs().max()) <= 1e-5 * scale, (i, float((a - b).abs().max()), scale)


def named(case: Case) -> str:
    return f"{case.sampler}-{case.theirs}-{case.spacing}"


@pytest.mark.parametrize("case", CASES, ids=named)
@pytest.mark.parametrize("n", [2, 4, 7, 20])
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_it_lands_where_diffusers_does(case: Case, n: int, prediction: Prediction):
    if case.theirs == "DDIMScheduler" and case.spacing == "trailing" and 1000 % n:
        n += 1  # it jumps by 1000 // n, though its steps lie 1000 / n apart
    compared(case, n, prediction)


@pytest.mark.parametrize("case", ZERO_CASES, ids=named)
@pytest.mark.parametrize("n", [2, 4, 8])
def test_from_pure_noise_on_as_well(case: Case, n: int):
    compared(case, n, "v_prediction")


def test_every_sampler_has_its_reference():
    assert {case.sampler for case in CASES} | {"consistency"} == set(SAMPLERS)


def test_consistency_is_tcd_that_does_not_step_past_its_goal():
    """With gamma 0 theirs needs the same times, which it is told."""
    scheduler: Any = diffusers.TCDScheduler(**BETAS, prediction_type="v_prediction")
    abar = tuple(scheduler.alphas_cumprod.double().tolist())
    schedule = TableSchedule("v_prediction", "even", abar)
    way = jumps(SAMPLERS["consistency"], schedule, 4, LAST, "even")
    scheduler.set_timesteps(timesteps=[jump.here.t for jump in way])
    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(5))
    case = Case("consistency", "TCDScheduler", "even", {})
    _, ours = of_ours(case, 4, x, schedule)
    answer, theirs = denoiser(4), x
    for i, t in enumerate(scheduler.timesteps):
        theirs = scheduler.step(answer(theirs, i), t, theirs, eta=0.0, return_dict=False)[0]
        if i < 3:
            torch.testing.assert_close(ours[i], theirs, atol=1e-5, rtol=1e-5)
