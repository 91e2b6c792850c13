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
MODES: tuple[Blend, ...] = tuple(blend for blend in BLENDS if blend != "plus")
CELL, COLUMNS = 128, 5
PAGE = CELL * COLUMNS, CELL * -(-len(MODES) // COLUMNS)


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


def cell(number: int, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A page that is empty but for one cell, of waves and noise, and a view of that."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:CELL, 0:CELL]
    a, b = rng.uniform(0, 6, 2)
    waves = [127.5 + 127.5 * np.sin(x / 9 + a + k) * np.cos(y / 11 + b * k) for k in range(3)]
    page = np.zeros((PAGE[1], PAGE[0], 4), np.uint8)
    row, column = divmod(number, COLUMNS)
    part = page[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
    part[..., :3] = np.dstack(waves)
    part[:, CELL // 2 :, :3] = rng.integers(0, 256, (CELL, CELL // 2, 3))
    part[..., 3] = 255
    return page, part


def all_modes() -> Document:
    """Each mode in a group of its own: two layers, with alpha of every sort, of which half are seen to 0.7."""
    groups: list[Item] = []
    for number, blend in enumerate(MODES):
        (above, top), (below, ground) = cell(number, 100 + number), cell(number, 300 + number)
        top[:16] = 0
        top[16:48, :, 3] //= 2
        top[48:64, :, 3] = np.linspace(0, 255, CELL)
        ground[100:116, :, 3] //= 3
        ground[116:] = 0
        opacity = 0.7 if number % 2 else 1.0
        upper = Node(f"a-{number}", Colour.of(above), blend=blend, opacity=opacity)
        groups.append(Group(f"g-{number}", (upper, Node(f"b-{number}", Colour.of(below)))))
    return Document(Settings(), Stack(tuple(groups)), PAGE, (0, 0, *PAGE))


def differing(mine: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> dict[str, int]:
    """By mode, how far they are apart at most where both are seen."""
    found: dict[str, int] = {}
    for number, blend in enumerate(MODES):
        row, column = divmod(number, COLUMNS)
        here = np.s_[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
        one, other = mine[here].astype(int), theirs[here].astype(int)
        seen = (one[..., 3] > 0) & (other[..., 3] > 0)
        far = np.abs(one - other)
        found[blend] = max(int(far[seen].max(initial=0)), int(far[..., 3].max()))
    return found


def test_krita_and_we_merge_every_mode_to_the_same_picture_either_way(tmp_path: Path, home: Path):
    """But for plus, which OpenRaster defines otherwise than Krita adds. Either way: what Krita saves of it is opened
    here, and merged here again."""
    source = written(tmp_path / "modes.ora", all_modes())
    with Image.open(exported(source, tmp_path / "modes.png", home)) as image:
        theirs = np.asarray(image.convert("RGBA"))
    assert max(differing(picture_of(source), theirs).values()) <= 2
    back = exported(source, tmp_path / "krita.ora", home)
    found = read_ora(back)
    assert not found.ours
    again = written(tmp_path / "again.ora", found.document)
    assert max(differing(picture_of(again), picture_of(back)).values()) <= 2


def test_krita_shows_masked_groups_and_what_is_clipped_as_they_are_here(tmp_path: Path, home: Path):
    """All of them in one picture, each in a group of its own."""
    groups = tuple(
        Group(f"all-{number}", numbered(items, number))
        for number, items in enumerate(STACKS.values())
    )
    source = alpha_file(tmp_path / "alpha.ora", groups)
    with Image.open(exported(source, tmp_path / "alpha.png", home)) as image:
        theirs = np.asarray(image.convert("RGBA")).astype(int)
    assert np.abs(picture_of(source).astype(int) - theirs).max() <= 3


def numbered(items: tuple[Item, ...], number: int) -> tuple[Item, ...]:
    """With ids that nothing else has."""

    def renamed(item: Item) -> Item:
        if isinstance(item, Group):
            item = replace(item, children=numbered(item.children, number))
        return replace(item, id=f"{item.id}-{number}")

    return tuple(renamed(item) for item in items)
