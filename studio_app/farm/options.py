"""From options as they were given to a request: what they leave open comes from a recipe, or from the model.

One option means the same on the command line and in a line of a batch. Files are read here, and pictures
of another size are brought to the request's; what was done to them is said in notes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.capabilities import SAMPLERS, Capabilities
from studio_app.core.controls import Control, ControlKind
from studio_app.core.errors import StudioError
from studio_app.core.folders import find_model
from studio_app.core.reading import is_file
from studio_app.core.regions import Region
from studio_app.core.request import GenerationRequest
from studio_app.document.contents.depth import AROUNDS, Around, surrounded
from studio_app.document.contents.reference import MOST
from studio_app.document.depth_reading import DepthReading, near_of
from studio_app.document.pictures import (
    DecodedPicture,
    fit_depth,
    fit_pixels,
    open_picture,
)
from studio_app.document.pose_files import read_pose
from studio_app.document.recipes import Recipe, read_whole_recipe

TILES = {"none": (False, False), "x": (True, False), "y": (False, True), "xy": (True, True)}


@dataclass(frozen=True)
class Options:
    """One picture's worth of options, as given; None = not given."""

    prompt: str | None = None
    negative: str | None = None
    guidance: float | None = None
    kind: str | None = None
    steps: int | None = None
    sampler: str | None = None
    seed: int | None = None
    size: str | None = None
    tile: str | None = None
    model: str | None = None
    lora: list[str] | str | None = None
    clip_skip: int | None = None
    depth: str | None = None
    depth_around: str | None = None
    depth_near: str | None = None
    depth_normalise: bool | None = None
    pose: str | None = None
    reference: str | None = None
    depth_strength: float | None = None
    pose_strength: float | None = None
    reference_strength: float | None = None
    control_start: float | None = None
    control_end: float | None = None
    init: str | None = None
    strength: float | None = None
    mask: str | None = None
    like: str | None = None
    alpha: bool | None = None
    output: str | None = None


def capabilities_of(model: str) -> Capabilities:
    """Of a model by its name or path. StudioError where there is none, or nobody knows what it is."""
    from studio_app.engine.families.model_card import read_capabilities

    return read_capabilities(find_model(model))


def build(
    given: Options,
    folder: Path,
    notes: list[str],
    can: Callable[[str], Capabilities] = capabilities_of,
) -> Recipe:
    """What some options ask for: what they leave open comes from the picture it is like, else from the model.

    folder: relative file names start here. Appends to `notes`. can: `capabilities_of`, or what remembers it.
    """
    known = None if given.like is None else read_whole_recipe(folder / given.like)
    like = None if known is None else known.request
    alpha = (known is not None and known.alpha) if given.alpha is None else given.alpha
    values = _plain(given, like, folder)
    if alpha:
        values.setdefault("kind", "isolated")
    _add_model_defaults(values, can(values.get("model", GenerationRequest.model)), given)
    width, height = _size(given, values)
    values["width"], values["height"] = width, height
    if like is not None and (like.width, like.height) != (width, height):
        values["start"] = None  # its latent is of the other size
    # A request of the same size without pictures: sizes are known to be good before files are fitted.
    drawn = ("init", "mask", "start", "controls", "regions")
    bare = {name: values[name] for name in values if name not in drawn}
    GenerationRequest(**bare)
    _fit_pictures(values, given, folder, notes)
    people = None if known is None else known.people
    if given.pose is not None:
        people = _people(folder / given.pose, width, height, notes)
    old = values.get("controls", ())
    values["controls"] = _controls(given, folder, old, people, width, height, notes)
    made_maps = known is not None and known.maps
    return Recipe(GenerationRequest(**values), alpha, made_maps, people)


