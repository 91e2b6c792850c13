"""The `parameters` text of AUTOMATIC1111, Forge and their kin (modules/infotext_utils.py has the grammar)."""

from __future__ import annotations

import json
import re

from studio_app.export.provenance.containers import Found
from studio_app.export.provenance.settings import Settings, number

_LIMIT = 1 << 20
_PAIR = re.compile(r'\s*(\w[\w \-/]{0,80}):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"(\d{1,7})x(\d{1,7})")
_KNOWN = {"Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Schedule type", "Clip skip"}
_SAY_NOTHING = {
    "Version", "Model hash", "VAE hash", "Lora hashes", "TI hashes", "Hashes", "User", "Created Date", "RNG",
}  # fmt: skip
"""What describes the same picture once more, or who made it."""


def read(found: Found, what: str) -> Settings | None:
    """Of a PNG's `parameters`, or of an EXIF comment that is like it."""
    text = found.texts.get("parameters") or found.comment
    return parse(text[:_LIMIT]) if text else None


def parse(text: str) -> Settings | None:
    """None where it is no such text: its last line has to hold three pairs."""
    *lines, last = text.strip().split("\n")
    pairs = _PAIR.findall(last)
    if len(pairs) < 3:
        return None
    values = {name.strip(): _unquoted(value) for name, value in pairs}
    prompt: list[str] = []
    negative: list[str] = []
    into = prompt
    for line in lines:
        if line.startswith("Negative prompt:"):
            into, line = negative, line.removeprefix("Negative prompt:").strip()
        into.append(line)
    settings = Settings(
        prompt="\n".join(prompt).strip(),
        negative="\n".join(negative).strip(),
        sampler=values.get("Sampler", ""),
        schedule=values.get("Schedule type", ""),
        steps=number(values.get("Steps")),
        guidance=number(values.get("CFG scale")),
        seed=number(values.get("Seed")),
        model=values.get("Model", ""),
        clip_skip=number(values.get("Clip skip")),
    )
    size = _SIZE.fullmatch(values.get("Size", ""))
    if size:
        settings.size = (int(size[1]), int(size[2]))
    for name, value in values.items():
        if name == "Denoising strength":
            settings.missed.append("the picture it began with")
        elif name not in _KNOWN and name not in _SAY_NOTHING:
            settings.missed.append(f"{name} {value[:40]}".strip())
    return settings


def _unquoted(value: str) -> str:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value[1:-1]
    return value.strip()
