"""A request and where everything made of it goes; and that no two orders write one file.

Everything is checked before a picture is drawn: a name that can't be written, two spellings of one file, a folder that
holds the steps of another run.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import digest
from studio_app.core.errors import StudioError
from studio_app.core.files import check_writable
from studio_app.core.reading import is_dir, list_folder
from studio_app.core.request import GenerationRequest
from studio_app.export.naming import same_name
from studio_app.export.textures import file_names
from studio_app.farm.exports import Export
from studio_app.farm.painting import Need, Task

_STEP = re.compile(r"step\d{2,}_x[0t]\.png")


@dataclass(frozen=True)
class Order:
    """A request and what is made of it.

    output: where its picture goes, None where it is only exported. frames: a folder for its steps, or None. maps: a
    folder for its maps, or None. alpha: whether the picture is a sprite. people: float32 [P, 18, 3] that its pose was
    drawn from, for its recipe. export: into a game project, or None. line: of the jobs file, from 1; 0 without one.
    model: what tells the model's files from others of its name, "" where nobody asks.
    """

    request: GenerationRequest
    output: Path | None
    frames: Path | None = None
    maps: Path | None = None
    alpha: bool = False
    people: NDArray[np.float32] | None = field(default=None, repr=False)
    export: Export | None = None
    line: int = 0
    model: str = ""

    @property
    def task(self) -> Task:
        """What the engine has to do for it."""
        need: Need = "no"
        if self.export is not None:
            kind, format = self.export.settings.kind, self.export.settings.format
            layered = format in ("psd", "ora") and self.request.kind == "isolated"
            need = "must" if kind == "texture" else "try" if kind == "sprite" or layered else "no"
        if self.alpha or self.maps is not None:
            need = "must"
        return Task(self.request, self.frames is not None, need)

    @property
    def name(self) -> str:
        """What a person calls it."""
        return str(self.output) if self.output is not None else self.asset

    @property
    def asset(self) -> str:
        """The name of what is exported, before the project's custom is made of it."""
        given = "" if self.export is None else self.export.settings.name
        return given or (self.output.stem if self.output is not None else self.request.prompt)

    @cached_property
    def digest(self) -> str:
        """Of all that decides what is written, and where: the same in every process."""
        places = (self.output, self.frames, self.maps)
        named = tuple(None if path is None else path.as_posix() for path in places)
        export = None if self.export is None else json.dumps(self.export.said(), sort_keys=True)
        return digest(self.request.digest, self.model, named, self.alpha, self.people, export)

    def step_file(self, name: str) -> Path:
        """Of a step by its name in `Made.steps`."""
        assert self.frames is not None
        return self.frames / f"{name}.png"

    def files(self) -> Iterator[Path]:
        """Every file that will be written, but for those of a game project."""
        if self.output is not None:
            yield self.output
            if self.maps is not None:
                names = file_names(self.output.stem, self.request.kind).values()
                yield from (self.maps / name for name in names)
        if self.frames is not None:
            for step in range(1, self.request.steps + 1):
                yield from (self.step_file(f"step{step:02}_{kind}") for kind in ("xt", "x0"))


def output_path(name: str) -> Path:
    """The picture's own. StudioError where that is no name of a PNG."""
    path = Path(name)
    if path.suffix.lower() != ".png":
        raise StudioError(
            f"Can't write {path.name or name}", "pictures are PNGs", "Name it with .png."
        )
    if "\0" in name:
        raise StudioError(f"Can't write {name!a}", "no file's name holds a NUL", "Name another.")
    return path


def numbered(output: Path, index: int, count: int) -> Path:
    """Of the picture `index` (from 0): `output` itself for one; for more, numbered beside it."""
    if count == 1:
        return output
    digits = max(len(str(count)), 2)
    return output.with_stem(f"{output.stem}-{index + 1:0{digits}}")


def common_folder(folder: str | None, output: Path) -> str:
    """The innermost folder that holds `output` too, beside what `folder` (None: nothing yet) holds; "" where there
    is none."""
    own = str(Path(real(output)).parent)
    if folder is None:
        return own
    try:
        return os.path.commonpath([folder, own]) if folder else ""
    except ValueError:  # Windows: on two disks
        return ""


def frames_folder(folder: Path, output: Path, common: str, index: int, count: int) -> Path:
    """For the steps of one picture: `folder` itself for one, and in it one a picture for more.

    Those are named as the pictures are, with as much of their folders as tells them apart: `common` is what all share.
    """
    if count == 1:
        return folder
    if not common:
        return folder / f"{index + 1}-{output.stem}"
    return folder / Path(real(output)).relative_to(common).with_suffix("")


class Taken:
    """What was promised already: by file, the line that will write it. Any thread may ask."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._lock = Lock()

    def claim(self, order: Order) -> None:
        """StudioError where a file can't be written, would be written twice, or would mix with another run's; and
        where a sprite has no background to be cut from."""
        kind = order.request.kind
        if order.alpha and kind != "isolated":
            raise StudioError(
                f"A {kind} has no alpha",
                "--alpha cuts a thing out of the grey that isolated pictures lie over",
                "Ask for --kind isolated.",
            )
        for folder in (order.maps, order.frames):
            if folder is not None and folder.exists() and not is_dir(folder):
                raise StudioError(f"{folder.name} is no folder", str(folder), "Name another.")
        places: list[str] = []
        for path in order.files():
            place = real(path)
            if place in places:
                raise _same_name(str(path), order.line)
            self._check_free(place, str(path))
            check_writable(path)
            places.append(place)
        for key in _places_in_project(order):
            self._check_free(key, order.asset)
            places.append(key)
        if order.frames is not None:
            _check_steps(order.frames, places)
        self.take(places, order.line)

    def keep(self, order: Order, files: Sequence[Path]) -> None:
        """What is there already, and stays. StudioError as `take`."""
        self.take([*map(real, files), *_places_in_project(order)], order.line)

    def take(self, places: Sequence[str], line: int) -> None:
        """StudioError where one of these is another line's."""
        keys = [digest(place) for place in places]
        with self._lock:
            for key, place in zip(keys, places, strict=True):
                if self._lines.get(key, line) != line:
                    raise _same_name(place, self._lines[key])
            self._lines |= dict.fromkeys(keys, line)

    def _check_free(self, place: str, shown: str) -> None:
        line = self._lines.get(digest(place))
        if line is not None:
            raise _same_name(shown, line)


def real(path: Path) -> str:
    """One spelling for every way to write a path."""
    return os.path.normcase(os.path.realpath(path))


def _same_name(shown: str, line: int) -> StudioError:
    where = f"{shown} is of line {line} already" if line else shown
    return StudioError("Two pictures have the same name", where, "Give each its own output.")


def _places_in_project(order: Order) -> list[str]:
    """What tells the assets of a project apart, as far as it can be told before they are made."""
    if order.export is None or order.export.settings.collision == "version":
        return []
    settings = order.export.settings
    parts = (settings.kind, settings.folder or "", settings.template, settings.format, order.asset)
    return ["\0".join((str(order.export.project.root), *map(same_name, parts)))]


def _check_steps(folder: Path, own: Sequence[str]) -> None:
    """StudioError where steps lie in a folder that this run would leave there beside its own."""
    if not is_dir(folder):
        return
    for path in list_folder(folder):
        if _STEP.fullmatch(path.name) and real(path) not in own:
            raise StudioError(
                f"{folder} holds steps of another picture",
                f"{path.name} would stay among the new ones",
                "Empty that folder, or name another.",
            )
