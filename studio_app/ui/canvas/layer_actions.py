"""What can be done with the layer in hand: as actions, and as the menu under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from studio_app.document.layers import DepthLayer, MaskLayer, filled, inverted
from studio_app.session.studio import Studio
from studio_app.ui import icons
from studio_app.ui.action_buttons import add_action
from studio_app.ui.canvas import hints
from studio_app.ui.canvas.exchange import Exchange
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.shown import shown_of


class LayerActions(QObject):
    """Actions of `owner`, named `canvas_...`; those that make no sense on the layer in hand are off."""

    def __init__(
        self, studio: Studio, tools: ToolState, exchange: Exchange, owner: QWidget, canvas: QWidget
    ) -> None:
        super().__init__(owner)
        self._studio = studio
        self._exchange = exchange
        self._tools = tools
        self.load = add_action(
            owner, "canvas_load", _tr("Load this layer from a file…"), exchange.ask_file,
            key="Ctrl+Shift+O", icon="folder-open",
        )  # fmt: skip
        self.save = add_action(
            owner, "canvas_save_layer", _tr("Save this layer as a file…"), exchange.ask_save,
            icon="download",
            why=_tr("A pose as OpenPose JSON, depth as a PNG of 16 bits, the rest as a PNG."),
        )  # fmt: skip
        self.paste = add_action(
            owner, "canvas_paste", _tr("Paste a picture"), exchange.paste, key="Ctrl+V",
            icon="image-plus", why=_tr("As colour, depth, mask or pose: it asks."),
        )  # fmt: skip
        self.copy = add_action(
            canvas, "canvas_copy_layer", _tr("Copy this layer"), exchange.copy, key="Ctrl+C",
            icon="copy",
        )  # fmt: skip
        self.copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.clear = add_action(
            owner, "canvas_clear", _tr("Clear this layer"), self._clear, key="Shift+Del",
            icon="trash-2",
        )  # fmt: skip
        self.invert = add_action(
            owner, "canvas_invert", _tr("Invert this layer"), self._invert, key="Ctrl+I",
            why=_tr("Near becomes far; what the mask keeps is painted anew."),
        )  # fmt: skip
        self.fill = add_action(
            owner, "canvas_fill", _tr("Fill the rest with background"), self._fill,
            why=_tr("Paints black wherever the depth layer has no paint."),
        )  # fmt: skip
        self.over = add_action(
            owner, "canvas_from_result", _tr("Use the shown picture as colour"), self._paint_over,
            key="Ctrl+Shift+C", icon="brush",
            why=_tr("Puts the shown picture into the colour layer, to paint over it."),
        )  # fmt: skip
        self.ground = add_action(
            owner, "canvas_ground", _tr("Unpainted depth is background"), self._set_ground,
            key="U", icon="ground-background", checkable=True,
            why=_tr("Black around the paint: there is nothing more. "
                    "Hatched: the model invents what lies around."),
        )  # fmt: skip
        tools.changed.connect(self.refresh)
        studio.layers_changed.connect(self.refresh)
        self.refresh()

    def menu(self, people: list[QAction], parent: QWidget) -> QMenu:
        """What one can do here and now. people: what can be done with people."""
        layer = self._tools.layer
        menu = QMenu(hints.title(layer), parent)
        own: dict[str, list[QAction]] = {
            "colour": [self.over],
            "depth": [self.invert, self.fill, self.ground],
            "mask": [self.invert],
            "pose": people,
        }
        for group in (own[layer], [self.copy, self.paste], [self.load, self.save], [self.clear]):
            menu.addActions(group)
            menu.addSeparator()
        return menu

    def refresh(self) -> None:
        """Shows what the layer in hand allows."""
        layer = self._tools.layer
        content = self._studio.document.layer(layer)
        drawn = not content.untouched
        self.save.setEnabled(drawn)
        self.copy.setEnabled(drawn)
        self.clear.setEnabled(drawn)
        self.invert.setEnabled(drawn and layer in ("depth", "mask"))
        self.fill.setEnabled(drawn and layer == "depth")
        background = self._studio.document.depth.around == "background"
        wanted = "ground-background" if background else "ground-unknown"
        if self.ground.property("icon_name") != wanted:
            icons.set_icon(self.ground, wanted)
        self.ground.setChecked(background)  # the editor knows it already: no edit comes of it

    # ---- inside ----

    def _clear(self) -> None:
        self._studio.clear_layer(self._tools.layer)

    def _invert(self) -> None:
        layer = self._tools.layer
        content = self._studio.document.layer(layer)
        if isinstance(content, DepthLayer | MaskLayer):
            text = _tr("Invert {layer}").format(layer=hints.title(layer).lower())
            self._studio.replace_layer(layer, inverted(content), text)

    def _fill(self) -> None:
        content = filled(self._studio.document.depth)
        self._studio.replace_layer("depth", content, _tr("Fill with background"))

    def _paint_over(self) -> None:
        pixels = shown_of(self._studio).pixels
        if pixels is not None:
            self._exchange.use(pixels, _tr("the shown picture"), "colour")

    def _set_ground(self, background: bool) -> None:
        self._studio.set_depth_around("background" if background else "unknown")


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasPanel", text)
