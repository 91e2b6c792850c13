"""What picture files hold beside pixels, read by our own eyes and within limits.

Layouts: PNG, third edition (W3C); JPEG's APP segments (Exif 2.32; XMP part 3); RIFF's chunks (Google, WebP Container);
Adobe Photoshop File Formats (image resource 1060); OpenEXR File Layout (the attribute "xmp"); OpenRaster (its
mergedimage.png). C2PA lies in PNG as caBX, in JPEG as APP11 (JUMBF), in WebP as "C2PA".
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.core.text import clean_text
from studio_app.document.layered_files import MAX_PICTURE, member_of, opened_zip
from studio_app.document.png import SIGNATURE, texts_of
from studio_app.export.provenance.marks import EXIF_IFD, USER_COMMENT
from studio_app.export.provenance.xmp import Xmp, read_packet

TEXT_LIMIT = 64 << 20
_MAX_PARTS = 10_000
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF_HEAD = b"Exif\0\0"
_PSD_XMP = 1060
_EXR = b"\x76\x2f\x31\x01"
_XMP_KEYWORD = "XML:com.adobe.xmp"


@dataclass(frozen=True)
class Found:
    """format: as people call it. texts: of a PNG, by keyword. comment: EXIF's, of any. c2pa: whether there is a
    manifest; it is not checked.
    """

    format: str
    texts: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    xmp: Xmp | None = None
    comment: str = ""
    c2pa: bool = False


def look(data: bytes, what: str) -> Found:
    """StudioError, naming `what`, where it is no PNG, JPEG, WebP, PSD, EXR or ORA."""
    if data.startswith(SIGNATURE):
        return _png(data, what)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data.startswith(b"8BPS"):
        return Found("PSD", xmp=_psd_xmp(data))
    if data.startswith(_EXR):
        return Found("EXR", xmp=_exr_xmp(data))
    if data.startswith(b"PK\x03\x04"):
        merged = _merged(data)
        if merged is not None:
            return replace(_png(merged, what), format="ORA")
    raise StudioError(
        f"{what} says nothing of itself",
        "only PNG, JPEG, WebP, PSD, EXR and ORA files do",
        "Give one of these.",
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


def _psd_xmp(data: bytes) -> Xmp | None:
    """Header of 26 bytes, colour modes with their length, resources with theirs: 8BIM, id, name, length, body."""
    if len(data) < 34:
        return None
    at = 30 + int.from_bytes(data[26:30], "big")
    end = min(at + 4 + int.from_bytes(data[at : at + 4], "big"), len(data))
    at += 4
    for _ in range(_MAX_PARTS):
        if at + 12 > end or data[at : at + 4] != b"8BIM":
            return None
        kind = int.from_bytes(data[at + 4 : at + 6], "big")
        at += 6 + (data[at + 6] | 1) + 1  # the name, with its length, is even
        length = int.from_bytes(data[at : at + 4], "big")
        if kind == _PSD_XMP:
            return read_packet(data[at + 4 : at + 4 + length])
        at += 4 + length + (length & 1)
    return None


def _exr_xmp(data: bytes) -> Xmp | None:
    """Magic and version, then attributes: name, type, length, value; an empty name ends them."""
    at = 8
    for _ in range(_MAX_PARTS):
        name_end = data.find(b"\0", at, at + 256)
        type_end = data.find(b"\0", name_end + 1, name_end + 257)
        if name_end <= at or type_end < 0:
            return None
        length = int.from_bytes(data[type_end + 1 : type_end + 5], "little")
        body = type_end + 5
        if data[at:name_end] == b"xmp":
            return read_packet(data[body : body + length])
        at = body + length
    return None


def _merged(data: bytes) -> bytes | None:
    """The merged picture in an OpenRaster file; None where there is none, or one that inflates without end."""
    archive = opened_zip(data)
    picture = None if archive is None else member_of(archive, "mergedimage.png", MAX_PICTURE)
    return picture if picture is not None and picture.startswith(SIGNATURE) else None


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
