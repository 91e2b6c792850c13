"""What a target is: the contract between a kind of game project and the plan of an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from studio_app.core.errors import StudioError
from studio_app.export.naming import Style
from studio_app.export.pieces import PICTURES, Asset, AssetKind, Piece, Role, Wants

Rule = Literal["once", "ours"]
"""once: written where there is none, and never touched again. ours: written anew as long as it is as we wrote it."""


@dataclass(frozen=True)
class Engine:
    """What a project's own files say of it.

    version: as numbers, () where they do not tell. identity: what is the same for this project on every machine.
    """

    name: str
    version: tuple[int, ...] = ()
    identity: str = ""

    @property
    def shown_version(self) -> str:
        return ".".join(str(part) for part in self.version)


@dataclass(frozen=True)
class Project:
    """A game project, or a plain folder: its root, absolute, and what is known of it."""

    root: Path
    target: Target = field(repr=False)
    engine: Engine

    @property
    def title(self) -> str:
        """For example "Lanternfall (Godot 4.7)"."""
        version = f" {self.engine.shown_version}" if self.engine.version else ""
        return f"{self.engine.name} ({self.target.title}{version})"


@dataclass(frozen=True)
class Placed:
    """A piece and its place inside the project."""

    piece: Piece
    path: PurePosixPath


@dataclass(frozen=True)
class Sidecar:
    """A file that an engine wants beside the pieces. path: inside the project."""

    path: PurePosixPath
    data: bytes = field(repr=False)
    rule: Rule


@dataclass(frozen=True)
class Layout:
    """An asset whose pieces have their places, and the project it goes into, for a target to look at.

    stem: of the asset's file names, without role or ending. read: the bytes of a file inside the project, None where
    there is none. new_folders: which this export makes. stop: called now and then in long work; raises to end it.
    """

    project: Project
    asset: Asset
    folder: PurePosixPath
    stem: str
    placed: tuple[Placed, ...]
    read: Callable[[PurePosixPath], bytes | None] = field(repr=False)
    new_folders: tuple[PurePosixPath, ...] = ()
    stop: Callable[[], None] = field(default=lambda: None, repr=False)

    def of(self, role: Role) -> Placed | None:
        """The first piece of that role."""
        return next((placed for placed in self.placed if placed.piece.role == role), None)


@dataclass(frozen=True)
class Target:
    """recognise: what the folder's own files say, None where it is no root of such a project.

    suffixes: what a role appends to a file name, with its underscore; main: that of the one picture of a sprite,
    sheet or plain picture. folders: where an asset of a kind goes unless somebody says otherwise. sources: the
    folder, inside that, of files that the engine must not import. closed: folders of the engine's own, never
    written into. needed: what every path has to begin with, or empty. pictures: the endings of those that it imports.
    """

    id: str
    title: str
    recognise: Callable[[Path], Engine | None] = field(repr=False)
    style: Style
    template: str
    suffixes: Mapping[Role, str] = field(repr=False)
    folders: Mapping[AssetKind, str] = field(repr=False)
    wants: Wants
    sidecars: Callable[[Layout], tuple[Sidecar, ...]] = field(repr=False)
    main: str = ""
    sources: str = ""
    closed: tuple[str, ...] = ()
    needed: str = ""
    pictures: frozenset[str] = PICTURES
    notes: Callable[[Layout], tuple[str, ...]] = field(default=lambda layout: (), repr=False)

    def check_imports(self, extension: str) -> None:
        """StudioError where its engine does not import pictures with that ending."""
        if extension in PICTURES - self.pictures:
            raise StudioError(
                f"{self.title} imports no {extension}",
                "the file would be no asset of the project",
                "Choose PNG.",
            )
