from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.body import BODIES, Body
from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast
from studio_app.scene.mannequin import NEUTRAL, POSES, Rig, pose, solids, solve
from studio_app.scene.openpose import JOINTS, LIMBS
from studio_app.scene.skeleton import BONES, LIMITS

SURFACES = {
    "head", "neck", "torso", "upper_arm", "lower_arm", "hand", "upper_leg", "lower_leg", "foot",
}  # fmt: skip


def joint(rig: Rig, name: str) -> np.ndarray:
    return rig.joints[JOINTS.index(name)]


def lowest(rig: Rig) -> float:
    """The figure's lowest point, from a picture of it from the side."""
    camera = Camera(eye=(0, 0.8, 9), target=(0, 0.8, 0), fov=None, height=2.4)
    rows = np.nonzero(np.isfinite(cast(solids(rig), camera, (300, 480)).z).any(1))[0]
    return 2.0 - (rows.max() + 1) * 2.4 / 480


def test_proportions_are_those_of_an_adult() -> None:
    rig = solve(Body(height=1.8), NEUTRAL)
    camera = Camera(eye=(0, 0.9, 9), target=(0, 0.9, 0), fov=None, height=2.0)
    seen = np.isfinite(cast(solids(rig), camera, (200, 200)).z)
    rows = np.nonzero(seen.any(1))[0]
    assert rows.max() + 1 - rows.min() == pytest.approx(180, abs=2)
    # Drillis and Contini: shares of height.
    knee, ankle = joint(rig, "left_knee"), joint(rig, "left_ankle")
    hip, shoulder = joint(rig, "left_hip"), joint(rig, "left_shoulder")
    elbow, wrist = joint(rig, "left_elbow"), joint(rig, "left_wrist")
    assert np.linalg.norm(hip - knee) / 1.8 == pytest.approx(0.245, abs=0.015)
    assert np.linalg.norm(knee - ankle) / 1.8 == pytest.approx(0.246, abs=0.02)
    assert np.linalg.norm(shoulder - elbow) / 1.8 == pytest.approx(0.186, abs=0.015)
    assert np.linalg.norm(elbow - wrist) / 1.8 == pytest.approx(0.146, abs=0.01)
    # 0.818 is the tip of the shoulder; the joint lies a little below.
    assert shoulder[1] / 1.8 == pytest.approx(0.80, abs=0.02)


def test_the_neutral_figure_faces_the_viewer_with_its_left_on_the_right() -> None:
    rig = solve(Body(), NEUTRAL)
    assert joint(rig, "left_wrist")[0] > 0 > joint(rig, "right_wrist")[0]
    assert joint(rig, "nose")[2] > joint(rig, "left_ear")[2]
    mirrored = rig.joints * np.array([-1, 1, 1])
    for name in ("shoulder", "wrist", "knee", "eye"):
        i, j = JOINTS.index(f"left_{name}"), JOINTS.index(f"right_{name}")
        assert np.allclose(mirrored[i], rig.joints[j])


@pytest.mark.parametrize(
    ("angle", "moved", "axis", "sign"),
    [
        ("left_arm_forward", "left_wrist", 2, 1),
        ("right_arm_forward", "right_wrist", 2, 1),
        ("left_arm_out", "left_wrist", 0, 1),
        ("right_arm_out", "right_wrist", 0, -1),
        ("right_elbow_bend", "right_wrist", 2, 1),
        ("left_leg_forward", "left_ankle", 2, 1),
        ("right_leg_out", "right_ankle", 0, -1),
        ("left_knee_bend", "left_ankle", 2, -1),
        ("chest_bend", "nose", 2, 1),
        ("spine_side", "nose", 0, 1),
        ("head_twist", "nose", 0, 1),
        ("left_collar_lift", "left_shoulder", 1, 1),
        ("right_collar_lift", "right_shoulder", 1, 1),
    ],
)
def test_angles_turn_the_way_they_are_named(angle: str, moved: str, axis: int, sign: int) -> None:
    at = (0.0, 0.6, 0.0)
    before, after = solve(Body(), NEUTRAL, at), solve(Body(), pose(**{angle: 25}), at)
    assert sign * (joint(after, moved) - joint(before, moved))[axis] > 0.01


@pytest.mark.parametrize("name", POSES)
def test_every_pose_stands_on_the_ground_in_every_body(name: str) -> None:
    for body in (BODIES["adult"], BODIES["chibi"], BODIES["brute"]):
        rig = solve(body, POSES[name])
        assert lowest(rig) == pytest.approx(POSES[name].lift, abs=0.022)
        x, _, z = rig.bones["hips"].origin
        assert (x, z) == (0, 0)


