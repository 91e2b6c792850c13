"""A picture brings back the request that made it, or says what of it can't come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.document import request_of
from studio_app.document.layer_files import write_picture
from studio_app.document.people import Person, standing_person
from studio_app.document.png import png_bytes
from studio_app.document.recipes import Intermediate, read_whole_recipe
from studio_app.document.results import Picture
from studio_app.export.making import make_asset
from studio_app.export.origin import Origin
from studio_app.export.pictures import Encoding, encode
from studio_app.export.pieces import Wants
from studio_app.export.provenance.marks import metadata_of
from studio_app.export.settings import ExportSettings
from studio_app.session.export_jobs import Take
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from tests.nodes import pose_of, set_people

PIXELS = np.full((256, 256, 4), 255, np.uint8)
PEOPLE = (standing_person(256, 256), standing_person(256, 256, 200).moved(4, 300.123, -20.5))


def drawn(**changes: object) -> GenerationRequest:
    """What the window made: depth on a part of the run, two people, one of them half outside."""
    depth = np.random.default_rng(0).random((256, 256), np.float32)
    studio = Studio(None)
    studio.set_settings({"prompt": "two knights", "seed": 3})
    set_people(studio, PEOPLE, "Add people")
    request = request_of(studio.document)
    controls = (
        Control("depth", depth, strength=0.7, start=0.0, end=0.3),
        replace(request.controls[0], strength=1.5, start=0.25, end=0.75),
    )
    return replace(request, controls=controls, **changes)  # type: ignore[arg-type]


def test_a_saved_picture_brings_the_same_request_back(studio: Studio, tmp_path: Path, qtbot: QtBot):
    request = drawn()
    write_picture(tmp_path / "a.png", PIXELS, request, PEOPLE)
    said: list[object] = []
    studio.message.connect(said.append)
    studio.restore_file(tmp_path / "a.png")
    qtbot.waitUntil(lambda: studio.document.settings.prompt == "two knights")
    assert request_of(studio.document) == request
    assert [type(message) for message in said] == []
    assert studio.document.held("depth").end == 0.3
    studio.undo_stack.undo()
    assert studio.document.held("depth").end == 1.0
    studio.restore(replace(request, controls=()))
    assert studio.document.held("depth").acting[1:] == (0.0, 1.0)


def test_a_pose_without_its_people_is_said(studio: Studio, tmp_path: Path, qtbot: QtBot):
    said: list[object] = []
    studio.message.connect(said.append)
    write_picture(tmp_path / "a.png", PIXELS, drawn())
    studio.restore_file(tmp_path / "a.png")
    qtbot.waitUntil(lambda: bool(said))
    (notice,) = said
    assert isinstance(notice, Notice)
    assert "pose" in notice.detail


def test_a_drawing_that_the_canvas_holds_only_one_of_is_said(studio: Studio):
    edge = Control("edge", np.zeros((256, 256), np.uint8))
    other = Control("edge", np.full((256, 256), 255, np.uint8))
    said: list[object] = []
    studio.message.connect(said.append)
    studio.restore(replace(drawn(), controls=(edge, other)))
    (notice,) = said
    assert isinstance(notice, Notice)
    assert notice.detail == "the first edge"


def test_people_that_a_pose_was_not_drawn_from_are_not_kept(tmp_path: Path):
    other: tuple[Person, ...] = (standing_person(256, 256, 60),)
    write_picture(tmp_path / "a.png", PIXELS, drawn(), other)
    assert read_whole_recipe(tmp_path / "a.png").people is None


def test_a_recipe_of_another_tool_is_taken_over_as_far_as_it_goes(
    studio: Studio, tmp_path: Path, qtbot: QtBot
):
    said: list[object] = []
    studio.message.connect(said.append)
    text = "a castle, <lora:x:1>\nSteps: 30, Sampler: Restart, CFG scale: 2, Seed: 77, Size: 256x256, Model: m"
    (tmp_path / "a.png").write_bytes(png_bytes(PIXELS, {"parameters": text}))
    studio.restore_file(tmp_path / "a.png")
    qtbot.waitUntil(lambda: bool(said))
    settings = studio.document.settings
    assert (settings.prompt, settings.seed) == ("a castle", 77)
    (notice,) = said
    assert isinstance(notice, Notice)
    assert "AUTOMATIC1111" in notice.title
    for lost in ("lora x", "sampler Restart", "30 steps", "model m"):
        assert lost in notice.detail


def test_a_jpeg_brings_its_request_back(studio: Studio, tmp_path: Path, qtbot: QtBot):
    request = GenerationRequest("a lighthouse", seed=9)
    how = Encoding("jpeg")
    data = encode(PIXELS[..., :3], how, metadata_of(Origin(request), how.extension))
    (tmp_path / "a.jpg").write_bytes(data)
    studio.restore_file(tmp_path / "a.jpg")
    qtbot.waitUntil(lambda: studio.document.settings.prompt == "a lighthouse")
    assert studio.document.settings.seed == 9


@pytest.mark.parametrize(("format", "ending"), [("png", "png"), ("jpeg", "jpg"), ("webp", "webp")])
def test_an_exported_picture_brings_its_people_back_as_joints(
    studio: Studio, tmp_path: Path, qtbot: QtBot, format: str, ending: str
):
    request = replace(drawn(), controls=drawn().controls[1:])
    picture = Picture(PIXELS, PIXELS[::4, ::4], request, people=PEOPLE)
    asset = make_asset(ExportSettings(format=format), [Take(picture).shot()], Wants())  # pyright: ignore[reportArgumentType]
    path = tmp_path / f"a.{ending}"
    path.write_bytes(asset.pieces[0].data)
    said: list[object] = []
    studio.message.connect(said.append)
    studio.restore_file(path)
    qtbot.waitUntil(lambda: studio.document.settings.prompt == "two knights")
    found = pose_of(studio.document).people
    assert len(found) == len(PEOPLE) and not said
    for person, known in zip(found, PEOPLE, strict=True):
        assert np.array_equal(person.joints, known.joints)


def test_a_step_on_the_way_says_that_its_settings_draw_the_whole_picture(
    studio: Studio, tmp_path: Path, qtbot: QtBot
):
    request = GenerationRequest("a lighthouse", seed=9, steps=4)
    write_picture(tmp_path / "a.png", PIXELS, request, shows=Intermediate(2, "x_0"))
    said: list[object] = []
    studio.message.connect(said.append)
    studio.restore_file(tmp_path / "a.png")
    qtbot.waitUntil(lambda: bool(said))
    (notice,) = said
    assert isinstance(notice, Notice) and "step 2 of 4" in notice.title
    assert studio.document.settings.seed == 9
