"""The measured table in a model's card, between two marks that nothing else writes between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.training.judge.table import Findings

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write(
    folder: Path, findings: Findings, command: str, more: Mapping[str, float] | None = None
) -> None:
    """Puts the figures into `folder`/README.md, and the negative prompt's into underpaint.json.

    more: of the same run, without an interval.

    A card without the marks gets them at its end. Raises StudioError where there is no card.
    """
    path = folder / "README.md"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise StudioError("There is no card to write to", f"{path}: {error}") from error
    part = f"{BEGIN}\n{measured(findings, command, more or {})}\n{END}"
    if BEGIN in text and END in text:
        before, rest = text.split(BEGIN, 1)
        text = before + part + rest.split(END, 1)[1]
    else:
        text = f"{text.rstrip()}\n\n## Measured\n\n{part}\n"
    write_text_atomic(path, text)
    _note_efficacy(folder, findings)


def measured(findings: Findings, command: str, more: Mapping[str, float]) -> str:
    """The section: what was run, who judged, the table, what is missing."""
    lines = [
        f"By `{command}`. The worse end of each 95% interval counts; the mean stands beside it.",
        "",
    ]
    if findings.probe is not None:
        reads = ", ".join(f"{key} {value:.3f}" for key, value in findings.reads.items())
        lines += [
            f"Judge: the probe with the hash `{findings.probe}`; on real renders: {reads}.",
            "",
        ]
    lines += ["| figure | counts | mean |", "|---|---|---|"]
    figures = findings.figures
    for key, value in figures.items():
        if not key.endswith("_mean"):
            lines.append(f"| {key} | {value:.3g} | {figures[f'{key}_mean']:.3g} |")
    lines += [f"| {key} | {value:.3g} | |" for key, value in more.items()]
    for note in findings.notes:
        lines += ["", note[:1].upper() + note[1:] + "."]
    doubtful = findings.doubtful
    said = [
        f"{key} {value:.3g} ({doubtful[f'{key}_mean']:.3g})"
        for key, value in doubtful.items()
        if not key.endswith("_mean")
    ]
    if said:
        lines += [
            "",
            f"What such a judge says all the same, the mean in brackets: {', '.join(said)}.",
        ]
    return "\n".join(lines)


def _note_efficacy(folder: Path, findings: Findings) -> None:
    """What a negative prompt was measured to do goes where the studio reads what a model can do."""
    path, found = folder / "underpaint.json", findings.figures.get("negative_efficacy_mean")
    if found is None or not path.is_file():
        return
    table = json.loads(path.read_text(encoding="utf-8"))
    table["negative_efficacy"] = round(min(max(found, 0.0), 1.0), 3)
    write_text_atomic(path, json.dumps(table, indent=1, ensure_ascii=False))
