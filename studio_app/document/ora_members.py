"""What an OpenRaster file (.ora) is made of: a zip whose members bear one date and one order, so that equal drawings
give equal bytes, and the stack.xml in it.

freedesktop.org/openraster, draft 0.0.5.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

MIMETYPE = "image/openraster"
VERSION = "0.0.5"
GROUP = "Group"
"""What a group without a name is called."""
_DATE = (1980, 1, 1, 0, 0, 0)


def begin(archive: zipfile.ZipFile) -> None:
    """First and not deflated, so that a file's kind is seen at its beginning."""
    put_member(archive, "mimetype", MIMETYPE.encode(), zipfile.ZIP_STORED)


def put_member(
    archive: zipfile.ZipFile, name: str, data: bytes, how: int = zipfile.ZIP_STORED
) -> None:
    """how: `zipfile.ZIP_STORED` of what is packed already, or ZIP_DEFLATED."""
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = how
    member.create_system = 3  # else it tells on which system it was made
    member.external_attr = 0o644 << 16
    archive.writestr(member, data)


def stack_xml(size: tuple[int, int], lines: Iterable[str]) -> str:
    """The stack.xml of a picture of `size` (width, height). lines: of `tag`, what is in the stack of all."""
    head = f'<image version="{VERSION}" w="{size[0]}" h="{size[1]}" xres="72" yres="72">'
    first = "<?xml version='1.0' encoding='UTF-8'?>"
    return "\n".join([first, head, "  <stack>", *lines, "  </stack>", "</image>", ""])


def tag(what: str, values: dict[str, str], depth: int, end: str = " />") -> str:
    """A line that opens a "layer" or a "stack". end: ">" of one that has something in it."""
    words = " ".join(f"{key}={quoteattr(_plain(value))}" for key, value in values.items())
    return f"{'  ' * depth}<{what} {words}{end}"


def _plain(text: str) -> str:
    """XML has no way to write most of the signs that nobody sees."""
    return "".join(sign for sign in text if sign.isprintable())
