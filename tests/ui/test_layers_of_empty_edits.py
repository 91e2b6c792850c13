"""A layer that is there for an edit that has drawn nothing yet: a command that names it makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtTest import QTest

from studio_app.document.stack import Item, Stack
from studio_app.session.studio import Studio
from studio_app.ui.layers.layers_panel import LayersPanel
from studio_app.ui.layers.stack_item_model import EYE
from studio_app.ui.main_window import MainWindow
from tests.ui.conftest import LEFT, PLAIN, at
from tests.ui.layering import click, trigger

COMMANDS: dict[str, tuple[str, Any]] = {
    "visible": ("visible", False), "locked": ("locked", True), "alpha_lock": ("alpha_lock", True),
    "clip": ("clip", True),
}  # fmt: skip


@pytest.fixture
def panel(layers: LayersPanel, window: MainWindow, studio: Studio) -> LayersPanel:
    """With a reference in hand that is not there."""
    window.canvas.tools.set_layer("reference")
    assert studio.document.stack.first("reference") is None
    return layers


def write(window: MainWindow) -> None:
    """Begins a text, and types nothing."""
    window.canvas._tools_actions["text"].trigger()
    QTest.mouseClick(window.canvas.canvas, LEFT, PLAIN, at(window.canvas.canvas, 40, 60))


def press(window: MainWindow, tool: str) -> None:
    window.canvas._tools_actions[tool].trigger()
    QTest.mousePress(window.canvas.canvas, LEFT, PLAIN, at(window.canvas.canvas, 40, 60))


def reference(studio: Studio) -> Item:
    found = studio.document.stack.first("reference")
    assert found is not None
    return found


@pytest.mark.parametrize("tool", ["text", "line", "lasso"])
def test_it_is_switched(panel: LayersPanel, window: MainWindow, studio: Studio, tool: str):
    for name, (field, value) in COMMANDS.items():
        write(window) if tool == "text" else press(window, tool)
        assert reference(studio).id in panel.view.selected
        trigger(panel, name)
        assert getattr(reference(studio), field) == value
        assert reference(studio).id in panel.view.selected
        if tool != "text":
            QTest.mouseRelease(window.canvas.canvas, LEFT, PLAIN, at(window.canvas.canvas, 40, 60))
        assert not studio.stroking
        assert studio.undo_stack.count() == 1
        studio.undo_stack.undo()
        assert studio.document.stack.first("reference") is None  # as before the press
        studio.undo_stack.redo()
        assert getattr(reference(studio), field) == value
        studio.undo_stack.undo()


def test_it_gets_a_mask_a_group_a_copy(panel: LayersPanel, window: MainWindow, studio: Studio):
    def stack() -> Stack:
        return studio.document.stack

    done: dict[str, Callable[[], bool]] = {
        "add_mask": lambda: reference(studio).mask is not None,
        "solo": lambda: stack().solo == reference(studio).id,
        "group": lambda: len(stack().path(reference(studio).id)) == 2,
        "duplicate": lambda: sum(node.kind == "reference" for node in stack().nodes()) == 2,
    }
    for name, is_done in done.items():
        write(window)
        trigger(panel, name)
        assert is_done(), name
        assert "0 layers" not in studio.undo_stack.undoText()
        studio.undo_stack.undo()
        assert stack().first("reference") is None


def test_its_eye_is_clicked(panel: LayersPanel, window: MainWindow, studio: Studio):
    write(window)
    click(panel, reference(studio).id, EYE)
    assert not reference(studio).visible


def test_who_deletes_it_leaves_nothing_to_undo(
    panel: LayersPanel, window: MainWindow, studio: Studio
):
    write(window)
    trigger(panel, "remove")
    assert studio.document.stack.first("reference") is None
    assert studio.undo_stack.count() == 0