@pytest.mark.parametrize("name", POSES)
def test_every_pose_is_within_the_limits_and_bones_keep_their_length(name: str) -> None:
    values = POSES[name].named()
    assert all(LIMITS[k][0] <= v <= LIMITS[k][1] for k, v in values.items())
    rest, rig = solve(Body(), NEUTRAL), solve(Body(), POSES[name])
    for a, b in LIMBS:
        if {JOINTS[a], JOINTS[b]} & {"neck"}:
            continue
        length = np.linalg.norm(rest.joints[a] - rest.joints[b])
        assert np.linalg.norm(rig.joints[a] - rig.joints[b]) == pytest.approx(length)
    for bone in BONES:
        turn = rig.bones[bone.name].matrix[:3, :3]
        assert np.allclose(turn @ turn.T, np.eye(3))


@pytest.mark.parametrize(
    "name",
    [n for n in POSES if n.startswith(("stand", "relax", "hands", "heroic", "bow", "guard"))],
)
def test_who_stands_does_not_fall_over(name: str) -> None:
    rig = solve(Body(), POSES[name])
    weights = np.zeros(18)
    for names, weight in (
        (("nose",), 0.08),
        (("right_shoulder", "left_shoulder", "right_hip", "left_hip"), 0.125),
        (("right_elbow", "left_elbow"), 0.05),
        (("right_knee", "left_knee"), 0.13),
        (("right_ankle", "left_ankle"), 0.03),
    ):
        weights[[JOINTS.index(n) for n in names]] = weight
    centre = (weights[:, None] * rig.joints).sum(0) / weights.sum()
    feet = np.stack([joint(rig, "left_ankle"), joint(rig, "right_ankle")])
    assert feet[:, 0].min() - 0.03 < centre[0] < feet[:, 0].max() + 0.03
    # A foot reaches 0.04 back and 0.11 forward of its ankle.
    assert feet[:, 2].min() - 0.04 < centre[2] < feet[:, 2].max() + 0.11


@pytest.mark.parametrize("name", BODIES)
def test_solids_have_their_surfaces_and_parts(name: str) -> None:
    rig = solve(BODIES[name], POSES["walking"])
    figure = solids(rig, {"head": 7, "foot": 9})
    assert {s.surface for s in figure} == SURFACES
    assert {s.part for s in figure} == {1, 7, 9}
    assert {s.part for s in solids(rig, 4)} == {4}
    assert all(np.linalg.det(s.transform.matrix[:3, :3]) > 0 for s in figure)


def test_every_joint_lies_in_or_on_the_flesh() -> None:
    """A sphere at each joint, as wide as its flesh, meets the figure from every side it is seen."""
    rig = solve(Body(), POSES["walking"])
    for yaw in (0.0, 1.6, 3.1):
        camera = Camera(eye=(4 * np.sin(yaw), 0.6, 4 * np.cos(yaw)), target=(0, 0.5, 0), fov=25)
        seen = cast(solids(rig), camera, (300, 300))
        pixels, z = camera.project(rig.joints, 300, 300)
        columns, rows = pixels.astype(int).T
        near = np.array(
            [seen.z[r - 3 : r + 4, c - 3 : c + 4].min() for r, c in zip(rows, columns, strict=True)]
        )
        assert (near < z + 0.02).all()


def test_sockets_follow_the_hand() -> None:
    rig = solve(Body(), pose(right_elbow_bend=90))
    grip = rig.socket("right_grip")
    up = grip.matrix[:3, 1]
    assert up == pytest.approx([0, 1, 0], abs=1e-9)  # a sword held in front points up
    assert grip.origin[2] > rig.bones["right_hand"].origin[2]
    crown = rig.socket("head_top").origin
    assert crown[1] == pytest.approx(1.0, abs=0.02)
    assert rig.socket("back").matrix[:3, 2] == pytest.approx([0, 0, -1])
    assert rig.socket("left_shoulder").origin == rig.bones["left_upper_arm"].origin
    with pytest.raises(KeyError):
        rig.socket("tail")


def test_bodies_differ_and_impossible_ones_are_refused() -> None:
    heads = [(solve(b, NEUTRAL).measures.head_height / b.height) for b in BODIES.values()]
    assert min(heads) < 0.13
    assert max(heads) > 0.33
    for bad in ({"height": 0.0}, {"head": 9.0}, {"legs": 0.0}):
        with pytest.raises(ValueError):
            Body(**bad)
