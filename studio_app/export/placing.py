"""Where the pieces of an asset go in a project: folder, names, version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from studio_app.core.errors import StudioError
from studio_app.core.reading import NoSuchFile, read_bytes
from studio_app.export.ledger import Ledger, sha256
from studio_app.export.naming import (
    MAX_VERSION,
    Collision,
    check_template,
    file_name,
    folder_in,
    same_name,
    stem_of,
)
from studio_app.export.pieces import Asset, Piece, file_of
from studio_app.export.targets.target import Placed, Project, Target


@dataclass(frozen=True)
class Place:
    """Where in a project an asset goes, as somebody chose; what is empty is the target's custom.

    name: of the asset, else its own. template: a naming template. sidecars: whether the engine's files are written
    beside it.
    """

    name: str = ""
    folder: str | None = None
    template: str = ""
    collision: Collision = "replace"
    sidecars: bool = True


class Disk:
    """What lies in the project, read at most once."""

    def __init__(self, root: Path, stop: Callable[[], None]) -> None:
        self._root = root
        self._stop = stop
        self._files: dict[PurePosixPath, bytes | None] = {}

    def read(self, path: PurePosixPath) -> bytes | None:
        if path not in self._files:
            self._stop()
            try:
                self._files[path] = read_bytes(self._root / path)
            except NoSuchFile:
                self._files[path] = None
        return self._files[path]

    def names(self, folder: PurePosixPath) -> list[str]:
        try:
            return sorted(path.name for path in (self._root / folder).iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StudioError(
                f"Can't look into {folder}", error.strerror or str(error), "Choose another folder."
            ) from error

    def is_there(self, path: PurePosixPath) -> bool:
        return (self._root / path).exists()


@dataclass(frozen=True)
class Names:
    """The names of an asset's pieces, by version."""

    template: str
    stem: str
    pieces: tuple[tuple[str, str], ...]
    """(role mark, extension) of each."""

    def of(self, version: int) -> tuple[str, ...]:
        return tuple(
            file_name(self.template, self.stem, role, version, extension)
            for role, extension in self.pieces
        )

    def base(self, version: int) -> str:
        """The asset's own name, for the files beside it."""
        return file_name("{name}{version}{role}", self.stem, "", version, "")


def folder_of(project: Project, place: Place, asset: Asset) -> PurePosixPath:
    """Where an asset goes, inside the project. StudioError where its engine would not look, or keeps others out."""
    target = project.target
    chosen = target.folders[asset.kind] if place.folder is None else place.folder
    folder = folder_in(project.root, chosen)
    first = folder.parts[0] if folder.parts else ""
    if first.casefold() in {name.casefold() for name in target.closed}:
        raise StudioError(
            f"{first} is {target.title}'s own",
            "what is put there is lost or does harm",
            "Choose another folder.",
        )
    if target.needed and first != target.needed:
        raise StudioError(
            f"{target.title} does not look into {folder}",
            f"its assets lie in {target.needed}",
            f"Choose a folder inside {target.needed}.",
        )
    return folder


def place_of(folder: PurePosixPath, target: Target, piece: Piece) -> PurePosixPath:
    """Layers are sources, which an engine must not import."""
    return folder / target.sources if piece.role == "layers" and target.sources else folder


def names_of(asset: Asset, target: Target, place: Place) -> Names:
    """What the files of an asset are called in any version. StudioError where it has none, or the template is none."""
    if not asset.pieces:
        raise StudioError("There is nothing to export", "", "Choose what to make of the picture.")
    template = check_template(place.template or target.template)
    marks: list[tuple[str, str]] = []
    for piece in asset.pieces:
        alone = piece.role == "colour" and asset.kind != "texture"
        mark = target.main if alone else target.suffixes[piece.role]
        label = stem_of(piece.label) if piece.label else ""
        mark += f"_{label}" if label else ""
        extension = piece.extension.lower()
        count = sum(1 for other in marks if other == (mark, extension))
        marks.append((f"{mark}_{count + 1}" if count else mark, extension))
    return Names(template, stem_of(place.name or asset.name, target.style), tuple(marks))


