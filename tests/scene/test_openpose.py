from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.openpose import JOINTS, LIMBS, PALETTE, draw_pose, stroke_radius


def one(**joints: tuple[float, float]) -> np.ndarray:
    figure = np.zeros((1, 18, 3), np.float32)
    for name, (x, y) in joints.items():
        figure[0, JOINTS.index(name)] = (x, y, 1)
    return figure


def test_the_vocabulary_is_the_coco_figure() -> None:
    assert len(JOINTS) == len(PALETTE) == 18
    assert len(LIMBS) == 17
    assert JOINTS[0] == "nose"
    assert JOINTS[4] == "right_wrist"
    assert JOINTS[17] == "left_ear"
    named = {frozenset((JOINTS[a], JOINTS[b])) for a, b in LIMBS}
    assert frozenset(("right_elbow", "right_wrist")) in named


def test_joints_have_their_colours_and_limbs_six_tenths_of_theirs() -> None:
    picture = draw_pose(one(right_elbow=(40, 100), right_wrist=(140, 100)), 256, 256)
    assert tuple(picture[100, 40]) == PALETTE[3]
    assert tuple(picture[100, 140]) == PALETTE[4]
    limb = LIMBS.index((3, 4))
    assert tuple(picture[100, 90]) == tuple(int(0.6 * c) for c in PALETTE[limb])
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 4


@pytest.mark.parametrize("size", [256, 512])
def test_strokes_grow_with_the_picture(size: int) -> None:
    picture = draw_pose(one(neck=(size / 2, size / 2)), size, size)
    across = picture[size // 2].any(-1).sum()
    assert across == pytest.approx(2 * stroke_radius(size, size), abs=1)
    assert stroke_radius(512, 512) == 4


def test_hidden_joints_take_their_limbs_along() -> None:
    figure = one(neck=(128, 60), nose=(128, 30))
    figure[0, 0, 2] = 0
    picture = draw_pose(figure, 256, 256)
    assert not picture[:50].any()
    assert tuple(picture[60, 128]) == PALETTE[1]


def test_joints_outside_or_broken_do_no_harm() -> None:
    figure = one(neck=(-500, 60), nose=(128, 30), left_eye=(1e30, 4), left_ear=(np.nan, 2))
    assert draw_pose(figure, 64, 200).shape == (200, 64, 3)
    assert not draw_pose(np.zeros((0, 18, 3)), 8, 8).any()
    with pytest.raises(ValueError, match="18, 3"):
        draw_pose(np.zeros((1, 25, 3)), 8, 8)


def test_a_slanted_limb_is_an_ellipse_between_its_joints() -> None:
    picture = draw_pose(one(left_hip=(60, 60), left_knee=(160, 135)), 256, 256)
    shade = tuple(int(0.6 * c) for c in PALETTE[LIMBS.index((11, 12))])
    y, x = np.nonzero((picture == shade).all(-1))
    along = ((x + 0.5 - 110) * 0.8 + (y + 0.5 - 97.5) * 0.6) / 62.5
    across = ((y + 0.5 - 97.5) * 0.8 - (x + 0.5 - 110) * 0.6) / stroke_radius(256, 256)
    assert (along**2 + across**2).max() <= 1.001
    assert abs(along).max() > 0.9
