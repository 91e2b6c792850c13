"""Layered files of others, as one picture: Photoshop's PSD by psd-tools, OpenRaster's ORA by our own eyes.

What is seen is what the file's own program left as merged; of an ORA without it, its stack put together. Nobody vouches
for such files: sizes, layers, members, what they inflate to and how deep they nest are bounded before they are read,
and nothing of a zip is ever put on the disk.

Adobe Photoshop File Formats Specification; freedesktop.org/openraster, draft 0.0.5.
"""

from __future__ import annotations

import io
import struct
import warnings
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.core.text import clean_text
from studio_app.document.blending import SVG_NAMES
from studio_app.document.composite import BLENDS, Blend, PictureLayer, merged
from studio_app.document.decoding import MAX_PIXELS, decoded, too_large

MAX_LAYERS = 1000
MAX_DEPTH = 64
"""Of groups within each other."""
MAX_MEMBERS = 4096
"""Of a zip."""
MAX_PICTURE = 256 << 20
"""Bytes that a picture in a zip may inflate to."""
MAX_STACK = 1 << 20
MAX_PUT_TOGETHER = 1 << 25
"""Pixels of all layers of an ORA that has no merged picture, and of the picture that they become."""
COMPOSITE: dict[Blend, str] = {blend: SVG_NAMES[blend] for blend in BLENDS}
_PSD, _ZIP, _MEMBER = b"8BPS", b"PK\x03\x04", b"PK\x01\x02"
_NAME_LETTERS = 100
_RATIO, _SMALL = 200, 16 << 20
"""How much more than itself a member may inflate to, above this size: a PNG is deflated already."""
_OBJECTS = 200_000
"""Of a PSD's structures; a thousand layers have about 30,000."""
_BLENDS: dict[str, Blend] = {name: blend for blend, name in COMPOSITE.items()}
_GROUP_BEGINS, _GROUP_ENDS = 3, (1, 2)
"""psd_tools.constants.SectionDivider, from below: a divider, which is no layer; the group itself, open or closed."""


@dataclass(frozen=True)
class Flat:
    """picture: decoded, or the bytes of a PNG. layers: their names, the topmost first."""

    picture: Image.Image | bytes = field(repr=False)
    layers: tuple[str, ...]


def flat_of(data: bytes, called: str) -> Flat | None:
    """A layered file as one picture; None where the bytes are no PSD and no zip. StudioError, naming `called`, for what
    is broken, too large, or no picture.
    """
    if data.startswith(_PSD):
        return _psd(data, called)
    if data.startswith(_ZIP):
        return _ora(data, called)
    return None


