"""Of a model that looks at drawings as pictures no strength is offered, and it is said why."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from studio_app.core.capabilities import Capabilities
from studio_app.session.studio import Studio
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.layers.layers_panel import LayersPanel
from studio_app.ui.settings_panel import SettingsPanel


def test_before_there_is_a_model_nothing_is_said_of_it(qtbot: QtBot, studio: Studio):
    settings = SettingsPanel(studio)
    qtbot.addWidget(settings)
    assert settings.no_strength.isHidden()
    shown = {kind for kind, knob in settings.control_knobs.items() if not knob.isHidden()}
    assert shown == {"depth", "pose"}
    assert all(settings.control_knobs[kind].isEnabled() for kind in shown)


def test_of_a_model_that_looks_at_drawings_no_strength_is_offered(qtbot: QtBot, ready: Studio):
    can, panel, settings = shown(qtbot, ready)
    strength, knob = panel.control.strength, settings.control_knobs["depth"]
    strength.spin.setValue(0.5)
    assert strength.isEnabled() and knob.isEnabled() and settings.no_strength.isHidden()
    show_model(ready, replace(can, strongest=0.0))
    assert not strength.isEnabled() and not knob.isEnabled() and not settings.no_strength.isHidden()
    for field in (strength, knob):
        assert "reference pictures" in field.slider.toolTip()
    assert strength.value == 1 and panel.control.span.isEnabled()
    show_model(ready, can)
    assert strength.isEnabled() and strength.value == 0.5 and settings.no_strength.isHidden()


def test_the_slider_ends_where_more_changes_nothing(qtbot: QtBot, ready: Studio):
    can, panel, settings = shown(qtbot, ready)
    knobs = (panel.control.strength, settings.control_knobs["depth"])
    knobs[0].spin.setValue(1.6)
    assert [knob.value for knob in knobs] == [1.6, 1.6]
    show_model(ready, replace(can, strongest=1.0))
    assert [(knob.value, knob.spin.maximum()) for knob in knobs] == [(1, 1), (1, 1)]
    assert ready.document.held("depth").strength == 1.6  # another model feels it
    show_model(ready, can)
    assert [knob.value for knob in knobs] == [1.6, 1.6]


def shown(qtbot: QtBot, ready: Studio) -> tuple[Capabilities, LayersPanel, SettingsPanel]:
    """What the open model can, and both places of a strength, with the depth chosen."""
    assert ready.capabilities is not None
    panel, settings = LayersPanel(ready, ToolState()), SettingsPanel(ready)
    for widget in (panel, settings):
        qtbot.addWidget(widget)
    panel.show()
    panel.view.choose("depth-1")
    return ready.capabilities, panel, settings


def show_model(studio: Studio, can: Capabilities) -> None:
    studio._live.capabilities = can
    studio.model_changed.emit()
