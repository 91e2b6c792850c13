"""OpenEXR files, which nobody vouches for: depth and colours of other programs, in floats.

Sizes and channels are read from the headers and refused before the library sees the file (OpenEXR File Layout,
https://openexr.com/en/latest/OpenEXRFileLayout.html).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.document.decoding import MAX_PIXELS, too_large

SIGNATURE = b"\x76\x2f\x31\x01"
MAX_BYTES = 1 << 29
"""Of all channels of all parts, as they are given to us."""
_MAX_NAME = 255
_MAX_ATTRIBUTES, _MAX_PARTS, _MAX_CHANNELS = 4096, 64, 1024
_DEEP, _MULTIPART = 0x800, 0x1000
_DEPTHS = ("z", "depth", "y", "v", "l", "r")
"""What channels of depth are called, the surest first; R of a grey picture last."""

Plane = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class FloatPicture:
    """depth: [H, W], as the file has it: any numbers, also infinite ones. known: uint8 [H, W], 255 where it says
    anything; None: all over. rgba: uint8 [H, W, 4] as a screen shows it, of a file that has colours."""

    depth: Plane
    known: Pixels | None
    rgba: Pixels | None


def read_exr(data: bytes, called: str) -> FloatPicture:
    """Its first part that has depth, or the first. StudioError where it is broken, too large, or of a kind that is not
    read: deep samples, channels of other sizes than the picture."""
    try:
        _check(data, called)
        parts = _channels(data)
    except StudioError:
        raise
    except Exception as error:  # the library raises whatever a broken file makes it raise
        raise StudioError(
            f"Can't read the picture {called}",
            "it is not a whole OpenEXR file",
            "Save it again, as an EXR of scan lines.",
        ) from error
    part = min(parts, key=lambda channels: min(map(_rank, channels)))
    name = min(part, key=_rank)
    depth = np.array(part[name], np.float32)
    known = _known(part, name)
    return FloatPicture(depth, known, _colours(part))


def _rank(name: str) -> tuple[int, int]:
    """The lower, the likelier depth is. Programs put a layer's name before it: `ViewLayer.Depth.Z`."""
    layer, _, last = name.lower().rpartition(".")
    place = _DEPTHS.index(last) if last in _DEPTHS else len(_DEPTHS)
    if "depth" in layer:
        place = min(place, 0)
    return place, len(name)


def _known(part: dict[str, Any], depth: str) -> Pixels | None:
    """What our own files say beside the depth, or a matte; NaN is never known."""
    layer = depth.rpartition(".")[0]
    beside = "known", f"{layer}.A" if layer else "A"
    share = next((part[name] for name in beside if name in part), None)
    said = np.isfinite(part[depth]) | np.isinf(part[depth])
    if share is not None:
        levels = np.nan_to_num(np.asarray(share, np.float32), nan=0.0).clip(0, 1)
        known = np.where(said, np.rint(levels * 255), 0).astype(np.uint8)
    else:
        known = np.where(said, np.uint8(255), np.uint8(0))
    return None if known.min() == 255 else known


def _colours(part: dict[str, Any]) -> Pixels | None:
    """Linear light as sRGB (IEC 61966-2-1); what is brighter than white is white."""
    if not all(name in part for name in "RGB"):
        return None
    light = np.nan_to_num(np.dstack([part[name] for name in "RGB"]).astype(np.float32), nan=0.0)
    light = light.clip(0, 1)
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    alpha = np.nan_to_num(np.asarray(part["A"], np.float32)) if "A" in part else None
    cover = np.ones(shown.shape[:2], np.float32) if alpha is None else alpha.clip(0, 1)
    return np.rint(np.dstack([shown, cover]) * 255).astype(np.uint8)


def _channels(data: bytes) -> list[dict[str, Any]]:
    """By part, arrays [H, W] by name."""
    import OpenEXR  # a tenth of a second, and only for who reads one

    lib: Any = OpenEXR
    with lib.File(io.BytesIO(data), separate_channels=True) as file:
        parts = [
            {name: channel.pixels for name, channel in part.channels.items()} for part in file.parts
        ]
    found = [
        {name: pixels for name, pixels in part.items() if pixels is not None and pixels.ndim == 2}
        for part in parts
    ]
    found = [part for part in found if part]
    if not found:
        raise ValueError("no channels")
    return found


# ---- what a file says of itself ----


def _check(data: bytes, called: str) -> None:
    """StudioError or ValueError where the library should not be given it."""
    if len(data) < 8 or not data.startswith(SIGNATURE):
        raise ValueError("no OpenEXR")
    (flags,) = struct.unpack_from("<I", data, 4)
    if flags & _DEEP:
        raise StudioError(
            f"Can't read the picture {called}",
            "it has several samples in a pixel (deep data)",
            "Flatten it, and save it again.",
        )
    total = 0
    for header in _headers(data, several=bool(flags & _MULTIPART)):
        left, top, right, bottom = struct.unpack("<4i", header["dataWindow"])
        width, height = right - left + 1, bottom - top + 1
        if width < 1 or height < 1:
            raise ValueError("no pixels")
        if width * height > MAX_PIXELS:
            raise too_large(called)
        total += width * height * 4 * _count(header["channels"], called)
        if total > MAX_BYTES:
            raise StudioError(
                f"{called} is too large",
                f"its channels take more than {MAX_BYTES >> 20} MiB",
                "Save the depth alone, or make it smaller.",
            )
    if total == 0:
        raise ValueError("no parts")


def _headers(data: bytes, *, several: bool) -> Iterator[dict[str, bytes]]:
    """The attributes of each part, those that matter."""
    at = 8
    for _ in range(_MAX_PARTS):
        header: dict[str, bytes] = {}
        for _ in range(_MAX_ATTRIBUTES):
            name, at = _text(data, at)
            if not name:
                break
            _, at = _text(data, at)
            (size,) = struct.unpack_from("<I", data, at)
            at += 4
            if size > len(data) - at:
                raise ValueError("an attribute goes beyond the end")
            if name in (b"dataWindow", b"channels"):
                header[name.decode()] = data[at : at + size]
            at += size
        else:
            raise ValueError("too many attributes")
        if several and not header:
            return
        yield header
        if not several:
            return
    raise ValueError("too many parts")


def _count(listed: bytes, called: str) -> int:
    """How many channels a list names, all of the picture's size."""
    at = count = 0
    while True:
        name, at = _text(listed, at)
        if not name:
            return count
        sampling = struct.unpack_from("<ii", listed, at + 8)
        at += 16
        count += 1
        if count > _MAX_CHANNELS:
            raise ValueError("too many channels")
        if sampling != (1, 1):
            raise StudioError(
                f"Can't read the picture {called}",
                "some of its channels have another size than the rest",
                "Save the depth alone.",
            )


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    """A name that ends with a zero, and where the next thing begins."""
    end = data.find(b"\0", at, at + _MAX_NAME + 1)
    if end < 0:
        raise ValueError("a name without an end")
    return data[at:end], end + 1
