"""Control maps, as they went into a picture: depth, pose, normals and ids, for a compositor or another tool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.contents.content import Surface
from studio_app.document.pose_files import Pose, format_pose
from studio_app.export.pictures import PNG, PNG16, as_uint16, encode, encode_ids, exr_bytes
from studio_app.export.pieces import Asset, Metadata, Piece, Role
from studio_app.export.surfaces import names_json, normal_picture, palette
from studio_app.scene.openpose import draw_pose

Array = NDArray[Any]
Plane = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def control_asset(
    name: str,
    request: GenerationRequest,
    people: NDArray[np.floating] | None = None,
    surface: Surface | None = None,
    metadata: Metadata | None = None,
) -> Asset:
    """What a request's controls were, as files.

    people: float [P, 18, 3] of x, y in pixels and 1 where seen, for the pose's JSON; a request holds its picture
    alone. surface: of the scenes that were drawn: whose each pixel is, by number and name, and where it faces, unless
    normals of their own went in. StudioError where there is nothing.
    """
    pieces: list[Piece] = []
    for control in request.controls:
        if control.kind == "depth":
            pieces += depth_pieces(control.pixels, control.known, metadata)
        elif control.kind == "pose":
            pieces.append(_picture("pose", control.pixels, metadata))
        elif control.kind == "normal":
            normal = _picture("normal", control.pixels, metadata, srgb=False)
            pieces.append(normal)
        elif control.kind == "edge":
            pieces.append(_picture("edge", control.pixels, metadata, srgb=False))
    size = (request.width, request.height)
    if people is not None and len(people):
        pieces.append(pose_piece(people, size))
        if not any(piece.role == "pose" and piece.size for piece in pieces):
            pieces.append(_picture("pose", pose_picture(people, size), metadata))
    if surface is not None:
        if not any(piece.role == "normal" for piece in pieces):
            pieces.append(_normals(surface, metadata))
        pieces.append(ids_piece(surface.ids, metadata))
        pieces.append(Piece("ids", ".json", names_json(surface), srgb=False))
    if not pieces:
        raise StudioError(
            "The picture had no drawing", "no depth, pose or normals went into it", "Draw one."
        )
    return Asset(name, "control", tuple(pieces))


def depth_pieces(
    value: Array, known: Pixels | None = None, metadata: Metadata | None = None
) -> list[Piece]:
    """A depth [H, W] (uint8, or floats 0..1; 1 near, 0 background, linear in 1/z) as 16-bit PNG and as EXR.

    The EXR holds it in `Z`, as it is, to the last bit; where only parts are known, with `known` (0..1) beside it.
    In the PNG what is not known is background.
    """
    plane = value.astype(np.float32) / (255 if value.dtype == np.uint8 else 1)
    channels: dict[str, Plane] = {"Z": plane.astype(np.float32)}
    shown = channels["Z"]
    if known is not None:
        channels["known"] = (known / np.float32(255)).astype(np.float32)
        shown = np.where(known > 0, shown, np.float32(0))
    size = (value.shape[1], value.shape[0])
    return [
        Piece("depth", ".png", _png16(shown, metadata), size, srgb=False, bits=16),
        Piece("depth", ".exr", exr_bytes(channels, metadata), size, srgb=False, bits=32),
    ]


def pose_piece(people: NDArray[np.floating], size: tuple[int, int]) -> Piece:
    """People [P, 18, 3] as OpenPose JSON, in pixels of a picture of `size` (width, height)."""
    text = format_pose(Pose(people.astype(np.float32), size))
    return Piece("pose", ".json", text.encode(), srgb=False)


def pose_picture(people: NDArray[np.floating], size: tuple[int, int]) -> Pixels:
    """People [P, 18, 3] as ControlNet draws them, uint8 [H, W, 3]."""
    return draw_pose(people.astype(np.float32), *size)


def ids_piece(ids: NDArray[np.integer], metadata: Metadata | None = None) -> Piece:
    """Ids [H, W], 0..65535, as a PNG of their own values: in 8 bits with a palette that shows them where they fit, else
    grey, in 16 bits."""
    if ids.size and not (int(ids.min()) >= 0 and int(ids.max()) < 65536):
        raise StudioError("The ids can't be written", "they are not all from 0 to 65535")
    deep = bool(ids.size) and int(ids.max()) > 255
    size = (ids.shape[1], ids.shape[0])
    if deep:
        data = _png16(ids.astype(np.uint16), metadata)
    else:
        data = encode_ids(ids.astype(np.uint8), palette(), metadata)
    return Piece("ids", ".png", data, size, srgb=False, bits=16 if deep else 8)


def _normals(surface: Surface, metadata: Metadata | None) -> Piece:
    piece = _picture("normal", normal_picture(surface), metadata, srgb=False)
    return replace(piece, normal_y="+")


def _png16(values: Array, metadata: Metadata | None) -> bytes:
    return encode(as_uint16(values), PNG16, metadata, srgb=False)


def _picture(role: Role, pixels: Array, metadata: Metadata | None, *, srgb: bool = True) -> Piece:
    size = (pixels.shape[1], pixels.shape[0])
    data = encode(pixels, PNG, metadata, srgb=srgb)
    return Piece(role, ".png", data, size, srgb)
