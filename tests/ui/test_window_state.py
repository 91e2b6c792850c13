"""What windows remember: none of two that share a home forgets what the other has added."""

from __future__ import annotations

from pathlib import Path

from studio_app.ui.prompt_text import PromptHistory
from studio_app.ui.window_state import (
    MOST_PROMPTS,
    WindowState,
    load_window_state,
    save_window_state,
)


def close(path: Path, history: PromptHistory) -> None:
    """As a window does that was opened with these entries."""
    state, _ = load_window_state(path)
    update = {"prompts": history.entries[-MOST_PROMPTS:]}
    save_window_state(state.model_copy(update=update), path, fresh=history.fresh)


def opened(path: Path) -> PromptHistory:
    return PromptHistory(entries=list(load_window_state(path)[0].prompts))


def test_two_windows_on_one_home_keep_the_prompts_of_both(tmp_path: Path):
    path = tmp_path / "window.json"
    first = opened(path)
    first.remember("an old owl")
    close(path, first)
    one, two = opened(path), opened(path)
    one.remember("a red owl")
    two.remember("a blue fish")
    two.remember("an old owl")  # drawn again: it moves up
    close(path, one)
    close(path, two)
    assert opened(path).entries == ["a red owl", "a blue fish", "an old owl"]


def test_the_newest_prompts_stay_where_there_are_too_many(tmp_path: Path):
    path = tmp_path / "window.json"
    one, two = opened(path), opened(path)
    for number in range(MOST_PROMPTS):
        one.remember(f"owl {number}")
    close(path, one)
    two.remember("a blue fish")
    close(path, two)
    entries = opened(path).entries
    assert len(entries) == MOST_PROMPTS
    assert entries[-2:] == [f"owl {MOST_PROMPTS - 1}", "a blue fish"]


def test_what_is_broken_is_kept_aside_each_time(tmp_path: Path):
    path = tmp_path / "window.json"
    for text in ("{", "[]"):
        path.write_text(text)
        assert load_window_state(path)[1] is not None
    assert sorted(p.read_text() for p in tmp_path.glob("window.broken-*.json")) == ["[]", "{"]


def test_what_was_broken_since_the_window_was_opened_is_kept_aside(tmp_path: Path):
    path = tmp_path / "window.json"
    save_window_state(WindowState(), path)
    path.write_text("{broken")  # by a hand
    save_window_state(WindowState(theme="light"), path)
    assert path.with_name("window.broken-1.json").read_text() == "{broken"
    assert load_window_state(path)[0].theme == "light"
