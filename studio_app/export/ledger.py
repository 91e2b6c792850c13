"""The ledger of a game project: what went out, from which model, by which words, painted over how much.

`.underpaint/ledger.jsonl`, one line an export, each with the hashes of the lines that were last before it: a line
that is changed or taken out is missed by those after it. Usually that is one; after two branches were merged in
version control (which keeps both sides' lines, by the .gitattributes beside it) it is two. What a chain cannot show
is that its last lines were cut off: that is what the project's own history is for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json
from studio_app.core.reading import NoSuchFile, is_file, read_bytes
from studio_app.core.text import clean_text

HOME = ".underpaint"
NAME = f"{HOME}/ledger.jsonl"
ATTRIBUTES = f"{HOME}/.gitattributes"
ATTRIBUTES_TEXT = b"ledger.jsonl -text merge=union\n"
FORMAT = 1

_LIMIT = 256 << 20
_LINE_LIMIT = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One export. line: from 1. fields: as they are in the file. problem: why it can't be trusted, or empty."""

    line: int
    hash: str
    fields: Mapping[str, Any] = field(repr=False)
    problem: str = ""

    def text(self, *names: str) -> str:
        """The value under nested names, as text; "" where there is none."""
        value: Any = self.fields
        for name in names:
            value = (
                cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
            )
        return "" if value is None else str(value)

    def files(self, group: str = "files", digest: str = "sha256") -> dict[str, str]:
        """path -> its digest of that name, of what was written ("files": pictures; "sidecars")."""
        items = self.fields.get(group)
        out: dict[str, str] = {}
        for item in cast("list[object]", items) if isinstance(items, list) else []:
            if isinstance(item, Mapping):
                named = cast("Mapping[str, object]", item)
                if digest in named:
                    out[str(named.get("path"))] = str(named[digest])
        return out


@dataclass
class _Tally:
    """What a reader needs of all entries so far, counted as they come: a ledger may hold thousands of them."""

    lines: int = 0
    entries: list[Entry] = field(default_factory=list[Entry])
    hashes: set[str] = field(default_factory=set[str])
    named: set[str] = field(default_factory=set[str])
    files: dict[str, str] = field(default_factory=dict[str, str])
    unsigned: dict[str, str] = field(default_factory=dict[str, str])

    def read(self, data: bytes) -> None:
        """Goes on with what stands after the lines that it knows."""
        for line in data.splitlines():
            self.lines += 1
            if line.strip():
                self._add(_entry(self.lines, line, self.hashes))

    def copy(self) -> _Tally:
        return _Tally(
            self.lines,
            self.entries.copy(),
            self.hashes.copy(),
            self.named.copy(),
            self.files.copy(),
            self.unsigned.copy(),
        )

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.hashes.add(entry.hash)
        self.named.update(_previous(entry.fields))
        files = entry.files()
        self.files |= files | entry.files("sidecars")
        for path in files:
            self.unsigned.pop(path, None)
        self.unsigned |= entry.files(digest="unsigned")


@dataclass(frozen=True)
class Ledger:
    """All entries of a project, in their order; those that are broken too."""

    entries: tuple[Entry, ...] = ()
    data: bytes = field(default=b"", repr=False)
    _tally: _Tally = field(default_factory=_Tally, repr=False, compare=False)

    @property
    def sound(self) -> bool:
        return not any(entry.problem for entry in self.entries)

    @property
    def heads(self) -> list[str]:
        """Hashes that no later entry names."""
        named = self._tally.named
        return [entry.hash for entry in self.entries if entry.hash and entry.hash not in named]

    def last(self, path: PurePosixPath | str) -> str | None:
        """sha256 that the file had when it was last written; None where it never was."""
        return self._tally.files.get(str(path))

    def last_unsigned(self, path: PurePosixPath | str) -> str | None:
        """sha256 of what was signed to make that file; None where it was not signed."""
        return self._tally.unsigned.get(str(path))

    def answer(self, question: str, subject: str) -> str | None:
        """What was last answered to a question about something; None where it never was asked."""
        for entry in reversed(self.entries):
            given = entry.fields.get("answers")
            for item in cast("list[object]", given) if isinstance(given, list) else []:
                if isinstance(item, Mapping):
                    said = cast("Mapping[str, object]", item)
                    if (said.get("question"), said.get("about")) == (question, subject):
                        return str(said.get("answer"))
        return None

    def again(self) -> _Tally:
        """What is known of it, to go on from."""
        return self._tally.copy()

    def with_entry(self, fields: Mapping[str, Any]) -> bytes:
        """The whole file with one entry more. `fields` are JSON-able and name neither hash nor previous."""
        text = clean_text(canonical({"format": FORMAT, **fields, "previous": self.heads}))
        body: dict[str, Any] = json.loads(text)
        line = canonical({**body, "hash": entry_hash(body)})
        gap = b"" if not self.data or self.data.endswith(b"\n") else b"\n"
        return self.data + gap + line.encode() + b"\n"


