"""Scenes as contents of a document: kept in files, lent to other kinds, looked at once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.canvases import resized
from studio_app.document.contents import scene as scenes
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.scene import Scene
from studio_app.document.document import (
    Document,
    new_document,
    people_drawn,
    request_of,
    taken_apart,
)
from studio_app.document.layer_files import read_content, write_content
from studio_app.document.restoring import restored
from studio_app.document.settings import Settings
from studio_app.document.stack import Node
from studio_app.document.store.documents import document_dict, load_document, save_document
from studio_app.scene.poses import POSES
from studio_app.scene.stage import edits, viewing
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin, Solid
from tests.fake_engine import CAN
from tests.nodes import scene_of, with_contents, with_node
from tests.scene.stage.worlds import crowd, globe

SIZE = (96, 64)


def stage() -> Stage:
    made, _ = edits.placed(Stage(), Mannequin(pose=POSES["waving"]))
    made, _ = edits.placed(made, Solid.of("cone"), (0.6, 0, 0.2))
    made, _ = edits.placed(made, globe(), (-0.6, 0, 0.2))
    return replace(made, camera=viewing.preset(made, "three-quarter"))


@pytest.fixture
def drawn() -> Document:
    document = new_document(Settings(prompt="a knight", width=SIZE[0], height=SIZE[1]))
    return with_contents(document, replace(scene_of(document), stage=stage()))


def test_a_scene_survives_the_document_s_file(drawn: Document, tmp_path: Path) -> None:
    save_document(drawn, tmp_path / "document.json")
    again = load_document(tmp_path / "document.json")
    assert scene_of(again).stage == scene_of(drawn).stage
    assert request_of(again).digest == request_of(drawn).digest


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.pop("stage"),
        lambda content: content.pop("frame"),
        lambda content: content.update(frame=[0, 0, 0, 0]),
        lambda content: content.update(frame=[0, 0, float("1e300"), 5]),
        lambda content: content.update(frame="all"),
        lambda content: content["stage"].update(items=7),
        lambda content: content["stage"]["items"][0].update(at=[1e9, 0, 0]),
        lambda content: content["stage"]["meshes"].clear(),
    ],
)
def test_a_broken_scene_in_it_is_said(drawn: Document, tmp_path: Path, damage) -> None:
    value = document_dict(drawn)
    (node,) = [one for one in value["stack"] if one["kind"] == "scene"]
    node["content"] = json.loads(json.dumps(node["content"]))
    damage(node["content"])
    path = tmp_path / "document.json"
    path.write_text(json.dumps(value))
    with pytest.raises(StudioError):
        load_document(path)


def test_a_scene_is_a_file_of_its_own_and_a_mesh_is_one_too(tmp_path: Path) -> None:
    content = replace(Scene.blank(*SIZE), stage=stage())
    path = tmp_path / "tower.json"
    write_content(content, path, *SIZE)
    again, note = read_content("scene", path, *SIZE)
    assert isinstance(again, Scene)
    assert (again.stage, note) == (content.stage, "")
    mesh = tmp_path / "wedge.obj"
    mesh.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
    alone, _ = read_content("scene", mesh, *SIZE)
    assert isinstance(alone, Scene)
    assert [item.name for item in alone.stage.items] == ["wedge"]
    path.write_text('{"people": []}')
    with pytest.raises(StudioError):
        read_content("scene", path, *SIZE)
    with pytest.raises(StudioError):
        read_content("scene", Path("tests/data/potion_depth.png"), *SIZE)


def test_it_says_depth_and_people(drawn: Document) -> None:
    said = {control.kind: control for control in request_of(drawn).controls}
    assert set(said) == {"depth", "pose", "normal"}
    seen = scene_of(drawn).look()
    assert np.allclose(said["depth"].pixels, seen.depth)
    assert said["depth"].known is None
    assert said["pose"].pixels.any()
    hidden = with_node(drawn, "scene", visible=False)
    assert request_of(hidden).controls == ()
    empty = with_contents(drawn, Scene.blank(*SIZE))
    assert request_of(empty).controls == ()


def test_an_edit_elsewhere_looks_at_nothing_anew(
    drawn: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = request_of(drawn)
    monkeypatch.setattr(scenes, "_looked", None)  # whoever looks fails
    again = request_of(replace(drawn, settings=replace(drawn.settings, prompt="a queen")))
    for a, b in zip(first.controls, again.controls, strict=True):
        assert a.pixels is b.pixels


def test_one_look_serves_all_who_ask(drawn: Document) -> None:
    content = scene_of(drawn)
    moved = replace(content, stage=edits.moved(content.stage, [2], (0.05, 0, 0)))
    content.look()
    seen = moved.look()
    assert moved.look() is seen
    assert 0 < seen.work < content.extent[0] * content.extent[1] / 2


def test_taking_it_apart_says_the_same(drawn: Document) -> None:
    node = drawn.stack.first("scene")
    assert node is not None
    apart = taken_apart(drawn, node, replace(CAN, controls=("depth", "pose", "normal")))
    before = {c.kind: c for c in request_of(drawn).controls}
    after = {c.kind: c for c in request_of(apart).controls}
    assert set(after) == set(before)
    for kind, control in before.items():
        assert np.array_equal(after[kind].pixels, control.pixels)
    empty = with_contents(drawn, Scene.blank(*SIZE))
    assert taken_apart(empty, empty.held("scene")) is empty
    colours = drawn.held("colour")
    assert taken_apart(drawn, colours) is drawn


def test_a_request_that_is_brought_back_hides_the_scene_and_keeps_it(drawn: Document) -> None:
    made = request_of(drawn)
    again = restored(drawn, made, people_drawn(drawn))
    assert request_of(again).digest == made.digest
    node = again.stack.first("scene")
    assert node is not None
    assert not node.visible
    assert node.content is scene_of(drawn)


def test_two_scenes_lie_on_each_other_by_their_order() -> None:
    document = new_document(Settings(prompt="x", width=64, height=64))
    upper, lower = (replace(Scene.blank(64, 64), stage=s) for s in (stage(), crowd()))
    document = with_contents(document, lower)
    stack = document.stack.added(Node("upper", upper))
    both = request_of(replace(document, stack=stack))
    depth = next(c for c in both.controls if c.kind == "depth")
    assert np.allclose(depth.pixels, upper.look().depth)


def test_a_scene_follows_the_canvas(drawn: Document) -> None:
    larger = resized(drawn, 192, 128)
    assert scene_of(larger).extent == (192, 128)
    content = scene_of(drawn)
    cut = content.cut(-10, 20, 100, 40)
    value = cut.lent("depth", (100, 40))
    assert isinstance(value, Depth)
    assert not value.known.whole[:, :10].any()
    assert np.allclose(value.value.whole[:, 10:], content.look().depth[20:60, :90])
    people = cut.lent("pose", (100, 40))
    whole = content.lent("pose", SIZE)
    assert isinstance(people, Pose) and isinstance(whole, Pose)
    assert people.people[0].joints[0, :2] == pytest.approx(
        whole.people[0].joints[0, :2] + (10, -20), abs=1e-3
    )


@pytest.mark.parametrize("across", [True, False])
def test_its_mirror_is_the_mirror_of_its_picture(across: bool) -> None:
    content = replace(Scene.blank(160, 120), stage=stage())
    flipped = content.flipped((160, 120), across=across)
    flip = np.s_[:, ::-1] if across else np.s_[::-1]
    assert (flipped.look().ids == content.look().ids[flip]).mean() > 0.985
    again = flipped.flipped((160, 120), across=across)
    assert (again.look().ids == content.look().ids).mean() > 0.985


def test_a_large_scene_is_seen_with_fewer_pixels_and_with_fewer_still_while_it_is_dragged() -> None:
    large = replace(Scene.blank(2048, 1024), stage=stage())
    draft = replace(large, draft=True)
    assert draft.extent == (320, 160)
    assert large.extent == (1024, 512)
    value = draft.lent("depth", (2048, 1024))
    assert isinstance(value, Depth)
    assert value.value.size == (2048, 1024)
    seen = draft.look()
    assert value.value.whole[::64, ::64] == pytest.approx(seen.depth[::10, ::10], abs=1e-6)
    x, y = draft.place(1024, 512)
    assert (x, y) == (160, 80)
    assert draft.on_canvas(x, y) == (1024, 512)
    people = draft.lent("pose", (2048, 1024))
    assert isinstance(people, Pose)
    exact = large.lent("pose", (2048, 1024))
    assert isinstance(exact, Pose)
    assert people.people[0].joints[:, :2] == pytest.approx(exact.people[0].joints[:, :2], abs=0.1)
    assert "draft" not in draft.stored()


def test_what_was_made_of_scenes_is_let_go_of() -> None:
    """Undo keeps scenes for long: their pictures must not stay with them."""
    for step in range(30):
        content = replace(Scene.blank(64, 64), stage=edits.moved(stage(), [2], (0.01 * step, 0, 0)))
        content.lent("depth", (64, 64))
        content.preview((0, 0, 64, 64))
    assert len(scenes._made) <= 12
    assert len(scenes._looks) <= 4
