from __future__ import annotations

import math

import numpy as np

from studio_app.scene.body import BODIES, Body
from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast
from studio_app.scene.joints import joints_in_picture
from studio_app.scene.mannequin import POSES, Rig, pose, solids, solve
from studio_app.scene.openpose import JOINTS
from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import scale, translate

SIZE = 200


def look(
    rig: Rig, yaw: float = 0.0, more: tuple[Primitive, ...] = ()
) -> dict[str, tuple[float, float, bool]]:
    angle = math.radians(yaw)
    camera = Camera(
        eye=(4 * math.sin(angle), 0.6, 4 * math.cos(angle)), target=(0, 0.55, 0), fov=22
    )
    seen = cast([*solids(rig), *more], camera, (SIZE, SIZE))
    found = joints_in_picture(rig, camera, seen.z)
    assert found.shape == (18, 3)
    assert found.dtype == np.float32
    return {n: (float(x), float(y), v == 1) for n, (x, y, v) in zip(JOINTS, found, strict=True)}


def test_from_the_front_every_joint_is_seen() -> None:
    for body in BODIES.values():
        found = look(solve(body, POSES["standing"]))
        hidden = {n for n, (_, _, v) in found.items() if not v}
        assert not {n for n in hidden if "ear" not in n}
        assert found["left_wrist"][0] > SIZE / 2 > found["right_wrist"][0]
        assert found["nose"][1] < found["neck"][1] < found["left_hip"][1]


def test_from_behind_the_face_is_hidden() -> None:
    found = look(solve(Body(), POSES["standing"]), 180)
    assert not found["nose"][2]
    assert not found["left_eye"][2]
    assert found["left_wrist"][2]
    assert found["left_shoulder"][2]


def test_in_profile_the_far_eye_and_ear_are_hidden() -> None:
    found = look(solve(Body(), POSES["standing"]), 90)
    assert found["left_ear"][2]
    assert not found["right_ear"][2]
    assert not found["right_eye"][2]
    assert not found["right_shoulder"][2]
    assert found["neck"][2]


def test_an_arm_behind_the_back_is_hidden() -> None:
    behind = solve(Body(), pose(right_arm_forward=-38, right_arm_twist=-60, right_elbow_bend=85))
    assert not look(behind)["right_wrist"][2]
    assert look(behind)["left_wrist"][2]
    assert look(behind, 180)["right_wrist"][2]


def test_a_crate_hides_what_stands_behind_it() -> None:
    crate = Primitive("box", (), translate(0, 0.15, 0.5) @ scale(0.4, 0.25, 0.1), part=2)
    found = look(solve(Body(), POSES["standing"]), 0, (crate,))
    assert not found["left_knee"][2]
    assert not found["right_ankle"][2]
    assert found["left_shoulder"][2]


def test_what_is_outside_the_picture_is_not_seen_but_placed() -> None:
    rig = solve(Body(), POSES["standing"])
    camera = Camera(eye=(0, 0.9, 1.2), target=(0, 0.9, 0), fov=25)
    found = joints_in_picture(rig, camera, cast(solids(rig), camera, (64, 64)).z)
    ankle = JOINTS.index("left_ankle")
    assert found[ankle, 2] == 0
    assert found[ankle, 1] > 64
    assert found[0, 2] == 1
    away = Camera(eye=(0, 0.9, 1.2), target=(0, 0.9, 9), fov=25)
    assert not joints_in_picture(rig, away, cast(solids(rig), away, (64, 64)).z)[:, 2].any()
