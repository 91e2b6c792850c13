"""An export is all there or not there: every write fails in turn, every write is the last of a killed process."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.locks import locked
from studio_app.export import transaction
from studio_app.export.ledger import NAME, read_ledger, verify
from studio_app.export.origin import Origin, licence_named
from studio_app.export.pieces import Asset
from studio_app.export.placing import Place
from studio_app.export.plan import ExportCancelled, make_plan
from studio_app.export.projects import open_project
from studio_app.export.targets.target import Project
from studio_app.export.transaction import JOURNAL, carry_out, recover

Open = Callable[[str], Project]
Tree = Callable[[Path], dict[str, bytes | None]]


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


def changed(asset: Asset) -> Asset:
    """The same asset with other pixels."""
    first, *rest = asset.pieces
    return replace(asset, pieces=(replace(first, data=first.data + b"more"), *rest))


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


@pytest.mark.parametrize("kind", ["godot", "unity", "unreal", "folder"])
def test_the_same_thing_again_changes_no_byte(
    project: Open, bricks: Asset, walk: Asset, tree: Tree, kind: str
):
    opened = project(kind)
    for asset in (bricks, walk):
        carry_out(make_plan(asset, opened))
    was = tree(opened.root)
    times = {path: (opened.root / path).stat().st_mtime_ns for path in was}
    for _ in range(20):
        for asset in (bricks, walk):
            plan = make_plan(asset, open_project(opened.root))
            assert plan.nothing_new and carry_out(plan).written == ()
    assert tree(opened.root) == was
    assert {path: (opened.root / path).stat().st_mtime_ns for path in was} == times


def test_the_dry_run_says_exactly_what_will_happen(project: Open, sprite: Asset, tree: Tree):
    opened = project("godot")
    was = tree(opened.root)
    plan = make_plan(sprite, opened)
    assert tree(opened.root) == was
    carry_out(plan)
    files = {path for path, data in tree(opened.root).items() if data is not None}
    assert files - set(was) == {c.path.as_posix() for c in plan.changes} | {NAME}
    shown = next(c.diff for c in plan.changes if c.path.suffix == ".import")
    assert shown.splitlines()[0] == "--- /dev/null" and "+compress/mode=0" in shown


def test_a_new_picture_replaces_the_old_and_nothing_else(project: Open, sprite: Asset, tree: Tree):
    opened = project("unity")
    carry_out(make_plan(sprite, opened))
    was = tree(opened.root)
    plan = make_plan(changed(sprite), opened)
    assert [(c.path.name, c.action) for c in plan.changes if c.writes] == [
        ("RedGlassPotion.png", "replace")
    ]
    carry_out(plan)
    now = tree(opened.root)
    assert {path for path in was if was[path] != now[path]} == {
        "Assets/Art/Sprites/RedGlassPotion.png",
        NAME,
    }
    assert len(read_ledger(opened.root).entries) == 2


def test_settings_that_somebody_made_stay(project: Open, sprite: Asset):
    opened = project("godot")
    carry_out(make_plan(sprite, opened))
    folder = opened.root / "art/sprites"
    mine = b'[remap]\n\nimporter="texture"\nuid="uid://abc"\n\n[params]\n\ncompress/mode=1\n'
    (folder / "red_glass_potion.png.import").write_bytes(mine)
    material = (folder / "red_glass_potion_lit.tres").read_bytes() + b"specular_shininess = 0.5\n"
    (folder / "red_glass_potion_lit.tres").write_bytes(material)
    pixel = replace(changed(sprite), pixel_art=True)
    plan = make_plan(pixel, opened)
    assert any("red_glass_potion_lit.tres was changed" in note for note in plan.notes)
    carry_out(plan)
    assert (folder / "red_glass_potion.png.import").read_bytes() == mine
    assert (folder / "red_glass_potion_lit.tres").read_bytes() == material


def test_a_resource_of_ours_follows_the_asset(project: Open, walk: Asset):
    opened = project("godot")
    carry_out(make_plan(walk, opened))
    plan = make_plan(replace(walk, cells=walk.cells[:2]), opened)
    (change,) = plan.writes
    assert (
        change.path.name == "hero_frames.tres" and "-region = Rect2(0, 24, 16, 24)" in change.diff
    )
    carry_out(plan)
    assert b"die" not in (opened.root / change.path).read_bytes()


@pytest.mark.parametrize("hand", ["somebody else's", "changed since"])
def test_work_of_others_is_never_lost_unasked(project: Open, sprite: Asset, hand: str):
    opened = project("godot")
    path = opened.root / "art/sprites/red_glass_potion.png"
    if hand == "changed since":
        carry_out(make_plan(sprite, opened))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"painted by hand")
    with pytest.raises(StudioError, match="would be lost"):
        make_plan(sprite, opened)
    assert make_plan(sprite, opened, Place(collision="version")).version == 2
    carry_out(make_plan(sprite, opened, Place(collision="overwrite")))
    assert path.read_bytes() == sprite.pieces[0].data


def test_versions_count_up_but_not_for_the_same_thing(project: Open, sprite: Asset):
    opened = project("unreal")
    place = Place(collision="version")
    for asset, version in (
        (sprite, 1),
        (sprite, 1),
        (changed(sprite), 2),
        (changed(sprite), 2),
        (sprite, 3),
    ):
        plan = make_plan(asset, opened, place)
        assert plan.version == version
        carry_out(plan)
    names = sorted(path.name for path in (opened.root / "SourceArt/Sprites").glob("*_D.png"))
    assert names == [
        "T_RedGlassPotion_D.png",
        "T_RedGlassPotion_v2_D.png",
        "T_RedGlassPotion_v3_D.png",
    ]


def test_refusing_is_a_choice(project: Open, sprite: Asset):
    opened = project("folder")
    carry_out(make_plan(sprite, opened))
    with pytest.raises(StudioError, match="there already"):
        make_plan(sprite, opened, Place(collision="refuse"))


def test_a_name_that_differs_in_case_only_is_in_the_way(project: Open, sprite: Asset):
    opened = project("folder")
    (opened.root / "Red_Glass_POTION.png").write_bytes(b"x")
    with pytest.raises(StudioError, match="in the way"):
        make_plan(sprite, opened)
    assert make_plan(sprite, opened, Place(collision="version")).version == 2


@pytest.mark.parametrize(
    "folder", ["Library/Art", "ProjectSettings", "Temp", "Packages/x", "Elsewhere", ""]
)
def test_folders_of_unity_are_not_written_into(project: Open, sprite: Asset, folder: str):
    with pytest.raises(StudioError):
        make_plan(sprite, project("unity"), Place(folder=folder))


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


def test_a_link_to_a_file_stays_a_link(project: Open, sprite: Asset):
    opened = project("godot")
    folder = opened.root / "art/sprites"
    folder.mkdir(parents=True)
    (opened.root / "shared.png").write_bytes(b"old")
    (folder / "red_glass_potion.png").symlink_to("../../shared.png")
    carry_out(make_plan(sprite, opened, Place(collision="overwrite")))
    assert (folder / "red_glass_potion.png").is_symlink()
    assert (opened.root / "shared.png").read_bytes() == sprite.pieces[0].data


def test_a_licence_against_commerce_is_asked_about_once(
    project: Open, sprite: Asset, origin: Origin
):
    opened = project("godot")
    strict = replace(origin, licence=licence_named("cc-by-nc-4.0"))
    plan = make_plan(sprite, opened, origin=strict)
    (question,) = plan.questions
    assert "cc-by-nc-4.0" in question.text
    with pytest.raises(StudioError, match="forbids commercial use"):
        carry_out(plan)
    assert not (opened.root / NAME).exists()
    carry_out(plan, {"licence": "not commercial"})
    (entry,) = read_ledger(opened.root).entries
    assert entry.fields["answers"][0]["answer"] == "not commercial"
    assert make_plan(changed(sprite), opened, origin=strict).questions == ()
    assert (
        make_plan(
            changed(sprite), opened, origin=replace(origin, licence=licence_named("mit"))
        ).questions
        == ()
    )


def test_what_was_copied_by_hand_is_recorded(project: Open, sprite: Asset, tree: Tree):
    opened = project("unreal")
    carry_out(make_plan(sprite, opened))
    was = tree(opened.root)
    (opened.root / NAME).unlink()
    plan = make_plan(sprite, opened)
    assert plan.writes == () and not plan.nothing_new
    carry_out(plan)
    assert len(read_ledger(opened.root).entries) == 1
    assert set(tree(opened.root)) == set(was)
    assert make_plan(sprite, opened).nothing_new
