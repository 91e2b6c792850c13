"""JSON of strangers."""

from __future__ import annotations

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json


def test_reads():
    assert parse_json(b'\xef\xbb\xbf{"a": ["[", {"b": "\\"}"}]}', "x") == {"a": ["[", {"b": '"}'}]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 200_000, "nested"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1, "a": 2}', "twice"),
        ("1" * 5000, "digit"),
        ('{"a": ', "line 1"),
        (b"\xff\xfe", "UTF-8"),
        (" " * 100, "line 1"),
    ],
)
def test_refuses(text: str | bytes, said: str):
    with pytest.raises(StudioError, match=said) as caught:
        parse_json(text, "that file")
    assert "that file" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refuses_what_is_too_large():
    with pytest.raises(StudioError, match="larger"):
        parse_json(" " * 2_000_000, "x", max_bytes=1 << 20)
