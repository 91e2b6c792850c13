"""How something is exported, as a value: what a panel shows, a command line says and a project remembers.

`.underpaint/export.json` holds a project's presets, for everybody who works on it; `.underpaint/last.json` what was
chosen last on this machine, which version control ignores. Both are read as any file from outside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic, write_text_atomic
from studio_app.core.jsons import read_object
from studio_app.core.locks import locked
from studio_app.core.reading import is_file, read_bytes
from studio_app.core.request import MAX_SEED
from studio_app.export.layered import LayeredFormat
from studio_app.export.ledger import HOME
from studio_app.export.ledger import NAME as LEDGER
from studio_app.export.naming import Collision
from studio_app.export.pictures import EXTENSIONS, Format
from studio_app.export.pieces import PICTURES, AssetKind, Role, Text
from studio_app.export.placing import Place
from studio_app.export.targets.target import Target

NAME = f"{HOME}/export.json"
LAST = f"{HOME}/last.json"
IGNORE = f"{HOME}/.gitignore"
FORMAT = 1
MAX_PRESETS = 100
_WAIT_S = 5.0
"""For somebody else's change of the presets, which takes a fraction of that."""

FORMATS: Mapping[AssetKind, tuple[Format | LayeredFormat, ...]] = {
    "picture": ("png", "webp", "jpeg", "tga", "exr", "psd", "ora"),
    "sprite": ("png", "webp", "tga"),
    "sheet": ("png", "webp", "tga"),
    "texture": ("png", "webp", "tga"),
    "control": ("png",),
}
"""What a kind can be written as."""

TITLES: Mapping[Format | LayeredFormat, str] = {
    "png": "PNG",
    "webp": "WebP",
    "jpeg": "JPEG",
    "tga": "TGA",
    "exr": "EXR",
    "psd": "PSD",
    "ora": "OpenRaster",
}
"""What people call them."""

LongPath = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Short = Annotated[str, StringConstraints(max_length=200)]


class SheetSource(BaseModel):
    """Which pictures become a sheet where nobody names files.

    of: those that are "chosen" in the history, or "starred"; else the request of now, with the "seeds" from `first`
    (None: the request's own) on, or in each of the "poses": names of the library, or paths of OpenPose files. count:
    of seeds, or of pictures in each pose. rows: whether each pose is an animation of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    of: Literal["chosen", "starred", "seeds", "poses"] = "chosen"
    first: int | None = Field(default=None, ge=0, le=MAX_SEED)
    count: int = Field(default=1, ge=1, le=64)
    poses: tuple[LongPath, ...] = Field(default=(), max_length=64)
    rows: bool = True


class ExportSettings(BaseModel):
    """Everything that decides an export, but for the pictures and the project.

    name, folder, template: "" or None for the target's and the picture's own. maps, texts: of a texture set or sheet;
    None for what the target wants. scale: 1, 2 or 4. grid: of pixel art, 0 for none; palette: a file of colours,
    else `colours` are chosen. pivot: "centre", "bottom", or a place in the picture, 0..1 from the top left. lit: with
    a normal map for 2D lights. sign: with a certificate, which lies on a machine and not in here.
    seamless: a texture that was not drawn so is cut and joined until it is. lossless: of WebP; else it has a quality.

    Of a sheet: columns, 0 for as many as fit; uniform: cells of one size; fps: frames a second; animation: the name of
    the frames that are in no row; frame_names: a template, "" for the pictures' own names or {row}_{number}; source.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: AssetKind = "picture"
    name: Short = ""
    folder: Short | None = None
    template: Short = ""
    collision: Collision = "replace"
    sidecars: bool = True
    stripped: bool = False
    format: Format | LayeredFormat = "png"
    bits: Literal[8, 16] = 8
    lossless: bool = True
    quality: int = Field(default=92, ge=1, le=100)
    scale: Literal[1, 2, 4] = 1
    trim: bool = True
    padding: int = Field(default=2, ge=0, le=64)
    power_of_two: bool = False
    pivot: Literal["centre", "bottom"] | tuple[float, float] = "centre"
    pixels_per_unit: float = Field(default=100.0, gt=0, lt=1e6)
    lit: bool = False
    grid: int = Field(default=0, ge=0, le=512)
    colours: int = Field(default=16, ge=2, le=256)
    palette: Short = ""
    seamless: bool = False
    maps: tuple[Role, ...] | None = None
    texts: tuple[Text, ...] | None = None
    sign: bool = False
    columns: int = Field(default=0, ge=0, le=256)
    uniform: bool = False
    fps: float = Field(default=10.0, ge=0.1, le=240)
    loop: bool = True
    animation: Short = ""
    frame_names: Short = ""
    source: SheetSource = SheetSource()

    def for_target(self, target: Target) -> ExportSettings:
        """These, or with PNG where the target's engine does not import what they are written as."""
        return self if imports(target, self.format) else self.model_copy(update={"format": "png"})

    def place(self) -> Place:
        return Place(self.name, self.folder, self.template, self.collision, self.sidecars)


