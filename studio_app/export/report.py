"""The AI use report of a game project, from its ledger: Markdown for people, CSV for spreadsheets.

It speaks of what lies in the project today: of each file its last export. Steam's content survey (January 2026) asks
about content "that ships with your game, and is consumed by players", and in its store and marketing; the draft of
an answer says what the ledger knows, and leaves open what only the developer does.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from studio_app.export.ledger import Entry, Ledger, read_ledger, verify
from studio_app.export.projects import open_project

State = Literal["as exported", "changed since", "no longer there"]

_COLUMNS = (
    "file", "state", "asset", "kind", "version", "exported", "source_type", "painted", "model", "licence",
    "commercial", "prompt", "negative_prompt", "seed", "controls", "sha256",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One file that was exported, by its last export."""

    path: str
    sha256: str
    state: State
    entry: Entry = field(repr=False)


@dataclass(frozen=True)
class Report:
    """rows: by path. problems: of the ledger's chain. superseded: exports of which no file is the last any more."""

    project: str
    exports: int
    superseded: int
    rows: tuple[Row, ...]
    problems: tuple[str, ...]
    answers: tuple[tuple[str, str, str], ...]
    """(when, about what, answer)"""

    @property
    def present(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state != "no longer there")


def report_of(root: Path) -> Report:
    """Of the project at `root`. StudioError where it has no ledger."""
    findings = verify(root)
    ledger = read_ledger(root)
    last: dict[str, tuple[str, Entry]] = {}
    for entry in ledger.entries:
        for path, digest in entry.files().items():
            last[path] = (digest, entry)
    rows = tuple(
        Row(path, digest, _state(path, findings.changed, findings.missing), entry)
        for path, (digest, entry) in sorted(last.items())
    )
    used = {row.entry.line for row in rows}
    return Report(
        open_project(root).title,
        findings.entries,
        sum(1 for entry in ledger.entries if entry.line not in used),
        rows,
        findings.problems,
        tuple(_answers(ledger)),
    )


