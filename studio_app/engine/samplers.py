"""Samplers: generator functions that turn noise into a latent, one `Step` at a time.

They speak the dialect of k-diffusion: a sampler is given a denoiser and a start and knows nothing of
prompts, controls or pictures. A denoiser is called as `denoise(x_t, t, target)` and returns
(denoised, eps_hat): the predicted x_0 and the noise that goes with it. `grid` holds python ints, falling;
the last jump leads to a clean picture. `guard(x_s, s)` may replace what a jump landed on (masks).

All arithmetic is float32 with python-float coefficients: nothing here waits for the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from studio_app.engine.schedule import jump

Guard = Callable[[Tensor, int], Tensor]


class Denoiser(Protocol):
    def __call__(self, x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]: ...


@dataclass(frozen=True)
class Step:
    """Step i (0-based) at timestep t: what it started from, and what it thinks the clean latent is."""

    i: int
    t: int
    x_t: Tensor
    denoised: Tensor


@dataclass(frozen=True)
class Course:
    """What every sampler needs beside the denoiser.

    x_t: float32 latent [1, C, h, w] at grid[first]. noises: for a sampler that wants them one per step,
    drawn ahead from the seed; step i uses noises[i], so that a branch sees what the whole run saw.
    abar: float32 [1000], on the CPU.
    """

    x_t: Tensor
    grid: Sequence[int]
    abar: Tensor
    noises: Sequence[Tensor]
    first: int = 0
    guard: Guard | None = None

    def target(self, i: int) -> int:
        """The timestep that step i jumps to; 0 = clean."""
        return self.grid[i + 1] if i + 1 < len(self.grid) else 0

    def landed(self, x_s: Tensor, s: int) -> Tensor:
        return x_s if self.guard is None else self.guard(x_s, s)


Sampler = Callable[[Denoiser, Course], Iterator[Step]]

SAMPLERS: dict[str, Sampler] = {}
"""Every sampler of this module by name; what else is known of it has a row in `core/capabilities.py`."""


def sampler(function: Sampler) -> Sampler:
    """Makes a function known by its name."""
    SAMPLERS[function.__name__] = function
    return function


@sampler
def consistency(denoise: Denoiser, course: Course) -> Iterator[Step]:
    """Few steps of a consistency model, re-noised with the noise each step itself predicts.

    TCD with gamma 0 (Zheng et al. 2402.19159); the denoiser is told its target time (CTM, 2310.02279).
    More steps refine the same composition.
    """
    x_t = course.x_t
    for i in range(course.first, len(course.grid)):
        t, s = course.grid[i], course.target(i)
        denoised, eps = denoise(x_t, t, s)
        yield Step(i, t, x_t, denoised)
        x_t = course.landed(jump(denoised, eps, s, course.abar), s)


@sampler
def lcm(denoise: Denoiser, course: Course) -> Iterator[Step]:
    """Few steps of a consistency model, re-noised with fresh noise: the rule of stock LCM (2310.04378).

    Every step is asked for a clean picture; the composition drifts with the number of steps.
    """
    x_t = course.x_t
    for i in range(course.first, len(course.grid)):
        t, s = course.grid[i], course.target(i)
        denoised, _ = denoise(x_t, t, 0)
        yield Step(i, t, x_t, denoised)
        x_t = course.landed(jump(denoised, course.noises[i], s, course.abar), s)


@sampler
def ddim(denoise: Denoiser, course: Course) -> Iterator[Step]:
    """Deterministic sampling of a denoiser without target times (Song et al. 2010.02502, eta 0)."""
    x_t = course.x_t
    for i in range(course.first, len(course.grid)):
        t, s = course.grid[i], course.target(i)
        denoised, eps = denoise(x_t, t, 0)
        yield Step(i, t, x_t, denoised)
        x_t = course.landed(jump(denoised, eps, s, course.abar), s)


@sampler
def ddpm(denoise: Denoiser, course: Course) -> Iterator[Step]:
    """Ancestral sampling (Ho et al. 2006.11239; eta 1 of 2010.02502): fresh noise of the posterior's size."""
    x_t = course.x_t
    for i in range(course.first, len(course.grid)):
        t, s = course.grid[i], course.target(i)
        denoised, eps = denoise(x_t, t, 0)
        yield Step(i, t, x_t, denoised)
        if s == 0:
            return
        abar_t, abar_s = float(course.abar[t]), float(course.abar[s])
        sigma = math.sqrt((1 - abar_s) / (1 - abar_t) * (1 - abar_t / abar_s))
        ahead = math.sqrt(max(1 - abar_s - sigma**2, 0.0))
        x_s = math.sqrt(abar_s) * denoised + ahead * eps + sigma * course.noises[i]
        x_t = course.landed(x_s, s)
