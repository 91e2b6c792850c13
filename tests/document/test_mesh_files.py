"""Meshes of other programs: good ones as they are, and files that want harm."""

from __future__ import annotations

import copy
import json
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.document.mesh_files import parse_mesh, read_mesh
from studio_app.scene.mesh import MOST_READ, MOST_TRIANGLES, Mesh

CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
FACES = np.array(
    [
        (0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1),
        (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3),
    ],
    np.uint16,
)  # fmt: skip


def description() -> dict[str, Any]:
    """Of a GLB of one cube, with all that a program writes beside it."""
    return {
        "asset": {"version": "2.0", "generator": "tests"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "root", "children": [1]}, {"mesh": 0, "translation": [5, 0, 0]}],
        "meshes": [
            {
                "primitives": [
                    {"attributes": {"POSITION": 0, "NORMAL": 2}, "indices": 1, "material": 0}
                ]
            }
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 96},
            {"buffer": 0, "byteOffset": 96, "byteLength": 72},
        ],
        "buffers": [{"byteLength": 168}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"uri": "file:///etc/passwd"}, {"uri": "https://example.com/x.png"}],
    }


BINARY = CORNERS.tobytes() + FACES.tobytes()


def glb(content: Any, binary: bytes = BINARY) -> bytes:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    head = struct.pack("<4sIIII", b"glTF", 2, total, len(text), 0x4E4F534A)
    return head + text + struct.pack("<II", len(binary), 0x004E4942) + binary


def is_cube(mesh: Mesh) -> bool:
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    same = np.allclose(low, [-0.5, 0, -0.5]) and np.allclose(high, [0.5, 1, 0.5])
    return same and len(mesh.vertices) == 8 and len(mesh.triangles) == 12 and mesh.closed


def test_a_glb_is_read_whatever_lies_beside_its_triangles(tmp_path: Path) -> None:
    path = tmp_path / "Crate.GLB"
    path.write_bytes(glb(description()))
    assert is_cube(read_mesh(path))


