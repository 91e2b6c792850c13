"""A document survives its file; a broken file is said and kept."""

from __future__ import annotations

import json

import numpy as np
import pytest

from studio_app.app import sample_path
from studio_app.core.errors import StudioError
from studio_app.core.request import Start
from studio_app.core.resources import resources_dir
from studio_app.document.document import new_document, request_of
from studio_app.document.layers import PoseLayer, standing_person
from studio_app.document.presets import Preset, read_preset, write_preset
from studio_app.document.project import document_dict, load_document, save_document, set_aside
from studio_app.document.settings import Settings
from studio_app.document.strokes import Brush, Sample, Stroke


@pytest.fixture
def drawn():
    from dataclasses import replace

    document = new_document(Settings(prompt="a häuschen", width=64, height=64, seed=2**40))
    for layer in ("depth", "colour", "mask"):
        stroke = Stroke(document, layer, Brush(), Sample(20, 20))
        document, _ = stroke.extend(document, Sample(20, 20))
    start = Start(np.ones((4, 8, 8), np.float32), 1)
    return replace(document, pose=PoseLayer((standing_person(64, 64),), visible=False), start=start)


def test_a_document_survives_its_file(drawn, tmp_path):
    save_document(drawn, tmp_path / "document.json")
    again = load_document(tmp_path / "document.json")
    assert document_dict(again) == document_dict(drawn)
    assert request_of(again).digest == request_of(drawn).digest


@pytest.mark.parametrize(
    "damage",
    [
        lambda value: value.pop("depth"),
        lambda value: value.update(format=2),
        lambda value: value["settings"].update(width=128),
        lambda value: value["pose"].update(people=[[[1, 2, 3]]]),
        lambda value: value["depth"]["value"].update(zlib="AAAA"),
        lambda value: value["start"].update(step=-1),
    ],
)
def test_a_broken_file_is_said(drawn, tmp_path, damage):
    value = document_dict(drawn)
    damage(value)
    path = tmp_path / "document.json"
    path.write_text(json.dumps(value))
    with pytest.raises(StudioError):
        load_document(path)


def test_a_cut_file_is_said(drawn, tmp_path):
    path = tmp_path / "document.json"
    save_document(drawn, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StudioError):
        load_document(path)


def test_what_can_t_be_read_is_kept_under_another_name(tmp_path):
    for i in (1, 2):
        path = tmp_path / "document.json"
        path.write_text(f"broken {i}")
        assert set_aside(path).read_text() == f"broken {i}"
    assert len(list(tmp_path.iterdir())) == 2


def test_the_sample_has_a_depth_and_a_pose_and_asks_for_a_picture():
    path = sample_path()
    assert path is not None
    request = request_of(load_document(path))
    assert [control.kind for control in request.controls] == ["depth", "pose"]
    assert request.prompt


def test_presets_survive_their_file_and_ours_are_sound(tmp_path):
    preset = Preset("mine", "Mine", "Says what.", {"steps": 3}, {"tile": True})
    write_preset(tmp_path / "mine.json", preset)
    assert read_preset(tmp_path / "mine.json") == preset
    (tmp_path / "bad.json").write_text('{"title": "Bad", "settings": {"knob": 1}}')
    with pytest.raises(StudioError):
        read_preset(tmp_path / "bad.json")
    for path in sorted((resources_dir() / "presets").glob("*.json")):
        assert read_preset(path).title
