"""From the words of a command line, or the lines of a batch, to requests.

One option means the same on the command line and in a line of a batch. Files are read here, and pictures
of another size are brought to the request's; what was done to them is said in notes.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

from studio_app.core.capabilities import SAMPLERS
from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json
from studio_app.core.reading import read_text
from studio_app.core.request import Control, ControlKind, GenerationRequest
from studio_app.document.layers import AROUNDS, Around, surrounded
from studio_app.document.pictures import (
    DecodedPicture,
    fit_depth,
    fit_pixels,
    open_picture,
)
from studio_app.document.pose_files import read_pose
from studio_app.document.recipes import read_recipe
from studio_app.export.textures import file_names

MAX_COUNT = 1000
MAX_JOBS = 10_000
MAX_JOBS_FILE = 64 << 20
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
    depth: str | None = None
    depth_around: str | None = None
    pose: str | None = None
    depth_strength: float | None = None
    pose_strength: float | None = None
    control_start: float | None = None
    control_end: float | None = None
    init: str | None = None
    strength: float | None = None
    mask: str | None = None
    like: str | None = None
    output: str | None = None


@dataclass(frozen=True)
class Order:
    """A request and where its picture goes.

    frames: a folder for its steps, or None. maps: a folder for its maps, or None. alpha: whether the picture
    is a sprite.
    """

    request: GenerationRequest
    output: Path
    frames: Path | None = None
    maps: Path | None = None
    alpha: bool = False


def read_orders(args: argparse.Namespace) -> tuple[list[Order], list[str]]:
    """(orders, notes) of a command line. StudioError for whatever in it can't be made."""
    given = Options(**{item.name: getattr(args, item.name) for item in fields(Options)})
    usual = "isolated" if args.alpha else None
    notes: list[str] = []
    output = _output(given.output or "underpaint.png")
    if args.jobs is not None:
        if args.count is not None:
            raise StudioError(
                "--count and --jobs don't go together", "", "Give each line its seed."
            )
        pairs = [
            (build_request(line, folder, notes, usual), line.output)
            for line, folder in _job_lines(Path(args.jobs), given)
        ]
        numbered = _numbered(output, len(pairs))
        outputs = [
            _output(name) if name is not None else path
            for (_, name), path in zip(pairs, numbered, strict=True)
        ]
        requests = [request for request, _ in pairs]
    else:
        count = 1 if args.count is None else args.count
        if not 1 <= count <= MAX_COUNT:
            raise StudioError(f"--count can't be {count}", f"it must be from 1 to {MAX_COUNT}")
        first = build_request(given, Path(), notes, usual)
        requests = [replace(first, seed=first.seed + i) for i in range(count)]
        outputs = _numbered(output, count)
    twice = next((path for i, path in enumerate(outputs) if path in outputs[:i]), None)
    if twice is not None:
        raise StudioError(
            "Two pictures have the same name", str(twice), "Give each its own output."
        )
    frames = [_frames(args.frames, path, len(outputs)) for path in outputs]
    maps = None if args.maps is None else Path(args.maps)
    orders = [
        Order(*parts, maps, args.alpha) for parts in zip(requests, outputs, frames, strict=True)
    ]
    _check_products(orders)
    return orders, notes


def build_request(
    given: Options, folder: Path, notes: list[str], usual_kind: str | None = None
) -> GenerationRequest:
    """The request of some options: what they leave open comes from the picture it is like, else from the model.

    folder: relative file names start here. usual_kind: of picture, where nothing names one. Appends to `notes`.
    """
    like = None if given.like is None else read_recipe(folder / given.like)
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
    }
    values |= {name: value for name, value in named.items() if value is not None}
    if usual_kind is not None:
        values.setdefault("kind", usual_kind)
    if given.tile is not None:
        if given.tile not in TILES:
            raise StudioError(f"No tiling {given.tile!r}", "it is x, y, xy or none")
        values["tile"] = TILES[given.tile]
    if "prompt" not in values:
        raise StudioError(
            "There is no prompt", "", 'Say what the picture shows: underpaint render "..."'
        )
    _add_model_defaults(values)
    width, height = _size(given, values)
    values["width"], values["height"] = width, height
    if like is not None and (like.width, like.height) != (width, height):
        values["start"] = None  # its latent is of the other size
    # A request of the same size without pictures: sizes are known to be good before files are fitted.
    bare = {
        name: values[name] for name in values if name not in ("init", "mask", "start", "controls")
    }
    GenerationRequest(**bare)
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
    values["controls"] = _controls(given, folder, values.get("controls", ()), width, height, notes)
    return GenerationRequest(**values)


def _check_products(orders: list[Order]) -> None:
    """StudioError where a sprite has no background to be cut from, or maps would overwrite something."""
    taken = {order.output.absolute() for order in orders}
    for order in orders:
        kind = order.request.kind
        if order.alpha and kind != "isolated":
            raise StudioError(
                f"A {kind} has no alpha",
                "--alpha cuts a thing out of the grey that isolated pictures lie over",
                "Ask for --kind isolated.",
            )
        if order.maps is None:
            continue
        if order.maps.exists() and not order.maps.is_dir():
            raise StudioError(f"{order.maps.name} is no folder", str(order.maps), "Name another.")
        names = file_names(order.output.stem, kind).values()
        files = {(order.maps / name).absolute() for name in names}
        twice = next(iter(sorted(files & taken)), None)
        if twice is not None:
            raise StudioError(
                "Two pictures have the same name", str(twice), "Give each its own output."
            )
        taken |= files


