from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from studio_app.scene.cast import cast
from studio_app.scene.mesh import Mesh
from studio_app.scene.openpose import JOINTS
from studio_app.scene.poses import POSES
from studio_app.scene.stage import edits
from studio_app.scene.stage.placement import Placement, axis_turn
from studio_app.scene.stage.stage import GROUND, MOST_ITEMS, Item, Stage
from studio_app.scene.stage.things import (
    KINDS,
    Mannequin,
    Solid,
    placed_vertices,
    rig_of,
    solids_of,
)
from studio_app.scene.stage.viewing import from_side
from tests.scene.stage.worlds import crowd, cube, globe, stages

EVERY = tuple(range(1, 11))


def test_things_are_added_with_names_and_ids_of_their_own() -> None:
    stage = Stage()
    for kind in KINDS:
        stage, _ = edits.placed(stage, Solid.of(kind))
    stage, second = edits.placed(stage, Solid.of("box"), (1, 5, 2))
    assert stage[second].name == "Box 2"
    assert stage[second].placement.at == pytest.approx((1, 0.2, 2))
    assert [item.id for item in stage.items] == list(range(1, 11))
    gone = edits.removed(stage, [second])
    again, third = edits.placed(gone, Mannequin())
    assert third == 11  # never an id that was somebody's
    assert again[third].name == "Figure"
    assert GROUND not in again


def test_new_things_stand_on_the_ground() -> None:
    stage = Stage()
    figure = Mannequin(pose=POSES["sitting"])
    for thing in (*(Solid.of(k) for k in KINDS), figure, cube()):
        stage, number = edits.placed(stage, thing, (0.5, 3.0, -1))
        box = stage[number].bounds
        assert stage[number].placement.at[0::2] == (0.5, -1)
        if box is not None:
            # A figure that sits is soft: its contacts lie a little inside its flesh.
            assert box[0][1] == pytest.approx(0, abs=0.05 if thing == figure else 1e-6)


def test_bounds_hold_what_is_seen() -> None:
    stage = edits.rotated(crowd(), EVERY, (1, 0.4, 0.2), 40, (0, 0, 0))
    camera = replace(stage.camera, eye=(0, 0, 9), target=(0, 0, 0), fov=None, height=4)
    for item in stage.items:
        low, high = item.bounds or pytest.fail("no bounds")
        if isinstance(item.thing, Mannequin | Solid):
            seen = cast(solids_of(item.thing, item.placement, 1), camera, (400, 400))
            rows, columns = np.nonzero(np.isfinite(seen.z))
            left, right = (columns.min() - 200) / 100, (columns.max() - 199) / 100
            bottom, top = (199 - rows.max()) / 100, (200 - rows.min()) / 100
            loose = 0.06 if isinstance(item.thing, Solid) else 0.03
            for seen_end, end in ((left, low[0]), (bottom, low[1])):
                assert -0.011 <= seen_end - end <= loose
            for seen_end, end in ((right, high[0]), (top, high[1])):
                assert -0.011 <= end - seen_end <= loose
        else:
            points = placed_vertices(item.thing, item.placement.transform)
            assert np.allclose((low, high), (points.min(0), points.max(0)))


def test_moving_turning_and_scaling_together() -> None:
    stage = crowd()
    moved = edits.moved(stage, [1, 3], (0.5, 0, -0.25))
    assert moved[1].placement.at == pytest.approx((0.5, 0, -0.25))
    assert moved[2] is stage[2]
    turned = edits.rotated(stage, EVERY, (0, 1, 0), 90, (0, 0, 0))
    for item in stage.items:
        x, y, z = item.placement.at
        assert turned[item.id].placement.at == pytest.approx((z, y, -x))
    scaled = edits.scaled(stage, EVERY, (2, 2, 2), (0, 0, 0))
    for item in stage.items:
        assert np.allclose(scaled[item.id].placement.at, np.multiply(item.placement.at, 2))
        assert np.allclose(scaled[item.id].placement.size, np.multiply(item.placement.size, 2))
    stretched = edits.scaled(stage, [1, 3], (1, 3, 1))
    assert stretched[1].placement.size == (3, 3, 3)  # a figure is never stretched
    assert np.allclose(stretched[3].placement.size, np.multiply(stage[3].placement.size, (1, 3, 1)))


