"""What can be done with the layer in hand: as actions, and as the menu under the pointer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from studio_app.document.altering import Change, altered
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Around, Depth
from studio_app.document.depths import COMMANDS
from studio_app.document.document import Document
from studio_app.document.edits import drawn_on, item_of
from studio_app.document.planes import Plane
from studio_app.document.stack import Item
from studio_app.session.studio import Studio
from studio_app.ui import icons
from studio_app.ui.action_buttons import add_action, allow
from studio_app.ui.canvas.exchange import Exchange
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES, words_of
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
            canvas, "canvas_copy_layer", _tr("Copy from this layer"), exchange.copy, key="Ctrl+C",
            icon="copy", why=_tr("What is selected of it, or all of it."),
        )  # fmt: skip
        self.copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.clear = add_action(
            owner, "canvas_clear", _tr("Clear this layer"), self._clear, key="Shift+Del",
            icon="trash-2",
        )  # fmt: skip
        self.invert = add_action(
            owner, "canvas_invert", _tr("Invert this layer"), self._invert, key="Ctrl+I",
            icon="contrast",
            why=_tr("Near becomes far; what the mask keeps is painted anew."),
        )  # fmt: skip
        self.fill = add_action(
            owner, "canvas_fill_rest", _tr("Fill the rest with background"), self._fill,
            icon="paint-bucket",
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
        studio.edited.connect(self.refresh)
        self.refresh()

    def menu(self, more: Mapping[str, list[QAction]], parent: QWidget) -> QMenu:
        """What one can do here and now. more: what can be done with people, and with a scene, by name."""
        layer = self._tools.layer
        menu = QMenu(words_of(layer).title, parent)
        named: dict[str, list[QAction]] = {
            "over": [self.over],
            "invert": [self.invert],
            "fill": [self.fill],
            "ground": [self.ground],
            **more,
        }
        own = [action for name in FACES[layer].own for action in named[name]]
        for group in (own, [self.copy, self.paste], [self.load, self.save], [self.clear]):
            menu.addActions(group)
            menu.addSeparator()
        return menu

    def refresh(self) -> None:
        """Shows what the layer in hand allows."""
        own = FACES[self._tools.layer].own
        content = self._content
        drawn = not content.untouched
        empty = _tr("The layer is empty.")
        for action in (self.save, self.copy, self.clear):
            allow(action, drawn, empty)
        masked = bool(self._tools.masked)
        for action, name, can in (
            (self.invert, "invert", masked or (drawn and "invert" in own)),
            (self.fill, "fill", drawn and "fill" in own),
        ):
            allow(action, can, empty if name in own else _tr("Not of this kind of layer."))
        background = self._ground.around == "background"
        wanted = "ground-background" if background else "ground-unknown"
        if self.ground.property("icon_name") != wanted:
            icons.set_icon(self.ground, wanted)
        self.ground.setChecked(background)  # the editor knows it already: no edit comes of it

    # ---- inside ----

    @property
    def _content(self) -> Content:
        return self._tools.held(self._studio.document).content

    @property
    def _ground(self) -> Depth:
        """The depth whose ground is spoken of: its action acts whatever is in hand."""
        content = self._tools.held(self._studio.document, Depth.kind).content
        assert isinstance(content, Depth)
        return content

    def _change(self, content: Content, text: str) -> None:
        target = self._tools.target(self._studio.document, content.kind)
        self._studio.change_content(target, content, text)

    def _clear(self) -> None:
        self._studio.clear_layer(self._tools.target(self._studio.document))

    def _invert(self) -> None:
        """Of the layer in hand, or its mask."""
        title = words_of(self._tools.layer).title.lower()
        item = self._tools.mask_in_hand(self._studio.document)
        if item is not None:
            self._invert_mask(item)
            return
        self._alter(
            lambda content, _: content.inverted() or content,
            _tr("Invert {layer}").format(layer=title),
        )

    def _invert_mask(self, item: Item) -> None:
        id, text = item.id, _tr("Invert the mask")

        def made_of(document: Document) -> tuple[object, ...] | None:
            found = document.stack.find(id)
            if found is None or found.mask is None:
                return None
            return found.mask, document.selection

        def make(document: Document, _: object) -> Plane:
            mask = drawn_on(item_of(document, id), mask=True)
            made = altered(mask, lambda one, _: one.inverted() or one, document.selection)
            (plane,) = made.planes.values()
            return plane

        self._studio.make(text, made_of, make, lambda mask: self._studio.set_mask(id, mask, text))

    def _fill(self) -> None:
        self._alter(COMMANDS["fill"], _tr("Fill with background"))

    def _alter(self, change: Change, text: str) -> None:
        """All of the layer in hand, as far as selection and locks allow."""
        self._studio.alter_content(self._tools.target(self._studio.document), change, text)

    def _paint_over(self) -> None:
        pixels = shown_of(self._studio).pixels
        if pixels is not None:
            self._exchange.use(pixels, _tr("the shown picture"), Colour.kind)

    def _set_ground(self, background: bool) -> None:
        around: Around = "background" if background else "unknown"
        if around != self._ground.around:
            said = {
                "background": _tr("Unpainted depth is background"),
                "unknown": _tr("Unpainted depth is unknown"),
            }
            self._change(replace(self._ground, around=around), said[around])


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasPanel", text)
