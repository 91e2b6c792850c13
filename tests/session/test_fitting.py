"""Knobs that a model can't do, brought to what it can; a sampler brings its steps."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from studio_app.core.capabilities import SAMPLERS, Range
from studio_app.document.document import new_document
from studio_app.document.settings import Settings
from studio_app.session.editor import Editor
from studio_app.session.fitting import fitted, with_steps_of_sampler
from tests.fake_engine import CAN

SETTINGS = Settings(prompt="a red potion", width=64, height=64)


def chosen(sampler: str, before: Settings = SETTINGS, **more: int) -> Settings:
    after = replace(before, sampler=sampler, **more)  # pyright: ignore[reportArgumentType]
    return with_steps_of_sampler(after, before, {"sampler", *more}, CAN)


def test_what_fits_is_left_as_it_is():
    assert fitted(SETTINGS, CAN) is SETTINGS


def test_what_does_not_fit_becomes_the_model_s_default():
    odd = replace(
        SETTINGS, sampler="euler", steps=500, guidance_scale=20.0, kind="texture", width=512
    )
    can = replace(CAN, kinds=("scene", "isolated"))
    found = fitted(odd, can)
    assert (found.sampler, found.steps, found.guidance_scale) == ("consistency", 4, 3.0)
    assert (found.kind, found.width, found.height) == ("scene", 64, 64)


def test_edges_meet_only_where_the_model_can():
    tiled = replace(SETTINGS, tile=(True, False))
    assert fitted(tiled, CAN) is tiled
    assert fitted(tiled, replace(CAN, tiling=False)).tile == (False, False)


def test_the_teacher_takes_any_guidance():
    slow = replace(SETTINGS, sampler="ddim", steps=20, guidance_scale=20.0)
    assert fitted(slow, CAN).guidance_scale == 20.0


def test_the_finish_fits_too():
    assert fitted(replace(SETTINGS, finish="ddpm"), CAN).finish == ""
    assert fitted(replace(SETTINGS, finish="ddim", finish_steps=400), CAN).finish_steps == 20
    assert fitted(replace(SETTINGS, finish="ddim", finish_steps=50), CAN).finish_steps == 50


def test_a_slow_sampler_brings_its_own_steps_and_the_quick_one_its_few():
    slow = chosen("ddim", replace(SETTINGS, steps=6))
    assert slow.steps == 20
    assert chosen("consistency", replace(slow, steps=50)).steps == 4


def test_steps_that_were_given_with_the_sampler_stay():
    assert chosen("ddim", steps=7).steps == 7


def test_a_sampler_of_the_same_denoiser_keeps_the_steps():
    assert chosen("lcm", replace(SETTINGS, steps=6)).steps == 6


def test_without_a_model_the_sampler_s_own_steps_come():
    after = replace(SETTINGS, sampler="ddim")
    steps = with_steps_of_sampler(after, SETTINGS, {"sampler"}, None).steps
    assert steps == SAMPLERS["ddim"].steps.default


def test_a_sampler_that_nobody_knows_brings_nothing():
    after = replace(SETTINGS, sampler="euler_of_tomorrow")
    assert with_steps_of_sampler(after, SETTINGS, {"sampler"}, CAN) is after


def test_a_model_s_own_default_counts():
    can = replace(CAN, steps={"ddim": Range(10, 60, 35)})
    after = replace(SETTINGS, sampler="ddim")
    assert with_steps_of_sampler(after, SETTINGS, {"sampler"}, can).steps == 35


def test_another_kind_of_model_brings_its_own_steps_and_guidance():
    few = replace(SETTINGS, sampler="consistency", steps=4, guidance_scale=3.0)
    slow = replace(CAN, samplers=("dpmpp_2m_karras", "lcm"), guidance=Range(1, 20, 7), steps={})
    there = fitted(few, slow)
    assert (there.sampler, there.steps, there.guidance_scale) == ("dpmpp_2m_karras", 20, 7.0)
    back = fitted(there, replace(slow, samplers=("tcd",), guidance=Range(1, 20, 1.5)))
    assert (back.sampler, back.steps, back.guidance_scale) == ("tcd", 4, 1.5)
    kin = fitted(replace(few, steps=6), replace(slow, samplers=("lcm",)))
    assert (kin.sampler, kin.steps, kin.guidance_scale) == ("lcm", 6, 3.0)


def test_a_model_of_fewer_pixels_leaves_what_is_drawn_as_it_is(editor: Editor):
    before = editor.document
    width, height = before.canvas
    assert width > 64 or height > 64
    editor.stack.clear()  # as after a start with the work of the last one
    editor.fit(CAN)
    small = editor.document
    assert small.pixels == (64, 64)
    assert small.stack is before.stack
    assert small.canvas == before.canvas
    assert not small.whole
    side = min(width, height)
    assert small.frame == ((width - side) // 2, (height - side) // 2, side, side)
    editor.fit(replace(CAN, sizes=((width, height),)))
    again = editor.document
    assert again.stack is before.stack
    assert again.pixels == before.pixels


def test_what_a_model_of_more_pixels_makes_of_a_drawing_can_be_undone(editor: Editor):
    before = editor.document
    editor.stack.clear()
    width, height = (2 * side for side in before.canvas)
    editor.fit(replace(CAN, sizes=((width, height),)))
    assert editor.document.canvas == (width, height)
    assert editor.document.whole
    editor.stack.undo()
    assert editor.document.stack is before.stack
    assert editor.document.canvas == before.canvas


def test_a_document_without_anything_drawn_takes_the_size_of_a_model_and_is_no_step(qtbot: QtBot):
    made = Editor(new_document(Settings(prompt="a gate", width=256, height=256)))
    made.fit(CAN)
    assert made.document.whole
    assert made.document.canvas == (64, 64)
    assert made.stack.count() == 0
