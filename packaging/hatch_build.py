"""Build hook: puts the data folders into the wheel, where `studio_app.core.resources` looks for them.

A hook, not hatch's static `force-include`, because that one also copies the folders (tens of megabytes)
into every editable install, which reads them from the checkout anyway.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = ("resources", "models")


class DataHook(BuildHookInterface):
    """Adds `studio_app/_data/{resources,models}` to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        for name in DATA:
            folder = Path(self.root) / name
            build_data["force_include"][str(folder)] = f"studio_app/_data/{name}"
