"""What a line of a batch says of an export: the fields of ExportSettings, and which project they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio_app.core.errors import StudioError
from studio_app.core.reading import expanded, read_bytes
from studio_app.export.ledger import sha256
from studio_app.export.projects import open_project
from studio_app.export.provenance.signing import Signer
from studio_app.export.settings import (
    ExportSettings,
    Remembered,
    ending_of,
    read_remembered,
    settings_from,
)
from studio_app.export.targets.target import Project

ABOUT = ("project", "target", "preset", "answer")
"""Of the table, what is no field of the settings. answer: to what a licence asks."""


@dataclass(frozen=True)
class Export:
    """settings: whole. place: the project as somebody wrote it. answer: None where none was given. signer: for settings
    that ask for a signature.
    """

    project: Project
    settings: ExportSettings
    place: str
    answer: str | None = None
    signer: Signer | None = field(default=None, repr=False)

    def said(self) -> dict[str, Any]:
        """What decides it, JSON-able. StudioError where its palette can't be read."""
        settings = self.settings.model_dump(mode="json", exclude_defaults=True)
        said = {"project": self.place, "target": self.project.target.id, "settings": settings}
        if self.settings.palette:
            said["colours"] = sha256(read_bytes(Path(self.settings.palette)))
        return said


@dataclass
class Exports:
    """Tables to exports. Each project is looked at once.

    folder: where file names of the lines start. into: where projects that a line names have to lie. trusted: projects
    that the command line names, which may lie anywhere. signer: of everything that is exported.
    """

    folder: Path
    into: Path
    trusted: str | None = None
    signer: Signer | None = None
    _projects: dict[tuple[str, str | None], tuple[Project, Remembered]] = field(
        default_factory=dict[tuple[str, str | None], tuple[Project, Remembered]]
    )

    def read(self, table: Mapping[str, Any], what: str) -> Export:
        """Of a line. StudioError, naming `what`, for a table that is wrong, and where its project can't be opened."""
        own = dict(table)
        about = {name: own.pop(name, None) for name in ABOUT}
        for name, value in about.items():
            if value is not None and not isinstance(value, str):
                raise StudioError(f"Can't use {what}", f"{name}: {value!r:.60} is not text")
        place = about["project"]
        if place is None:
            raise StudioError(
                f"Can't use {what}",
                "it names no project",
                'Add "project" to it, or --export project=FOLDER to the command.',
            )
        project, remembered = self._project(place, about["target"])
        preset = about["preset"]
        start = ExportSettings() if preset is None else remembered.preset(preset)
        if self.signer is not None:
            own.setdefault("sign", True)
        settings = settings_from(start.model_dump(mode="json") | own, what)
        if settings.sign and self.signer is None:
            raise StudioError(
                "These settings ask for a signature",
                "the certificate and its key are not among them",
                "Give --sign CERT KEY.",
            )
        project.target.check_imports(ending_of(settings.format))
        if settings.kind == "sheet":
            raise StudioError(
                "A line makes no sheet",
                "a sheet holds many pictures, a line makes one",
                "Make the pictures, then: underpaint export --kind sheet.",
            )
        if own.get("palette"):
            palette = str(self.folder / settings.palette)
            settings = settings_from(settings.model_dump(mode="json") | {"palette": palette}, what)
        signer = self.signer if settings.sign else None
        return Export(project, settings, place, about["answer"], signer)

    def _project(self, place: str, target: str | None) -> tuple[Project, Remembered]:
        key = (place, target)
        if key not in self._projects:
            project = open_project(expanded(place), target)
            if place != self.trusted:
                check_inside(project.root, self.into, "project")
            self._projects[key] = (project, read_remembered(project.root))
        return self._projects[key]


def check_inside(path: Path, folder: Path, what: str) -> None:
    """StudioError where `path` leads out of `folder`: a jobs file may come from anybody."""
    try:
        real, home = path.resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise StudioError("Can't follow the path", f"{str(path)!a}: {error}", "Check it.") from None
    if real != home and home not in real.parents:
        raise StudioError(
            f"This {what} lies outside {folder.name or folder}",
            f"{path} leads to {real}",
            "Name the folder above it with --into.",
        )
