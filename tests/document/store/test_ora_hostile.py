"""Files that somebody made to do harm, or that a disk has spoiled: a clear error each, or a drawing; nothing else."""

from __future__ import annotations

import io
import json
import random
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document, new_document
from studio_app.document.png import SIGNATURE, chunk, png_bytes
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Node, Stack
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_reading import read_ora
from studio_app.document.store.ora_writing import DOCUMENT, HISTORY, INDEX, TILES, write_ora
from studio_app.document.store.sessions import SavedSession
from tests.document.store.stacks_of_all import content_of

SIZE = 64, 64
MOST_MEMORY = 256 << 20
TRAVERSALS = [
    "../evil.png", "../../evil.png", "/evil.png", "//evil.png", "data/../../evil.png", "..\\evil.png",
    "C:\\evil.png", "C:/evil.png", "\\\\host\\evil.png", "data/layer000.png/../../evil.png", "", ".", "..",
    "data", "data/", "mimetype", "stack.xml", "data/\u0000.png", "data/%2e%2e/evil.png", "file:///etc/passwd",
    "/etc/passwd", "/dev/zero", "~/evil.png", "data/layer000.PNG", "CON", "NUL.png", "data/layer000.png ",
]  # fmt: skip
WRONG: list[Any] = [None, True, -1, 2**63, 1e300, "x", "", [], [1], {}, {"a": 1}, [[[]]], "\ud800"]


def document() -> Document:
    nodes = tuple(Node(f"{kind}-1", content_of(kind, 1, SIZE)) for kind in CONTENTS)
    made = new_document(Settings(width=64, height=64))
    return replace(made, stack=Stack((Group("group-1", nodes[:2]), *nodes[2:])))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "a.ora"
    write_ora(path, SavedSession(document(), True, ""), OraCache())
    return path.read_bytes()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def looked_at(data: bytes, folder: Path) -> bool:
    """Whether it could be opened. Whatever it is, nothing is written, and nothing but a StudioError comes of it."""
    path = folder / "hostile.ora"
    path.write_bytes(data)
    try:
        found = read_ora(path)
    except StudioError as error:
        found, said = None, str(error)
    else:
        said = "opened"
    opened = found is not None and isinstance(found.document, Document)
    assert 0 < len(said) < 1000
    assert [one.name for one in folder.iterdir()] == ["hostile.ora"]
    return opened


