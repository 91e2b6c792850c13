"""The request: everything that decides a picture, and nothing else.

A GenerationRequest is the dirty flag of the live loop, the recipe in a PNG, the row of a history and the
line of a batch. It is frozen, compares and hashes by the content of its arrays, pickles, and has a
JSON-able form. It is checked when it is made: an impossible one never reaches the engine. What a certain
model can't do is the engine's to say.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import digest, frozen, pack, unpack
from studio_app.core.checking import (
    FORMAT,
    check_int,
    checked_picture,
    items_of,
    known_fields,
    required,
    set_number,
    tuple_of,
    unpickled,
    wrong,
)
from studio_app.core.controls import MAX_ARRAY, MAX_CONTROLS, Control
from studio_app.core.errors import StudioError
from studio_app.core.regions import MAX_REGIONS, Region
from studio_app.core.text import is_whole

PictureKind = Literal["scene", "character", "isolated", "texture"]
PICTURE_KINDS: tuple[PictureKind, ...] = get_args(PictureKind)

MIN_SIDE, MAX_SIDE, SIDE_STEP = 64, 2048, 32
MAX_STEPS = 1000
MAX_PROMPT = 4000
MAX_SEED = 2**63 - 1
MAX_LORA = 100.0
MAX_CLIP_SKIP = 32
_YOUNGER = {"regions": (), "clip_skip": 1}
"""Fields that requests did not have once -> what they mean then: digests and recipes of before hold."""


@dataclass(frozen=True, eq=False)
class Start:
    """Where a branch begins: the x_t that step `step` (0-based) of the request's own grid starts from.

    latent: float32 [C, h, w] of the model's, a noisy Frame's.
    """

    latent: NDArray[np.float32]
    step: int

    def __post_init__(self) -> None:
        latent = np.asarray(self.latent)
        if latent.dtype != np.float32 or latent.ndim != 3 or not np.isfinite(latent).all():
            raise wrong(
                "start latent", f"{latent.dtype} {latent.shape}", "finite float32 [C, h, w]"
            )
        object.__setattr__(self, "latent", frozen(latent))
        check_int(self, "step", 0, MAX_STEPS - 1, "start step")

    @cached_property
    def digest(self) -> str:
        return digest(self.latent, self.step)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Start) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __setstate__(self, state: dict[str, Any]) -> None:
        unpickled(self, state)


@dataclass(frozen=True, eq=False)
class GenerationRequest:
    """Two equal requests mean the same picture.

    guidance_scale: 1 (none) and up; the model says which it knows. steps: denoising steps.
    seed: 0..2**63-1. width, height: multiples of 32, 64..2048; a model may bear less.
    tile: wrap on the x axis (left/right), on the y axis (top/bottom).
    loras: (name, weight) pairs.
    init: uint8 [H, W, 3] RGB of the picture's size; strength 0..1 is how far it may go from it.
    mask: uint8 [H, W], 255 = paint anew, 0 = keep bit-exact; needs an init.
    regions: words of parts of the picture, beside the prompt.
    clip_skip: from which layer of its text encoder, counted from the last, a model is told words: 1 is the last.
    """

    prompt: str
    negative_prompt: str = ""
    guidance_scale: float = 2.0
    steps: int = 4
    sampler: str = "consistency"
    seed: int = 0
    width: int = 256
    height: int = 256
    kind: PictureKind = "scene"
    tile: tuple[bool, bool] = (False, False)
    model: str = "underpaint-256"
    loras: tuple[tuple[str, float], ...] = ()
    init: NDArray[np.uint8] | None = None
    strength: float = 1.0
    mask: NDArray[np.uint8] | None = None
    start: Start | None = None
    controls: tuple[Control, ...] = ()
    regions: tuple[Region, ...] = ()
    clip_skip: int = 1

    def __post_init__(self) -> None:
        self._check_words()
        self._check_numbers()
        self._check_pictures()

    @cached_property
    def digest(self) -> str:
        """Content digest of every field; equal requests have equal digests, in every process."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        old = (name for name, usual in _YOUNGER.items() if values[name] == usual)
        for name in tuple(old):
            del values[name]
        return digest(*(_part(value) for value in values.values()))

    def __eq__(self, other: object) -> bool:
        return (
            self.digest == other.digest if isinstance(other, GenerationRequest) else NotImplemented
        )

    def __hash__(self) -> int:
        return hash(self.digest)

    def __setstate__(self, state: dict[str, Any]) -> None:
        unpickled(self, state)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, arrays deflated; what is None or has no controls is left out."""
        value: dict[str, Any] = {"format": FORMAT}
        for item in fields(self):
            current: Any = getattr(self, item.name)
            if current is None or item.name in ("controls", "regions"):
                continue
            if item.name == "clip_skip" and current == _YOUNGER[item.name]:
                continue
            if item.name in ("init", "mask"):
                value[item.name] = pack(current)
            elif isinstance(current, Start):
                value[item.name] = {"latent": pack(current.latent), "step": current.step}
            else:
                items = items_of(current)
                value[item.name] = current if items is None else list(items)
        if self.controls:
            value["controls"] = [control.to_dict() for control in self.controls]
        if self.regions:
            value["regions"] = [region.to_dict() for region in self.regions]
        return value

    @classmethod
    def from_dict(cls, value: Any) -> GenerationRequest:
        """The inverse of `to_dict`, for untrusted input. StudioError names what is wrong."""
        given = known_fields(cls, value, "recipe")
        for name in ("init", "mask"):
            if given.get(name) is not None:
                given[name] = unpack(given[name], name, MAX_ARRAY)
        if given.get("start") is not None:
            start = known_fields(Start, given["start"], "start")
            given["start"] = Start(
                unpack(start.get("latent"), "start", MAX_ARRAY), start.get("step", 0)
            )
        for name in ("controls", "tile", "loras", "regions"):
            if name in given:
                given[name] = tuple_of(given[name], name)
        if "loras" in given:
            given["loras"] = tuple(tuple_of(pair, "LoRA") for pair in given["loras"])
        if len(given.get("controls", ())) > MAX_CONTROLS:  # before the first is inflated
            raise wrong("number of controls", len(given["controls"]), f"at most {MAX_CONTROLS}")
        given["controls"] = tuple(Control.from_dict(item) for item in given.get("controls", ()))
        if len(given.get("regions", ())) > MAX_REGIONS:
            raise wrong("number of regions", len(given["regions"]), f"at most {MAX_REGIONS}")
        given["regions"] = tuple(Region.from_dict(item) for item in given.get("regions", ()))
        return cls(**required(given, "recipe", "prompt"))

    def _check_words(self) -> None:
        for name in ("prompt", "negative_prompt", "sampler", "model"):
            text: Any = getattr(self, name)
            if not isinstance(text, str):
                raise wrong(name.replace("_", " "), text, "text")
            if not is_whole(text):
                raise wrong(name.replace("_", " "), ascii(text), "whole characters of UTF-8")
            if len(text) > MAX_PROMPT:
                raise wrong(
                    name.replace("_", " "), f"{len(text)} characters", f"at most {MAX_PROMPT}"
                )
        if not self.prompt.strip():
            raise StudioError("The prompt is empty", "", "Say what the picture shows")
        if self.kind not in PICTURE_KINDS:
            raise wrong("kind", self.kind, "one of " + ", ".join(PICTURE_KINDS))
        if [type(axis) for axis in items_of(self.tile) or ()] != [bool, bool]:
            raise wrong("tile", self.tile, "two booleans, for x and y")
        loras = items_of(self.loras)
        if loras is None or not all(_is_lora(pair) for pair in loras):
            raise wrong("loras", self.loras, "pairs of a name and a weight")

    def _check_numbers(self) -> None:
        set_number(self, "guidance_scale", 1.0, 30.0, "guidance scale")
        set_number(self, "strength", 0.0, 1.0, "strength")
        check_int(self, "steps", 1, MAX_STEPS, "number of steps")
        check_int(self, "seed", 0, MAX_SEED, "seed")
        check_int(self, "clip_skip", 1, MAX_CLIP_SKIP, "clip skip")
        for name in ("width", "height"):
            check_int(self, name, 1, 1 << 30, name)
            side: int = getattr(self, name)
            if side % SIDE_STEP or not MIN_SIDE <= side <= MAX_SIDE:
                nearest = min(max(round(side / SIDE_STEP) * SIDE_STEP, MIN_SIDE), MAX_SIDE)
                raise StudioError(
                    f"The {name} can't be {side}",
                    f"sizes are multiples of {SIDE_STEP} from {MIN_SIDE} to {MAX_SIDE}",
                    f"The nearest is {nearest}",
                )

    def _check_pictures(self) -> None:
        for name, planes in (("init", 3), ("mask", 2)):
            picture: Any = getattr(self, name)
            if picture is None:
                continue
            picture = checked_picture(picture, name, planes)
            if picture.dtype != np.uint8 or picture.shape[:2] != (self.height, self.width):
                size = f"{picture.dtype} {picture.shape[1]}x{picture.shape[0]}"
                raise wrong(name, size, f"uint8 {self.width}x{self.height}")
            object.__setattr__(self, name, picture)
        if self.mask is not None and self.init is None:
            raise StudioError(
                "A mask needs a picture", "", "Give the picture it belongs to as init"
            )
        controls = items_of(self.controls)
        if controls is None or not all(isinstance(item, Control) for item in controls):
            raise wrong("controls", self.controls, "a tuple of Control")
        if len(self.controls) > MAX_CONTROLS:
            raise wrong("number of controls", len(self.controls), f"at most {MAX_CONTROLS}")
        self._check_regions()
        start: Any = self.start
        if start is None:
            return
        if not isinstance(start, Start):
            raise wrong("start", start, "a Start")
        if start.step >= self.steps:
            raise wrong("start step", start.step, f"below the number of steps, {self.steps}")

    def _check_regions(self) -> None:
        regions = items_of(self.regions)
        if regions is None or not all(isinstance(item, Region) for item in regions):
            raise wrong("regions", self.regions, "a tuple of Region")
        if len(self.regions) > MAX_REGIONS:
            raise wrong("number of regions", len(self.regions), f"at most {MAX_REGIONS}")
        for region in self.regions:
            if region.mask.shape != (self.height, self.width):
                raise wrong("mask of a region", region.mask.shape, f"{self.width}x{self.height}")


def _is_lora(pair: object) -> bool:
    match items_of(pair):
        case (str() as name, int() | float() as weight):
            return is_whole(name) and abs(weight) <= MAX_LORA
        case _:
            return False


def _part(value: object) -> object:
    if isinstance(value, Start):
        return value.digest
    items = items_of(value)
    if items is None:
        return value
    return tuple(item.digest if isinstance(item, Control | Region) else item for item in items)
