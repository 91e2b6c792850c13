"""What a model says of itself: its `underpaint.json` as `Capabilities`. Free of torch, so that a form can ask it
cheaply."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from studio_app.core.capabilities import SAMPLERS, Capabilities, Range
from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json


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
    named = tuple(str(name) for name in value["samplers"])
    beside = (name for name, facts in SAMPLERS.items() if facts.with_sampler in named)
    return Capabilities(
        samplers=tuple(dict.fromkeys((*named, *beside))),
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


def _derived(folder: Path) -> Capabilities:
    adapters = sorted(
        path.name.removeprefix("adapter_") for path in folder.glob("adapter_*") if path.is_dir()
    )
    teacher = (folder / "teacher").is_dir()
    can = [name for name, facts in SAMPLERS.items() if not facts.teacher or teacher]
    side = 64
    config = folder / "unet" / "config.json"
    if config.is_file():
        size = parse_json(config.read_bytes(), f"{folder.name}/unet/config.json").get("sample_size")
        side = size if isinstance(size, int) and 8 <= size <= 128 else side
    return Capabilities(
        samplers=tuple(sorted(can, key=lambda name: name != "lcm")),  # what it was distilled for
        controls=tuple(adapters),
        sizes=((side * 8, side * 8),),
        guidance=Range(1.0, 14.0, 8.0),
        steps={},
        negative="none",
        target_time=False,
        native=False,
    )