def member_of(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """What a zip holds by exactly that name; None where it holds no such thing, or one that inflates without end."""
    try:
        info = archive.getinfo(name)
        bomb = info.file_size > max(_SMALL, _RATIO * info.compress_size)
        if bomb or info.file_size > most:
            return None
        with archive.open(info) as file:
            inside = file.read(most + 1)
    except Exception:  # whatever a broken or strangely packed member makes zipfile raise
        return None
    return inside if len(inside) <= most else None


def opened_zip(data: bytes) -> zipfile.ZipFile | None:
    """None where it is broken, or has more members than a picture needs."""
    if data.count(_MEMBER) > MAX_MEMBERS:
        return None
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except Exception:  # as above
        return None


# ---- Photoshop ----


def _psd(data: bytes, called: str) -> Flat:
    _check_psd(data, called)
    import psd_tools  # a seventh of a second, and only for who has such a file

    tools: Any = psd_tools
    limits = tools.ParseLimits(
        max_total_bytes=4 * len(data) + (1 << 20),
        max_objects=_OBJECTS,
        max_nesting_depth=MAX_DEPTH,
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stream = io.BytesIO(data)
            document: Any = tools.PSDImage.open(stream, 16 * MAX_PIXELS, limits)
            section: Any = document._record.layer_and_mask_information
            records: Any = (section.layer_info.layer_records if section.layer_info else None) or []
            names = _psd_names(list(records), called)
            image: Any = document.topil() if document.has_preview() else None
    except StudioError:
        raise
    except Exception as error:  # parsers raise whatever a broken file makes them raise
        raise broken_file(called, "PSD") from error
    if image is None:
        raise StudioError(
            f"{called} holds no merged picture",
            "only its layers, which Underpaint does not put together as Photoshop does",
            "Save it again with Maximize Compatibility, or as PNG.",
        )
    return Flat(image, names)


def _check_psd(data: bytes, called: str) -> None:
    """Its header, and how many layers it says it has, before anything of it is read."""
    if len(data) < 26:
        raise broken_file(called, "PSD")
    version, channels, height, width, bits, mode = struct.unpack_from(">H6xHIIHH", data, 4)
    if version not in (1, 2) or bits not in (1, 8, 16, 32) or mode > 9 or not 1 <= channels <= 56:
        raise broken_file(called, "PSD")
    if not (width and height):
        raise broken_file(called, "PSD")
    if width * height > MAX_PIXELS:
        raise too_large(called)
    at = 26
    for _ in range(2):  # the colours of its mode, its resources
        if at + 4 > len(data):
            raise broken_file(called, "PSD")
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    # The lengths of the layers' section and of their records, which are both 0 where there are none.
    wide = 4 if version == 1 else 8
    if at + 2 * wide > len(data):
        return
    lengths = data[at : at + wide], data[at + wide : at + 2 * wide]
    if not all(int.from_bytes(length, "big") for length in lengths):
        return
    # Below nothing says that the merged picture has an alpha.
    count = data[at + 2 * wide : at + 2 * wide + 2]
    layers = abs(int.from_bytes(count, "big", signed=True))
    if layers > MAX_LAYERS:
        raise too_many(called)


def _psd_names(records: list[Any], called: str) -> tuple[str, ...]:
    """Of layers and groups, the topmost first; the file has the lowest first, and a divider below each group."""
    from psd_tools.constants import Tag

    names: list[str] = []
    depth = 0
    for record in records:
        blocks = record.tagged_blocks
        setting = blocks.get_data(Tag.SECTION_DIVIDER_SETTING)
        kind = 0 if setting is None else int(setting.kind)
        depth += 1 if kind == _GROUP_BEGINS else -1 if kind in _GROUP_ENDS else 0
        if depth > MAX_DEPTH:
            raise StudioError(
                f"{called} has groups within too many groups",
                f"at most {MAX_DEPTH} are read",
                "Merge some of them.",
            )
        if kind != _GROUP_BEGINS:
            names.append(shown_name(blocks.get_data(Tag.UNICODE_LAYER_NAME) or record.name))
    return tuple(reversed(names))


# ---- OpenRaster ----


def _ora(data: bytes, called: str) -> Flat:
    archive = opened_zip(data)
    text = None if archive is None else member_of(archive, "stack.xml", MAX_STACK)
    if archive is None or text is None:
        raise broken_file(called, "ORA")
    with archive:
        root = stack_of(text, called)
        names = [
            shown_name(item.get("name", ""))
            for item in root.iter()
            if item.tag in ("layer", "stack")
        ]
        if len(names) > MAX_LAYERS + 1:
            raise too_many(called)
        picture = member_of(archive, "mergedimage.png", MAX_PICTURE)
        if picture is not None:
            return Flat(picture, tuple(names[1:]))  # the first is the stack of all
        if "mergedimage.png" in archive.namelist():
            raise broken_file(called, "ORA")
        size = whole_of(root, "w"), whole_of(root, "h")
        if not all(0 < side <= 1 << 16 for side in size):
            raise broken_file(called, "ORA")
        if size[0] * size[1] > MAX_PUT_TOGETHER:
            raise too_large(called)
        reader = _Reader(archive, called, size)
        reader.check(root)
        layers = [layer for item in root.iterfind("stack") for layer in reader.layers(item)]
        return Flat(Image.fromarray(merged(layers, size)), tuple(names[1:]))


def stack_of(text: bytes, called: str) -> ElementTree.Element:
    """A stack.xml, parsed. StudioError, naming `called`, where it is none, or is more than layers need."""
    if b"<!" in text.replace(b"<!--", b"") or text.count(b"<") > 10 * MAX_LAYERS:
        raise broken_file(called, "ORA")  # entities, or more tags than layers need
    try:
        root = ElementTree.fromstring(text)  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise broken_file(called, "ORA") from error
    depth = 0
    row = [root]
    while row:
        depth += 1
        row = [child for item in row for child in item]
    if root.tag != "image" or root.find("stack") is None or depth > MAX_DEPTH:
        raise broken_file(called, "ORA")
    return root


class _Reader:
    """Layers of an ORA's stack, as long as they are few pixels."""

    def __init__(self, archive: zipfile.ZipFile, called: str, size: tuple[int, int]) -> None:
        self._archive = archive
        self._called = called
        self._size = size

    def check(self, root: ElementTree.Element) -> None:
        """StudioError where there are more pixels than can be put together; none is decoded for that."""
        total = 0
        for item in root.iter():
            if item.tag == "layer" and _look(item)[1]:
                total += self._pixels_of(item)
            elif item.tag == "stack" and _is_apart(item):
                total += self._size[0] * self._size[1]
            if total > MAX_PUT_TOGETHER:
                raise StudioError(
                    f"{self._called} holds no merged picture",
                    "and its layers are too large to put together",
                    "Save it again, in a program that merges them, or as PNG.",
                )

    def layers(self, stack: ElementTree.Element) -> Iterator[PictureLayer]:
        """Of one stack, the topmost first; a group that is seen as one thing is one layer."""
        for item in stack:
            if item.tag == "layer":
                yield self._layer(item)
            elif item.tag == "stack":
                group = [
                    replace(layer, x=layer.x + whole_of(item, "x"), y=layer.y + whole_of(item, "y"))
                    for layer in self.layers(item)
                ]
                opacity, visible, blend = _look(item)
                if visible and _is_apart(item):
                    pixels = merged(group, self._size)
                    yield PictureLayer("", pixels, opacity=opacity, blend=blend)
                elif visible:
                    yield from group

    def _layer(self, item: ElementTree.Element) -> PictureLayer:
        opacity, visible, blend = _look(item)
        pixels = np.zeros((1, 1, 4), np.uint8)
        if visible:
            data = member_of(self._archive, item.get("src", ""), MAX_PICTURE)
            if data is None:
                raise broken_file(self._called, "ORA")
            image, _ = decoded(data, self._called)
            pixels = np.asarray(image.convert("RGBA"))
        x, y = whole_of(item, "x"), whole_of(item, "y")
        return PictureLayer("", pixels, x, y, opacity, visible, blend)

    def _pixels_of(self, item: ElementTree.Element) -> int:
        """Of a layer's PNG, by its header."""
        try:
            with self._archive.open(item.get("src", "")) as file:
                head = file.read(24)
        except Exception as error:  # as `member_of`
            raise broken_file(self._called, "ORA") from error
        if len(head) < 24 or head[12:16] != b"IHDR":
            raise broken_file(self._called, "ORA")
        width, height = struct.unpack_from(">II", head, 16)
        return width * height


def _is_apart(item: ElementTree.Element) -> bool:
    """Whether a group is put together for itself, before it comes over what is below."""
    opacity, _, blend = _look(item)
    return opacity < 1 or blend != "normal" or item.get("isolation") == "isolate"


def _look(item: ElementTree.Element) -> tuple[float, bool, Blend]:
    """As `look_of`, with its blend; what is not known is normal."""
    opacity, visible, operator = look_of(item)
    return opacity, visible, _BLENDS.get(operator, "normal")


def look_of(item: ElementTree.Element) -> tuple[float, bool, str]:
    """Opacity 0..1, whether it is seen, and the name of its compositing operator, of a layer or a stack."""
    try:
        opacity = float(item.get("opacity", "1"))
    except ValueError:
        opacity = 1.0
    opacity = opacity if 0 <= opacity <= 1 else 1.0
    visible = item.get("visibility", "visible") == "visible"
    return opacity, visible, item.get("composite-op", "svg:src-over")


def whole_of(item: ElementTree.Element, name: str) -> int:
    """An attribute as a whole number of pixels; 0 where it is none."""
    try:
        value = float(item.get(name, "0"))
    except ValueError:
        return 0
    return int(value) if abs(value) < 1 << 20 else 0


def shown_name(name: str) -> str:
    """A layer's name on one line."""
    line = " ".join(clean_text(str(name)).split())
    # Krita ends a name with a NUL; and what turns the direction of writing would turn what stands beside it.
    return "".join(sign for sign in line if sign.isprintable())[:_NAME_LETTERS]


class NotWhole(StudioError):
    """A file ends early, or is none of its kind."""


def broken_file(called: str, kind: str = "ORA") -> NotWhole:
    """What is said of a picture that is not whole."""
    return NotWhole(
        f"Can't read the picture {called}",
        f"it is not a whole {kind} file",
        "Save it again, as PNG.",
    )


def too_many(called: str) -> StudioError:
    """What is said of a file of more layers than anybody draws."""
    return StudioError(
        f"{called} has too many layers", f"at most {MAX_LAYERS} are read", "Merge some of them."
    )
