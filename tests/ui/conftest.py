"""For the widgets: a studio whose threads never start, in the theme of the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio_app.engine.capabilities import Capabilities, read_capabilities
from studio_app.session.studio import Studio
from studio_app.ui import theme


@pytest.fixture
def studio(qtbot: QtBot) -> Iterator[Studio]:
    """Edits, undo and signals are real; nothing is generated and nothing is saved."""
    theme.apply("dark")
    made = Studio(None)
    yield made
    made.deleteLater()


@pytest.fixture
def capabilities(tiny_model: Path) -> Capabilities:
    return read_capabilities(tiny_model)


@pytest.fixture
def ready(studio: Studio, capabilities: Capabilities) -> Studio:
    """A studio that knows a model, as if the worker had loaded it."""
    studio._live.capabilities = capabilities  # pyright: ignore[reportPrivateUsage]
    studio.model_changed.emit()
    return studio