def _add_model_defaults(values: dict[str, Any]) -> None:
    """Guidance, steps and size that nobody named are the model's own."""
    from studio_app.engine.folders import find_model
    from studio_app.engine.model_card import read_capabilities

    model = values.get("model", GenerationRequest.model)
    can = read_capabilities(find_model(model))
    values.setdefault("guidance_scale", can.guidance.default)
    values.setdefault("sampler", can.samplers[0])
    if values["sampler"] in SAMPLERS:
        values.setdefault("steps", int(can.steps_of(values["sampler"]).default))
    if can.sizes:
        values.setdefault("width", can.sizes[0][0])
        values.setdefault("height", can.sizes[0][1])


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
    width: int,
    height: int,
    notes: list[str],
) -> tuple[Control, ...]:
    """The controls of the picture it is like, replaced and changed by what was given."""
    drawn: dict[str, Control] = {}
    for control in old:
        drawn[control.kind] = control
    if given.depth is not None:
        value, known = _picture("depth", folder / given.depth, width, height, notes).depth()
        value, known = fit_depth(value, known, width, height)
        drawn["depth"] = Control("depth", *surrounded(value, known, _around(given)))
    elif given.depth_around is not None:
        raise StudioError("--depth-around needs a depth", "", "Give it with --depth FILE.")
    if given.pose is not None:
        drawn["pose"] = _pose(folder / given.pose, width, height, notes)
    strengths: dict[ControlKind, float | None] = {
        "depth": given.depth_strength,
        "pose": given.pose_strength,
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
            "--control-start and --control-end need a control", "", "Give --depth or --pose."
        )
    return tuple(replace(control, **window) for control in drawn.values())


def _around(given: Options) -> Around:
    """What the transparent parts of a depth picture mean, as on the canvas."""
    named = given.depth_around or "background"
    for around in AROUNDS:
        if around == named:
            return around
    raise StudioError(f"Depth can't be surrounded by {named!r}", "it is " + " or ".join(AROUNDS))


def _pose(path: Path, width: int, height: int, notes: list[str]) -> Control:
    if path.suffix.lower() in (".json", ".txt"):
        from studio_app.scene.openpose import draw_pose

        pose = read_pose(path)
        if pose.canvas is None:
            notes.append(f"{path.name} does not tell its canvas: taken to fit {width}x{height}")
        elif pose.canvas[0] * height != pose.canvas[1] * width:
            _note_size("pose", path.name, pose.canvas, width, height, notes)
        return Control("pose", draw_pose(pose.fitted(width, height), width, height))
    pixels = _picture("pose", path, width, height, notes).rgb()
    return Control("pose", fit_pixels(pixels, width, height))


def _picture(what: str, path: Path, width: int, height: int, notes: list[str]) -> DecodedPicture:
    picture = open_picture(path, fit=(width, height))
    _note_size(what, path.name, picture.size, width, height, notes)
    return picture


def _note_size(
    what: str, name: str, size: tuple[int, int], width: int, height: int, notes: list[str]
) -> None:
    if size != (width, height):
        notes.append(f"the {what} {name} is {size[0]}x{size[1]}: resized to {width}x{height}")


def _job_lines(path: Path, given: Options) -> list[tuple[Options, Path]]:
    """The options of each line, over those of the command line; # and empty lines are skipped."""
    shared = {item.name: getattr(given, item.name) for item in fields(Options)}
    shared["output"] = None
    lines: list[tuple[Options, Path]] = []
    # Not splitlines: U+2028 and its kin end no line of JSON.
    for number, line in enumerate(read_text(path, MAX_JOBS_FILE).split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"line {number} of {path.name}"
        value: Any = parse_json(line, where)
        if not isinstance(value, Mapping):
            raise StudioError(f"Can't read {where}", "it is not a JSON object")
        own = {
            str(name).replace("-", "_"): item
            for name, item in cast("Mapping[str, Any]", value).items()
        }
        _check_types(own, where)
        lines.append((Options(**(shared | own)), path.parent))
    if not 1 <= len(lines) <= MAX_JOBS:
        raise StudioError(f"{path.name} holds {len(lines)} requests", f"it must be 1 to {MAX_JOBS}")
    return lines


def _check_types(own: Mapping[str, Any], where: str) -> None:
    types = {item.name: str(item.type).split(" ")[0] for item in fields(Options)}
    for name, value in own.items():
        if name not in types:
            raise StudioError(
                f"Unknown option {name!r} in {where}", "", "Known: " + ", ".join(types)
            )
        kind = types[name]
        good = isinstance(value, str) if kind == "str" else isinstance(value, int | float)
        if not good or isinstance(value, bool) or (kind == "int" and not isinstance(value, int)):
            wanted = {"str": "text", "int": "a whole number", "float": "a number"}[kind]
            raise StudioError(f"Bad {name} in {where}", f"{value!r:.60} is not {wanted}")


def _output(name: str) -> Path:
    path = Path(name)
    if path.suffix.lower() != ".png":
        raise StudioError(
            f"Can't write {path.name or name}", "pictures are PNGs", "Name it with .png."
        )
    return path


def _numbered(output: Path, count: int) -> list[Path]:
    """`output` itself for one picture; for more, numbered beside it."""
    if count == 1:
        return [output]
    digits = max(len(str(count)), 2)
    return [output.with_stem(f"{output.stem}-{i:0{digits}}") for i in range(1, count + 1)]


def _frames(folder: str | None, output: Path, count: int) -> Path | None:
    if folder is None:
        return None
    return Path(folder) if count == 1 else Path(folder) / output.stem
