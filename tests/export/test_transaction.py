"""An export is all there or not there: every write fails in turn, every write is the last of a killed process."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.locks import locked
from studio_app.export import transaction
from studio_app.export.ledger import verify
from studio_app.export.origin import Origin
from studio_app.export.pieces import Asset
from studio_app.export.plan import ExportCancelled, make_plan
from studio_app.export.projects import open_project
from studio_app.export.targets.target import Project
from studio_app.export.transaction import JOURNAL, carry_out, recover
from tests.export.conftest import Open, Tree, changed


class Killed(BaseException):
    """The process ended here."""


class Disk:
    """Counts what is done to the disk, and fails or ends the process at one of them."""

    def __init__(self, at: int | None = None, kill: bool = False) -> None:
        self.count = 0
        self.at = at
        self.kill = kill

    def touched(self) -> None:
        self.count += 1
        if self.at is None or self.count < self.at:
            return
        if self.kill:
            raise Killed  # nor does anything after it happen
        if self.count == self.at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @contextmanager
    def watched(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in [
                (os, "fsync"),
                (os, "replace"),
                (os, "link"),
                (Path, "unlink"),
                (Path, "rmdir"),
                (Path, "mkdir"),
                (Path, "write_bytes"),
                (Path, "chmod"),
            ]:
                patch.setattr(owner, name, self._watched(getattr(owner, name)))
            yield

    def _watched(self, known: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.touched()
            return known(*args, **kwargs)

        return call


@pytest.fixture(params=["first", "again", "new folder"])
def before(
    request: pytest.FixtureRequest, project: Open, sprite: Asset, origin: Origin, tmp_path: Path
) -> Project:
    """A project, untouched or exported into before; or a folder that is not there yet."""
    if request.param == "new folder":
        return open_project(tmp_path / "a/b/new")
    opened = project("godot")
    if request.param == "again":
        carry_out(make_plan(sprite, opened, origin=origin))
    return opened


def test_each_write_failing_in_turn_leaves_the_project_as_it_was(
    before: Project, sprite: Asset, origin: Origin, tree: Tree
):
    asset = changed(sprite)
    was = tree(before.root)
    total, failed = 10_000, 0
    at = 1
    while at <= total:
        plan = make_plan(asset, before, None, origin)
        disk = Disk(at)
        with disk.watched():
            try:
                carry_out(plan)
            except StudioError:
                failed += 1
                # At once, and not only when somebody exports again.
                assert tree(before.root) == was, f"write {at}"
        if disk.count < at:
            break  # it was never reached: all went well
        recover(before.root)
        if tree(before.root) != was:
            # What failed came after the last step: everything is there, and the ledger says so.
            assert make_plan(asset, before, None, origin).nothing_new, f"write {at}"
            assert verify(before.root).problems == ()
            assert not [path for path in tree(before.root) if ".new" in path or ".old" in path]
            _put_back(before.root, was)
        at += 1
    assert failed > 20
    assert make_plan(asset, before, None, origin).nothing_new


def test_a_process_killed_at_any_write_leaves_the_old_or_the_new(
    before: Project, sprite: Asset, origin: Origin, tree: Tree
):
    asset = changed(sprite)
    was = tree(before.root)
    at, old, new = 1, 0, 0
    while True:
        plan = make_plan(asset, before, None, origin)
        disk = Disk(at, kill=True)
        with disk.watched():
            try:
                carry_out(plan)
                break
            except Killed:
                pass
        # The next export begins with tidying up, whichever it is.
        recover(before.root)
        _sweep(before.root)
        if tree(before.root) == was:
            old += 1
        else:
            new += 1
            assert make_plan(asset, before, None, origin).nothing_new, f"killed at {at}"
            assert verify(before.root).problems == ()
            _put_back(before.root, was)
        at += 1
    assert old > 20 and new > 1


def _sweep(root: Path) -> None:
    """Temporary files of core/files.py and folders that were only begun: nobody's work, and no engine sees them."""
    for path in sorted(root.rglob("*"), reverse=True):
        if path.name.startswith(".") and path.suffix == ".tmp":
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _put_back(root: Path, was: dict[str, bytes | None]) -> None:
    for path in sorted(root.rglob("*"), reverse=True):
        inside = path.relative_to(root).as_posix()
        if inside not in was:
            path.rmdir() if path.is_dir() else path.unlink()
    for inside, data in was.items():
        if data is not None:
            (root / inside).write_bytes(data)


def test_what_changed_since_the_plan_stops_it(project: Open, sprite: Asset, tree: Tree):
    opened = project("godot")
    plan = make_plan(sprite, opened)
    path = opened.root / "art/sprites/red_glass_potion_normal.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"somebody was quicker")
    was = tree(opened.root)
    with pytest.raises(StudioError, match="changed meanwhile"):
        carry_out(plan)
    assert tree(opened.root) == was


def test_it_can_be_cancelled_until_the_last_moment(project: Open, bricks: Asset, tree: Tree):
    opened = project("unity")
    was = tree(opened.root)
    with pytest.raises(ExportCancelled):
        make_plan(bricks, opened, cancelled=lambda: True)
    plan = make_plan(bricks, opened)
    seen: list[str] = []
    with pytest.raises(ExportCancelled):
        carry_out(
            plan, progress=lambda done, of, what: seen.append(what), cancelled=lambda: len(seen) > 3
        )
    assert len(seen) == 4
    assert tree(opened.root) == was
    seen.clear()
    carry_out(plan, progress=lambda done, of, what: seen.append(f"{done}/{of}"))
    assert seen[-1] == f"{len(plan.writes) + 1}/{len(plan.writes) + 1}"


def test_two_do_not_export_at_once(project: Open, sprite: Asset, monkeypatch: pytest.MonkeyPatch):
    opened = project("godot")
    plan = make_plan(sprite, opened)
    monkeypatch.setattr(transaction, "WAIT_S", 0.05)
    with locked(opened.root, "exporting"), pytest.raises(StudioError, match="Somebody else"):
        carry_out(plan)
    carry_out(plan)


def test_a_file_that_somebody_else_wrote_the_same_meanwhile_stops_nothing(
    project: Open, sprite: Asset
):
    opened = project("godot")
    plan = make_plan(sprite, opened)
    for change in plan.writes:
        if change.group == "record":
            write_bytes_atomic(opened.root / change.path, change.data)
    carry_out(plan)
    assert not verify(opened.root).problems


def test_a_journal_from_elsewhere_reaches_nothing_outside(
    project: Open, sprite: Asset, tmp_path: Path
):
    opened = project("godot")
    victim = tmp_path / "victim"
    victim.write_bytes(b"")
    (opened.root / ".underpaint").mkdir()
    step = '{"target": "../victim", "staged": "../none", "backup": null, "sha256": "%s"}'
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (opened.root / JOURNAL).write_text(
        '{"format": 1, "done": false, "folders": [], "steps": [%s]}' % (step % empty)
    )
    with pytest.raises(StudioError, match="outside the project"):
        carry_out(make_plan(sprite, opened))
    assert victim.exists()
