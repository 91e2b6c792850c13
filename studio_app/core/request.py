"""The request: everything that decides a picture, and nothing else.

A GenerationRequest is the dirty flag of the live loop, the recipe in a PNG, the row of a history and the
line of a batch. It is frozen, compares and hashes by the content of its arrays, pickles, and has a
JSON-able form. It is checked when it is made: an impossible one never reaches the engine. What a certain
model can't do is the engine's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import digest, frozen, pack, unpack
from studio_app.core.errors import StudioError
from studio_app.core.text import is_whole

ControlKind = Literal["depth", "pose", "edge", "normal"]
PictureKind = Literal["scene", "character", "isolated", "texture"]
CONTROL_KINDS: tuple[ControlKind, ...] = get_args(ControlKind)
PICTURE_KINDS: tuple[PictureKind, ...] = get_args(PictureKind)

FORMAT = 1
MIN_SIDE, MAX_SIDE, SIDE_STEP = 64, 512, 32
MAX_STEPS = 1000
MAX_PROMPT = 4000
MAX_SEED = 2**63 - 1
MAX_LORA = 100.0
MAX_CONTROLS = 8
MAX_ARRAY = 16 << 20
"""Bytes of an array in a recipe: a drawing of 2048x2048, in float32."""


@dataclass(frozen=True, eq=False)
class Control:
    """A drawing that guides the picture.

    pixels: uint8 0..255 or float32 0..1; [H, W] for depth (1 = near, 0 = background, linear in 1/z) and
        edge, [H, W, 3] for pose (an OpenPose picture, RGB) and normal. Any size: the engine fits it.
    known: uint8 [H, W], 255 where drawn, 0 where the artist said nothing (not: background); None = all.
    strength: 0..2. start, end: the part of the run it acts in, 0..1; it acts on the steps i of n with
        start <= i / n < end, i = 0..n-1.
    """

    kind: ControlKind
    pixels: NDArray[Any]
    known: NDArray[np.uint8] | None = None
    strength: float = 1.0
    start: float = 0.0
    end: float = 1.0
    _same_drawing: ClassVar[Control | None] = None

    def __post_init__(self) -> None:
        if self.kind not in CONTROL_KINDS:
            raise _wrong("control", self.kind, "one of " + ", ".join(CONTROL_KINDS))
        planes = 2 if self.kind in ("depth", "edge") else 3
        pixels = _picture(self.pixels, f"{self.kind} control", planes)
        object.__setattr__(self, "pixels", pixels)
        if self.known is not None:
            known = _picture(self.known, "known mask", 2)
            if known.dtype != np.uint8 or known.shape != pixels.shape[:2]:
                raise _wrong("known mask", known.shape, f"uint8 {pixels.shape[:2]}")
            object.__setattr__(self, "known", known)
        _set_number(self, "strength", 0.0, 2.0, f"{self.kind} strength")
        _set_number(self, "start", 0.0, 1.0, "control start")
        _set_number(self, "end", 0.0, 1.0, "control end")
        if self.end < self.start:
            raise _wrong("control end", self.end, f"at least its start, {self.start:g}")

    @cached_property
    def drawing(self) -> str:
        """Digest of what is drawn (kind, pixels, known), without how strongly it acts."""
        if self._same_drawing is not None:
            return self._same_drawing.drawing
        return digest(self.kind, self.pixels, self.known)

    def acts(self, i: int, n: int) -> bool:
        """Whether it acts on step i (0-based) of n."""
        return self.strength > 0 and begins_within(i, n, self.start, self.end)

    def acting(self, strength: float, start: float = 0.0, end: float = 1.0) -> Control:
        """The same drawing, acting so strongly on this part of the run. Its digest is computed once for both."""
        if (strength, start, end) == (self.strength, self.start, self.end):
            return self
        other = replace(self, strength=strength, start=start, end=end)
        object.__setattr__(other, "_same_drawing", self)
        return other

    @cached_property
    def digest(self) -> str:
        return digest(self.drawing, self.strength, self.start, self.end)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Control) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __setstate__(self, state: dict[str, Any]) -> None:
        _unpickled(self, state)

    def to_dict(self) -> dict[str, Any]:
        value: dict[str, Any] = {"kind": self.kind, "pixels": pack(self.pixels)}
        if self.known is not None:
            value["known"] = pack(self.known)
        return value | {"strength": self.strength, "start": self.start, "end": self.end}

    @classmethod
    def from_dict(cls, value: Any) -> Control:
        given = _known_fields(cls, value, "control")
        given["pixels"] = unpack(given.get("pixels"), "control", MAX_ARRAY)
        if given.get("known") is not None:
            given["known"] = unpack(given["known"], "known mask", MAX_ARRAY)
        return cls(**_required(given, "control", "kind"))


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
            raise _wrong(
                "start latent", f"{latent.dtype} {latent.shape}", "finite float32 [C, h, w]"
            )
        object.__setattr__(self, "latent", frozen(latent))
        _set_int(self, "step", 0, MAX_STEPS - 1, "start step")

    @cached_property
    def digest(self) -> str:
        return digest(self.latent, self.step)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Start) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __setstate__(self, state: dict[str, Any]) -> None:
        _unpickled(self, state)


@dataclass(frozen=True, eq=False)
class GenerationRequest:
    """Two equal requests mean the same picture.

    guidance_scale: 1 (none) and up; the model says which it knows. steps: denoising steps.
    seed: 0..2**63-1. width, height: multiples of 32, 64..512.
    tile: wrap on the x axis (left/right), on the y axis (top/bottom).
    loras: (name, weight) pairs.
    init: uint8 [H, W, 3] RGB of the picture's size; strength 0..1 is how far it may go from it.
    mask: uint8 [H, W], 255 = paint anew, 0 = keep bit-exact; needs an init.
    """

    prompt: str
    negative_prompt: str = ""
    guidance_scale: float = 3.0
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

    def __post_init__(self) -> None:
        self._check_words()
        self._check_numbers()
        self._check_pictures()

    @cached_property
    def digest(self) -> str:
        """Content digest of every field; equal requests have equal digests, in every process."""
        values = (getattr(self, item.name) for item in fields(self))
        return digest(*(_part(value) for value in values))

    def __eq__(self, other: object) -> bool:
        return (
            self.digest == other.digest if isinstance(other, GenerationRequest) else NotImplemented
        )

    def __hash__(self) -> int:
        return hash(self.digest)

    def __setstate__(self, state: dict[str, Any]) -> None:
        _unpickled(self, state)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, arrays deflated; what is None or has no controls is left out."""
        value: dict[str, Any] = {"format": FORMAT}
        for item in fields(self):
            current: Any = getattr(self, item.name)
            if current is None or item.name == "controls":
                continue
            if item.name in ("init", "mask"):
                value[item.name] = pack(current)
            elif isinstance(current, Start):
                value[item.name] = {"latent": pack(current.latent), "step": current.step}
            else:
                items = _items(current)
                value[item.name] = current if items is None else list(items)
        if self.controls:
            value["controls"] = [control.to_dict() for control in self.controls]
        return value

    @classmethod
    def from_dict(cls, value: Any) -> GenerationRequest:
        """The inverse of `to_dict`, for untrusted input. StudioError names what is wrong."""
        given = _known_fields(cls, value, "recipe")
        for name in ("init", "mask"):
            if given.get(name) is not None:
                given[name] = unpack(given[name], name, MAX_ARRAY)
        if given.get("start") is not None:
            start = _known_fields(Start, given["start"], "start")
            given["start"] = Start(
                unpack(start.get("latent"), "start", MAX_ARRAY), start.get("step", 0)
            )
        for name in ("controls", "tile", "loras"):
            if name in given:
                given[name] = _tuple(given[name], name)
        if "loras" in given:
            given["loras"] = tuple(_tuple(pair, "LoRA") for pair in given["loras"])
        if len(given.get("controls", ())) > MAX_CONTROLS:  # before the first is inflated
            raise _wrong("number of controls", len(given["controls"]), f"at most {MAX_CONTROLS}")
        given["controls"] = tuple(Control.from_dict(item) for item in given.get("controls", ()))
        return cls(**_required(given, "recipe", "prompt"))

    def _check_words(self) -> None:
        for name in ("prompt", "negative_prompt", "sampler", "model"):
            text: Any = getattr(self, name)
            if not isinstance(text, str):
                raise _wrong(name.replace("_", " "), text, "text")
            if not is_whole(text):
                raise _wrong(name.replace("_", " "), ascii(text), "whole characters of UTF-8")
            if len(text) > MAX_PROMPT:
                raise _wrong(
                    name.replace("_", " "), f"{len(text)} characters", f"at most {MAX_PROMPT}"
                )
        if not self.prompt.strip():
            raise StudioError("The prompt is empty", "", "Say what the picture shows")
        if self.kind not in PICTURE_KINDS:
            raise _wrong("kind", self.kind, "one of " + ", ".join(PICTURE_KINDS))
        if [type(axis) for axis in _items(self.tile) or ()] != [bool, bool]:
            raise _wrong("tile", self.tile, "two booleans, for x and y")
        loras = _items(self.loras)
        if loras is None or not all(_is_lora(pair) for pair in loras):
            raise _wrong("loras", self.loras, "pairs of a name and a weight")

    def _check_numbers(self) -> None:
        _set_number(self, "guidance_scale", 1.0, 30.0, "guidance scale")
        _set_number(self, "strength", 0.0, 1.0, "strength")
        _set_int(self, "steps", 1, MAX_STEPS, "number of steps")
        _set_int(self, "seed", 0, MAX_SEED, "seed")
        for name in ("width", "height"):
            _set_int(self, name, 1, 1 << 30, name)
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
            picture = _picture(picture, name, planes)
            if picture.dtype != np.uint8 or picture.shape[:2] != (self.height, self.width):
                size = f"{picture.dtype} {picture.shape[1]}x{picture.shape[0]}"
                raise _wrong(name, size, f"uint8 {self.width}x{self.height}")
            object.__setattr__(self, name, picture)
        if self.mask is not None and self.init is None:
            raise StudioError(
                "A mask needs a picture", "", "Give the picture it belongs to as init"
            )
        controls = _items(self.controls)
        if controls is None or not all(isinstance(item, Control) for item in controls):
            raise _wrong("controls", self.controls, "a tuple of Control")
        if len(self.controls) > MAX_CONTROLS:
            raise _wrong("number of controls", len(self.controls), f"at most {MAX_CONTROLS}")
        start: Any = self.start
        if start is None:
            return
        if not isinstance(start, Start):
            raise _wrong("start", start, "a Start")
        if start.step >= self.steps:
            raise _wrong("start step", start.step, f"below the number of steps, {self.steps}")


