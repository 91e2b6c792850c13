"""The timeline: where steps lie, and scrubbing through them by mouse and by key."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.core.request import GenerationRequest
from studio_app.document.results import RunRecord, StepRecord
from studio_app.ui import theme
from studio_app.ui.viewer.steps import GAP, Columns, label_of, sentence, shares
from studio_app.ui.viewer.timeline import Timeline

PLAIN = Qt.KeyboardModifier.NoModifier
LATENT = np.zeros((4, 8, 8), np.float16)
T = ((999, 0.0), (750, 0.031), (500, 0.243), (250, 0.652))


def thumb(level: int) -> np.ndarray:
    pixels = np.full((64, 64, 4), level, np.uint8)
    pixels[..., 3] = 255
    pixels.flags.writeable = False
    return pixels


def run(number: int, steps: int = 4, first: int = 0) -> RunRecord:
    request = GenerationRequest("a potion", width=64, height=64, seed=number)
    made = tuple(
        StepRecord(i, *T[i], LATENT, LATENT, thumb(40 * i), thumb(255 - 40 * i))
        for i in range(first, steps)
    )
    return RunRecord(number, request, made, None, 0.1, id=f"run-{number}")


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    theme.apply("dark")
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(520, 190)
    made.show()
    qtbot.waitExposed(made)
    made.set_runs([run(1), run(2), run(3, first=2)])
    return made


def test_steps_lie_side_by_side_in_the_order_of_the_runs():
    columns = Columns([run(1), run(2, first=2)], 64)
    assert len(columns) == 6
    assert [columns[i].left for i in range(4)] == [i * (64 + GAP) for i in range(4)]
    assert columns[4].left > columns[3].left + 64 + GAP
    assert columns.index_of("run-2", 3) == 5
    assert columns.index_of("run-2", 0) is None
    assert columns.width == columns[5].left + 64


@pytest.mark.parametrize(("index", "towards", "found"), [
    (0, 1, 4), (2, 1, 4), (5, -1, 0), (4, -1, 0), (9, 1, 9), (1, -1, 0), (7, 1, 8),
])  # fmt: skip
def test_the_runs_beside_a_step(index: int, towards: int, found: int):
    columns = Columns([run(1), run(2), run(3, first=2)])
    assert columns.run_start(index, towards) == found


def test_shares_add_up_and_are_said():
    record = run(1)
    assert [shares(step) for step in record.steps] == [(0, 100), (3, 97), (24, 76), (65, 35)]
    said = sentence(record, record.steps[2])
    assert "step 3 of 4" in said
    assert "t = 500" in said
    assert "24 % signal" in said


def test_a_run_says_its_sampler_by_the_name_that_its_box_has():
    assert [label_of(name) for name in ("consistency", "dpmpp_2m_karras", "ddim", "own")] == [
        "Consistency", "DPM++ 2M Karras", "DDIM", "own",
    ]  # fmt: skip


def test_no_runs_no_columns(timeline: Timeline):
    timeline.set_runs([])
    assert timeline.count() == 0
    timeline.grab()
    QTest.keyClick(timeline, Qt.Key.Key_Left)
    assert timeline.chosen() is None


def test_scrubbing_by_mouse(timeline: Timeline, qtbot: QtBot):
    timeline.horizontalScrollBar().setValue(0)
    told: list[tuple[int, int]] = []
    timeline.scrubbed.connect(lambda record, step: told.append((record.number, step.i)))
    viewport = timeline.viewport()
    places = [timeline.column_rect(i).center() for i in (0, 1, 3, 4)]
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, PLAIN, places[0])
    for place in places[1:]:
        QTest.mouseMove(viewport, place)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, PLAIN, places[-1])
    assert told == [(1, 0), (1, 1), (1, 3), (2, 0)]
    QTest.mouseMove(viewport, places[0])
    assert len(told) == 4


def test_scrubbing_by_keys(timeline: Timeline, qtbot: QtBot):
    def chosen() -> tuple[int, int]:
        column = timeline.chosen()
        assert column is not None
        return column.run.number, column.step.i

    keys = Qt.Key
    for key, expected in (
        (keys.Key_Left, (3, 3)), (keys.Key_Left, (3, 2)), (keys.Key_Left, (2, 3)),
        (keys.Key_Up, (1, 0)), (keys.Key_Down, (2, 0)), (keys.Key_Right, (2, 1)),
        (keys.Key_Home, (1, 0)), (keys.Key_End, (3, 3)), (keys.Key_Right, (3, 3)),
    ):  # fmt: skip
        QTest.keyClick(timeline, key)
        assert chosen() == expected
        rect = timeline.column_rect(timeline._chosen_index() or 0)
        assert timeline.viewport().rect().intersects(rect)
    assert "Run 3" in timeline.accessibleDescription()
    with qtbot.waitSignal(timeline.released):
        QTest.keyClick(timeline, keys.Key_Escape)
    timeline.show_chosen("", 0)
    assert timeline.chosen() is None


def test_it_follows_the_newest_run_but_not_while_one_looks(timeline: Timeline):
    runs = [run(i) for i in range(1, 20)]
    timeline.set_runs(runs)
    bar = timeline.horizontalScrollBar()
    assert bar.value() == bar.maximum() > 0
    timeline.choose("run-1", 0)
    assert bar.value() == 0
    runs.append(run(20))
    timeline.set_runs(runs)
    assert bar.value() == 0


def test_back_to_live_it_follows_the_newest_run_again(timeline: Timeline):
    runs = [run(i) for i in range(1, 20)]
    timeline.set_runs(runs)
    timeline.show_chosen("run-1", 0)
    bar = timeline.horizontalScrollBar()
    assert bar.value() == 0
    timeline.show_chosen("", 0)
    assert bar.value() == bar.maximum()
    runs.append(run(20))
    timeline.set_runs(runs)
    assert bar.value() == bar.maximum()


def test_a_forgotten_step_is_let_go(timeline: Timeline, qtbot: QtBot):
    timeline.choose("run-1", 2)
    with qtbot.waitSignal(timeline.forgotten):
        timeline.set_runs([run(2)])
    assert timeline.chosen() is None


def test_what_is_chosen_is_marked(timeline: Timeline):
    timeline.choose("run-2", 1)
    index = timeline._chosen_index()
    assert index is not None
    rect = timeline.column_rect(index)
    picture = timeline.viewport().grab().toImage()
    assert picture.pixelColor(rect.center().x(), rect.top() - 1) == theme.colour("accent")


def test_a_hundred_runs_paint_only_what_is_seen(timeline: Timeline, qtbot: QtBot):
    timeline.set_runs([run(i) for i in range(1, 401)])
    painted: list[int] = []
    paint = timeline._paint_column
    timeline._paint_column = lambda painter, index: (painted.append(index), paint(painter, index))[
        1
    ]
    timeline.viewport().grab()
    assert 0 < len(painted) < 15
