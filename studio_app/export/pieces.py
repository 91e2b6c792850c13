"""What is exported, before anybody knows where to: the files of one asset as bytes, and what they mean.

Whoever makes pictures (sprites, sheets, texture sets) returns an `Asset`; whoever knows an engine (targets/) gives
its pieces names and adds what the engine wants beside them. Neither knows the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from studio_app.export.seams import Seams

AssetKind = Literal["picture", "sprite", "sheet", "texture", "control"]

Role = Literal[
    "colour",
    "normal",
    "height",
    "roughness",
    "metallic",
    "occlusion",
    "orm",
    "mask_map",
    "alpha",
    "depth",
    "ids",
    "pose",
    "edge",
    "layers",
    "material",
    "atlas",
]
"""What a file is to an engine. orm: occlusion, roughness, metallic in R, G, B (glTF). mask_map: metallic, occlusion,
detail, smoothness in R, G, B, A (Unity HDRP). layers: a PSD or ORA. material, atlas: text that names other pieces."""

PICTURES: frozenset[str] = frozenset((".png", ".webp", ".jpg", ".tga", ".exr"))
"""The endings of files that are one picture."""

ONE_CHANNEL: frozenset[Role] = frozenset(
    ("height", "roughness", "metallic", "occlusion", "alpha", "depth", "ids")
)
"""Those that hold one value a pixel."""

SET: tuple[Role, ...] = (
    "colour",
    "normal",
    "height",
    "roughness",
    "metallic",
    "occlusion",
    "orm",
)
"""The seven maps of a texture set, where nobody wants others; in this order."""

MAPS: tuple[Role, ...] = (*SET, "mask_map")
"""All that a texture set is offered with."""

Text = Literal["texturepacker", "texturepacker_array", "aseprite", "gltf", "materialx"]
"""A text beside pictures that describes them: an atlas, or a material."""

TEXTS: Mapping[AssetKind, tuple[Text, ...]] = {
    "sheet": ("texturepacker", "texturepacker_array", "aseprite"),
    "texture": ("gltf", "materialx"),
}
"""Those that a kind may have."""


@dataclass(frozen=True)
class Metadata:
    """What a picture says of itself; whoever encodes pictures embeds it, as far as a format can hold it.

    texts: by keyword, in PNG. xmp: a whole packet, in PNG, JPEG, WebP and EXR. exif: a TIFF structure (without
    "Exif\\0\\0" before it), in JPEG and WebP. TGA holds none. mark: the packet that an asset's maps get instead of all
    this, "" for the same.
    """

    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    xmp: str = ""
    exif: bytes = b""
    mark: str = ""

    def of_maps(self) -> Metadata:
        """For maps beside a picture: the mark alone, since the words are in the picture."""
        return Metadata(xmp=self.mark) if self.mark else self


Point = tuple[float, float]
"""x and y, in parts of whatever it lies in."""


@dataclass(frozen=True)
class Cell:
    """One frame of a sheet: its place in pixels from the top left, and where its pivot is, 0..1 from the top left.

    source: size of the untrimmed frame, and where in it the cell lies. milliseconds: how long it is shown.
    """

    name: str
    x: int
    y: int
    width: int
    height: int
    pivot: tuple[float, float] = (0.5, 0.5)
    source: tuple[int, int, int, int] | None = None
    milliseconds: float = 100.0
    row: str = ""
    """The animation it belongs to."""

    def in_picture(self, point: Point) -> Point:
        """Of the cell, 0..1 from its top left, as a place in the untrimmed frame, 0..1 from the top left of that."""
        whole, high, x, y = self.source or (self.width, self.height, 0, 0)
        return (x + point[0] * self.width) / whole, (y + point[1] * self.height) / high

    def of_picture(self, point: Point) -> Point:
        """A place in the untrimmed frame as one of the cell: the other way round."""
        whole, high, x, y = self.source or (self.width, self.height, 0, 0)
        return (point[0] * whole - x) / self.width, (point[1] * high - y) / self.height


@dataclass(frozen=True)
class Piece:
    """One file of an asset.

    data: its bytes, whole. extension: with the dot. size: width and height of a picture, else None. srgb: whether its
    values are colours (False: data that no engine may convert). normal_y: of a normal map, where green points.
    bits: of a channel; 32 are floats, and linear, colours too.
    label: what tells it from another of its role and extension ("aseprite"), a part of its file name.
    unsigned: sha256 of the bytes before they were signed, "" where they are not: a signature is new each time.

    A text piece (material, atlas) names another one's file by `file_of`, since names come later.
    """

    role: Role
    extension: str
    data: bytes = field(repr=False)
    size: tuple[int, int] | None = None
    srgb: bool = True
    alpha: bool = False
    normal_y: Literal["+", "-"] | None = None
    bits: int = 8
    label: str = ""
    unsigned: str = ""


def file_of(role: Role) -> str:
    """What stands in the text of a piece where the file name of the first piece of `role` belongs."""
    return f"@@{role}@@"


@dataclass(frozen=True)
class Wants:
    """What an engine asks of the pieces made for it.

    normal_y: where green points in its normal maps. texture: the roles of a texture set, in the order in which they
    are written. deep: bits of height and depth. texts: those that its users can do something with, by kind of asset.
    """

    normal_y: Literal["+", "-"] = "+"
    texture: tuple[Role, ...] = SET
    deep: Literal[8, 16] = 16
    texts: Mapping[AssetKind, tuple[Text, ...]] = field(
        default_factory=dict[AssetKind, tuple["Text", ...]]
    )


@dataclass(frozen=True)
class Asset:
    """What one export writes.

    name: as the artist typed it; targets make file names of it. pivot: 0..1 from the top left. tiles: along x and y.
    pixel_art: shown without smoothing. cells: of a sheet; loop: whether its animations begin again at their end.
    source: of a sprite, as a cell's.
    pixels_per_unit: of a sprite, in engines that have units.
    seams: of a texture's colour; where it was made seamless, first those that it had, then those it has.
    """

    name: str
    kind: AssetKind
    pieces: tuple[Piece, ...]
    pivot: tuple[float, float] = (0.5, 0.5)
    tiles: tuple[bool, bool] = (False, False)
    pixel_art: bool = False
    cells: tuple[Cell, ...] = ()
    loop: bool = True
    pixels_per_unit: float = 100.0
    seams: tuple[Seams, ...] = ()
    source: tuple[int, int, int, int] | None = None

    def piece(self, role: Role) -> Piece | None:
        """The first of that role."""
        return next((piece for piece in self.pieces if piece.role == role), None)
