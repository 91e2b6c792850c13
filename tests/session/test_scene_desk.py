"""A scene on a large canvas: quick while it is dragged, at full size once it is let go of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio_app.document.contents import scene as scenes
from studio_app.document.contents.scene import Scene, rgba_of
from studio_app.document.document import request_of
from studio_app.scene.stage import edits
from studio_app.scene.stage.look import look
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin, Solid
from studio_app.session.studio import Studio

QUICK = 64
PAGE = (0, 0, 256, 256)


@pytest.fixture
def studio(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """Its reader runs; no engine does. A quick look has a quarter of the canvas's pixels across."""
    monkeypatch.setattr(scenes, "_MOST", QUICK)
    made = Studio(None)
    made.set_setting("prompt", "a gate")
    made._reader.start()
    yield made
    made._reader.finish()
    assert made._reader.wait(20_000)
    made.deleteLater()


def put(studio: Studio, *, draft: bool = False, at: float = 0.0) -> str:
    stage, _ = edits.placed(Stage(), Mannequin(), (at, 0, 0))
    stage, _ = edits.placed(stage, Solid.of("cone"), (0.6, 0, 0.2))
    held = studio.document.held("scene").content
    assert isinstance(held, Scene)
    studio.change_content("scene", replace(held, stage=stage, draft=draft), "Scene")
    return studio.document.held("scene").id


def scene_of(studio: Studio) -> Scene:
    content = studio.document.held("scene").content
    assert isinstance(content, Scene)
    return content


def test_what_was_let_go_of_is_seen_and_asked_with_at_full_size(qtbot: Any, studio: Studio):
    redrawn: list[str] = []
    studio.layers_changed.connect(lambda rect, id: redrawn.append(id))
    with qtbot.waitSignal(studio._parts.scenes.sharpened):
        id = put(studio)
        scene = scene_of(studio)
        assert scene.extent == (QUICK, QUICK) and scene.lacks((256, 256))
        before, steps = request_of(studio.document), studio.undo_stack.count()
        redrawn.clear()
    assert redrawn == [id] and not scene.lacks((256, 256))
    seen = look(scene.stage, (256, 256))
    depth = next(c for c in request_of(studio.document).controls if c.kind == "depth")
    assert np.array_equal(depth.pixels, seen.depth)
    assert request_of(studio.document).digest != before.digest
    shown, right = scene.preview(PAGE), rgba_of(seen)
    there = right[..., 3] > 0
    assert np.array_equal(shown[there], right[there])
    assert not shown[~there].any()
    assert studio.undo_stack.count() == steps  # seeing it better is no step


def test_while_it_is_dragged_nothing_is_looked_at_in_full(qtbot: Any, studio: Studio):
    desk = studio._parts.scenes
    put(studio, draft=True)
    assert not desk._busy
    with qtbot.waitSignal(desk.sharpened):
        put(studio, at=0.2)


def test_of_one_that_changed_meanwhile_nothing_comes_but_of_the_new_one(qtbot: Any, studio: Studio):
    told: list[Scene] = []
    desk = studio._parts.scenes
    desk.sharpened.connect(lambda _: told.append(scene_of(studio)))
    put(studio)
    put(studio, at=0.3)
    newest = scene_of(studio)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [newest] and not desk._busy


def test_layers_that_are_made_of_it_have_its_full_size(qtbot: Any, studio: Studio):
    id = put(studio)
    studio.convert_layer(id)
    qtbot.waitUntil(lambda: studio.document.stack.hidden(id))
    nodes = studio.document.stack.nodes()
    made = next(node for node in nodes if node.kind == "depth" and not node.untouched)
    seen = look(scene_of(studio).stage, (256, 256))
    assert np.array_equal(made.content.planes["value"].whole, seen.depth)


def test_a_file_has_it_at_full_size_though_nobody_has_looked(studio: Studio):
    scene = replace(Scene.blank(256, 256), stage=edits.placed(Stage(), Mannequin())[0])
    right = rgba_of(look(scene.stage, (256, 256)))
    made = scene.picture(256, 256)
    assert np.array_equal(made[..., 3], right[..., 3])
    assert scene.lacks((256, 256))  # nothing is kept of what files are made of
