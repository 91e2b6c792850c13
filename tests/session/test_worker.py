"""The engine's thread, with an engine that fails in each of its methods: nothing ends it, and what matters is said."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.results import StepRecord
from studio_app.session.orders import Look, MapsOrder, Order, Rung
from studio_app.session.worker import EngineWorker, explained
from tests.fake_engine import FakeEngine, frame

MODEL = "a model"
REQUEST = GenerationRequest("a red potion", width=64, height=64, model=MODEL)
LATENT = np.zeros((4, 8, 8), np.float16)
THUMB = np.zeros((8, 8, 4), np.uint8)
STEP = StepRecord(3, 250, 0.7, LATENT, LATENT, THUMB, THUMB)


class Desk:
    """A worker, and what it said. The signals arrive as the event loop turns."""

    def __init__(self, qtbot: Any, engine: FakeEngine) -> None:
        self.qtbot = qtbot
        self.engine = engine
        self.worker = EngineWorker(lambda: engine)
        self.loaded: list[tuple[Any, ...]] = []
        self.refused: list[tuple[Any, ...]] = []
        self.failed: list[tuple[Any, ...]] = []
        self.ends: list[Any] = []
        self.looked: list[Any] = []
        self.maps: list[tuple[Any, ...]] = []
        self.no_maps: list[tuple[Any, ...]] = []
        self.timed: list[Any] = []
        self.done: list[int] = []
        self.idle: list[bool] = []
        worker = self.worker
        worker.model_loaded.connect(lambda *said: self.loaded.append(said))
        worker.model_failed.connect(lambda *said: self.refused.append(said))
        worker.failed.connect(lambda *said: self.failed.append(said))
        worker.run_ended.connect(self.ends.append)
        worker.looked.connect(self.looked.append)
        worker.maps_made.connect(lambda *said: self.maps.append(said))
        worker.maps_failed.connect(lambda *said: self.no_maps.append(said))
        worker.timed.connect(self.timed.append)
        worker.order_done.connect(self.done.append)
        worker.idle.connect(lambda: self.idle.append(True))
        self._number = 0

    def until(self, true: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(true()))

    def open(self) -> None:
        before = len(self.loaded) + len(self.refused)
        self.worker.box.load(MODEL)
        self.until(lambda: len(self.loaded) + len(self.refused) > before)

    def draw(self, *rungs: Rung, force: bool = True, variations: bool = False) -> int:
        self._number += 1
        order = Order(
            self._number,
            rungs or (Rung(REQUEST),),
            time.perf_counter(),
            force=force,
            variations=variations,
        )
        self.worker.box.put(order)
        self.until(lambda: self._number in self.done)
        return self._number

    def still_draws(self) -> None:
        """The thread lives, and draws a whole picture once nothing fails any more."""
        self.engine.faults.clear()
        if not self.loaded:
            self.open()
        self.draw()
        assert self.ends[-1].complete
        assert self.worker.isRunning()


@pytest.fixture
def desk(qtbot: Any) -> Iterator[Desk]:
    made = Desk(qtbot, FakeEngine())
    made.worker.start()
    yield made
    made.worker.stop()
    qtbot.waitUntil(made.worker.isFinished)


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even that")


FAULTS: list[Any] = [RuntimeError("boom"), MemoryError(), MuteError(), SystemExit(3)]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_load_that_fails_is_said(desk: Desk, fault: BaseException):
    desk.engine.faults["load"] = fault
    desk.open()
    assert isinstance(desk.refused[0][1], StudioError)
    desk.still_draws()


def test_a_load_that_gives_no_capabilities_is_said(desk: Desk):
    desk.engine.faults["load"] = lambda: {"samplers": ["consistency"]}
    desk.open()
    assert "dict" in desk.refused[0][1].detail
    desk.still_draws()


def test_an_engine_that_can_t_be_made_is_said_and_made_when_asked_again(qtbot: Any):
    engine, tries = FakeEngine(), [ImportError("no torch here")]

    def make() -> FakeEngine:
        if tries:
            raise tries.pop()
        return engine

    desk = Desk(qtbot, engine)
    desk.worker = worker = EngineWorker(make)
    for signal, list_ in ((worker.model_loaded, desk.loaded), (worker.model_failed, desk.refused)):
        signal.connect(lambda *said, list_=list_: list_.append(said))
    worker.order_done.connect(desk.done.append)
    worker.run_ended.connect(desk.ends.append)
    worker.start()
    desk.open()
    assert "no torch here" in desk.refused[0][1].detail
    desk.still_draws()
    worker.stop()
    qtbot.waitUntil(worker.isFinished)


@pytest.mark.parametrize("name", ["signal_shares", "device_name"])
@pytest.mark.parametrize("fault", [RuntimeError("boom"), lambda: None])
def test_a_model_that_can_t_describe_itself_is_open_all_the_same(desk: Desk, name: str, fault: Any):
    desk.engine.faults[name] = fault
    desk.open()
    assert desk.loaded and isinstance(desk.loaded[0][2], str)
    desk.draw()
    assert len(desk.ends[-1].record.steps) == 4
    desk.still_draws()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_tuning_that_fails_is_not_tried_again_with_this_model(desk: Desk, fault: BaseException):
    desk.engine.faults["tune"] = fault
    desk.open()
    for round in range(3):
        desk.draw()
        desk.until(lambda round=round: len(desk.idle) > round)
    assert desk.engine.calls.count("tune") == 1
    desk.open()  # another model, another try
    desk.until(lambda: desk.engine.calls.count("tune") == 2)
    desk.still_draws()


def test_nothing_is_made_quicker_while_somebody_draws(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("studio_app.session.worker.IDLE_S", 0.0)
    desk.worker.box.hold(True)
    desk.open()
    for _ in range(3):
        desk.draw()
    assert "tune" not in desk.engine.calls and not desk.idle
    assert desk.worker.box.pressing()  # what has begun would end
    desk.worker.box.hold(False)
    desk.until(lambda: desk.idle)
    assert "tune" in desk.engine.calls


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_that_fails_at_once_is_said(desk: Desk, fault: BaseException):
    desk.open()
    desk.engine.faults["run"] = fault
    number = desk.draw()
    assert desk.failed[0][0] == number
    assert isinstance(desk.failed[0][1], StudioError)
    desk.still_draws()


@pytest.mark.parametrize("at", range(9))
def test_a_run_that_fails_on_the_way_is_said_and_ends(desk: Desk, at: int):
    desk.open()

    def fail(count: int) -> None:
        if count == at:
            raise RuntimeError("boom")

    desk.engine.at_frame = fail
    number = desk.draw()
    assert [said[0] for said in desk.failed] == [number]
    assert not desk.ends[-1].complete and desk.ends[-1].record is None
    desk.engine.at_frame = lambda count: None
    desk.still_draws()


def no_latent() -> Generator[Any, None, None]:
    whole = frame(REQUEST, 3, "denoised")
    noisy = frame(REQUEST, 3, "noisy")
    yield noisy
    yield type(whole)(whole.request, 4, 4, whole.timestep, "denoised", whole.pixels, None)


def out_of_time() -> Generator[Any, None, None]:
    whole = frame(REQUEST, 3, "denoised")
    yield frame(REQUEST, 3, "noisy")
    yield type(whole)(whole.request, 4, 4, 12_345, "denoised", whole.pixels, whole.latent)


def no_frames() -> Generator[Any, None, None]:
    yield "a picture"


@pytest.mark.parametrize("frames", [no_latent, out_of_time, no_frames, lambda: None, lambda: [1]])
def test_frames_that_are_none_fail_that_run_only(desk: Desk, frames: Any):
    desk.open()
    desk.engine.faults["run"] = frames
    desk.draw()
    assert len(desk.failed) == 1
    desk.still_draws()


@pytest.mark.parametrize("fault", [RuntimeError("boom"), lambda: None, lambda: {"text": "soon"}])
def test_times_that_can_t_be_told_cost_no_picture(desk: Desk, fault: Any):
    desk.open()
    desk.engine.faults["times"] = fault
    for _ in range(3):
        desk.draw()
    assert all(end.complete for end in desk.ends) and not desk.failed and not desk.timed
    assert desk.engine.calls.count("times") == 1
    desk.still_draws()


@pytest.mark.parametrize("fault", [*FAULTS, lambda: None, lambda: np.zeros((2, 2))])
def test_a_step_that_can_t_be_decoded_leaves_its_thumbnail(desk: Desk, fault: Any):
    desk.open()
    desk.engine.faults["decode"] = fault
    desk.worker.box.look(Look(REQUEST, STEP))
    desk.until(lambda: "decode" in desk.engine.calls)
    desk.still_draws()
    assert not desk.looked
    desk.worker.box.look(Look(REQUEST, STEP))
    desk.until(lambda: desk.looked)
    assert (desk.looked[0].step, desk.looked[0].timestep) == (4, 250)


@pytest.mark.parametrize("fault", [*FAULTS, lambda: None])
def test_maps_that_fail_are_said_to_who_asked(desk: Desk, fault: Any):
    desk.open()
    desk.engine.faults["decode_maps"] = fault
    desk.worker.box.maps(MapsOrder("a", REQUEST, LATENT))
    desk.until(lambda: desk.no_maps)
    assert desk.no_maps[0][0] == "a" and isinstance(desk.no_maps[0][1], StudioError)
    desk.still_draws()
    desk.worker.box.maps(MapsOrder("b", REQUEST, LATENT))
    desk.until(lambda: desk.maps)
    assert desk.maps[0][0] == "b"


def test_maps_of_another_model_are_refused(desk: Desk):
    desk.worker.box.maps(MapsOrder("before", REQUEST, LATENT))
    desk.until(lambda: desk.no_maps)
    desk.open()
    other = GenerationRequest("a red potion", width=64, height=64, model="another")
    desk.worker.box.maps(MapsOrder("other", other, LATENT))
    desk.until(lambda: len(desk.no_maps) == 2)
    assert "another" in desk.no_maps[1][1].detail
    assert "decode_maps" not in desk.engine.calls


@pytest.mark.parametrize("fault", FAULTS)
def test_an_engine_that_can_t_let_go_ends_all_the_same(desk: Desk, fault: BaseException):
    desk.open()
    desk.engine.faults["unload"] = fault
    desk.worker.stop()
    desk.until(desk.worker.isFinished)
    assert desk.engine.calls[-1] == "unload"


def test_an_order_for_a_model_that_is_not_open_is_left(desk: Desk):
    """The engine would load it; whoever ordered hears of the other model and orders anew."""
    desk.open()
    other = GenerationRequest("a red potion", width=64, height=64, model="another")
    desk.draw(Rung(other))
    assert not desk.engine.requests and not desk.failed


def test_a_picture_that_is_there_is_not_made_again_unless_asked(desk: Desk):
    desk.open()
    desk.draw(force=False)
    desk.draw(force=False)
    assert len(desk.engine.requests) == 1
    assert desk.worker.done_digest == REQUEST.digest
    desk.draw(force=True)
    assert len(desk.engine.requests) == 2


def test_a_preview_that_is_there_already_is_what_a_cancelled_order_comes_back_to(desk: Desk):
    desk.open()
    desk.draw(force=False)
    frames = desk.worker.frames
    whole = frames.take()
    assert whole is not None
    number = desk.draw(Rung(REQUEST, keep=False), force=False)
    frames.put(
        replace(whole, order=number, final=False, denoised=None)
    )  # the way to something better
    frames.take()
    frames.refuse_below(number + 1)
    again = frames.take()
    assert again is not None and again.denoised is whole.denoised


def test_a_draft_is_no_picture_that_is_done(desk: Desk):
    desk.open()
    desk.draw(Rung(REQUEST, keep=False, draft=True))
    assert desk.engine.wanted == [("noisy", "draft")]
    assert desk.worker.done_digest == ""
    assert desk.ends[-1].record is None
    delivery = desk.worker.frames.take()
    assert delivery is not None and delivery.final and delivery.preview


def test_variations_are_told_one_by_one(desk: Desk):
    desk.open()
    told: list[tuple[int, Any]] = []
    desk.worker.variation.connect(lambda i, picture: told.append((i, picture)))
    desk.draw(*(Rung(REQUEST, keep=False) for _ in range(3)), variations=True)
    desk.until(lambda: len(told) == 3)
    assert [i for i, _ in told] == [0, 1, 2]
    assert all(picture.kind == "final" for _, picture in told)
    assert desk.worker.frames.take() is None


def test_memory_that_is_full_is_said_in_words():
    assert explained(MemoryError()).title == "The memory is full"
    assert explained(RuntimeError("CUDA out of memory")).title == "The memory is full"
    said = StudioError("The disk is full")
    assert explained(said) is said
