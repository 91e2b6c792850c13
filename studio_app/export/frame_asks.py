"""Which pictures a sheet asks for: a drawing's request with many seeds, or in many poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.reading import expanded
from studio_app.core.request import MAX_SEED, GenerationRequest
from studio_app.document.canvases import framed
from studio_app.document.contents.pose import Pose
from studio_app.document.document import Document, people_drawn, request_of
from studio_app.document.newcomers import in_poses, pose_names
from studio_app.document.people import Person
from studio_app.document.pose_files import read_pose
from studio_app.document.restoring import with_only
from studio_app.export.settings import SheetSource

MAX_FRAMES = 256
"""Of a sheet that is drawn."""


@dataclass(frozen=True, eq=False)
class Ask:
    """A picture that is wanted. people: the pose that its request shows, and its name. row: of its animation."""

    request: GenerationRequest
    people: tuple[Person, ...] = ()
    row: str = ""
    pose: str = ""


@dataclass(frozen=True, eq=False)
class Present:
    """What is on the desk now, or was where a picture was made. capabilities: of the model; None while none is open."""

    document: Document
    capabilities: Capabilities | None
    model: str


def asked(source: SheetSource, present: Present) -> tuple[Ask, ...]:
    """The pictures of seeds or poses, in the order of the sheet. StudioError where one can't be asked for."""
    if present.capabilities is None:
        raise StudioError("No model is open", "", "Choose a model first.")
    document = framed(replace(present.document, start=None))  # from one x_t all seeds look alike
    if "isolated" in present.capabilities.kinds and document.settings.kind != "isolated":
        raise StudioError(
            f"Nothing can be cut out of a picture of the kind {document.settings.kind}",
            "a sheet is made of things that stand alone",
            "Choose isolated as the kind of picture.",
        )
    if not document.settings.prompt.strip():
        raise StudioError("There are no words yet", "", "Say what is to be drawn.")
    seed = document.settings.seed if source.first is None else source.first
    if seed + source.count - 1 > MAX_SEED:
        raise StudioError(f"There are no {source.count} seeds after {seed}", "", "Begin lower.")
    drawings: list[tuple[str, Document]] = []
    if source.of == "poses":
        if not source.poses:
            raise StudioError("No poses are chosen", "", "Add some of the library, or a file.")
        if "pose" not in present.capabilities.controls:
            raise StudioError("This model follows no poses", present.model, "Choose another.")
        if len(source.poses) * source.count > MAX_FRAMES:
            raise StudioError(
                f"{len(source.poses) * source.count} pictures are too many for one sheet",
                f"at most {MAX_FRAMES}",
                "Take fewer poses, or fewer pictures of each.",
            )
        for name, people in posed(source.poses, *document.canvas):
            drawings.append((name, with_only(document, Pose(people))))
    else:
        drawings.append(("", document))
    asks: list[Ask] = []
    for name, drawn in drawings:
        request = request_of(drawn, present.capabilities, model=present.model)
        people = people_drawn(drawn)
        row = name if source.rows else ""
        asks += [
            Ask(replace(request, seed=seed + i), people, row, name) for i in range(source.count)
        ]
    return tuple(asks)


def posed(poses: Sequence[str], width: int, height: int) -> list[tuple[str, tuple[Person, ...]]]:
    """The name and the people of each pose, in a picture of that size. StudioError of a file."""
    library = [pose for pose in poses if is_of_library(pose)]
    figures = iter(in_poses(library, width, height))
    found: list[tuple[str, tuple[Person, ...]]] = []
    for pose in poses:
        if is_of_library(pose):
            found.append((pose, (next(figures),)))
        elif not Path(pose).suffix:
            raise StudioError(
                f"There is no pose {pose!r}",
                "the library has " + ", ".join(pose_names()),
                "Name one of these, or a pose file.",
            )
        else:
            path = expanded(pose)
            people = tuple(Person(one) for one in read_pose(path).fitted(width, height))
            found.append((path.stem, people))
    return found


def is_of_library(pose: str) -> bool:
    """Whether it is a name, and no path of a file."""
    return pose in pose_names()
