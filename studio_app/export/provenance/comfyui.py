"""ComfyUI's `prompt`: the graph that ran, as {id: {class_type, inputs}}, where a link is [id, output].

A graph has no prompt or seed of its own: they are found by walking up from the sampler that what is saved came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from studio_app.core.jsons import parse_json
from studio_app.export.provenance.containers import Found
from studio_app.export.provenance.settings import Settings, items, mapping, number, size_of, text

_MOST_NODES = 5000
_MOST_ASKED = 100
_NO_NUMBERS = re.compile(r'"(?:[^"\\]++|\\.)*+"|-?\b(?:NaN|Infinity)\b')
_LOADERS = re.compile(r"lora", re.IGNORECASE)
_TEXTS = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt", "string", "value", "positive")

Graph = dict[str, dict[str, Any]]


def read(found: Found, what: str) -> Settings | None:
    raw = found.texts.get("prompt")
    if raw is None or not raw.lstrip().startswith("{"):
        return None
    # Its own "is_changed" is NaN, which is no JSON.
    raw = _NO_NUMBERS.sub(lambda token: token[0] if token[0].startswith('"') else "null", raw)
    graph = {
        key: mapping(node)
        for key, node in mapping(parse_json(raw, f"the graph of {what}")).items()
        if mapping(node).get("class_type")
    }
    return _settings(graph) if 0 < len(graph) <= _MOST_NODES else None


def _settings(graph: Graph) -> Settings | None:
    sampler = _sampler(graph)
    if sampler is None:
        return None
    inputs = _inputs(graph, sampler)
    around = list(_above(graph, sampler))
    settings = Settings(
        prompt=_prompt(graph, inputs.get("positive"))
        or _prompt(graph, _input_of(graph, around, "conditioning")),
        negative=_prompt(graph, inputs.get("negative")),
        sampler=text(_value(graph, inputs.get("sampler_name")))
        or text(_first(graph, around, "sampler_name")),
        schedule=text(_value(graph, inputs.get("scheduler")))
        or text(_first(graph, around, "scheduler")),
        steps=number(_value(graph, inputs.get("steps"))) or number(_first(graph, around, "steps")),
        guidance=number(_value(graph, inputs.get("cfg"))) or number(_first(graph, around, "cfg")),
        seed=_seed(graph, inputs, around),
        model=text(_first(graph, around, "ckpt_name")) or text(_first(graph, around, "unet_name")),
    )
    if not settings.prompt and not settings.negative:
        return None
    _latent(graph, inputs.get("latent_image"), settings)
    for node in around:
        kind = str(graph[node]["class_type"])
        if _LOADERS.search(kind):
            name = text(_inputs(graph, node).get("lora_name"))
            settings.missed.append(f"LoRA {name[:80]}".strip())
        elif "ControlNet" in kind and "Loader" not in kind:
            settings.missed.append("ControlNet")
        elif "IPAdapter" in kind and "Loader" not in kind:
            settings.missed.append("IP adapter")
    others = sum(1 for node in graph.values() if _samples(node)) - 1
    if others > 0:
        settings.missed.append(f"{others} more sampler{'s' if others > 1 else ''} of its graph")
    return settings


def _samples(node: dict[str, Any]) -> bool:
    inputs = mapping(node.get("inputs"))
    return "latent_image" in inputs and ("positive" in inputs or "guider" in inputs)


def _sampler(graph: Graph) -> str | None:
    """The one nearest to what was saved; without such a node any."""
    ends = [
        key for key, node in graph.items() if re.search(r"(Save|Preview)", str(node["class_type"]))
    ]
    for end in sorted(ends, key=lambda key: "Save" not in str(graph[key]["class_type"])):
        for key in _above(graph, end):
            if _samples(graph[key]):
                return key
    return next((key for key, node in graph.items() if _samples(node)), None)


def _above(graph: Graph, start: str) -> Iterator[str]:
    """Every node that `start` depends on, the nearest first, and itself."""
    seen, rows = {start}, [start]
    while rows:
        key = rows.pop(0)
        yield key
        for value in _inputs(graph, key).values():
            link = _link(graph, value)
            if link is not None and link not in seen:
                seen.add(link)
                rows.append(link)


def _inputs(graph: Graph, key: str) -> dict[str, Any]:
    return mapping(graph[key].get("inputs"))


def _link(graph: Graph, value: Any) -> str | None:
    pair = items(value)
    if len(pair) == 2 and isinstance(pair[0], str | int) and str(pair[0]) in graph:
        return str(pair[0])
    return None


def _value(graph: Graph, value: Any, seen: set[str] | None = None) -> Any:
    """A value as it stands, or that of the node it is linked to, where that node holds one.

    seen: the nodes that were asked; each is asked once, or the ways through a graph would be past counting.
    """
    link = _link(graph, value)
    if link is None:
        return None if isinstance(value, list | dict) else value
    seen = set[str]() if seen is None else seen
    if link in seen or len(seen) > _MOST_ASKED:
        return None
    seen.add(link)
    inputs = _inputs(graph, link)
    for name in (*_TEXTS, "seed", "noise_seed", "int", "float", "number"):
        if name in inputs:
            found = _value(graph, inputs[name], seen)
            if found is not None:
                return found
    return None


def _first(graph: Graph, nodes: list[str], name: str) -> Any:
    """The value of the nearest node that has an input of that name."""
    for node in nodes:
        if name in _inputs(graph, node):
            found = _value(graph, _inputs(graph, node)[name])
            if found is not None:
                return found
    return None


def _input_of(graph: Graph, nodes: list[str], name: str) -> Any:
    return next(
        (_inputs(graph, node)[name] for node in nodes if name in _inputs(graph, node)), None
    )


def _prompt(graph: Graph, link: Any) -> str:
    """The words of the nearest node that encodes some: combining and controlling nodes lie between."""
    start = _link(graph, link)
    if start is None:
        return ""
    for node in _above(graph, start):
        inputs = _inputs(graph, node)
        if "clip" not in inputs and "Encode" not in str(graph[node]["class_type"]):
            continue
        for name in _TEXTS:
            words = _value(graph, inputs.get(name))
            if isinstance(words, str) and words.strip():
                return words
        if "Encode" in str(graph[node]["class_type"]) and "Text" in str(graph[node]["class_type"]):
            return ""  # an empty prompt is one
    return ""


def _seed(graph: Graph, inputs: dict[str, Any], around: list[str]) -> float | None:
    for name in ("seed", "noise_seed"):
        found = number(_value(graph, inputs.get(name)))
        if found is not None:
            return found
    return number(_first(graph, around, "noise_seed"))


def _latent(graph: Graph, link: Any, settings: Settings) -> None:
    """The size of an empty latent; a picture that was encoded can't be taken over."""
    start = _link(graph, link)
    for node in _above(graph, start) if start is not None else ():
        kind, inputs = str(graph[node]["class_type"]), _inputs(graph, node)
        if "VAEEncode" in kind or "LoadImage" in kind:
            settings.missed.append("the picture it began with")
            return
        size = size_of(*(_value(graph, inputs.get(name)) for name in ("width", "height")))
        if "Empty" in kind and size is not None:
            settings.size = size
            return
