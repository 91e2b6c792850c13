"""Names: of whatever somebody typed, or prompted, a file name that every system takes and that stays in its folder.

Microsoft, "Naming Files, Paths, and Namespaces"; Apple's file systems compare in one normal form and without case;
Unreal's object names take no punctuation. So a name here is letters, marks, digits and underscores of any script.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import Literal

from studio_app.core.errors import StudioError

Style = Literal["snake", "pascal"]
"""red_glass_potion, RedGlassPotion."""

Collision = Literal["replace", "version", "refuse", "overwrite"]
"""What happens where a file of that name is: the same asset's is replaced, and another's refused; a new version is
written; everything is refused; whatever is there is replaced."""

MAX_VERSION = 9999

_MAX_LETTERS = 60
_MAX_BYTES = 120  # of a name of 255: suffixes, extensions and a temporary file's ending come on top
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$", "cvs", "thumbs", "desktop"}
_PORTS = {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}
_RESERVED = _DEVICES | _PORTS
_FIELDS = ("name", "version", "role")
_FRAME_FIELDS = ("name", "row", "number", "seed")
_FRAME_LITERAL = re.compile(r"[\w .-]*")
_CAMEL = re.compile(r"(?<=[^\W_A-Z])(?=[A-Z])")
_LITERAL = re.compile(r"\w*")


def stem_of(text: str, style: Style = "snake") -> str:
    """The file name, without its ending, that stands for `text`: 1 to 60 characters; "asset" where none is left."""
    words = _words(text)
    parts = [word.lower() if style == "snake" else word[:1].upper() + word[1:] for word in words]
    joint = "_" if style == "snake" else ""
    # Of a long prompt the first words, whole ones where there are any.
    kept: list[str] = []
    for part in parts:
        if kept and not _fits(joint.join([*kept, part])):
            break
        kept.append(part)
    name = _cut(joint.join(kept)) or "asset"
    return name if name.casefold() not in _RESERVED else f"{name}_asset"


def check_template(template: str) -> str:
    """`template` if it makes file names: literal letters, digits and underscores, and {name}, {version}, {role}.

    StudioError says what is wrong.
    """
    fields, wrong = _fields_of(template, _LITERAL, "letters, digits and underscores", _FIELDS)
    if not wrong and fields.count("name") != 1:
        wrong = "it needs one {name}"
    if not wrong and ("role" not in fields or "version" not in fields):
        wrong = "without {role} and {version} files of one asset would share a name"
    if wrong:
        raise StudioError(
            f"The naming template can't be {template[:60]!r}",
            wrong,
            "For example T_{name}{version}{role}.",
        )
    return template


def check_frame_names(template: str) -> str:
    """`template` if it names the frames of a sheet: {number}, and {name}, {row}, {seed} where they are wanted.

    StudioError says what is wrong.
    """
    signs = "letters, digits, spaces, dots, dashes and underscores"
    fields, wrong = _fields_of(template, _FRAME_LITERAL, signs, _FRAME_FIELDS)
    if not wrong and not {"number", "seed"} & set(fields):
        wrong = "without {number} or {seed} frames would share a name"
    if wrong:
        raise StudioError(
            f"Frames can't be named {template[:60]!r}", wrong, "For example {row}_{number}."
        )
    return template


def _fields_of(
    template: str, literals: re.Pattern[str], signs: str, known: Collection[str]
) -> tuple[list[str], str]:
    """The names in its braces, in order, and what is wrong with it, "" where nothing is. signs: what `literals` are."""
    wrong = ""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        return [], str(error)
    for literal, field, spec, conversion in parts:
        if not literals.fullmatch(literal):
            wrong = f"{literal!r} is more than {signs}"
        elif field is not None and (field not in known or spec or conversion):
            wrong = f"there is no {{{field}}}"
    return [field for _, field, _, _ in parts if field is not None], wrong


def file_name(template: str, stem: str, role: str, version: int, extension: str) -> str:
    """A whole file name. role: what is appended for it, with its underscore, or "". version: 1 has no mark."""
    mark = f"_v{version}" if version > 1 else ""
    name = check_template(template).format(name=stem, version=mark, role=role)
    if name.casefold() in _RESERVED:
        name += "_asset"
    return name + extension


def same_name(name: str) -> str:
    """What two names share if some file system takes them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def folder_in(root: Path, text: str) -> PurePosixPath:
    """The folder inside `root` that somebody named, as a path relative to it. StudioError where it leaves `root`,
    by its words or by a link, or holds what some system can't name.
    """
    inside = PurePosixPath(
        *[part for part in re.split(r"[/\\]", text.strip()) if part not in ("", ".")]
    )
    absolute = text.strip().startswith(("/", "\\", "~"))
    if absolute or not all(_is_folder_name(part) for part in inside.parts):
        raise StudioError(
            f"The folder can't be {text[:60]!r}",
            "it has to lie inside the project, and its name to be one on every system",
            "Write it as art/sprites.",
        )
    check_inside(root, inside)
    return inside


def check_inside(root: Path, inside: PurePosixPath) -> None:
    """StudioError where `inside` leads out of `root` by a link."""
    try:
        whole, real = (root / inside).resolve(), root.resolve()
    except (OSError, RuntimeError) as error:
        raise StudioError("Can't follow the path", f"{root / inside}: {error}") from error
    if whole != real and real not in whole.parents:
        raise StudioError(
            f"{inside} leads out of the project",
            f"a link on the way points to {whole}",
            "Choose a folder that is inside.",
        )


def _words(text: str) -> list[str]:
    """Runs of letters, marks and digits, parted at small-to-Capital."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text))
    out: list[str] = []
    for sign in plain:
        group = unicodedata.category(sign)
        letter = group[0] == "L" or group == "Nd"
        mark = group[0] == "M" and out and out[-1] != " " and not _is_variation(sign)
        # Joiners and marks of direction vanish; all else parts words.
        if letter or mark:
            out.append(sign)
        elif group != "Cf" and sign not in "'’":
            out.append(" ")
    return [word for run in "".join(out).split() for word in _CAMEL.sub(" ", run).split()]


def _is_variation(sign: str) -> bool:
    return 0xFE00 <= ord(sign) <= 0xFE0F or sign == "\u20e3"  # of emoji


def _fits(name: str) -> bool:
    return len(name) <= _MAX_LETTERS and len(name.encode()) <= _MAX_BYTES


def _cut(name: str) -> str:
    while not _fits(name):
        name = name[:-1]
    # Not between a letter and its marks.
    return name.strip("_")


def _is_folder_name(part: str) -> bool:
    bad = any(sign in '<>:"|?*' or unicodedata.category(sign)[0] == "C" for sign in part)
    return not (
        bad
        or part.endswith((".", " "))
        or part.startswith((" ", "."))
        or len(part.encode()) > 200
        or part.split(".")[0].casefold() in _RESERVED - {"thumbs", "desktop", "cvs"}
    )
