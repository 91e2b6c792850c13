"""The sole writer of the document: strokes, knobs, whole layers, all on one undo stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import QObject, QRect, Signal

from studio_app.core.capabilities import Capabilities
from studio_app.core.request import GenerationRequest, Start
from studio_app.document.changes import dirty_rect, replaced
from studio_app.document.document import Document, Layer, resized
from studio_app.document.guess import as_chosen, with_guess
from studio_app.document.layers import (
    LAYERS,
    Around,
    DepthLayer,
    LayerName,
    Person,
    PoseLayer,
    blank_colour,
    blank_depth,
    blank_mask,
)
from studio_app.document.settings import Settings, with_settings
from studio_app.document.strokes import Brush, Sample, Stroke
from studio_app.document.tiles import Tile
from studio_app.session.fitting import fitted, with_steps_of_sampler
from studio_app.session.undo import Change, ChangeCommand, EditStack, Ledger

_TEXTS = ("prompt", "negative_prompt")
_GUESSED_FROM = {"prompt", "kind", "kind_chosen", "tile_chosen"}
_BRANCH_BOUND = ("steps", "sampler", "width", "height", "seed")


class Editor(QObject):
    """Turns commands into documents. `document` is the newest; every edit raises its revision."""

    changed = Signal(str)
    """After every edit: "text", "knob", "paint", or "view" (no part of any request)."""
    layer_changed = Signal(QRect, str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.stack = EditStack(self, self._open_text)
        self.stack.moving.connect(self.end_stroke)
        self.ledger = Ledger()
        self.pack_later: Callable[[Callable[[], object]], object] = lambda pack: pack()
        self._stroke: Stroke | None = None

    @property
    def stroking(self) -> bool:
        return self._stroke is not None

    def reset(self, document: Document) -> None:
        """Another document, with nothing to undo."""
        self.cancel_stroke()
        self.stack.clear()
        self.ledger.clear()
        self._swap(document, "knob", whole=True)

    # ---- strokes ----

    def begin_stroke(self, layer: LayerName, brush: Brush, sample: Sample) -> None:
        self.end_stroke()
        self._stroke = Stroke(self.document, layer, brush, sample)
        self.stroke_to(sample)

    def stroke_to(self, *samples: Sample) -> None:
        stroke = self._stroke
        if stroke is None:
            return
        opened = stroke.dirty[2] <= 0
        document, dirty = stroke.extend(self.document, *samples)
        if dirty[2] > 0:
            self._swap(document, "paint", {stroke.layer: QRect(*dirty)})
            if opened:
                self.stack.say_open()

    def end_stroke(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is None or stroke.dirty[2] <= 0:
            return
        self._push(self._stroke_text(stroke), stroke.before, self.document, "paint", painted=True)

    def cancel_stroke(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None and stroke.dirty[2] > 0:
            self._swap(stroke.before, "paint", {stroke.layer: QRect(*stroke.dirty)})
            self.stack.say_open()

    def _open_text(self) -> str:
        stroke = self._stroke
        return "" if stroke is None or stroke.dirty[2] <= 0 else self._stroke_text(stroke)

    def _stroke_text(self, stroke: Stroke) -> str:
        return self.tr("Paint {layer}").format(layer=self._layer_text(stroke.layer))

    # ---- knobs ----

    def set_settings(
        self,
        values: Mapping[str, Any],
        *,
        text: str = "",
        merge: bool = False,
        can: Capabilities | None = None,
        start: Start | None = None,
    ) -> None:
        """StudioError for an unknown name or a wrong value; nothing has changed then."""
        old = self.document
        chosen = {f"{name}_chosen": True for name in ("kind", "tile") if name in values}
        settings = with_settings(old.settings, **{**chosen, **values})
        if _GUESSED_FROM & {*values, *chosen}:
            settings = with_guess(settings, can.kinds if can is not None else ())
        if "sampler" in values:
            settings = with_steps_of_sampler(settings, old.settings, values, can)
        if can is not None and {"sampler", "finish"} & set(values):
            settings = fitted(settings, can)
        if "preset" not in values and set(values) - {*_TEXTS, "seed", "seed_locked"}:
            settings = replace(settings, preset=None)
        if settings == old.settings and start is None:
            return
        moved = any(getattr(settings, n) != getattr(old.settings, n) for n in _BRANCH_BOUND)
        branch = start if start is not None or moved else old.start
        larger = resized(old, settings.width, settings.height)
        after = replace(larger, settings=settings, start=branch)
        what = "text" if set(values) <= set(_TEXTS) else "knob"
        key = "/".join(sorted(values)) if merge else ""
        self._change(text or self._knob_text(values), after, what, key)

    def fit(self, can: Capabilities) -> None:
        """Brings the knobs to what a model can do; undoable, and nothing where they already fit."""
        self.end_stroke()  # it may not outlive the size that it was begun on
        settings = fitted(self.document.settings, can)
        if settings != self.document.settings:
            larger = resized(self.document, settings.width, settings.height)
            after = replace(larger, settings=settings, start=None)
            if self.stack.count() == 0:  # a fresh document: nothing there that one might want back
                self._swap(after, "knob")
            else:
                self._change(self.tr("Fit to the model"), after, "knob")

    def clear_branch(self) -> None:
        if self.document.start is not None:
            self._change(self.tr("Leave the branch"), replace(self.document, start=None), "knob")

    # ---- layers ----

    def set_people(self, people: tuple[Person, ...], text: str, merge_key: str = "") -> None:
        layer = replace(self.document.pose, people=people)
        key = f"people/{merge_key}" if merge_key else ""
        after = self.document.with_layer("pose", layer)
        self._change(text, after, "paint", key, merge_seconds=3600.0)

    def replace_layer(self, name: LayerName, layer: Layer, text: str) -> None:
        """Another content; visibility and opacity stay, and what lies around depth."""
        old = self.document.layer(name)
        layer = replace(layer, visible=old.visible, opacity=old.opacity)
        if isinstance(layer, DepthLayer):
            layer = replace(layer, around=self.document.depth.around)
        self._change(text, self.document.with_layer(name, layer), "paint")

    def clear_layer(self, name: LayerName) -> None:
        if not self.document.layer(name).untouched:
            text = self.tr("Clear {layer}").format(layer=self._layer_text(name))
            self.replace_layer(name, self._blank(name), text)

    def clear_all(self) -> None:
        blank: dict[str, Any] = {name: self._blank(name) for name in LAYERS}
        after = replace(self.document, **blank, start=None)
        self._change(self.tr("Clear the drawing"), after, "paint")

    def set_layer(
        self, name: LayerName, *, visible: bool | None = None, opacity: float | None = None
    ) -> None:
        layer = self.document.layer(name)
        if visible is not None and visible != layer.visible:
            said = self.tr("Show {layer}") if visible else self.tr("Hide {layer}")
            text = said.format(layer=self._layer_text(name))
            after = self.document.with_layer(name, replace(layer, visible=visible))
            self._change(text, after, "paint")
        elif opacity is not None and opacity != layer.opacity:
            opacity = min(max(opacity, 0.0), 1.0)
            text = self.tr("Layer opacity")
            after = self.document.with_layer(name, replace(layer, opacity=opacity))
            self._change(text, after, "view", f"opacity/{name}")

    def set_around(self, around: Around) -> None:
        """What the unpainted ground of the depth layer means."""
        layer = self.document.depth
        if around != layer.around:
            said = {
                "background": self.tr("Unpainted depth is background"),
                "unknown": self.tr("Unpainted depth is unknown"),
            }
            after = self.document.with_layer("depth", replace(layer, around=around))
            self._change(said[around], after, "paint")

    def restore(self, request: GenerationRequest, people: tuple[Person, ...] | None) -> None:
        """The knobs and drawings of a request. StudioError where its pictures don't fit."""
        from studio_app.document.layer_files import layers_of
        from studio_app.document.pose_pictures import people_of

        given = {
            item.name: getattr(request, item.name)
            for item in fields(Settings)
            if hasattr(request, item.name)
        }
        if request.init is None:
            given.pop("strength")
        for kind in ("depth", "pose"):
            given |= {f"{kind}_start": 0.0, f"{kind}_end": 1.0}
        for control in request.controls:
            if control.kind in ("depth", "pose"):
                given[f"{control.kind}_strength"] = control.strength
                given |= {
                    f"{control.kind}_start": control.start,
                    f"{control.kind}_end": control.end,
                }
        settings = with_settings(self.document.settings, **given, seed_locked=True, preset=None)
        settings = as_chosen(settings)
        after: dict[str, Any] = {"settings": settings, "start": request.start}
        after |= layers_of(request)
        pose = resized(self.document, settings.width, settings.height).pose
        if people is None:  # who only has the drawing of a pose can still read it
            people = people_of(request) or None
        if people is not None:
            after["pose"] = replace(pose, people=people, visible=True)
        else:
            posed = any(control.kind == "pose" for control in request.controls)
            after["pose"] = pose if posed else PoseLayer()
        self._change(self.tr("Restore settings"), replace(self.document, **after), "knob")

    # ---- inside ----

    def _change(
        self, text: str, after: Document, what: str, key: str = "", merge_seconds: float = 1.0
    ) -> None:
        """after: made of the document of now, which a stroke that is being drawn is a part of."""
        self.end_stroke()
        self._push(text, self.document, after, what, key, merge_seconds)

    def _push(
        self,
        text: str,
        before: Document,
        after: Document,
        what: str,
        key: str = "",
        merge_seconds: float = 1.0,
        *,
        painted: bool = False,
    ) -> None:
        change = Change(before, after)
        self.ledger.add(change)
        self._pack(change.gone)
        self.stack.push(
            ChangeCommand(text, change, self._bring, what, key, merge_seconds, painted=painted)
        )

    def _bring(self, document: Document, what: str) -> None:
        """Back to what it was, or will be."""
        gone, _ = replaced(self.document, document)
        knobs = document.settings != self.document.settings
        self._swap(document, what)
        self._pack(gone)
        if knobs and what == "paint":
            self.changed.emit("knob")

    def _pack(self, tiles: tuple[Tile, ...]) -> None:
        """Tiles that the document has no more, and undo may want again."""
        if tiles:
            self.pack_later(lambda: [tile.pack() for tile in tiles])

    def _swap(
        self,
        document: Document,
        what: str,
        dirty: Mapping[LayerName, QRect] | None = None,
        *,
        whole: bool = False,
    ) -> None:
        """dirty: by layer, where somebody knows; else it is looked for. whole: all of it is another's."""
        old = self.document
        self.document = replace(document, revision=old.revision + 1)
        page = QRect(0, 0, *document.size)
        for name in LAYERS:
            if whole:
                self.layer_changed.emit(page, name)
            elif dirty is not None:
                if name in dirty:
                    self.layer_changed.emit(dirty[name], name)
            elif document.layer(name) is not old.layer(name):
                self.layer_changed.emit(QRect(*dirty_rect(old, document, name)), name)
        self.changed.emit(what)

    def _blank(self, name: LayerName) -> Layer:
        width, height = self.document.size
        if name == "depth":
            return blank_depth(width, height, self.document.depth.around)
        if name == "colour":
            return blank_colour(width, height)
        return blank_mask(width, height) if name == "mask" else PoseLayer()

    def _layer_text(self, name: LayerName) -> str:
        texts = {
            "depth": self.tr("depth"),
            "pose": self.tr("pose"),
            "colour": self.tr("colour"),
            "mask": self.tr("mask"),
        }
        return texts[name]

    def _knob_text(self, values: Mapping[str, Any]) -> str:
        texts = {
            "prompt": self.tr("Type the prompt"),
            "negative_prompt": self.tr("Type the negative prompt"),
            "guidance_scale": self.tr("Guidance"),
            "steps": self.tr("Steps"),
            "sampler": self.tr("Sampler"),
            "seed": self.tr("Seed"),
            "seed_locked": self.tr("Lock the seed"),
            "strength": self.tr("Colour freedom"),
            "kind": self.tr("Kind of picture"),
            "kind_chosen": self.tr("Kind of picture"),
            "tile_chosen": self.tr("Tiling"),
            "tile": self.tr("Tiling"),
            "depth_strength": self.tr("Depth"),
            "pose_strength": self.tr("Pose"),
        }
        return texts.get(next(iter(values), ""), self.tr("Change settings"))
