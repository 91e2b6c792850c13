"""Samplers: rules that turn noise into a latent, one `Step` at a time.

They speak the dialect of k-diffusion: a sampler is given a denoiser and a start and knows nothing of
prompts, controls or pictures. A denoiser is called as `denoise(x_t, jump)` and returns (denoised, eps_hat): the
predicted x_0 and the noise that goes with it.

Every sampler here asks once a step and lands on a sum of what is known then. So it is a rule for the weights of that
sum, `rule(way) -> Weights`. Those of a whole run are python floats, worked out before it begins (`jumps`), on any
`Schedule`: table or flow. What is left for a run is one loop (`sample`), in float32, which waits for no device. The
last jump of every run leads to the clean picture: to `denoised` itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

from torch import Tensor

from studio_app.engine.diffusion.levels import CLEAN, Level, Schedule, Spacing


class Weights(NamedTuple):
    """What a jump lands on: the sum of x_t, of what the denoiser gave, of fresh noise and of the denoised before."""

    x_t: float = 0.0
    denoised: float = 0.0
    eps: float = 0.0
    noise: float = 0.0
    before: float = 0.0


class Jump(NamedTuple):
    """Step i (0-based) from one level to another. target: the time a denoiser is told it lands at; 0 = clean."""

    i: int
    here: Level
    there: Level
    target: float
    weights: Weights


class Denoiser(Protocol):
    """A model, as samplers ask it: guided, drawn for and told its words already."""

    def __call__(self, x_t: Tensor, jump: Jump) -> tuple[Tensor, Tensor]:
        """(denoised, eps_hat) at `jump.here`, float32, of x_t [B, C, h, w]."""
        ...


Guard = Callable[[Tensor, Level], Tensor]
"""May replace what a jump landed on (masks)."""


@dataclass(frozen=True)
class Step:
    """Step i (0-based) at time t: what it started from, and what it thinks the clean latent is."""

    i: int
    t: float
    x_t: Tensor
    denoised: Tensor


@dataclass(frozen=True)
class Course:
    """What a run needs beside the denoiser.

    x_t: float32 latent [B, C, h, w] at the level of jumps[first]. noises: for a sampler that wants them one per step,
    drawn ahead from the seed; step i uses noises[i], so that a branch sees what the whole run saw.
    """

    x_t: Tensor
    jumps: Sequence[Jump]
    noises: Sequence[Tensor]
    first: int = 0
    guard: Guard | None = None


def sample(denoise: Denoiser, course: Course) -> Iterator[Step]:
    """The one loop: a step after the other, down to the clean picture."""
    x_t, before = course.x_t, None
    for jump in course.jumps[course.first :]:
        denoised, eps = denoise(x_t, jump)
        yield Step(jump.i, jump.here.t, x_t, denoised)
        if jump.there is CLEAN:
            return
        weights, noise = jump.weights, None
        if weights.noise:
            noise = course.noises[jump.i]
        # A first step has nothing before it: with itself in its place, a rule of second order is one of first.
        x_t = _landing(weights, x_t, denoised, eps, noise, denoised if before is None else before)
        before = denoised
        if course.guard is not None:
            x_t = course.guard(x_t, jump.there)


def _landing(weights: Weights, *parts: Tensor | None) -> Tensor:
    total: Tensor | None = None
    for weight, part in zip(weights, parts, strict=True):
        if weight and part is not None:
            total = weight * part if total is None else total + weight * part
    assert total is not None
    return total


class Way(NamedTuple):
    """From where to where a rule has to lead. last: the level of the step before; `here` where there is none."""

    here: Level
    there: Level
    last: Level
    schedule: Schedule


@dataclass(frozen=True)
class Sampler:
    """rule: the weights of one jump. told: whether the denoiser is told where it lands; else it is asked for a clean
    picture. spacing: where the steps lie, whatever the model's schedule says; None: as it says."""

    rule: Callable[[Way], Weights]
    told: bool = False
    spacing: Spacing | None = None


