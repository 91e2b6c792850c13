"""What reads people off photographs: networks that the artist has, since none is part of Underpaint."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from studio_app.core.errors import StudioError
from studio_app.core.resources import user_dir
from studio_app.document.blazepose import open_landmarker
from studio_app.document.coco import Pixels
from studio_app.document.dwpose import open_dwpose
from studio_app.document.people import Person


class PoseReader(Protocol):
    """Networks that see people on a photograph."""

    def people_in(self, rgb: Pixels) -> tuple[Person, ...]:
        """Those in uint8 [H, W, 3], from left to right, in its pixels; joints that are not seen are (0, 0, 0).
        StudioError where the network fails."""
        ...


def networks_folder() -> Path:
    """Where the artist puts them."""
    return user_dir() / "pose"


def open_networks(folder: Path) -> PoseReader:
    """DWPose of a folder's .onnx files, else MediaPipe's landmarker. StudioError, saying what to install, where there
    is neither, and for broken files."""
    reader = open_dwpose(folder) or open_landmarker(folder)
    if reader is None:
        raise StudioError(
            "Poses of photographs need a network that is not part of Underpaint",
            "",
            "To have it: pip install 'underpaint[pose]' and pip install --no-deps mediapipe==0.10.21. "
            f"Or put DWPose's dw-ll_ucoco_384.onnx (and yolox_l.onnx, for several people) in {folder}.",
        )
    return reader