def read_ledger(root: Path) -> Ledger:
    """The ledger of the project at `root`; an empty one where there is none.

    Lines that are no entries are entries with a problem. StudioError where the file can't be read.
    """
    try:
        data = read_bytes(root / NAME, _LIMIT)
    except NoSuchFile:
        return Ledger()
    # A batch reads it again for every export: what has only grown is not understood anew.
    known = _NEWEST.get(root)
    if known is not None and known.data.endswith(b"\n") and data.startswith(known.data):
        tally, rest = known.again(), data[len(known.data) :]
    else:
        tally, rest = _Tally(), data
    tally.read(rest)
    ledger = Ledger(tuple(tally.entries), data, tally)
    _NEWEST.clear()
    _NEWEST[root] = ledger
    return ledger


_NEWEST: dict[Path, Ledger] = {}
"""The one that was read last."""


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, no escapes that are not needed."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    )


def entry_hash(body: Mapping[str, Any]) -> str:
    """sha256 of an entry's canonical text without its hash."""
    rest = {name: value for name, value in body.items() if name != "hash"}
    return hashlib.sha256(canonical(rest).encode()).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Findings:
    """problems: of the chain, a line each. changed, missing: files that are not as they were last exported."""

    entries: int
    problems: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]


def verify(root: Path) -> Findings:
    """Checks every line, the chain, and the files it speaks of. StudioError where there is no ledger."""
    if not is_file(root / NAME):
        raise StudioError(
            "There is no ledger", f"nothing was exported into {root}", "Check the path."
        )
    ledger = read_ledger(root)
    problems = [f"line {entry.line}: {entry.problem}" for entry in ledger.entries if entry.problem]
    last: dict[str, str] = {}
    for entry in ledger.entries:
        last |= entry.files()
    changed: list[str] = []
    missing: list[str] = []
    for path, digest in last.items():
        inside = PurePosixPath(path)
        if inside.is_absolute() or ".." in inside.parts:
            problems.append(f"{path} lies outside the project")
            continue
        try:
            if sha256(read_bytes(root / inside)) != digest:
                changed.append(path)
        except NoSuchFile:
            missing.append(path)
    return Findings(len(ledger.entries), tuple(problems), tuple(changed), tuple(missing))


def _entry(number: int, line: bytes, known: set[str]) -> Entry:
    try:
        value: object = parse_json(line, f"line {number} of the ledger", _LINE_LIMIT)
    except StudioError as error:
        return Entry(number, "", {}, error.detail)
    if not isinstance(value, dict):
        return Entry(number, "", {}, "it is not an object")
    fields = cast("dict[str, Any]", value)
    given = str(fields.get("hash"))
    problem = ""
    if fields.get("format") != FORMAT:
        problem = f"format {fields.get('format')!r} is not known"
    elif entry_hash(fields) != given:
        problem = "it was changed after it was written"
    elif not known and _previous(fields):
        problem = "lines before it are missing"
    elif known and not _previous(fields):
        problem = "it does not say what was before it"
    elif not set(_previous(fields)) <= known:
        problem = "a line before it is missing, or was changed"
    return Entry(number, given, fields, problem)


def _previous(fields: Mapping[str, Any]) -> list[str]:
    value = fields.get("previous")
    return [str(item) for item in cast("list[object]", value)] if isinstance(value, list) else []
