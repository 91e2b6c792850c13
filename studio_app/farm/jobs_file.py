"""A jobs file: one JSON object a line, read as a stream, however long the file is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json
from studio_app.core.reading import decoded, read_lines
from studio_app.farm.options import Options

MAX_JOBS = 1_000_000
MAX_LINE = 1 << 20
EXPORT = "export"

_KINDS: dict[str, tuple[str, Any]] = {
    "str": ("text", str),
    "int": ("a whole number", int),
    "float": ("a number", int | float),
    "bool": ("true or false", bool),
    "list[str]": ("text, or a list of texts", (str, list)),
}
_TYPES = {item.name: str(item.type).split(" ")[0] for item in fields(Options)}


@dataclass(frozen=True)
class Job:
    """A line. line: from 1, in the file; index: from 0, among those that are no comments. options: its own over the
    command line's, but for `output`, which is its own alone. export: its table over the command line's, None for no
    export. error: why it is no job; the rest then means nothing.
    """

    line: int
    index: int
    options: Options = field(default_factory=Options, repr=False)
    export: Mapping[str, Any] | None = field(default=None, repr=False)
    error: StudioError | None = None


def read_jobs(
    path: Path, options: Options | None = None, export: Mapping[str, Any] | None = None
) -> Iterator[Job]:
    """The jobs of a file, in its order; empty lines and those that begin with # are none.

    options, export: what a line does not say, of all lines. StudioError where the file can't be read, or holds more
    than a million.
    """
    shared = replace(options or Options(), output=None)
    index = 0
    for number, data in enumerate(read_lines(path, MAX_LINE), 1):
        if data is not None:
            data = data.removeprefix(b"\xef\xbb\xbf").strip()
            if not data or data.startswith(b"#"):
                continue
        if index >= MAX_JOBS:
            raise StudioError(
                f"{path.name} holds more than {MAX_JOBS:,} requests", "", "Part the file."
            )
        try:
            own, table = _read(data, export)
            yield Job(number, index, replace(shared, **own), table)
        except StudioError as error:
            yield Job(number, index, error=error)
        index += 1


def _read(
    data: bytes | None, export: Mapping[str, Any] | None
) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
    """A line's own options, and its export."""
    if data is None:
        raise StudioError("The line is too long", f"the limit is {MAX_LINE >> 20} MiB")
    try:
        value: Any = parse_json(decoded(data, "the line"), "the line", MAX_LINE)
    except StudioError as error:
        detail = error.detail.replace("line 1: ", "")  # which one it is, is said in front
        raise StudioError(error.title, detail, error.hint) from None
    if not isinstance(value, Mapping):
        raise StudioError("Can't read the line", "it is not a JSON object")
    named = cast("Mapping[str, Any]", value)
    own = {name.replace("-", "_"): item for name, item in named.items()}
    if len(own) != len(named):
        raise StudioError("Can't read the line", "an option appears twice")
    table = _export_table(own.pop(EXPORT, True), export)
    for name, item in own.items():
        if name not in _TYPES:
            known = ", ".join((*_TYPES, EXPORT))
            raise StudioError(f"Unknown option {name!r:.60}", "", f"Known: {known}")
        kind = _TYPES[name]
        wanted, good = _KINDS[kind]
        if not isinstance(item, good) or isinstance(item, bool) != (kind == "bool"):
            raise StudioError(f"Bad {name}", f"{item!r:.60} is not {wanted}")
    return own, table


def _export_table(value: Any, shared: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """True, or nothing said: as the command line has it. False or null: none."""
    if value is True:
        return shared
    if value is False or value is None:
        return None
    if not isinstance(value, Mapping):
        raise StudioError("Bad export", f"{value!r:.60} is not an object, true or false")
    own = cast("Mapping[str, Any]", value)
    return {**(shared or {}), **{name.replace("-", "_"): item for name, item in own.items()}}
