"""A file is the same one however its path is spelt."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio_app.document.store.documents import document_dict
from studio_app.document.store.ora_reading import read_ora
from studio_app.document.store.ties import same_file
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from tests.session.filing import drawn, messages, open_file, save_and_draw_on, save_as

Dab = Callable[[Studio, float], None]
Make = Callable[..., Studio]
Spell = Callable[[Path], Path]


def by_a_linked_folder(path: Path) -> Path:
    link = path.parent.with_name("link")
    if not link.exists():
        link.symlink_to(path.parent)
    return link / path.name


def by_a_link(path: Path) -> Path:
    link = path.with_name("link.ora")
    if not link.exists():
        link.symlink_to(path.name)
    return link


def by_a_detour(path: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


spellings = pytest.mark.parametrize("spell", [by_a_linked_folder, by_a_link, by_a_detour])


@pytest.fixture
def studio(make_studio: Make, tmp_path: Path) -> Studio:
    return make_studio(tmp_path / "home", live=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "art").mkdir()
    return tmp_path / "art" / "knight.ora"


@spellings
def test_what_was_not_saved_comes_back_by_another_spelling(
    qtbot: Any, studio: Studio, dab: Dab, path: Path, spell: Spell
):
    save_and_draw_on(qtbot, studio, dab, path)
    unsaved = drawn(studio)
    said = messages(studio)
    open_file(qtbot, studio, spell(path))  # on the desk already
    assert drawn(studio) == unsaved
    assert any(isinstance(each, Notice) and "not saved are back" in each.title for each in said)
    studio.files.new()
    qtbot.waitUntil(lambda: studio.files.path is None)
    open_file(qtbot, studio, spell(path))
    assert drawn(studio) == unsaved and studio.files.modified


@spellings
def test_it_is_saved_under_another_spelling_of_its_own_name(
    qtbot: Any, studio: Studio, dab: Dab, path: Path, spell: Spell
):
    save_and_draw_on(qtbot, studio, dab, path)
    said = messages(studio)
    save_as(qtbot, studio, spell(path))
    assert not any("another window" in str(each) for each in said)
    assert document_dict(read_ora(path).document) == drawn(studio)
    assert not studio.files.modified and not studio.files.read_only


def test_a_second_name_of_a_file_is_a_file_of_its_own(tmp_path: Path):
    """As a copy is: saving one leaves the other as it was."""
    one, other = tmp_path / "one.ora", tmp_path / "other.ora"
    one.write_bytes(b"x")
    assert same_file(one, tmp_path / "." / "one.ora") and not same_file(one, other)
    os.link(one, other)
    assert not same_file(one, other) and same_file(one, tmp_path / ".." / tmp_path.name / "one.ora")
    assert same_file(tmp_path / "gone.ora", tmp_path / ".." / tmp_path.name / "gone.ora")
    assert not same_file(one, None)
