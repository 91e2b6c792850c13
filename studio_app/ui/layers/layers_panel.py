"""The panel: the tree, above it how the chosen layer lies, below it its control and the commands one needs most."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.action_buttons import action_button
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.layers.node_options import ControlOptions, LookOptions
from studio_app.ui.layers.row_delegate import InHand
from studio_app.ui.layers.stack_actions import StackActions
from studio_app.ui.layers.stack_view import StackView


class LayersPanel(QWidget):
    """Shows the stack of a studio. What is chosen in it is what `tools` paint on; who takes another kind in hand
    sees it chosen here."""

    close_asked = Signal()

    def __init__(self, studio: Studio, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._tools = tools
        theme.set_role(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.view = StackView(studio)
        self.look = LookOptions(studio)
        self.control = ControlOptions(studio)
        self.acts = StackActions(studio, tools, self.view, self)
        self._lay_out()
        self.setFocusProxy(self.view)
        self.view.chosen.connect(self._show)
        self.view.taken.connect(self._on_taken)
        tools.changed.connect(self._follow_tools)
        studio.edited.connect(self._follow)
        studio.model_changed.connect(self._show)
        self._follow()

    # ---- inside ----

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Layers"))
        theme.set_role(title, "heading")
        close = icons.icon_button("x", self.tr("Fold the layers away"))
        close.clicked.connect(self.close_asked)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(close)
        acts = self.acts
        feet = QHBoxLayout()
        feet.setSpacing(0)
        feet.addWidget(self._add_button())
        for action in (acts.group, acts.add_mask, acts.duplicate, acts.merge, acts.up, acts.down):
            feet.addWidget(action_button(action))
        feet.addStretch(1)
        feet.addWidget(action_button(acts.remove))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(theme.UNIT, theme.UNIT // 2, theme.UNIT, theme.UNIT // 2)
        rows.setSpacing(theme.UNIT)
        rows.addLayout(head)
        rows.addWidget(self.look)
        rows.addWidget(self.view, 1)
        rows.addWidget(self.control)
        rows.addLayout(feet)

    def _add_button(self) -> QToolButton:
        button = icons.icon_button("plus", self.tr("Add a layer"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.addActions(self.acts.add)
        button.setMenu(menu)
        return button

    def _on_taken(self, id: str, mask: bool) -> None:
        item = self._studio.document.stack.find(id)
        if item is not None and mask:
            self._tools.set_mask(item)
            return
        node = self._studio.document.stack.node(id)
        if node is not None:
            self._tools.set_node(node)

    def _follow_tools(self) -> None:
        """Where a kind is taken of which there is no layer yet, none looks as if it were painted on."""
        if not self._hand().id and self.view.in_hand.id:
            self.view.choose()
        self._follow()

    def _follow(self) -> None:
        """Chooses what was taken in hand, here or elsewhere: a layer that was taken before it was there, too."""
        hand = self._hand()
        other = hand != self.view.in_hand or not self.view.selected
        self.view.set_in_hand(hand)
        if other and hand.id and hand.id not in self.view.selected:
            self.view.choose(hand.id)
        else:
            self._show()

    def _hand(self) -> InHand:
        document = self._studio.document
        item = self._tools.mask_in_hand(document)
        if item is not None:
            return InHand(item.id, mask=True)
        found = document.stack.resolve(self._tools.target(document))
        return InHand() if found is None else InHand(found.id)

    def _show(self) -> None:
        item = self.view.current
        ids = self.view.selected or (() if item is None else (item.id,))
        self.look.show_item(item, ids)
        self.control.show_item(item, self._studio.settings.steps)
        self.acts.refresh()

    # Qt

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.acts.menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())
