"""Where the pictures of a command line go, and that none of them lands on another.

Everything is checked before the first picture is drawn: a name that can't be written, two spellings of one file, a
folder that holds the steps of another run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.files import check_writable
from studio_app.core.reading import is_dir, list_folder
from studio_app.core.request import GenerationRequest
from studio_app.export.textures import file_names

_STEP = re.compile(r"step\d{2,}_x[0t]\.png")


@dataclass(frozen=True)
class Order:
    """A request and where its picture goes.

    frames: a folder for its steps, or None. maps: a folder for its maps, or None. alpha: whether the picture
    is a sprite. people: that its pose was drawn from, for its recipe.
    """

    request: GenerationRequest
    output: Path
    frames: Path | None = None
    maps: Path | None = None
    alpha: bool = False
    people: NDArray[np.float32] | None = None

    def step_file(self, step: int, kind: str) -> Path:
        """Of step 1..n; kind: "xt" or "x0"."""
        assert self.frames is not None
        return self.frames / f"step{step:02}_{kind}.png"

    def files(self) -> Iterator[Path]:
        """Every file that will be written."""
        yield self.output
        if self.maps is not None:
            names = file_names(self.output.stem, self.request.kind).values()
            yield from (self.maps / name for name in names)
        if self.frames is not None:
            for step in range(1, self.request.steps + 1):
                yield from (self.step_file(step, kind) for kind in ("xt", "x0"))


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


def numbered(output: Path, count: int) -> list[Path]:
    """`output` itself for one picture; for more, numbered beside it."""
    if count == 1:
        return [output]
    digits = max(len(str(count)), 2)
    return [output.with_stem(f"{output.stem}-{i:0{digits}}") for i in range(1, count + 1)]


def frame_folders(folder: str | None, outputs: Sequence[Path]) -> list[Path | None]:
    """For each picture a folder of its steps: `folder` for one, and in it one a picture for more.

    Those are named as the pictures are, with as much of their folders as tells them apart.
    """
    if folder is None:
        return [None] * len(outputs)
    if len(outputs) == 1:
        return [Path(folder)]
    places = [Path(_real(path)) for path in outputs]
    try:
        common = os.path.commonpath([path.parent for path in places])
    except ValueError:  # Windows: on two disks
        return [Path(folder) / f"{i}-{path.stem}" for i, path in enumerate(places, 1)]
    return [Path(folder) / path.relative_to(common).with_suffix("") for path in places]


def check_orders(orders: Sequence[Order]) -> None:
    """StudioError where a file can't be written, would be written twice, or would mix with another run's; and
    where a sprite has no background to be cut from."""
    taken: set[str] = set()
    for order in orders:
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
        for path in order.files():
            place = _real(path)
            if place in taken:
                raise StudioError(
                    "Two pictures have the same name", str(path), "Give each its own output."
                )
            taken.add(place)
            check_writable(path)
    for folder in {order.frames for order in orders if order.frames is not None}:
        _check_steps(folder, taken)


def _check_steps(folder: Path, taken: set[str]) -> None:
    """StudioError where steps lie in a folder that this run would leave there beside its own."""
    if not is_dir(folder):
        return
    for path in list_folder(folder):
        if _STEP.fullmatch(path.name) and _real(path) not in taken:
            raise StudioError(
                f"{folder} holds steps of another picture",
                f"{path.name} would stay among the new ones",
                "Empty that folder, or name another.",
            )


def _real(path: Path) -> str:
    """One spelling for every way to write a path."""
    return os.path.normcase(os.path.realpath(path))
