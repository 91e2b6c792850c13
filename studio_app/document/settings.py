"""The knobs of a document: everything that decides the picture beside what is drawn."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.request import MAX_CLIP_SKIP, MAX_SIDE, MIN_SIDE, PICTURE_KINDS, PictureKind
from studio_app.core.text import clean_text


@dataclass(frozen=True)
class Settings:
    """Frozen and comparable. Ranges are the request's; what a certain model can do, `request_of` knows.

    strength: how far the picture may go from its colours, 0..1. tile: wrap in x, in y.
    seed_locked: `generate_once` keeps the seed.
    preset: id of the preset these came from, or None once they are the artist's own.
    kind_chosen, tile_chosen: whether the artist said so; else the prompt's words do (document/guess.py).
    loras: (name or path, weight) of each that the model wears, in order.
    clip_skip: from which layer of its text encoder a model is told words; 1 is the last.
    finish, finish_steps: the sampler and steps that an idle studio finishes the picture with; "" = none.
    """

    prompt: str = ""
    negative_prompt: str = ""
    guidance_scale: float = 2.0
    steps: int = 4
    sampler: str = "consistency"
    seed: int = 7
    seed_locked: bool = False
    strength: float = 0.75
    width: int = 256
    height: int = 256
    kind: PictureKind = "scene"
    tile: tuple[bool, bool] = (False, False)
    preset: str | None = None
    finish: str = ""
    finish_steps: int = 20
    kind_chosen: bool = False
    tile_chosen: bool = False
    loras: tuple[tuple[str, float], ...] = ()
    clip_skip: int = 1


SETTING_NAMES: tuple[str, ...] = tuple(item.name for item in fields(Settings))
_RANGES: dict[str, tuple[float, float]] = {
    "guidance_scale": (1.0, 30.0),
    "strength": (0.0, 1.0),
}
_WHOLE: dict[str, tuple[int, int]] = {
    "steps": (1, 1000),
    "finish_steps": (1, 1000),
    "clip_skip": (1, MAX_CLIP_SKIP),
    "seed": (0, 2**63 - 1),
    "width": (MIN_SIDE, MAX_SIDE),
    "height": (MIN_SIDE, MAX_SIDE),
}


MOST_LORAS = 16
MAX_LORA_WEIGHT = 4.0


def with_settings(settings: Settings, **values: Any) -> Settings:
    """`settings` with some of them changed; numbers are brought into range, so that a slider never fails.

    StudioError for an unknown name or a value of the wrong kind.
    """
    return replace(settings, **{name: _fitting(name, value) for name, value in values.items()})


def settings_from(value: Any) -> Settings:
    """Of a dict from a file: what is unknown or broken is left at its default."""
    settings = Settings()
    if not isinstance(value, dict):
        return settings
    given = cast("dict[Any, Any]", value)
    # A file of before there were guesses: whatever it says was chosen.
    given = {f"{name}_chosen": True for name in ("kind", "tile") if name in given} | given
    for name in SETTING_NAMES:
        if name in given:
            try:
                settings = with_settings(settings, **{name: given[name]})
            except StudioError:
                continue
    return settings


def settings_dict(settings: Settings) -> dict[str, Any]:
    """JSON-able; the inverse of `settings_from`."""
    value = {name: getattr(settings, name) for name in SETTING_NAMES}
    return value | {"tile": list(settings.tile), "loras": [list(pair) for pair in settings.loras]}


def _fitting(name: str, value: Any) -> Any:
    shown = str(value)[:60]
    if name not in SETTING_NAMES:
        raise StudioError(f"There is no setting {name}", "", "Please report this as a bug.")
    number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    if name in _RANGES and number:
        low, high = _RANGES[name]
        return min(max(float(value), low), high)
    if name in _WHOLE and number:
        least, most = _WHOLE[name]
        whole = min(max(int(value), least), most)
        return max(round(whole / 32), 2) * 32 if name in ("width", "height") else whole
    if name in ("prompt", "negative_prompt", "sampler", "finish") and isinstance(value, str):
        return clean_text(value)[:4000]
    if name == "kind" and value in PICTURE_KINDS:
        return value
    if name in ("seed_locked", "kind_chosen", "tile_chosen") and isinstance(value, bool):
        return value
    if name == "preset" and (value is None or isinstance(value, str)):
        return value if value is None else clean_text(value)
    if name == "tile" and isinstance(value, list | tuple):
        axes = tuple(cast("list[Any]", value))
        if [type(axis) for axis in axes] == [bool, bool]:
            return axes
    loras = _loras(value) if name == "loras" else None
    if loras is not None:
        return loras
    raise StudioError(f"{name} can't be {shown}", "it is not of the right kind")


def _loras(value: Any) -> tuple[tuple[str, float], ...] | None:
    """None where it is no list of pairs. Weights are brought into range; a LoRA is worn once."""
    if not isinstance(value, list | tuple):
        return None
    found: dict[str, float] = {}
    for pair in cast("list[Any]", value)[:MOST_LORAS]:
        match pair:
            case (str() as name, int() | float() as weight) if weight == weight:
                name = clean_text(name)[:1000]
                found.setdefault(name, min(max(float(weight), -MAX_LORA_WEIGHT), MAX_LORA_WEIGHT))
            case _:
                return None
    return tuple(found.items())
