"""The presets that come with the studio, and the artist's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_app.app import sample_path
from studio_app.core.capabilities import SAMPLERS
from studio_app.core.errors import StudioError
from studio_app.document.document import new_document
from studio_app.document.settings import Settings
from studio_app.document.store.documents import load_document
from studio_app.ui import preset_list
from tests.nodes import with_node


def test_the_four_jobs_are_there_and_say_what_they_do():
    presets = preset_list.built_in_presets()
    assert [preset.title for preset in presets] == [
        "Interactive preview",
        "Texture & material",
        "Concept & splash",
        "Sprite & UI",
    ]
    for preset in presets:
        assert preset.sentence.endswith(".")
        steps = SAMPLERS[preset.settings["sampler"]].steps
        assert steps.min <= preset.settings["steps"] <= steps.max
        assert set(preset.view) == {"tile", "checkerboard"}
        assert not {"prompt", "negative_prompt", "seed", "width", "height"} & set(preset.settings)


def test_the_first_start_names_the_preset_that_its_sample_is_drawn_with():
    path = sample_path()
    assert path is not None
    settings = load_document(path).settings
    preset = next(one for one in preset_list.built_in_presets() if one.id == settings.preset)
    assert preset.title == "Interactive preview"
    for name, value in preset.settings.items():
        kept = getattr(settings, name)
        assert (list(kept) if name == "tile" else kept) == (
            list(value) if name == "tile" else value
        )


def test_all_built_in_presets_set_the_same_knobs():
    """So that none leaves a knob as the one before it had it."""
    names = [set(preset.settings) - {"finish_steps"} for preset in preset_list.built_in_presets()]
    assert all(name == names[0] for name in names)
    acting = [list(preset.acting) for preset in preset_list.built_in_presets()]
    assert all(kinds == ["depth", "pose"] for kinds in acting)


def test_saved_read_and_removed(own_home: Path):
    document = with_node(new_document(Settings(steps=2)), "pose", strength=0.25)
    saved = preset_list.preset_of("My  Glazes!", document, {"tile": True})
    preset_list.keep_user_preset(saved)
    assert saved.title == "My Glazes!"
    (preset_list.user_presets_dir() / "broken.json").write_text("{", encoding="utf-8")
    found = preset_list.user_presets()
    assert [preset.title for preset in found] == ["My Glazes!"]
    assert found[0].settings["steps"] == 2
    assert found[0].acting == {"depth": {"strength": 1.0}, "pose": {"strength": 0.25}}
    again = preset_list.preset_of("my glazes", new_document(Settings(steps=3)), {})
    preset_list.keep_user_preset(again)
    assert [preset.settings["steps"] for preset in preset_list.user_presets()] == [3]
    preset_list.remove_user_preset(found[0])
    assert preset_list.user_presets() == []


def test_one_that_the_system_does_not_let_go_is_said(own_home: Path):
    preset = preset_list.preset_of("Mine", new_document(), {})
    (preset_list.user_presets_dir() / f"{preset.id}.json").mkdir(parents=True)
    with pytest.raises(StudioError, match="can't be removed"):
        preset_list.remove_user_preset(preset)


@pytest.mark.parametrize("title", ["", "  ", "../..", "///"])
def test_a_name_without_letters_is_refused(title: str):
    with pytest.raises(StudioError, match="name"):
        preset_list.preset_of(title, new_document(), {})