def named_pieces(asset: Asset, names: Names, version: int) -> list[Piece]:
    """The pieces, texts with the names of the others in them."""
    files: dict[bytes, bytes] = {}
    for piece, name in zip(asset.pieces, names.of(version), strict=True):
        files.setdefault(file_of(piece.role).encode(), name.encode())
    out: list[Piece] = []
    for piece in asset.pieces:
        data = piece.data
        if piece.role in ("material", "atlas"):
            for sign, name in files.items():
                data = data.replace(sign, name)
        out.append(replace(piece, data=data))
    return out


def paths_of(
    names: Names, asset: Asset, folder: PurePosixPath, target: Target, version: int
) -> tuple[PurePosixPath, ...]:
    """Where each piece of a version lies, inside the project."""
    return tuple(
        place_of(folder, target, piece) / name
        for piece, name in zip(asset.pieces, names.of(version), strict=True)
    )


def version_of(
    names: Names,
    asset: Asset,
    folder: PurePosixPath,
    target: Target,
    collision: Collision,
    disk: Disk,
    ledger: Ledger,
) -> int:
    """The version to write: 1 but where new ones are asked for; then the last if it holds the same, else the next."""
    homes = {place_of(folder, target, piece) for piece in asset.pieces}
    there = {home: disk.names(home) for home in homes}
    if collision == "version":
        return _free_version(names, asset, folder, target, disk, ledger, there)
    for path in paths_of(names, asset, folder, target, 1):
        name, known = path.name, there[path.parent]
        clash = next((n for n in known if n != name and same_name(n) == same_name(name)), None)
        if clash is not None:
            raise StudioError(
                f"{clash} is in the way",
                f"on many disks {name} is the same name",
                "Choose another name, or rename that file.",
            )
        if collision == "refuse" and name in known:
            raise StudioError(
                f"{name} is there already",
                str(path.parent),
                "Choose another name or a new version.",
            )
    return 1


def _free_version(
    names: Names,
    asset: Asset,
    folder: PurePosixPath,
    target: Target,
    disk: Disk,
    ledger: Ledger,
    there: Mapping[PurePosixPath, Sequence[str]],
) -> int:
    """there: what lies in each folder that a piece goes into."""
    taken = {home / same_name(name) for home, known in there.items() for name in known}
    for version in range(1, MAX_VERSION + 1):
        paths = paths_of(names, asset, folder, target, version)
        if not taken.isdisjoint(path.with_name(same_name(path.name)) for path in paths):
            continue
        if version > 1:
            before = paths_of(names, asset, folder, target, version - 1)
            pieces = named_pieces(asset, names, version - 1)
            last = zip(before, pieces, strict=True)
            if all(holds(disk, ledger, path, piece) for path, piece in last):
                return version - 1
        return version
    raise StudioError(
        "There are too many versions", f"{MAX_VERSION} are there already", "Clear some out."
    )


def holds(disk: Disk, ledger: Ledger, path: PurePosixPath, piece: Piece) -> bool:
    """Whether that file is the piece already, but for its signature, which is new each time."""
    there = disk.read(path)
    if there is None or there == piece.data:
        return there is not None
    known = piece.unsigned != "" and ledger.last_unsigned(path) == piece.unsigned
    return known and ledger.last(path) == sha256(there)


def new_folders(disk: Disk, placed: Sequence[Placed]) -> list[PurePosixPath]:
    """Folders on the way to the pieces that are not there yet, outermost first."""
    found: set[PurePosixPath] = set()
    for item in placed:
        found |= {
            parent
            for parent in item.path.parents
            if parent.parts and parent not in found and not disk.is_there(parent)
        }
    return sorted(found)
