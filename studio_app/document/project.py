"""A document as a file: one JSON object with its arrays deflated, written whole or not at all.

What is broken when it is read back is kept aside under another name, and said: nothing of an artist's work
is ever overwritten because we could not read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import pack, unpack
from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import read_json
from studio_app.core.request import Start
from studio_app.document.document import Document
from studio_app.document.layers import (
    AROUNDS,
    Around,
    ColourLayer,
    DepthLayer,
    MaskLayer,
    Person,
    PoseLayer,
)
from studio_app.document.settings import settings_dict, settings_from

FORMAT = 1
MAX_BYTES = 64 << 20


def document_dict(document: Document) -> dict[str, Any]:
    """JSON-able; the inverse of `document_from`."""
    value: dict[str, Any] = {
        "format": FORMAT,
        "settings": settings_dict(document.settings),
        "depth": {
            "value": pack(document.depth.value),
            "known": pack(document.depth.known),
            "around": document.depth.around,
        },
        "pose": {"people": [person.joints.tolist() for person in document.pose.people]},
        "colour": {"rgba": pack(document.colour.rgba)},
        "mask": {"pixels": pack(document.mask.pixels)},
    }
    for name in ("depth", "pose", "colour", "mask"):
        layer: Any = getattr(document, name)
        value[name] |= {"visible": layer.visible, "opacity": layer.opacity}
    if document.start is not None:
        value["start"] = {"latent": pack(document.start.latent), "step": document.start.step}
    return value


def document_from(value: Any, what: str) -> Document:
    """Of a parsed file. StudioError, naming `what`, where it is broken or of another version."""
    if not isinstance(value, Mapping):
        raise StudioError(f"{what} is broken", "it is not a JSON object")
    given = cast("Mapping[str, Any]", value)
    if given.get("format") != FORMAT:
        raise StudioError(
            f"{what} is of another version",
            f"format {given.get('format')!r}, and this Underpaint reads {FORMAT}",
            "Open it with the Underpaint that wrote it.",
        )
    settings = settings_from(given.get("settings"))
    shape = (settings.height, settings.width)
    try:
        depth, pose = given["depth"], given["pose"]
        colour, mask = given["colour"], given["mask"]
        start = given.get("start")
        return Document(
            settings,
            DepthLayer(
                _array(depth["value"], shape, "float32"),
                _array(depth["known"], shape, "uint8"),
                *_look(depth),
                _around(depth),
            ),
            PoseLayer(
                tuple(Person(_joints(person)) for person in pose["people"][:64]), *_look(pose)
            ),
            ColourLayer(_array(colour["rgba"], (*shape, 4), "uint8"), *_look(colour)),
            MaskLayer(_array(mask["pixels"], shape, "uint8"), *_look(mask)),
            Start(unpack(start["latent"], "branch"), start["step"]) if start else None,
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise StudioError(f"{what} is broken", f"{type(error).__name__}: {error}") from None


def save_document(document: Document, path: Path) -> None:
    """StudioError where it can't be written."""
    text = json.dumps(document_dict(document), ensure_ascii=False, separators=(",", ":"))
    write_text_atomic(path, text)


def load_document(path: Path) -> Document:
    """StudioError where it is missing, broken or huge."""
    return document_from(read_json(path, max_bytes=MAX_BYTES), path.name)


def set_aside(path: Path) -> Path:
    """Renames a file that can't be read so that nothing overwrites it; returns its new name."""
    for i in range(1, 1000):
        aside = path.with_name(f"{path.stem}.broken-{i}{path.suffix}")
        if not aside.exists():
            path.rename(aside)
            return aside
    return path


def _array(value: Any, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    array = unpack(value, "document")
    if array.shape != shape or array.dtype.name != dtype:
        raise ValueError(f"expected {dtype} {shape}, not {array.dtype} {array.shape}")
    if dtype == "float32" and not (array.min() >= 0 and array.max() <= 1):
        raise ValueError("values outside 0 to 1")
    return array


def _joints(value: Any) -> NDArray[np.float32]:
    joints = np.array(value, np.float32)
    if joints.shape != (18, 3) or not np.isfinite(joints).all():
        raise ValueError("a person has 18 joints of three numbers")
    return joints


def _around(value: Mapping[str, Any]) -> Around:
    """Documents from before there was a choice meant unknown."""
    for around in AROUNDS:
        if around == value.get("around"):
            return around
    return "unknown"


def _look(value: Mapping[str, Any]) -> tuple[bool, float]:
    opacity = value.get("opacity", 1.0)
    return bool(value.get("visible", True)), min(max(float(opacity), 0.0), 1.0)
