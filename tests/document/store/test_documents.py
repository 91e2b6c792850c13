"""A document survives its file, alone or in a folder; what is broken is told from what only can't be had now."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.app import sample_path
from studio_app.core.errors import StudioError
from studio_app.core.request import Start
from studio_app.core.resources import resources_dir
from studio_app.core.text import clean_text
from studio_app.document.document import Document, new_document, request_of
from studio_app.document.layers import Person, PoseLayer, standing_person
from studio_app.document.presets import Preset, read_preset, write_preset
from studio_app.document.settings import Settings
from studio_app.document.store import documents
from studio_app.document.store.documents import (
    NAME,
    Newer,
    document_dict,
    load_document,
    read_document,
    save_document,
    write_document,
)
from studio_app.document.store.planes import Broken, PlaneWriter
from studio_app.document.strokes import Brush, Sample, Stroke


@pytest.fixture
def drawn():
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
        lambda value: value.update(format=7),
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


def test_the_sample_has_a_depth_and_a_pose_and_asks_for_a_picture():
    path = sample_path()
    assert path is not None
    request = request_of(load_document(path))
    assert [control.kind for control in request.controls] == ["depth", "pose"]
    assert request.prompt


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def stroke(document: Document, layer: Any, at: float) -> Document:
    made = Stroke(document, layer, Brush(), Sample(at, at))
    return made.extend(document, Sample(at + 9, at))[0]


def test_a_document_survives_its_folder(drawn, tmp_path):
    write_document(drawn, tmp_path, PlaneWriter(tmp_path))
    again = read_document(tmp_path)
    assert again is not None
    assert document_dict(again) == document_dict(drawn)


def test_only_the_planes_that_changed_are_written(drawn, tmp_path):
    planes = PlaneWriter(tmp_path)
    write_document(drawn, tmp_path, planes)
    before = bytes_of(tmp_path)
    painted = stroke(drawn, "colour", 40)
    write_document(painted, tmp_path, planes)
    after = bytes_of(tmp_path)
    new = {name for name in after if name not in before}
    assert new == {"colour-rgba.b.plane"}
    assert [name for name in before if after[name] != before[name]] == [NAME]
    again = read_document(tmp_path)
    assert again is not None and np.array_equal(again.colour.rgba.whole, painted.colour.rgba.whole)


def test_what_was_read_is_not_written_again(drawn, tmp_path):
    write_document(drawn, tmp_path, PlaneWriter(tmp_path))
    planes = PlaneWriter(tmp_path)
    again = read_document(tmp_path, planes)
    assert again is not None
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.plane")}
    write_document(replace(again, settings=replace(again.settings, seed=5)), tmp_path, planes)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.plane")} == before


@pytest.mark.parametrize("at", range(8))
def test_whatever_write_fails_the_folder_holds_the_old_document_or_the_new(
    drawn, tmp_path, monkeypatch, at
):
    """Also when the one after it succeeds, or the program ends there."""
    planes = PlaneWriter(tmp_path)
    write_document(drawn, tmp_path, planes)
    states = [drawn]
    for i in range(3):
        states.append(stroke(stroke(states[-1], "colour", 5 + 9 * i), "depth", 40 - 9 * i))
    flush, count = os.fsync, 0

    def fail(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count == at + 1:
            raise OSError(errno.EIO, "Input/output error")
        flush(descriptor)

    known = [document_dict(state) for state in states]
    saved = 0
    for i, state in enumerate(states[1:], start=1):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with contextlib.suppress(StudioError):
                write_document(state, tmp_path, planes)
                saved = i
        found = read_document(tmp_path)
        assert found is not None
        assert document_dict(found) in known[saved : i + 1]
    assert saved == 3


def test_what_can_t_be_had_now_is_not_broken(drawn, tmp_path, monkeypatch):
    write_document(drawn, tmp_path, PlaneWriter(tmp_path))

    known = os.open
    for name in (NAME, "depth-value.a.plane"):

        def refuse(path: Any, *more: Any, name: str = name) -> int:
            if Path(path).name == name:
                raise OSError(errno.EIO, "Input/output error")
            return known(path, *more)

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", refuse)
            with pytest.raises(StudioError) as caught:
                read_document(tmp_path)
        assert not isinstance(caught.value, Broken)


def test_a_newer_document_is_not_broken(drawn, tmp_path):
    write_document(drawn, tmp_path, PlaneWriter(tmp_path))
    value = json.loads((tmp_path / NAME).read_text())
    (tmp_path / NAME).write_text(json.dumps(value | {"format": 99}))
    with pytest.raises(Newer):
        read_document(tmp_path)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda folder: (folder / NAME).write_bytes((folder / NAME).read_bytes()[:-9]),
    "a huge number": lambda folder: change(folder, lambda v: v["colour"].update(opacity=10**400)),
    "infinite": lambda folder: (folder / NAME).write_text(
        (folder / NAME).read_text().replace('"opacity":1.0', '"opacity":1e999')
    ),
    "no list": lambda folder: change(folder, lambda v: v["pose"].update(people=7)),
    "plane gone": lambda folder: (folder / "depth-value.a.plane").unlink(),
    "plane cut": lambda folder: (folder / "depth-value.a.plane").write_bytes(b"x"),
    "plane of another": lambda folder: shutil.copy(
        folder / "depth-known.a.plane", folder / "depth-value.a.plane"
    ),
    "plane elsewhere": lambda folder: change(
        folder, lambda v: v["depth"]["value"].update(file="../secret.plane")
    ),
    "plane a bomb": lambda folder: (folder / "depth-value.a.plane").write_bytes(
        zlib.compress(bytes(1 << 26))
    ),
    "a list": lambda folder: (folder / NAME).write_text("[]"),
    "deep": lambda folder: (folder / NAME).write_text("[" * 100_000),
    "another size": lambda folder: change(folder, lambda v: v["settings"].update(width=128)),
}


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    value = json.loads((folder / NAME).read_text())
    edit(value)
    (folder / NAME).write_text(json.dumps(value))


@pytest.mark.parametrize("damage", DAMAGE)
def test_broken_is_said_as_broken(drawn, tmp_path, damage):
    write_document(drawn, tmp_path, PlaneWriter(tmp_path))
    DAMAGE[damage](tmp_path)
    with pytest.raises(Broken):
        read_document(tmp_path)


@pytest.mark.parametrize("prompt", ["half \ud800 a character", "\udcff", "ok \U0001f984"])
def test_no_text_keeps_a_document_from_being_saved(tmp_path, prompt):
    document = new_document(Settings(prompt=prompt, width=64, height=64))
    write_document(document, tmp_path, PlaneWriter(tmp_path))
    save_document(document, tmp_path / "alone.json")
    for again in (read_document(tmp_path), load_document(tmp_path / "alone.json")):
        assert again is not None
        assert again.settings.prompt == clean_text(prompt)


def test_no_number_keeps_a_document_from_being_saved(tmp_path):
    person = standing_person(64, 64)
    joints = person.joints.copy()
    joints[3] = (np.nan, np.inf, 1)
    document = replace(
        new_document(Settings(width=64, height=64)),
        pose=PoseLayer((Person(joints),), opacity=float("nan")),
    )
    write_document(document, tmp_path, PlaneWriter(tmp_path))
    again = read_document(tmp_path)
    assert again is not None
    assert list(again.pose.people[0].joints[3]) == [0, 0, 0]
    assert np.array_equal(again.pose.people[0].joints[4], person.joints[4])


def test_all_that_is_saved_opens_again(tmp_path):
    """A crowd that the pose reader of strangers' files would not take is the artist's own here."""
    crowd = tuple(standing_person(64, 64) for _ in range(100))
    document = replace(new_document(Settings(width=64, height=64)), pose=PoseLayer(crowd))
    write_document(document, tmp_path, PlaneWriter(tmp_path))
    again = read_document(tmp_path)
    assert again is not None and len(again.pose.people) == 100


def test_what_would_not_open_again_is_not_saved(drawn, tmp_path, monkeypatch):
    path = tmp_path / "alone.json"
    save_document(drawn, path)
    before = path.read_bytes()
    monkeypatch.setattr(documents, "MAX_BYTES", len(before) + 200)
    crowd = tuple(standing_person(64, 64) for _ in range(50))
    with pytest.raises(StudioError, match="too large"):
        save_document(replace(drawn, pose=PoseLayer(crowd)), path)
    assert path.read_bytes() == before


def test_presets_survive_their_file_and_ours_are_sound(tmp_path):
    preset = Preset("mine", "Mine", "Says what.", {"steps": 3}, {"tile": True})
    write_preset(tmp_path / "mine.json", preset)
    assert read_preset(tmp_path / "mine.json") == preset
    (tmp_path / "bad.json").write_text('{"title": "Bad", "settings": {"knob": 1}}')
    with pytest.raises(StudioError):
        read_preset(tmp_path / "bad.json")
    for path in sorted((resources_dir() / "presets").glob("*.json")):
        assert read_preset(path).title
