"""Characters that nobody has posed stand in a pose that their words name, or the seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.scene.poses import POSES
from studio_app.scene.stances import STANCES, pose_named, stance_of, standing

KNIGHT = GenerationRequest("a blue knight", kind="character")


@pytest.mark.parametrize(
    ("prompt", "pose"),
    [
        ("a knight", None),
        ("a knight who kneels", "kneeling"),
        ("A mage CASTING a spell", "casting"),
        ("a knight sitting on the ground", "sitting_ground"),
        ("a dancer with her hands on her hips", "hands_on_hips"),
        ("a robot in a T-pose", "t_pose"),
        ("a red coat and a pose", None),
        ("the hands of a clock, far from the hips", None),
        ("a running knight, kneeling later", "running"),
        ("", None),
    ],
)
def test_words_name_poses_in_any_form(prompt: str, pose: str | None):
    assert pose_named(prompt) == pose


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("size", [(256, 256), (512, 192)])
def test_every_pose_stands_inside_the_picture(pose: str, size: tuple[int, int]):
    for seed in (0, 15, 40, 71):
        asked = replace(
            KNIGHT, prompt=pose.replace("_", " "), seed=seed, width=size[0], height=size[1]
        )
        joints = stance_of(asked)
        assert joints is not None and joints.shape == (18, 3)
        assert (joints[:, :2] >= 0).all() and (joints[:, :2] <= size).all()


def test_the_seed_chooses_and_chooses_the_same_again():
    stands = [stance_of(replace(KNIGHT, seed=seed)) for seed in (*range(len(STANCES)), 14, 0)]
    assert all(joints is not None for joints in stands)
    assert len({joints.tobytes() for joints in stands if joints is not None}) == len(STANCES) + 1
    assert stands[0] is stands[-1]


def test_who_is_drawn_in_any_way_stands_as_drawn():
    size = (KNIGHT.height, KNIGHT.width)
    drawn = Control("depth", np.full(size, 0.5, np.float32))
    painted = np.zeros((*size, 3), np.uint8)
    for more in (
        {"kind": "scene"},
        {"kind": "isolated"},
        {"controls": (drawn,)},
        {"init": painted},
        {"tile": (True, False)},
    ):
        asked = replace(KNIGHT, **more)
        assert stance_of(asked) is None and standing(asked) is asked
    posed = standing(KNIGHT)
    assert [control.kind for control in posed.controls] == ["depth", "pose"]
    assert standing(posed) is posed
    plain = standing(replace(KNIGHT, prompt="a goblin"))
    assert [control.kind for control in plain.controls] == ["pose"]
