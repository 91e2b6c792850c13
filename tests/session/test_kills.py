"""What a kill takes of a drawing, measured as `underpaint bench canvas` does it."""

from __future__ import annotations

import os

import pytest

from studio_app.session.bench_kills import measure

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")


def test_what_is_left_by_a_kill_can_be_read_and_has_what_was_drawn_before():
    figures = measure(kills=2, seconds=1.0)  # raises where it can't
    assert figures["kills"] == 2 and figures["kill_strokes"] > 2


@pytest.mark.slow
def test_a_thousand_kills_take_no_more_than_fifty_milliseconds_each():
    assert measure(kills=1000, seconds=1.0)["kill_lost_ms_max"] <= 50
