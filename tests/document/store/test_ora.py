"""An OpenRaster file of ours is the same drawing when it is opened again; a stranger's is layers and groups."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document.blending import BLENDS, SVG_NAMES
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document, new_document
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Item, Node, Stack
from studio_app.document.store.documents import Newer, document_dict
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_reading import read_ora
from studio_app.document.store.ora_writing import INDEX, Manner, Stopped, write_ora
from studio_app.document.store.sessions import SavedSession
from tests.document.store.conftest import picture_of
from tests.document.store.stacks_of_all import SIZE, content_of, everything, mask_of

SMALL = 40, 36
Make = Callable[..., Any]


def saved(document: Document, **more: Any) -> SavedSession:
    return SavedSession(document, live=True, model="tiny", **more)


def written(path: Path, document: Document, **more: Any) -> Path:
    write_ora(path, saved(document, **more), OraCache())
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of everything: read it only."""
    return written(tmp_path_factory.mktemp("ora") / "all.ora", everything())


def rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """As a program that keeps what it does not know: every member through `change`; None leaves it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


def png(pixels: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def strangers(path: Path, stack: str, size: str = 'w="64" h="48"', **members: Any) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", f"<image {size}><stack>{stack}</stack></image>")
        for name, pixels in members.items():
            archive.writestr(f"data/{name}.png", png(pixels))
    return path


def test_a_drawing_with_every_kind_is_the_same_to_the_bit(whole: Path):
    found = read_ora(whole)
    assert document_dict(found.document) == document_dict(everything())
    assert found.ours and found.notes == () and found.model == "tiny"


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_layer_of_any_kind_alone_is_the_same_to_the_bit(kind: str, tmp_path: Path):
    document = new_document(Settings(width=64, height=96))
    node = Node("own-1", content_of(kind, 5, (64, 96)), mask=mask_of(2, (64, 96)))
    document = replace(document, stack=Stack((node,)))
    found = read_ora(written(tmp_path / "one.ora", document)).document
    assert document_dict(found) == document_dict(document)


def items(depth: int) -> st.SearchStrategy[Any]:
    looks: dict[str, Any] = {
        "name": st.text(max_size=8),
        "visible": st.booleans(),
        "locked": st.booleans(),
        "opacity": st.floats(0, 1),
        "blend": st.sampled_from(BLENDS),
        "clip": st.booleans(),
        "mask": st.sampled_from((None, mask_of(1, SMALL))),
    }
    contents = [content_of(kind, seed, SMALL) for kind in CONTENTS for seed in (1, 2)]
    blanks = [made.blank(*SMALL) for made in CONTENTS.values()]
    node = st.builds(Node, st.just(""), st.sampled_from([*contents, *blanks]), **looks)
    if not depth:
        return node
    children = st.lists(items(depth - 1), max_size=3).map(tuple)
    return st.one_of(node, st.builds(Group, st.just(""), children, **looks))


def numbered(tree: tuple[Item, ...], names: Any) -> tuple[Item, ...]:
    made: list[Item] = []
    for item in tree:
        id = f"item-{next(names)}"
        if isinstance(item, Group):
            made.append(replace(item, id=id, children=numbered(item.children, names)))
        else:
            made.append(replace(item, id=id))
    return tuple(made)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(items(2), min_size=0, max_size=4))
def test_any_stack_is_the_same_to_the_bit(tmp_path: Path, made: list[Item]):
    stack = Stack(numbered(tuple(made), iter(range(1000))))
    document = Document(Settings(width=64, height=64), stack, SMALL, (0, 0, *SMALL))
    path = written(tmp_path / "stack.ora", document)
    # A name as XML and JSON have it: half characters are none.
    assert document_dict(read_ora(path).document)["stack"] == document_dict(document)["stack"]


def test_strangers_see_every_layer_with_its_mask(whole: Path):
    with zipfile.ZipFile(whole) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert archive.testzip() is None
    document = everything()
    nodes = list(document.stack.nodes())
    number = next(n for n, node in enumerate(nodes) if node.id == "colour-2")
    alone = document.stack.node("colour-2")
    assert alone is not None and isinstance(alone.content, Colour)
    seen = picture_of(whole, f"data/layer{number:03}.png")
    inner = document.stack.find("group-2")
    assert inner is not None and inner.mask is not None
    drawn = alone.content.rgba.whole[..., 3][: len(seen)]  # the lower tiles are blank
    mask = inner.mask.whole[: len(seen)]
    assert (seen[..., 3] <= drawn).all() and not seen[mask == 0][..., 3].any()
    assert np.array_equal(seen[..., :3], alone.content.rgba.whole[: len(seen), :, :3])


def test_the_merged_picture_is_what_the_layers_make(tmp_path: Path):
    """A hidden one is not in it, a clipped one ends with its base."""
    below = np.full((48, 64, 4), (200, 100, 50, 255), np.uint8)
    base = np.zeros((48, 64, 4), np.uint8)
    base[10:30, 10:40] = (0, 0, 255, 255)
    above = np.full((48, 64, 4), (255, 255, 255, 255), np.uint8)
    nodes = (
        Node("hidden", Colour.of(above.copy()), visible=False),
        Node("clipped", Colour.of(above.copy()), opacity=0.5, clip=True),
        Node("base", Colour.of(base)),
        Node("below", Colour.of(below), opacity=0.5),
    )
    document = Document(Settings(), Stack(nodes), (64, 48), (0, 0, 64, 48))
    path = written(tmp_path / "merged.ora", document)
    seen = picture_of(path)
    assert tuple(seen[0, 0]) == (200, 100, 50, 128)
    assert np.abs(seen[20, 20].astype(int) - (128, 128, 255, 255)).max() <= 1
    assert picture_of(path, "data/layer001.png")[0, 0, 3] == 0  # of the clipped one
    assert picture_of(path, "Thumbnails/thumbnail.png").shape == (48, 64, 4)


def test_what_was_written_is_remembered(tmp_path: Path):
    """Saving again after a stroke deflates the strips that it touched, and no more."""
    document, cache = everything(), OraCache()
    write_ora(tmp_path / "a.ora", saved(document), cache)
    made = cache.packed.made
    write_ora(tmp_path / "b.ora", saved(document), cache)
    assert cache.packed.made == made
    assert (tmp_path / "a.ora").read_bytes() == (tmp_path / "b.ora").read_bytes()
    content: Any = document.held("colour-1").content
    dab = content.rgba.write(200, 200, np.full((4, 4, 4), 9, np.uint8))
    touched = document.stack.changed("colour-1", content=replace(content, rgba=dab))
    write_ora(tmp_path / "c.ora", saved(replace(document, stack=touched)), cache)
    assert cache.packed.made == made + 2  # of the layer, and of the merged picture


def test_pictures_lie_in_the_file_with_their_requests(tmp_path: Path, make_picture: Make):
    pictures = tuple(make_picture(seed, starred=seed == 0) for seed in range(3))
    document = everything()
    path = written(tmp_path / "history.ora", document, pictures=pictures)
    found = read_ora(path).history
    assert [entry["file"] for entry, _ in found] == [f"{one.id}.png" for one in pictures]
    assert [entry["starred"] for entry, _ in found] == [True, False, False]
    with Image.open(io.BytesIO(found[0][1])) as image:
        assert np.array_equal(np.asarray(image), pictures[0].pixels[:, :, 2::-1])


def test_where_there_is_no_room_for_all_pictures_the_starred_and_the_newest_stay(
    tmp_path: Path, make_picture: Make, monkeypatch: pytest.MonkeyPatch
):
    pictures = tuple(make_picture(seed, starred=seed == 0) for seed in range(5))
    size = len(read_ora(written(tmp_path / "a.ora", everything(), pictures=pictures)).history[0][1])
    monkeypatch.setattr("studio_app.document.store.ora_writing.MAX_HISTORY", int(3.5 * size))
    found = read_ora(written(tmp_path / "b.ora", everything(), pictures=pictures)).history
    assert [entry["file"][:-4] for entry, _ in found] == [pictures[n].id for n in (0, 3, 4)]


def test_layers_that_another_program_changed_win_over_our_data(whole: Path, tmp_path: Path):
    nodes = list(everything().stack.nodes())
    number = next(n for n, node in enumerate(nodes) if node.id == "depth-1")
    painted = np.full((SIZE[1], SIZE[0], 4), (64, 64, 64, 255), np.uint8)

    def change(name: str, data: bytes) -> bytes:
        return png(painted) if name == f"data/layer{number:03}.png" else data

    found = read_ora(rewritten(whole, tmp_path / "edited.ora", change))
    assert found.notes[0].startswith("Another program has changed its layers")
    known, now = document_dict(everything()), document_dict(found.document)
    assert now["settings"] == known["settings"] and now["frame"] == known["frame"]
    depth: Any = next(
        node
        for node in found.document.stack.items
        if node.name == "" and getattr(node, "kind", "") == "depth"
    )
    assert np.allclose(depth.content.value.whole, 64 / 255)
    # What nobody touched is as it was, to the bit, in its place.
    for id in ("mask-1", "colour-1", "pose-1", "scene-1", "depth-2", "colour-2"):
        one, other = everything().stack.node(id), found.document.stack.node(id)
        assert one is not None and other is not None
        assert {n: p.digest for n, p in one.planes().items()} == {
            n: p.digest for n, p in other.planes().items()
        }
        assert one.content.stored() == other.content.stored()


def test_order_names_and_modes_that_another_program_changed_win_too(whole: Path, tmp_path: Path):
    def change(name: str, data: bytes) -> bytes:
        if name != "stack.xml":
            return data
        lines = data.decode().split("\n")
        first = next(n for n, line in enumerate(lines) if 'name="Mask"' in line)
        last = next(n for n, line in enumerate(lines) if 'name="Colour"' in line)
        lines[first], lines[last] = lines[last].replace("src-over", "screen"), lines[first]
        return "\n".join(lines).encode()

    found = read_ora(rewritten(whole, tmp_path / "order.ora", change))
    top = found.document.stack.items[0]
    assert (top.id, top.blend, found.ours) == ("colour-1", "screen", True)
    assert found.notes


def test_a_file_without_our_data_is_layers_and_groups(whole: Path, tmp_path: Path):
    """As Krita leaves it, which keeps nothing that it does not know."""
    found = read_ora(
        rewritten(
            whole, tmp_path / "krita.ora", lambda n, d: None if n.startswith("underpaint/") else d
        )
    )
    assert not found.ours
    mine, theirs = everything().stack, found.document.stack
    assert [type(item) for item in theirs.walk()] == [type(item) for item in mine.walk()]
    for one, other in zip(mine.walk(), theirs.walk(), strict=True):
        assert (one.name, one.blend, one.visible, one.locked) == (
            other.name, other.blend, other.visible, other.locked,
        )  # fmt: skip
        assert one.opacity == pytest.approx(other.opacity, abs=1e-5)
    kinds = {node.name or node.kind: node.kind for node in theirs.nodes()}
    assert kinds["depth"] == "depth" and kinds["mask"] == "mask"  # by their names
    colour = theirs.node("colour-1")
    known = mine.node("colour-1")
    assert colour is not None and known is not None
    colours = [node for node in theirs.nodes() if node.kind == "colour" and not node.name]
    assert colours[-1].planes()["rgba"].digest == known.planes()["rgba"].digest
    assert any("Pose" in note for note in found.notes)


def test_a_strangers_layers_come_with_their_modes_places_and_groups(tmp_path: Path):
    red, green = np.zeros((10, 20, 4), np.uint8), np.zeros((60, 80, 4), np.uint8)
    red[:], green[:] = (255, 0, 0, 255), (0, 255, 0, 128)
    lines = [
        f'<layer name="{mode}" src="data/red.png" x="-5" y="40" composite-op="{SVG_NAMES[mode]}"/>'
        for mode in BLENDS
    ]
    stack = "".join(lines) + (
        '<stack name="G" x="3" y="4" opacity="0.25" visibility="hidden" composite-op="krita:dissolve">'
        '<layer name="g" src="data/green.png" x="1" y="-6" opacity="nonsense"/></stack>'
    )
    found = read_ora(strangers(tmp_path / "modes.ora", stack, red=red, green=green))
    document = found.document
    assert document.canvas == (64, 48) and not found.ours
    assert [item.blend for item in document.stack.items[:-1]] == list(BLENDS)
    assert {node.kind for node in document.stack.nodes()} == {"colour"}
    first: Any = document.stack.items[0]
    assert tuple(first.content.rgba.whole[45, 10]) == (255, 0, 0, 255)
    assert not first.content.rgba.whole[45, 20].any() and not first.content.rgba.whole[39, 0].any()
    group: Any = document.stack.items[-1]
    assert (group.name, group.opacity, group.visible, group.blend) == ("G", 0.25, False, "normal")
    assert any("krita:dissolve" in note for note in found.notes)
    (inside,) = group.children
    assert inside.opacity == 1 and inside.content.rgba.whole[0, 4, 1] == 255
    assert not inside.content.rgba.whole[:, :4].any()


@pytest.mark.parametrize(
    ("canvas", "pixels"),
    [((1024, 1024), (256, 256)), ((1920, 1080), (320, 192)), ((600, 2400), (128, 512))],
)
def test_the_frame_of_a_strangers_file_is_as_much_of_it_as_its_shape_allows(
    canvas: tuple[int, int], pixels: tuple[int, int], tmp_path: Path
):
    size = f'w="{canvas[0]}" h="{canvas[1]}"'
    document = read_ora(strangers(tmp_path / "size.ora", "", size)).document
    x, y, width, height = document.frame
    assert document.canvas == canvas and document.settings.width * document.settings.height <= 2**17
    assert abs(width / height - document.settings.width / document.settings.height) < 0.02
    assert width == canvas[0] or height == canvas[1]
    assert abs(2 * x + width - canvas[0]) <= 1 and abs(2 * y + height - canvas[1]) <= 1
    assert (
        abs(np.log(document.settings.width / document.settings.height * pixels[1] / pixels[0]))
        < 0.1
    )


def test_a_cancelled_save_leaves_the_old_file(tmp_path: Path):
    document, cache = everything(), OraCache()
    path = tmp_path / "a.ora"
    write_ora(path, saved(document), cache)
    before = path.read_bytes()
    asked: list[int] = []
    last = 0
    for last in range(1, 30):
        asked.clear()

        def cancelled(last: int = last) -> bool:
            asked.append(1)
            return len(asked) >= last

        try:
            write_ora(path, saved(document), cache, Manner(cancelled=cancelled))
            break
        except Stopped:
            assert path.read_bytes() == before
            assert [one.name for one in tmp_path.iterdir()] == ["a.ora"]
    assert last > 10


def test_a_newer_file_is_refused_by_name(whole: Path, tmp_path: Path):
    def change(name: str, data: bytes) -> bytes:
        return data.replace(b'"format": 1', b'"format": 2', 1) if name == INDEX else data

    with pytest.raises(Newer, match="newer Underpaint"):
        read_ora(rewritten(whole, tmp_path / "newer.ora", change))


def test_a_canvas_that_cant_be_is_refused_in_plain_words(tmp_path: Path):
    with pytest.raises(StudioError, match="Scale it first"):
        read_ora(strangers(tmp_path / "a.ora", "", 'w="5000" h="100"'))
