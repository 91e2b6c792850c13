"""People read off photographs by DWPose: the artist's own ONNX files, through onnxruntime.

Two kinds are known, told apart by their shapes: a reader of joints (RTMPose and DWPose: one person's crop in, two
sets of SimCC lines out, the 17 joints of COCO first) and a finder of people (YOLOX). Without a finder, the whole
picture is one person's. onnxruntime is an extra, loaded when it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document import coco
from studio_app.document.coco import Box, Pixels
from studio_app.document.people import Person

SEEN = 0.3
"""Confidence from which a joint counts as seen."""
FOUND = 0.35
"""That from which somebody is somebody."""
PADDING = 1.25
"""Around a person's box, as DWPose was trained."""
MOST_FILES = 8
_MEAN = np.array((123.675, 116.28, 103.53), np.float32)
_DEVIATION = np.array((58.395, 57.12, 57.375), np.float32)
_GREY = 114
_STRIDES = (8, 16, 32)
_CLASSES = 85
"""Numbers of a box of YOLOX: its four, how sure it is, and the 80 kinds of COCO, a person first."""


class _Session(Protocol):
    """What is used of an onnxruntime.InferenceSession."""

    def run(self, outputs: None, feeds: dict[str, Any]) -> list[Any]: ...
    def get_inputs(self) -> list[Any]: ...
    def get_outputs(self) -> list[Any]: ...


@dataclass(frozen=True)
class Network:
    """session: of onnxruntime. size: (width, height) of its input. finds: whether it finds people, else it reads
    joints."""

    session: _Session
    name: str
    size: tuple[int, int]
    finds: bool

    def run(self, values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """values: [1, 3, h, w]."""
        try:
            return list(self.session.run(None, {self.name: values}))
        except Exception as error:
            raise StudioError(
                "The network of poses failed", str(error)[:200], "Try another .onnx file."
            ) from error


@dataclass(frozen=True)
class Networks:
    """reader: the joints of one person in a box. finder: the boxes of people; without it all the picture is one."""

    reader: Network
    finder: Network | None = None

    def people_in(self, rgb: Pixels) -> tuple[Person, ...]:
        """Those in uint8 [H, W, 3], from left to right, in its pixels; joints that are not seen are (0, 0, 0)."""
        height, width = rgb.shape[:2]
        boxes: list[Box] = [(0.0, 0.0, float(width), float(height))]
        if self.finder is not None:
            boxes = found_by(self.finder, rgb)
        return coco.people(read_by(self.reader, rgb, box) for box in boxes)


def open_dwpose(folder: Path) -> Networks | None:
    """Those of a folder's .onnx files; None where there are none, or nothing to run them by. StudioError for files that
    are no such networks."""
    files = sorted(folder.glob("*.onnx"))[:MOST_FILES] if folder.is_dir() else []
    runtime = _runtime()
    if runtime is None or not files:
        return None
    reader, finder = None, None
    for path in files:
        network = _opened(runtime, path)
        if network is not None and network.finds:
            finder = finder or network
        else:
            reader = reader or network
    if reader is None:
        raise StudioError(
            "No network there reads poses",
            f"the .onnx files in {folder} have other shapes",
            "DWPose's is called dw-ll_ucoco_384.onnx.",
        )
    return Networks(reader, finder)


def found_by(finder: Network, rgb: Pixels) -> list[Box]:
    """Where people are, as YOLOX has it: the surest first, at most twelve."""
    width, height = finder.size
    share = min(width / rgb.shape[1], height / rgb.shape[0])
    size = max(round(rgb.shape[1] * share), 1), max(round(rgb.shape[0] * share), 1)
    small = np.array(Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR))
    page = np.full((height, width, 3), _GREY, np.float32)
    page[: size[1], : size[0]] = small[..., ::-1]  # it learnt from B, G, R
    out = finder.run(np.ascontiguousarray(page.transpose(2, 0, 1)[None]))[0]
    cells, strides = _grid(width, height)
    if out.ndim != 3 or out.shape[1:] != (len(cells), _CLASSES):
        raise StudioError("The network that finds people gives no boxes", f"but {out.shape}")
    rows = out[0].astype(np.float32)
    scores = rows[:, 4] * rows[:, 5]
    kept = np.flatnonzero(scores > FOUND)
    middle = (rows[kept, :2] + cells[kept]) * strides[kept, None]
    half = np.exp(np.minimum(rows[kept, 2:4], 20.0)) * strides[kept, None] / 2
    boxes = np.concatenate([middle - half, middle + half], axis=1) / share
    return [
        (float(left), float(top), float(right), float(bottom))
        for left, top, right, bottom in boxes[coco.apart(boxes, scores[kept])]
    ]


