"""The layers of a document: frozen values with planes of the picture's size.

An edit makes a new layer; the tiles that did not change are shared. What a layer says to a model (its
`Control`) is made once per layer and kept with it, so that an edit elsewhere hashes and draws nothing anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.request import Control
from studio_app.document.planes import COVER, RGBA, VALUE, Plane, tilewise
from studio_app.document.tiles import sealed
from studio_app.scene.figure import STANDING, placed
from studio_app.scene.openpose import draw_pose

Values = NDArray[np.float32]
Pixels = NDArray[np.uint8]
LayerName = Literal["depth", "pose", "colour", "mask"]
LAYERS: tuple[LayerName, ...] = get_args(LayerName)
Around = Literal["background", "unknown"]
"""What lies around the paint of a depth layer: background (depth 0, and known), or what nobody has said."""
AROUNDS: tuple[Around, ...] = get_args(Around)


@dataclass(frozen=True, eq=False)
class DepthLayer:
    """value: 0..1 (1 = near, 0 = background). known: what is painted: 0 nothing,
    255 all of it. around: what the unpainted ground of a layer that has been painted on means; of one that
    has not it means nothing.
    """

    value: Plane
    known: Plane
    visible: bool = True
    opacity: float = 1.0
    around: Around = "background"

    @classmethod
    def of(cls, value: Values, known: Pixels, around: Around = "background") -> DepthLayer:
        """Of whole arrays, given away."""
        return cls(Plane.of(VALUE, value), Plane.of(COVER, known), around=around)

    @property
    def untouched(self) -> bool:
        return self.known.blank

    @cached_property
    def control(self) -> Control:
        """Depth at strength 1; `known` is left out where everything is known."""
        return Control("depth", *self.said())

    def said(self) -> tuple[Values, Pixels | None]:
        """What it says to a model: see `surrounded`."""
        return surrounded(self.value.whole, self.known.whole, self.around)


@dataclass(frozen=True, eq=False)
class Person:
    """joints: float32 [18, 3] in OpenPose order: x, y in picture pixels, third 1 = there, 0 = absent."""

    joints: NDArray[np.float32]

    def __post_init__(self) -> None:
        joints = np.array(self.joints, np.float32)
        if joints.shape != (18, 3):
            raise ValueError(f"joints must be [18, 3], got {joints.shape}")
        object.__setattr__(self, "joints", sealed(joints))

    @property
    def placed(self) -> Person:
        """With a place for every joint, so that what is missing can be seen, shown and dragged."""
        joints = placed(self.joints)
        return self if joints is self.joints else Person(joints)

    def moved(self, joint: int, x: float, y: float) -> Person:
        """With one joint put at (x, y), and there from now on."""
        joints = self.joints.copy()
        joints[joint] = (x, y, 1.0)
        return Person(joints)


@dataclass(frozen=True, eq=False)
class PoseLayer:
    """The people in the picture. opacity is the overlay's on the canvas."""

    people: tuple[Person, ...] = ()
    visible: bool = True
    opacity: float = 1.0

    @property
    def untouched(self) -> bool:
        return not any(person.joints[:, 2].any() for person in self.people)

    def control(self, width: int, height: int) -> Control:
        """The OpenPose picture at strength 1."""
        kept: dict[tuple[int, int], Control] = self.__dict__.setdefault("_controls", {})
        if (width, height) not in kept:
            joints = np.stack([person.joints for person in self.people])
            kept[width, height] = Control("pose", draw_pose(joints, width, height))
        return kept[width, height]


@dataclass(frozen=True, eq=False)
class ColourLayer:
    """rgba: R, G, B and straight alpha; what the picture starts from (init)."""

    rgba: Plane
    visible: bool = True
    opacity: float = 1.0

    @classmethod
    def of(cls, rgba: Pixels) -> ColourLayer:
        """Of a whole array [H, W, 4], given away."""
        return cls(Plane.of(RGBA, rgba))

    @cached_property
    def untouched(self) -> bool:
        return not any(tile.covers for tile in self.rgba.tiles.values())

    @cached_property
    def init(self) -> Pixels:
        """uint8 [H, W, 3]: the colours over mid grey, as the isolated pictures are."""
        rgba = self.rgba.whole
        alpha = rgba[:, :, 3:].astype(np.uint16)
        mixed = (rgba[:, :, :3] * alpha + 128 * (255 - alpha) + 127) // 255
        return sealed(mixed.astype(np.uint8))


@dataclass(frozen=True, eq=False)
class MaskLayer:
    """pixels: 255 = paint anew, 0 = keep the colour layer bit-exact. All 0: no mask."""

    pixels: Plane
    visible: bool = True
    opacity: float = 1.0

    @classmethod
    def of(cls, pixels: Pixels) -> MaskLayer:
        """Of a whole array [H, W], given away."""
        return cls(Plane.of(COVER, pixels))

    @property
    def untouched(self) -> bool:
        return self.pixels.blank


def surrounded(value: Values, known: Pixels | None, around: Around) -> tuple[Values, Pixels | None]:
    """What painted depth says to a model: (value, known), known None where all of it is known.

    On background, paint covers it as it covers black on the canvas: a soft edge falls off to 0.
    """
    if known is None or known.min() == 255:
        return value, None
    if around == "background":
        covered: Values = known.astype(np.float32) / np.float32(255)
        covered *= value
        return sealed(covered), None
    return value, known


def depth_said(value: Values, known: Pixels | None) -> DepthLayer:
    """The layer that says this to a model; the inverse of `surrounded`. Arrays of the layer's size, given away."""
    if known is not None:
        return DepthLayer.of(value, known, "unknown")
    painted = value > 0
    if not painted.any():  # background everywhere is something that was said
        painted = np.ones_like(painted)
    return DepthLayer.of(value, np.where(painted, np.uint8(255), np.uint8(0)))


def inverted(layer: DepthLayer | MaskLayer) -> DepthLayer | MaskLayer:
    """Near becomes far where depth is painted; what a mask keeps is painted anew, and the other way round."""
    if isinstance(layer, MaskLayer):
        (pixels,) = tilewise(lambda tiles: [255 - tiles[0]], layer.pixels)
        return replace(layer, pixels=pixels)
    value, _ = tilewise(_far_for_near, layer.value, layer.known)
    return replace(layer, value=value)


def _far_for_near(tiles: list[NDArray[Any]]) -> list[NDArray[Any]]:
    value, known = tiles
    return [np.where(known > 0, 1 - value, value), known]


def filled(layer: DepthLayer) -> DepthLayer:
    """With background painted wherever nothing was."""
    value, known = tilewise(_on_background, layer.value, layer.known)
    return replace(layer, value=value, known=known)


def _on_background(tiles: list[NDArray[Any]]) -> list[NDArray[Any]]:
    value, known = tiles
    return [surrounded(value, known, "background")[0], np.full_like(known, 255)]


def blank_depth(width: int, height: int, around: Around = "background") -> DepthLayer:
    return DepthLayer(Plane(VALUE, width, height), Plane(COVER, width, height), around=around)


def blank_colour(width: int, height: int) -> ColourLayer:
    return ColourLayer(Plane(RGBA, width, height))


def blank_mask(width: int, height: int) -> MaskLayer:
    return MaskLayer(Plane(COVER, width, height))


def standing_person(width: int, height: int, centre: float | None = None) -> Person:
    """A person to begin with, all 18 joints there; centre: x in pixels, the middle if not given."""
    x = width / 2 if centre is None else centre
    joints = np.ones((18, 3), np.float32)
    joints[:, :2] = STANDING * np.float32(height) + np.array([x, 0.0], np.float32)
    return Person(joints)
