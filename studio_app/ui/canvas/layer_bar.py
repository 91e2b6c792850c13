"""A tab for each kind of layer: which one is drawn on, which are seen, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMenu,
    QSlider,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from studio_app.document.contents.registry import CONTENTS
from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.action_buttons import action_button
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES, words_of

ORDER: tuple[str, ...] = tuple(FACES)
QtStyle = Qt.ToolButtonStyle


class LayerBar(QFrame):
    """One eye and one button per kind of layer that a new document has, that there is, or that is in hand; a dot on the
    button tells that something is drawn there. Where it is narrow, one eye at the end is that of the layer in hand: no
    button moves when another is taken."""

    def __init__(self, studio: Studio, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._tools = tools
        self._buttons: dict[str, LayerButton] = {}
        self._eyes: dict[str, QToolButton] = {}
        self._holders: dict[str, QWidget] = {}
        self._tabs: tuple[str, ...] = ()
        self._shown: tuple[object, ...] = ()
        theme.set_role(self, "panel")
        row = QHBoxLayout(self)
        half = theme.UNIT // 2
        row.setContentsMargins(theme.UNIT, half, theme.UNIT, half)
        row.setSpacing(0)
        group = QButtonGroup(self)
        for name in ORDER:
            eye = self._make_eye(name)
            button = self._make_button(name)
            group.addButton(button)
            self._eyes[name], self._buttons[name] = eye, button
            tab = self._holders[name] = QWidget()
            inner = QHBoxLayout(tab)
            inner.setContentsMargins(0, 0, half // 2, 0)
            inner.setSpacing(0)
            inner.addWidget(eye)
            inner.addWidget(button)
            row.addWidget(tab)
        row.addStretch(1)
        self.own_eye = icons.icon_button("eye", self.tr("Show or hide the layer in hand"))
        self.own_eye.clicked.connect(lambda: self._toggle(self._tools.layer))
        row.addWidget(self.own_eye)
        self.menu_button = self._make_menu()
        row.addWidget(self.menu_button)
        self._ground: QToolButton | None = None
        self._widths = self._measured()
        tools.changed.connect(self.refresh)
        studio.edited.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows what the studio and the tools say."""
        document = self._studio.document
        layers = {name: self._tools.held(document, name) for name in ORDER}
        self._tabs = tuple(name for name in ORDER if self._offers(name))
        named = self._named()
        seen = ((layer.visible, layer.untouched) for layer in layers.values())
        roomy = self._needs((), len(self._tabs)) <= self.width()
        shown = (self._tools.layer, self._tabs, named, roomy, *seen)
        if shown == self._shown:
            return  # every dab comes by here
        self._shown = shown
        self._buttons[self._tools.layer].setChecked(True)
        if self._ground is not None:
            self._ground.setVisible("ground" in FACES[self._tools.layer].own)
        for name in ORDER:
            layer = layers[name]
            eye, button = self._eyes[name], self._buttons[name]
            title = words_of(name).title
            self._holders[name].setVisible(name in self._tabs)
            eye.setVisible(roomy)
            self._show_eye(eye, title, visible=layer.visible)
            if name == self._tools.layer:
                self.own_eye.setVisible(not roomy)
                self._show_eye(self.own_eye, title, visible=layer.visible)
            text = _written(title if name in named else "")
            if button.text() != text:
                icon, both = QtStyle.ToolButtonIconOnly, QtStyle.ToolButtonTextBesideIcon
                button.setToolButtonStyle(both if text else icon)
                button.setText(text)
            button.show_drawn(not layer.untouched)
            state = self.tr("empty") if layer.untouched else self.tr("drawn on")
            button.setAccessibleName(f"{title}, {state}")
        for holder in (
            *self._holders.values(),
            self,
        ):  # at once: by events, the bar would follow its tabs a turn later
            inner = holder.layout()
            if inner is not None:
                inner.activate()

    def _show_eye(self, eye: QToolButton, title: str, *, visible: bool) -> None:
        said = self.tr("Hide {layer}") if visible else self.tr("Show {layer}")
        eye.setAccessibleName(said.format(layer=title))
        about = self.tr("Show or hide {layer}; what is hidden says nothing to the model.")
        eye.setToolTip(about.format(layer=title))
        wanted = "eye" if visible else "eye-off"
        if eye.property("icon_name") != wanted:
            icons.set_icon(eye, wanted, "text_muted" if visible else "text_disabled")

    def follow(self, actions: Mapping[str, QAction]) -> None:
        """actions: by kind, what takes it in hand; its key is told on the button."""

        def tell(name: str) -> None:
            key = actions[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            about = words_of(name).purpose
            self._buttons[name].setToolTip(f"{about} ({key})" if key else about)

        for name in ORDER:
            actions[name].changed.connect(partial(tell, name))
            tell(name)

    def add_actions(self, actions: list[QAction]) -> None:
        """Puts what can be done with a layer into its menu."""
        menu = self.menu_button.menu()
        assert menu is not None
        menu.addActions(actions)

    def _measured(self) -> dict[str, int]:
        """Width of a layer's button by what is written on it."""
        probe = QToolButton()
        icons.set_icon(probe, FACES[ORDER[0]].icon)
        widths: dict[str, int] = {}
        for title in ("", *(words_of(name).title for name in ORDER)):
            icon, both = QtStyle.ToolButtonIconOnly, QtStyle.ToolButtonTextBesideIcon
            probe.setToolButtonStyle(both if title else icon)
            probe.setText(_written(title))
            widths[title] = probe.sizeHint().width()
        return widths

    def _offers(self, name: str) -> bool:
        """Whether a kind has a tab: what a new document has, what is in hand, and what there is."""
        begins, stack = CONTENTS[name].begins, self._studio.document.stack
        return begins or name == self._tools.layer or stack.first(name) is not None

    def _needs(self, named: Sequence[str], eyes: int) -> int:
        """Pixels for the bar where these layers are written out and the others are icons, with so many eyes."""
        eye = self._eyes[ORDER[0]].sizeHint().width() + theme.UNIT // 2
        titles = (words_of(name).title if name in named else "" for name in self._tabs)
        more = 2 * self.menu_button.sizeHint().width() + 2 * theme.UNIT
        return sum(self._widths[title] for title in titles) + eyes * eye + more

    def _named(self) -> tuple[str, ...]:
        """The layers whose names have room: all, the one in hand, or none."""
        choices: tuple[tuple[str, ...], ...] = (self._tabs, (self._tools.layer,))
        for named in choices:
            if self._needs(named, len(self._tabs)) <= self.width():
                return named
        return ()

    def show_ground(self, action: QAction) -> None:
        """Puts what lies around the paint of depth beside the menu, while depth is drawn on."""
        self._ground = action_button(action)
        self._ground.setProperty("quiet", "true")  # its icon says which
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        row.insertWidget(row.indexOf(self.own_eye), self._ground)
        self._ground.setVisible("ground" in FACES[self._tools.layer].own)

    def _toggle(self, name: str, _checked: bool = False) -> None:
        document = self._studio.document
        visible = self._tools.held(document, name).visible
        self._studio.set_layer(self._tools.target(document, name), visible=not visible)

    def _make_eye(self, name: str) -> QToolButton:
        eye = icons.icon_button(
            "eye-off", self.tr("Show or hide {layer}").format(layer=words_of(name).title)
        )
        eye.clicked.connect(partial(self._toggle, name))
        return eye

    def _make_button(self, name: str) -> LayerButton:
        button = LayerButton()
        icons.set_icon(button, FACES[name].icon)
        button.setToolButtonStyle(QtStyle.ToolButtonIconOnly)  # until there is room for its name
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setAccessibleName(words_of(name).title)
        button.clicked.connect(lambda: self._tools.set_layer(name))
        return button

    def _make_menu(self) -> QToolButton:
        button = icons.icon_button("ellipsis", self.tr("More for this layer"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        opacity = QSlider(Qt.Orientation.Horizontal)
        opacity.setRange(0, 100)
        opacity.setAccessibleName(self.tr("Opacity of the layer on the canvas"))
        opacity.setToolTip(
            self.tr("How strongly the canvas shows this layer; the model doesn't mind.")
        )
        opacity.setMinimumWidth(160)

        def about_to_show() -> None:
            with QSignalBlocker(opacity):
                opacity.setValue(round(self._tools.held(self._studio.document).shown * 100))

        def show_through(share: int) -> None:
            target = self._tools.target(self._studio.document)
            self._studio.set_layer(target, shown=share / 100)

        opacity.valueChanged.connect(show_through)
        holder = QWidgetAction(menu)
        holder.setText(self.tr("Opacity on the canvas"))
        holder.setDefaultWidget(opacity)
        title = QAction(self.tr("Opacity on the canvas"), menu)
        title.setEnabled(False)
        menu.addAction(title)
        menu.addAction(holder)
        menu.addSeparator()
        menu.aboutToShow.connect(about_to_show)
        button.setMenu(menu)
        return button

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needs((), 1), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()


class LayerButton(QToolButton):
    """Chooses a layer; a dot on its icon tells that something is drawn there."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn = False

    def show_drawn(self, drawn: bool) -> None:
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._drawn:
            with QPainter(self) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent"))
                right = theme.UNIT // 2 + icons.SIZE + 1 if self.text() else self.width() - 5
                painter.drawEllipse(QPointF(right, 6), 3, 3)


def _written(title: str) -> str:
    return f" {title}" if title else ""  # air after the icon
