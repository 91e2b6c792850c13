"""What can be done with layers: as actions, in the order of a menu, and in the menu under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from studio_app.document import arranging
from studio_app.document.stack import Group, Item, Node
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow, submenu
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES, words_of
from studio_app.ui.layers.stack_view import StackView


class StackActions(QObject):
    """Actions of `owner`, named `layers_...`, on what is chosen in the view; those that make no sense there are off."""

    def __init__(self, studio: Studio, tools: ToolState, view: StackView, owner: QWidget) -> None:
        super().__init__(owner)
        self._studio = studio
        self._tools = tools
        self._view = view
        self._owner = owner
        self.add = [
            self._action(f"new_{kind}", words_of(kind).title, partial(self.add_node, kind), icon=face.icon,
                         why=words_of(kind).purpose)
            for kind, face in FACES.items()
        ]  # fmt: skip
        self._make_arranging()
        self._make_masks()
        self._make_switches()
        self.refresh()

    def _make_arranging(self) -> None:
        act = self._action
        self.rename = act("rename", _tr("Rename the layer"), self._view.edit_name, key="F2")
        self.duplicate = act(
            "duplicate", _tr("Duplicate the layers"), self._duplicate, key="Ctrl+Shift+J",
            icon="copy", why=_tr("A copy above each."),
        )  # fmt: skip
        self.group = act(
            "group", _tr("Group the layers"), self._group, key="Ctrl+G", icon="folder-plus",
            why=_tr("They lie on each other before they lie on what is below."),
        )  # fmt: skip
        self.ungroup = act(
            "ungroup", _tr("Ungroup"), self._ungroup, key="Ctrl+Shift+G",
            why=_tr("What is in the group takes its place."),
        )  # fmt: skip
        self.merge = act(
            "merge_down", _tr("Merge down"), self._merge, key="Ctrl+Shift+M",
            icon="arrow-down-to-line", why=_tr("Makes one layer of this one and the next below it."),
        )  # fmt: skip
        self.up = act(
            "up", _tr("Move the layers up"), lambda: self._step(-1), key="Ctrl+PgUp",
            icon="chevron-up", why=_tr("Into a group and out of it, too."), repeats=True,
        )  # fmt: skip
        self.down = act(
            "down", _tr("Move the layers down"), lambda: self._step(1), key="Ctrl+PgDown",
            icon="chevron-down", why=_tr("Into a group and out of it, too."), repeats=True,
        )  # fmt: skip
        self.remove = act(
            "remove", _tr("Delete the layers"), self._remove, key="Del", icon="trash-2",
        )  # fmt: skip
        self.remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._view.addAction(self.remove)

    def _make_masks(self) -> None:
        act = self._action
        self.add_mask = act(
            "add_mask", _tr("Add a mask"), self._add_mask, key="Ctrl+Shift+K", icon="contrast",
            why=_tr("Hides parts of the layer and loses nothing: the eraser hides, the brush shows. "
                    "Of a selection: what is not selected."),
        )  # fmt: skip
        self.paint_mask = act(
            "paint_mask", _tr("Paint on the mask"), self._on_paint_mask, key="Ctrl+Shift+Q",
            why=_tr("The eraser hides, the brush shows."), checkable=True,
        )  # fmt: skip
        self.invert_mask = act("invert_mask", _tr("Invert the mask"), self._invert_mask)
        self.remove_mask = act("remove_mask", _tr("Remove the mask"), self._remove_mask)

    def _make_switches(self) -> None:
        self.switches: dict[str, QAction] = {}
        for field, text, key, why in (
            ("visible", _tr("Layer is shown"), "Shift+H", _tr("What is hidden says nothing.")),
            ("locked", _tr("Layer is locked"), "Ctrl+Alt+L", _tr("Nothing changes it.")),
            ("alpha_lock", _tr("Alpha is locked"), "/", _tr("Paint stays where there is paint.")),
            ("clip", _tr("Clipped to the layer below"), "Ctrl+Alt+G",
             _tr("It is seen only where the next one below it is.")),
        ):  # fmt: skip
            run = partial(self._on_switch, field)
            self.switches[field] = self._action(field, text, run, key=key, why=why, checkable=True)
        self.solo = self._action(
            "solo", _tr("Layer is shown alone"), self._on_solo, key="Shift+Alt+H",
            why=_tr("Alt+click on the eye does the same."), checkable=True,
        )  # fmt: skip

    def menu_entries(self) -> list[QAction | None]:
        """All of them; None is a line."""
        switches = self.switches
        return [
            submenu(self._owner, _tr("Add a layer"), self.add), None, self.rename, self.duplicate,
            self.group, self.ungroup, self.merge, self.up, self.down, None, self.add_mask, self.paint_mask,
            self.invert_mask, self.remove_mask, None, switches["visible"], self.solo, switches["locked"],
            switches["alpha_lock"], switches["clip"], None, self.remove,
        ]  # fmt: skip

    def menu(self, parent: QWidget) -> QMenu:
        """What one can do with what is chosen."""
        menu = QMenu(parent)
        menu.setObjectName("layers_menu")
        for action in self.menu_entries():
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        return menu

    def refresh(self) -> None:
        """Shows what the chosen layers allow."""
        stack, ids = self._studio.document.stack, self._ids
        item = self._item
        some = item is not None
        masked = item is not None and item.mask is not None
        none = _tr("Choose a layer in the panel of layers first.")
        for action in (
            self.rename, self.duplicate, self.group, self.remove, self.solo, self.up, self.down,
        ):  # fmt: skip
            allow(action, some, none)
        grouped = any(isinstance(stack.find(id), Group) for id in ids)
        allow(self.ungroup, grouped, _tr("Choose a group first."))
        merges = item is not None and arranging.merges_down(stack, item.id)
        allow(self.merge, merges, _tr("Below it there is no layer that can take it in."))
        there = _tr("It has a mask already.") if masked else none
        allow(self.add_mask, some and not masked, there)
        for action in (self.paint_mask, self.invert_mask, self.remove_mask):
            allow(action, masked, _tr("The layer has no mask."))
        self._check(self.paint_mask, on=masked and self._tools.masked == self._id)
        self._check(self.solo, on=some and stack.solo == self._id)
        for field, action in self.switches.items():
            able = item is not None and hasattr(item, field)
            if field == "alpha_lock":
                able = isinstance(item, Node) and item.content.paintable
            allow(action, able, _tr("Not of this kind of layer.") if some else none)
            self._check(action, on=able and bool(getattr(item, field)))

    def add_node(self, kind: str) -> None:
        """A new one above what is chosen, or on top inside a chosen group; it is taken in hand."""
        title, stack = words_of(kind).title, self._studio.document.stack
        count = sum(node.kind == kind for node in stack.nodes())
        names = {item.name for item in stack.walk()}
        while count and f"{title} {count + 1}" in names:
            count += 1
        name = f"{title} {count + 1}" if count else ""
        id = self._studio.add_layer(kind, self._id, name)
        self._take(id)

    # ---- inside ----

    @property
    def _item(self) -> Item | None:
        return self._view.current

    @property
    def _id(self) -> str:
        return "" if self._item is None else self._item.id

    @property
    def _ids(self) -> tuple[str, ...]:
        """All that are chosen, the current one among them."""
        return self._view.selected or ((self._id,) if self._id else ())

    def _take(self, *ids: str) -> None:
        """Chooses items, and takes the first in hand, where it is a node."""
        node = self._studio.document.stack.node(ids[0]) if ids else None
        if node is not None:
            self._tools.set_node(node)
        self._view.choose(*ids)

    def _duplicate(self) -> None:
        self._take(*self._studio.duplicate_layers(self._ids))

    def _group(self) -> None:
        made = self._studio.group_layers(self._ids)
        if made:
            self._view.choose(made)

    def _ungroup(self) -> None:
        freed = self._studio.ungroup_layers(self._ids)
        if freed:
            self._view.choose(*freed)

    def _merge(self) -> None:
        self._take(self._studio.merge_down(self._id))

    def _step(self, by: int) -> None:
        self._studio.step_layers(self._ids, by)
        self._view.choose(*self._view.selected)

    def _remove(self) -> None:
        """What lies below takes the place of what was chosen."""
        stack, ids = self._studio.document.stack, self._ids
        order = [item.id for item in stack.walk()]
        last = order.index(ids[-1]) if ids else 0
        self._studio.remove_layers(ids)
        left = self._studio.document.stack
        if left is not stack:
            rest = (*order[last:], *reversed(order[:last]))
            self._take(*[id for id in rest if left.find(id) is not None][:1])

    def _add_mask(self) -> None:
        document = self._studio.document
        mask = document.selection or arranging.whole_mask(*document.canvas)
        self._studio.set_mask(self._id, mask, _tr("Add a mask"))
        self._on_paint_mask(on=True)

    def _invert_mask(self) -> None:
        item = self._item
        if item is not None and item.mask is not None:
            mask = arranging.inverted_mask(item.mask)
            self._studio.set_mask(item.id, mask, _tr("Invert the mask"))

    def _remove_mask(self) -> None:
        self._studio.set_mask(self._id, None, _tr("Remove the mask"))

    def _on_paint_mask(self, on: bool) -> None:
        item = self._item
        if item is not None and item.mask is not None and on:
            self._tools.set_mask(item)
        else:
            self._tools.set_mask(None)

    def _on_switch(self, field: str, on: bool) -> None:
        self._studio.set_layer(*self._ids, **{field: on})

    def _on_solo(self, on: bool) -> None:
        self._studio.set_solo(self._id if on else "")

    def _action(self, name: str, text: str, run: Callable[..., object], **rest: object) -> QAction:
        return add_action(self._owner, f"layers_{name}", text, run, **rest)  # pyright: ignore[reportArgumentType]

    def _check(self, action: QAction, *, on: bool) -> None:
        with QSignalBlocker(action):
            action.setChecked(on)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Layers", text)
