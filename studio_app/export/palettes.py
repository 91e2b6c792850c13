"""Palettes: read from the files that artists pass around, or chosen from a picture.

Distances are those of Oklab (Ottosson 2020), where equal steps look equally large.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.reading import decoded, read_bytes
from studio_app.document.pictures import read_rgba

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
Palette = tuple[Colour, ...]

MAX_COLOURS = 256
MAX_BYTES = 1 << 20
MAX_PIXELS = 1 << 20
KINDS = (".gpl", ".hex", ".pal", ".png")

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def read_palette(path: Path) -> Palette:
    """The colours of a file, in its order: GIMP's .gpl, .hex (a colour a line), .pal (JASC or RIFF), or a PNG.

    StudioError where it is none of these, is broken or has more than 256 colours.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise StudioError(f"{path.name} is no palette", "a palette is " + ", ".join(KINDS))
    data = read_bytes(path, MAX_BYTES)
    if kind == ".png":
        sides = struct.unpack_from(">II", data, 16) if len(data) >= 24 else (0, 0)
        if sides[0] * sides[1] > MAX_PIXELS:
            raise StudioError(f"{path.name} is no palette", f"{sides[0]}x{sides[1]} is too large")
        found = _of_picture(path)
    elif kind == ".pal" and data.startswith(b"RIFF"):
        found = _riff(data, path.name)
    else:
        readers = {".gpl": _gpl, ".hex": _hex, ".pal": _jasc}
        found = readers[kind](decoded(data, path.name).splitlines(), path.name)
    found = tuple(dict.fromkeys(found))
    if not 1 <= len(found) <= MAX_COLOURS:
        raise StudioError(
            f"{path.name} has {len(found)} colours", f"a palette has 1 to {MAX_COLOURS}"
        )
    return found


def chosen(colours: Pixels, count: int) -> Palette:
    """At most `count` colours that stand best for those given [N, 3]: k-means, begun far apart; no chance in it.

    Each is the mean of its own in Oklab's sense, shown by the given colour that is nearest to it.
    """
    every, times = np.unique(colours.reshape(-1, 3), axis=0, return_counts=True)
    if len(every) <= count:
        return _palette(every)
    places = oklab(every)
    weights = times.astype(np.float64)
    starts = [np.average(places, 0, weights)]
    apart = np.square(places - starts[0]).sum(1)
    for _ in range(count - 1):
        starts.append(places[(apart * np.sqrt(weights)).argmax()])
        apart = np.minimum(apart, np.square(places - starts[-1]).sum(1))
    means = np.array(starts)
    for _ in range(12):
        own = _nearest(places, means)
        total = np.zeros_like(means)
        np.add.at(total, own, places * weights[:, None])
        mass = np.bincount(own, weights, count)
        means = np.where(mass[:, None] > 0, total / np.maximum(mass, 1)[:, None], means)
    return _palette(every[np.unique(_nearest(means, places))])


def nearest(colours: Pixels, palette: Palette) -> Pixels:
    """Each of the colours [N, 3] by the palette's colour nearest to it."""
    table = np.array(palette, np.uint8)
    return table[_nearest(oklab(colours), oklab(table))]


def oklab(colours: Pixels) -> NDArray[np.float64]:
    """uint8 [N, 3] sRGB to lightness 0..1, green to red, blue to yellow."""
    shown = colours.astype(np.float64) / 255
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def _nearest(points: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Index of the place nearest to each point; of points in parts, so that memory stays small."""
    parts = [
        np.square(points[i : i + 4096, None] - places).sum(2).argmin(1)
        for i in range(0, len(points), 4096)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _palette(table: Pixels) -> Palette:
    return tuple((int(r), int(g), int(b)) for r, g, b in table)


def _broken(name: str, why: str) -> StudioError:
    return StudioError(f"{name} is no whole palette", why, "Save it again, or as .hex.")


def _gpl(lines: list[str], name: str) -> Palette:
    if not lines or lines[0].strip() != "GIMP Palette":
        raise _broken(name, "its first line is not: GIMP Palette")
    found: list[Colour] = []
    for line in lines[1:]:
        match = re.match(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s|$)", line)
        if match is not None:
            found.append(_colour([match[1], match[2], match[3]], name))
    return tuple(found)


def _hex(lines: list[str], name: str) -> Palette:
    found: list[Colour] = []
    for line in lines:
        word = line.strip().removeprefix("#")
        if not word or word.startswith(";"):
            continue
        if not re.fullmatch(r"[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}", word):
            raise _broken(name, f"{line.strip():.20} is no colour like ff8800")
        found.append((int(word[0:2], 16), int(word[2:4], 16), int(word[4:6], 16)))
    return tuple(found)


def _jasc(lines: list[str], name: str) -> Palette:
    if len(lines) < 3 or lines[0].strip() != "JASC-PAL":
        raise _broken(name, "its first line is not: JASC-PAL")
    found = [_colour(line.split(), name) for line in lines[3:] if line.strip()]
    if lines[2].strip() != str(len(found)):
        raise _broken(name, f"it holds {len(found)} colours and says {lines[2].strip():.10}")
    return tuple(found)


def _riff(data: bytes, name: str) -> Palette:
    """A RIFF PAL: after 20 bytes of chunk names a version, a count, and R, G, B, flags for each."""
    if len(data) < 24 or data[8:16] != b"PAL data":
        raise _broken(name, "it is RIFF, and holds no palette")
    (count,) = struct.unpack_from("<H", data, 22)
    if len(data) < 24 + 4 * count:
        raise _broken(name, "it ends too soon")
    return tuple((data[i], data[i + 1], data[i + 2]) for i in range(24, 24 + 4 * count, 4))


def _of_picture(path: Path) -> Palette:
    """The opaque colours of a picture, in the order in which they come, row by row."""
    pixels = read_rgba(path).reshape(-1, 4)
    seen = pixels[pixels[:, 3] >= 128][:, :3]
    every, first = np.unique(seen, axis=0, return_index=True)
    if len(every) > MAX_COLOURS:
        raise StudioError(
            f"{path.name} has {len(every)} colours",
            f"a palette has 1 to {MAX_COLOURS}",
            "Give a picture of swatches.",
        )
    return _palette(every[np.argsort(first)])


def _colour(words: list[str], name: str) -> Colour:
    numbers = [int(word) for word in words if re.fullmatch(r"\d{1,3}", word)]
    if len(words) < 3 or len(numbers) != len(words) or max(numbers) > 255:
        raise _broken(name, f"{' '.join(words):.30} is no colour of 0 to 255")
    return numbers[0], numbers[1], numbers[2]