def as_csv(report: Report) -> str:
    """One line a file. A text that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in report.rows:
        entry = row.entry
        values = {
            "file": row.path,
            "state": row.state,
            "asset": entry.text("asset", "name"),
            "kind": entry.text("asset", "kind"),
            "version": entry.text("asset", "version"),
            "exported": entry.text("at"),
            "source_type": entry.text("source_type"),
            "painted": entry.text("painted"),
            "model": entry.text("model", "name"),
            "licence": entry.text("model", "licence"),
            "commercial": _allowed(entry),
            "prompt": entry.text("request", "prompt"),
            "negative_prompt": entry.text("request", "negative_prompt"),
            "seed": entry.text("request", "seed"),
            "controls": ", ".join(_controls(entry)),
            "sha256": row.sha256,
        }
        writer.writerow([_no_formula(values[name]) for name in _COLUMNS])
    return out.getvalue()


def as_markdown(report: Report) -> str:
    chain = "Its chain is whole." if not report.problems else "**Its chain is broken:**"
    lines = [
        f"# AI use in {_plain(report.project)}",
        "",
        f"Made from `.underpaint/ledger.jsonl`: {_count(report.exports, 'export')}, "
        f"{_count(len(report.present), 'file')} of them in the project today. {chain}",
        *(f"- {_plain(problem)}" for problem in report.problems),
        "",
        "## Draft for Steam's content survey",
        "",
        *(f"> {line}".rstrip() for line in steam_draft(report).splitlines()),
        "",
        "It is a draft: what stands in brackets only you know, and you answer for the rest.",
        "",
        "## Models",
        "",
        *_table(("model", "licence", "commercial use", "files"), _models(report.present)),
        "",
        "## How it was made",
        "",
        *_table(
            ("source type (IPTC)", "files", "of them painted over by a hand"),
            _kinds(report.present),
        ),
        "",
    ]
    if report.answers:
        lines += [
            "## Licences that were asked about",
            "",
            *_table(("when", "model and licence", "answer"), report.answers),
            "",
        ]
    columns = (
        "file",
        "asset",
        "model",
        "prompt",
        "drawings",
        "painted by hand",
        "exported",
        "state",
    )
    lines += ["## Files", "", *_table(columns, (_shown(row) for row in report.rows)), ""]
    return "\n".join(lines)


def steam_draft(report: Report) -> str:
    """Text for the part of the survey that asks about pre-generated content."""
    kinds_of = {row.path: row.entry.text("source_type") for row in report.present}
    made = [row for row in report.present if kinds_of[row.path] in _OF_A_MODEL]
    unknown = sum(1 for kind in kinds_of.values() if not kind)
    elsewhere = (
        f"[{_count(unknown, 'file')} came from elsewhere: say what they are.]" if unknown else ""
    )
    if not made:
        none = "No content of this game was made with generative AI, as far as this ledger knows."
        return f"{none}\n{elsewhere}".strip()
    assets = {(row.entry.text("asset", "name"), row.entry.text("asset", "kind")) for row in made}
    kinds = Counter(kind for _, kind in assets)
    what = _listed(
        _count(number, _NOUNS.get(kind, "asset")) for kind, number in sorted(kinds.items())
    )
    models = sorted(
        {row.entry.text("model", "name") or row.entry.text("tool") or "[which?]" for row in made}
    )
    drawn = {row.entry.text("asset", "name") for row in made if _controls(row.entry)}
    painted = {row.entry.text("asset", "name") for row in made if _painted(row.entry) > 0}
    sentences = [
        f"Pre-generated: some of this game's pictures ({what}) were made with generative AI, "
        f"with {'the model' if len(models) == 1 else 'the models'} {_listed(models)}."
    ]
    if drawn:
        sentences.append(
            f"{_count(len(drawn), 'asset')} followed drawings of our artists (depth, poses or lines)."
        )
    if painted:
        share = sum(_painted(row.entry) for row in made) / len(made)
        sentences.append(
            f"{_count(len(painted), 'asset')} were painted over by hand ({share:.0%} of the pixels on average of all)."
        )
    sentences.append("[Who looked at each picture before it went into the game, and for what.]")
    sentences.append("[Whether any of them are in the store page or in marketing.]")
    sentences.append("Live-generated: none. [Correct this if the game itself generates content.]")
    return "\n".join([*sentences, elsewhere]).strip()


_OF_A_MODEL = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")
_NOUNS = {
    "picture": "picture",
    "sprite": "sprite",
    "sheet": "sprite sheet",
    "texture": "texture set",
    "control": "drawing",
}


def _state(path: str, changed: Sequence[str], missing: Sequence[str]) -> State:
    return (
        "no longer there"
        if path in missing
        else "changed since"
        if path in changed
        else "as exported"
    )


def _answers(ledger: Ledger) -> Iterable[tuple[str, str, str]]:
    for entry in ledger.entries:
        given = entry.fields.get("answers")
        for item in cast("list[object]", given) if isinstance(given, list) else []:
            if isinstance(item, Mapping):
                said = cast("Mapping[str, object]", item)
                yield entry.text("at"), str(said.get("about")), str(said.get("answer"))


def _models(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    found = Counter(
        (
            row.entry.text("model", "name") or "none",
            row.entry.text("model", "licence") or "not named",
            _allowed(row.entry),
        )
        for row in rows
    )
    return [(*key, str(number)) for key, number in sorted(found.items())]


def _kinds(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    kinds = sorted({row.entry.text("source_type") for row in rows})
    return [
        (
            kind or "not known",
            str(sum(1 for row in rows if row.entry.text("source_type") == kind)),
            str(
                sum(
                    1
                    for row in rows
                    if row.entry.text("source_type") == kind and _painted(row.entry) > 0
                )
            ),
        )
        for kind in kinds
    ]


def _shown(row: Row) -> tuple[str, ...]:
    entry = row.entry
    return (
        row.path,
        entry.text("asset", "name"),
        entry.text("model", "name") or "none",
        entry.text("request", "prompt"),
        ", ".join(_controls(entry)) or "none",
        f"{_painted(entry):.0%}",
        entry.text("at"),
        row.state,
    )


def _controls(entry: Entry) -> list[str]:
    request = entry.fields.get("request")
    drawn: Any = (
        cast("Mapping[str, Any]", request).get("controls") if isinstance(request, Mapping) else None
    )
    items = cast("list[object]", drawn) if isinstance(drawn, list) else []
    return [
        str(cast("Mapping[str, Any]", item).get("kind"))
        for item in items
        if isinstance(item, Mapping)
    ]


def _painted(entry: Entry) -> float:
    value = entry.fields.get("painted")
    return float(value) if isinstance(value, int | float) else 0.0


def _allowed(entry: Entry) -> str:
    model = entry.fields.get("model")
    said = (
        cast("Mapping[str, Any]", model).get("commercial") if isinstance(model, Mapping) else None
    )
    return (
        {True: "allowed", False: "forbidden"}.get(said, "not known")
        if isinstance(said, bool)
        else "not known"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_plain(cell) for cell in row) + " |" for row in rows]
    return lines if len(lines) > 2 else ["None."]


def _plain(text: str) -> str:
    """As Markdown shows it letter by letter: a prompt is no markup."""
    line = " ".join(text.split())
    for sign in "\\`*_[]|#":
        line = line.replace(sign, f"\\{sign}")
    return line.replace("<", "&lt;")


def _no_formula(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(parts: Iterable[str]) -> str:
    items = list(parts)
    return (
        items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
    )
