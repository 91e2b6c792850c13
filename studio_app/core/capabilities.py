"""What a model can do, and what is known of every sampler: the one table that forms, checks, the live loop and
the engine read. Values only; `engine/families/model_card.py` reads a model's own from its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Negative = Literal["shifted", "cfg", "none"]

# The four latent channels of Stable Diffusion 1.x as linear RGB, for folders that bring no map of their own.
_SD_LATENT_RGB = (
    (0.3512, 0.2297, 0.3227),
    (0.3250, 0.4974, 0.2350),
    (-0.2829, 0.1762, 0.2721),
    (-0.2120, -0.2616, -0.7177),
)


@dataclass(frozen=True)
class Range:
    """Least, most and default of a setting."""

    min: float
    max: float
    default: float


@dataclass(frozen=True)
class SamplerFacts:
    """A sampler as everybody but `engine/diffusion/samplers.py` knows it, where the rule of this name is.

    teacher: it is slow and goes by true guidance, with the second denoiser where a model has two; else it is for what
    was distilled to few steps. noisy: it draws fresh noise at every step. steps: what a model can do whose card says
    nothing of this sampler. with_sampler: a model that names that one can do this one too, in as many steps. label,
    tooltip: for a form. known_as: what other tools call it, as `spelled` has it; "sampler/schedule" where it is one of
    theirs with a schedule.
    """

    name: str
    teacher: bool
    noisy: bool
    steps: Range
    label: str
    tooltip: str
    with_sampler: str | None = None
    known_as: tuple[str, ...] = ()


SAMPLERS: dict[str, SamplerFacts] = {
    facts.name: facts
    for facts in (
        SamplerFacts(
            "consistency",
            teacher=False,
            noisy=False,
            steps=Range(1, 8, 4),
            label="Consistency (few steps)",
            tooltip="The fast model. More steps refine the same composition.",
        ),
        SamplerFacts(
            "lcm",
            teacher=False,
            noisy=True,
            steps=Range(1, 8, 4),
            label="LCM (few steps, livelier)",
            tooltip="The fast model with fresh noise at each step. The number of steps changes the composition.",
            with_sampler="consistency",
        ),
        SamplerFacts(
            "tcd",
            teacher=False,
            noisy=True,
            steps=Range(1, 16, 4),
            label="TCD (few steps)",
            tooltip="For models distilled as trajectory consistency models (TCD, Hyper-SD). More steps add detail.",
        ),
        SamplerFacts(
            "euler_trailing",
            teacher=False,
            noisy=False,
            steps=Range(1, 16, 4),
            label="Euler (few steps)",
            tooltip="For models distilled to few steps against a critic (Turbo, Lightning, DMD).",
            known_as=("euler/sgm_uniform", "euler/trailing"),
        ),
        SamplerFacts(
            "euler",
            teacher=True,
            noisy=False,
            steps=Range(1, 150, 25),
            label="Euler",
            tooltip="Many small straight steps, without fresh noise. It obeys guidance.",
        ),
        SamplerFacts(
            "euler_ancestral",
            teacher=True,
            noisy=True,
            steps=Range(1, 150, 25),
            label="Euler ancestral",
            tooltip="Euler with fresh noise at each step: livelier, and more steps change the composition.",
            known_as=("euler_a",),
        ),
        SamplerFacts(
            "dpmpp_2m",
            teacher=True,
            noisy=False,
            steps=Range(1, 150, 20),
            label="DPM++ 2M",
            tooltip="It looks back at the step before, so that fewer steps give the same picture.",
        ),
        SamplerFacts(
            "dpmpp_2m_karras",
            teacher=True,
            noisy=False,
            steps=Range(1, 150, 20),
            label="DPM++ 2M Karras",
            tooltip="DPM++ 2M with more of its steps where detail forms.",
            known_as=("dpmpp_2m_k", "dpmpp_2m/karras"),
        ),
        SamplerFacts(
            "ddim",
            teacher=True,
            noisy=False,
            steps=Range(1, 250, 30),
            label="DDIM (slow)",
            tooltip="The large model, without fresh noise. It takes many steps and obeys guidance.",
        ),
        SamplerFacts(
            "ddpm",
            teacher=True,
            noisy=True,
            steps=Range(1, 1000, 50),
            label="DDPM (slow, livelier)",
            tooltip="The large model with fresh noise at each step. It takes the most steps.",
        ),
    )
}
"""By name, in the order of forms."""


def spelled(name: str) -> str:
    """A tool's name of a sampler or schedule, in one spelling: "DPM++ 2M Karras" is dpmpp_2m_karras."""
    return re.sub(r"\W+", "_", name.strip().lower().replace("++", "pp")).strip("_")


