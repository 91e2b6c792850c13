"""A recipe that holds only the drawing of a pose brings back its people."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.document import request_of
from studio_app.document.layer_files import not_brought_back
from studio_app.document.people import standing_person
from studio_app.scene.openpose import draw_pose
from studio_app.session.studio import Studio
from tests.nodes import pose_of, set_people


def posed(pixels: np.ndarray) -> GenerationRequest:
    control = Control("pose", pixels, strength=0.8)
    return GenerationRequest("a knight", width=256, height=256, controls=(control,))


@pytest.mark.parametrize("side", [256, 512])
def test_people_are_read_off_the_drawing(studio: Studio, side: int):
    joints = standing_person(side, side).joints
    request = posed(draw_pose(joints, side, side))
    studio.restore(request)
    (person,) = pose_of(studio.document).people
    there = person.joints[:, 2] > 0
    assert there.sum() >= 14
    away = person.joints[there, :2] - joints[there, :2] * (256 / side)
    assert np.median(np.hypot(away[:, 0], away[:, 1])) < 2
    (control,) = request_of(studio.document).controls
    assert (control.kind, control.strength) == ("pose", 0.8)
    assert not_brought_back(request, None) == ["the exact pose: it is read off its drawing"]


def test_a_drawing_of_nobody_leaves_the_pose_of_now_and_is_said(studio: Studio):
    person = standing_person(256, 256)
    set_people(studio, (person,), "Add a person")
    request = posed(np.zeros((256, 256, 3), np.uint8))
    studio.restore(request)
    assert len(pose_of(studio.document).people) == 1
    assert "the pose" in not_brought_back(request, None)[0]
