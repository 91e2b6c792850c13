"""OpenPose files in every dialect."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.document.pose_files import (
    DIALECTS,
    Dialect,
    Pose,
    format_pose,
    parse_pose,
    read_pose,
)

POINTS = [(100.0 + 10 * i, 50.0 + 5 * i) for i in range(18)]
FLAT = [number for x, y in POINTS for number in (x, y, 1.0)]
CANVAS = {"canvas_width": 512, "canvas_height": 256}


def parse(value: Any) -> Pose:
    return parse_pose(json.dumps(value), "pose.json")


def person(points: Any, **more: Any) -> dict[str, Any]:
    return {"people": [{"pose_keypoints_2d": points}], **CANVAS, **more}


def normalised() -> list[float]:
    return [n for x, y in POINTS for n in (x / 512, y / 256, 1.0)]


def body_25() -> list[float]:
    points = [*POINTS[:8], (1.0, 1.0), *POINTS[8:], *[(2.0, 2.0)] * 6]
    return [number for x, y in points for number in (x, y, 0.9)]


@pytest.mark.parametrize(
    "value",
    [
        person(FLAT),
        person(body_25()),
        person(normalised()),
        person([list(point) for point in POINTS]),
        person([[*point, 1] for point in POINTS]),
        person([n for point in POINTS for n in point]),
        person(FLAT, animals=[[1.0] * 51], version=1.3),
        [person(FLAT)],
        {"people": [{"pose_keypoints_2d": None}, {"pose_keypoints_2d": FLAT}], **CANVAS},
        {"width": 512, "height": 256, "keypoints": [list(point) for point in POINTS]},
        {"width": 512, "height": 256, "keypoints": [[list(point) for point in POINTS]]},
    ],
    ids=[
        "coco",
        "body25",
        "normalised",
        "points",
        "points3",
        "flat2",
        "extras",
        "frames",
        "headless",
        "editor",
        "editor-people",
    ],
)
def test_every_dialect_is_the_same_pose(value: Any):
    pose = parse(value)
    assert pose.canvas == (512, 256)
    assert pose.people.shape == (1, 18, 3)
    np.testing.assert_allclose(pose.people[0, :, :2], POINTS, atol=1e-3)
    assert (pose.people[0, :, 2] == 1).all()


def test_missing_joints_of_either_kind():
    flat = list(FLAT)
    flat[0:3] = [0, 0, 0]
    flat[3:6] = [-1, -1, 1]
    flat[6:9] = [60, 60, 0]
    people = parse(person(flat)).people
    assert (people[0, :3] == 0).all()
    assert (people[0, 3:, 2] == 1).all()


def test_missing_joints_do_not_hide_that_it_is_normalised():
    flat = normalised()
    flat[0:3] = [-1, -1, 0]
    np.testing.assert_allclose(parse(person(flat)).people[0, 1:, :2], POINTS[1:], atol=1e-3)


def test_nulls_in_a_flat_list_are_a_missing_joint():
    for nulls in ([None, None, None], [None, 60.0, 1.0], [60.0, 60.0, None]):
        flat: list[Any] = list(FLAT)
        flat[12:15] = nulls
        people = parse(person(flat)).people
        assert people[0, 4].tolist() == [0, 0, 0]
        assert people[0, 3].tolist() == [*POINTS[3], 1]
        assert people[0, 5].tolist() == [*POINTS[5], 1]
    points: list[Any] = [list(point) for point in POINTS]
    points[4] = [None, None, None]
    assert parse(person(points)).people[0, 4].tolist() == [0, 0, 0]
    with pytest.raises(StudioError, match="nobody"):
        parse(person([None] * 54))


def test_a_foot_below_the_picture_does_not_hide_that_it_is_normalised():
    flat = normalised()
    flat[30:33] = [0.45, 1.113, 1]
    flat[39:42] = [-0.2, 0.5, 1]
    people = parse(person(flat)).people
    np.testing.assert_allclose(people[0, 0, :2], POINTS[0], atol=1e-3)
    np.testing.assert_allclose(people[0, 10, :2], [0.45 * 512, 1.113 * 256], atol=1e-2)
    np.testing.assert_allclose(people[0, 13, :2], [-0.2 * 512, 128], atol=1e-2)


def test_a_small_person_in_pixels_stays_in_pixels():
    flat = [number / 20 if i % 3 < 2 else number for i, number in enumerate(FLAT)]
    np.testing.assert_allclose(parse(person(flat)).people[0, 0], [5, 2.5, 1])


def test_null_points_are_missing():
    points: list[Any] = [list(point) for point in POINTS]
    points[4] = None
    assert parse(person(points)).people[0, 4].tolist() == [0, 0, 0]


def test_fitted_to_another_picture():
    pose = parse(person(FLAT))
    np.testing.assert_allclose(pose.fitted(256, 256)[0, 0], [50, 50, 1])
    lost = parse({"people": [{"pose_keypoints_2d": FLAT}]})
    assert lost.canvas is None
    np.testing.assert_allclose(lost.fitted(512, 512)[0, 0], [100, 50, 1])
    assert lost.fitted(128, 128)[..., :2].max() <= 128


def test_written_and_read(tmp_path: Path):
    flat = list(FLAT)
    flat[0:3] = [0, 0, 0]
    pose = parse(person(flat))
    text = format_pose(pose)
    (tmp_path / "a.json").write_text(text)
    again = read_pose(tmp_path / "a.json")
    assert again.canvas == pose.canvas
    np.testing.assert_array_equal(again.people, pose.people)
    assert set(json.loads(text)["people"][0]["pose_keypoints_2d"][2::3]) == {0, 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSON"),
        ("3", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("{}", "nobody"),
        ('{"people": []}', "nobody"),
        ('{"people": [], "animals": [[1, 2, 3]]}', "animals"),
        ('{"people": {}}', "not a list"),
        ('{"people": [3]}', "not an object"),
        ('{"people": [{"pose_keypoints_2d": "x"}]}', "lists of numbers"),
        ('{"people": [{"pose_keypoints_2d": [1, "2", 3]}]}', "lists of numbers"),
        ('{"people": [{"pose_keypoints_2d": [true, 2, 3]}]}', "lists of numbers"),
        ('{"people": [{"pose_keypoints_2d": [[1, 2, 3, 4]]}]}', "lists of numbers"),
        ('{"people": [{"pose_keypoints_2d": [1, 2, 3, 4]}]}', "4 numbers"),
        ('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', "1 joints"),
        ('{"people": [{"pose_keypoints_2d": [NaN, 2, 3]}]}', "NaN"),
        (json.dumps(person([1e300] * 54)), "outside"),
        (json.dumps(person([0.0] * 54)), "nobody"),
        (json.dumps(person(FLAT, canvas_width=0)), "canvas"),
        (json.dumps(person(FLAT, canvas_width="a")), "canvas"),
        (json.dumps({"people": [{"pose_keypoints_2d": FLAT}] * 65}), "too many"),
        ("[" * 100_000, "nested"),
        (json.dumps(person(FLAT, canvas_width=10**400)), "too large"),
        (json.dumps(person(FLAT)).replace("512", "1e999"), "too large"),
        (json.dumps(person([10**400] * 54)), "too large"),
        (
            json.dumps({"people": [{"pose_keypoints_2d": FLAT}]}).replace("1.0", "1e400"),
            "too large",
        ),
        ('{"people": [{"pose_keypoints_2d": [' + "1," * 1000 + "1]}]}", "numbers"),
    ],
)
def test_broken_files_are_refused(text: str, said: str):
    with pytest.raises(StudioError, match=said) as caught:
        parse_pose(text, "pose.json")
    assert "pose.json" in str(caught.value)


NUMBERS = (
    st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60)
)
POINT_LISTS = st.lists(NUMBERS | st.lists(NUMBERS, max_size=4), max_size=80) | st.lists(
    NUMBERS, min_size=54, max_size=54
)
ANYTHING = st.recursive(
    NUMBERS | st.text(max_size=3) | st.booleans(), lambda s: st.lists(s, max_size=3), max_leaves=5
)


@settings(deadline=None, max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(
            ["people", "keypoints", "canvas_width", "canvas_height", "width", "animals"]
        ),
        st.lists(
            st.fixed_dictionaries({"pose_keypoints_2d": POINT_LISTS | ANYTHING}) | ANYTHING,
            max_size=3,
        )
        | POINT_LISTS
        | ANYTHING,
    )
)
def test_any_json_is_a_pose_or_refused(value: dict[str, Any]):
    with contextlib.suppress(StudioError):
        fitted = parse(value).fitted(256, 256)
        assert np.isfinite(fitted).all()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_written_in_a_dialect_is_read_again(dialect: Dialect):
    rng = np.random.default_rng(4)
    people = np.ones((2, 18, 3), np.float32)
    people[..., :2] = rng.uniform(20, 500, (2, 18, 2))
    people[0, [4, 8]] = 0
    again = parse_pose(format_pose(Pose(people, (640, 512)), dialect=dialect), "a pose")
    assert again.canvas == (640, 512)
    assert np.abs(again.people - people).max() < 0.01


def test_openposes_own_has_the_middle_of_the_hips():
    people = np.ones((1, 18, 3), np.float32)
    people[0, 8, :2], people[0, 11, :2] = (100, 200), (140, 210)
    text = format_pose(Pose(people, (256, 256)), dialect="body_25")
    numbers = json.loads(text)["people"][0]["pose_keypoints_2d"]
    assert len(numbers) == 75
    assert numbers[24:27] == [120.0, 205.0, 1.0]
    assert not any(numbers[57:])  # feet nobody knows