def test_a_figure_that_grows_keeps_its_feet_on_the_ground() -> None:
    stage = edits.scaled(crowd(), [1], (1.7, 1.7, 1.7))
    item = stage[1]
    assert isinstance(item.thing, Mannequin)
    assert (item.bounds or pytest.fail("none"))[0][1] == pytest.approx(0, abs=0.01)
    before = rig_of(Mannequin(pose=POSES["walking"]), Placement())
    after = rig_of(item.thing, item.placement)
    assert np.ptp(after.joints[:, 1]) == pytest.approx(1.7 * np.ptp(before.joints[:, 1]))


def test_snap_to_ground_puts_the_lowest_point_down() -> None:
    stage = edits.rotated(crowd(), EVERY, (1, 0, 1), 33, (0, 1, 0))
    stage = edits.grounded(edits.moved(stage, EVERY, (0, 2.0, 0)), EVERY)
    for item in stage.items:
        assert (item.bounds or pytest.fail("none"))[0][1] == pytest.approx(0, abs=1e-6)
    assert POSES["jumping"].lift > 0
    jump = Item(1, "", Mannequin(pose=POSES["jumping"]), Placement((0, 0.7, 0)))
    down = edits.grounded(Stage(items=(jump,), next_id=2), [1])[1]
    assert down.placement.at[1] == 0  # a jump stays one


def test_who_is_locked_stays_as_it_is() -> None:
    stage = edits.locked(crowd(), [1, 2], True)
    for edited in (
        edits.moved(stage, [1, 2], (1, 0, 0)),
        edits.scaled(stage, [1, 2], (2, 2, 2)),
        edits.rotated(stage, [1, 2], (0, 1, 0), 50, (1, 0, 0)),
        edits.grounded(stage, [1, 2]),
        edits.mirrored(stage, [1, 2]),
        edits.removed(stage, [1, 2]),
    ):
        assert edited == stage
    copied, new = edits.duplicated(stage, [1])
    assert not copied[new[0]].locked
    assert edits.locked(stage, [1], False)[1].locked is False


def test_copies_are_named_and_shifted_and_the_stage_never_overflows() -> None:
    stage, new = edits.duplicated(crowd(), [1, 2])
    assert [stage[n].name for n in new] == ["Thing", "Thing 11"]
    assert stage[new[1]].placement.at[0] == pytest.approx(0.8)
    while len(stage.items) < MOST_ITEMS:
        stage, _ = edits.duplicated(stage, [item.id for item in stage.items])
    same, none = edits.duplicated(stage, [1])
    assert none == ()
    assert same == stage
    with pytest.raises(ValueError):
        edits.placed(stage, Mannequin())


