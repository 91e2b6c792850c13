"""The same walks on the checkpoint that the studio ships."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from studio_app.app import sample_path
from studio_app.ui.negative import STRONG

MODEL = "underpaint-256"


def test_the_first_start_shows_the_sample(open_desk: Callable[..., Any]):
    desk = open_desk(model=MODEL, sample=sample_path())
    desk.qtbot.waitUntil(lambda: len(desk.studio.gallery) > 0)
    picture = desk.studio.gallery[-1]
    assert picture.pixels.shape == (256, 256, 4)
    assert [control.kind for control in picture.request.controls] == ["depth"]
    assert picture.pixels[..., :3].std() > 10  # a picture, not a grey


def test_a_stroke_changes_the_picture_where_it_is_drawn(open_desk: Callable[..., Any]):
    desk = open_desk(model=MODEL)
    before = desk.finished(lambda: desk.type("a red glass potion on grass, sunset"))
    # Beside the potion that stands in the middle of its own accord.
    after = desk.finished(lambda: desk.draw([(0.2, 0.35), (0.18, 0.5), (0.2, 0.65)]))
    change = np.abs(after.final.astype(int) - before.final.astype(int))[..., :3].mean(2)
    there, elsewhere = change[85:170, 30:70].mean(), change[:, 190:].mean()
    assert there > 6, there
    assert there > 2 * elsewhere, (there, elsewhere)


def test_the_negative_prompt_does_what_its_badge_says(open_desk: Callable[..., Any]):
    """It changes the picture; and where it was measured to seldom remove what it names, the badge says so."""
    desk = open_desk(model=MODEL)
    before = desk.finished(lambda: desk.type("a potion on grass"))
    efficacy = desk.studio.capabilities.negative_efficacy
    weak = efficacy is not None and efficacy < STRONG
    assert (
        "seldom works" if weak else "no slower"
    ) in desk.window.settings_panel.prompts.badge.text()
    after = desk.finished(lambda: desk.studio.set_setting("negative_prompt", "grass"))
    assert np.abs(after.final.astype(int) - before.final.astype(int)).mean() > 0.5


def test_every_job_draws_in_its_own_way(open_desk: Callable[..., Any]):
    desk = open_desk(model=MODEL)
    desk.studio.set_live(False)
    desk.type("mossy stone")
    pictures = []
    for preset in desk.window.top_bar.presets[:4]:
        desk.window.use_preset(preset)
        pictures.append(desk.finished(desk.window.command["generate"].trigger).final)
    for i, one in enumerate(pictures):
        for other in pictures[i + 1 :]:
            assert not np.array_equal(one, other)
