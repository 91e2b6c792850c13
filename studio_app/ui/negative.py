"""What a negative prompt really does with the loaded model: the honest badge beside its box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication

from studio_app.core.capabilities import is_slow

if TYPE_CHECKING:
    from studio_app.core.capabilities import Capabilities
    from studio_app.document.settings import Settings

translate = QCoreApplication.translate

State = Literal["acts", "weak", "costs", "off", "unknown"]

STRONG = 0.5
"""Share of the cases in which it was measured to work, from which on it is said to act."""


@dataclass(frozen=True)
class Badge:
    """state: for the stylesheet. text: one or two words, or none. why: one plain sentence."""

    state: State
    text: str
    why: str


def negative_badge(capabilities: Capabilities | None, settings: Settings) -> Badge:
    """The badge of the negative prompt for this model and these settings."""
    if capabilities is None:
        return Badge(
            "unknown",
            "",
            translate("Negative", "What these words do is said here as soon as a model is open."),
        )
    if is_slow(settings.sampler) or capabilities.negative == "cfg":
        if settings.guidance_scale <= 1.0:
            return (
                _by_attention()
                if capabilities.attention_guidance
                else Badge(
                    "off",
                    translate("Negative", "does nothing"),
                    translate(
                        "Negative",
                        "This sampler steers away by guidance, and guidance 1 steers nowhere. Raise it.",
                    ),
                )
            )
        return Badge(
            "costs",
            translate("Negative", "works, takes twice as long"),
            translate(
                "Negative",
                "Each step asks the model twice: for the prompt, and for what to avoid. A picture takes twice as long.",
            ),
        )
    if capabilities.negative == "shifted":
        efficacy = capabilities.negative_efficacy
        if efficacy is not None and efficacy < STRONG:
            return Badge(
                "weak",
                translate("Negative", "seldom works"),
                translate(
                    "Negative",
                    "Measured: this few-step model seldom leaves out what it is told to avoid. "
                    "Samplers that are marked slow steer away from it.",
                ),
            )
        return Badge(
            "acts",
            translate("Negative", "works, no slower"),
            translate(
                "Negative",
                "The model steers away from what these words mean to it. A picture takes no longer for it.",
            ),
        )
    if capabilities.attention_guidance:
        return _by_attention()
    return Badge(
        "off",
        translate("Negative", "does nothing"),
        translate(
            "Negative",
            "This few-step model can't read a negative prompt. Choose a sampler that is marked slow.",
        ),
    )


def _by_attention() -> Badge:
    return Badge(
        "acts",
        translate("Negative", "works by attention"),
        translate(
            "Negative",
            "The model's attention turns away from these words (normalised attention guidance). A step takes a "
            "little longer, not twice as long.",
        ),
    )