def sampler_known_as(name: str, schedule: str = "") -> tuple[str | None, bool]:
    """Ours, by the names that another tool has; None where we have none. And whether that is with its schedule.

    Whatever else stands in a name ("DDIM CFG++", "lcm_custom") makes it another sampler.
    """
    name, schedule = spelled(name), spelled(schedule)
    if schedule in ("", "automatic", "normal"):
        return _KNOWN_AS.get(name), True
    found = _KNOWN_AS.get(f"{name}/{schedule}")
    return (found, True) if found else (_KNOWN_AS.get(name), False)


_KNOWN_AS = {known: name for name, facts in SAMPLERS.items() for known in (name, *facts.known_as)}


@dataclass(frozen=True)
class Capabilities:
    """latent_rgb [C][3] and its bias [3] map a latent to RGB in -1..1. latent_pixels: on a side of what one of a latent
    stands for. negative: how the few-step samplers
    take a negative prompt ("shifted": engine/words/avoidance.py; "cfg": by true guidance, above 1); the slow ones
    always take it by true guidance. attention_guidance: whether a negative prompt acts by normalised attention guidance
    (engine/denoising/attention_guidance.py) where there is no true guidance.
    target_time: whether the student is told where its jump lands. native: the folder is one
    of ours (kind tokens). maps: whether it has a decoder of maps (engine/decoding/maps.py). negative_efficacy: how
    often a negative prompt was measured to take away with the few-step denoiser what it names, 0..1; None where nobody
    measured. few_step: whether it was distilled to few steps; only then does one of its few-step samplers follow the
    pen. control_gain: by kind, what strength 1 means to its adapter's features; 1 for a kind that is not named.
    compiles: whether its passes can be compiled (`Fitting.compiled`).
    strongest: the strength of a drawing above which nothing more comes of it, 0..2; 0 where a drawing is a picture that
    the model looks at, or not (`control_strength`).
    regions: whether parts of a picture can have words of their own. tiling: whether a picture's edges can meet; a
    network that is told of places, as transformers are, makes none whose edges do.
    max_side: pixels of a picture's longer side, at most. loras: whether it wears LoRAs. fits: roles of files of the
    catalogue that the artist can choose for it, beside its own parts (`core/fittings.py`).
    clip_skip: the most that a request's may be; 1 where nothing is skipped.
    control_guidance: after a picture's first step, by how much more of what its drawings change is drawn in each short
    step of a few-step sampler (`engine.unets.drawn_share`), which then takes two passes; 0 for none. pose_body: how
    strongly the depth of bodies acts that figures get who are not painted (engine/controls/embodied.py); 0 for none.
    forms: whether a thing or a character is drawn as scene/forms.py has it where nothing of it is.
    """

    samplers: tuple[str, ...]
    controls: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    guidance: Range
    steps: dict[str, Range]
    negative: Negative
    target_time: bool
    native: bool
    kinds: tuple[str, ...] = ("scene",)
    latent_rgb: tuple[tuple[float, ...], ...] = _SD_LATENT_RGB
    latent_rgb_bias: tuple[float, ...] = (0.0, 0.0, 0.0)
    latent_pixels: int = 8
    thing_words: dict[str, Any] = field(default_factory=dict[str, Any])
    maps: bool = False
    negative_efficacy: float | None = None
    few_step: bool = True
    strongest: float = 2.0
    control_gain: dict[str, float] = field(default_factory=dict[str, float])
    regions: bool = False
    tiling: bool = True
    max_side: int = 512
    loras: bool = False
    fits: tuple[str, ...] = ()
    control_guidance: float = 0.0
    clip_skip: int = 1
    attention_guidance: bool = False
    compiles: bool = False
    pose_body: float = 0.0
    forms: bool = False

    def takes(self, controls: Iterable[str]) -> bool:
        """Whether it reads one of these kinds of controls: what it doesn't is never made for it."""
        return any(kind in self.controls for kind in controls)

    @property
    def control_strength(self) -> bool:
        """Whether a drawing can act more or less."""
        return self.strongest > 0

    def felt(self, strength: float) -> float:
        """What a drawing's strength means here: what is only looked at is there, whatever its strength."""
        return min(strength, self.strongest) if self.control_strength else 1.0

    @property
    def known_samplers(self) -> tuple[str, ...]:
        """Those of its samplers that this program has, in the model's order."""
        return tuple(name for name in self.samplers if name in SAMPLERS)

    @property
    def quick_sampler(self) -> str | None:
        """What follows the pen, and shows at once what a slow sampler will refine: the first of its few-step ones;
        None where it has none, or was not distilled for any."""
        quick = (name for name in self.known_samplers if not SAMPLERS[name].teacher)
        return next(quick, None) if self.few_step else None

    def steps_of(self, sampler: str) -> Range:
        """How many steps `sampler`, a name of `SAMPLERS`, takes with this model."""
        return self.steps.get(sampler) or self.steps.get("") or SAMPLERS[sampler].steps


def is_slow(sampler: str) -> bool:
    """Whether `sampler` drives the teacher; of an unknown one nobody knows."""
    facts = SAMPLERS.get(sampler)
    return facts is not None and facts.teacher
