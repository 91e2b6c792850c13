from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.scene.openpose import JOINTS
from studio_app.scene.poses import POSES
from studio_app.scene.skeleton import LIMITS
from studio_app.scene.stage import edits, posing
from studio_app.scene.stage.placement import Placement, axis_turn
from studio_app.scene.stage.stage import Item, Stage
from studio_app.scene.stage.things import Mannequin, Solid, rig_of
from tests.scene.stage.worlds import vectors

PLACES = [
    Placement(),
    Placement((0.7, 0.2, -0.4), axis_turn((0.2, 1, 0.1), 130), (1.6, 1.6, 1.6)),
]


def standing(place: Placement = PLACES[0], pose: str = "standing") -> Stage:
    return Stage(items=(Item(1, "", Mannequin(pose=POSES[pose]), place),), next_id=2)


def joints(stage: Stage) -> np.ndarray:
    return rig_of(posing.figure(stage, 1), stage[1].placement).joints


def j(name: str) -> int:
    return JOINTS.index(name)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["left_wrist", "right_wrist", "left_ankle", "right_ankle"])
def test_hands_and_feet_reach_and_nothing_else_moves(place: Placement, name: str) -> None:
    stage = standing(place)
    before = joints(stage)
    up = place.rigid.matrix[:3, 1] * place.size[0]
    ahead = place.rigid.matrix[:3, 2] * place.size[0]
    target = before[j(name)] + 0.08 * up + 0.07 * ahead
    moved = posing.dragged(stage, 1, j(name), tuple(target))
    after = joints(moved)
    assert after[j(name)] == pytest.approx(target, abs=2e-3 * place.size[0])
    side, _, end = name.partition("_")
    middle = f"{side}_{'elbow' if end == 'wrist' else 'knee'}"
    others = [k for k, n in enumerate(JOINTS) if n not in (name, middle)]
    assert after[others] == pytest.approx(before[others], abs=1e-9)
    # Bones keep their lengths.
    for k in (j(name), j(middle)):
        parent = (
            j(middle) if k == j(name) else j(f"{side}_{'shoulder' if end == 'wrist' else 'hip'}")
        )
        length = np.linalg.norm(before[k] - before[parent])
        assert np.linalg.norm(after[k] - after[parent]) == pytest.approx(length)


def test_an_elbow_swings_and_the_hand_stays() -> None:
    stage = posing.posed_as(standing(), 1, "hands_on_hips")
    before = joints(stage)
    target = before[j("left_elbow")] + np.array([0.0, 0.08, 0.1])
    after = joints(posing.dragged(stage, 1, j("left_elbow"), tuple(target)))
    gone = np.linalg.norm(after[j("left_elbow")] - before[j("left_elbow")])
    assert gone > 0.03
    nearer = np.linalg.norm(after[j("left_elbow")] - target)
    assert nearer < np.linalg.norm(before[j("left_elbow")] - target)
    assert after[j("left_wrist")] == pytest.approx(before[j("left_wrist")], abs=0.03)


@pytest.mark.parametrize("place", PLACES)
def test_hips_go_down_and_the_feet_stay(place: Placement) -> None:
    stage = standing(place)
    before = joints(stage)
    size = place.size[0]
    down = place.rigid.matrix[:3, 1] * -0.15 * size
    crouched = posing.dragged(stage, 1, j("left_hip"), tuple(before[j("left_hip")] + down))
    after = joints(crouched)
    for name in ("left_hip", "right_hip", "neck", "nose", "right_wrist"):
        assert after[j(name)] == pytest.approx(before[j(name)] + down, abs=1e-6 * size)
    for name in ("left_ankle", "right_ankle"):
        assert after[j(name)] == pytest.approx(before[j(name)], abs=0.01 * size)
    pose = posing.figure(crouched, 1).pose
    assert pose["left_knee_bend"] > POSES["standing"]["left_knee_bend"] + 20
    # A planted foot stays flat, as far as an ankle bends.
    foot = rig_of(posing.figure(crouched, 1), place).bones["left_foot"].matrix[:3, 1]
    flat = rig_of(posing.figure(stage, 1), place).bones["left_foot"].matrix[:3, 1]
    assert foot @ flat / np.linalg.norm(foot) / np.linalg.norm(flat) > 0.95