def test_nodes_place_what_they_hold() -> None:
    content = description()
    content["nodes"] = [
        {"children": [1, 2], "scale": [2, 2, 2]},
        {"mesh": 0},
        {"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 4, 0, 0, 1]},
    ]
    mesh = parse_mesh(glb(content), "two.glb")
    assert len(mesh.triangles) == 24
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    assert high - low == pytest.approx([1, 1 / 3, 1 / 3])


def test_a_mirrored_node_keeps_its_outside_out() -> None:
    content = description()
    content["nodes"] = [{"mesh": 0, "scale": [-1, 1, 1]}]
    assert is_cube(parse_mesh(glb(content), "x.glb"))


def test_strips_interleaved_corners_and_meshes_without_triangles() -> None:
    content = description()
    rows = np.zeros((8, 5), np.float32)
    rows[:, 1:4] = CORNERS
    strip = np.array([0, 1, 2, 3], np.uint16)
    content["bufferViews"] = [
        {"buffer": 0, "byteOffset": 0, "byteLength": 160, "byteStride": 20},
        {"buffer": 0, "byteOffset": 160, "byteLength": 8},
    ]
    content["accessors"] = [
        {"bufferView": 0, "byteOffset": 4, "componentType": 5126, "count": 8, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 4, "type": "SCALAR"},
    ]
    attributes = {"POSITION": 0}
    content["meshes"] = [
        {"primitives": [{"attributes": attributes, "mode": 1}]},
        {
            "primitives": [
                {"attributes": attributes, "indices": 1, "mode": 5},
                {"attributes": {}, "mode": 0},
            ]
        },
    ]
    content["nodes"] = [{"mesh": 0}, {"mesh": 1}]
    mesh = parse_mesh(glb(content, rows.tobytes() + strip.tobytes()), "x.glb")
    assert len(mesh.triangles) == 2


OBJ = "\n".join(
    [
        "# a crate", "mtllib ../../secret.mtl", "o crate",
        *(f"v {x} {y} {z} 0.5 0.5 0.5" for x, y, z in CORNERS),
        "vt 0 0", "vn 0 1 0", "usemtl wood", "s off",
        *(f"f {a + 1}/1/1 {b + 1}/1/1 {c + 1}//1" for a, b, c in FACES.tolist()),
        "l 1 2", "",
    ]
)  # fmt: skip


def test_an_obj_is_read_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "crate.obj"
    path.write_text(OBJ)
    assert is_cube(read_mesh(path))
    assert is_cube(parse_mesh(OBJ.replace("\n", "\r\n").replace(" ", "\t").encode(), "x.obj"))


def test_faces_of_many_corners_and_relative_indices() -> None:
    lines = [f"v {x} {y} {z}" for x, y, z in CORNERS]
    quads = ["f 1 2 4 3", "f 5 7 8 6", "f 1 5 6 2", "f 3 4 8 7", "f 1 3 7 5", "f 2 6 8 4"]
    assert is_cube(parse_mesh("\n".join(lines + quads).encode(), "x.obj"))
    # Two crates, each face counted back from the corners so far; one line that goes on in the next.
    relative = [q.split() for q in quads]
    back = ["f " + " ".join(str(int(n) - 9) for n in words[1:]) for words in relative]
    back[0] = back[0].replace(" -7", " \\\n-7", 1)
    far = [f"v {x + 9} {y} {z}" for x, y, z in CORNERS]
    mesh = parse_mesh("\n".join(lines + back + far + back).encode(), "x.obj")
    assert len(mesh.triangles) == 24
    assert mesh.closed


def changed(**parts: Any) -> bytes:
    return glb(description() | parts)


def within(change: Callable[[dict[str, Any]], Any]) -> bytes:
    content = copy.deepcopy(description())
    change(content)
    return glb(content)


def put(*path: Any) -> bytes:
    """A GLB with something else at one place: the last of `path`."""
    *keys, last, value = path

    def change(content: Any) -> None:
        for key in keys:
            content = content[key]
        content[last] = value

    return within(change)


GOOD = glb(description())
PLACES, INDICES = ("accessors", 0), ("accessors", 1)
PART = ("meshes", 0, "primitives", 0)

HOSTILE_GLB: list[bytes] = [
    b"", b"glTF", b"\0" * 64, GOOD[:11], GOOD[:19], GOOD[:40], GOOD[:-1], GOOD[: len(GOOD) // 2],
    b"glTG" + GOOD[4:], GOOD[:4] + b"\1\0\0\0" + GOOD[8:], GOOD[:12] + b"\xff\xff\xff\xff" + GOOD[16:],
    GOOD[:16] + b"\0\0\0\0" + GOOD[20:], b"PK\3\4" + GOOD, b"<html>" * 40,
    glb(b"[]"), glb(b"null"), glb(b"{"), glb(b'{"a":' * 90 + b"1" + b"}" * 90), glb(b"\xff\xfe\0"),
    glb(b'{"asset":NaN}'), glb(b'{"a":1,"a":2}'), glb(b"{}"), glb(description(), b""),
    glb(description(), BINARY[:-1]), glb(description(), BINARY[:100]),
    *(changed(**{key: value}) for key in ("nodes", "meshes", "accessors", "bufferViews", "buffers")
      for value in ({}, None, "x", [None], [[]], [1], [{}] * 20_001)),
    changed(nodes=[]), changed(meshes=[]), changed(accessors=[]), changed(bufferViews=[]),
    changed(buffers=[{"byteLength": 168, "uri": "../other.bin"}]),
    changed(buffers=[{"byteLength": 168, "uri": "file:///dev/zero"}]),
    changed(buffers=[{"uri": "data:application/octet-stream;base64,AAAA", "byteLength": 3}]),
    changed(buffers=[{"byteLength": 168}, {"byteLength": 4, "uri": "http://example.com/b"}]),
    changed(extensionsRequired=["KHR_draco_mesh_compression"]),
    changed(extensionsRequired=["EXT_meshopt_compression"]),
    changed(nodes=[{"children": [0]}]), changed(nodes=[{"children": [1]}, {"children": [0], "mesh": 0}]),
    changed(nodes=[{"children": [1]}, {"children": [2]}, {"children": [1], "mesh": 0}]),
    changed(nodes=[{"children": [1, 1]}, {"mesh": 0}]), changed(nodes=[{"children": [7]}, {"mesh": 0}]),
    changed(nodes=[{"children": [-1]}, {"mesh": 0}]), changed(nodes=[{"children": [True]}, {"mesh": 0}]),
    changed(nodes=[{"children": {}}, {"mesh": 0}]), changed(nodes=[{"children": ["1"]}, {"mesh": 0}]),
    changed(nodes=[{"children": [n + 1]} for n in range(2000)] + [{"mesh": 0}]),
    changed(nodes=[{"mesh": 1}]), changed(nodes=[{"mesh": -1}]), changed(nodes=[{"mesh": 0.0}]),
    changed(nodes=[{"mesh": 0, "matrix": [1, 0]}]), changed(nodes=[{"mesh": 0, "matrix": ["1"] * 16}]),
    changed(nodes=[{"mesh": 0, "scale": [1e300, 1, 1]}]), changed(nodes=[{"mesh": 0, "scale": None}]),
    changed(nodes=[{"mesh": 0, "scale": [0, 0, 0]}]), changed(nodes=[{"mesh": 0, "rotation": [0, 0, 0]}]),
    put(*PLACES, "count", 10**9), put(*PLACES, "count", -8), put(*PLACES, "count", 2**63),
    put(*PLACES, "count", 8.5), put(*PLACES, "count", "8"), put(*PLACES, "count", 9),
    put(*PLACES, "componentType", 5130), put(*PLACES, "componentType", {}),
    put(*PLACES, "componentType", 5123), put(*PLACES, "type", "VEC9"), put(*PLACES, "type", "VEC2"),
    put(*PLACES, "bufferView", 5), put(*PLACES, "bufferView", -1), put(*PLACES, "byteOffset", 80),
    put(*PLACES, "byteOffset", -4), put(*PLACES, "byteOffset", 2**62), put(*PLACES, "sparse", {"count": 9}),
    within(lambda c: c["accessors"][0].pop("bufferView")), put(*INDICES, "count", 35),
    put(*INDICES, "count", 360), put(*INDICES, "componentType", 5126), put(*INDICES, "type", "VEC3"),
    put(*INDICES, "sparse", {}), within(lambda c: c["accessors"][1].pop("bufferView")),
    put("bufferViews", 0, "byteLength", 10**12), put("bufferViews", 0, "byteLength", -1),
    put("bufferViews", 0, "byteOffset", 100), put("bufferViews", 0, "byteOffset", -100),
    put("bufferViews", 0, "byteStride", 4096), put("bufferViews", 0, "byteStride", -12),
    put("bufferViews", 0, "byteStride", 200), put("bufferViews", 0, "buffer", 1),
    put("bufferViews", 0, "buffer", "0"),
    put(*PART, "attributes", []), put(*PART, "attributes", {}), put(*PART, "attributes", {"POSITION": 9}),
    put(*PART, "attributes", {"POSITION": "0"}), put(*PART, "attributes", {"POSITION": 1}),
    put(*PART, "indices", 9), put(*PART, "indices", 0), put(*PART, "mode", 6), put(*PART, "mode", 99),
    put(*PART, "mode", "4"), put(*PART, "mode", 1), put("meshes", 0, "primitives", {}),
    put("meshes", 0, "primitives", []), put("meshes", 0, "primitives", [None]),
    glb(description(), CORNERS.tobytes() + (FACES + 9).tobytes()),
    glb(description(), CORNERS.tobytes() + np.full(36, 65535, np.uint16).tobytes()),
    glb(description(), np.full(24, np.nan, np.float32).tobytes() + FACES.tobytes()),
    glb(description(), np.full(24, np.inf, np.float32).tobytes() + FACES.tobytes()),
    glb(description(), np.zeros(24, np.float32).tobytes() + FACES.tobytes()),
]  # fmt: skip

HOSTILE_OBJ: list[bytes] = [
    b"", b"\0" * 99, b"# nothing\n", b"v 0 0 0\n", b"f 1 2 3\n", b"v 0 0 0\nv 1 0 0\nf 1 2\n",
    b"v 0 0\nf 1 1 1\n", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n",
    b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf -4 1 2\n", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf a b c\n",
    b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1.5 2 3\n", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf " + b"9" * 5000 + b" 2 3\n",
    b"v x y z\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", b"v 0 0 0\nv 1 zero 0\nv 0 1 0\nf 1 2 3\n",
    b"v nan nan nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", b"v 1e999 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    b"v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n",
    b"\xff\xfe" + OBJ.encode("utf-16-le"), b"v 0 0 0\nv 1 0 0\nv \xff 1 0\nf 1 2 3\n",
    b"f 1 2 3\nv 0 0 0\nv 1 0 0\nv 0 1 0\n", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf //// // /\n",
    b"v 0,0 1,5 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", b"call /etc/passwd\nv 0 0 0\nf 1 1 1\n",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE_GLB)))