def _plain(given: Options, like: GenerationRequest | None, folder: Path) -> dict[str, Any]:
    """Fields of the request, as in `like`, and over them what was given of words, numbers and LoRAs."""
    values: dict[str, Any] = {}
    if like is not None:
        values = {item.name: getattr(like, item.name) for item in fields(GenerationRequest)}
    named = {
        "prompt": given.prompt,
        "negative_prompt": given.negative,
        "guidance_scale": given.guidance,
        "kind": given.kind,
        "steps": given.steps,
        "sampler": given.sampler,
        "seed": given.seed,
        "model": given.model,
        "strength": given.strength,
        "clip_skip": given.clip_skip,
    }
    values |= {name: value for name, value in named.items() if value is not None}
    if given.lora is not None:
        values["loras"] = tuple(
            (str(folder / name) if is_file(folder / name) else name, weight)
            for name, weight in loras_of(given.lora)
        )
    if given.tile is not None:
        if given.tile not in TILES:
            raise StudioError(f"No tiling {given.tile!r}", "it is x, y, xy or none")
        values["tile"] = TILES[given.tile]
    if "prompt" not in values:
        raise StudioError(
            "There is no prompt", "", 'Say what the picture shows: underpaint render "..."'
        )
    return values


def _fit_pictures(values: dict[str, Any], given: Options, folder: Path, notes: list[str]) -> None:
    """Picture to start from, mask and regions, given or of the picture it is like, in the request's size."""
    width, height = values["width"], values["height"]
    for name, file in (("init", given.init), ("mask", given.mask)):
        if file is not None:
            picture = _picture(name, folder / file, width, height, notes)
            pixels = picture.rgb() if name == "init" else picture.mask()
            values[name] = fit_pixels(pixels, width, height)
        elif values.get(name) is not None:
            pixels = values[name]
            size = (pixels.shape[1], pixels.shape[0])
            _note_size(name, "the picture's", size, width, height, notes)
            values[name] = fit_pixels(pixels, width, height)
    values["regions"] = tuple(
        Region(region.prompt, fit_pixels(region.mask, width, height))
        for region in values.get("regions", ())
    )


def _add_model_defaults(values: dict[str, Any], can: Capabilities, given: Options) -> None:
    """Guidance, steps and size that nobody named are the model's own."""
    values.setdefault("guidance_scale", can.guidance.default)
    values.setdefault("sampler", can.samplers[0])
    if given.clip_skip is None and "clip_skip" in values:  # of a picture that another model drew
        values["clip_skip"] = min(values["clip_skip"], can.clip_skip)
    if values["sampler"] in SAMPLERS:
        values.setdefault("steps", int(can.steps_of(values["sampler"]).default))
    if can.sizes:
        values.setdefault("width", can.sizes[0][0])
        values.setdefault("height", can.sizes[0][1])


def loras_of(given: Any) -> tuple[tuple[str, float], ...]:
    """Of `FILE:WEIGHT`, or of several; without a weight it is 1. StudioError."""
    each = cast("list[Any]", given) if isinstance(given, list) else [given]
    found: list[tuple[str, float]] = []
    for item in each:
        if not isinstance(item, str):
            raise StudioError("The LoRAs can't be read", "each is written as FILE or FILE:0.8")
        name, colon, weight = item.rpartition(":")
        match = re.fullmatch(r"[-+]?\d{0,3}(\.\d{1,6})?", weight) if colon and name else None
        if match is None or not re.search(r"\d", weight):
            found.append((item, 1.0))
        else:
            found.append((name, float(weight)))
    return tuple(found)


def _size(given: Options, values: Mapping[str, Any]) -> tuple[int, int]:
    if given.size is None:
        return values["width"], values["height"]
    match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*", str(given.size))
    if match is None:
        raise StudioError(f"The size can't be {given.size!r}", "it is written as 256x256")
    return int(match[1]), int(match[2])


