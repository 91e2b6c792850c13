"""What PNG, JPEG and WebP files hold beside pixels, read by our own eyes and within limits.

Layouts: PNG, third edition (W3C); JPEG's APP segments (Exif 2.32; XMP part 3); RIFF's chunks (Google, WebP Container).
C2PA lies in PNG as caBX, in JPEG as APP11 (JUMBF), in WebP as "C2PA".
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.core.text import clean_text
from studio_app.document.png import SIGNATURE, texts_of
from studio_app.export.provenance.marks import EXIF_IFD, USER_COMMENT
from studio_app.export.provenance.xmp import Xmp, read_packet

TEXT_LIMIT = 64 << 20
_MAX_PARTS = 10_000
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF_HEAD = b"Exif\0\0"
_XMP_KEYWORD = "XML:com.adobe.xmp"


@dataclass(frozen=True)
class Found:
    """format: "PNG", "JPEG" or "WebP". texts: of a PNG, by keyword. comment: EXIF's, of any. c2pa: whether there is a
    manifest; it is not checked.
    """

    format: str
    texts: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    xmp: Xmp | None = None
    comment: str = ""
    c2pa: bool = False


def look(data: bytes, what: str) -> Found:
    """StudioError, naming `what`, where it is no PNG, JPEG or WebP."""
    if data.startswith(SIGNATURE):
        return _png(data, what)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    raise StudioError(
        f"{what} says nothing of itself", "only PNG, JPEG and WebP files do", "Give one of these."
    )


def _png(data: bytes, what: str) -> Found:
    texts = texts_of(data, what, TEXT_LIMIT)
    raw = texts.pop(_XMP_KEYWORD, None)
    exif, c2pa = b"", False
    for name, body in _chunks(data, len(SIGNATURE), ">", 4):
        if name == b"eXIf":
            exif = body
        c2pa = c2pa or name == b"caBX"
    return Found("PNG", texts, read_packet(raw) if raw else None, _comment(exif), c2pa)


def _jpeg(data: bytes) -> Found:
    xmp, comment, c2pa = None, "", False
    for marker, body in _segments(data):
        if marker == 0xE1 and body.startswith(_XMP_HEAD) and xmp is None:
            xmp = read_packet(body[len(_XMP_HEAD) :])
        elif marker == 0xE1 and body.startswith(_EXIF_HEAD):
            comment = comment or _comment(body[len(_EXIF_HEAD) :])
        elif marker == 0xEB and body[:2] == b"JP" and b"c2pa" in body[:256]:
            c2pa = True
    return Found("JPEG", {}, xmp, comment, c2pa)


def _webp(data: bytes) -> Found:
    xmp, comment, c2pa = None, "", False
    for name, body in _chunks(data, 12, "<", 0):
        if name == b"XMP " and xmp is None:
            xmp = read_packet(body)
        elif name == b"EXIF":
            comment = comment or _comment(body.removeprefix(_EXIF_HEAD))
        c2pa = c2pa or name == b"C2PA"
    return Found("WebP", {}, xmp, comment, c2pa)


def _chunks(data: bytes, at: int, order: str, check: int) -> Iterator[tuple[bytes, bytes]]:
    """(name, body) as far as they are whole. PNG: length, name, body, sum; RIFF: name, length, body, even."""
    for _ in range(_MAX_PARTS):
        if at + 8 > len(data):
            return
        if order == ">":
            length, name = struct.unpack_from(">I4s", data, at)
        else:
            name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length
        if end > len(data):
            return
        yield name, data[at + 8 : end]
        at = end + check + (length & 1 if order == "<" else 0)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, body) up to the pixels."""
    at = 2
    for _ in range(_MAX_PARTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        if marker in (0xDA, 0xD9):
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2 or at + 2 + length > len(data):
            return
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def _comment(exif: bytes) -> str:
    """UserComment: eight bytes say in which letters. Its UTF-16 has the order of the file or, often, not."""
    if not exif:
        return ""
    raw: object = None
    with contextlib.suppress(Exception):  # whatever a broken structure makes the reader raise
        parsed = Image.Exif()
        parsed.load(_EXIF_HEAD + exif)
        raw = parsed.get_ifd(EXIF_IFD).get(USER_COMMENT)
    if isinstance(raw, str):
        return clean_text(raw)
    if not isinstance(raw, bytes):
        return ""
    kind, body = raw[:8], raw[8:]
    if kind == b"UNICODE\0":
        zeros = body[0::2].count(0), body[1::2].count(0)
        return clean_text(
            body.decode("utf-16-be" if zeros[0] >= zeros[1] else "utf-16-le", "replace")
        ).rstrip("\0")
    return (
        (body if kind in (b"ASCII\0\0\0", bytes(8)) else raw)
        .decode("utf-8", "replace")
        .strip("\0 ")
    )
