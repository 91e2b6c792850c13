"""The layers panel: what a click, a key and a drag do, and that nothing moves that was not moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from studio_app.document.stack import Group
from studio_app.session.studio import Studio
from studio_app.ui.faces.registry import FACES
from studio_app.ui.layers.layers_panel import LayersPanel
from studio_app.ui.layers.row_delegate import RowDelegate
from studio_app.ui.layers.stack_item_model import ALPHA, EYE, LOCK
from studio_app.ui.main_window import MainWindow
from tests.ui.conftest import LEFT, PLAIN, at, drag
from tests.ui.layering import click, paint, trigger

ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def tree(studio: Studio) -> list[str]:
    return [item.id for item in studio.document.stack.walk()]


# ---- what is in hand ----


def test_a_layer_that_is_taken_before_it_is_there_is_chosen_when_it_comes(
    layers: LayersPanel, window: MainWindow, studio: Studio
):
    click(layers, "depth-1")
    window.canvas.tools.set_layer("reference")
    assert studio.document.stack.resolve("reference") is None
    assert layers.view.selected == ()
    assert not layers.acts.remove.isEnabled()
    paint(studio, "reference")
    made = studio.document.stack.resolve("reference")
    assert made is not None and layers.view.current is made
    assert layers.view.selected == (made.id,)


def test_who_clicks_a_layer_paints_on_it(layers: LayersPanel, window: MainWindow, studio: Studio):
    trigger(layers, "new_colour")
    added = layers.view.selected[0]
    click(layers, "colour-1")
    drag(window.canvas.canvas, (60, 80), (120, 80))
    assert studio.document.held(added).untouched
    assert not studio.document.held("colour-1").untouched
    click(layers, added)
    assert layers.view.in_hand.id == added
    drag(window.canvas.canvas, (60, 80), (120, 80))
    assert not studio.document.held(added).untouched


def test_the_tabs_and_the_tree_are_of_one_mind(layers: LayersPanel, window: MainWindow):
    tools = window.canvas.tools
    for kind in ("pose", "colour", "mask"):
        click(layers, f"{kind}-1")
        assert tools.layer == kind
    tools.set_layer("depth")
    assert layers.view.selected == ("depth-1",)
    assert layers.view.in_hand.id == "depth-1"


def test_painting_on_what_is_locked_or_hidden_says_so_and_offers_a_way(
    layers: LayersPanel, window: MainWindow, studio: Studio
):
    click(layers, "colour-1")
    studio.group_layers(["colour-1"])
    for change, said in (
        (lambda: studio.set_layer("group-1", locked=True), "locked"),
        (lambda: studio.set_layer("group-1", visible=False), "hidden"),
        (lambda: studio.set_solo("depth-1"), "hidden"),
    ):
        change()
        before = studio.document.held("colour-1").content
        drag(window.canvas.canvas, (60, 80), (120, 80))
        shown = window.message_bar.shown
        assert shown is not None
        assert shown.title == f"Colour is {said}"
        assert studio.document.held("colour-1").content is before
        window.message_bar.action.click()
        drag(window.canvas.canvas, (60, 80), (120, 80))
        assert studio.document.held("colour-1").content is not before
        assert window.message_bar.shown is not shown


# ---- switches ----


@pytest.mark.parametrize(
    ("column", "field"), [(EYE, "visible"), (LOCK, "locked"), (ALPHA, "alpha_lock")]
)
def test_a_click_on_a_switch_switches_and_chooses_nothing(
    layers: LayersPanel, studio: Studio, column: int, field: str
):
    click(layers, "depth-1")
    before = getattr(studio.document.held("colour-1"), field)
    click(layers, "colour-1", column)
    assert getattr(studio.document.held("colour-1"), field) is not before
    assert layers.view.selected == ("depth-1",)
    click(layers, "colour-1", column)
    assert getattr(studio.document.held("colour-1"), field) is before


def test_a_pose_has_no_alpha_to_lock(layers: LayersPanel, studio: Studio):
    click(layers, "pose-1", ALPHA)
    assert not studio.document.held("pose-1").alpha_lock


def test_alt_and_the_eye_shows_one_alone_and_all_again(layers: LayersPanel, studio: Studio):
    click(layers, "colour-1", EYE, ALT)
    assert studio.document.stack.solo == "colour-1"
    click(layers, "depth-1", EYE, ALT)
    assert studio.document.stack.solo == "depth-1"
    click(layers, "depth-1", EYE, ALT)
    assert studio.document.stack.solo == ""
    QTest.keyClick(layers.view, Qt.Key.Key_Space, ALT)
    assert studio.document.stack.solo == layers.view.selected[0]


def test_the_eye_of_one_of_several_that_are_chosen_hides_all(layers: LayersPanel, studio: Studio):
    click(layers, "mask-1")
    click(layers, "depth-1", modifiers=CTRL)
    assert layers.view.selected == ("mask-1", "depth-1")
    count = studio.undo_stack.count()
    click(layers, "depth-1", EYE)
    held = studio.document.held
    assert (held("mask-1").visible, held("depth-1").visible) == (False, False)
    assert held("colour-1").visible
    assert studio.undo_stack.count() == count + 1


# ---- arranging ----


def test_layers_are_grouped_renamed_and_ungrouped_by_keys(
    layers: LayersPanel, window: MainWindow, studio: Studio, qtbot: QtBot
):
    window.activateWindow()
    click(layers, "pose-1")
    click(layers, "depth-1", modifiers=CTRL)
    trigger(layers, "group")
    assert tree(studio) == ["mask-1", "group-1", "pose-1", "depth-1", "colour-1"]
    assert layers.view.selected == ("group-1",)
    trigger(layers, "rename")
    editor = layers.view.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "Tower")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: studio.document.stack.find("group-1").name == "Tower")  # pyright: ignore[reportOptionalMemberAccess]
    trigger(layers, "ungroup")
    assert tree(studio) == ["mask-1", "pose-1", "depth-1", "colour-1"]
    assert layers.view.selected == ("pose-1", "depth-1")


def test_every_kind_is_added_above_what_is_chosen_and_taken_in_hand(
    layers: LayersPanel, window: MainWindow, studio: Studio
):
    for action, kind in zip(layers.acts.add, FACES, strict=True):
        before = {node.kind for node in studio.document.stack.nodes()}
        click(layers, "colour-1")
        action.trigger()
        order = tree(studio)
        added = order[order.index("colour-1") - 1]
        assert layers.view.selected == (added,)
        assert window.canvas.tools.target(studio.document) == added
        assert studio.document.held(added).name.endswith(" 2") == (kind in before)


def test_a_copy_is_chosen_and_what_is_deleted_gives_way_to_what_lies_below(
    layers: LayersPanel, studio: Studio
):
    click(layers, "depth-1")
    trigger(layers, "duplicate")
    assert layers.view.selected == ("depth-2",)
    assert tree(studio) == ["mask-1", "pose-1", "depth-2", "depth-1", "colour-1"]
    QTest.keyClick(layers.view, Qt.Key.Key_Delete)
    assert tree(studio) == ["mask-1", "pose-1", "depth-1", "colour-1"]
    assert layers.view.selected == ("depth-1",)
    layers.view.choose("colour-1", "depth-1")
    QTest.keyClick(layers.view, Qt.Key.Key_Delete)
    assert layers.view.selected == ("pose-1",)
    layers.view.choose("mask-1", "pose-1")
    QTest.keyClick(layers.view, Qt.Key.Key_Delete)
    assert tree(studio) == []
    assert layers.view.current is None
    studio.undo_stack.undo()
    assert tree(studio) == ["mask-1", "pose-1"]


def test_a_layer_steps_into_a_group_and_stays_chosen(layers: LayersPanel, studio: Studio):
    studio.group_layers(["pose-1", "depth-1"])
    layers.view.choose("colour-1")
    trigger(layers, "up")
    assert tree(studio) == ["mask-1", "group-1", "pose-1", "depth-1", "colour-1"]
    assert layers.view.stack.path("colour-1") == ("group-1", "colour-1")
    assert layers.view.selected == ("colour-1",)
    trigger(layers, "down")
    assert layers.view.stack.path("colour-1") == ("colour-1",)


def test_a_drop_of_the_mouse_moves_a_layer_into_a_group(layers: LayersPanel, studio: Studio):
    """The events that a drag ends with, as the window system sends them."""
    studio.group_layers(["pose-1", "depth-1"])
    view = layers.view
    view.choose("colour-1")
    mime = view.stack_model.mimeData([view.stack_model.index_of("colour-1")])
    place = QPointF(view.visualRect(view.stack_model.index_of("group-1")).center())
    actions, buttons = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(place.toPoint(), actions, mime, buttons, PLAIN)
    QApplication.sendEvent(view.viewport(), enter)
    move = QDragMoveEvent(place.toPoint(), actions, mime, buttons, PLAIN)
    QApplication.sendEvent(view.viewport(), move)
    QApplication.sendEvent(view.viewport(), QDropEvent(place, actions, mime, buttons, PLAIN))
    assert view.stack.path("colour-1") == ("group-1", "colour-1")
    assert view.selected == ("colour-1",)


def test_two_colours_merge_where_they_can(layers: LayersPanel, studio: Studio):
    click(layers, "depth-1")
    assert not layers.acts.merge.isEnabled()  # colour is below it
    click(layers, "colour-1")
    assert not layers.acts.merge.isEnabled()  # nothing is
    trigger(layers, "new_colour")
    paint(studio, layers.view.selected[0])
    trigger(layers, "merge_down")
    assert tree(studio) == ["mask-1", "pose-1", "depth-1", "colour-1"]
    assert layers.view.selected == ("colour-1",)
    assert not studio.document.held("colour-1").untouched


# ---- staying where it was ----


def test_after_an_edit_of_the_tree_nothing_has_scrolled_closed_or_been_chosen(
    layers: LayersPanel, studio: Studio, qtbot: QtBot
):
    for _ in range(30):
        studio.add_layer("colour", "colour-1")
    group = studio.group_layers(["pose-1", "depth-1"])
    view = layers.view
    view.choose("colour-1", "mask-1")
    view.collapse(view.stack_model.index_of(group))
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 400)
    view.verticalScrollBar().setValue(400)
    studio.add_layer("depth", "colour-1")
    studio.set_layer("colour-9", visible=False)
    studio.undo_stack.undo()
    assert view.verticalScrollBar().value() == 400
    assert view.selected == ("mask-1", "colour-1")
    assert not view.isExpanded(view.stack_model.index_of(group))


def test_the_menu_under_the_pointer_has_all_there_is(layers: LayersPanel, qtbot: QtBot):
    click(layers, "colour-1")
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(layers, QContextMenuEvent(reason, QPoint(40, 200), QPoint(40, 200)))
    menu = layers.findChild(QMenu, "layers_menu")
    assert menu is not None
    qtbot.waitUntil(menu.isVisible)
    texts = [action.text() for action in menu.actions()]
    assert {"Rename the layer", "Merge down", "Add a mask", "Delete the layers"} <= set(texts)
    assert all(action.isEnabled() for action in layers.acts.add)
    menu.close()


@pytest.mark.parametrize("act", ["group", "add_mask", "duplicate", "up", "remove"])
def test_every_button_is_one_step_of_undo(layers: LayersPanel, studio: Studio, act: str):
    click(layers, "colour-1")
    before, count = studio.document.stack, studio.undo_stack.count()
    trigger(layers, act)
    assert studio.undo_stack.count() == count + 1
    studio.undo_stack.undo()
    assert studio.document.stack is before


def test_a_group_is_closed_and_opened_by_its_folder(layers: LayersPanel, studio: Studio):
    group = studio.group_layers(["pose-1", "depth-1"])
    view = layers.view
    index = view.stack_model.index_of(group)
    item = view.stack.find(group)
    assert isinstance(item, Group)
    place = RowDelegate.thumb_rect(view.visualRect(index), item).center()
    check: list[Callable[[], bool]] = [lambda: view.isExpanded(view.stack_model.index_of(group))]
    assert check[0]()
    QTest.mouseDClick(view.viewport(), LEFT, PLAIN, place)
    assert not check[0]()


def test_of_a_stroke_the_panel_hears_its_begin_and_its_end(
    layers: LayersPanel, window: MainWindow, studio: Studio
):
    heard: list[bool] = []
    studio.edited.connect(lambda: heard.append(studio.document.held("depth-1").untouched))
    moves: list[None] = []
    studio.document_changed.connect(lambda: moves.append(None))
    canvas = window.canvas.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 60, 120))
    for step in range(8):
        QTest.mouseMove(canvas, at(canvas, 70 + 10 * step, 120))
        QApplication.processEvents()  # a turn of the event loop is one step of the stroke
    assert len(moves) > 3
    assert heard == [False]
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 150, 120))
    assert heard == [False, False]
    assert studio.document.held("depth-1") is layers.view.stack_model.item(
        layers.view.stack_model.index_of("depth-1")
    )