def _controls(
    given: Options,
    folder: Path,
    old: tuple[Control, ...],
    people: NDArray[np.float32] | None,
    width: int,
    height: int,
    notes: list[str],
) -> tuple[Control, ...]:
    """The controls of the picture it is like, replaced and changed by what was given. people: of a pose file."""
    drawn: dict[str, Control] = {}
    for control in old:
        drawn[control.kind] = control
    if given.depth is not None:
        picture = _picture("depth", folder / given.depth, width, height, notes)
        value, known = picture.read_as(_reading(given)).depth()
        value, known = fit_depth(value, known, width, height)
        drawn["depth"] = Control("depth", *surrounded(value, known, _around(given)))
    else:
        for name in ("depth_around", "depth_near", "depth_normalise"):
            if getattr(given, name) is not None:
                flag = f"--{name.replace('_', '-')}"
                raise StudioError(f"{flag} needs a depth", "", "Give it with --depth FILE.")
    if given.pose is not None:
        drawn["pose"] = _pose(folder / given.pose, people, width, height, notes)
    if given.reference is not None:
        drawn["reference"] = _reference(folder / given.reference)
    strengths: dict[ControlKind, float | None] = {
        "depth": given.depth_strength,
        "pose": given.pose_strength,
        "reference": given.reference_strength,
    }
    for kind, strength in strengths.items():
        if strength is not None:
            if kind not in drawn:
                raise StudioError(
                    f"--{kind}-strength needs a {kind}", "", f"Give it with --{kind} FILE."
                )
            drawn[kind] = replace(drawn[kind], strength=strength)
    window = {"start": given.control_start, "end": given.control_end}
    window = {name: value for name, value in window.items() if value is not None}
    if window and not drawn:
        raise StudioError(
            "--control-start and --control-end need a control",
            "",
            "Give --depth, --pose or --reference.",
        )
    return tuple(replace(control, **window) for control in drawn.values())


def _reading(given: Options) -> DepthReading:
    """What the numbers of a depth picture mean."""
    near = None if given.depth_near is None else near_of(given.depth_near)
    return DepthReading(near, bool(given.depth_normalise))


def _around(given: Options) -> Around:
    """What the transparent parts of a depth picture mean, as on the canvas."""
    named = given.depth_around or "background"
    for around in AROUNDS:
        if around == named:
            return around
    raise StudioError(f"Depth can't be surrounded by {named!r}", "it is " + " or ".join(AROUNDS))


def _people(path: Path, width: int, height: int, notes: list[str]) -> NDArray[np.float32] | None:
    """Those of an OpenPose file, in pixels of the picture; None where it is a picture of them."""
    if path.suffix.lower() not in (".json", ".txt"):
        return None
    pose = read_pose(path)
    if pose.canvas is None:
        notes.append(f"{path.name} does not tell its canvas: taken to fit {width}x{height}")
    elif pose.canvas[0] * height != pose.canvas[1] * width:
        _note_size("pose", path.name, pose.canvas, width, height, notes)
    return pose.fitted(width, height)


def _pose(
    path: Path, people: NDArray[np.float32] | None, width: int, height: int, notes: list[str]
) -> Control:
    if people is not None:
        from studio_app.scene.openpose import draw_pose

        return Control("pose", draw_pose(people, width, height))
    pixels = _picture("pose", path, width, height, notes).rgb()
    return Control("pose", fit_pixels(pixels, width, height))


def _reference(path: Path) -> Control:
    """In its own shape, as large as one on the canvas would be seen."""
    pixels = open_picture(path, fit=(MOST, MOST)).rgb()
    height, width = pixels.shape[:2]
    scale = min(MOST / max(height, width), 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return Control("reference", fit_pixels(pixels, *size))


def _picture(what: str, path: Path, width: int, height: int, notes: list[str]) -> DecodedPicture:
    picture = open_picture(path, fit=(width, height))
    _note_size(what, path.name, picture.size, width, height, notes)
    if picture.layers:
        named = ", ".join(name or "no name" for name in picture.layers[:8])
        more = f" and {len(picture.layers) - 8} more" if len(picture.layers) > 8 else ""
        notes.append(f"the layers of {path.name} are read as one picture: {named}{more}")
    return picture


def _note_size(
    what: str, name: str, size: tuple[int, int], width: int, height: int, notes: list[str]
) -> None:
    if size != (width, height):
        notes.append(f"the {what} {name} is {size[0]}x{size[1]}: resized to {width}x{height}")
