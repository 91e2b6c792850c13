"""The stack as Qt's views see it: sound after every edit, moved by a drag, renamed in place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from studio_app.document.stack import Group, Item
from studio_app.session.studio import Studio
from studio_app.ui.layers.stack_item_model import ALPHA, EYE, LOCK, MIME, NAME, StackItemModel
from tests.ui.conftest import four_layers

MOVE = Qt.DropAction.MoveAction


@pytest.fixture
def model(studio: Studio) -> StackItemModel:
    """Qt's own tester looks at it whenever it says that something has changed."""
    four_layers(studio)
    made = StackItemModel(studio, studio)
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    made.tester = QAbstractItemModelTester(made, fatal, made)  # pyright: ignore[reportAttributeAccessIssue]
    return made


def shown(model: StackItemModel, parent: QModelIndex | None = None) -> str:
    """ "a g(b c)", as the model tells it."""
    parent = parent or QModelIndex()
    said: list[str] = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, NAME, parent)
        item = model.item(index)
        assert item is not None
        assert model.parent(index) == parent
        inner = f"({shown(model, index)})" if isinstance(item, Group) else ""
        said.append(item.id + inner)
    return " ".join(said)


def told(studio: Studio) -> str:
    def tree(items: tuple[Item, ...]) -> str:
        return " ".join(
            i.id + (f"({tree(i.children)})" if isinstance(i, Group) else "") for i in items
        )

    return tree(studio.document.stack.items)


@pytest.mark.parametrize(
    "act",
    [
        lambda s: s.add_layer("colour", "depth-1"),
        lambda s: s.remove_layers(["pose-1", "mask-1"]),
        lambda s: s.group_layers(["pose-1", "colour-1"]),
        lambda s: s.ungroup_layers([s.group_layers(["pose-1", "colour-1"])]),
        lambda s: s.duplicate_layers([s.group_layers(["depth-1"])]),
        lambda s: s.set_layer("colour-1", visible=False, opacity=0.5),
        lambda s: s.set_layer(s.group_layers(["depth-1"]), locked=True),
        lambda s: s.set_solo("depth-1"),
        lambda s: s.remove_layers([item.id for item in s.document.stack.items]),
    ],
)
def test_it_shows_the_stack_after_every_edit_and_its_undo(
    studio: Studio, model: StackItemModel, act: Callable[[Studio], object]
):
    act(studio)
    assert shown(model) == told(studio)
    while studio.undo_stack.canUndo():
        studio.undo_stack.undo()
        assert shown(model) == told(studio)


def test_what_only_looks_different_changes_data_and_nothing_else(
    studio: Studio, model: StackItemModel
):
    group = studio.group_layers(["pose-1", "depth-1"])
    resets: list[int] = []
    rows: set[str] = set()
    model.modelReset.connect(lambda: resets.append(1))

    def note(first: QModelIndex, last: QModelIndex) -> None:
        item = model.item(first)
        assert item is not None
        assert (first.column(), last.column()) == (NAME, LOCK)
        rows.add(item.id)

    model.dataChanged.connect(note)
    studio.set_layer("colour-1", opacity=0.5)
    assert rows == {"colour-1"}
    rows.clear()
    studio.set_layer(group, visible=False)  # what is in it is hidden with it
    assert rows == {group, "pose-1", "depth-1"}
    rows.clear()
    studio.set_solo("colour-1")
    assert rows == {item.id for item in studio.document.stack.walk()}
    assert not resets


