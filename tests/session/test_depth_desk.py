"""Depth that a model sees in a picture, through the studio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.brushes import Brush
from studio_app.document.contents.depth import Depth
from studio_app.document.strokes import Sample
from studio_app.scene.forms import form_of
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from tests.fake_engine import CAN
from tests.session.conftest import CountedEngine


@pytest.fixture
def studio(make_studio: Callable[..., Studio], maps_model: Path) -> Studio:
    return make_studio(live=False, model=str(maps_model))


def drawn(qtbot: Any, studio: Studio) -> Any:
    with qtbot.waitSignal(studio.run_finished):
        studio.set_setting("prompt", "a red potion")
        studio.generate_once()
    qtbot.waitUntil(lambda: studio.gallery.newest is not None)
    return studio.gallery.newest


def depth_in(studio: Studio, id: str) -> Depth:
    node = studio.document.stack.node(id)
    assert node is not None and isinstance(node.content, Depth)
    return node.content


def test_a_picture_drawn_here_gives_the_depth_of_its_own_latent(
    qtbot: Any, studio: Studio, engine: CountedEngine
):
    picture = drawn(qtbot, studio)
    before, count = studio.document.stack, studio.undo_stack.count()
    with qtbot.waitSignal(studio.depths.seen) as told:
        studio.depths.of_picture(picture)
        assert studio.depths.seeing
    assert not studio.depths.seeing
    depth = depth_in(studio, told.args[0])
    run = studio.runs.get(picture.run)
    assert run is not None
    maps = engine.engine.decode_maps(run.request, run.steps[-1].x_0)
    right = np.where(maps.alpha > 0.5, maps.depth, 0)
    assert np.allclose(depth.value.whole, right, atol=1e-6)
    assert depth.known.whole.min() == 255
    assert studio.document.stack.items[0].id == told.args[0]
    assert studio.undo_stack.count() == count + 1
    studio.undo_stack.undo()
    assert [*studio.document.stack.walk()] == [*before.walk()]


def test_a_picture_of_words_alone_gives_the_form_that_it_was_drawn_of(qtbot: Any, studio: Studio):
    picture = drawn(qtbot, studio)
    assert studio.capabilities is not None
    studio._live.capabilities = replace(studio.capabilities, forms=True)
    with qtbot.waitSignal(studio.depths.seen) as told:
        studio.depths.of_picture(picture)
    form = form_of(picture.request)
    assert form is not None
    depth = depth_in(studio, told.args[0])
    assert np.array_equal(depth.known.whole, form[1])
    assert np.allclose(depth.value.whole, form[0], atol=1e-6)


def test_a_picture_from_elsewhere_is_encoded(qtbot: Any, studio: Studio, engine: CountedEngine):
    made = drawn(qtbot, studio)
    picture = replace(made, run="", request=replace(made.request, model="another"))
    with qtbot.waitSignal(studio.depths.seen) as told:
        studio.depths.of_picture(picture)
    rgb = np.ascontiguousarray(picture.pixels[:, :, 2::-1])
    maps = engine.engine.read_maps(studio.model, rgb)
    right = np.where(maps.alpha > 0.5, maps.depth, 0)
    assert np.allclose(depth_in(studio, told.args[0]).value.whole, right, atol=1e-6)


def test_colours_in_the_frame_give_depth_where_there_are_any(qtbot: Any, studio: Studio):
    said = list[object]()
    studio.message.connect(said.append)
    studio.depths.of_colour()
    assert isinstance(said[-1], Notice) and "no colour" in said[-1].title
    studio.set_canvas((0, 0, 160, 96))
    studio.set_frame((64, 16, 64, 64))
    painted = Brush(size=40, hardness=1, colour=(200, 30, 30))
    studio.begin_stroke("colour", painted, Sample(96, 48))
    studio.stroke_to(Sample(100, 48))
    studio.end_stroke()
    with qtbot.waitSignal(studio.depths.seen) as told:
        studio.depths.of_colour()
    known = depth_in(studio, told.args[0]).known.whole
    assert known[48, 96] == 255
    assert not known[:16].any() and not known[:, :64].any() and not known[:, 128:].any()
    assert not known[18, 66]


def test_what_is_cancelled_makes_no_layer(qtbot: Any, studio: Studio):
    picture = drawn(qtbot, studio)
    before, made = studio.document.stack, list[str]()
    studio.depths.seen.connect(made.append)
    studio.depths.of_picture(picture)
    studio.cancel()
    assert not studio.depths.seeing
    with qtbot.waitSignal(studio._parts.maps.made):
        run = studio.runs.get(picture.run)
        assert run is not None
        studio._parts.maps.ask(run.request, run.steps[0])  # comes after it
    assert not made and studio.document.stack is before


def test_a_model_without_maps_says_so_in_a_sentence(qtbot: Any, studio: Studio):
    picture, said = drawn(qtbot, studio), list[object]()
    studio.message.connect(said.append)
    studio._live.capabilities = replace(CAN, maps=False)
    studio.depths.of_picture(picture)
    assert isinstance(said[-1], StudioError)
    assert "sees no depth" in said[-1].title and said[-1].hint
    assert not studio.depths.seeing


def test_it_comes_to_lie_where_the_picture_was_made(qtbot: Any, studio: Studio):
    studio.set_canvas((-32, 0, 128, 64))
    assert studio.document.frame == (32, 0, 64, 64)
    picture = drawn(qtbot, studio)
    studio.set_frame((64, 0, 64, 64))
    studio.set_canvas((16, 0, 112, 64))
    with qtbot.waitSignal(studio.depths.seen) as told:
        studio.depths.of_picture(picture)
    known = depth_in(studio, told.args[0]).known.whole
    assert known[:, 16:80].min() == 255
    assert not known[:, :16].any() and not known[:, 80:].any()
    studio.set_canvas((96, 0, 16, 64))
    said = list[object]()
    studio.message.connect(said.append)
    with qtbot.waitSignal(studio.message):
        studio.depths.of_picture(picture)
    assert isinstance(said[-1], StudioError) and "beside the canvas" in said[-1].title


def test_it_is_seen_all_the_same_where_other_work_does_not_come(
    qtbot: Any, studio: Studio, tmp_path: Path
):
    picture = drawn(qtbot, studio)
    seen = qtbot.waitSignal(studio.depths.seen, timeout=20_000)
    with seen, qtbot.waitSignal(studio.message):
        studio.depths.of_picture(picture)
        studio.files.open(tmp_path / "missing.ora")
    assert not depth_in(studio, seen.args[0]).untouched
