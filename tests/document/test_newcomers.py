"""People in poses of the library."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.newcomers import in_poses, pose_names
from studio_app.scene.figure import LEFT_HIP, RIGHT_HIP


@pytest.mark.parametrize("size", [(256, 256), (512, 256), (192, 320)])
def test_the_poses_of_a_sheet_are_of_one_scale_and_stand_on_one_ground(size: tuple[int, int]):
    names = pose_names()
    people = in_poses(names, *size)
    joints = np.stack([person.joints for person in people])
    assert (joints[..., 2] == 1).all()
    assert (joints[..., :2] >= 0).all() and (joints[..., :2] <= size).all()
    np.testing.assert_allclose(joints[..., 1].max(1), joints[0, :, 1].max(), atol=0.01)
    hips = joints[:, [RIGHT_HIP, LEFT_HIP], 0].mean(1)
    np.testing.assert_allclose(hips, size[0] / 2, atol=0.01)
    heights = np.ptp(joints[..., 1], axis=1)
    low = next(i for i, name in enumerate(names) if heights[i] < 0.75 * heights.max())
    assert heights[low] < heights[names.index("standing")]
    assert in_poses((), *size) == ()