def test_a_file_that_ends_early_is_refused(sound: bytes, tmp_path: Path):
    for end in [*range(0, 200, 20), *range(200, len(sound) - 1, len(sound) // 40)]:
        assert not looked_at(sound[:end], tmp_path)


def test_spoiled_bytes_are_refused_or_do_no_harm(sound: bytes, tmp_path: Path):
    chance = random.Random(3)
    for _ in range(60):
        data = bytearray(sound)
        for _ in range(chance.choice((1, 1, 3, 40))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        looked_at(bytes(data), tmp_path)


@pytest.mark.parametrize("name", TRAVERSALS)
def test_a_layer_lies_in_its_file_and_nowhere_else(name: str, tmp_path: Path):
    shown = name.replace("&", "&amp;").replace("\0", "")
    stack = f'<image w="64" h="64"><stack><layer name="a" src="{shown}"/></stack></image>'
    parts = {"mimetype": b"image/openraster", "stack.xml": stack.encode()}
    assert not looked_at(packed(parts), tmp_path)
    if name and "\0" not in name:
        parts[name] = png_bytes(np.zeros((4, 4, 4), np.uint8))
        looked_at(packed(parts), tmp_path)  # read by its name, if at all, and put nowhere


def png_that_says(width: int, height: int, rows: int = 1) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(bytes(width * 4 + 1) * rows, 9)
    return SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bombs() -> Iterator[tuple[str, dict[str, bytes]]]:
    stack = b'<image w="64" h="64"><stack><layer src="data/a.png"/></stack></image>'
    picture = png_bytes(np.zeros((64, 64, 4), np.uint8))
    yield "a stack of spaces", {"stack.xml": b" " * (100 << 20)}
    yield "a stack of nothing but tags", {"stack.xml": b"<image>" + b"<stack>" * 30000}
    yield (
        "a deep stack",
        {
            "stack.xml": b'<image w="64" h="64">'
            + b"<stack>" * 200
            + b"</stack>" * 200
            + b"</image>"
        },
    )
    laugh = b'<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;">]>'
    yield "entities", {"stack.xml": laugh + stack}
    outside = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><image>&x;</image>'
    yield "a file as an entity", {"stack.xml": outside}
    yield "a huge picture", {"stack.xml": stack, "data/a.png": png_that_says(60000, 60000)}
    yield "a picture of 8192", {"stack.xml": stack, "data/a.png": png_that_says(8192, 8193)}
    yield "a zip bomb for a picture", {"stack.xml": stack, "data/a.png": bytes(300 << 20)}
    many = b"".join(b'<layer src="data/a.png"/>' for _ in range(2000))
    yield "too many layers", {
        "stack.xml": b'<image w="64" h="64"><stack>' + many + b"</stack></image>", "data/a.png": picture,
    }  # fmt: skip
    large = b"".join(b'<layer src="data/a.png"/>' for _ in range(400))
    yield (
        "too many pixels",
        {
            "stack.xml": b'<image w="64" h="64"><stack>' + large + b"</stack></image>",
            "data/a.png": png_that_says(8000, 8000),
        },
    )
    yield "a long text", {
        "stack.xml": stack,
        "data/a.png": picture[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50 << 20))) + picture[33:-12],
    }  # fmt: skip
    for width, height in ((0, 64), (-5, 5), (1 << 30, 64), (5000, 5000), (64, 15)):
        size = f'<image w="{width}" h="{height}"><stack/></image>'
        yield f"a canvas of {width}x{height}", {"stack.xml": size.encode()}
    yield "a canvas of nothing", {"stack.xml": b"<image><stack/></image>"}
    yield "no image", {"stack.xml": b"<picture><stack/></picture>"}
    yield "no stack", {"stack.xml": b'<image w="64" h="64"/>'}
    yield "no members", {}
    yield "a stack in UTF-16", {"stack.xml": stack.decode().encode("utf-16")}
    yield (
        "a stack in a charset that nobody knows",
        {"stack.xml": b"<?xml version='1.0' encoding='x-none'?>" + stack},
    )


@pytest.mark.parametrize(("what", "parts"), [pytest.param(*bomb, id=bomb[0]) for bomb in bombs()])
def test_bombs_are_refused_before_they_go_off(what: str, parts: dict[str, bytes], tmp_path: Path):
    data = packed(parts)
    tracemalloc.start()
    try:
        opened = looked_at(data, tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert not opened or what in ("a stack in UTF-16", "a long text")  # which does no harm


def test_a_zip_of_too_many_members_is_refused(tmp_path: Path):
    stack = b'<image w="64" h="64"><stack/></image>'
    parts = {"stack.xml": stack, **{f"junk/{number}": b"" for number in range(5000)}}
    assert not looked_at(packed(parts, zipfile.ZIP_STORED), tmp_path)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a JSON, of long lists only to the first."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def with_value(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_value(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("name", [INDEX, DOCUMENT])
def test_a_value_of_the_wrong_kind_anywhere_in_our_data_is_refused_or_left_out(
    name: str, sound: bytes, tmp_path: Path
):
    parts, chance = members(sound), random.Random(5)
    known = json.loads(parts[name])
    ways = [path for path in places(known) if "joints" not in path]
    for path in chance.sample(ways, min(len(ways), 70)):
        spoiled = with_value(known, path, chance.choice(WRONG))
        looked_at(packed({**parts, name: json.dumps(spoiled).encode()}), tmp_path)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'{"format": NaN}', b'{"a":' * 100, b'{"a": 1, "a": 2}',
     b"9" * 5000, b"\xff\xfe", b'{"format": 1}'],
)  # fmt: skip
@pytest.mark.parametrize("name", [INDEX, DOCUMENT])
def test_broken_json_of_ours_is_refused(name: str, text: bytes, sound: bytes, tmp_path: Path):
    assert not looked_at(packed({**members(sound), name: text}), tmp_path)


