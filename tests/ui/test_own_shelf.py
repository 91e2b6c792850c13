"""What the artist keeps in files that all windows share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from studio_app.document.brush_presets import read_own
from studio_app.document.brushes import Brush
from studio_app.session.studio import Studio
from studio_app.ui.canvas.brush_shelf import BrushShelf


@pytest.fixture
def writing(studio: Studio) -> Iterator[Studio]:
    saver = studio._saver
    saver.start()
    yield studio
    saver.finish()
    assert saver.wait(60_000)


def test_two_windows_keep_the_brushes_of_both(writing: Studio, qtbot: QtBot):
    one, two = BrushShelf(writing), BrushShelf(writing)
    assert one.own == two.own == ()  # both have read
    one.keep("Moss", Brush(size=9))
    two.keep("Bark", Brush(size=40))
    qtbot.waitUntil(lambda: [each.name for each in two.own] == ["Moss", "Bark"])
    assert [each.name for each in read_own(one.path)] == ["Moss", "Bark"]
    one.remove("Moss")
    qtbot.waitUntil(lambda: [each.name for each in one.own] == ["Bark"])


def test_what_was_removed_or_replaced_can_be_put_back(writing: Studio, qtbot: QtBot):
    shelf, said = BrushShelf(writing), list[str]()
    back: list[Callable[[], None]] = []
    shelf.gone.connect(lambda text, put_back: (said.append(text), back.append(put_back)))
    shelf.keep("Moss", Brush(size=9))
    shelf.keep("Moss", Brush(size=9))
    assert said == []  # it is the same
    shelf.keep("Moss", Brush(size=40))
    back[-1]()
    assert [each.brush.size for each in shelf.own] == [9]
    shelf.remove("Moss")
    back[-1]()
    assert said == ["Replaced the brush Moss", "Replaced the brush Moss", "Removed the brush Moss"]
    qtbot.waitUntil(lambda: shelf._writing == 0)
    assert [each.brush.size for each in read_own(shelf.path)] == [9]


def test_a_file_that_cannot_be_read_is_kept_when_another_takes_its_place(
    writing: Studio, qtbot: QtBot
):
    shelf = BrushShelf(writing)
    shelf.path.parent.mkdir(parents=True, exist_ok=True)
    shelf.path.write_text("{")
    shelf.keep("Moss", Brush())
    qtbot.waitUntil(lambda: shelf.path.with_name("brushes.broken-1.json").exists())
    qtbot.waitUntil(lambda: shelf.path.is_file() and len(read_own(shelf.path)) == 1)
