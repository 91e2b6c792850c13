"""InvokeAI's `invokeai_metadata` (invokeai/app/invocations/metadata.py)."""

from __future__ import annotations

from typing import Any

from studio_app.core.jsons import parse_json
from studio_app.export.provenance.containers import Found
from studio_app.export.provenance.settings import Settings, items, mapping, number, size_of, text

_KEYWORD = "invokeai_metadata"
_EXTRAS = {
    "loras": "LoRA",
    "controlnets": "ControlNet",
    "t2iAdapters": "T2I adapter",
    "ipAdapters": "IP adapter",
    "control_layers": "control layer",
    "regions": "region",
}


def read(found: Found, what: str) -> Settings | None:
    raw = found.texts.get(_KEYWORD)
    if raw is None:
        return None
    value = mapping(parse_json(raw, f"the recipe of {what}"))
    if not value:
        return None
    model = mapping(value.get("model"))
    settings = Settings(
        prompt=text(value.get("positive_prompt")),
        negative=text(value.get("negative_prompt")),
        sampler=text(value.get("scheduler")),
        steps=number(value.get("steps")),
        guidance=number(value.get("cfg_scale", value.get("guidance"))),
        seed=number(value.get("seed")),
        size=size_of(value.get("width"), value.get("height")),
        model=text(model.get("name") or model.get("model_name")),
    )
    for key, shown in _EXTRAS.items():
        settings.missed += [f"{shown} {_name(item)}".strip() for item in items(value.get(key))[:20]]
    mode = text(value.get("generation_mode"))
    if (
        value.get("init_image")
        or value.get("strength") is not None
        or "img2img" in mode
        or "paint" in mode
    ):
        settings.missed.append("the picture it began with")
    if value.get("positive_style_prompt"):
        settings.missed.append("style prompt")
    for key in ("vae", "refiner_model", "hrf_enabled", "seamless_x", "seamless_y"):
        if value.get(key):
            settings.missed.append(key.replace("_", " "))
    return settings


def _name(item: Any) -> str:
    """Of an adapter, wherever a version of InvokeAI keeps it."""
    entry = mapping(item)
    for key in ("model", "lora", "control_model", "t2i_adapter_model", "ip_adapter_model"):
        inner = mapping(entry.get(key))
        name = text(inner.get("name") or inner.get("model_name") or inner.get("base_model"))
        if name:
            return name[:80]
    return ""