def begins_within(i: int, n: int, start: float, end: float) -> bool:
    """Whether step i (0-based) of n begins in this part of the run, 0..1."""
    return start <= i / n < end


def _picture(value: Any, what: str, planes: int) -> NDArray[Any]:
    expected = "uint8, or float32 from 0 to 1, " + ("[H, W]" if planes == 2 else "[H, W, 3]")
    if not isinstance(value, np.ndarray):
        raise _wrong(what, type(value).__name__, expected)
    array = cast("NDArray[Any]", value)
    shape_ok = array.ndim == planes and array.size > 0 and (planes == 2 or array.shape[2] == 3)
    if not shape_ok or array.dtype.name not in ("uint8", "float32"):
        raise _wrong(what, f"{array.dtype} {list(array.shape)}", expected)
    if array.dtype.name == "float32" and not (
        array.min() >= 0 and array.max() <= 1
    ):  # NaN fails too
        raise _wrong(what, "has values outside 0 to 1, or NaN", expected)
    return frozen(array)


def _items(value: object) -> tuple[object, ...] | None:
    """The items of a tuple; None of anything else."""
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else None


def _is_lora(pair: object) -> bool:
    match _items(pair):
        case (str() as name, int() | float() as weight):
            return is_whole(name) and abs(weight) <= MAX_LORA
        case _:
            return False


