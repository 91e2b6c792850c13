"""Which game project a path belongs to: found by walking up, as version control finds its root."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.reading import is_dir
from studio_app.export.targets.registry import PLAIN, TARGETS, target_named
from studio_app.export.targets.target import Engine, Project, Target


class ProjectGone(StudioError):
    """Of a project that was there."""


def as_it_is(project: Project) -> Project:
    """A project that was there when it was opened, as it is by now: its engine may have been updated. ProjectGone."""
    root, target = project.root, project.target
    engine = project.engine if target.id == PLAIN.id else _asked(target, root)
    if engine is None or not is_dir(root):
        raise ProjectGone(
            "The project is gone",
            f"{root} is no {target.title} project any more" if is_dir(root) else str(root),
            "Choose it where it is now.",
        )
    return replace(project, engine=engine)


def find_project(path: Path) -> Project | None:
    """The project that `path` (a file or a folder, which need not exist) lies in; None where it lies in none.

    Of projects inside each other the innermost.
    """
    start = _whole(path)
    for folder in (start, *start.parents):
        for target in TARGETS:
            engine = _asked(target, folder)
            if engine is not None:
                return Project(folder, target, engine)
    return None


def open_project(path: Path, target: str | None = None) -> Project:
    """The project that `path` lies in; where it lies in none, `path` as a plain folder, there or not.

    target: id of the only kind that will do. StudioError where `path` is no folder or of another kind.
    """
    whole = _whole(path)
    if whole.exists() and not whole.is_dir():
        raise StudioError(f"{whole.name} is no folder", str(whole), "Give the folder of a project.")
    if target == PLAIN.id:
        return Project(whole, PLAIN, Engine(whole.name or "folder"))
    found = find_project(whole)
    if target is not None:
        wanted = target_named(target)
        if found is None or found.target.id != wanted.id:
            here = "no project" if found is None else found.title
            raise StudioError(
                f"{whole.name} is not in a {wanted.title} project",
                f"{here} was found at {whole}",
                "Check the path.",
            )
    return found or Project(whole, PLAIN, Engine(whole.name or "folder"))


def _whole(path: Path) -> Path:
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, no home, a NUL
        raise StudioError("Can't follow the path", f"{path}: {error}", "Check it.") from error


def _asked(target: Target, folder: Path) -> Engine | None:
    try:
        return target.recognise(folder)
    except OSError:  # a folder above that may not be looked into
        return None
