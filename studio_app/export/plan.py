"""The plan of an export: every file that would be written or changed, before any is.

A plan is made of an asset's bytes, a project and a place in it; it reads the project and writes nothing. What it says
is what `transaction.carry_out` does, or nothing: a file that changed since the plan was made stops it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from studio_app.core.errors import StudioError
from studio_app.export.ledger import ATTRIBUTES, ATTRIBUTES_TEXT, NAME, Ledger, read_ledger, sha256
from studio_app.export.naming import Collision, check_inside, same_name
from studio_app.export.origin import Origin
from studio_app.export.pieces import Asset
from studio_app.export.placing import (
    Disk,
    Place,
    folder_of,
    holds,
    named_pieces,
    names_of,
    new_folders,
    paths_of,
    version_of,
)
from studio_app.export.questions import Question, questions_of
from studio_app.export.records import entry_fields, kept_recipes
from studio_app.export.targets.target import Layout, Placed, Project, Sidecar

Action = Literal["create", "replace", "same", "keep"]
"""keep: another file is there, and stays."""

Progress = Callable[[int, int, str], None]
"""Told of (done, of, what)."""

Group = Literal["files", "sidecars", "record"]


class ExportCancelled(Exception):
    """Somebody said stop, and nothing was changed."""


@dataclass(frozen=True)
class Change:
    """One file of a plan. path: inside the project. before: sha256 of what is there now, None where nothing is.

    diff: of a text, as `diff -u` shows it. why: a remark for people.
    """

    path: PurePosixPath
    action: Action
    data: bytes = field(repr=False)
    group: Group
    before: str | None = None
    diff: str = ""
    why: str = ""

    @property
    def writes(self) -> bool:
        return self.action in ("create", "replace")


@dataclass(frozen=True)
class Plan:
    """changes: in the order in which they are made: what an engine reads beside a picture comes before it.

    entry: what the ledger will say, without its time and answers. questions: those that need an answer first.
    recorded: whether the ledger knows of all files as they will be, if none is written.
    """

    project: Project
    asset: str
    version: int
    changes: tuple[Change, ...]
    entry: dict[str, Any] = field(repr=False)
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    recorded: bool = True

    @property
    def writes(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.writes)

    @property
    def nothing_new(self) -> bool:
        """Whether the project holds all of it already, and its ledger knows."""
        return not self.writes and self.recorded

    def main_file(self) -> Path:
        """Where the asset's first picture lies, or will."""
        return self.project.root / next(c.path for c in self.changes if c.group == "files")


