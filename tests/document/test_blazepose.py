"""Poses of photographs by MediaPipe's landmarker: networks of its shapes that look at what they are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document import blazepose
from studio_app.document.pose_networks import open_networks
from studio_app.document.pose_reading import read_people
from tests.document.tiny_landmarker import write_finder, write_reader

pytest.importorskip("ai_edge_litert")

PIXEL = 4.5
"""A dot's corner is what the networks here find, and a square has fewer pixels than the picture."""


def picture(path: Path, size: tuple[int, int], *dots: tuple[int, int]) -> Path:
    pixels = np.full((size[1], size[0], 3), 40, np.uint8)
    for x, y in dots:
        pixels[y - 2 : y + 3, x - 2 : x + 3] = 255
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("lean", [(0, -50), (40, -30), (-50, 5), (10, 48)])
@pytest.mark.parametrize(
    ("size", "dot"), [((448, 448), (200, 260)), ((900, 300), (430, 180)), ((200, 800), (120, 380))]
)
def test_a_joint_is_found_where_it_is_however_somebody_leans(
    tmp_path: Path, size: tuple[int, int], dot: tuple[int, int], lean: tuple[int, int]
):
    write_finder(tmp_path, [(112, 112, *lean)])
    write_reader(tmp_path)
    found = read_people(picture(tmp_path / "a.png", size, dot), tmp_path)
    assert found.guessed
    (person,) = found.people
    assert person.joints[:, 2].all()  # the neck too, between the shoulders
    assert np.abs(person.joints[:, :2] - dot).max() < PIXEL * max(size) / 448


def test_everybody_is_looked_at_alone_and_told_from_left_to_right(tmp_path: Path):
    write_finder(tmp_path, [(170, 112, 0, -30), (50, 112, 0, -30), (171, 112, 0, -30)])
    write_reader(tmp_path)
    path = picture(tmp_path / "a.png", (448, 448), (100, 230), (340, 220))
    places = [person.joints[0, :2] for person in read_people(path, tmp_path).people]
    assert len(places) == 2  # the third box lies on another
    assert np.abs(places[0] - (100, 230)).max() < PIXEL
    assert np.abs(places[1] - (340, 220)).max() < PIXEL


def test_where_it_is_dark_nobody_is_seen(tmp_path: Path):
    write_finder(tmp_path, [(112, 112, 0, -50)])
    write_reader(tmp_path)
    Image.new("RGB", (200, 200)).save(tmp_path / "dark.png")
    with pytest.raises(StudioError, match="Nobody was found"):
        read_people(tmp_path / "dark.png", tmp_path)


def test_the_heat_says_better_where_a_landmark_is():
    heat = np.full((64, 64, 2), -9, np.float32)
    heat[20, 31:33, 0] = 9
    heat[40, 40, 1] = -1  # not clear enough
    places = np.array([(0.48, 0.34), (0.62, 0.62)], np.float32)
    moved = blazepose.refined(places, heat)
    assert moved[0] == pytest.approx((31.5 / 64, 20 / 64), abs=1e-3)
    assert moved[1].tolist() == places[1].tolist()


def test_networks_in_an_installed_mediapipe_are_read_and_nothing_of_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package = tmp_path / "site" / "mediapipe"
    write_finder(package / "modules" / "pose_detection", [(112, 112, 0, -50)])
    write_reader(package / "modules" / "pose_landmark")
    (package / "__init__.py").write_text("raise AssertionError('it was run')")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    path = picture(tmp_path / "a.png", (448, 448), (220, 220))
    assert len(read_people(path, tmp_path / "nothing").people) == 1


def test_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(blazepose, "_runtime", lambda: None)
    with pytest.raises(StudioError) as caught:
        open_networks(tmp_path / "nothing")
    assert "pip install 'underpaint[pose]'" in caught.value.hint
    assert "mediapipe==0.10.21" in caught.value.hint
    assert "dw-ll_ucoco_384.onnx" in caught.value.hint


@pytest.mark.parametrize("broken", [blazepose.FINDER, blazepose.READER])
def test_a_file_that_is_no_network_is_said(tmp_path: Path, broken: str):
    write_finder(tmp_path, [(112, 112, 0, -50)])
    write_reader(tmp_path)
    (tmp_path / broken).write_bytes(b"nothing of the kind")
    with pytest.raises(StudioError, match=broken):
        open_networks(tmp_path)
