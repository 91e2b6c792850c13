"""The document: knobs and layers as one frozen value, and what it asks of a model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from studio_app.core.capabilities import Capabilities
from studio_app.core.request import Control, GenerationRequest, Start
from studio_app.document.layers import (
    ColourLayer,
    DepthLayer,
    LayerName,
    MaskLayer,
    Person,
    PoseLayer,
    blank_colour,
    blank_depth,
    blank_mask,
)
from studio_app.document.pictures import fit_depth, fit_pixels
from studio_app.document.settings import Settings

Layer = DepthLayer | PoseLayer | ColourLayer | MaskLayer


@dataclass(frozen=True, eq=False)
class Document:
    """What the artist has made. The layers have the size of `settings`; `revision` counts edits.

    start: where a branch begins, or None; `request_of` uses it as long as it fits the settings.
    """

    settings: Settings
    depth: DepthLayer
    pose: PoseLayer
    colour: ColourLayer
    mask: MaskLayer
    start: Start | None = None
    revision: int = field(default=0, compare=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.settings.width, self.settings.height

    def layer(self, name: LayerName) -> Layer:
        return cast("Layer", getattr(self, name))

    def with_layer(self, name: LayerName, layer: Layer) -> Document:
        changes: dict[str, Any] = {name: layer}
        return replace(self, **changes)


def new_document(settings: Settings | None = None) -> Document:
    """An empty one: nothing drawn."""
    chosen = settings or Settings()
    width, height = chosen.width, chosen.height
    return Document(
        chosen,
        blank_depth(width, height),
        PoseLayer(),
        blank_colour(width, height),
        blank_mask(width, height),
    )


def resized(document: Document, width: int, height: int) -> Document:
    """Everything drawn, stretched to another size; a branch ends."""
    if document.size == (width, height):
        return document
    settings = replace(document.settings, width=width, height=height)
    scale = np.array(
        [width / document.settings.width, height / document.settings.height, 1.0], np.float32
    )
    people = tuple(Person(person.joints * scale) for person in document.pose.people)
    return replace(
        document,
        settings=settings,
        depth=_resized_depth(document.depth, width, height),
        pose=replace(document.pose, people=people),
        colour=_resized_colour(document.colour, width, height),
        mask=_resized_mask(document.mask, width, height),
        start=None,
    )


def _resized_depth(layer: DepthLayer, width: int, height: int) -> DepthLayer:
    if layer.value.blank and layer.known.blank:
        return replace(blank_depth(width, height), **_look(layer), around=layer.around)
    value, known = fit_depth(layer.value.whole, layer.known.whole, width, height)
    assert known is not None
    return replace(DepthLayer.of(value, known, layer.around), **_look(layer))


def _resized_colour(layer: ColourLayer, width: int, height: int) -> ColourLayer:
    if layer.rgba.blank:
        return replace(blank_colour(width, height), **_look(layer))
    rgba = layer.rgba.whole
    flat = fit_pixels(np.ascontiguousarray(rgba[:, :, :3]), width, height)
    alpha = fit_pixels(np.ascontiguousarray(rgba[:, :, 3]), width, height)
    return replace(ColourLayer.of(np.dstack([flat, alpha])), **_look(layer))


def _resized_mask(layer: MaskLayer, width: int, height: int) -> MaskLayer:
    if layer.pixels.blank:
        return replace(blank_mask(width, height), **_look(layer))
    return replace(MaskLayer.of(fit_pixels(layer.pixels.whole, width, height)), **_look(layer))


def _look(layer: Layer) -> dict[str, Any]:
    return {"visible": layer.visible, "opacity": layer.opacity}


def request_of(
    document: Document,
    capabilities: Capabilities | None = None,
    *,
    model: str = "underpaint-256",
    sampler: str | None = None,
    steps: int | None = None,
) -> GenerationRequest:
    """The request that a document means.

    An untouched or hidden layer is no control at all; neither is one that the model does not take.
    capabilities: the model's, or None to ask for everything. sampler, steps: of a rung of
    the live ladder instead of the settings' own. Raises StudioError (an empty prompt).
    """
    knobs = document.settings
    controls: list[Control] = []
    takes: tuple[str, ...] = ("depth", "pose") if capabilities is None else capabilities.controls
    if "depth" in takes and document.depth.visible and not document.depth.untouched:
        controls.append(document.depth.control.acting(*knobs.acting("depth")))
    if "pose" in takes and document.pose.visible and not document.pose.untouched:
        control = document.pose.control(knobs.width, knobs.height)
        controls.append(control.acting(*knobs.acting("pose")))
    coloured = document.colour.visible and not document.colour.untouched
    masked = coloured and document.mask.visible and not document.mask.untouched
    chosen = knobs.steps if steps is None else steps
    start = document.start
    latent = (knobs.height // 8, knobs.width // 8)
    if start is not None and (start.step >= chosen or start.latent.shape[1:] != latent):
        start = None
    return GenerationRequest(
        prompt=knobs.prompt,
        negative_prompt=knobs.negative_prompt,
        guidance_scale=knobs.guidance_scale,
        steps=chosen,
        sampler=sampler or knobs.sampler,
        seed=knobs.seed,
        width=knobs.width,
        height=knobs.height,
        kind=knobs.kind,
        tile=knobs.tile,
        model=model,
        init=document.colour.init if coloured else None,
        strength=knobs.strength if coloured else 1.0,
        mask=document.mask.pixels.whole if masked else None,
        start=start,
        controls=tuple(control for control in controls if control.strength > 0),
    )
