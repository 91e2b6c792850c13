"""The recipe of a picture, inside the picture: our own JSON, and the line that other tools read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json, parse_object
from studio_app.core.request import GenerationRequest
from studio_app.document.pictures import read_texts
from studio_app.document.pose_files import Pose, format_pose, parse_pose
from studio_app.scene.openpose import draw_pose

KEYWORD = "underpaint"
PRODUCTS_KEYWORD = "underpaint-products"
POSE_KEYWORD = "underpaint-pose"
STEP_KEYWORD = "underpaint-step"
MAX_RECIPE = 64 << 20


@dataclass(frozen=True)
class Intermediate:
    """What of a run a picture shows, where it is not what the run came to. step: 1 is the run's first."""

    step: int
    latent: Literal["x_t", "x_0"]


@dataclass(frozen=True)
class Recipe:
    """All that was asked for: a request, and what was made of its picture beside itself.

    alpha: it was cut out, as a sprite. maps: its maps were written too. people: float32 [P, 18, 3] as of a `Pose`, in
    pixels of the request, that its pose control was drawn from; None where nobody knows. shows: a step of its run;
    None where it is the whole picture.
    """

    request: GenerationRequest
    alpha: bool = False
    maps: bool = False
    people: NDArray[np.float32] | None = field(default=None, compare=False)
    shows: Intermediate | None = None


def recipe_texts(
    request: GenerationRequest,
    *,
    alpha: bool = False,
    maps: bool = False,
    people: NDArray[np.float32] | None = None,
    shows: Intermediate | None = None,
) -> dict[str, str]:
    """PNG texts by keyword: `underpaint`, the whole request with its pixels deflated; `underpaint-products`,
    `underpaint-pose` (OpenPose JSON) and `underpaint-step`, the rest of its `Recipe`, where there is any; and
    `parameters`."""
    recipe = json.dumps(
        request.to_dict(), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    products = {name: True for name, made in (("alpha", alpha), ("maps", maps)) if made}
    said = {PRODUCTS_KEYWORD: json.dumps(products)} if products else {}
    if people is not None and _drawn_from(request, people):
        said[POSE_KEYWORD] = format_pose(Pose(people, (request.width, request.height)), exact=True)
    if shows is not None:
        said[STEP_KEYWORD] = json.dumps({"step": shows.step, "latent": shows.latent})
    return {KEYWORD: recipe, **said, "parameters": parameters_text(request)}


def parameters_text(request: GenerationRequest) -> str:
    """The `parameters` of AUTOMATIC1111 and its readers; "Steps" comes first, values are quoted at need."""
    lines = [request.prompt]
    if request.negative_prompt:
        lines.append(f"Negative prompt: {request.negative_prompt}")
    values = {
        "Steps": request.steps,
        "Sampler": request.sampler,
        "CFG scale": f"{request.guidance_scale:g}",
        "Seed": request.seed,
        "Size": f"{request.width}x{request.height}",
        "Model": Path(request.model).name,
    }
    if request.init is not None:
        values["Denoising strength"] = f"{request.strength:g}"
    values["Version"] = "Underpaint"
    lines.append(", ".join(f"{name}: {_quoted(str(value))}" for name, value in values.items()))
    return "\n".join(lines)


def read_recipe(path: Path) -> GenerationRequest:
    """The request that made a picture. StudioError where the file has none, or a broken one."""
    return read_whole_recipe(path).request


def read_whole_recipe(path: Path) -> Recipe:
    """As `read_recipe`, with what else was made."""
    texts = read_texts(path, MAX_RECIPE)
    if KEYWORD not in texts:
        raise StudioError(
            f"{path.name} has no recipe",
            "it was not made by Underpaint, or was saved by another program",
        )
    return recipe_of(texts, path.name)


def recipe_of(texts: Mapping[str, str], name: str) -> Recipe:
    """Of the texts that `recipe_texts` has made, by keyword. StudioError, naming `name`, where they are broken."""
    what = f"the recipe of {name}"
    request = GenerationRequest.from_dict(parse_json(texts[KEYWORD], what, MAX_RECIPE))
    products = parse_object(texts.get(PRODUCTS_KEYWORD, "{}"), what)
    people = None
    if POSE_KEYWORD in texts:
        people = parse_pose(texts[POSE_KEYWORD], f"the pose of {name}").people
        people = people if _drawn_from(request, people) else None
    shows = _shown_step(parse_object(texts.get(STEP_KEYWORD, "{}"), what), request)
    alpha, maps = (products.get(key) is True for key in ("alpha", "maps"))
    return Recipe(request, alpha, maps, people, shows)


def _shown_step(said: Mapping[str, object], request: GenerationRequest) -> Intermediate | None:
    step, latent = said.get("step"), said.get("latent")
    if type(step) is not int or not 1 <= step <= request.steps:
        return None
    return Intermediate(step, "x_t") if latent == "x_t" else Intermediate(step, "x_0")


def _drawn_from(request: GenerationRequest, people: NDArray[np.float32]) -> bool:
    """Whether a request's pose control is the drawing of these people: a pose that isn't would be another picture."""
    drawn = [control.pixels for control in request.controls if control.kind == "pose"]
    if len(drawn) != 1 or drawn[0].shape[:2] != (request.height, request.width):
        return False
    return np.array_equal(drawn[0], draw_pose(people, request.width, request.height))


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(sign in value for sign in ",:\n") else value
