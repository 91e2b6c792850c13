"""Layered files that tests of reading them write."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
import psd_tools
from PIL import Image

from studio_app.document.composite import PictureLayer

SIZE = (40, 24)


def patch(colour: tuple[int, int, int, int], width: int = 16, height: int = 10) -> np.ndarray:
    return np.full((height, width, 4), colour, np.uint8)


def some_layers() -> list[PictureLayer]:
    return [
        PictureLayer('Größe <"&"> 絵', patch((255, 0, 0, 128)), 3, 2, 0.5, blend="multiply"),
        PictureLayer("hidden", patch((0, 255, 0, 255)), -4, 20, visible=False),
        PictureLayer("ground", patch((200, 180, 90, 255), 40, 24)),
    ]


NAMES = ('Größe <"&"> 絵', "hidden", "ground")


def zipped(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def without_merged(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    del kept["mergedimage.png"]
    return zipped(kept)


def grouped_psd(depth: int) -> bytes:
    document: Any = psd_tools.PSDImage.new("RGBA", (8, 8))
    parent: Any = document
    for number in range(depth):
        parent = parent.create_group(name=f"g{number}")
    parent.create_pixel_layer(Image.new("RGBA", (8, 8), (9, 8, 7, 255)), name="deep")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
