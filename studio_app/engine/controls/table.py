"""The networks that a model reads drawings with, by the kinds of drawing, each read when it is first asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from studio_app.core.controls import ControlKind
from studio_app.core.errors import StudioError
from studio_app.engine.controls.folders import ControlFolder
from studio_app.engine.loading.checkpoint import refused


class NetworkTable(ABC):
    """Of one model. known: those read. takes: what it could have had for a kind, in words."""

    model: Path
    folders: dict[ControlKind, ControlFolder]
    known: dict[ControlFolder, Any]
    takes = "no ControlNet"

    def of(self, kind: ControlKind) -> Any:
        """The network of a kind of control. StudioError."""
        folder = self.folders.get(kind)
        if folder is None:
            raise StudioError(
                f"The model {self.model.name} takes no {kind} control",
                f"it has {self.takes} for it",
                "Leave the control out, or choose another model",
            )
        if folder not in self.known:
            self.known[folder] = self.read(folder)
        return self.known[folder]

    @abstractmethod
    def read(self, folder: ControlFolder) -> Any:
        """What `of` gives. StudioError."""

    def for_another(self, folder: ControlFolder) -> StudioError:
        """Where a network does not fit the model."""
        return refused(
            self.model,
            f"its {folder.name or folder.place.name} is for another model",
            "Take the one that was trained for it",
        )
