"""A mask with words is a region: it says what is there, and protects nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.request import GenerationRequest
from studio_app.document.document import new_document, request_of
from studio_app.document.settings import Settings
from studio_app.document.store.documents import load_document, save_document
from studio_app.session.editor import Editor
from tests.fake_engine import CAN

SIDE = 128
HEARS = replace(CAN, regions=True)


@pytest.fixture
def editor(qtbot: Any) -> Iterator[Editor]:
    made = Editor(new_document(Settings(prompt="a shelf", width=SIDE, height=SIDE)))
    ground = np.full((SIDE, SIDE, 4), 255, np.uint8)
    made.change_content(
        "colour", made.document.held("colour").content.of_rgba(ground, SIDE, SIDE), ""
    )
    region(made, "mask-1", "a red potion", 0)
    yield made
    made.stack.clear()


def region(editor: Editor, target: str, words: str, left: int) -> None:
    white = np.zeros((SIDE, SIDE, 4), np.uint8)
    white[..., 3] = 255
    white[:, left : left + 60] = 255
    content = editor.document.held(target).content.of_rgba(white, SIDE, SIDE)
    editor.change_content(target, content.with_words(words), "Words of a region")


def test_two_regions_and_a_mask_are_told_apart(editor: Editor):
    other = editor.add_layer("mask")
    region(editor, other, "a blue crown", 64)
    plain = editor.add_layer("mask")
    region(editor, plain, "", 30)
    request = request_of(editor.document, HEARS)
    assert [one.prompt for one in request.regions] == ["a blue crown", "a red potion"]
    assert request.regions[0].mask[5, 100] == 255 and request.regions[0].mask[5, 5] == 0
    assert request.mask is not None and request.mask[5, 50] == 255 and request.mask[5, 110] == 0
    editor.set_layer(other, {"visible": False})
    assert len(request_of(editor.document, HEARS).regions) == 1


def test_a_model_that_hears_none_is_told_none(editor: Editor):
    request = request_of(editor.document, CAN)
    assert request.regions == () and request.mask is None


def test_a_region_survives_its_file_and_is_brought_back(editor: Editor, tmp_path: Path):
    made = request_of(editor.document, HEARS)
    save_document(editor.document, tmp_path / "work.json")
    again = load_document(tmp_path / "work.json")
    assert again.held("mask").content.said_words == "a red potion"
    assert request_of(again, HEARS) == made
    editor.clear_all()
    editor.set_layer("mask-1", {"visible": False})
    editor.restore(GenerationRequest.from_dict(made.to_dict()), None)
    assert request_of(editor.document, HEARS).regions == made.regions


def test_clearing_and_loading_keep_the_words(editor: Editor):
    editor.clear_layer("mask-1")
    content = editor.document.held("mask").content
    assert content.untouched and content.said_words == "a red potion"
