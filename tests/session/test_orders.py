"""The slot for what is asked of the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio_app.core.request import GenerationRequest
from studio_app.document.results import StepRecord
from studio_app.session.orders import Look, MapsOrder, Order, OrderBox, Rung

REQUEST = GenerationRequest("a red potion")
LATENT = np.zeros((4, 8, 8), np.float16)
THUMB = np.zeros((8, 8, 4), np.uint8)
STEP = StepRecord(0, 999, 0.0, LATENT, LATENT, THUMB, THUMB)


def order(number: int, edited_at: float = 0.0, **more: Any) -> Order:
    return Order(number, (Rung(REQUEST),), edited_at, **more)


def test_models_come_first_then_orders_then_looks_then_maps_then_nothing():
    box = OrderBox()
    box.maps(MapsOrder("a", REQUEST, LATENT))
    box.maps(MapsOrder("b", REQUEST, LATENT))
    box.look(Look(REQUEST, STEP))
    box.put(order(1))
    box.load("model")
    assert box.pressing()
    assert [box.take(0)[0] for _ in range(6)] == ["load", "draw", "look", "maps", "maps", "idle"]
    assert not box.pressing()
    box.stop()
    assert box.take(0)[0] == "stop"


def test_the_newest_order_inherits_how_long_its_edits_have_waited():
    box = OrderBox()
    box.put(order(1, 5.0, force=True))
    box.put(order(2, 7.0))
    kind, taken = box.take(0)
    assert kind == "draw" and isinstance(taken, Order)
    assert (taken.number, taken.edited_at, taken.force) == (2, 5.0, True)


def test_variations_that_were_not_begun_force_nothing():
    box = OrderBox()
    box.put(order(1, force=True, variations=True))
    box.put(order(2))
    taken = box.take(0)[1]
    assert isinstance(taken, Order) and not taken.force


def test_a_run_ends_for_newer_orders_models_and_a_cancel():
    box, running = OrderBox(), order(1)
    assert not box.overtaken(running)
    box.put(order(2))
    assert box.overtaken(running)
    box.cancel(2)  # drops the waiting one too
    assert box.overtaken(running) and box.cancelled(running)
    assert box.take(0)[0] == "idle"
    assert not box.overtaken(order(3))
    box.load("model")
    assert box.overtaken(order(3)) and not box.cancelled(order(3))


def test_maps_and_looks_overtake_nobody():
    box = OrderBox()
    box.maps(MapsOrder("a", REQUEST, LATENT))
    box.look(Look(REQUEST, STEP))
    assert not box.overtaken(order(1))