def test_a_hostile_glb_is_told_in_one_sentence(number: int) -> None:
    with pytest.raises(StudioError) as caught:
        parse_mesh(HOSTILE_GLB[number], "crate.glb")
    assert "crate.glb" in caught.value.title
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("number", range(len(HOSTILE_OBJ)))
def test_a_hostile_obj_is_told_in_one_sentence(number: int) -> None:
    with pytest.raises(StudioError) as caught:
        parse_mesh(HOSTILE_OBJ[number], "crate.obj")
    assert "crate.obj" in caught.value.title


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE_GLB) + len(HOSTILE_OBJ) >= 150


def test_other_files_and_none_are_told(tmp_path: Path) -> None:
    for name in ("crate.gltf", "crate.fbx", "crate"):
        with pytest.raises(StudioError) as caught:
            parse_mesh(GOOD, name)
        assert "glb" in str(caught.value)
    with pytest.raises(StudioError):
        read_mesh(tmp_path / "none.glb")
    (tmp_path / "folder.glb").mkdir()
    with pytest.raises(StudioError):
        read_mesh(tmp_path / "folder.glb")
    with (tmp_path / "huge.glb").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(StudioError) as caught:
        read_mesh(tmp_path / "huge.glb")
    assert "64 MiB" in str(caught.value)


