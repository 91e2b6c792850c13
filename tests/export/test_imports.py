"""No picture lands in a project whose engine does not import it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio_app.core.errors import StudioError
from studio_app.export.pieces import PICTURES, Asset
from studio_app.export.plan import make_plan
from studio_app.export.settings import FORMATS, ExportSettings, imports
from tests.export.conftest import KINDS, Open, Tree

TAKES_WEBP = {"godot": True, "unity": False, "unreal": False, "folder": True}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extension", sorted(PICTURES))
def test_what_an_engine_does_not_import_is_refused(
    project: Open, sprite: Asset, tree: Tree, kind: str, extension: str
):
    opened = project(kind)
    was = tree(opened.root)
    pieces = tuple(replace(piece, extension=extension) for piece in sprite.pieces)
    asset = replace(sprite, pieces=pieces)
    if extension != ".webp" or TAKES_WEBP[kind]:
        assert make_plan(asset, opened).main_file().suffix == extension
        return
    with pytest.raises(StudioError, match=r"imports no \.webp") as refused:
        make_plan(asset, opened)
    assert refused.value.hint == "Choose PNG."
    assert tree(opened.root) == was


@pytest.mark.parametrize("kind", KINDS)
def test_settings_from_elsewhere_have_png_instead(project: Open, kind: str):
    target = project(kind).target
    for format in FORMATS["picture"]:
        settings = ExportSettings(format=format, quality=7)
        taken = format != "webp" or TAKES_WEBP[kind]
        assert imports(target, format) == taken
        other = settings.model_copy(update={"format": "png"})
        assert settings.for_target(target) == (settings if taken else other)
