"""How much memory a model takes, before a byte of it is read: its numbers, and what a picture needs beside."""

from __future__ import annotations

from studio_app.catalogue.families import FAMILIES
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.numbers import KEPT_BITS

PIXEL_BYTES = 2048
"""What the widest layers of an autoencoder hold for a pixel in half precision; those of denoisers take less."""


def needed(identity: Identity, bytes_per_number: float, *, alone: bool = False) -> int:
    """Bytes that drawing with it takes: all its numbers as the device holds them, and a picture of its own size.

    Of a folder only the denoiser's numbers are counted: the file sizes of the others stand for theirs. alone: without
    these.
    """
    facts = FAMILIES.get(identity.family)
    side = facts.side if facts is not None else 512
    written = _bytes_written(identity)
    others = max(identity.size - round(identity.parameters * written), 0) if written else 0
    others = 0 if alone else others
    weights = identity.parameters * bytes_per_number + others * bytes_per_number / max(written, 0.5)
    return round(weights) + side * side * PIXEL_BYTES


def kept(identity: Identity) -> int | None:
    """Likewise where its numbers stay as few bits as they are written with, and are multiplied out at every use; None
    of what takes no less so."""
    few = any(identity.numbers.endswith(kind) for kind in KEPT_BITS)
    if not few and not identity.numbers.startswith("fp8"):
        return None
    facts = FAMILIES.get(identity.family)
    side = facts.side if facts is not None else 512
    return identity.size + side * side * PIXEL_BYTES


def _bytes_written(identity: Identity) -> float:
    """Of one number in the file."""
    known = {"fp32": 4.0, "64-bit": 8.0, "fp16": 2.0, "bf16": 2.0}
    if identity.numbers.startswith("fp8"):
        return 1.0
    return known.get(
        identity.numbers, identity.size / identity.parameters if identity.parameters else 0.0
    )


def in_words(count: float) -> str:
    """Bytes as people say them: "6.9 GB"."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            value = count / size
            return f"{value:.1f} {unit}" if value < 100 and unit != "kB" else f"{value:.0f} {unit}"
    return f"{count:.0f} bytes"
