"""What kind of picture the words ask for."""

from __future__ import annotations

import pytest

from studio_app.document.guess import as_chosen, guessed_kind, with_guess
from studio_app.document.settings import Settings, settings_dict, settings_from


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("sword", "scene"),
        ("a red glass potion on grass, sunset", "scene"),
        ("a castle on a cliff", "scene"),
        ("a blue metal knight on cobblestone, midday", "character"),
        ("a man holding a sword", "character"),
        ("Goblin archers", "character"),
        ("a knight's sword", "scene"),
        ("red bricks", "texture"),
        ("a house of bricks", "scene"),
        ("a cracked potion", "scene"),
        ("seamless scales", "texture"),
        ("a tileable pattern of crowns", "texture"),
        ("a crown, game icon", "isolated"),
        ("a potion, no background", "isolated"),
        ("a knight sprite", "isolated"),
        ("mossy and blue", None),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_the_first_thing_or_person_says_it_unless_the_prompt_does(prompt: str, kind: str | None):
    assert guessed_kind(prompt) == kind


def test_a_texture_is_seamless_and_what_follows_is_not():
    bricks = with_guess(Settings(prompt="red bricks"))
    assert (bricks.kind, bricks.tile) == ("texture", (True, True))
    sword = with_guess(Settings(prompt="a sword", kind="texture", tile=(True, True)))
    assert (sword.kind, sword.tile) == ("scene", (False, False))


def test_what_was_chosen_stays():
    chosen = Settings(prompt="red bricks", kind="isolated", kind_chosen=True)
    assert with_guess(chosen).kind == "isolated"
    wide = Settings(prompt="red bricks", tile=(True, False), tile_chosen=True)
    assert with_guess(wide).tile == (True, False)


def test_words_that_say_nothing_leave_the_last_guess():
    assert with_guess(Settings(prompt="blue", kind="character")).kind == "character"


def test_a_kind_that_the_model_cannot_draw_is_not_guessed():
    assert with_guess(Settings(prompt="a knight"), ("scene",)).kind == "scene"


def test_settings_of_an_older_file_keep_what_they_say():
    old = settings_from({"prompt": "a knight", "kind": "isolated", "tile": [True, False]})
    assert old.kind_chosen and old.tile_chosen
    assert with_guess(old) == old
    assert settings_from(settings_dict(Settings(kind="texture"))).kind_chosen is False


def test_a_recipe_that_says_what_its_words_say_was_not_chosen():
    assert not as_chosen(Settings(prompt="a knight", kind="character")).kind_chosen
    assert as_chosen(Settings(prompt="a knight", kind="isolated")).kind_chosen