class Presets(BaseModel):
    """The content of export.json."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1] = FORMAT
    presets: dict[Short, ExportSettings] = Field(default_factory=dict, max_length=MAX_PRESETS)


@dataclass(frozen=True)
class Remembered:
    """What a project keeps of earlier exports. last: None where nothing was exported from here with settings yet."""

    presets: Mapping[str, ExportSettings] = field(default_factory=dict[str, ExportSettings])
    last: ExportSettings | None = None

    def preset(self, name: str) -> ExportSettings:
        """StudioError where there is none of that name."""
        if name in self.presets:
            return self.presets[name]
        known = ", ".join(sorted(self.presets)) or "none yet"
        raise StudioError(
            f"No preset {name!r} in this project", f"there are: {known}", "Save one first."
        )

    def with_preset(self, name: str, settings: ExportSettings) -> Remembered:
        """StudioError for an empty or endless name, and for the hundred and first preset."""
        clean = " ".join(name.split())
        if not 1 <= len(clean) <= 200 or not clean.isprintable():
            raise StudioError("The preset needs a name", "of 1 to 200 letters")
        presets = {**self.presets, clean: settings}
        if len(presets) > MAX_PRESETS:
            raise StudioError(f"A project has at most {MAX_PRESETS} presets", "", "Remove some.")
        return replace(self, presets=presets)

    def without_preset(self, name: str) -> Remembered:
        return replace(self, presets={n: s for n, s in self.presets.items() if n != name})


def imports(target: Target, format: Format | LayeredFormat) -> bool:
    """Whether the target's engine imports such pictures. Layers lie where it does not look."""
    return ending_of(format) not in PICTURES - target.pictures


def ending_of(format: Format | LayeredFormat) -> str:
    """Of its files' names."""
    return EXTENSIONS.get(cast("Format", format), f".{format}")


def settings_from(value: Mapping[str, Any], what: str) -> ExportSettings:
    """Of an object of JSON. StudioError, naming `what`, says which key is wrong."""
    return cast("ExportSettings", _checked(ExportSettings, value, what))


def read_remembered(root: Path) -> Remembered:
    """What the project at `root` remembers; nothing where it has no such files. StudioError where one is broken."""
    presets, last = root / NAME, root / LAST
    known = _checked(Presets, read_object(presets), NAME) if is_file(presets) else Presets()
    chosen = settings_from(read_object(last), LAST) if is_file(last) else None
    return Remembered(cast("Presets", known).presets, chosen)


def write_remembered(root: Path, remembered: Remembered) -> None:
    """Writes what differs from what is there. StudioError where it can't."""
    if remembered.presets or is_file(root / NAME):
        shown = {name: _plain(remembered.presets[name]) for name in sorted(remembered.presets)}
        _write(root / NAME, {"format": FORMAT, "presets": shown})
    if remembered.last is not None:
        write_last(root, remembered.last)


def change_presets(
    root: Path, change: Callable[[Remembered], Remembered]
) -> tuple[Remembered, Remembered]:
    """Writes what `change` makes of the presets that the project has by then; nobody else changes them meanwhile. What
    the project remembered, and remembers now. StudioError where it can't."""
    with locked(root / NAME, "changing the presets of this project", _WAIT_S):
        before = read_remembered(root)
        known = change(replace(before, last=None))
        write_remembered(root, known)
    return before, known


def write_last(root: Path, last: ExportSettings) -> None:
    """What was chosen last; the presets stay as they are by now. StudioError where it can't."""
    _write(root / LAST, _plain(last))
    if not is_file(root / IGNORE):
        write_text_atomic(root / IGNORE, "last.json\nexport.journal\n")


def records_beside(root: Path, *, presets: bool = False) -> tuple[str, ...]:
    """What an export writes of itself beside what it is for, as paths inside the project. presets: whether one is
    saved."""
    new = () if is_file(root / IGNORE) else (IGNORE,)
    return (LEDGER, LAST, *new, *((NAME,) if presets else ()))


def _plain(settings: ExportSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_defaults=True)


def _write(path: Path, value: Mapping[str, Any]) -> None:
    data = (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
    if not (is_file(path) and read_bytes(path) == data):
        write_bytes_atomic(path, data)


def _checked(kind: type[BaseModel], value: Mapping[str, Any], what: str) -> BaseModel:
    try:
        # As JSON, where tuples are lists, and nothing else is taken for anything else.
        return kind.model_validate_json(json.dumps(value))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "it"
        raise StudioError(
            f"Can't use {what}", f"{key}: {first['msg']}", "Correct it, or remove it."
        ) from None
