"""Between files, frames and layers. Runs in the I/O worker's thread, or on small arrays anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.document import Layer
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
    depth_said,
)
from studio_app.document.pictures import (
    fit_depth,
    fit_pixels,
    open_picture,
    write_png,
)
from studio_app.document.pose_files import read_pose
from studio_app.document.recipes import Recipe, recipe_texts


def read_layer(name: LayerName, path: Path, width: int, height: int) -> tuple[Layer, str]:
    """A layer of this size from a file, and a sentence if the file's size was another, else "".

    Raises StudioError for whatever is wrong with the file.
    """
    if name == "pose":
        pose = read_pose(path)
        people = tuple(Person(joints) for joints in pose.fitted(width, height))
        return PoseLayer(people), ""
    picture = open_picture(path, fit=(width, height))
    note = _note(picture.size, width, height)
    if name == "depth":
        value, known = picture.depth()
        value, known = fit_depth(value, known, width, height)
        full = np.full((height, width), 255, np.uint8) if known is None else known
        return DepthLayer(value.copy(), full.copy()), note
    if name == "mask":
        return MaskLayer(fit_pixels(picture.mask(), width, height).copy()), note
    return _colour(picture.rgba(), width, height), note


def layer_from_pixels(name: LayerName, pixels: NDArray[np.uint8], width: int, height: int) -> Layer:
    """BGRA pixels (premultiplied, as a Frame's) as the content of a layer of this size."""
    alpha = pixels[:, :, 3:].astype(np.float32)
    scale = np.divide(255.0, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    rgb = np.rint(pixels[:, :, 2::-1] * scale).clip(0, 255).astype(np.uint8)
    rgba = np.dstack([rgb, pixels[:, :, 3]])
    if name == "colour":
        return _colour(rgba, width, height)
    grey = (rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)) / 255
    if name == "depth":
        value, known = fit_depth(grey.clip(0, 1), rgba[:, :, 3].copy(), width, height)
        assert known is not None
        return DepthLayer(value.copy(), known.copy())
    if name == "mask":
        mask = np.rint(grey * 255).astype(np.uint8)
        return MaskLayer(fit_pixels(mask, width, height).copy())
    raise StudioError("A picture is no pose", "", "Load an OpenPose JSON file.")


def layers_of(request: GenerationRequest) -> dict[str, Layer]:
    """The depth, colour and mask layers that a request was made from; empty ones where it had none."""
    width, height = request.width, request.height
    layers: dict[str, Layer] = {
        "depth": blank_depth(width, height),
        "colour": blank_colour(width, height),
        "mask": blank_mask(width, height),
    }
    for control in request.controls:
        if control.kind == "depth":
            value: NDArray[Any] = control.pixels
            if value.dtype == np.uint8:
                value = value.astype(np.float32) / np.float32(255)
            fitted_value, known = fit_depth(value, control.known, width, height)
            layers["depth"] = depth_said(
                fitted_value.copy(), None if known is None else known.copy()
            )
    if request.init is not None:
        opaque = np.full((height, width, 1), 255, np.uint8)
        layers["colour"] = ColourLayer(np.concatenate([request.init, opaque], axis=2))
    if request.mask is not None:
        layers["mask"] = MaskLayer(request.mask.copy())
    return layers


def not_brought_back(recipe: Recipe) -> list[str]:
    """What of a recipe the layers and knobs of a document can't hold, in the words of a message."""
    kinds = [control.kind for control in recipe.request.controls]
    lost = [kind for kind in dict.fromkeys(kinds) if kind not in ("depth", "pose")]
    lost += [f"the first {kind}" for kind in ("depth", "pose") if kinds.count(kind) > 1]
    if "pose" in kinds and recipe.people is None:
        lost.append("the pose, of which the file has only a drawing")
    return lost


def write_picture(
    path: Path,
    pixels: NDArray[np.uint8],
    request: GenerationRequest | None,
    people: tuple[Person, ...] = (),
) -> None:
    """A PNG of BGRA pixels, with its recipe and the people it was posed by; `.png` is added where the name has
    another ending or none. StudioError where it can't be written."""
    rgb = np.ascontiguousarray(pixels[:, :, 2::-1])
    texts = None
    if request is not None:
        joints = np.stack([person.joints for person in people]) if people else None
        texts = recipe_texts(request, people=joints)
    if (pixels[:, :, 3] < 255).any():
        rgb = np.dstack([rgb, pixels[:, :, 3]])
    named = path if path.suffix.lower() == ".png" else path.with_name(f"{path.name}.png")
    write_png(named, rgb, texts)


def _colour(rgba: NDArray[np.uint8], width: int, height: int) -> ColourLayer:
    if rgba.shape[:2] == (height, width):
        return ColourLayer(rgba.copy())
    rgb = fit_pixels(np.ascontiguousarray(rgba[:, :, :3]), width, height)
    alpha = fit_pixels(np.ascontiguousarray(rgba[:, :, 3]), width, height)
    return ColourLayer(np.dstack([rgb, alpha]))


def _note(size: tuple[int, int], width: int, height: int) -> str:
    if size == (width, height):
        return ""
    return f"Resized from {size[0]}x{size[1]} to {width}x{height}"
