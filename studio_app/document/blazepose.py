"""People read off photographs by BlazePose (Bazarevsky et al. 2006.10204), the landmarker of MediaPipe.

Its two networks, Apache-licensed, lie in the wheel of mediapipe 0.10.21; they are run by LiteRT (`ai-edge-litert`), an
extra that is loaded when it is needed. Nothing of mediapipe's own is run, which wants an older numpy than ours: its
graphs are followed here (pose_detection_cpu, pose_detection_to_roi, pose_landmark_by_roi_cpu). The first network finds
people in the whole picture: a box, the middle of the hips, and a point as far from it as the person reaches. The
second looks at a square around that, turned so that the person stands upright, and sees 33 landmarks.
"""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document import coco
from studio_app.document.coco import Pixels
from studio_app.document.people import Person

FINDER, READER = "pose_detection.tflite", "pose_landmark_full.tflite"
FOUND = 0.5
"""Confidence from which somebody is somebody, for either network."""
SEEN = 0.5
"""How visible a landmark has to be."""
MARGIN = 1.25
"""Of the square around a person."""
_CLEAR = 0.5
"""Of the heat at a landmark, from which it says better where that is."""
_REACH = 3
"""Cells of the heat that are looked at, to each side."""
_LANDMARKS = 39
"""33 of the body, and 6 that help."""
_STRIDES = ((8, 2), (16, 2), (32, 6))
"""Of the finder's cells, and how many boxes each may give."""
_COCO = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
"""The joints of COCO by their number here."""

Run = Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]


@dataclass(frozen=True)
class Network:
    """run: float32 [1, side, side, 3], RGB, to what it gives, in its own order."""

    run: Run
    side: int


@dataclass(frozen=True)
class Region:
    """A square of a picture, in its pixels. angle: by how much a person in it leans, in radians, clockwise."""

    x: float
    y: float
    side: float
    angle: float

    def at(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pixels of the picture of places [N, 2] in the square, 0..1."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        across, down = ((places - 0.5) * self.side).T
        return np.stack(
            [self.x + across * cos - down * sin, self.y + across * sin + down * cos], axis=1
        )


@dataclass(frozen=True)
class Landmarker:
    """finder: where people are, the largest first. reader: the joints of one of them."""

    finder: Network
    reader: Network

    def people_in(self, rgb: Pixels) -> tuple[Person, ...]:
        """Those in uint8 [H, W, 3], from left to right, in its pixels; joints that are not seen are (0, 0, 0)."""
        found: list[NDArray[np.float32]] = []
        left = rgb.copy()
        while (
            len(found) < coco.MOST_PEOPLE
        ):  # the finder sees the largest alone: look again, without who was found
            read = [read_in(self.reader, rgb, one) for one in found_by(self.finder, left)]
            new = [one for one in read if one is not None and _is_new(one, found)]
            if not new:
                break
            for joints in new:
                x, y, to_x, to_y = coco.extent(joints).astype(int)
                left[max(y, 0) : to_y, max(x, 0) : to_x] = 0
            found += new
        return coco.people(found)


def open_landmarker(folder: Path) -> Landmarker | None:
    """Of the networks in the artist's folder, else in an installed mediapipe; None where there are none, or nothing to
    run them by. StudioError for broken ones."""
    runtime = _runtime()
    places = _places(folder)
    if runtime is None or places is None:
        return None
    finder, reader = (_opened(runtime, place) for place in places)
    return Landmarker(finder, reader)


def found_by(finder: Network, rgb: Pixels) -> list[Region]:
    """Where people are: the surest first, at most twelve."""
    height, width = rgb.shape[:2]
    page, share, corner = _letterboxed(rgb, finder.side)
    boxes, scores = _outputs(finder.run((page[None] * 2 - 1).astype(np.float32)), 12, 1)
    cells = _anchors(finder.side)
    if boxes.shape != (len(cells), 12) or scores.shape != (len(cells), 1):
        raise StudioError("The network that finds people gives no boxes", f"but {boxes.shape}")
    sure = _sigmoid(scores[:, 0])
    kept = np.flatnonzero(sure > FOUND)
    raw = boxes[kept] / finder.side
    middle, half = raw[:, :2] + cells[kept], raw[:, 2:4] / 2
    spans = np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)
    picks = coco.apart(spans, sure[kept])
    hips, reach = raw[picks, 4:6] + cells[kept][picks], raw[picks, 6:8] + cells[kept][picks]
    regions: list[Region] = []
    for (x, y), (to_x, to_y) in zip(
        (hips * finder.side - corner) / share, (reach * finder.side - corner) / share, strict=True
    ):
        side = 2 * math.hypot(to_x - x, to_y - y) * MARGIN
        angle = math.remainder(math.pi / 2 - math.atan2(y - to_y, to_x - x), math.tau)
        if 1 < side < 8 * max(width, height):
            regions.append(Region(float(x), float(y), side, angle))
    return regions