@pytest.mark.parametrize(
    ("dragged", "parent", "row", "after"),
    [
        (["colour-1"], "", 0, "colour-1 mask-1 group-1(pose-1 depth-1)"),
        (["mask-1"], "", 3, "group-1(pose-1 depth-1) colour-1 mask-1"),
        (["colour-1"], "group-1", 1, "mask-1 group-1(pose-1 colour-1 depth-1)"),
        (["colour-1", "mask-1"], "group-1", -1, "group-1(mask-1 colour-1 pose-1 depth-1)"),
        (["pose-1"], "", -1, "mask-1 group-1(depth-1) colour-1 pose-1"),
        (["group-1"], "colour-1", -1, "mask-1 group-1(pose-1 depth-1) colour-1"),
    ],
)
def test_a_drag_moves_layers_into_groups_and_out_of_them(
    studio: Studio, model: StackItemModel, dragged: list[str], parent: str, row: int, after: str
):
    studio.group_layers(["pose-1", "depth-1"])
    count = studio.undo_stack.count()
    indexes = [model.index_of(id, column) for id in dragged for column in (NAME, EYE)]
    mime = model.mimeData(indexes)
    place = model.index_of(parent) if parent else QModelIndex()
    assert model.canDropMimeData(mime, MOVE, row, 0, place)
    assert model.dropMimeData(mime, MOVE, row, 0, place)
    assert shown(model) == after
    moved = after != "mask-1 group-1(pose-1 depth-1) colour-1"
    assert studio.undo_stack.count() == count + moved


def test_nothing_is_dropped_into_itself_and_nothing_of_others(
    studio: Studio, model: StackItemModel
):
    group = studio.group_layers(["pose-1", "depth-1"])
    before = shown(model)
    own = model.mimeData([model.index_of(group)])
    assert not model.dropMimeData(own, MOVE, 0, 0, model.index_of(group))
    for data in (b"", b"\n", b"nobody", b"\xff\x00"):
        mime = QMimeData()
        mime.setData(MIME, data)
        model.dropMimeData(mime, MOVE, 0, 0, QModelIndex())
    text = QMimeData()
    text.setText("colour-1")
    assert not model.canDropMimeData(text, MOVE, 0, 0, QModelIndex())
    assert shown(model) == before


def test_only_groups_take_what_is_dropped_on_them(studio: Studio, model: StackItemModel):
    group = studio.group_layers(["pose-1"])
    drop = Qt.ItemFlag.ItemIsDropEnabled
    assert model.flags(model.index_of(group)) & drop
    assert not model.flags(model.index_of("colour-1")) & drop


def test_a_name_is_edited_and_one_that_is_the_same_is_no_step(
    studio: Studio, model: StackItemModel
):
    index = model.index_of("colour-1")
    assert index.data() == "Colour"
    assert model.setData(index, "Colour")
    assert not studio.undo_stack.canUndo()
    assert model.setData(index, "  Sky ")
    assert index.data() == studio.document.held("colour-1").name == "Sky"
    assert model.setData(index, "")  # back to the name of its kind
    assert index.data() == "Colour"
    assert not model.setData(model.index_of("colour-1", EYE), "x")


def test_a_screen_reader_hears_what_a_row_shows(studio: Studio, model: StackItemModel):
    studio.set_layer("colour-1", name="Sky", visible=False, locked=True, clip=True)
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index_of("colour-1").data(role) == "Sky, Colour, hidden, locked, clipped"
    for column in (EYE, ALPHA, LOCK):
        assert model.index_of("colour-1", column).data(role)


def test_layers_that_nobody_has_named_are_told_apart_by_numbers(
    model: StackItemModel, studio: Studio
):
    def called() -> list[str]:
        rows = [model.index(row, NAME) for row in range(model.rowCount())]
        return [str(index.data()) for index in rows]

    assert called() == ["Mask", "Pose", "Depth", "Colour"]
    studio.add_layer("colour", "colour-1")
    assert studio.undo_stack.undoText() == "Add colour 2"
    assert called() == ["Mask", "Pose", "Depth", "Colour 2", "Colour 1"]
    told: list[int] = []
    model.dataChanged.connect(lambda first, _: told.append(first.row()))
    studio.set_layer("colour-2", name="Moss")
    assert called() == ["Mask", "Pose", "Depth", "Moss", "Colour"]
    assert set(told) == {3, 4}  # the other one is called otherwise, too