def test_the_head_looks_where_it_is_dragged_and_shoulders_bend_the_back() -> None:
    stage = standing()
    before = joints(stage)
    aside = before[j("nose")] + np.array([0.05, -0.02, 0.0])
    looking = joints(posing.dragged(stage, 1, j("nose"), tuple(aside)))
    assert looking[j("nose")] == pytest.approx(aside, abs=0.03)
    assert looking[j("neck")] == pytest.approx(before[j("neck")])
    ahead = before[j("neck")] + np.array([0.0, -0.03, 0.12])
    bent = joints(posing.dragged(stage, 1, j("neck"), tuple(ahead)))
    assert bent[j("neck")] == pytest.approx(ahead, abs=0.03)
    assert bent[j("left_hip")] == pytest.approx(before[j("left_hip")])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 17), vectors(3.0), st.sampled_from(list(POSES)), st.booleans())
def test_no_drag_breaks_the_figure(joint: int, target, pose: str, hold: bool) -> None:
    stage = standing(PLACES[1], pose)
    before, after = stage, posing.dragged(stage, 1, joint, target, hold)
    figure = posing.figure(after, 1)
    for name, value in figure.pose.named().items():
        low, high = LIMITS[name]
        assert low - 1e-9 <= value <= high + 1e-9
    a, b = joints(before), joints(after)
    assert np.isfinite(b).all()
    for k, parent in ((4, 3), (3, 2), (7, 6), (6, 5), (10, 9), (9, 8), (13, 12), (12, 11)):
        assert np.linalg.norm(b[k] - b[parent]) == pytest.approx(np.linalg.norm(a[k] - a[parent]))


def test_a_slow_drag_does_not_jump() -> None:
    stage = standing()
    begin, last = joints(stage)[j("right_wrist")], joints(stage)
    for share in np.linspace(0, 1, 30):
        target = begin + share * np.array([-0.2, 0.45, 0.2])
        now = joints(posing.dragged(stage, 1, j("right_wrist"), tuple(target)))
        assert np.linalg.norm(now - last, axis=1).max() < 0.08
        last = now


def test_poses_of_the_library_angles_and_mirror() -> None:
    stage = posing.dragged(standing(), 1, j("left_hip"), (0.0, 0.2, 0.0))
    assert posing.figure(stage, 1).hips is not None
    again = posing.posed_as(stage, 1, "kneeling")
    assert posing.figure(again, 1) == Mannequin(pose=POSES["kneeling"])
    bent = posing.turned(standing(), 1, "left_elbow_bend", 400)
    assert posing.figure(bent, 1).pose["left_elbow_bend"] == 150
    assert joints(bent)[j("right_ankle")] == pytest.approx(joints(standing())[j("right_ankle")])
    flipped = posing.flipped(posing.posed_as(standing(), 1, "pointing"), 1)
    assert posing.figure(flipped, 1).pose == POSES["pointing"].mirrored()
    with pytest.raises(KeyError):
        posing.posed_as(stage, 1, "flying saucer")
    with pytest.raises(ValueError):
        posing.turned(stage, 1, "tail_wag", 3)


def test_only_figures_are_posed_and_locked_ones_are_not() -> None:
    stage, crate = edits.placed(standing(), Solid.of("box"))
    with pytest.raises(ValueError):
        posing.posed_as(stage, crate, "standing")
    with pytest.raises(KeyError):
        posing.posed_as(stage, 99, "standing")
    fixed = replace(stage, items=(replace(stage[1], locked=True),))
    assert posing.dragged(fixed, 1, 4, (0, 1, 1)) == fixed
    assert posing.posed_as(fixed, 1, "running") == fixed


def test_every_joint_says_what_it_carries() -> None:
    assert all(posing.carried_by(joint) for joint in range(18))
