"""What lies in a project already: the same again changes nothing, and the work of others is never lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from studio_app.core.errors import StudioError
from studio_app.export.ledger import NAME, read_ledger, sha256
from studio_app.export.naming import Collision
from studio_app.export.origin import Origin, licence_named
from studio_app.export.pieces import Asset, Piece
from studio_app.export.placing import Place
from studio_app.export.plan import make_plan
from studio_app.export.projects import open_project
from studio_app.export.targets.target import Project
from studio_app.export.transaction import carry_out
from tests.export.conftest import KINDS, Open, Tree, changed


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


def test_the_same_signed_anew_is_no_new_version(project: Open, sprite: Asset):
    """A signature has a time of its own."""
    opened, place = project("godot"), Place(collision="version")
    for time, version in ((b"1", 1), (b"2", 1), (b"3", 1)):
        pieces = tuple(
            replace(piece, data=piece.data + time, unsigned=sha256(piece.data))
            for piece in sprite.pieces
        )
        plan = make_plan(replace(sprite, pieces=pieces), opened, place)
        assert plan.version == version
        carry_out(plan)
    assert make_plan(changed(sprite), opened, place).version == 2


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


@pytest.mark.parametrize("ending", [".psd", ".ora"])
@pytest.mark.parametrize("collision", get_args(Collision))
@pytest.mark.parametrize("kind", KINDS)
def test_layers_are_no_more_lost_than_pictures(
    project: Open, kind: str, collision: Collision, ending: str
):
    """They lie in a folder of their own, into which an engine does not look."""
    opened = project(kind)
    first, second = (
        Asset("knight", "picture", (Piece("layers", ending, data, (8, 8)),))
        for data in (b"one", b"two")
    )
    path = export_to(opened, first, collision)
    assert path.read_bytes() == b"one"
    if collision == "refuse":
        with pytest.raises(StudioError, match="there already"):
            make_plan(second, opened, Place(collision=collision))
        assert path.read_bytes() == b"one"
        return
    assert export_to(opened, first, collision) == path
    other = export_to(opened, second, collision)
    assert other.read_bytes() == b"two"
    assert (other != path) == (collision == "version")
    assert path.read_bytes() == (b"one" if collision == "version" else b"two")
    assert export_to(opened, second, collision) == other


@pytest.mark.parametrize("kind", KINDS)
def test_layers_whose_name_differs_in_case_only_are_in_the_way(project: Open, kind: str):
    opened = project(kind)
    asset = Asset("knight", "picture", (Piece("layers", ".psd", b"one", (8, 8)),))
    path = make_plan(asset, opened).main_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name.swapcase()).write_bytes(b"x")
    with pytest.raises(StudioError, match="in the way"):
        make_plan(asset, opened)
    assert make_plan(asset, opened, Place(collision="version")).version == 2


def export_to(opened: Project, asset: Asset, collision: Collision) -> Path:
    """Where its first file lies."""
    plan = make_plan(asset, opened, Place(collision=collision))
    carry_out(plan)
    return plan.main_file()


@pytest.mark.parametrize(
    "folder", ["Library/Art", "ProjectSettings", "Temp", "Packages/x", "Elsewhere", ""]
)
def test_folders_of_unity_are_not_written_into(project: Open, sprite: Asset, folder: str):
    with pytest.raises(StudioError):
        make_plan(sprite, project("unity"), Place(folder=folder))


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
    carry_out(plan, {plan.questions[0].key: "not commercial"})
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
