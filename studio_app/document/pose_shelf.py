"""The artist's own poses, beside those of the library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import read_object
from studio_app.core.reading import NoSuchFile
from studio_app.document.people import Person, people_from, people_list

FORMAT = 1
MOST = 256
MOST_NAME = 40


@dataclass(frozen=True, eq=False)
class OwnPose:
    """person: of any size, anywhere; joints that are missing stay so."""

    name: str
    person: Person


def with_pose(own: Sequence[OwnPose], name: str, person: Person) -> tuple[OwnPose, ...]:
    """With one more, or another one under a name that there is. StudioError for a name that is none, for nobody, and
    where there are too many."""
    name = " ".join(name.split())[:MOST_NAME]
    if not name:
        raise StudioError("A pose needs a name", "", "Type one, and keep it again.")
    if not (person.joints[:, 2] > 0).any():
        raise StudioError("Nothing of this person is shown", "", "Show some joints first.")
    kept = [one for one in own if one.name.casefold() != name.casefold()]
    if len(kept) >= MOST:
        raise StudioError(f"There are {MOST} poses of yours", "", "Remove one that you don't use.")
    return (*kept, OwnPose(name, person))


def without_pose(own: Sequence[OwnPose], name: str) -> tuple[OwnPose, ...]:
    return tuple(one for one in own if one.name != name)


def read_poses(path: Path) -> tuple[OwnPose, ...]:
    """None where there is no such file. What of it makes no sense is left out. StudioError for one that is broken as a
    whole."""
    try:
        given = read_object(path, max_bytes=4 << 20)
    except NoSuchFile:
        return ()
    listed: Any = given.get("poses")
    found: list[OwnPose] = []
    for entry in cast("list[Any]", listed if isinstance(listed, list) else [])[:MOST]:
        if not isinstance(entry, dict):
            continue
        one = cast("dict[str, Any]", entry)
        name: Any = one.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > MOST_NAME:
            continue
        try:
            (person,) = people_from([one.get("joints")])
        except (TypeError, ValueError):
            continue
        if np.abs(person.joints).max() < 1e6 and (person.joints[:, 2] > 0).any():
            found.append(OwnPose(name.strip(), person))
    return tuple(found)


def write_poses(path: Path, own: Sequence[OwnPose]) -> None:
    poses = [{"name": one.name, "joints": people_list((one.person,))[0]} for one in own]
    write_text_atomic(path, json.dumps({"format": FORMAT, "poses": poses}))
