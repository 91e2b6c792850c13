"""Krita itself opens our files, and its own are opened here: where it is installed, behind a display of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.document.blending import BLENDS, Blend
from studio_app.document.contents.colour import Colour
from studio_app.document.document import Document
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Item, Node, Stack
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_reading import read_ora
from studio_app.document.store.ora_writing import write_ora
from studio_app.document.store.sessions import SavedSession
from tests.document.store.alpha_stacks import STACKS
from tests.document.store.alpha_stacks import written as alpha_file
from tests.document.store.conftest import picture_of
from tests.document.store.stacks_of_all import everything

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("krita"), reason="Krita is not installed"),
    pytest.mark.skipif(not shutil.which("xvfb-run"), reason="there is no Xvfb for Krita"),
]
SIZE = 64, 48


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of Krita, which fills it at its first start."""
    return tmp_path_factory.mktemp("krita")


def exported(source: Path, target: Path, home: Path) -> Path:
    environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    environment.pop("QT_QPA_PLATFORM", None)
    command = ["xvfb-run", "-a", "krita", str(source), "--export", "--export-filename", str(target)]
    subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False)
    assert target.is_file()
    return target


def written(path: Path, document: Document) -> Path:
    write_ora(path, SavedSession(document, True, ""), OraCache())
    return path


def described(items: tuple[Item, ...], depth: int = 0) -> Iterator[tuple[Any, ...]]:
    for item in items:
        title = "Group" if isinstance(item, Group) else item.content.title
        yield (depth, item.name or title, item.visible, item.locked, round(item.opacity * 255))
        if isinstance(item, Group):
            yield from described(item.children, depth + 1)


def in_krita(element: Any, depth: int = 0) -> Iterator[tuple[Any, ...]]:
    """The layers of a .kra's maindoc.xml."""
    for layer in element:
        get = layer.get
        yield (
            depth, get("name"), get("visible") == "1", get("locked") == "1", int(get("opacity")),
        )  # fmt: skip
        for child in layer:
            if child.tag.endswith("layers"):
                yield from in_krita(child, depth + 1)


def test_krita_has_the_layers_and_groups_as_they_are_here(tmp_path: Path, home: Path):
    document = everything()
    source = written(tmp_path / "all.ora", document)
    kra = exported(source, tmp_path / "all.kra", home)
    with zipfile.ZipFile(kra) as archive:
        root = ElementTree.fromstring(archive.read("maindoc.xml"))
    layers = next(element for element in root.iter() if element.tag.endswith("layers"))
    mine, theirs = list(described(document.stack.items)), list(in_krita(layers))
    assert [one[:4] for one in mine] == [one[:4] for one in theirs]
    assert max(abs(a[4] - b[4]) for a, b in zip(mine, theirs, strict=True)) <= 1


def test_what_krita_saves_is_opened_here_with_the_same_layers(tmp_path: Path, home: Path):
    document = everything()
    source = written(tmp_path / "all.ora", document)
    found = read_ora(exported(source, tmp_path / "krita.ora", home))
    assert not found.ours
    mine, theirs = list(document.stack.walk()), list(found.document.stack.walk())
    assert [type(item) for item in mine] == [type(item) for item in theirs]
    for one, other in zip(mine, theirs, strict=True):
        assert (one.name, one.visible, one.blend) == (other.name, other.visible, other.blend)
        assert abs(one.opacity - other.opacity) <= 1 / 255
    colour, same = document.stack.node("colour-1"), theirs[-2]
    assert colour is not None and isinstance(same, Node)
    seen = colour.planes()["rgba"].whole
    known = same.planes()["rgba"].whole
    drawn = seen[..., 3] > 0
    assert np.array_equal(seen[..., 3], known[..., 3])
    assert np.array_equal(seen[drawn], known[drawn])


def soft(seed: int) -> np.ndarray[Any, Any]:
    a, b = np.random.default_rng(seed).uniform(0, 6, 2)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    waves = [127 + 120 * np.sin(x / 7 + a + k) * np.cos(y / 9 + b * k) for k in range(3)]
    return np.dstack([*waves, np.full(x.shape, 255.0)]).astype(np.uint8)


@pytest.mark.parametrize("blend", [blend for blend in BLENDS if blend != "plus"])
def test_krita_and_we_merge_every_mode_to_the_same_picture(
    blend: Blend, tmp_path: Path, home: Path
):
    """But for plus, which OpenRaster defines otherwise than Krita adds."""
    above = soft(2)
    above[:10] = 0
    above[:, :20, 3] //= 2
    nodes = (
        Node("a", Colour.of(above), blend=blend, opacity=0.7),
        Node("b", Colour.of(soft(1))),
    )
    document = Document(Settings(), Stack(nodes), SIZE, (0, 0, *SIZE))
    source = written(tmp_path / "mode.ora", document)
    with Image.open(exported(source, tmp_path / "mode.png", home)) as image:
        theirs = np.asarray(image.convert("RGBA")).astype(int)
    mine = picture_of(source).astype(int)
    seen = (mine[..., 3] > 0) & (theirs[..., 3] > 0)
    assert np.abs(mine - theirs)[..., 3].max() <= 1
    assert np.abs(mine - theirs)[seen].max() <= 3


def test_krita_shows_masked_groups_and_what_is_clipped_as_they_are_here(tmp_path: Path, home: Path):
    """All of them in one picture, each in a group of its own."""
    groups = tuple(
        Group(f"all-{number}", numbered(items, number))
        for number, items in enumerate(STACKS.values())
    )
    source = alpha_file(tmp_path / "alpha.ora", groups)
    with Image.open(exported(source, tmp_path / "alpha.png", home)) as image:
        theirs = np.asarray(image.convert("RGBA")).astype(int)
    assert np.abs(picture_of(source).astype(int) - theirs).max() <= 4


def numbered(items: tuple[Item, ...], number: int) -> tuple[Item, ...]:
    """With ids that nothing else has."""

    def renamed(item: Item) -> Item:
        if isinstance(item, Group):
            item = replace(item, children=numbered(item.children, number))
        return replace(item, id=f"{item.id}-{number}")

    return tuple(renamed(item) for item in items)
