"""Carrying out a plan: all of its files, or none.

New files are staged beside their places (the same disk: a rename is one step there), under names that no engine
imports, and read back; old ones get a second name. A journal says what is about to be swapped. Whatever fails then is
undone at once; what a killed process or a power cut left half-way is undone by whoever exports next, or asks.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.files import flush_folder, replace_file, write_bytes_atomic, write_text_atomic
from studio_app.core.jsons import read_object
from studio_app.core.locks import locked
from studio_app.core.reading import NoSuchFile, is_file, read_bytes
from studio_app.export.ledger import HOME, NAME, read_ledger, sha256
from studio_app.export.plan import Change, ExportCancelled, Plan, Progress
from studio_app.export.questions import Answers

JOURNAL = f"{HOME}/export.journal"
WAIT_S = 5.0
"""For somebody else's export, which takes a fraction of that."""


@dataclass(frozen=True)
class Done:
    """written: whole paths, in the plan's order, without the ledger. entry: the ledger's new line, None where
    everything was there already.
    """

    written: tuple[Path, ...]
    entry: Mapping[str, Any] | None = field(default=None, repr=False)


def carry_out(
    plan: Plan,
    answers: Answers | None = None,
    *,
    progress: Progress = lambda done, of, what: None,
    cancelled: Callable[[], bool] = lambda: False,
    now: datetime | None = None,
) -> Done:
    """Writes what `plan` says and a line of the ledger, as one piece.

    answers: of the plan's questions. now: what the ledger takes for the time.

    StudioError where a question is open, a file changed since the plan was made, somebody else does not come to an end,
    or the disk refuses: the project is then as it was. ExportCancelled as long as nothing was swapped.
    """
    root = plan.project.root
    said = _answers(plan, answers or {})
    with locked(root, "exporting into this project", WAIT_S):
        _recover(root)
        if plan.nothing_new:
            return Done(())
        ledger = read_ledger(root)
        for change in plan.changes:
            _check_unchanged(root, change)
        moment = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = {**plan.entry, "at": moment, **({"answers": said} if said else {})}
        files = [(change.path, change.data) for change in plan.writes]
        files.append((PurePosixPath(NAME), ledger.with_entry(entry)))
        _swap_in(root, files, progress, cancelled)
    return Done(tuple(root / change.path for change in plan.writes), entry)


def recover(root: Path) -> bool:
    """Undoes, or ends, what an export that was cut off left in the project; whether there was anything.

    StudioError where it can't, or somebody is exporting right now.
    """
    if not is_file(root / JOURNAL):
        return False
    with locked(root, "exporting into this project", WAIT_S):
        return _recover(root)


@dataclass(frozen=True)
class _Step:
    """target: where the file goes; staged: where it waits; backup: the old one's second name, None without an old one.

    All absolute. sha256: of the new bytes.
    """

    target: Path
    staged: Path
    backup: Path | None
    sha256: str


def _answers(plan: Plan, answers: Answers) -> list[dict[str, str]]:
    said: list[dict[str, str]] = []
    for question in plan.questions:
        known = [choice.id for choice in question.choices]
        answer = answers.get(question.key)
        if answer not in known:
            raise StudioError(question.title, question.text, "Answer one of: " + ", ".join(known))
        said.append({"question": question.id, "about": question.about, "answer": answer})
    return said


def _check_unchanged(root: Path, change: Change) -> None:
    try:
        now = sha256(read_bytes(root / change.path))
    except NoSuchFile:
        now = None
    if now not in (change.before, sha256(change.data)):  # else somebody else has written the same
        raise StudioError(
            f"{change.path.name} has changed meanwhile",
            f"{change.path} is not what it was when the export was looked at",
            "Look at the list of files again.",
        )


def _swap_in(
    root: Path,
    files: Sequence[tuple[PurePosixPath, bytes]],
    progress: Progress,
    cancelled: Callable[[], bool],
) -> None:
    steps = _steps(root, files)
    made = _missing_folders([step.target for step in steps] + [root / JOURNAL])
    try:
        _write_journal(root, steps, made, done=False)
        for number, (step, (path, data)) in enumerate(zip(steps, files, strict=True)):
            if cancelled():
                raise ExportCancelled
            progress(number, len(files), path.name)
            _stage(step, data)
        if cancelled():
            raise ExportCancelled
        for step in steps:
            replace_file(step.staged, step.target)
        for folder in {step.target.parent for step in steps}:
            flush_folder(folder)
        _write_journal(root, steps, made, done=True)
    except BaseException as error:
        _undo_now(root, steps, made, error)
        if isinstance(error, OSError):
            raise StudioError(
                "Could not export",
                f"{error.filename or root}: {error.strerror or error}",
                "Nothing was changed.",
            ) from error
        raise
    # From here on it is done; what can't be tidied now is tidied next time.
    with contextlib.suppress(OSError):
        _tidy(root, steps)
    progress(len(files), len(files), "")


