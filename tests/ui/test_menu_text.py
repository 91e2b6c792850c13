"""Names that artists give, as entries of menus."""

from __future__ import annotations

import pytest

from studio_app.core.text import shortened
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow
from studio_app.ui.menu_text import as_entry, unmarked


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("moss", 10, "moss"),
        ("moss\n and   bark", 20, "moss and bark"),
        ("a wall of old bricks", 10, "a wall…cks"),
        ("0123456789", 10, "0123456789"),
        ("", 5, ""),
    ],
)
def test_the_middle_of_what_is_long_is_left_out(text: str, most: int, short: str):
    assert shortened(text, most) == short
    assert len(shortened(text, most)) <= most


@pytest.mark.parametrize("name", ["Rock & Moss", "&", "a&&b", "R&D"])
def test_what_is_an_entry_is_read_as_it_was_named(name: str):
    assert unmarked(f"&Undo {as_entry(name)}") == f"Undo {name}"


def test_a_long_name_of_a_layer_leaves_room_for_the_keys_of_the_menu(
    window: MainWindow, ready: Studio
):
    ready.set_layer("depth-1", name="Rock & Moss " * 25)
    ready.clear_layer("depth-1")
    ready.set_layer("depth-1", visible=False)
    undo = window.command["undo"]
    assert undo.text().startswith("&Undo ") and len(undo.text()) < 80
    assert "Rock && Moss" in undo.text() and "Rock & Moss" in undo.toolTip()
