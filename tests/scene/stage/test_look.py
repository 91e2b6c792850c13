from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.scene.cast import cast
from studio_app.scene.openpose import JOINTS
from studio_app.scene.poses import POSES
from studio_app.scene.primitives import Primitive
from studio_app.scene.stage import edits, posing, viewing
from studio_app.scene.stage.look import Look, Looker, fitted_range, look
from studio_app.scene.stage.placement import Placement, axis_turn
from studio_app.scene.stage.shading import BACKDROP, shaded
from studio_app.scene.stage.stage import GROUND, Item, Stage
from studio_app.scene.stage.things import Mannequin, Solid, solids_of
from tests.scene.stage.worlds import crowd, cube

SIZE = (96, 80)
PICTURES = ("z", "index", "normals", "ids", "depth", "people")


def same(a: Look, b: Look) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in PICTURES)


def test_a_look_is_what_the_caster_sees() -> None:
    stage = edits.removed(crowd(), [2])
    seen = look(stage, SIZE)
    solids = [Primitive("plane", part=99)]
    for item in stage.items:
        assert isinstance(item.thing, Mannequin | Solid)
        solids += solids_of(item.thing, item.placement, item.id)
    expected = cast(solids, stage.camera, SIZE)
    assert np.array_equal(seen.z, expected.z)
    assert np.array_equal(seen.normals, expected.normals)
    assert np.array_equal(np.where(seen.ids == GROUND, 99, seen.ids), expected.parts)
    assert set(np.unique(seen.ids)) == {GROUND, 0, *(item.id for item in stage.items)}


def test_depth_is_fitted_to_what_is_seen_or_as_it_was_set() -> None:
    stage = crowd()
    seen = look(stage, SIZE)
    assert seen.depth.max() == 1
    assert seen.depth[~np.isfinite(seen.z)].max() == 0
    assert seen.range == (pytest.approx(float(seen.z.min())), 40.0)
    alone = look(replace(stage, ground=False), SIZE)
    finite = alone.z[np.isfinite(alone.z)]
    near, far = alone.range
    assert far == pytest.approx(near + 1.8 * (finite.max() - near) + 0.4, rel=1e-5)
    assert alone.depth[np.isfinite(alone.z)].min() > 0.1
    fixed = look(replace(stage, depth_range=(2.0, 5.0)), SIZE)
    expected = np.clip((1 / fixed.z - 1 / 5) / (1 / 2 - 1 / 5), 0, 1)
    assert np.allclose(fixed.depth, expected, atol=1e-6)
    assert fitted_range(np.full((2, 2), np.inf)) == (1.0, 40.0)


def test_everything_that_is_published_is_read_only() -> None:
    seen = look(crowd(), SIZE)
    for name in ("z", "index", "normals", "ids", "depth"):
        assert not getattr(seen, name).flags.writeable


def test_hidden_things_are_not_seen_and_hide_nothing() -> None:
    stage = edits.shown(crowd(), [1, 5], False)
    seen = look(stage, SIZE)
    assert not np.isin(seen.ids, [1, 5]).any()
    assert seen.people.shape == (0, 18, 3)


def pair(gap: float = 0.6) -> Stage:
    """Two figures, one before the other."""
    back = Item(1, "back", Mannequin(pose=POSES["standing"]))
    front = Item(2, "front", Mannequin(pose=POSES["standing"]), Placement((0.04, 0, gap)))
    camera = replace(Stage().camera, eye=(0, 0.7, 4.5), target=(0, 0.5, 0))
    return Stage(camera, (back, front), next_id=3)


def test_a_figure_hides_the_joints_of_the_one_behind() -> None:
    back, front = look(pair(), (200, 200)).people
    assert front[:, 2].sum() >= 16
    assert back[:, 2].sum() <= 6
    swapped, other = look(pair(-0.6), (200, 200)).people
    assert swapped[:, 2].sum() >= 16
    assert other[:, 2].sum() <= 6
    # What is hidden keeps its place.
    assert np.allclose(back[:, :2], look(edits.removed(pair(), [2]), (200, 200)).people[0][:, :2])


def test_a_shield_hides_a_joint_however_near_it_is_held() -> None:
    stage = Stage(
        replace(Stage().camera, eye=(0, 0.6, 4), target=(0, 0.5, 0)),
        (Item(1, "", Mannequin(pose=POSES["t_pose"])),),
        next_id=2,
    )
    wrist = JOINTS.index("left_wrist")
    free = look(stage, (256, 256))
    assert free.people[0][wrist, 2] == 1
    x, y, z = posing.figure(stage, 1).rig().joints[wrist]
    for gap in (0.03, 0.06, 0.3):
        shield = Placement((float(x), float(y), float(z) + gap), size=(0.1, 0.1, 0.004))
        covered, _ = edits.added(stage, Solid("box"), shield)
        people = look(covered, (256, 256)).people[0]
        assert people[wrist, 2] == 0
        assert people[JOINTS.index("right_wrist"), 2] == 1
    behind, _ = edits.added(
        stage, Solid("box"), Placement((float(x), float(y), float(z) - 0.1), size=(0.1, 0.1, 0.02))
    )
    assert look(behind, (256, 256)).people[0][wrist, 2] == 1