def _steps(root: Path, files: Sequence[tuple[PurePosixPath, bytes]]) -> list[_Step]:
    mark = uuid.uuid4().hex[:12]
    steps: list[_Step] = []
    for number, (path, data) in enumerate(files):
        target = (root / path).resolve()  # a link stays one: what it leads to is replaced
        hidden = f".{target.name[:30]}.{mark}.{number}"
        backup = target.with_name(f"{hidden}.old") if target.exists() else None
        steps.append(_Step(target, target.with_name(f"{hidden}.new"), backup, sha256(data)))
    return steps


def _missing_folders(paths: Sequence[Path]) -> list[Path]:
    """That will have to be made, innermost first."""
    missing = {folder for path in paths for folder in path.parents if not folder.exists()}
    return sorted(missing, key=lambda folder: len(folder.parts), reverse=True)


def _stage(step: _Step, data: bytes) -> None:
    def reads_back(path: Path) -> bool:
        return sha256(path.read_bytes()) == step.sha256

    write_bytes_atomic(step.staged, data, reads_back)
    if step.backup is None:
        return
    step.staged.chmod(step.target.stat().st_mode & 0o7777)
    try:
        os.link(step.target, step.backup)
    except OSError:  # not every file system knows second names
        write_bytes_atomic(step.backup, read_bytes(step.target))


def _write_journal(root: Path, steps: Sequence[_Step], made: Sequence[Path], *, done: bool) -> None:
    real = root.resolve()

    def inside(path: Path) -> str:
        return path.relative_to(real).as_posix() if path.is_relative_to(real) else str(path)

    value = {
        "format": 1,
        "done": done,
        "folders": [inside(folder) for folder in made if folder.resolve().is_relative_to(real)],
        "steps": [
            {
                "target": inside(step.target),
                "staged": inside(step.staged),
                "backup": None if step.backup is None else inside(step.backup),
                "sha256": step.sha256,
            }
            for step in steps
        ],
    }
    write_text_atomic(root / JOURNAL, json.dumps(value, indent=1) + "\n")


def _is_done(root: Path) -> bool:
    try:
        return read_object(root / JOURNAL)["done"] is True
    except (StudioError, KeyError):
        return False


def _undo_now(
    root: Path, steps: Sequence[_Step], made: Sequence[Path], error: BaseException
) -> None:
    try:
        if _is_done(root):
            # The journal could not be flushed, so nobody knows what it will say after a power cut: it is not done.
            _write_journal(root, steps, made, done=False)
        _undo(root, steps, made)
    except (OSError, StudioError) as again:
        raise StudioError(
            "The export could not be undone whole",
            f"{error}; then {again}",
            "What is left will be put right at the next export into this project.",
        ) from error


def _undo(root: Path, steps: Sequence[_Step], made: Sequence[Path]) -> None:
    """Every target as it was. May be done any number of times."""
    for step in steps:
        if step.backup is not None:
            if step.backup.exists():
                replace_file(step.backup, step.target)
                step.backup.unlink(
                    missing_ok=True
                )  # renaming one name of a file to another does nothing
        elif not step.staged.exists() and _holds(step.target, step.sha256):
            step.target.unlink()
        step.staged.unlink(missing_ok=True)
    (root / JOURNAL).unlink(missing_ok=True)
    for folder in made:
        with contextlib.suppress(OSError):  # somebody else's file may be in it by now
            folder.rmdir()


def _holds(path: Path, digest: str) -> bool:
    try:
        return sha256(path.read_bytes()) == digest
    except FileNotFoundError:
        return False


def _tidy(root: Path, steps: Sequence[_Step]) -> None:
    for step in steps:
        if step.backup is not None:
            step.backup.unlink(missing_ok=True)
        step.staged.unlink(missing_ok=True)
    (root / JOURNAL).unlink(missing_ok=True)


def _recover(root: Path) -> bool:
    if not is_file(root / JOURNAL):
        return False
    value = read_object(root / JOURNAL, "the journal of an export")
    try:
        steps = [_step_from(root, item) for item in cast("list[dict[str, Any]]", value["steps"])]
        made = [_inside(root, str(folder)) for folder in cast("list[object]", value["folders"])]
        done = value["done"] is True
    except (KeyError, TypeError, AttributeError) as error:
        raise StudioError(
            "The journal of an export is broken",
            f"{root / JOURNAL}: {error!r}",
            "Look at it, then remove it.",
        ) from None
    try:
        if done:
            _tidy(root, steps)
        else:
            _undo(root, steps, made)
    except OSError as error:
        raise StudioError(
            "An export that was cut off can't be undone",
            str(error),
            "Check the disk, then try again.",
        ) from error
    return True


def _step_from(root: Path, item: Mapping[str, Any]) -> _Step:
    backup = item["backup"]
    return _Step(
        _inside(root, str(item["target"])),
        _inside(root, str(item["staged"])),
        None if backup is None else _inside(root, str(backup)),
        str(item["sha256"]),
    )


def _inside(root: Path, path: str) -> Path:
    """A journal comes with the project, perhaps from elsewhere: it names nothing outside."""
    real = root.resolve()
    whole = (real / path).resolve()
    if whole != real and real not in whole.parents:
        raise StudioError(
            "The journal of an export is broken", f"{path} lies outside the project", "Remove it."
        )
    return whole