def test_names_are_plain_and_short() -> None:
    stage = edits.renamed(crowd(), 3, "  the \n tower  ")
    assert stage[3].name == "the tower"
    assert edits.renamed(stage, 3, "  ") is stage
    assert len(edits.renamed(stage, 3, "x" * 500)[3].name) == 80
    assert edits.renamed(stage, 4, "the tower")[4].name == "the tower"


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_a_mirror_image_is_one(axis: edits.Axis) -> None:
    """The mirrored scene, seen by a mirrored camera, is the mirrored picture."""
    stage = edits.rotated(crowd(), EVERY, (0.3, 1, 0.2), 30, (0, 0.2, 0))
    around = (0.1, 0.3, -0.2)
    mirror = edits.mirrored(stage, EVERY, axis, around)
    k = "xyz".index(axis)
    for item in stage.items:
        image = mirror[item.id]
        if isinstance(item.thing, Mannequin) and isinstance(image.thing, Mannequin):
            a, b = (
                rig_of(item.thing, item.placement).joints,
                rig_of(image.thing, image.placement).joints,
            )
            names = [
                n.replace("left", "L").replace("right", "left").replace("L", "right")
                for n in JOINTS
            ]
            b = b[[JOINTS.index(n) for n in names]]
        elif isinstance(item.thing, Solid):
            a = surface(item)
            b = surface(image)
            flipped = a.copy()
            flipped[:, k] = 2 * around[k] - flipped[:, k]
            gaps = np.linalg.norm(flipped[:, None] - b[None], axis=2).min(1)
            assert gaps.max() < 0.04
            continue
        else:
            assert isinstance(item.thing, Mesh)
            a, b = (placed_vertices(item.thing, i.placement.transform) for i in (item, image))
        a = a.copy()
        a[:, k] = 2 * around[k] - a[:, k]
        assert np.allclose(a, b, atol=1e-6)
    again = edits.mirrored(mirror, EVERY, axis, around)
    for item in stage.items:
        assert np.allclose(
            again[item.id].placement.transform.matrix, item.placement.transform.matrix
        )


def surface(item: Item) -> np.ndarray:
    """Points on a solid, from pictures of it from six sides."""
    from studio_app.scene.camera import Camera

    assert isinstance(item.thing, Solid)
    points: list[np.ndarray] = []
    x, y, z = item.placement.at
    for dx, dy, dz in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)):
        camera = Camera((x + dx, y + dy, z + dz), (x, y, z), fov=None, height=0.8)
        seen = cast(solids_of(item.thing, item.placement, 1), camera, (40, 40))
        rows, columns = np.nonzero(np.isfinite(seen.z))
        origin, base, du, dv = camera.pixel_rays(40, 40)
        spread = base + (columns + 0.5)[:, None] * du + (rows + 0.5)[:, None] * dv
        points.append(origin + spread + seen.z[rows, columns, None] * camera.basis()[2])
    return np.concatenate(points)


def test_a_mirrored_figure_hides_the_other_side_s_joints() -> None:
    figure = Mannequin(pose=POSES["pointing"], hips=(0.2, 0.5, 0.1), hidden=(0, 4, 16))
    image = edits.mirror_image(figure)
    assert image.hidden == (0, 7, 17)
    assert image.hips == (-0.2, 0.5, 0.1)
    assert edits.mirror_image(image) == figure


@settings(max_examples=30, deadline=None)
@given(stages())
def test_no_edit_of_any_stage_fails(stage: Stage) -> None:
    ids = [item.id for item in stage.items]
    for changed in (
        edits.moved(stage, ids, (1e9, 1, 1)),
        edits.rotated(stage, ids, (1, 2, 3), 77, (900, 0, -900)),
        edits.scaled(stage, ids, (1e6, 1e-6, 2), (5, 5, 5)),
        edits.scaled(stage, ids, (0.3, 0.3, 0.3)),
        edits.grounded(stage, ids),
        edits.mirrored(stage, ids, "y"),
        edits.duplicated(stage, ids)[0],
        edits.shown(stage, ids, False),
        edits.removed(stage, ids),
    ):
        for item in changed.items:
            assert np.isfinite(item.placement.transform.matrix).all()
            if item.id in stage and stage[item.id].locked:
                assert item.placement == stage[item.id].placement


def test_meshes_keep_their_outside_when_mirrored() -> None:
    from studio_app.scene.stage.look import look

    stage = Stage(items=(Item(1, "", globe(), Placement((0, 0, 0))),), next_id=2, ground=False)
    stage = replace(stage, camera=from_side(stage.camera, 10, 30))
    for picture in (stage, edits.mirrored(stage, [1])):
        seen = look(picture, (64, 64))
        facing = seen.normals[..., 2][seen.ids == 1]
        assert facing.min() > -0.2
        assert facing.max() > 0.99
    assert axis_turn((0, 0, 0), 90) == (1, 0, 0, 0)