def test_a_broken_history_takes_no_drawing_with_it(sound: bytes, tmp_path: Path):
    rows: list[Any] = [
        b"",
        b"[",
        b"{}",
        b'[{"file": "../../evil.png"}]',
        b'[{"file": 3}, null, "x"]',
    ]
    for text in rows:
        parts = {**members(sound), HISTORY: text, "underpaint/pictures/../../evil.png": b"x"}
        assert looked_at(packed(parts), tmp_path)


def test_tiles_that_are_not_what_they_are_called_are_refused(sound: bytes, tmp_path: Path):
    parts = members(sound)
    index = json.loads(parts[INDEX])
    digest, (begin, length) = next(iter(index["tiles"].items()))
    bomb = zlib.compress(bytes(64 << 20), 9)
    other = zlib.compress(np.ones(SIZE, np.float32).tobytes())
    blobs = [b"", parts[TILES][:-40], bytes(len(parts[TILES])), bomb, other]
    for blob in blobs:
        spoiled = {**index, "tiles": {**index["tiles"], digest: [0, len(blob)]}}
        now = {**parts, TILES: blob, INDEX: json.dumps(spoiled).encode()}
        assert not looked_at(packed(now), tmp_path)
    for place in ([begin, -length], [-1, length], [1 << 40, length], [begin, 1 << 40], [0], "ab"):
        spoiled = {**index, "tiles": {**index["tiles"], digest: place}}
        looked_at(packed({**parts, INDEX: json.dumps(spoiled).encode()}), tmp_path)


attributes = st.dictionaries(
    st.sampled_from(("name", "src", "x", "y", "opacity", "visibility", "composite-op", "isolation", "w", "h")),
    st.one_of(st.sampled_from(("data/a.png", "svg:plus", "1", "nan", "-inf", "1e309", "0x10")), st.text(max_size=6)),
    max_size=6,
)  # fmt: skip
trees: Any = st.recursive(
    st.tuples(st.just("layer"), attributes, st.just(())),
    lambda inner: st.tuples(
        st.sampled_from(("stack", "layer", "text")), attributes, st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)


def xml_of(tree: Any) -> str:
    from xml.sax.saxutils import quoteattr

    tag, values, children = tree
    words = " ".join(
        f"{key}={quoteattr(''.join(s for s in value if s.isprintable()))}"
        for key, value in values.items()
    )
    return f"<{tag} {words}>{''.join(xml_of(child) for child in children)}</{tag}>"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(trees)
def test_any_stack_of_a_stranger_is_opened_or_refused(tmp_path: Path, tree: Any):
    stack = f'<image w="64" h="64"><stack>{xml_of(tree)}</stack></image>'
    picture = png_bytes(np.full((4, 4, 4), 99, np.uint8))
    looked_at(
        packed({"stack.xml": stack.encode("utf-8", "replace"), "data/a.png": picture}), tmp_path
    )


def test_a_broken_drawing_is_said_to_be_one_and_the_version_before_it_is_named(
    sound: bytes, tmp_path: Path
):
    path = tmp_path / "owl.ora"
    path.write_bytes(sound[:500])
    with pytest.raises(StudioError, match=r"the drawing owl\.ora") as told:
        read_ora(path)
    assert "Save it again" in told.value.hint
    (tmp_path / "owl.ora.1~").write_bytes(sound)
    with pytest.raises(StudioError) as told:
        read_ora(path)
    assert "owl.ora.1~" in told.value.hint


def test_what_is_sound_is_opened(sound: bytes, tmp_path: Path):
    assert looked_at(sound, tmp_path) and looked_at(packed(members(sound)), tmp_path)
