from __future__ import annotations

import pytest

from studio_app.core.text import clean_text, is_whole


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("grün 🜁", "grün 🜁"),
        ("a \ud83d b", "a \ufffd b"),
        ("\udce9", "\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("", ""),
    ],
)
def test_half_characters_are_replaced(text: str, clean: str):
    assert clean_text(text) == clean
    assert is_whole(clean_text(text))
    assert is_whole(text) == (text == clean)
