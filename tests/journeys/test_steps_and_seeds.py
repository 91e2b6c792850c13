"""Scrubbing, branching, variations."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_scrub_to_a_step_and_branch_from_it(desk: Any):
    first = desk.finished(lambda: desk.type("a red owl"))
    desk.calm()
    viewer = desk.window.viewer
    desk.qtbot.waitUntil(lambda: viewer.timeline.count() >= 4)
    viewer.timeline.choose(first.id, 2)
    assert viewer.model.pinned
    desk.studio.set_live(False)
    branched = desk.finished(viewer.branch)
    assert branched.request.start is not None
    assert branched.request.start.step == 2
    assert [step.i for step in branched.steps] == [2, 3]
    # The same words from the same x_t, which was kept as float16.
    difference = branched.final.astype(int) - first.final.astype(int)
    assert np.abs(difference).mean() < 1
    assert desk.window.command["end_branch"].isEnabled()
    desk.window.command["end_branch"].trigger()
    assert desk.studio.document.start is None
    assert not desk.window.command["end_branch"].isEnabled()


def test_a_step_of_long_ago_is_seen_at_full_size(desk: Any):
    first = desk.finished(lambda: desk.type("a red owl"))
    desk.calm()
    for word in (" one", " two", " three", " four"):  # four steps each: only sixteen stay decoded
        desk.finished(lambda word=word: desk.type(word))
    desk.calm()
    viewer = desk.window.viewer
    viewer.timeline.choose(first.id, 1)
    blurred = viewer.model.image("x0").copy()
    desk.qtbot.waitUntil(lambda: viewer.model.image("x0") != blurred)
    assert viewer.model.pinned
    assert viewer.model.image("x0").size() == blurred.size()
    again = desk.window.viewer.model.image("x0").copy()
    viewer.timeline.choose(first.id, 0)
    viewer.timeline.choose(first.id, 1)
    assert viewer.model.image("x0") == again  # at once: it is known now


def test_nine_variations_and_one_is_kept(desk: Any):
    desk.finished(lambda: desk.type("a red owl"))
    desk.calm()
    seen: list[int] = []
    desk.studio.variation_arrived.connect(lambda i, frame: seen.append(i))
    viewer = desk.window.viewer
    desk.key(viewer, Qt.Key.Key_V)
    desk.qtbot.waitUntil(lambda: len(set(seen)) == 9)
    seeds = desk.studio.variation_seeds
    place = viewer.variations.cell(8).center().toPoint()
    record = desk.finished(
        lambda: desk.qtbot.mouseClick(viewer.variations, Qt.MouseButton.LeftButton, pos=place)
    )
    assert record.request.seed == seeds[8]
    assert desk.studio.settings.seed_locked
