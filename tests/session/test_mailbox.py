"""The slot between the engine's thread and the window's: the newest wins, and what was cancelled never comes."""

from __future__ import annotations

from dataclasses import replace

from studio_app.core.request import GenerationRequest
from studio_app.session.mailbox import Delivery, FrameMailbox
from tests.fake_engine import frame

REQUEST = GenerationRequest("a red potion", width=64, height=64)


def delivery(order: int, i: int = 0, **more: object) -> Delivery:
    made = Delivery(order, REQUEST, None, frame(REQUEST, i, "denoised"), False, False, float(order))
    return replace(made, **more)  # pyright: ignore[reportArgumentType]


class Box:
    def __init__(self) -> None:
        self.woken = 0
        self.mailbox = FrameMailbox(self._wake)

    def _wake(self) -> None:
        self.woken += 1


def test_the_newest_wins_and_wakes_once():
    box = Box()
    for order in (1, 2, 3):
        box.mailbox.put(delivery(order))
    taken = box.mailbox.take()
    assert taken is not None and taken.order == 3
    assert taken.edited_at == 1.0  # the wait began with the edit that was never shown
    assert box.woken == 1
    assert box.mailbox.take() is None


def test_who_takes_is_heard():
    box, seen = Box(), []
    box.mailbox.on_take = seen.append
    box.mailbox.put(delivery(1))
    box.mailbox.take()
    box.mailbox.take()
    assert [item.order for item in seen] == [1]


def test_an_older_order_never_comes_after_a_newer():
    box = Box()
    box.mailbox.put(delivery(2))
    box.mailbox.take()
    box.mailbox.put(delivery(1))
    assert box.mailbox.take() is None


def test_what_was_cancelled_does_not_come():
    box = Box()
    box.mailbox.put(delivery(1))
    box.mailbox.refuse_below(2)
    box.mailbox.put(delivery(1, 1))
    assert box.mailbox.take() is None
    box.mailbox.put(delivery(2))
    assert box.mailbox.take() is not None


def test_a_cancelled_slow_run_leaves_its_whole_preview():
    box = Box()
    box.mailbox.put(delivery(1, 3, final=True, preview=True))
    whole = box.mailbox.take()
    box.mailbox.put(delivery(1, 0))  # the slow run's first step: a blur
    box.mailbox.take()
    box.mailbox.refuse_below(2)
    again = box.mailbox.take()
    assert whole is not None and again is not None
    assert again.denoised is whole.denoised
    assert again.final and again.edited_at == 0.0
    box.mailbox.refuse_below(3)
    assert box.mailbox.take() is None  # once


def test_a_cancelled_slow_run_leaves_the_picture_that_was_its_preview_already():
    box = Box()
    box.mailbox.put(
        delivery(1, 3, final=True)
    )  # the few-step picture; then a slow sampler is chosen
    whole = box.mailbox.take()
    assert whole is not None
    box.mailbox.preview_is_there(2, whole.request.digest)
    box.mailbox.put(delivery(2, 0))
    box.mailbox.take()
    box.mailbox.refuse_below(3)
    again = box.mailbox.take()
    assert again is not None and again.denoised is whole.denoised
    assert again.final and again.order == 2


def test_a_preview_does_not_come_back_over_what_followed_it():
    box = Box()
    box.mailbox.put(delivery(1, final=True, preview=True))
    box.mailbox.put(delivery(2))  # another order was under way when it was cancelled
    box.mailbox.refuse_below(3)
    assert box.mailbox.take() is None
    box.mailbox.put(delivery(3, final=True, preview=True))
    box.mailbox.put(delivery(3, final=True))  # the better one came to its end
    box.mailbox.take()
    box.mailbox.refuse_below(4)
    assert box.mailbox.take() is None
