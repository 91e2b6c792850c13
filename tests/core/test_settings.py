from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.core.settings import (
    Change,
    Settings,
    change_settings,
    load_settings,
    save_settings,
    settings_path,
)


def test_without_a_file_they_are_the_defaults(own_home: Path):
    assert load_settings() == Settings(device="auto", threads=0)
    assert list(own_home.iterdir()) == []


def test_they_come_back_as_saved():
    save_settings(Settings(device="cpu", threads=2))
    assert load_settings() == Settings(device="cpu", threads=2)


def test_keys_of_a_newer_version_are_kept():
    settings_path().write_text('{"version": 1, "device": "cpu", "brush": {"size": 3}}')
    save_settings(load_settings().model_copy(update={"threads": 4}))
    assert json.loads(settings_path().read_text()) == {
        "version": 1,
        "device": "cpu",
        "model_folders": [],
        "fittings": {},
        "preset_models": {},
        "threads": 4,
        "brush": {"size": 3},
    }


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ('{"device": "toaster", "threads": 3}', Settings(threads=3), "device"),
        ('{"device": "cpu", "threads": -1}', Settings(device="cpu"), "threads"),
        ('{"device": 7, "threads": "many"}', Settings(), "threads"),
        ('{"version": 99, "threads": 3}', Settings(threads=3), "version"),
        ("{broken", Settings(), "cannot be read"),
        ("[1, 2]", Settings(), "not an object"),
        ("", Settings(), "cannot be read"),
        ("[" * 200_000, Settings(), "nested"),
        ('{"threads": 1e999}', Settings(), "too large"),
        ('{"threads": 1' + "0" * 400 + "}", Settings(), "too large"),
    ],
)
def test_what_is_wrong_is_the_default_and_is_said(
    text: str, expected: Settings, words: str, caplog: pytest.LogCaptureFixture
):
    settings_path().write_text(text)
    with caplog.at_level(logging.WARNING):
        assert load_settings() == expected
    assert words in caplog.text


def test_bytes_that_are_no_text_are_the_defaults(caplog: pytest.LogCaptureFixture):
    settings_path().write_bytes(b"\xff\xfe\x00")
    assert load_settings() == Settings()
    assert "cannot be read" in caplog.text


def test_a_byte_order_mark_is_no_fault(caplog: pytest.LogCaptureFixture):
    settings_path().write_text('\ufeff{"device": "cpu", "threads": 1}', encoding="utf-8")
    assert load_settings() == Settings(device="cpu", threads=1)
    assert caplog.text == ""


def test_without_a_home_they_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("UNDERPAINT_HOME", "~nosuchuser/x")
    assert load_settings() == Settings()
    assert "~nosuchuser" in caplog.text


def test_keys_that_are_names_of_python_do_no_harm():
    settings_path().write_text('{"": 1, "threads": 2, "model_config": {}, "self": [], "_x": 1}')
    assert load_settings().threads == 2
    save_settings(load_settings())
    assert load_settings().threads == 2


def with_threads(count: int) -> Change:
    return lambda settings: settings.model_copy(update={"threads": count})


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ('{"device": "cpu", "threads": 4,}', "auto"),
        ('{"device": "cpu", "threads": -1, "brush": 3}', "cpu"),
        ('{"device": "cpu", "fittings": {"/m": {"few_step": "none"}, "/n": 7}}', "cpu"),
        ("[1, 2]", "auto"),
        ("", "auto"),
    ],
)
def test_what_is_broken_is_kept_aside_when_something_is_changed(text: str, device: str):
    settings_path().write_text(text)
    aside = settings_path().with_name("settings.broken-1.json")
    assert change_settings(with_threads(2)) == aside
    assert aside.read_text() == text
    assert (load_settings().device, load_settings().threads) == (device, 2)
    assert change_settings(with_threads(3)) is None  # it is whole by now
    assert load_settings().threads == 3


def test_what_a_window_knows_takes_the_place_of_what_is_broken():
    settings_path().write_text('{"device": "cpu", "model_folders": "art"}')
    known = Settings(device="cuda", model_folders=("/art",))
    assert change_settings(with_threads(2), known) is not None
    assert load_settings() == Settings(device="cpu", model_folders=("/art",), threads=2)


def test_a_file_that_can_not_be_looked_into_stays(monkeypatch: pytest.MonkeyPatch):
    settings_path().mkdir()
    with pytest.raises(StudioError, match="is a folder"):
        change_settings(with_threads(2))
    settings_path().rmdir()
    settings_path().write_text("{broken")

    def full(*_: object) -> None:
        raise StudioError("The disk is full")

    monkeypatch.setattr("studio_app.core.settings.write_text_atomic", full)
    with pytest.raises(StudioError, match="full"):
        change_settings(with_threads(2))
    assert [path.name for path in settings_path().parent.iterdir()] == ["settings.json"]
    assert settings_path().read_text() == "{broken"


def test_two_changes_at_once_are_both_kept():
    def slowly(settings: Settings) -> Settings:
        time.sleep(0.2)
        return with_threads(2)(settings)

    def at_once(settings: Settings) -> Settings:
        return settings.model_copy(update={"device": "cpu"})

    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(change_settings, change) for change in (slowly, at_once)]
    assert [one.result() for one in both] == [None, None]
    assert load_settings() == Settings(device="cpu", threads=2)


KEYS = st.sampled_from(["version", "device", "threads"]) | st.text(max_size=6)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=30)
    | st.dictionaries(
        KEYS,
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
        max_size=4,
    ).map(lambda value: json.dumps(value).encode())
)
def test_loading_never_raises(own_home: Path, data: bytes):
    settings_path().write_bytes(data)
    assert isinstance(load_settings(), Settings)


def test_they_are_frozen():
    with pytest.raises(ValueError):
        setattr(Settings(), "threads", 3)  # noqa: B010  (a type checker would refuse the plain form)
