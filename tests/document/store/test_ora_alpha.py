"""A program that knows neither masks nor clipping shows the same picture of our files, soft edges too."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.document.document import Document
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Node, Stack
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_reading import read_ora
from studio_app.document.store.ora_writing import write_ora
from studio_app.document.store.sessions import SavedSession
from tests.document.store.alpha_stacks import PAIR, SIZE, STACKS, node, ramp, sheet, written


def shown(path: Path) -> np.ndarray[Any, Any]:
    with zipfile.ZipFile(path) as archive, archive.open("mergedimage.png") as file:
        return np.asarray(Image.open(file).convert("RGBA")).astype(int)


@pytest.mark.parametrize("what", STACKS)
def test_what_a_stranger_makes_of_the_layers_is_what_we_show(what: str, tmp_path: Path):
    ours = written(tmp_path / "ours.ora", STACKS[what])
    bare = tmp_path / "bare.ora"
    with zipfile.ZipFile(ours) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            if not name.startswith("underpaint/"):
                new.writestr(name, old.read(name))
    stranger = read_ora(bare).document.stack
    assert not any(item.clip or item.mask is not None for item in stranger.walk())
    theirs = written(tmp_path / "theirs.ora", stranger.items[:-1])
    assert np.abs(shown(ours) - shown(theirs)).max() <= 3


def test_layers_that_nothing_lies_around_are_as_they_were_painted(tmp_path: Path):
    items = (Group("g", PAIR), node("c", 3))
    found = read_ora(written(tmp_path / "plain.ora", items)).document
    for one in (*PAIR, items[1]):
        assert isinstance(one, Node)
        same = found.stack.node(one.id)
        assert same is not None
        assert same.planes()["rgba"].digest == one.planes()["rgba"].digest
    with zipfile.ZipFile(tmp_path / "plain.ora") as archive:
        assert archive.getinfo("underpaint/tiles").file_size == 0  # the PNGs hold all of it


def test_a_base_is_ours_again_though_its_alpha_is_another_in_the_file(tmp_path: Path):
    items = STACKS["clipped to a soft base"]
    found = read_ora(written(tmp_path / "clip.ora", items)).document
    base = found.stack.node("a")
    assert base is not None and isinstance(items[2], Node)
    assert base.planes()["rgba"].digest == items[2].planes()["rgba"].digest
    assert [item.clip for item in found.stack.items] == [True, True, False, False, False]


def test_a_strip_is_made_anew_where_something_above_it_in_a_masked_group_has_changed(
    tmp_path: Path,
):
    group = Group("g", PAIR, mask=ramp())
    cache = OraCache()

    def save(item: Group) -> bytes:
        document = Document(Settings(), Stack((item,)), SIZE, (0, 0, *SIZE))
        write_ora(tmp_path / "a.ora", SavedSession(document, live=False, model=""), cache)
        with zipfile.ZipFile(tmp_path / "a.ora") as archive:
            return archive.read("data/layer001.png")

    before = save(group)
    assert save(group) == before
    above = replace(PAIR[0], content=sheet(9))
    assert save(replace(group, children=(above, PAIR[1]))) != before
