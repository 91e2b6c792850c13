"""Finished pictures and runs as files: a PNG with its recipe, a JSON with every step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import pack, unpack
from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import read_object
from studio_app.core.request import GenerationRequest
from studio_app.core.text import clean_text
from studio_app.document.bearings import Place
from studio_app.document.layer_files import picture_bytes, write_picture
from studio_app.document.people import people_from, people_list
from studio_app.document.pictures import read_rgba
from studio_app.document.recipes import read_recipe
from studio_app.document.results import Picture, RunRecord, StepRecord, premultiplied, thumbnail

FORMAT = 1
MAX_BYTES = 64 << 20
MOST_LABEL = 200
MAX_STEPS = 128
"""Of a longer run so many are saved, evenly over it: a thousand would be a file that is too large to be read."""


def picture_entry(picture: Picture) -> dict[str, Any]:
    """What the session's own file says of a picture; its PNG says the rest."""
    return {
        "file": picture_name(picture.id),
        "starred": picture.starred,
        "people": people_list(picture.people),
        "run": picture.run,
        "place": picture.place,
        "label": picture.label,
    }


def picture_name(picture: str) -> str:
    return f"{picture}.png"


def run_name(run: str) -> str:
    return f"{run}.json"


def save_picture(folder: Path, picture: Picture) -> None:
    """StudioError where it can't be written."""
    write_picture(
        folder / picture_name(picture.id), picture.pixels, picture.request, picture.people
    )


def picture_file(picture: Picture) -> bytes:
    """What `save_picture` writes."""
    return picture_bytes(picture.pixels, picture.request, picture.people)


def read_picture(path: Path, entry: Mapping[str, Any]) -> Picture:
    """StudioError, TypeError or ValueError where the file, or what is said of it, is broken."""
    pixels = premultiplied(read_rgba(path))
    return Picture(
        pixels,
        thumbnail(pixels, 96),
        read_recipe(path),
        str(entry.get("run", "")),
        people_from(entry.get("people", ())),
        bool(entry.get("starred")),
        path.stem,
        place=_place(entry),
        label=clean_text(str(entry.get("label", "")))[:MOST_LABEL],
    )


def save_run(folder: Path, run: RunRecord) -> None:
    """StudioError where it can't be written."""
    write_text_atomic(folder / run_name(run.id), json.dumps(_run_dict(run), allow_nan=False))


def read_run(path: Path) -> RunRecord:
    """StudioError, KeyError, TypeError or ValueError where the file is broken."""
    value = read_object(path, max_bytes=MAX_BYTES)
    steps = tuple(
        StepRecord(
            int(step["i"]),
            int(step["t"]),
            float(step["abar"]),
            _unpack_half(step["x_t"]),
            _unpack_half(step["x_0"]),
            _thumb(step["noisy"]),
            _thumb(step["denoised"]),
        )
        for step in value["steps"]
    )
    if not steps:
        raise StudioError(f"{path.name} is broken", "a run has steps")
    final = value.get("final")
    return RunRecord(
        0,
        GenerationRequest.from_dict(value["request"]),
        steps,
        None if final is None else _thumb(final),
        float(value["seconds"]),
        people_from(value.get("people", ())),
        path.stem,
        _place(value),
    )


def _run_dict(run: RunRecord) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "request": run.request.to_dict(),
        "seconds": run.seconds,
        "people": people_list(run.people),
        "place": run.place,
        "final": None if run.final is None else pack(run.final),
        "steps": [
            {
                "i": step.i,
                "t": step.t,
                "abar": step.abar,
                "x_t": _pack_half(step.x_t),
                "x_0": _pack_half(step.x_0),
                "noisy": pack(step.noisy),
                "denoised": pack(step.denoised),
            }
            for step in _spread(run.steps)
        ],
    }


def _place(value: Mapping[str, Any]) -> Place | None:
    given: Any = value.get("place")
    if given is None:
        return None
    x, y, width, height = (float(part) for part in given)
    if not all(map(isfinite, (x, y, width, height))) or min(width, height) <= 0:
        raise ValueError("no place")
    return x, y, width, height


def _spread(steps: tuple[StepRecord, ...]) -> list[StepRecord]:
    """The first, the last, and what lies evenly between them."""
    if len(steps) <= MAX_STEPS:
        return list(steps)
    places = np.linspace(0, len(steps) - 1, MAX_STEPS).round().astype(int)
    return [steps[place] for place in places]


def _pack_half(latent: NDArray[np.float16]) -> dict[str, Any]:
    return {"shape": list(latent.shape), "bytes": pack(latent.view(np.uint8))}


def _unpack_half(value: Any) -> NDArray[np.float16]:
    raw = np.ascontiguousarray(unpack(value["bytes"], "run"))
    sides = [int(side) for side in cast("list[Any]", value["shape"])]
    return _sealed(raw.view(np.float16).reshape(sides))


def _thumb(value: Any) -> NDArray[np.uint8]:
    pixels = unpack(value, "run")
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise ValueError("no picture")
    return _sealed(pixels)


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