def read_in(reader: Network, rgb: Pixels, region: Region) -> NDArray[np.float32] | None:
    """The joints [18, 3] of the person in a square; None where there is nobody."""
    side = reader.side
    x, y = region.at(np.zeros((1, 2), np.float32))[0]
    cos, sin = (f(region.angle) * region.side / side for f in (math.cos, math.sin))
    cut = Image.fromarray(rgb).transform(
        (side, side),
        Image.Transform.AFFINE,
        (cos, -sin, float(x), sin, cos, float(y)),
        Image.Resampling.BILINEAR,
    )
    out = reader.run(np.asarray(cut, np.float32)[None] / np.float32(255))
    marks, sure, heat = _outputs(out, 5 * _LANDMARKS, 1, _LANDMARKS)
    if marks.size != 5 * _LANDMARKS or heat.ndim != 3:
        raise StudioError("The network of poses gives no joints", "its answer has another shape")
    if float(sure.reshape(-1)[0]) < FOUND:
        return None
    rows = marks.reshape(_LANDMARKS, 5)
    places = refined((rows[:, :2] / side).astype(np.float32), heat)
    seen = _sigmoid(rows[:, 3]) > SEEN
    return coco.as_openpose(region.at(places[_COCO]), seen[_COCO], rgb.shape[:2])


def refined(places: NDArray[np.float32], heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """Landmarks [N, 2], 0..1, moved to the middle of the heat [h, w, N] around each, where that is clear."""
    height, width = heat.shape[:2]
    moved = places.copy()
    for number, (x, y) in enumerate(places):
        column, row = int(x * width), int(y * height)
        if not (0 <= column < width and 0 <= row < height):
            continue
        top, left = max(row - _REACH, 0), max(column - _REACH, 0)
        near = _sigmoid(heat[top : row + _REACH + 1, left : column + _REACH + 1, number])
        if near.max() >= _CLEAR:
            down, across = np.indices(near.shape)
            moved[number] = (
                ((across + left) * near).sum() / near.sum() / width,
                ((down + top) * near).sum() / near.sum() / height,
            )
    return moved


def _is_new(joints: NDArray[np.float32], found: list[NDArray[np.float32]]) -> bool:
    """Whether somebody is seen well enough, and is none of those who were found before."""
    if not coco.is_whole(joints):
        return False
    boxes = np.array([coco.extent(one) for one in (*found, joints)])
    order = np.arange(len(boxes), 0, -1, dtype=np.float32)
    return len(found) in coco.apart(boxes, order)


def _letterboxed(rgb: Pixels, side: int) -> tuple[NDArray[np.float32], float, NDArray[np.float32]]:
    """The whole picture in the middle of a black square, 0..1; its share of its size, and its corner there."""
    height, width = rgb.shape[:2]
    share = side / max(width, height)
    size = max(round(width * share), 1), max(round(height * share), 1)
    small = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR), np.float32)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    page = np.zeros((side, side, 3), np.float32)
    page[top : top + size[1], left : left + size[0]] = small / 255
    return page, share, np.array((left, top), np.float32)


@cache
def _anchors(side: int) -> NDArray[np.float32]:
    """The middles [N, 2], 0..1, of the cells that the finder's boxes are told from."""
    middles: list[NDArray[np.float32]] = []
    for stride, boxes in _STRIDES:
        count = side // stride
        y, x = np.indices((count, count), np.float32)
        cells = (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) / count
        middles.append(np.repeat(cells, boxes, axis=0).astype(np.float32))
    return np.concatenate(middles)


def _outputs(values: list[NDArray[np.float32]], *lengths: int) -> tuple[NDArray[np.float32], ...]:
    """Of what a network gives, the first of each length of its last axis, without the batch."""
    found: list[NDArray[np.float32]] = []
    for length in lengths:
        fitting = (value for value in values if value.shape[-1] == length)
        found.append(next(fitting, np.zeros((1, 0), np.float32))[0])
    return tuple(found)


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(values, -50.0, 50.0)))).astype(np.float32)


def _places(folder: Path) -> tuple[Path, Path] | None:
    """The files of finder and reader."""
    if (folder / FINDER).is_file() and (folder / READER).is_file():
        return folder / FINDER, folder / READER
    spec = importlib.util.find_spec("mediapipe")  # it is looked for, not imported
    for place in [] if spec is None else spec.submodule_search_locations or []:
        modules = Path(place) / "modules"
        pair = modules / "pose_detection" / FINDER, modules / "pose_landmark" / READER
        if all(path.is_file() for path in pair):
            return pair
    return None


def _runtime() -> Any:
    """LiteRT's interpreter, or None where it is not installed."""
    try:
        from ai_edge_litert import (  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]
            interpreter,
        )
    except ImportError:
        return None
    return cast("Any", interpreter)


def _opened(runtime: Any, path: Path) -> Network:
    """A network from a file. StudioError for a broken one."""
    try:
        interpreter = runtime.Interpreter(
            model_path=str(path), num_threads=max((os.cpu_count() or 2) // 2, 1)
        )
        interpreter.allocate_tensors()
        given, gives = interpreter.get_input_details()[0], interpreter.get_output_details()
        shape = tuple(int(length) for length in given["shape"])
    except (ValueError, RuntimeError, IndexError, OSError) as error:
        raise StudioError(
            f"{path.name} is no network that can be run",
            str(error)[:200],
            "Take it away, or get it anew.",
        ) from error
    if len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3:
        raise StudioError(f"{path.name} is another network", f"it takes {shape}")

    def run(values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        interpreter.set_tensor(given["index"], values.astype(np.float32))
        interpreter.invoke()
        return [interpreter.get_tensor(one["index"]) for one in gives]

    return Network(run, shape[1])
