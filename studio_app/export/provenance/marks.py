"""What is written into a picture: the mark always; the recipe unless it was asked to stay out."""

from __future__ import annotations

from functools import partial

from PIL import Image

from studio_app import __version__
from studio_app.core.text import clean_text
from studio_app.document.recipes import recipe_texts
from studio_app.export.origin import Origin
from studio_app.export.pieces import Metadata
from studio_app.export.provenance.xmp import packet

PROGRAM = f"Underpaint {__version__}"
JPEG_LIMIT = 65_000
"""Bytes of an XMP packet or an EXIF structure in a JPEG, whose segments have 16-bit lengths."""

EXIF_IFD = 0x8769
USER_COMMENT = 0x9286
_SOFTWARE = 0x0131


def metadata_of(origin: Origin, extension: str = ".png", *, stripped: bool = False) -> Metadata:
    """For the picture itself. extension: of its file, since JPEG is too narrow for a recipe with drawings in it; the
    ledger keeps what a picture can't.
    """
    request = origin.request
    if request is None or stripped:
        return mark_of(origin)
    texts = recipe_texts(request, people=origin.people, shows=origin.shows)
    in_xmp = {} if extension == ".png" else texts  # a PNG has texts of its own for it
    pack = partial(
        packet,
        origin.source_type,
        PROGRAM,
        system=origin.model,
        version=origin.model_digest,
        prompt=request.prompt,
    )
    xmp = pack(recipe=in_xmp)
    if extension in (".jpg", ".jpeg") and len(xmp.encode()) > JPEG_LIMIT:
        xmp = pack()
    return Metadata(texts, xmp, comment(texts["parameters"]), packet(origin.source_type, PROGRAM))


def mark_of(origin: Origin) -> Metadata:
    """For maps, masks and pictures that ship: what kind of thing it is, and of which program."""
    return Metadata(xmp=packet(origin.source_type, PROGRAM))


def comment(text: str) -> bytes:
    """A TIFF structure with EXIF's UserComment, in UTF-16, as AUTOMATIC1111 writes and reads it."""
    exif = Image.Exif()
    exif[_SOFTWARE] = PROGRAM
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + clean_text(text).encode("utf-16-be")
    return exif.tobytes().removeprefix(b"Exif\0\0")