def make_plan(
    asset: Asset,
    project: Project,
    place: Place | None = None,
    origin: Origin | None = None,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Plan:
    """The plan of putting `asset` into `project`.

    StudioError where names collide with what is not this asset's, the folder is not the artist's to write to, the
    engine would not import what is written, or the project can't be read. ExportCancelled once `cancelled` says so.
    """
    place, origin = place or Place(), origin or Origin()

    def stop() -> None:
        if cancelled():
            raise ExportCancelled

    target = project.target
    folder = folder_of(project, place, asset)
    for piece in asset.pieces:
        target.check_imports(piece.extension)
    ledger = read_ledger(project.root)
    disk = Disk(project.root, stop)
    named = names_of(asset, target, place)
    version = version_of(named, asset, folder, target, place.collision, disk, ledger)
    stem = named.base(version)
    placed = tuple(
        Placed(piece, path)
        for piece, path in zip(
            named_pieces(asset, named, version),
            paths_of(named, asset, folder, target, version),
            strict=True,
        )
    )
    for path in (PurePosixPath(NAME), *(item.path for item in placed)):
        check_inside(project.root, path)
    layout = Layout(
        project, asset, folder, stem, placed, disk.read, tuple(new_folders(disk, placed)), stop
    )
    beside = target.sidecars(layout) if place.sidecars else ()
    before = [_sidecar(side, disk, ledger) for side in beside if _is_settings(side)]
    pictures = [_picture(item, disk, ledger, place.collision) for item in placed]
    after = [_sidecar(side, disk, ledger) for side in beside if not _is_settings(side)]
    changes = [*before, *pictures, *after]
    _check_unique(changes)
    placed = tuple(
        replace(item, piece=replace(item.piece, data=change.data))
        for item, change in zip(placed, pictures, strict=True)
    )
    entry = entry_fields(asset, project, placed, beside, origin, version)
    # What somebody copied here by hand, or a ledger that was lost, is no export yet.
    recorded = all(ledger.last(change.path) == sha256(change.data) for change in pictures)
    if not recorded or any(change.writes for change in changes):
        changes += _records(disk, origin, placed)
    return Plan(
        project,
        stem,
        version,
        tuple(changes),
        entry,
        questions_of(origin, ledger),
        (*_notes(changes, placed, origin), *target.notes(layout)),
        recorded,
    )


def _notes(changes: Sequence[Change], placed: Sequence[Placed], origin: Origin) -> list[str]:
    """Of what stays as somebody left it, and of files without a place for a mark."""
    notes = [change.why for change in changes if change.action == "keep" and change.why]
    return notes + [
        f"{item.path.name} can hold no mark of where it came from: the ledger alone says so"
        for item in placed
        if item.path.suffix == ".tga" and origin.source_type not in ("", "digitalCreation")
    ]


def _picture(placed: Placed, disk: Disk, ledger: Ledger, collision: Collision) -> Change:
    there, data = disk.read(placed.path), placed.piece.data
    if there is None:
        return Change(placed.path, "create", data, "files")
    before = sha256(there)
    ours = ledger.last(placed.path)
    if holds(disk, ledger, placed.path, placed.piece):
        return Change(placed.path, "same", there, "files", before)
    if collision != "overwrite" and ours != before:
        why = (
            "it was not exported from here"
            if ours is None
            else "it was changed after it was exported"
        )
        raise StudioError(
            f"{placed.path.name} would be lost",
            why,
            "Choose another name or a new version, or overwrite it.",
        )
    size = f"{len(there):,} bytes become {len(data):,}"
    return Change(placed.path, "replace", data, "files", before, why=size)


def _sidecar(side: Sidecar, disk: Disk, ledger: Ledger) -> Change:
    there = disk.read(side.path)
    if there is None:
        diff = _diff(b"", side.data, side.path)
        return Change(side.path, "create", side.data, "sidecars", None, diff)
    before = sha256(there)
    if there == side.data:
        return Change(side.path, "same", side.data, "sidecars", before)
    if side.rule == "once":
        # Settings that somebody chose, and ids that scenes know it by.
        return Change(side.path, "keep", there, "sidecars", before)
    if ledger.last(side.path) != before:
        why = f"{side.path.name} was changed by somebody else and is kept"
        return Change(side.path, "keep", there, "sidecars", before, why=why)
    diff = _diff(there, side.data, side.path)
    return Change(side.path, "replace", side.data, "sidecars", before, diff)


def _records(disk: Disk, origin: Origin, placed: Sequence[Placed]) -> list[Change]:
    """What is written about the export beside the ledger, which grows by a line when the plan is carried out."""
    wanted = kept_recipes(origin, [item.piece for item in placed])
    if disk.read(PurePosixPath(NAME)) is None:
        wanted.insert(0, (PurePosixPath(ATTRIBUTES), ATTRIBUTES_TEXT))
    return [
        Change(path, "create", data, "record") for path, data in wanted if disk.read(path) is None
    ]


def _is_settings(side: Sidecar) -> bool:
    """Whether an engine reads it while it imports the picture: it has to be there first."""
    return side.rule == "once"


def _check_unique(changes: Sequence[Change]) -> None:
    seen: set[str] = set()
    for change in changes:
        name = same_name(change.path.as_posix())
        if name in seen:
            raise StudioError(
                "Two files have the same name", str(change.path), "Choose another naming template."
            )
        seen.add(name)


def _diff(old: bytes, new: bytes, path: PurePosixPath) -> str:
    """Unified; empty where either is no text."""
    try:
        before, after = old.decode(), new.decode()
    except UnicodeDecodeError:
        return ""
    lines = difflib.unified_diff(
        before.splitlines(),
        after.splitlines(),
        f"a/{path}" if old else "/dev/null",
        f"b/{path}",
        lineterm="",
    )
    return "\n".join(lines)
