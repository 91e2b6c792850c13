"""What the window remembers between starts: where things were, the theme, earlier prompts. Not the work itself."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import QCoreApplication

from studio_app.core.errors import StudioError
from studio_app.core.files import set_aside, write_text_atomic
from studio_app.core.jsons import read_object
from studio_app.core.locks import FileLock
from studio_app.core.merging import merged
from studio_app.core.reading import NoSuchFile
from studio_app.core.resources import user_dir
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.keys.key_table import KeyTable

translate = QCoreApplication.translate

MOST_BYTES = 1 << 20
MOST_PROMPTS = 200
LOCK_S = 0.5
"""So long another window may be writing."""

Keys = dict[str, list[str]]
"""As of `KeyTable.chosen`."""


class WindowState(BaseModel):
    """geometry, layout: Qt's own blobs in base64, "" for the layout as made. prompts: oldest first. folders:
    where the last file of a kind was, "open" and "save". tools: `ToolState.saved`. keys: `KeyTable.chosen`."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    geometry: str = ""
    layout: str = ""
    folders: dict[str, str] = Field(default_factory=dict, max_length=16)
    tools: dict[str, Any] = Field(default_factory=dict, max_length=16)
    keys: dict[str, list[str]] = Field(default_factory=dict[str, list[str]], max_length=1024)
    theme: Literal["dark", "light"] = "dark"
    prompts: list[str] = Field(default_factory=list, max_length=500)
    negative_prompts: list[str] = Field(default_factory=list, max_length=500)


def window_state_path() -> Path:
    return user_dir() / "window.json"


def load_window_state(path: Path | None = None) -> tuple[WindowState, Notice | None]:
    """The state, and a notice where the file could not be read. Never raises: a broken file is kept aside
    under another name, and the defaults are used."""
    path = path or window_state_path()
    try:
        return WindowState.model_validate(read_object(path, max_bytes=MOST_BYTES)), None
    except NoSuchFile:
        return WindowState(), None
    except (StudioError, ValidationError):
        try:
            aside = set_aside(path)
        except OSError:
            aside = path
        title = translate("WindowState", "The window's layout could not be read")
        detail = translate("WindowState", "It starts as new; the old file is {file}")
        return WindowState(), Notice(title, detail.format(file=aside), "settings")


def save_window_state(
    state: WindowState,
    path: Path | None = None,
    *,
    base: WindowState | None = None,
    fresh: Sequence[str] = (),
    fresh_negative: Sequence[str] = (),
) -> None:
    """Raises StudioError when it cannot be written.

    base: what this window began with, or has written last (None: nothing): what is the same in both stays as other
    windows have left it. fresh, fresh_negative: the prompts of this window, oldest first. Those that other windows
    have written since this one was opened stay, before them.
    """
    path = path or window_state_path()
    with _held(path):  # else the two files of two windows that close at once could each lose a line
        there = _there(path)
        known = there or state
        made = state if there is None else _merged(base or WindowState(), state, there)
        changes = {
            "prompts": _joined(known.prompts or state.prompts, fresh),
            "negative_prompts": _joined(
                known.negative_prompts or state.negative_prompts, fresh_negative
            ),
        }
        _write(path, made.model_copy(update=changes))


def save_keys(keys: Keys, base: Keys, path: Path | None = None) -> None:
    """What the keys are from now on, with all else as it was. base: what they were when they were read or written last:
    the others stay as other windows have them. StudioError where it can't be written."""
    path = path or window_state_path()
    with _held(path):
        there = load_window_state(path)[0]
        _write(path, there.model_copy(update={"keys": merged(base, keys, there.keys)}))


class KeptKeys:
    """Keeps what is changed at once, in the background: no end of the program takes it. written: what of the keys is
    in the file by this window."""

    def __init__(self, table: KeyTable, studio: Studio) -> None:
        self.written: Keys = table.chosen
        self._table = table
        self._studio = studio
        table.changed.connect(self._keep)

    def _keep(self) -> None:
        chosen, base = self._table.chosen, self.written

        def done(_: object) -> None:
            self.written = chosen

        self._studio.write_later(lambda: save_keys(chosen, base), done, self._studio.message.emit)


@contextlib.contextmanager
def _held(path: Path) -> Generator[None]:
    """No other window writes meanwhile; one that takes too long is not waited for."""
    lock = FileLock(path.with_name(path.name + ".lock"))
    lock.acquire(LOCK_S)
    try:
        yield
    finally:
        lock.release()


def _there(path: Path) -> WindowState | None:
    """What is in the file now; None where there is none, or it is broken: then it is kept aside."""
    if not path.is_file():
        return None
    state, broken = load_window_state(path)
    return None if broken is not None else state


def _merged(base: WindowState, mine: WindowState, there: WindowState) -> WindowState:
    values = (one.model_dump(mode="json") for one in (base, mine, there))
    return WindowState.model_validate(merged(*values))


def _write(path: Path, state: WindowState) -> None:
    write_text_atomic(path, json.dumps(state.model_dump(mode="json"), indent=1) + "\n")


def _joined(known: Sequence[str], fresh: Sequence[str]) -> list[str]:
    return [*(entry for entry in known if entry not in fresh), *fresh][-MOST_PROMPTS:]


def to_text(blob: bytes) -> str:
    return base64.b64encode(blob).decode("ascii")


def to_blob(text: str) -> bytes:
    """b"" for what is no base64: Qt then leaves the layout as it is."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
