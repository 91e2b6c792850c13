"""Weights by key, and the history of prompts."""

from __future__ import annotations

import pytest

from studio_app.engine.words.text import parse_weights
from studio_app.ui.prompt_text import PromptHistory, change_weight


def test_the_word_under_the_cursor_is_weighed_again_and_again():
    text, begin, end = change_weight("a red knight, sunset", 4, 4, 0.1)
    assert (text, text[begin:end]) == ("a (red:1.1) knight, sunset", "red")
    text, begin, end = change_weight(text, begin, end, 0.1)
    assert text == "a (red:1.2) knight, sunset"
    for _ in range(2):
        text, begin, end = change_weight(text, begin, end, -0.1)
    assert (text, text[begin:end]) == ("a red knight, sunset", "red")


@pytest.mark.parametrize(
    ("text", "begin", "end", "by", "expected"),
    [
        ("a red knight", 2, 12, 0.1, "a (red knight:1.1)"),
        ("a red knight", 1, 6, 0.1, "a (red:1.1) knight"),
        ("a red knight", 12, 2, -0.1, "a (red knight:0.9)"),
        ("red, blue", 3, 3, 0.1, "(red:1.1), blue"),
        ("", 0, 0, 0.1, ""),
        (" , ", 1, 1, 0.1, " , "),
        ("(red:2)", 2, 2, 0.1, "(red:2)"),
        ("(red:0.1)", 2, 2, -0.1, "(red:0.1)"),
        ("((red) hat", 4, 9, 0.1, "((red) hat"),
    ],
)
def test_what_can_not_be_weighed_more_stays_and_spaces_are_left_out(
    text: str, begin: int, end: int, by: float, expected: str
):
    assert change_weight(text, begin, end, by)[0] == expected


def test_the_engine_reads_what_the_keys_write():
    text, *_ = change_weight("a red knight", 2, 5, 0.1)
    assert ("red", pytest.approx(1.1)) in parse_weights(text)


def test_walking_through_the_history_and_back_to_what_was_typed():
    history = PromptHistory()
    for text in ("one", "two", "three"):
        history.remember(text)
    assert history.older("fou") == "three"
    assert history.older("three") == "two"
    assert history.newer() == "three"
    assert history.newer() == "fou"
    assert history.newer() is None


def test_the_prompt_that_is_shown_is_no_step_back():
    history = PromptHistory()
    history.remember("one")
    history.remember("two")
    assert history.older("two") == "one"
    assert history.older("one") is None


def test_a_prompt_is_remembered_once_and_not_without_end():
    history = PromptHistory(limit=3)
    for text in ("a", "b", "a", " ", "c", "d"):
        history.remember(text)
    assert history.entries == ["a", "c", "d"]


def test_nothing_is_remembered_while_one_walks():
    history = PromptHistory()
    history.remember("a")
    history.remember("b")
    history.older("b")
    history.remember("a")
    assert history.entries == ["a", "b"]
    history.leave()
    history.remember("a")
    assert history.entries == ["b", "a"]
