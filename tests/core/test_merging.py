"""What two writers of one file make of it."""

from __future__ import annotations

from studio_app.core.merging import merged


def test_what_each_has_changed_is_in_what_both_have_written():
    base = {"theme": "dark", "keys": {"brush": ["B"], "undo": ["U"]}}
    mine = {"theme": "dark", "keys": {"brush": ["F5"], "undo": ["U"]}}
    there = {"theme": "light", "keys": {"brush": ["B"], "fill": ["F"]}}
    made = merged(base, mine, there)
    assert made == {"theme": "light", "keys": {"fill": ["F"], "brush": ["F5"]}}


def test_what_one_has_taken_away_does_not_come_back():
    assert merged({"a": 1, "b": 2}, {"b": 2}, {"a": 1, "b": 2, "c": 3}) == {"b": 2, "c": 3}


def test_what_the_other_has_taken_away_stays_away_unless_it_was_changed_here():
    base = {"a": 1, "b": 2}
    assert merged(base, {"a": 1, "b": 3}, {}) == {"b": 3}


def test_of_what_both_have_changed_that_of_the_last_writer_stays():
    assert merged({"a": [1]}, {"a": [2]}, {"a": [3]}) == {"a": [2]}
    assert merged({}, {"a": {"x": 1}}, {"a": 5}) == {"a": {"x": 1}}


def test_what_was_changed_here_comes_last():
    base = {"a": 1, "b": 2, "c": 3}
    assert list(merged(base, {"a": 9, "b": 2, "c": 3}, base)) == ["b", "c", "a"]