def jumps(
    sampler: Sampler, schedule: Schedule, n: int, start: int, spacing: Spacing
) -> tuple[Jump, ...]:
    """All n steps from the time `start` to clean."""
    levels = [*schedule.falling(n, start, spacing), CLEAN]
    found: list[Jump] = []
    for i, (here, there) in enumerate(pairwise(levels)):
        way = Way(here, there, levels[max(i - 1, 0)], schedule)
        weights = Weights(denoised=1.0) if there is CLEAN else sampler.rule(way)
        found.append(Jump(i, here, there, there.t if sampler.told else 0, weights))
    return tuple(found)


def straight(way: Way) -> Weights:
    """Back with the very noise that was seen: DDIM without fresh noise (Song et al. 2010.02502, eta 0), which is
    Euler's step of the probability flow in sigma / alpha (Karras et al. 2206.00364) and, on a flow, along its
    velocity."""
    return Weights(denoised=way.there.alpha, eps=way.there.sigma)


def renewed(way: Way) -> Weights:
    """Back with fresh noise: the rule of stock LCM (Luo et al. 2310.04378)."""
    return Weights(denoised=way.there.alpha, noise=way.there.sigma)


def ancestral(way: Way) -> Weights:
    """Fresh noise of the posterior's size (Ho et al. 2006.11239; eta 1 of 2010.02502), which is Euler's ancestral step
    as well (k-diffusion). From pure noise on, where x_t says nothing, all of it is fresh."""
    here, there = way.here, way.there
    kept = (here.alpha * there.sigma) / (there.alpha * here.sigma)
    fresh = math.sqrt(max(1 - kept**2, 0.0))
    return Weights(denoised=there.alpha, eps=kept * there.sigma, noise=fresh * there.sigma)


def halfway(way: Way) -> Weights:
    """Trajectory consistency (Zheng et al. 2402.19159), gamma 0.3: a jump past the goal, and noise back up to it."""
    there = way.there
    past = way.schedule.level(math.floor((1 - GAMMA) * there.t))
    back = there.alpha / past.alpha
    noise = math.sqrt(max(there.sigma**2 - (back * past.sigma) ** 2, 0.0))
    return Weights(denoised=back * past.alpha, eps=back * past.sigma, noise=noise)


def multistep(way: Way) -> Weights:
    """DPM-Solver++ of second order with what the step before saw (Lu et al. 2211.01095, 2M)."""
    here, there, last = way.here, way.there, way.last
    shrunk = there.sigma / here.sigma
    moved = (
        there.alpha - here.alpha * shrunk
    )  # alpha (1 - exp(-h)), h: how far lambda = log(alpha / sigma) goes
    if last is here or last.alpha == 0 or here.alpha == 0:
        return Weights(x_t=shrunk, denoised=moved)
    h, h_before = _lambda(there) - _lambda(here), _lambda(here) - _lambda(last)
    more = moved * h / (2 * h_before)
    return Weights(x_t=shrunk, denoised=moved + more, before=-more)


GAMMA = 0.3
"""As the paper and diffusers have it."""


def _lambda(level: Level) -> float:
    return math.log(level.alpha / level.sigma)


SAMPLERS: dict[str, Sampler] = {
    # Re-noised with the noise each step itself predicts (TCD with gamma 0), the denoiser told its target time (CTM,
    # Kim et al. 2310.02279): more steps refine the same composition.
    "consistency": Sampler(straight, told=True, spacing="origin"),
    # Every step is asked for a clean picture; the composition drifts with the number of steps.
    "lcm": Sampler(renewed, spacing="origin"),
    "tcd": Sampler(halfway, spacing="origin"),
    # Of adversarially distilled models (Turbo, Lightning, Hyper): they were taught at the trailing times.
    "euler_trailing": Sampler(straight, spacing="trailing"),
    "euler": Sampler(straight),
    "euler_ancestral": Sampler(ancestral),
    "dpmpp_2m_karras": Sampler(multistep, spacing="karras"),
    "dpmpp_2m": Sampler(multistep),
    "ddim": Sampler(straight),
    "ddpm": Sampler(ancestral),
}
"""Every sampler by name; what else is known of it has a row in `core/capabilities.py`."""
