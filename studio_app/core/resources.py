"""Where the data lies: beside the package in a checkout, inside it in an installed wheel; and the user's own."""

from __future__ import annotations

import lzma
import os
import sys
from io import BytesIO
from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.reading import expanded, home, is_dir, read_bytes

MAX_PACKED = 1 << 20
_PACKAGE = Path(__file__).resolve().parents[1]


def resources_dir() -> Path:
    """The folder of icons, presets, word lists and samples (read only). Raises StudioError if it is gone."""
    return _data("resources", "")


def packed_bytes(*names: str) -> bytes:
    """What is in a word list or font that is kept packed (xz), by the parts of its path in resources/. Raises
    StudioError where it is missing or damaged."""
    path = resources_dir().joinpath(*names)
    try:
        return lzma.decompress(read_bytes(path, MAX_PACKED), lzma.FORMAT_XZ)
    except (OSError, lzma.LZMAError) as error:
        raise StudioError(
            f"Can't read {path.name}", str(error), "Install Underpaint again."
        ) from error


def font_file(name: str) -> BytesIO:
    """A font of ours ("Inter-Regular"), as a file in memory. Raises StudioError where it is missing or damaged."""
    return BytesIO(packed_bytes("fonts", f"{name}.otf.xz"))


def models_dir() -> Path:
    """The folder of embedded checkpoints and their manifest.toml (read only).

    The environment variable UNDERPAINT_MODELS names another one. Raises StudioError if it is gone.
    """
    return _data("models", os.environ.get("UNDERPAINT_MODELS", ""))


def user_dir() -> Path:
    """The folder of what the user's own studio keeps: settings, journals. It need not exist yet.

    UNDERPAINT_HOME if set; else the system's custom: %LOCALAPPDATA%\\Underpaint on Windows,
    ~/Library/Application Support/Underpaint on macOS, $XDG_DATA_HOME/underpaint elsewhere. Raises StudioError
    where the system knows no home folder.
    """
    chosen = os.environ.get("UNDERPAINT_HOME", "")
    if chosen:
        return expanded(chosen).absolute()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return (Path(local) if local else home() / "AppData" / "Local") / "Underpaint"
    if sys.platform == "darwin":
        return home() / "Library" / "Application Support" / "Underpaint"
    shared = os.environ.get("XDG_DATA_HOME", "")  # the XDG rules: a relative one is to be ignored
    base = Path(shared) if Path(shared).is_absolute() else home() / ".local" / "share"
    return base / "underpaint"


def _data(name: str, chosen: str) -> Path:
    if chosen:
        folder = expanded(chosen).absolute()
        if not is_dir(folder):
            raise StudioError(
                f"The {name} folder is missing",
                f"{folder}, named by UNDERPAINT_{name.upper()}, is no folder",
                "Correct that environment variable, or unset it.",
            )
        return folder
    checkout = _PACKAGE.parent
    # site-packages may hold a stranger's folder of that name: a checkout is known by its pyproject.toml
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    installed = _PACKAGE / "_data" / name
    if installed.is_dir():
        return installed
    raise StudioError(
        f"The {name} folder is missing",
        f"it is neither at {checkout / name} nor at {installed}",
        "Install Underpaint again.",
    )
