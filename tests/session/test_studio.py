"""Runs and models through the Studio, on the tiny real model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shiboken6 import Shiboken

from studio_app.core.engine import LIVE_FRAMES
from studio_app.core.errors import StudioError
from studio_app.document.brushes import Brush
from studio_app.document.people import standing_person
from studio_app.document.pictures import open_picture
from studio_app.document.recipes import read_recipe
from studio_app.document.results import thumbnail
from studio_app.document.strokes import Sample
from studio_app.session.studio import Studio
from tests.nodes import set_people
from tests.session.conftest import stroke

PROMPT = "a red potion"


def finish(qtbot: Any, studio: Studio, action: Callable[[], object]) -> Any:
    """Does it and waits for the run that comes of it."""
    with qtbot.waitSignal(studio.run_finished) as blocker:
        action()
    return blocker.args[0]


def test_a_typed_prompt_becomes_a_picture(qtbot: Any, make_studio: Callable[..., Studio]):
    studio = make_studio()
    record = finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    assert record.request.prompt == PROMPT
    assert [step.i for step in record.steps] == [0, 1, 2, 3]
    assert record.steps[0].t == 999
    assert record.steps[0].abar == 0.0
    assert [s.abar for s in record.steps] == sorted(s.abar for s in record.steps)
    assert studio.runs[-1] is record
    assert np.array_equal(studio.gallery[-1].pixels, record.final)
    delivery = studio.mailbox.take()
    assert delivery is not None
    assert delivery.final
    assert delivery.denoised is not None
    assert np.array_equal(delivery.denoised.pixels, record.final)


def test_typing_waits_for_a_pause(qtbot: Any, make_studio: Callable[..., Studio], engine: Any):
    studio = make_studio()

    def type_it() -> None:
        for i in range(1, len(PROMPT) + 1):
            studio.set_setting("prompt", PROMPT[:i], merge=True)

    finish(qtbot, studio, type_it)
    assert [request.prompt for request in engine.requests] == [PROMPT]
    assert studio.undo_stack.count() == 1


def test_the_pen_asks_for_one_step_and_its_lift_for_the_chosen(
    qtbot: Any, make_studio: Callable[..., Studio], engine: Any
):
    studio = make_studio()
    finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    engine.requests.clear()
    assert studio.mailbox.take() is not None  # who takes nothing is not woken again
    studio.begin_stroke("depth", Brush(size=12), Sample(10, 10))
    with qtbot.waitSignal(studio.frame_arrived):
        studio.stroke_to(Sample(20, 20))
    record = finish(qtbot, studio, studio.end_stroke)
    assert {request.steps for request in engine.requests[:-1]} == {1}
    assert engine.requests[-1].steps == 4
    assert record.request.controls[0].kind == "depth"


def seeds(taken: list[Any]) -> list[int]:
    return [delivery.request.seed for delivery in taken if delivery is not None]


def test_every_stroke_shows_though_each_overtakes_the_last(
    qtbot: Any, make_studio: Callable[..., Studio], engine: Any
):
    studio = make_studio()
    studio.set_setting("steps", 8)
    finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    assert studio.mailbox.take() is not None
    taken: list[Any] = []
    studio.frame_arrived.connect(lambda: taken.append(studio.mailbox.take()))
    engine.steps = 0
    for i in range(20):
        studio.set_setting("seed", i)  # ends the run before it after its first picture
        qtbot.waitUntil(lambda i=i: i in seeds(taken))
    orders = [delivery.order for delivery in taken if delivery]
    assert len(set(orders)) == 20
    assert orders == sorted(orders)
    assert engine.steps < 20 * 8


def test_an_edit_that_changes_no_request_runs_nothing(
    qtbot: Any, make_studio: Callable[..., Studio], engine: Any
):
    studio = make_studio()
    finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    qtbot.waitUntil(lambda: not studio.busy)
    count = len(engine.requests)
    studio.set_layer("depth", shown=0.5)
    studio.set_layer("mask", visible=False)
    studio.set_setting("seed_locked", True)
    qtbot.waitUntil(lambda: not studio.busy)
    assert len(engine.requests) == count


def test_while_the_pen_is_down_drafts_are_enough(
    qtbot: Any, make_studio: Callable[..., Studio], engine: Any
):
    """Even with one step chosen, the whole picture comes when the pen is lifted, and it alone is kept."""
    studio = make_studio()
    studio.set_setting("steps", 1)
    finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    studio.mailbox.take()
    engine.wanted.clear()
    studio.begin_stroke("depth", Brush(size=9), Sample(20, 20))
    studio.stroke_to(Sample(40, 40))
    qtbot.waitUntil(lambda: bool(engine.wanted))
    assert engine.wanted[-1] == ("noisy", "draft")
    taken: list[Any] = []
    qtbot.waitUntil(lambda: bool(taken.append(studio.mailbox.take()) or taken[-1]))
    assert taken[-1].denoised.kind == "draft"
    assert taken[-1].final and taken[-1].preview  # a calm view shows it too
    kept = len(studio.runs)
    finish(qtbot, studio, studio.end_stroke)
    assert engine.wanted[-1] == LIVE_FRAMES
    assert len(studio.runs) == kept + 1


def test_a_slow_sampler_shows_a_quick_picture_first(
    qtbot: Any, make_studio: Callable[..., Studio], engine: Any
):
    studio = make_studio()
    studio.set_settings({"sampler": "ddim", "steps": 5})
    record = finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    assert [(r.sampler, r.steps) for r in engine.requests] == [("consistency", 4), ("ddim", 5)]
    assert record.request.sampler == "ddim"
    assert len(studio.runs) == 1


def test_a_cancelled_slow_run_leaves_the_crisp_preview(qtbot: Any, studio: Studio):
    taken: list[Any] = []

    def take() -> None:
        delivery = studio.mailbox.take()
        if delivery is not None:  # what two signals told of was there for the first
            taken.append(delivery)

    studio.frame_arrived.connect(take)
    studio.set_settings({"prompt": PROMPT, "sampler": "ddim", "steps": 100})
    with qtbot.waitSignal(studio.run_finished):
        studio.generate_once()
        slow = "ddim"
        qtbot.waitUntil(lambda: slow in [d.request.sampler for d in taken[-1:]])
        studio.cancel()
    qtbot.waitUntil(lambda: taken[-1].request.sampler == "consistency")
    assert taken[-1].denoised.kind == "final" and taken[-1].denoised.steps == 4
    assert not studio.busy


def test_a_sampler_brings_its_steps_and_undo_takes_both_back(studio: Studio):
    studio.set_setting("sampler", "ddim")
    assert (studio.settings.sampler, studio.settings.steps) == ("ddim", 20)
    studio.undo_stack.undo()
    assert (studio.settings.sampler, studio.settings.steps) == ("consistency", 4)


def test_when_idle_a_preset_s_finish_runs(
    qtbot: Any, make_studio: Callable[..., Studio], engine: Any
):
    studio = make_studio()
    studio.set_settings({"finish": "ddim", "finish_steps": 3})
    finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    record = finish(qtbot, studio, lambda: None)
    assert (record.request.sampler, record.request.steps) == ("ddim", 3)
    assert engine.requests[0].sampler == "consistency"


def test_generate_once_without_live_and_a_new_seed_when_all_is_shown(qtbot: Any, studio: Studio):
    studio.set_setting("prompt", PROMPT)
    first = finish(qtbot, studio, studio.generate_once)
    second = finish(qtbot, studio, studio.generate_once)
    assert first.request.seed == 7
    assert second.request.seed != 7
    studio.set_setting("seed_locked", True)
    third = finish(qtbot, studio, studio.generate_once)
    assert third.request.digest == second.request.digest


def test_an_empty_prompt_is_said_when_asked_for(studio: Studio):
    said: list[Any] = []
    studio.message.connect(said.append)
    studio.generate_once()
    assert said[0].title == "The prompt is empty"
    assert not studio.busy


def test_a_branch_goes_on_from_its_step(qtbot: Any, studio: Studio, engine: Any):
    studio.set_setting("prompt", PROMPT)
    record = finish(qtbot, studio, studio.generate_once)
    studio.set_setting("prompt", "a blue sword")
    branch = finish(qtbot, studio, lambda: studio.branch(record, 2))
    assert [step.i for step in branch.steps] == [2, 3]
    assert np.array_equal(branch.steps[0].x_t, record.steps[2].x_t)
    assert branch.request.prompt == "a blue sword"
    studio.set_setting("steps", 6)
    assert studio.document.start is None
    studio.undo_stack.undo()
    assert studio.document.start is not None
    studio.clear_branch()
    assert studio.document.start is None


def test_nine_variations_and_one_is_kept(qtbot: Any, studio: Studio, engine: Any):
    studio.set_setting("prompt", PROMPT)
    studio.set_setting("seed", 100)
    frames: dict[int, Any] = {}
    studio.variation_arrived.connect(frames.__setitem__)
    studio.variations()
    qtbot.waitUntil(lambda: len(frames) == 9)
    assert studio.variation_seeds == tuple(range(96, 105))
    assert all(frame.steps == 1 for frame in frames.values())
    assert len({frame.pixels.tobytes() for frame in frames.values()}) == 9
    record = finish(qtbot, studio, lambda: studio.keep_variation(8))
    assert record.request.seed == studio.settings.seed == 104
    assert studio.settings.seed_locked


def test_cancel_shows_no_more_and_keeps_what_there_was(qtbot: Any, studio: Studio, engine: Any):
    studio.set_setting("prompt", PROMPT)
    studio.set_setting("steps", 8)

    def stop_after_two(count: int) -> None:
        if count == 3:
            studio._live._worker.box.cancel(studio._live._number)

    engine.fault = stop_after_two
    record = finish(qtbot, studio, studio.generate_once)
    assert record.final is None
    assert len(record.steps) == 2
    assert len(studio.gallery) == 0
    engine.fault = None
    studio.generate_once()
    studio.cancel()
    assert not studio.busy
    # The run that was stopped may have begun: its end is heard first then.
    whole = {"check_params_cb": lambda record: record.final is not None}
    with qtbot.waitSignal(studio.run_finished, **whole):
        studio.generate_once()


@pytest.mark.parametrize("fault", ["nan", "exception", "memory"])
def test_a_fault_in_a_step_ends_that_run_only(qtbot: Any, studio: Studio, engine: Any, fault: str):
    errors = {
        "nan": StudioError(
            "The picture fell apart", "step 2 of 4 gave numbers that are not finite"
        ),
        "exception": RuntimeError("boom"),
        "memory": RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    }

    def fail(count: int) -> None:
        if count == 3:
            raise errors[fault]

    studio.set_setting("prompt", PROMPT)
    engine.fault = fail
    with qtbot.waitSignal(studio.message) as said:
        studio.generate_once()
    expected = {"nan": "fell apart", "exception": "The engine failed", "memory": "memory is full"}
    assert expected[fault] in str(said.args[0])
    qtbot.waitUntil(lambda: not studio.busy)
    engine.fault = None
    assert finish(qtbot, studio, studio.generate_once).final is not None


def test_a_missing_model_is_said_and_the_old_one_stays(qtbot: Any, studio: Studio):
    studio.set_setting("prompt", PROMPT)
    model = studio.model
    with qtbot.waitSignal(studio.message) as said:
        studio.open_model("no-such-model")
    assert isinstance(said.args[0], StudioError)
    assert studio.model == model
    assert finish(qtbot, studio, studio.generate_once).final is not None


def test_edits_while_the_model_loads_are_drawn_when_it_is_there(
    qtbot: Any, make_studio: Callable[..., Studio]
):
    studio = make_studio(start=False)
    studio.start()
    record = finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    assert record.request.prompt == PROMPT


def test_a_picture_is_saved_with_its_recipe_and_comes_back(
    qtbot: Any, studio: Studio, tmp_path: Path
):
    stroke(studio)
    set_people(studio, (standing_person(64, 64),), "Add a person")
    studio.set_setting("prompt", PROMPT)
    record = finish(qtbot, studio, studio.generate_once)
    path = tmp_path / "potion.png"
    with qtbot.waitSignal(studio.message) as said:
        studio.save_picture(studio.gallery[-1], path)
    assert said.args[0].key == "saved"
    assert np.array_equal(open_picture(path).rgb(), record.final[:, :, 2::-1])
    assert read_recipe(path) == record.request
    picture = studio.gallery[-1]
    studio.clear_document()
    studio.set_setting("prompt", "something else")
    studio.restore(picture.request, picture.people)
    again = finish(qtbot, studio, studio.generate_once)
    assert again.request.digest == record.request.digest
    assert np.array_equal(again.final, record.final)


def test_a_star_keeps_a_picture_when_the_gallery_is_full(qtbot: Any, studio: Studio):
    studio.gallery.max_pictures = 3
    studio.set_setting("prompt", PROMPT)
    for i in range(5):
        studio.set_setting("seed", i + 1)
        finish(qtbot, studio, studio.generate_once)
        if i == 0:
            studio.star(studio.gallery[0].id, True)
    assert [picture.request.seed for picture in studio.gallery] == [1, 4, 5]


def test_closing_during_a_run_is_quick(qtbot: Any, make_studio: Callable[..., Studio], engine: Any):
    studio = make_studio(live=False)
    studio.set_settings({"prompt": PROMPT, "sampler": "ddpm", "steps": 1000})
    studio.generate_once()
    qtbot.waitUntil(lambda: engine.steps > 2)
    with qtbot.waitSignal(studio.closed):
        studio.close()
    assert not studio.stuck
    assert engine.steps < 900


def test_a_studio_that_is_deleted_while_it_closes_tells_nobody(tmp_path: Path, engine: Any):
    """The timer that waits for its threads outlives it."""
    studio = Studio(tmp_path, make_engine=lambda: engine)
    closed, refused = studio._on_closed, studio._on_refused
    Shiboken.delete(studio)
    closed()
    refused(StudioError("The disk is full"))


def test_the_latency_line_knows_every_stage(qtbot: Any, studio: Studio, engine: Any):
    studio.frame_arrived.connect(studio.mailbox.take)
    stroke(studio)
    studio.set_setting("prompt", PROMPT)
    finish(qtbot, studio, studio.generate_once)
    qtbot.waitUntil(lambda: {"step", "decode"} <= set(studio.latency.stages))
    latency = studio.latency
    assert latency.edit_final_ms is not None
    assert latency.edit_first_ms is not None
    assert latency.edit_first_ms <= latency.edit_final_ms
    assert latency.pictures_per_s > 0


def test_thumbnails_are_means():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (256, 128, 4), dtype=np.uint8)
    small = thumbnail(pixels)
    blocks = pixels.reshape(64, 4, 32, 4, 4).mean(axis=(1, 3))
    assert small.shape == (64, 32, 4)
    assert np.abs(small - blocks).max() <= 0.5


def test_another_model_draws_what_waits_when_it_is_open(
    qtbot: Any, make_studio: Callable[..., Studio], build_model: Callable[..., Path], engine: Any
):
    studio = make_studio()
    finish(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    other = str(build_model("other", 1))
    studio.open_model(other)
    studio.set_setting("seed", 8)  # before it is open
    with qtbot.waitSignal(studio.model_changed):
        pass
    record = finish(qtbot, studio, lambda: studio.set_setting("seed", 9))
    assert studio.model == record.request.model == other
    assert engine.loads == [engine.loads[0], other]
