"""What a body measures: from a few artist's knobs to every length and radius of the mannequin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Body:
    """Proportions. Every knob but height is a factor on a real adult of 7.7 heads.

    height: of the standing figure, world units. head: size of the head (2.6 is a chibi of 3 heads).
    build: thickness of trunk and limbs. shoulders, hips: widths. legs, arms: lengths against the
        trunk.
    hands: size of hands and feet.
    """

    height: float = 1.0
    head: float = 1.0
    build: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0
    legs: float = 1.0
    arms: float = 1.0
    hands: float = 1.0

    def __post_init__(self) -> None:
        if self.height <= 0 or not all(0.3 <= v <= 4 for v in self._factors()):
            raise ValueError("a body has a positive height and factors of 0.3 to 4")

    def _factors(self) -> tuple[float, ...]:
        return (self.head, self.build, self.shoulders, self.hips, self.legs, self.arms, self.hands)


BODIES: Mapping[str, Body] = {
    "adult": Body(),
    "stylised": Body(head=1.4, build=1.1, hands=1.2),
    "heroic": Body(head=0.95, build=1.18, shoulders=1.22, hips=0.95, legs=1.06, hands=1.1),
    "slender": Body(head=1.05, build=0.82, shoulders=0.9, legs=1.08, arms=1.03, hands=0.9),
    "brute": Body(head=0.95, build=1.5, shoulders=1.4, hips=1.05, legs=0.86, arms=1.15, hands=1.45),
    "dwarf": Body(head=1.7, build=1.5, shoulders=1.3, hips=1.15, legs=0.72, arms=0.95, hands=1.4),
    "child": Body(head=1.65, build=0.95, shoulders=0.88, hips=0.9, legs=0.92),
    "chibi": Body(head=2.6, build=1.12, shoulders=0.85, hips=0.95, legs=0.72, arms=0.9, hands=1.15),
}
"""From realistic to stylised, by name."""


@dataclass(frozen=True)
class Measures:
    """Lengths and radii of one body, in world units; heights above the soles, in the rest pose."""

    ankle: float
    knee: float
    hip: float
    hips: float
    spine: float
    chest: float
    shoulder: float
    neck: float
    head: float
    head_height: float
    head_width: float
    head_depth: float
    shoulder_width: float
    collar_width: float
    hip_width: float
    upper_arm: float
    lower_arm: float
    hand: float
    foot_length: float
    foot_width: float
    thickness: float
    """1 for an adult of height 1: what the figures in `RADII` are multiplied by."""

    def radius(self, name: str) -> float:
        return RADII[name] * self.thickness


RADII: Mapping[str, float] = {
    "shoulder": 0.0415,
    "elbow": 0.031,
    "wrist": 0.0225,
    "hip": 0.061,
    "knee": 0.0425,
    "ankle": 0.026,
    "neck": 0.032,
    "chest": 0.073,
    "waist": 0.057,
    "pelvis": 0.068,
}
"""Of an adult of height 1 and build 1; chest, waist and pelvis front to back."""


@lru_cache(maxsize=4096)
def measure(body: Body) -> Measures:
    """Real proportions (Drillis and Contini 1966), bent by the knobs.

    The head takes its share of the height first; trunk and legs divide the rest.
    """
    head = 0.13 * body.head
    rest = 1.0 - head
    leg_share = 0.52 * body.legs / (0.52 * body.legs + 0.35)
    legs, trunk = rest * leg_share, rest * (1 - leg_share)
    # Chibi trunks shrink faster than they get thin, which is what makes them cute and not starved.
    thick = body.build * (0.45 + 0.55 * rest / 0.87)
    arms = (legs + trunk) / 0.87 * body.arms
    ankle = min(0.04 * body.hands, 0.2 * legs)
    h = body.height

    def up(share: float) -> float:
        """Height of a point that lies this share up the trunk."""
        return (legs + trunk * share) * h

    return Measures(
        ankle=ankle * h,
        knee=(ankle + (legs - ankle) * 0.51) * h,
        hip=legs * h,
        hips=up(0.05),
        spine=up(0.2),
        chest=up(0.42),
        shoulder=up(0.785),
        neck=up(0.85),
        head=up(1.0),
        head_height=head * h,
        head_width=head * 0.76 * (0.9 + 0.1 * body.head) * h,
        head_depth=head * 0.88 * (0.95 + 0.05 * body.head) * h,
        shoulder_width=0.108 * body.shoulders * (0.35 + 0.65 * rest / 0.87) * h,
        collar_width=0.02 * h,
        hip_width=0.047 * body.hips * (0.55 + 0.45 * thick) * h,
        upper_arm=0.178 * arms * h,
        lower_arm=0.148 * arms * h,
        hand=0.092 * body.hands * (0.6 + 0.4 * rest / 0.87) * h,
        foot_length=0.15 * body.hands * (0.6 + 0.4 * rest / 0.87) * h,
        foot_width=0.062 * body.hands * (0.6 + 0.4 * thick) * h,
        thickness=thick * h,
    )