def _set_number(owner: object, name: str, low: float, high: float, what: str) -> None:
    value: Any = getattr(owner, name)
    # Compared as it is: float(10**400) has no answer.
    if not isinstance(value, int | float) or type(value) is bool or not low <= value <= high:
        raise _wrong(what, value, f"a number from {low:g} to {high:g}")
    object.__setattr__(owner, name, float(value))


def _set_int(owner: object, name: str, low: int, high: int, what: str) -> None:
    value: object = getattr(owner, name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _wrong(what, value, f"a whole number from {low} to {high}")


def _wrong(what: str, value: object, expected: str) -> StudioError:
    # Python writes no more than 4300 digits.
    huge = isinstance(value, int) and abs(value) > 10**60
    shown = "a number of that many digits" if huge else str(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return StudioError(f"The {what} can't be {shown}", f"it must be {expected}")


def _known_fields(kind: type[Any], value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise StudioError(f"This {what} is broken", "it is not a JSON object")
    names = {item.name for item in fields(kind)}
    mapping = cast("Mapping[object, Any]", value)
    if mapping.get("format", FORMAT) != FORMAT:
        raise StudioError(
            f"This {what} is of another version",
            f"format {mapping['format']!r}, and this Underpaint reads {FORMAT}",
            "Open it with the Underpaint that wrote it.",
        )
    items = mapping.items()
    given: dict[str, Any] = {str(key): item for key, item in items if key != "format"}
    unknown = sorted(set(given) - names)
    if unknown:
        raise StudioError(
            f"This {what} has an unknown field",
            f"{unknown[0]!r}",
            "Known are " + ", ".join(sorted(names)),
        )
    return given


def _tuple(value: Any, what: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _wrong(what, type(cast("object", value)).__name__, "a list")
    return tuple(cast("list[Any]", value))


def _required(given: dict[str, Any], what: str, name: str) -> dict[str, Any]:
    if name not in given:
        raise StudioError(f"This {what} has no {name}", "", f"Add {name!r}")
    return given


def _part(value: object) -> object:
    if isinstance(value, Start):
        return value.digest
    items = _items(value)
    if items is None:
        return value
    return tuple(item.digest if isinstance(item, Control) else item for item in items)


def _unpickled(owner: object, state: dict[str, Any]) -> None:
    # numpy gives writable arrays back from a pickle: seal them again.
    owner.__dict__.update(state)
    for value in state.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
