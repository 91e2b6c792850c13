"""What is said while a model is read."""

from __future__ import annotations

import pytest

from studio_app.core.engine import LoadStopped
from studio_app.engine.drawing.compilation import WHAT
from studio_app.session.load_progress import load_progress, words_of_load


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("unet", "Reading the model: the part that draws"),
        ("text_encoder_2", "Reading the model: the part that reads words"),
        ("vae", "Reading the model: the part that makes pixels"),
        ("something_new", "Reading the model"),
        ("", "Reading the model"),
        (WHAT, WHAT),
    ],
)
def test_parts_are_called_what_they_do_and_a_sentence_is_left_as_it_is(what: str, said: str):
    assert words_of_load(what) == said


def test_it_is_told_by_the_percent_and_ended_where_nobody_wants_it():
    heard: list[tuple[str, float]] = []
    over: list[bool] = []
    progress = load_progress(lambda text, share: heard.append((text, share)), lambda: bool(over))
    for share in (0.0, 0.004, 0.5, 0.502, 1.0):
        progress("unet", share)
    assert [share for _, share in heard] == [pytest.approx(0.55), 0.99]
    over.append(True)
    with pytest.raises(LoadStopped):
        progress("unet", 1.0)