def test_joints_that_the_artist_hid_stay_hidden() -> None:
    stage = posing.hidden(pair(), 2, 4, True)
    assert look(stage, SIZE).people[1][4, 2] == 0
    assert look(posing.hidden(stage, 2, 4, False), SIZE).people[1][4, 2] == 1


def test_dragging_redraws_only_what_moves() -> None:
    looker, stage = Looker((128, 128)), crowd()
    whole = looker.look(stage).work
    for k, number in enumerate((3, 1, 2, 8)):
        stage = edits.moved(stage, [number], (0.02, 0, 0.01))
        first = looker.look(stage)
        assert first.work < whole / 3
        for step in range(3):
            stage = edits.moved(stage, [number], (0.01, 0.01 * step, 0.01))
            seen = looker.look(stage)
            assert same(seen, look(stage, (128, 128)))
            x0, y0, x1, y1 = seen.changed
            # Rays: the thing in its own window; a figure is some forty solids, each in its own.
            assert 0 < seen.work <= (3 if number == 1 else 2) * (x1 - x0) * (y1 - y0)
        assert k >= 0


def test_outside_of_what_changed_nothing_does() -> None:
    looker, stage = Looker(SIZE), crowd()
    before = looker.look(stage)
    for step in ((0.05, 0, 0), (0, 0.3, 0), (-0.4, 0, 0.2)):
        stage = edits.moved(stage, [4], step)
        after = looker.look(stage)
        x0, y0, x1, y1 = after.changed
        kept = np.ones(after.z.shape, bool)
        kept[y0:y1, x0:x1] = False
        for name in ("z", "ids", "normals"):
            assert np.array_equal(getattr(before, name)[kept], getattr(after, name)[kept])
        before = after


def test_what_is_not_seen_costs_nothing() -> None:
    looker, stage = Looker(SIZE), crowd()
    looker.look(stage)
    for edited in (
        edits.renamed(stage, 3, "tower"),
        posing.hidden(stage, 1, 0, True),
        edits.locked(stage, [1], True),
    ):
        seen = looker.look(edited)
        assert seen.work == 0
        assert seen.stage == edited
        assert same(seen, look(edited, SIZE))
    assert looker.look(posing.hidden(stage, 1, 4, True)).people[0][4, 2] == 0


OTHERS = st.sampled_from(
    ["move", "turn", "pose", "hide", "camera", "add", "remove", "two", "ground", "touch"]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(OTHERS, st.integers(0, 9), st.floats(-0.4, 0.4)), min_size=2, max_size=8))
def test_any_history_of_looks_ends_in_what_one_look_sees(
    history: list[tuple[str, int, float]],
) -> None:
    looker, stage = Looker((48, 40)), crowd()
    looker.look(stage)
    for what, k, amount in history:
        ids = [item.id for item in stage.items]
        number = ids[k % len(ids)] if ids else 0
        if what == "move" and ids:
            stage = edits.moved(stage, [number], (amount, 0, amount / 2))
        elif what == "turn" and ids:
            stage = edits.rotated(stage, [number], (0, 1, 0), 200 * amount, (0, 0, 0))
        elif what == "pose" and 1 in stage:
            stage = posing.posed_as(stage, 1, list(POSES)[k])
        elif what == "hide" and ids:
            stage = edits.shown(stage, [number], not stage[number].visible)
        elif what == "camera":
            stage = replace(stage, camera=viewing.orbited(stage.camera, 90 * amount, 20 * amount))
        elif what == "add":
            stage, _ = edits.placed(stage, cube(), (amount, 0, amount))
        elif what == "remove" and ids:
            stage = edits.removed(stage, [number])
        elif what == "two" and ids:
            stage = edits.moved(stage, [number, ids[0]], (0, amount, 0))
        elif what == "ground":
            stage = replace(stage, ground=not stage.ground)
        elif what == "touch" and len(ids) > 1:
            # Two boxes with a face in one plane.
            for id in ids[-2:]:
                stage = stage.with_item(replace(stage[id], thing=Solid("box")))
        assert same(looker.look(stage), look(stage, (48, 40)))


def test_boxes_with_a_face_in_one_plane_lie_as_they_did_after_a_drag() -> None:
    row = tuple(
        Item(n, "", Solid("box"), Placement((0.3 * n - 0.6, 0.2, 0), size=(0.2, 0.2, 0.2)))
        for n in range(1, 4)
    )
    stage = Stage(replace(Stage().camera, eye=(0, 0.4, 3), target=(0, 0.2, 0)), row, next_id=4)
    looker = Looker((80, 80))
    looker.look(stage)
    for number in (1, 3, 2):
        for step in (0.05, -0.05):
            stage = edits.moved(stage, [number], (step, 0, 0))
            assert same(looker.look(stage), look(stage, (80, 80)))


def test_the_preview_tells_items_from_ground_and_backdrop() -> None:
    stage = crowd()
    seen = look(stage, (128, 128))
    picture = shaded(seen)
    assert picture.shape == (128, 128, 3)
    assert (picture[seen.ids == 0] == BACKDROP).all()
    assert picture[seen.ids == 1].mean() > picture[seen.ids == GROUND].mean() + 20
    assert shaded(look(Stage(ground=False), SIZE)).std() == 0
    tilted = replace(stage, camera=viewing.preset(stage, "isometric"))
    assert shaded(look(tilted, SIZE)).std() > 5
    assert axis_turn((0, 1, 0), 0) == (1, 0, 0, 0)
