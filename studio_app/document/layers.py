"""The layers of a document: frozen values with read-only arrays of the picture's size.

An edit makes a new layer; the arrays that did not change are shared. What a layer says to a model (its
`Control`) is made once per layer and kept with it, so that an edit elsewhere hashes and draws nothing anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.request import Control
from studio_app.scene.figure import STANDING, placed
from studio_app.scene.openpose import draw_pose

Plane = NDArray[np.float32]
Pixels = NDArray[np.uint8]
LayerName = Literal["depth", "pose", "colour", "mask"]
LAYERS: tuple[LayerName, ...] = get_args(LayerName)
Around = Literal["background", "unknown"]
"""What lies around the paint of a depth layer: background (depth 0, and known), or what nobody has said."""
AROUNDS: tuple[Around, ...] = get_args(Around)


def sealed(array: NDArray[Any]) -> NDArray[Any]:
    """`array` itself, C-contiguous and read-only. The caller gives it away: it is not copied."""
    out = np.ascontiguousarray(array)
    out.flags.writeable = False
    return out


@dataclass(frozen=True, eq=False)
class DepthLayer:
    """value: float32 [H, W] 0..1 (1 = near, 0 = background). known: uint8 [H, W], what is painted: 0 nothing,
    255 all of it. around: what the unpainted ground of a layer that has been painted on means; of one that
    has not it means nothing.
    """

    value: Plane
    known: Pixels
    visible: bool = True
    opacity: float = 1.0
    around: Around = "background"

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", sealed(self.value))
        object.__setattr__(self, "known", sealed(self.known))

    @cached_property
    def untouched(self) -> bool:
        return not self.known.any()

    @cached_property
    def control(self) -> Control:
        """Depth at strength 1; `known` is left out where everything is known."""
        return Control("depth", *surrounded(self.value, self.known, self.around))


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
    """rgba: uint8 [H, W, 4], R, G, B and straight alpha; what the picture starts from (init)."""

    rgba: Pixels
    visible: bool = True
    opacity: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rgba", sealed(self.rgba))

    @cached_property
    def untouched(self) -> bool:
        return not self.rgba[:, :, 3].any()

    @cached_property
    def init(self) -> Pixels:
        """uint8 [H, W, 3]: the colours over mid grey, as the isolated pictures are."""
        alpha = self.rgba[:, :, 3:].astype(np.uint16)
        mixed = (self.rgba[:, :, :3] * alpha + 128 * (255 - alpha) + 127) // 255
        return sealed(mixed.astype(np.uint8))


@dataclass(frozen=True, eq=False)
class MaskLayer:
    """pixels: uint8 [H, W]: 255 = paint anew, 0 = keep the colour layer bit-exact. All 0: no mask."""

    pixels: Pixels
    visible: bool = True
    opacity: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", sealed(self.pixels))

    @cached_property
    def untouched(self) -> bool:
        return not self.pixels.any()


def surrounded(value: Plane, known: Pixels | None, around: Around) -> tuple[Plane, Pixels | None]:
    """What painted depth says to a model: (value, known), known None where all of it is known.

    On background, paint covers it as it covers black on the canvas: a soft edge falls off to 0.
    """
    if known is None or known.min() == 255:
        return value, None
    if around == "background":
        covered: Plane = known.astype(np.float32) / np.float32(255)
        covered *= value
        return sealed(covered), None
    return value, known


def depth_said(value: Plane, known: Pixels | None) -> DepthLayer:
    """The layer that says this to a model; the inverse of `surrounded`. Arrays of the layer's size, given away."""
    if known is not None:
        return DepthLayer(value, known, around="unknown")
    painted = value > 0
    if not painted.any():  # background everywhere is something that was said
        painted = np.ones_like(painted)
    return DepthLayer(value, np.where(painted, np.uint8(255), np.uint8(0)))


def inverted(layer: DepthLayer | MaskLayer) -> DepthLayer | MaskLayer:
    """Near becomes far where depth is painted; what a mask keeps is painted anew, and the other way round."""
    if isinstance(layer, MaskLayer):
        return replace(layer, pixels=255 - layer.pixels)
    return replace(layer, value=np.where(layer.known > 0, 1 - layer.value, layer.value))


def filled(layer: DepthLayer) -> DepthLayer:
    """With background painted wherever nothing was."""
    value, _ = surrounded(layer.value, layer.known, "background")
    return replace(layer, value=value, known=np.full_like(layer.known, 255))


def blank_depth(width: int, height: int, around: Around = "background") -> DepthLayer:
    value, known = np.zeros((height, width), np.float32), np.zeros((height, width), np.uint8)
    return DepthLayer(value, known, around=around)


def blank_colour(width: int, height: int) -> ColourLayer:
    return ColourLayer(np.zeros((height, width, 4), np.uint8))


def blank_mask(width: int, height: int) -> MaskLayer:
    return MaskLayer(np.zeros((height, width), np.uint8))


def standing_person(width: int, height: int, centre: float | None = None) -> Person:
    """A person to begin with, all 18 joints there; centre: x in pixels, the middle if not given."""
    x = width / 2 if centre is None else centre
    joints = np.ones((18, 3), np.float32)
    joints[:, :2] = STANDING * np.float32(height) + np.array([x, 0.0], np.float32)
    return Person(joints)
