"""From the joints of COCO to those of OpenPose."""

from __future__ import annotations

import numpy as np

from studio_app.document import coco
from studio_app.document.people import Person
from studio_app.document.pose_reading import Found


def test_left_and_right_are_the_persons_own():
    places = np.stack([np.arange(17), 100 + np.arange(17)], axis=1).astype(np.float32)
    joints = coco.as_openpose(places, np.ones(17, bool), (300, 300))
    right_wrist, left_wrist, neck, left_ear = 4, 7, 1, 17
    assert joints[right_wrist, 0] == 10
    assert joints[left_wrist, 0] == 9
    assert joints[neck, 0] == 5.5
    assert joints[left_ear, 0] == 3
    seen = np.ones(17, bool)
    seen[5] = False
    joints = coco.as_openpose(places, seen, (300, 300))
    assert not joints[neck].any()
    assert not joints[5].any()


def test_what_lies_outside_the_picture_is_not_seen():
    places = np.full((17, 2), 50, np.float32)
    places[0], places[9] = (-1, 50), (50, 100)
    joints = coco.as_openpose(places, np.ones(17, bool), (100, 100))
    assert not joints[0].any()
    assert not joints[7].any()
    assert joints[4].tolist() == [50, 50, 1]


def test_people_are_put_into_the_frame_as_they_stood():
    joints = np.zeros((18, 3), np.float32)
    joints[0] = (400, 100, 1)
    placed = Found((Person(joints),), (800, 400)).placed((64, 32, 256, 256))[0].joints
    assert placed[0].tolist() == [64 + 128, 32 + 64 + 32, 1]
    assert not placed[1:].any()
