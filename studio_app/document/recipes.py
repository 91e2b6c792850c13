"""The recipe of a picture, inside the picture: our own JSON, and the line that other tools read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json, parse_object
from studio_app.core.request import GenerationRequest
from studio_app.document.pictures import read_texts

KEYWORD = "underpaint"
PRODUCTS_KEYWORD = "underpaint-products"
MAX_RECIPE = 64 << 20


@dataclass(frozen=True)
class Recipe:
    """All that was asked for: a request, and what was made of its picture beside itself.

    alpha: it was cut out, as a sprite. maps: its maps were written too.
    """

    request: GenerationRequest
    alpha: bool = False
    maps: bool = False


def recipe_texts(
    request: GenerationRequest, *, alpha: bool = False, maps: bool = False
) -> dict[str, str]:
    """PNG texts by keyword: `underpaint`, the whole request with its pixels deflated; `underpaint-products`, the
    rest of its `Recipe`, where there is any; and `parameters`."""
    recipe = json.dumps(
        request.to_dict(), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    products = {name: True for name, made in (("alpha", alpha), ("maps", maps)) if made}
    said = {PRODUCTS_KEYWORD: json.dumps(products)} if products else {}
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
    text = texts.get(KEYWORD)
    if text is None:
        raise StudioError(
            f"{path.name} has no recipe",
            "it was not made by Underpaint, or was saved by another program",
        )
    what = f"the recipe of {path.name}"
    request = GenerationRequest.from_dict(parse_json(text, what, MAX_RECIPE))
    products = parse_object(texts.get(PRODUCTS_KEYWORD, "{}"), what)
    return Recipe(request, products.get("alpha") is True, products.get("maps") is True)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(sign in value for sign in ",:\n") else value
