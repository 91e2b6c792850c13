"""What the undo menu calls a change of knobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication


def knob_text(values: Mapping[str, Any]) -> str:
    """Of new values of settings, by name."""
    texts = {
        "prompt": _tr("Type the prompt"),
        "negative_prompt": _tr("Type the negative prompt"),
        "guidance_scale": _tr("Guidance"),
        "steps": _tr("Steps"),
        "sampler": _tr("Sampler"),
        "seed": _tr("Seed"),
        "seed_locked": _tr("Lock the seed"),
        "strength": _tr("Colour freedom"),
        "kind": _tr("Kind of picture"),
        "kind_chosen": _tr("Kind of picture"),
        "tile_chosen": _tr("Tiling"),
        "tile": _tr("Tiling"),
        "loras": _tr("LoRAs"),
        "clip_skip": _tr("Clip skip"),
    }
    return texts.get(next(iter(values), ""), _tr("Change settings"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Editor", text)
