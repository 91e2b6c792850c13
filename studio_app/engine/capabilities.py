"""What a model can do, read from its `underpaint.json`. Free of torch, so that a form can ask it cheaply."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json

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
class Capabilities:
    """latent_rgb [4][3] and its bias [3] map a latent to RGB in -1..1. negative: how the few-step denoiser
    takes a negative prompt ("shifted": engine/avoidance.py); the samplers of the teacher always take it by true
    guidance. target_time: whether the student is told where its jump lands. native: the folder is one of ours
    (kind tokens).
    maps: whether it has a decoder of maps (engine/maps.py). negative_efficacy: how often a negative prompt was
    measured to take away with the few-step denoiser what it names, 0..1; None where nobody measured.
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
    thing_words: dict[str, Any] = field(default_factory=dict[str, Any])
    maps: bool = False
    negative_efficacy: float | None = None

    def steps_of(self, sampler: str) -> Range | None:
        return self.steps.get(sampler) or self.steps.get("")


def read_capabilities(folder: Path) -> Capabilities:
    """Of the model in `folder`; derived from its files where it is an ordinary LCM folder."""
    path = folder / "underpaint.json"
    maps = (folder / "maps").is_dir()
    if not path.is_file():
        return replace(_derived(folder), maps=maps)
    value = parse_json(path.read_bytes(), f"{folder.name}/underpaint.json")
    try:
        return replace(_parse(value), maps=maps)
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
    if negative not in ("shifted", "cfg", "none"):
        raise ValueError(f"negative {negative!r} is not known")
    samplers = tuple(str(name) for name in value["samplers"])
    if "consistency" in samplers and "lcm" not in samplers:
        samplers += ("lcm",)  # the same student, re-noised by the stock rule
    return Capabilities(
        samplers=samplers,
        controls=tuple(str(name) for name in value["controls"]),
        sizes=tuple((int(width), int(height)) for width, height in value["sizes"]),
        guidance=_range(value["guidance"]),
        steps=_steps(value["steps"]),
        negative=negative,
        target_time=bool(value["target_time"]),
        native=True,
        kinds=tuple(str(name) for name in value["kinds"]),
        latent_rgb=_matrix(value["latent_rgb"]),
        latent_rgb_bias=_matrix([value["latent_rgb_bias"]])[0],
        thing_words=dict(value.get("thing_words", {})),
        negative_efficacy=_share(value.get("negative_efficacy")),
    )


def _share(value: Any) -> float | None:
    if value is None:
        return None
    share = float(value)
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share")
    return share


def _range(value: Any) -> Range:
    return Range(float(value["min"]), float(value["max"]), float(value["default"]))


def _steps(value: Any) -> dict[str, Range]:
    """Either one range for the few-step sampler, or one range per sampler."""
    if "default" in value:
        few = _range(value)
        return {"consistency": few, "lcm": few}
    ranges = {str(name): _range(item) for name, item in value.items()}
    if "consistency" in ranges:
        ranges.setdefault("lcm", ranges["consistency"])
    return ranges


def _matrix(rows: Any) -> tuple[tuple[float, ...], ...]:
    matrix = tuple(tuple(float(number) for number in row) for row in rows)
    if any(len(row) != 3 for row in matrix):
        raise ValueError("latent_rgb needs three columns")
    return matrix


def _derived(folder: Path) -> Capabilities:
    adapters = sorted(
        path.name.removeprefix("adapter_") for path in folder.glob("adapter_*") if path.is_dir()
    )
    teacher = (folder / "teacher").is_dir()
    side = 64
    config = folder / "unet" / "config.json"
    if config.is_file():
        size = parse_json(config.read_bytes(), f"{folder.name}/unet/config.json").get("sample_size")
        side = size if isinstance(size, int) and 8 <= size <= 128 else side
    return Capabilities(
        samplers=("lcm", "consistency", *(("ddim", "ddpm") if teacher else ())),
        controls=tuple(adapters),
        sizes=((side * 8, side * 8),),
        guidance=Range(1.0, 14.0, 8.0),
        steps={"lcm": Range(1, 8, 4), "consistency": Range(1, 8, 4)},
        negative="none",
        target_time=False,
        native=False,
    )
