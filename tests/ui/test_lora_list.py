"""The list of LoRAs: there where the model wears them, changed by hand, undone by one Ctrl+Z."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio_app.core.capabilities import Capabilities
from studio_app.document.document import request_of
from studio_app.document.settings import settings_dict, settings_from
from studio_app.session.studio import Studio
from studio_app.ui.lora_list import LoraList


@pytest.fixture
def listed(ready: Studio, capabilities: Capabilities) -> Iterator[LoraList]:
    ready._live.capabilities = replace(capabilities, loras=True)
    ready.set_setting("prompt", "a potion")
    made = LoraList(ready)
    made.show()
    yield made
    made.deleteLater()


def test_one_is_added_weighed_and_taken_off(listed: LoraList, ready: Studio, tmp_path: Path):
    path = str(tmp_path / "a_very_long_name_of_a_style_that_was_trained.safetensors")
    listed.wear(path)
    listed.wear(path)  # it is there already
    (row,) = listed.rows
    assert ready.settings.loras == ((path, 1.0),)
    assert row.knob.label.text().endswith("…") and path not in row.knob.label.text()
    row.knob.slider.setFocus()
    QTest.keyClick(row.knob.slider, Qt.Key.Key_Left)
    assert ready.settings.loras == ((path, 0.95),)
    assert request_of(ready.document, ready.capabilities).loras == ready.settings.loras
    QTest.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    assert ready.settings.loras == () and listed.rows == []
    ready.undo_stack.undo()
    assert ready.settings.loras == ((path, 0.95),)
    assert [row.knob.value for row in listed.rows] == [0.95]


def test_it_is_only_there_where_the_model_wears_them(
    listed: LoraList, ready: Studio, capabilities: Capabilities
):
    listed.wear("ink")
    assert listed.isVisible()
    ready._live.capabilities = replace(capabilities, loras=False)
    ready.model_changed.emit()
    assert not listed.isVisible()
    assert request_of(ready.document, ready.capabilities).loras == ()


def test_what_fits_nothing_is_said(listed: LoraList, ready: Studio):
    listed.wear("ink")
    ready.noted.emit(("of the LoRA ink 2 of 10 tensors fit nothing in this model",))
    assert "2 of 10" in listed.notes.text() and listed.notes.isVisible()
    ready.noted.emit(())
    assert not listed.notes.isVisible()


def test_they_are_kept_with_the_document():
    found = settings_from({"loras": [["ink", 9], ["wash", -0.5], ["ink", 1]]})
    assert found.loras == (("ink", 4.0), ("wash", -0.5))
    assert settings_from(settings_dict(found)) == found
    for broken in ("ink", [["ink"]], [["ink", "much"]], [[3, 1.0]], [["ink", float("nan")]]):
        assert settings_from({"loras": broken}).loras == ()
