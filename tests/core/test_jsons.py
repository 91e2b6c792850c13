"""JSON of strangers."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.core.jsons import MAX_VALUES, parse_json, parse_object, read_json, read_object


def test_json_of_strangers_is_read_with_or_without_a_mark_of_its_bytes():
    assert parse_json(b'\xef\xbb\xbf{"a": ["[", {"b": "\\"}"}]}', "x") == {"a": ["[", {"b": '"}'}]}
    assert parse_json("\ufeff[1, -2, 0.5, 1e3]", "x") == [1, -2, 0.5, 1000.0]
    assert parse_json(str(2**63 - 1), "x") == 2**63 - 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 200_000, "nested"),
        ('{"a":' * 65 + "1" + "}" * 65, "nested"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e400}', "1e400 is too large"),
        ('{"a": -1e999}', "too large"),
        ('{"a": 1' + "0" * 400 + "}", "too large"),
        ('{"a": -1' + "0" * 20 + "}", "too large"),
        ("1" * 5000, "too large"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": ', "line 1"),
        (b"\xff\xfe", "UTF-8"),
        (" " * 100, "line 1"),
        ("[" + "0," * MAX_VALUES + "0]", "values"),
    ],
)
def test_what_would_harm_or_is_no_json_is_refused_in_a_short_sentence(text: str | bytes, said: str):
    with pytest.raises(StudioError, match=said) as caught:
        parse_json(text, "that file")
    assert "that file" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_sentence_does_not_break_off():
    with pytest.raises(StudioError) as caught:
        parse_json('{"a": "b' + chr(10) + 'c"}', "x.json")
    assert str(caught.value).rstrip(". ").endswith("Invalid control character")


def test_refuses_what_is_too_large():
    with pytest.raises(StudioError, match="larger"):
        parse_json(" " * 2_000_000, "x", max_bytes=1 << 20)


def test_half_characters_are_replaced_and_whole_ones_kept():
    text = '{"a\\ud800": ["\\uDC00 b", {"c": "\\ud83d\\ude00"}], "d": 1}'
    assert parse_json(text, "x") == {"a\ufffd": ["\ufffd b", {"c": "😀"}], "d": 1}
    assert parse_json('"\ud800"', "x") == "\ufffd"


def test_a_string_of_many_escapes_is_no_burden():
    text = json.dumps("\n" * 1_500_000)
    tracemalloc.start()
    try:
        assert len(parse_json(text, "x")) == 1_500_000
        with pytest.raises(StudioError):
            parse_json(text[:-2], "x")
        assert tracemalloc.get_traced_memory()[1] < 30 << 20
    finally:
        tracemalloc.stop()


def test_a_file_of_another_kind_or_size_is_refused(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text('\ufeff{"a": 1}', encoding="utf-8")
    assert read_json(path) == read_object(path) == {"a": 1}
    for text in ("[]", '"x"', "3", "null"):
        path.write_text(text)
        with pytest.raises(StudioError, match=r"a\.json.*object"):
            read_object(path)
    with path.open("wb") as file:
        file.truncate(8 << 30)
    with pytest.raises(StudioError, match="too large"):
        read_json(path)


def finite(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, UnicodeEncodeError):
        return False
    return True


@given(
    st.one_of(
        st.binary(max_size=60), st.text(alphabet='[]{}",:\\ud8019e-+.NaIfin\ufeff ', max_size=60)
    )
)
def test_any_bytes_are_a_value_or_refused(data: bytes | str):
    try:
        value = parse_json(data, "x")
    except StudioError:
        return
    assert finite(value)


NESTED = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(10**25), 10**25)
    | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(NESTED)
def test_what_json_writes_comes_back_or_is_refused(value: object):
    try:
        back = parse_json(json.dumps(value), "x")
    except StudioError:
        return
    assert finite(back)
    if finite(value):
        assert back == value


def test_what_is_endless_is_none_where_that_is_expected():
    text = '{"a": -Infinity, "b": NaN, "c": [Infinity, 1.5]}'
    assert parse_object(text, "it", endless=True) == {"a": None, "b": None, "c": [None, 1.5]}
