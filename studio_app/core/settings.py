"""What the user has set for good, in `settings.json` of the user's folder."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.fittings import NONE, Fitting, fitting_key
from studio_app.core.jsons import read_object
from studio_app.core.reading import NoSuchFile
from studio_app.core.resources import user_dir

log = logging.getLogger(__name__)


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
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        for bad in error.errors():
            key = str(bad["loc"][0])
            log.warning("settings.json: %s: %s; using the default", key, bad["msg"])
            values.pop(key, None)
    return Settings.model_validate(values)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Writes all settings, atomically. Raises StudioError when it cannot."""
    text = json.dumps(settings.model_dump(mode="json"), indent=2, ensure_ascii=False)
    write_text_atomic(path or settings_path(), text + "\n")
