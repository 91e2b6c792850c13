"""Which edit asks for what, and when: the live loop before a worker whose thread never starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio_app.core import request
from studio_app.core.capabilities import Range
from studio_app.core.errors import StudioError
from studio_app.core.request import MAX_SEED, Start
from studio_app.document.canvases import with_canvas, with_frame
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.pose import Pose
from studio_app.document.document import Document, new_document, request_of
from studio_app.document.people import standing_person
from studio_app.document.planes import VALUE, Plane
from studio_app.document.results import RunRecord
from studio_app.document.settings import Settings
from studio_app.session.drawing import RunEnd
from studio_app.session.live import LiveLoop
from studio_app.session.orders import Order
from studio_app.session.rungs import chosen_rungs, pen_down_rungs
from studio_app.session.worker import EngineWorker
from tests.fake_engine import CAN
from tests.nodes import depth_of, mask_of, with_contents, with_node

MODEL = "a model"


class Desk:
    """The loop, the document it looks at, and the orders that it posts."""

    def __init__(self, opened: bool = True) -> None:
        self.worker = EngineWorker()
        self.document = new_document(Settings(prompt="a red potion", width=64, height=64))
        self.loop = LiveLoop(self.worker, lambda: self.document)
        self.said: list[Any] = []
        self.loop.message.connect(self.said.append)
        if opened:
            self.loop.open_model(MODEL)
            self.task()
            self.worker.model_loaded.emit(MODEL, CAN, "nowhere")

    def set(self, **settings: Any) -> None:
        self.document = replace(self.document, settings=replace(self.document.settings, **settings))

    def task(self) -> Any:
        """What waits in the box; None where nothing does."""
        return self.worker.box.take(0)[1]

    def order(self) -> Order:
        order = self.task()
        assert isinstance(order, Order)
        return order


@pytest.fixture
def desk(qtbot: Any) -> Desk:
    return Desk()


def drawn(size: int = 64) -> Document:
    rng = np.random.default_rng(0)
    known = np.full((size, size), 255, np.uint8)
    known[:4] = 0
    made = new_document(Settings(prompt="a red potion", width=size, height=size))
    made = with_contents(
        made,
        Depth.of(rng.random((size, size), np.float32), known),
        Pose((standing_person(size, size),)),
        Colour.of(rng.integers(0, 255, (size, size, 4), np.uint8)),
        Mask.of(known),
    )
    return with_node(made, "pose", strength=0.7)


def steps(order: Order) -> list[tuple[str, int, bool, bool]]:
    return [(r.request.sampler, r.request.steps, r.keep, r.draft) for r in order.rungs]


def test_an_edit_asks_for_the_chosen_steps(desk: Desk):
    desk.loop.edited("knob")
    order = desk.order()
    assert steps(order) == [("consistency", 4, True, False)]
    assert order.rungs[0].request.model == MODEL
    assert order.revision == desk.document.revision
    assert desk.loop.busy


def test_an_edit_of_the_view_asks_for_nothing(desk: Desk):
    desk.loop.edited("view")
    assert desk.task() is None


def test_with_the_pen_down_an_edit_asks_for_one_step_and_its_lift_for_the_chosen(desk: Desk):
    desk.loop.set_pen_down(True)
    desk.loop.edited("paint")
    assert steps(desk.order()) == [("consistency", 1, False, True)]
    desk.loop.set_pen_down(False)
    assert steps(desk.order()) == [("consistency", 4, True, False)]


def test_the_engine_makes_nothing_quicker_while_the_pen_is_down(desk: Desk):
    desk.loop.set_live(False)
    desk.loop.set_pen_down(True)
    assert desk.worker.box.pressing()
    desk.loop.set_pen_down(False)
    assert not desk.worker.box.pressing()


def test_a_slow_sampler_is_preceded_by_the_quick_one(desk: Desk):
    desk.set(sampler="ddim", steps=30)
    desk.loop.edited("knob")
    assert steps(desk.order()) == [("consistency", 4, False, False), ("ddim", 30, True, False)]
    desk.loop.set_pen_down(True)
    desk.loop.edited("paint")
    assert steps(desk.order()) == [("consistency", 1, False, True)]


def test_a_model_without_a_quick_sampler_follows_with_what_it_has():
    slow = replace(CAN, samplers=("ddim",))
    document = new_document(Settings(prompt="x", sampler="ddim", steps=9, width=64, height=64))
    assert [rung.request.steps for rung in chosen_rungs(document, slow, MODEL)] == [9]
    for chosen, expected in ((9, 6), (3, 4)):  # ddim takes 4 at least
        can = replace(slow, steps={"ddim": Range(4, 100, 30)})
        settings = replace(document.settings, steps=chosen)
        (rung,) = pen_down_rungs(replace(document, settings=settings), can, MODEL)
        assert (rung.request.sampler, rung.request.steps) == ("ddim", expected)


def test_a_branch_keeps_its_own_steps(desk: Desk):
    start = Start(np.zeros((4, 8, 8), np.float32), 2)
    desk.document = replace(desk.document, start=start)
    desk.loop.set_pen_down(True)
    desk.loop.edited("paint")
    order = desk.order()
    assert steps(order) == [("consistency", 4, False, False)]
    assert order.rungs[0].request.start == start


def test_nothing_is_asked_for_without_words(desk: Desk):
    desk.set(prompt="  ")
    desk.loop.edited("knob")
    assert desk.task() is None and not desk.said
    desk.loop.generate()
    assert desk.said[0].title == "The prompt is empty"


def test_without_live_only_generate_asks(desk: Desk):
    desk.loop.set_live(False)
    desk.loop.edited("knob")
    assert desk.task() is None
    desk.loop.generate()
    assert desk.order().force


def test_generate_without_a_model_says_so(qtbot: Any):
    desk = Desk(opened=False)
    desk.loop.generate()
    assert desk.said[0].title == "No model is open"


def test_edits_wait_for_the_model_that_is_on_its_way(desk: Desk):
    desk.loop.open_model("another")
    assert desk.task() == "another"
    desk.loop.edited("knob")
    assert desk.task() is None
    desk.worker.model_loaded.emit("another", CAN, "nowhere")
    desk.loop.edited("knob")  # as the studio does when the model has changed
    assert desk.order().rungs[0].request.model == "another"


@pytest.mark.parametrize("command", ["generate", "variations"])
def test_what_was_asked_for_by_hand_meanwhile_is_done_when_the_model_is_there(
    desk: Desk, command: str
):
    desk.loop.set_live(False)
    desk.loop.open_model("another")
    desk.task()
    getattr(desk.loop, command)()
    assert desk.task() is None
    desk.worker.model_loaded.emit("another", CAN, "nowhere")
    order = desk.order()
    assert order.force and order.variations == (command == "variations")
    assert order.rungs[0].request.model == "another"
    desk.worker.model_loaded.emit("another", CAN, "nowhere")
    assert desk.task() is None  # once


@pytest.mark.parametrize(
    ("command", "end"),
    [
        ("generate", "cancel"),
        ("variations", "cancel"),
        ("variations", "end_variations"),
        ("generate", "leave"),
    ],
)
def test_what_was_given_up_meanwhile_is_not_done(desk: Desk, command: str, end: str):
    desk.loop.set_live(False)
    desk.loop.open_model("another")
    desk.task()
    getattr(desk.loop, command)()
    getattr(desk.loop, end)()
    desk.worker.model_loaded.emit("another", CAN, "nowhere")
    assert desk.task() is None


def test_the_end_of_variations_is_not_that_of_a_picture_asked_for_since(desk: Desk):
    desk.loop.set_live(False)
    desk.loop.open_model("another")
    desk.task()
    desk.loop.variations()
    desk.loop.generate()
    desk.loop.end_variations()
    desk.worker.model_loaded.emit("another", CAN, "nowhere")
    assert not desk.order().variations


def test_a_run_that_a_model_overtook_is_made_again_by_it(desk: Desk):
    desk.loop.set_live(False)
    desk.loop.generate()
    desk.order()
    desk.loop.open_model("another")
    desk.task()
    desk.worker.order_done.emit(1)
    desk.worker.model_loaded.emit("another", CAN, "nowhere")
    assert desk.order().rungs[0].request.model == "another"


def test_where_a_model_fails_the_old_one_goes_on(desk: Desk):
    desk.loop.open_model("nowhere")
    desk.task()
    desk.loop.edited("knob")
    desk.worker.model_failed.emit("nowhere", StudioError("No such model"))
    assert desk.said[0].title == "No such model"
    assert desk.order().rungs[0].request.model == MODEL


def test_an_older_model_that_arrives_late_does_not_end_the_wait(desk: Desk):
    desk.loop.open_model("b")
    desk.loop.open_model("c")
    desk.task()
    desk.worker.model_loaded.emit("b", CAN, "nowhere")
    desk.loop.edited("knob")
    assert desk.task() is None
    desk.worker.model_loaded.emit("c", CAN, "nowhere")
    desk.loop.edited("knob")
    assert desk.order().rungs[0].request.model == "c"


def test_variations_are_nine_seeds_around_the_current_one_within_what_a_seed_may_be(desk: Desk):
    for seed, least in ((100, 96), (2, 0), (MAX_SEED, MAX_SEED - 8)):
        desk.set(seed=seed)
        desk.loop.variations()
        order = desk.order()
        assert [r.request.seed for r in order.rungs] == list(range(least, least + 9))
        assert desk.loop.variation_seeds == tuple(range(least, least + 9))
        assert not any(r.keep for r in order.rungs)
        assert desk.loop.busy
    desk.loop.end_variations()
    assert not desk.loop.busy


def test_after_the_variations_the_picture_comes_again(desk: Desk):
    desk.loop.variations()
    order = desk.order()
    desk.worker.order_done.emit(order.number)
    assert not desk.order().variations


def test_the_finish_follows_when_nothing_happens(qtbot: Any, desk: Desk):
    desk.set(finish="ddim", finish_steps=40)
    desk.loop.edited("knob")
    order = desk.order()
    desk.worker.run_ended.emit(RunEnd(order, order.rungs[0], None, True))
    tasks: list[Any] = []
    qtbot.waitUntil(lambda: bool(tasks.append(desk.task()) or tasks[-1]))
    finish = tasks[-1]
    assert steps(finish) == [("ddim", 40, True, False)]
    desk.worker.run_ended.emit(RunEnd(finish, finish.rungs[0], None, True))
    assert not desk.loop._idle.isActive()  # a finish has no finish


def test_a_record_knows_the_people_it_was_drawn_with(desk: Desk):
    people = (standing_person(64, 64),)
    desk.document = with_contents(desk.document, Pose(people))
    desk.loop.edited("paint")
    order = desk.order()
    desk.document = with_contents(desk.document, Pose())  # moved on
    records: list[RunRecord] = []
    desk.loop.run_done.connect(records.append)
    record = RunRecord(0, order.rungs[0].request, (), None, 0.1)
    desk.worker.run_ended.emit(RunEnd(order, order.rungs[0], record, True))
    assert records[0].people == people and records[0].id == record.id
    desk.worker.order_done.emit(order.number)
    assert not desk.loop._made_of


def test_a_record_knows_where_the_frame_was(desk: Desk):
    desk.document = with_frame(with_canvas(desk.document, (-16, -8, 200, 128)), (100, 40, 64, 64))
    desk.loop.edited("paint")
    order = desk.order()
    desk.document = with_frame(desk.document, (0, 0, 64, 64))
    records: list[RunRecord] = []
    desk.loop.run_done.connect(records.append)
    record = RunRecord(0, order.rungs[0].request, (), None, 0.1)
    desk.worker.run_ended.emit(RunEnd(order, order.rungs[0], record, True))
    assert records[0].place == (84.0, 32.0, 64.0, 64.0)


def test_the_same_message_is_not_said_at_every_stroke(desk: Desk):
    for _ in range(3):
        desk.worker.failed.emit(1, StudioError("The memory is full"))
    assert len(desk.said) == 1
    desk.worker.failed.emit(1, StudioError("The disk is full"))
    assert len(desk.said) == 2


def test_cancel_ends_what_waits(desk: Desk):
    desk.loop.edited("knob")
    desk.loop.cancel()
    assert desk.task() is None and not desk.loop.busy


def test_nothing_is_asked_for_after_stop(desk: Desk):
    desk.loop.stop()
    desk.loop.edited("knob")
    assert desk.worker.box.take(0)[0] == "stop"


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    calls: list[Any] = []
    known: Callable[..., Any] = getattr(module, name)

    def count(*args: Any, **more: Any) -> Any:
        calls.append(args)
        return known(*args, **more)

    monkeypatch.setattr(module, name, count)
    return calls


def test_an_order_costs_the_window_no_copy_and_no_digest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """Pictures are sealed by their layers: a request shares them, and the engine's thread hashes them."""
    desk.document = drawn()
    desk.loop.edited("paint")
    desk.order()
    digests = counted(monkeypatch, request, "digest")
    copies = counted(monkeypatch, np, "array")
    depth = depth_of(desk.document)
    copied = replace(depth, value=Plane.of(VALUE, depth.value.whole.copy()))
    desk.document = with_contents(desk.document, copied)
    desk.loop.set_pen_down(True)
    desk.loop.edited("paint")
    made = desk.order().rungs[0].request
    assert not digests and not copies
    again = request_of(desk.document, CAN, model=MODEL)
    assert made.controls[0].pixels is again.controls[0].pixels
    assert made.init is again.init
    assert made.mask is mask_of(desk.document).pixels.whole


def test_a_drawing_that_stays_is_hashed_once_whatever_its_strength(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.document = drawn()
    desk.loop.edited("paint")
    first = desk.order().rungs[0].request
    assert first.digest
    hashed = counted(monkeypatch, request, "digest")
    desk.document = with_node(desk.document, "pose", strength=0.6)
    desk.loop.edited("knob")
    second = desk.order().rungs[0].request
    assert second.digest != first.digest
    assert not [args for args in hashed if args[0] in ("depth", "pose")]