def read_by(reader: Network, rgb: Pixels, box: Box) -> NDArray[np.float32]:
    """The joints [18, 3] of the person in a box."""
    width, height = reader.size
    left, top, right, bottom = box
    across, down = (right - left) * PADDING, (bottom - top) * PADDING
    across, down = max(across, down * width / height), max(down, across * height / width)
    corner = (left + right - across) / 2, (top + bottom - down) / 2
    cut = Image.fromarray(rgb).transform(
        (width, height),
        Image.Transform.AFFINE,
        (across / width, 0.0, corner[0], 0.0, down / height, corner[1]),
        Image.Resampling.BILINEAR,
    )
    values = (np.asarray(cut, np.float32) - _MEAN) / _DEVIATION
    lines = reader.run(np.ascontiguousarray(values.transpose(2, 0, 1)[None]))
    if len(lines) < 2 or any(line.ndim != 3 or line.shape[1] < 17 for line in lines[:2]):
        raise StudioError("The network of poses gives no joints", "its answer has another shape")
    x, y = (np.asarray(line[0, :17], np.float32) for line in lines[:2])
    sure = np.minimum(x.max(1), y.max(1))
    places = np.stack(
        [
            corner[0] + x.argmax(1) / x.shape[1] * across,
            corner[1] + y.argmax(1) / y.shape[1] * down,
        ],
        axis=1,
    )
    return coco.as_openpose(places.astype(np.float32), sure >= SEEN, rgb.shape[:2])


def _grid(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The cells [N, 2] of YOLOX's three sizes, and how large each is."""
    cells: list[NDArray[np.float32]] = []
    strides: list[NDArray[np.float32]] = []
    for stride in _STRIDES:
        x, y = np.meshgrid(np.arange(width // stride), np.arange(height // stride))
        cells.append(np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32))
        strides.append(np.full(x.size, stride, np.float32))
    return np.concatenate(cells), np.concatenate(strides)


def _runtime() -> Any:
    """onnxruntime, or None where it is not installed."""
    try:
        import onnxruntime  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]
    except ImportError:
        return None
    return cast("Any", onnxruntime)


def _opened(runtime: Any, path: Path) -> Network | None:
    """A network of a kind that is known; None of any other. StudioError for a broken file."""
    options: Any = runtime.SessionOptions()
    options.intra_op_num_threads = max((os.cpu_count() or 2) // 2, 1)
    options.log_severity_level = 4
    try:
        session: _Session = runtime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise StudioError(
            f"{path.name} is no network that can be run",
            str(error)[:200],
            "Take it away, or get it anew.",
        ) from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape: Sequence[Any] = inputs[0].shape if inputs else ()
    if len(shape) != 4 or not all(isinstance(side, int) and side >= 32 for side in shape[2:]):
        return None
    size = int(shape[3]), int(shape[2])
    lines = [output.shape for output in outputs]
    if len(lines) >= 2 and all(len(line) == 3 for line in lines[:2]):
        return Network(session, inputs[0].name, size, finds=False)
    if len(lines) == 1 and lines[0] and lines[0][-1] == _CLASSES:
        return Network(session, inputs[0].name, size, finds=True)
    return None
