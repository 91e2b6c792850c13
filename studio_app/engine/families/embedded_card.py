"""What Underpaint's own models are made of, and what they say of themselves in their `underpaint.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio_app.core.capabilities import SAMPLERS, Capabilities, Range
from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_dir, is_file
from studio_app.engine.loading.checkpoint import TensorInfo, part, refused

NAME: str = "Underpaint"
FAMILIES: tuple[str, ...] = ("underpaint",)
PARTS = (
    part("unet", "diffusers", "UNet2DConditionModel"),
    part("teacher", "diffusers", "UNet2DConditionModel", needed=False),
    part("vae", "diffusers", "AutoencoderDC", "AutoencoderKL", "AutoencoderTiny"),
    part("maps", "diffusers", "AutoencoderDC", needed=False),
    part("draft", "diffusers", "AutoencoderDC", needed=False),
    part("text_encoder", "transformers", "CLIPTextModel"),
    part("tokenizer", "transformers", "CLIPTokenizer", "CLIPTokenizerFast"),
    part("adapter_*", "diffusers", "T2IAdapter", needed=False),
)


def claims(folder: Path, index: Mapping[str, Any]) -> bool:
    return is_file(folder / "underpaint.json")


def claims_file(header: Mapping[str, TensorInfo]) -> bool:
    """They are folders."""
    return False


def file_capabilities(path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
    raise refused(path, "Underpaint's own models are folders")


def capabilities(folder: Path) -> Capabilities:
    value = read_object(folder / "underpaint.json", f"{folder.name}/underpaint.json")
    try:
        return replace(_parse(value), maps=is_dir(folder / "maps"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StudioError(
            f"The model {folder.name} is broken",
            f"its underpaint.json can't be read ({error})",
            "Copy the folder again",
        ) from None


def _parse(value: Any) -> Capabilities:
    if value["format"] != 1:
        raise ValueError(f"format {value['format']} is not known")
    negative = value["negative"]
    if negative not in ("shifted", "none"):
        raise ValueError(f"negative {negative!r} is not known")
    named = _names(value["samplers"])
    if not named:
        raise ValueError("it names no sampler")
    guidance = _guidance(value.get("control_guidance", 0.0))
    beside = (name for name, facts in SAMPLERS.items() if facts.with_sampler in named)
    return Capabilities(
        samplers=tuple(dict.fromkeys((*named, *beside))),
        controls=_names(value["controls"]),
        sizes=tuple((int(width), int(height)) for width, height in value["sizes"]),
        guidance=_range(value["guidance"]),
        steps=_steps(value["steps"]),
        negative=negative,
        target_time=bool(value["target_time"]),
        native=True,
        kinds=_names(value["kinds"]),
        latent_rgb=_matrix(value["latent_rgb"]),
        latent_rgb_bias=_matrix([value["latent_rgb_bias"]])[0],
        thing_words=dict(value.get("thing_words", {})),
        negative_efficacy=_share(value.get("negative_efficacy")),
        control_gain=_gains(value.get("control_gain", {})),
        control_guidance=guidance,
        strongest=1.0 if guidance else 2.0,
        pose_body=_strength(value.get("pose_body", 0.0)),
        forms=bool(value.get("forms", False)),
    )


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise TypeError(f"{str(value)[:40]} is no list of names")
    return tuple(value)


def _share(value: Any) -> float | None:
    if value is None:
        return None
    share = float(value)
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share")
    return share


def _gains(value: Any) -> dict[str, float]:
    gains = {str(kind): float(gain) for kind, gain in value.items()}
    for kind, gain in gains.items():
        if not 0.1 <= gain <= 10:
            raise ValueError(f"{gain:g} is no gain of {kind}: from 0.1 to 10")
    return gains


def _guidance(value: Any) -> float:
    guidance = float(value)
    if not 0 <= guidance <= 10:
        raise ValueError(f"{guidance:g} is no guidance by drawings: from 0 to 10")
    return guidance


def _strength(value: Any) -> float:
    strength = float(value)
    if not 0 <= strength <= 2:
        raise ValueError(f"{strength:g} is no strength of a drawing: from 0 to 2")
    return strength


def _range(value: Any) -> Range:
    least, most, default = (float(value[name]) for name in ("min", "max", "default"))
    if not least <= default <= most:
        raise ValueError(f"{default:g} is not from {least:g} to {most:g}")
    return Range(least, most, default)


def _steps(value: Any) -> dict[str, Range]:
    """Either one range for the few-step samplers, or one range per sampler."""
    if "default" in value:
        few = _range(value)
        return {name: few for name, facts in SAMPLERS.items() if not facts.teacher}
    ranges = {str(name): _range(item) for name, item in value.items()}
    for name, facts in SAMPLERS.items():
        if facts.with_sampler in ranges:
            ranges.setdefault(name, ranges[facts.with_sampler])
    return ranges


def _matrix(rows: Any) -> tuple[tuple[float, ...], ...]:
    matrix = tuple(tuple(float(number) for number in row) for row in rows)
    if any(len(row) != 3 for row in matrix):
        raise ValueError("latent_rgb needs three columns")
    return matrix
