from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.core.tomls import read_toml


def test_toml_is_read_with_a_mark_of_its_bytes(tmp_path: Path):
    path = tmp_path / "a.toml"
    path.write_text('\ufeff[a]\nb = [1, 2.5, "x"]\n', encoding="utf-8")
    assert read_toml(path) == {"a": {"b": [1, 2.5, "x"]}}


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "[\n" * 500 + "]\n" * 500,
        ".".join("a" * 500) + " = 1",
        "a = 1" + "0" * 400,
        "a = 1" + "0" * 5000,
        "a = inf",
        "a = nan",
        "a = 1e999",
        "a",
        "\0",
    ],
)
def test_refuses_in_one_line(tmp_path: Path, text: str):
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(StudioError, match=r"a\.toml") as caught:
        read_toml(path)
    assert "\n" not in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet="[]{}\"=.\n#'a1e-_inf ", max_size=40))
def test_any_text_is_tables_or_refused(tmp_path: Path, text: str):
    path = tmp_path / "a.toml"
    path.write_text(text)
    try:
        assert isinstance(read_toml(path), dict)
    except StudioError:
        pass
