"""A document survives its file, alone or in a folder; what is broken is told from what only can't be had now."""

from __future__ import annotations

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
from studio_app.document.brushes import Brush
from studio_app.document.contents.pose import Pose
from studio_app.document.document import new_document, request_of
from studio_app.document.people import Person, standing_person
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
)
from studio_app.document.store.tile_files import Broken
from studio_app.document.strokes import Sample, Stroke
from tests.nodes import pose_of, with_contents, with_node
from tests.old_folder import write_old_document


@pytest.fixture
def drawn():
    document = new_document(Settings(prompt="a häuschen", width=64, height=64, seed=2**40))
    for layer in ("depth", "colour", "mask"):
        stroke = Stroke(document, layer, Brush())
        document, _ = stroke.extend(document, Sample(20, 20))
    start = Start(np.ones((4, 8, 8), np.float32), 1)
    document = with_contents(document, Pose((standing_person(64, 64),)))
    return replace(with_node(document, "pose", visible=False), start=start)


def test_a_document_survives_its_file(drawn, tmp_path):
    save_document(drawn, tmp_path / "document.json")
    again = load_document(tmp_path / "document.json")
    assert document_dict(again) == document_dict(drawn)
    assert request_of(again).digest == request_of(drawn).digest


@pytest.mark.parametrize(
    "damage",
    [
        lambda value: value.pop("stack"),
        lambda value: value.update(format=7),
        lambda value: value.update(canvas=[128, 64]),
        lambda value: value["stack"][1]["content"].update(people=[[[1, 2, 3]]]),
        lambda value: value["stack"][2]["planes"].update(value=[[0, 0, "AAAA"]]),
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


def test_the_sample_has_a_depth_and_asks_for_a_picture():
    path = sample_path()
    assert path is not None
    request = request_of(load_document(path))
    assert [control.kind for control in request.controls] == ["depth"]
    assert request.prompt


def tile_of(folder: Path, kind: str, plane: str) -> Path:
    """The file of the one tile of a plane."""
    items = json.loads((folder / NAME).read_text())["stack"]
    (item,) = (one for one in items if one["kind"] == kind)
    ((_, _, digest),) = item["planes"][plane]
    return folder / "tiles" / f"{digest}.tile"


def test_a_document_in_a_folder_of_an_earlier_release_is_read(drawn, tmp_path):
    write_old_document(drawn, tmp_path)
    again = read_document(tmp_path)
    assert again is not None
    assert document_dict(again) == document_dict(drawn)


def test_what_can_t_be_had_now_is_not_broken(drawn, tmp_path, monkeypatch):
    write_old_document(drawn, tmp_path)

    known = os.open
    for name in (NAME, tile_of(tmp_path, "depth", "value").name):

        def refuse(path: Any, *more: Any, name: str = name) -> int:
            if Path(path).name == name:
                raise OSError(errno.EIO, "Input/output error")
            return known(path, *more)

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", refuse)
            with pytest.raises(StudioError) as caught:
                read_document(tmp_path)
        assert not isinstance(caught.value, Broken)


@pytest.mark.parametrize(
    "make", [lambda v: v.update(format=99), lambda v: node(v, "depth").update(kind="hologram")]
)
def test_a_newer_document_is_not_broken(drawn, tmp_path, make):
    write_old_document(drawn, tmp_path)
    change(tmp_path, make)
    with pytest.raises(Newer):
        read_document(tmp_path)


def node(value: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(item for item in value["stack"] if item["kind"] == kind)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda folder: (folder / NAME).write_bytes((folder / NAME).read_bytes()[:-9]),
    "infinite": lambda folder: (folder / NAME).write_text(
        (folder / NAME).read_text().replace('"opacity":1.0', '"opacity":1e999')
    ),
    "a huge number": lambda folder: change(
        folder, lambda v: node(v, "pose")["content"].update(people=[[[10**400] * 3] * 18])
    ),
    "no list": lambda folder: change(folder, lambda v: node(v, "pose")["content"].update(people=7)),
    "no stack": lambda folder: change(folder, lambda v: v.update(stack="depth")),
    "a name twice": lambda folder: change(folder, lambda v: node(v, "pose").update(id="depth-1")),
    "a thousand layers": lambda folder: change(
        folder, lambda v: v.update(stack=[{**node(v, "pose"), "id": f"{i}"} for i in range(1000)])
    ),
    "groups in groups": lambda folder: change(folder, lambda v: v.update(stack=nested(40))),
    "an unknown blend": lambda folder: change(folder, lambda v: node(v, "depth").update(blend="x")),
    "tile gone": lambda folder: tile_of(folder, "depth", "value").unlink(),
    "tile cut": lambda folder: tile_of(folder, "depth", "value").write_bytes(b"x"),
    "tile of another": lambda folder: shutil.copy(
        tile_of(folder, "depth", "known"), tile_of(folder, "depth", "value")
    ),
    "tile elsewhere": lambda folder: change(
        folder, lambda v: node(v, "depth")["planes"].update(value=[[0, 0, "../secret"]])
    ),
    "tile outside": lambda folder: change(
        folder, lambda v: node(v, "depth")["planes"]["value"][0].__setitem__(0, 5)
    ),
    "tile a bomb": lambda folder: tile_of(folder, "depth", "value").write_bytes(
        zlib.compress(bytes(1 << 26))
    ),
    "a list": lambda folder: (folder / NAME).write_text("[]"),
    "deep": lambda folder: (folder / NAME).write_text("[" * 100_000),
    "another size": lambda folder: change(folder, lambda v: v.update(canvas=[128, 64])),
    "a huge canvas": lambda folder: change(folder, lambda v: v.update(canvas=[10**9, 64])),
    "half a pixel": lambda folder: change(folder, lambda v: v.update(frame=[0.5, 0, 9, 9])),
    "a frame outside": lambda folder: change(folder, lambda v: v.update(frame=[9, 9, 64, 64])),
}


def nested(depth: int) -> list[Any]:
    return [{"id": f"g{depth}", "children": nested(depth - 1) if depth else []}]


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    value = json.loads((folder / NAME).read_text())
    edit(value)
    (folder / NAME).write_text(json.dumps(value))


@pytest.mark.parametrize("damage", DAMAGE)
def test_broken_is_said_as_broken(drawn, tmp_path, damage):
    write_old_document(drawn, tmp_path)
    DAMAGE[damage](tmp_path)
    with pytest.raises(Broken):
        read_document(tmp_path)


@pytest.mark.parametrize("prompt", ["half \ud800 a character", "\udcff", "ok \U0001f984"])
def test_no_text_keeps_a_document_from_being_saved(tmp_path, prompt):
    document = new_document(Settings(prompt=prompt, width=64, height=64))
    write_old_document(document, tmp_path)
    save_document(document, tmp_path / "alone.json")
    for again in (read_document(tmp_path), load_document(tmp_path / "alone.json")):
        assert again is not None
        assert again.settings.prompt == clean_text(prompt)


def test_no_number_keeps_a_document_from_being_saved(tmp_path):
    person = standing_person(64, 64)
    joints = person.joints.copy()
    joints[3] = (np.nan, np.inf, 1)
    document = with_contents(new_document(Settings(width=64, height=64)), Pose((Person(joints),)))
    document = with_node(document, "pose", opacity=float("nan"))
    write_old_document(document, tmp_path)
    again = read_document(tmp_path)
    assert again is not None
    assert list(pose_of(again).people[0].joints[3]) == [0, 0, 0]
    assert np.array_equal(pose_of(again).people[0].joints[4], person.joints[4])


def test_all_that_is_saved_opens_again(tmp_path):
    """A crowd that the pose reader of strangers' files would not take is the artist's own here."""
    crowd = tuple(standing_person(64, 64) for _ in range(100))
    document = with_contents(new_document(Settings(width=64, height=64)), Pose(crowd))
    write_old_document(document, tmp_path)
    again = read_document(tmp_path)
    assert again is not None and len(pose_of(again).people) == 100


def test_what_would_not_open_again_is_not_saved(drawn, tmp_path, monkeypatch):
    path = tmp_path / "alone.json"
    save_document(drawn, path)
    before = path.read_bytes()
    monkeypatch.setattr(documents, "MAX_BYTES", len(before) + 200)
    crowd = tuple(standing_person(64, 64) for _ in range(50))
    with pytest.raises(StudioError, match="too large"):
        save_document(with_contents(drawn, Pose(crowd)), path)
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
