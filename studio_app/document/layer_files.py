"""Between files, frames and layers. Runs in the I/O worker's thread, or on small arrays anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic, write_text_atomic
from studio_app.core.request import GenerationRequest
from studio_app.document.document import Layer
from studio_app.document.framings import Framing, How, framing
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
    DecodedPicture,
    fit_depth,
    fit_pixels,
    open_picture,
    write_png,
)
from studio_app.document.png import png_bytes
from studio_app.document.pose_files import Pose, format_pose, read_pose
from studio_app.document.pose_pictures import people_in, people_of
from studio_app.document.recipes import Intermediate, recipe_texts


def read_layer(name: LayerName, path: Path, width: int, height: int) -> tuple[Layer, str]:
    """A layer of this size from a file, and a sentence if the file's size was another, else "".

    Raises StudioError for whatever is wrong with the file.
    """
    if name == "pose":
        pose = read_pose(path)
        people = tuple(Person(joints) for joints in pose.fitted(width, height))
        return PoseLayer(people), ""
    picture = open_picture(path, fit=(width, height))
    return layer_of_picture(name, picture, width, height), _note(picture, width, height)


def layer_of_picture(
    name: LayerName, picture: DecodedPicture, width: int, height: int, how: How = "stretch"
) -> Layer:
    """A picture as the content of a layer of this size; for "pose", of OpenPose figures on black.

    StudioError where it is nothing of the kind.
    """
    frame = framing(picture.size, width, height, how)
    _, _, w, h = frame.target
    if name == "pose":
        return PoseLayer(_people(picture, frame))
    if name == "depth":
        value, known = picture.depth()
        if known is None:
            known = np.full(value.shape, 255, np.uint8)
        value, known = fit_depth(frame.cut(value), frame.cut(known), w, h)
        assert known is not None
        return DepthLayer.of(frame.put(value, width, height), frame.put(known, width, height))
    if name == "mask":
        mask = fit_pixels(frame.cut(picture.mask()), w, h)
        return MaskLayer.of(frame.put(mask, width, height))
    rgba = _fitted_rgba(frame.cut(picture.rgba()), w, h)
    return ColourLayer.of(frame.put(rgba, width, height))


def write_layer(layer: Layer, path: Path, width: int, height: int) -> Path:
    """Writes a layer as a file that `read_layer` reads again, and returns its name: poses as OpenPose JSON, the
    rest as a PNG of the drawing's size. StudioError where it can't be written.

    Depth has 16 bits and is as the layer says it to a model: on background, everything is known; else what is
    unknown is transparent (in one grey that nothing else has, which every reader of PNGs understands).
    """
    suffix = ".json" if isinstance(layer, PoseLayer) else ".png"
    target = path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)
    if isinstance(layer, PoseLayer):
        people = [person.joints for person in layer.people]
        pose = Pose(
            np.stack(people) if people else np.zeros((0, 18, 3), np.float32), (width, height)
        )
        write_text_atomic(target, format_pose(pose))
    elif isinstance(layer, DepthLayer):
        write_bytes_atomic(target, _depth_png(layer))
    else:
        write_png(target, (layer.pixels if isinstance(layer, MaskLayer) else layer.rgba).whole)
    return target


def _depth_png(layer: DepthLayer) -> bytes:
    value, known = layer.said()
    levels = np.rint(value.astype(np.float64) * 65535).astype(np.uint16)
    if known is None or (known >= 128).all():
        return png_bytes(levels)
    said = known >= 128
    used = np.zeros(65536, bool)
    used[levels[said]] = True
    free = np.flatnonzero(~used)
    clear = int(free[0]) if free.size else 0
    levels[said & (levels == clear)] = min(clear + 1, 65535)
    levels[~said] = clear
    return png_bytes(levels, clear=clear)


def _people(picture: DecodedPicture, frame: Framing) -> tuple[Person, ...]:
    rgb = picture.rgb()
    found = people_in(rgb)
    if not found:
        raise StudioError(
            f"Nobody was found in {picture.name}",
            "it shows no OpenPose figures on black",
            "Load an OpenPose JSON, or add a person and drag the joints.",
        )
    size = rgb.shape[1], rgb.shape[0]
    people: list[Person] = []
    for person in found:
        joints = person.joints.copy()
        for joint in np.flatnonzero(joints[:, 2] > 0):
            joints[joint, :2] = frame.point(float(joints[joint, 0]), float(joints[joint, 1]), size)
        people.append(Person(joints))
    return tuple(people)


def layer_from_pixels(name: LayerName, pixels: NDArray[np.uint8], width: int, height: int) -> Layer:
    """BGRA pixels (premultiplied, as a Frame's) as the content of a layer of this size."""
    alpha = pixels[:, :, 3:].astype(np.float32)
    scale = np.divide(255.0, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    rgb = np.rint(pixels[:, :, 2::-1] * scale).clip(0, 255).astype(np.uint8)
    rgba = np.dstack([rgb, pixels[:, :, 3]])
    if name == "colour":
        return ColourLayer.of(_fitted_rgba(rgba, width, height))
    grey = (rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)) / 255
    if name == "depth":
        value, known = fit_depth(grey.clip(0, 1), rgba[:, :, 3].copy(), width, height)
        assert known is not None
        return DepthLayer.of(value.copy(), known.copy())
    if name == "mask":
        mask = np.rint(grey * 255).astype(np.uint8)
        return MaskLayer.of(fit_pixels(mask, width, height).copy())
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
        layers["colour"] = ColourLayer.of(np.concatenate([request.init, opaque], axis=2))
    if request.mask is not None:
        layers["mask"] = MaskLayer.of(request.mask.copy())
    return layers


def not_brought_back(request: GenerationRequest, people: tuple[Person, ...] | None) -> list[str]:
    """What of a request the layers and knobs of a document can't hold, in the words of a message. people: that its
    pose was drawn from, where somebody knows."""
    kinds = [control.kind for control in request.controls]
    lost = [kind for kind in dict.fromkeys(kinds) if kind not in ("depth", "pose")]
    lost += [f"the first {kind}" for kind in ("depth", "pose") if kinds.count(kind) > 1]
    if "pose" in kinds and not people:
        found = bool(people_of(request))
        read = "the exact pose: it is read off its drawing"
        lost.append(read if found else "the pose, of which only a drawing is kept")
    return lost


def write_picture(
    path: Path,
    pixels: NDArray[np.uint8],
    request: GenerationRequest | None,
    people: tuple[Person, ...] = (),
    shows: Intermediate | None = None,
) -> None:
    """A PNG of BGRA pixels, with its recipe, the people it was posed by and the step it shows; `.png` is added where
    the name has another ending or none. StudioError where it can't be written."""
    rgb = np.ascontiguousarray(pixels[:, :, 2::-1])
    texts = None
    if request is not None:
        joints = np.stack([person.joints for person in people]) if people else None
        texts = recipe_texts(request, people=joints, shows=shows)
    if (pixels[:, :, 3] < 255).any():
        rgb = np.dstack([rgb, pixels[:, :, 3]])
    named = path if path.suffix.lower() == ".png" else path.with_name(f"{path.name}.png")
    write_png(named, rgb, texts)


def _fitted_rgba(rgba: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if rgba.shape[:2] == (height, width):
        return rgba.copy()
    rgb = fit_pixels(np.ascontiguousarray(rgba[:, :, :3]), width, height)
    alpha = fit_pixels(np.ascontiguousarray(rgba[:, :, 3]), width, height)
    return np.dstack([rgb, alpha])


def _note(picture: DecodedPicture, width: int, height: int) -> str:
    said: list[str] = []
    if picture.layers:
        said.append(f"{picture.name} has {len(picture.layers)} layers, read as one")
    if picture.size != (width, height):
        said.append(f"Resized from {picture.size[0]}x{picture.size[1]} to {width}x{height}")
    return ". ".join(said)
