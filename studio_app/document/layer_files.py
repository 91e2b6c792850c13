"""Between files, frames and contents. Runs in the I/O worker's thread, or on small arrays anywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio_app.core.files import write_bytes_atomic
from studio_app.core.request import GenerationRequest
from studio_app.document.contents.content import Content
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.framings import How, framing
from studio_app.document.people import Person
from studio_app.document.pictures import DecodedPicture
from studio_app.document.png import png_bytes
from studio_app.document.pose_pictures import people_of
from studio_app.document.recipes import Intermediate, recipe_texts


def read_content(kind: str, path: Path, width: int, height: int) -> tuple[Content, str]:
    """A content of this size from a file, and a sentence if the file's size was another, else "".

    Raises StudioError for whatever is wrong with the file.
    """
    return CONTENTS[kind].read(path, width, height)


def content_of_picture(
    kind: str, picture: DecodedPicture, width: int, height: int, how: How = "stretch"
) -> Content:
    """A picture as a content of this size; for a pose, of OpenPose figures on black. StudioError where it is nothing
    of the kind."""
    frame = framing(picture.size, width, height, how)
    return CONTENTS[kind].of_picture(picture, frame, width, height)


def write_content(content: Content, path: Path, width: int, height: int) -> Path:
    """Writes a content as a file that `read_content` reads again, and returns its name: poses as OpenPose JSON, the
    rest as a PNG of the drawing's size. StudioError where it can't be written."""
    suffix = content.suffix
    target = path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)
    write_bytes_atomic(target, content.encoded(width, height))
    return target


def content_of_pixels(kind: str, pixels: NDArray[np.uint8], width: int, height: int) -> Content:
    """BGRA pixels (premultiplied, as a Frame's) as a content of this size."""
    alpha = pixels[:, :, 3:].astype(np.float32)
    scale = np.divide(255.0, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    rgb = np.rint(pixels[:, :, 2::-1] * scale).clip(0, 255).astype(np.uint8)
    return CONTENTS[kind].of_rgba(np.dstack([rgb, pixels[:, :, 3]]), width, height)


def not_brought_back(request: GenerationRequest, people: tuple[Person, ...] | None) -> list[str]:
    """What of a request the nodes and knobs of a document can't hold, in the words of a message. people: that its
    pose was drawn from, where somebody knows."""
    drawn = [kind for content in CONTENTS.values() for kind in content.controls]
    kinds = [control.kind for control in request.controls]
    lost = [kind for kind in dict.fromkeys(kinds) if kind not in drawn]
    lost += [f"the first {kind}" for kind in drawn if kinds.count(kind) > 1]
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
    named = path if path.suffix.lower() == ".png" else path.with_name(f"{path.name}.png")
    write_bytes_atomic(named, picture_bytes(pixels, request, people, shows))


def picture_bytes(
    pixels: NDArray[np.uint8],
    request: GenerationRequest | None,
    people: tuple[Person, ...] = (),
    shows: Intermediate | None = None,
) -> bytes:
    """What `write_picture` writes."""
    rgb = np.ascontiguousarray(pixels[:, :, 2::-1])
    texts = None
    if request is not None:
        joints = np.stack([person.joints for person in people]) if people else None
        texts = recipe_texts(request, people=joints, shows=shows)
    if (pixels[:, :, 3] < 255).any():
        rgb = np.dstack([rgb, pixels[:, :, 3]])
    return png_bytes(rgb, texts)
