"""What the user has set for good, in `settings.json` of the user's folder."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio_app.core.errors import StudioError
from studio_app.core.files import set_aside, write_text_atomic
from studio_app.core.fittings import NONE, Fitting, fitting_key
from studio_app.core.jsons import MAX_BYTES, parse_object, read_object
from studio_app.core.locks import locked
from studio_app.core.reading import NoSuchFile, read_bytes
from studio_app.core.resources import user_dir

log = logging.getLogger(__name__)

_WAIT_S = 5.0
"""For another window's change, which takes a fraction of that."""


class Settings(BaseModel):
    """Frozen; `settings.model_copy(update=...)` makes a changed one. Keys of a newer version are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", validate_default=True)

    version: Literal[1] = 1
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    """Where the engine computes; auto: the first of cuda, mps, cpu there is. UNDERPAINT_DEVICE goes before it."""
    model_folders: tuple[str, ...] = ()
    """Folders of models that the artist has added to those that are looked through by themselves."""
    preset_models: dict[str, str] = Field(default_factory=dict[str, str])
    """By id of a preset, the model (a name or a path) that it brings."""
    fittings: dict[str, Fitting] = Field(default_factory=dict[str, Fitting])
    """By `fitting_key` of a model, what the artist has chosen for it."""
    threads: int = Field(default=0, ge=0, le=1024)
    """Threads the engine computes with on a CPU; 0: as many as torch thinks best. OMP_NUM_THREADS goes before it."""


Change = Callable[[Settings], Settings]


def settings_path() -> Path:
    return user_dir() / "settings.json"


def fitting_of(model: Path) -> Fitting:
    """What was chosen for a model in a folder or a file. Never raises: where nothing can be read, nothing was."""
    try:
        return load_settings().fittings.get(fitting_key(model), NONE)
    except StudioError:  # no home
        return NONE


def load_settings(path: Path | None = None) -> Settings:
    """Reads the settings. Never raises: what cannot be read is the default, and a log line says so."""
    try:
        values = read_object(path or settings_path())
    except NoSuchFile:
        return Settings()
    except StudioError as error:
        log.warning("the settings cannot be read (%s): using the defaults", error)
        return Settings()
    return Settings.model_validate(_usable(values))


def change_settings(change: Change, known: Settings | None = None) -> Path | None:
    """Writes what `change` makes of the settings that the file holds by then; no other window writes meanwhile.

    known: what takes the place of what is broken there; None: the defaults. A file of which anything is broken is kept
    aside, whole: its new name, else None. StudioError where the file can't be looked into or written; it is then as it
    was.
    """
    path = settings_path()
    with locked(path, "changing the settings", _WAIT_S):
        broken, values = False, dict[str, Any]()
        try:
            data = read_bytes(path, MAX_BYTES)
        except NoSuchFile:
            pass
        else:
            try:
                values = parse_object(data, path.name)
                usable = _usable(values)
                broken, values = len(usable) < len(values), usable
            except StudioError:
                broken = True
        if broken:
            values = (known or Settings()).model_dump(mode="json") | values
        settings = change(Settings.model_validate(values))
        if not broken:
            save_settings(settings)
            return None
        return _written_beside(path, settings)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Writes all settings, atomically. Raises StudioError when it cannot."""
    text = json.dumps(settings.model_dump(mode="json"), indent=2, ensure_ascii=False)
    write_text_atomic(path or settings_path(), text + "\n")


def _usable(values: dict[str, Any]) -> dict[str, Any]:
    """Those of the values that are some; a log line says of each other why not."""
    try:
        Settings.model_validate(values)
    except ValidationError as error:
        usable = dict(values)
        for bad in error.errors():
            key = str(bad["loc"][0])
            log.warning("settings.json: %s: %s; using the default", key, bad["msg"])
            usable.pop(key, None)
        return usable
    return values


def _written_beside(path: Path, settings: Settings) -> Path:
    """Writes them in the place of a broken file; returns where that is now."""
    try:
        aside = set_aside(path)
    except OSError as error:
        raise StudioError(
            "Can't change the settings",
            f"{path} is broken, and can't be kept aside: {error.strerror or error}",
            "Correct it, or remove it.",
        ) from error
    try:
        save_settings(settings)
    except StudioError:
        with contextlib.suppress(OSError):
            aside.rename(path)
        raise
    return aside
