"""What a document asks of a model, and its knobs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.request import Start
from studio_app.document.brushes import Brush
from studio_app.document.canvases import resized, with_canvas, with_frame
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.pose import Pose
from studio_app.document.document import new_document, request_of
from studio_app.document.people import standing_person
from studio_app.document.settings import Settings, settings_dict, settings_from, with_settings
from studio_app.document.strokes import Sample, Stroke
from tests.fake_engine import CAN
from tests.nodes import colour_of, depth_of, pose_of, with_contents, with_node

BLANK = new_document(Settings(prompt="a potion", width=64, height=64))


def full():
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[:32] = (255, 0, 0, 255)
    mask = np.zeros((64, 64), np.uint8)
    mask[:8] = 255
    return with_contents(
        BLANK,
        Depth.of(np.full((64, 64), 0.5, np.float32), np.full((64, 64), 255, np.uint8)),
        Pose((standing_person(64, 64),)),
        Colour.of(rgba),
        Mask.of(mask),
    )


def test_an_untouched_layer_is_no_control_at_all():
    request = request_of(BLANK)
    assert request.controls == ()
    assert request.init is None
    assert request.mask is None
    assert request.strength == 1.0


def test_everything_drawn_is_in_the_request():
    request = request_of(full())
    assert [control.kind for control in request.controls] == ["depth", "pose"]
    assert request.init is not None
    assert request.init[0, 0].tolist() == [255, 0, 0]
    assert request.init[60, 0].tolist() == [128, 128, 128]
    assert request.mask is not None
    assert request.strength == 0.75


def test_a_hidden_layer_says_nothing():
    document = full()
    for name in ("depth", "pose", "colour"):
        document = with_node(document, name, visible=False)
    assert request_of(document) == request_of(BLANK)


def test_what_does_not_matter_changes_no_digest():
    document = full()
    other = with_node(document, "depth", shown=0.3, name="Wall", locked=True)
    other = replace(other, revision=9, settings=replace(other.settings, seed_locked=True))
    assert request_of(other).digest == request_of(document).digest


def test_a_control_is_made_once_per_layer():
    document = full()
    other = replace(document, settings=replace(document.settings, prompt="another"))
    assert request_of(document).controls[0] is request_of(other).controls[0]


def test_zero_strength_is_no_control():
    document = full()
    document = with_node(document, "depth", strength=0.0)
    assert [control.kind for control in request_of(document).controls] == ["pose"]


def test_a_branch_s_start_is_used_only_where_it_fits():
    start = Start(np.zeros((4, 8, 8), np.float32), 2)
    document = replace(BLANK, start=start)
    assert request_of(document).start == start
    assert request_of(document, steps=1).start is None
    assert request_of(resized(document, 128, 128)).start is None
    tokens = replace(CAN, latent_pixels=16)
    larger = replace(document, settings=replace(document.settings, width=128, height=128))
    assert request_of(larger).start is None
    assert request_of(larger, tokens).start == start
    assert request_of(document, tokens).start is None


def test_a_model_that_looks_at_drawings_sees_them_whatever_their_strength():
    document = with_node(with_node(full(), "depth", strength=0.0, end=0.5), "pose", strength=1.5)
    seen = request_of(document, replace(CAN, strongest=0.0)).controls
    assert [(c.kind, c.strength, c.end) for c in seen] == [("depth", 1, 0.5), ("pose", 1, 1)]


def test_where_a_model_feels_no_more_a_stronger_drawing_asks_for_the_same():
    strong, full_one = (
        request_of(with_node(full(), "depth", strength=strength), replace(CAN, strongest=1.0))
        for strength in (1.5, 1.0)
    )
    assert strong.digest == full_one.digest
    assert request_of(with_node(full(), "depth", strength=1.5), CAN).digest != strong.digest


def test_resizing_stretches_what_is_drawn():
    larger = resized(full(), 128, 64)
    assert larger.canvas == (128, 64)
    assert depth_of(larger).value.whole.shape == (64, 128)
    assert pose_of(larger).people[0].joints[1, 0] == pytest.approx(64, abs=1)
    assert colour_of(larger).rgba.whole.shape == (64, 128, 4)
    request_of(larger)


def test_settings_survive_json_and_broken_ones_are_defaults():
    settings = Settings(prompt="x", seed=5, tile=(True, False), preset="sprite")
    assert settings_from(settings_dict(settings)) == settings
    assert settings_from({"seed": "five", "steps": 3, "colour": 1}) == Settings(steps=3)
    assert settings_from(None) == Settings()


def test_numbers_are_brought_into_range_and_nonsense_is_said():
    assert with_settings(Settings(), steps=0, strength=7, width=250).steps == 1
    assert with_settings(Settings(), width=250).width == 256
    with pytest.raises(StudioError):
        with_settings(Settings(), steps=float("nan"))
    with pytest.raises(StudioError):
        with_settings(Settings(), knob=1)


def test_half_of_a_character_in_a_prompt_becomes_whole():
    settings = with_settings(Settings(), prompt="a \ud83d knight", preset="\udce9")
    assert settings.prompt == "a \ufffd knight"
    assert settings.preset == "\ufffd"


def test_a_stroke_beyond_the_frame_asks_for_the_very_same_picture():
    document = with_frame(
        with_canvas(new_document(Settings(prompt="a gate")), (0, 0, 1024, 512)), (0, 0, 256, 256)
    )
    inside = Stroke(document, "depth", Brush(size=40, value=0.5))
    document, _ = inside.extend(document, Sample(100, 100), Sample(160, 160))
    (before,) = request_of(document).controls
    beyond = Stroke(document, "depth", Brush(size=40, value=0.9))
    after, dirty = beyond.extend(document, Sample(800, 300), Sample(900, 320))
    assert dirty[2] > 0 and after.stack is not document.stack
    (control,) = request_of(after).controls
    assert control is before  # nothing was drawn or hashed for it
    again, _ = inside.extend(after, Sample(200, 120))
    (control,) = request_of(again).controls
    assert control is not before