def peak(work: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(StudioError):
            work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_that_says_it_is_more_than_it_is_takes_no_memory() -> None:
    many = description()
    many["nodes"] = [{"mesh": 0}] * 20_000
    many["meshes"][0]["primitives"] *= 200
    for bomb in (glb(many), put(*PLACES, "count", 2**40)):
        assert peak(lambda bomb=bomb: parse_mesh(bomb, "bomb.glb")) < 50 << 20


@pytest.mark.parametrize("face", [b"\nf 1 2 3", b"\nv 1 1 1"])
def test_more_than_can_be_looked_at_is_refused(face: bytes) -> None:
    """Soon: the lines beyond the limit are not looked at."""
    corners = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3"
    for many in (corners + face * (MOST_READ + 1), corners + b"\nf" + b" 1 2 3" * MOST_READ):
        with pytest.raises(StudioError) as caught:
            parse_mesh(many, "bomb.obj")
        assert "1,000,000" in str(caught.value)


def test_one_large_list_of_corners_drawn_often_is_refused() -> None:
    content = description()
    content["bufferViews"][0]["byteLength"] = 96 + 72
    content["accessors"] = [
        {"bufferView": 0, "componentType": 5126, "count": 14, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"},
    ]
    content["nodes"] = [{"mesh": 0}] * 19_999
    content["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}, "indices": 1}] * 10
    with pytest.raises(StudioError) as caught:
        parse_mesh(glb(content), "x.glb")
    assert "1,000,000" in str(caught.value)


def test_a_large_mesh_is_thinned_out() -> None:
    side = 150
    x, y = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    z = 0.1 * np.sin(9 * x) * np.cos(7 * y)
    corners = "".join(f"v {a} {c} {b}\n" for a, b, c in zip(x.flat, y.flat, z.flat, strict=True))
    i = np.arange(side * (side - 1)).reshape(side - 1, side)[:, :-1].ravel() + 1
    faces = "".join(f"f {k} {k + side} {k + side + 1} {k + 1}\n" for k in i)
    mesh = parse_mesh((corners + faces).encode(), "hills.obj")
    assert 5000 < len(mesh.triangles) <= MOST_TRIANGLES
    assert np.ptp(mesh.vertices[:, 1]) == pytest.approx(0.2, abs=0.03)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=6))
def test_any_damaged_glb_is_a_mesh_or_a_studio_error(place: int, damage: bytes) -> None:
    spoilt = GOOD[:place] + damage + GOOD[place + len(damage) :]
    try:
        found: Any = parse_mesh(spoilt, "crate.glb")
    except StudioError as refused:
        found = refused
    assert isinstance(found, Mesh) or "crate.glb" in str(found)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(OBJ.split("\n")) | st.text("vf 0123456789-./e\n", max_size=20), max_size=30
    )
)
def test_any_text_is_a_mesh_or_a_studio_error(lines: list[str]) -> None:
    try:
        found: Any = parse_mesh("\n".join(lines).encode(), "crate.obj")
    except StudioError as refused:
        found = refused
    assert isinstance(found, Mesh) or "crate.obj" in str(found)
