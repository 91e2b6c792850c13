"""Meshes from other programs, `.glb` and `.obj`, as blockout: their triangles, and nothing else of them.

trimesh reads them, but never the file as it is: what it is given is written anew from the parts that say where
triangles are, after their numbers were checked. So nothing in it can name another file or an address, unpack to
more than it is, run in a circle, or bring pictures and materials.
"""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_object
from studio_app.core.reading import read_bytes
from studio_app.scene.mesh import MOST_READ, Mesh, blockout

SUFFIXES = (".glb", ".obj")
MOST_BYTES = 64 << 20
MOST_JSON = 8 << 20

_MOST_PARTS = 20_000
"""Nodes, meshes, views and accessors of a file, each."""
_MOST_DEEP = 200
_COMPONENTS = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
"""Bytes of a number, by glTF's componentType."""
_TYPES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_JSON, _BIN = 0x4E4F534A, 0x004E4942
_TOO_MANY = f"it has more than {MOST_READ:,} triangles or corners"
_PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_mesh_quantization")

Object = Mapping[str, Any]
Array = NDArray[np.float64]


def read_mesh(path: Path) -> Mesh:
    """The triangles of a file, standing on the ground, 1 along the largest side. StudioError where it has none, is
    broken, too large, or of another kind."""
    return parse_mesh(read_bytes(path, MOST_BYTES), path.name)


def parse_mesh(data: bytes, what: str) -> Mesh:
    """As `read_mesh`, of the bytes of a file, whose name says its kind."""
    suffix = Path(what).suffix.lower()
    if suffix not in SUFFIXES:
        raise StudioError(
            f"{what} is of an unknown kind", "meshes are read from .glb and .obj",
            "Export it as .glb, with its buffers inside.",
        )  # fmt: skip
    if len(data) > MOST_BYTES:
        raise StudioError(f"{what} is too large", f"the limit is {MOST_BYTES >> 20} MiB")
    clean = _plain_glb(data, what) if suffix == ".glb" else _plain_obj(data, what)
    vertices, triangles = _read(clean, suffix[1:], what)
    try:
        return blockout(vertices, triangles)
    except ValueError as error:
        _refuse(what, str(error))


def _read(data: bytes, kind: str, what: str) -> tuple[Array, NDArray[np.int64]]:
    """Vertices [V, 3] and triangles [T, 3] in the axes of the whole file."""
    import trimesh  # costs a tenth of a second

    try:
        with np.errstate(all="ignore"):
            # No resolver: whatever it would ask for beside the file does not exist.
            mesh = cast("Any", trimesh).load_scene(
                io.BytesIO(data), file_type=kind, process=False, skip_materials=True
            ).to_mesh()  # fmt: skip
            return np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64)
    except Exception as error:  # its readers raise whatever a wrong file leads them to
        _refuse(what, f"its triangles can't be read ({type(error).__name__})")


def _plain_obj(data: bytes, what: str) -> bytes:
    """Corners and triangles of an OBJ file alone: no material file, no groups; every index counted from the start.

    What is relative in it is so to the corners up to that line, which is known here only.
    """
    corners: list[bytes] = []
    faces: list[bytes] = []
    for line in data.replace(b"\\\n", b" ").replace(b"\\\r\n", b" ").splitlines():
        words = line.split(None, MOST_READ)
        if not words or words[0] not in (b"v", b"f"):
            continue
        if len(words) > MOST_READ:
            _refuse(what, _TOO_MANY)
        if len(words) < 4:
            _refuse(what, "a corner or a face in it has too few numbers")
        if words[0] == b"v":
            corners.append(b"v " + b" ".join(words[1:4]))
        else:
            ring = [_corner(word, len(corners), what) for word in words[1:]]
            faces += [b"f %d %d %d" % (ring[0], b, c) for b, c in pairwise(ring[1:])]
        if max(len(corners), len(faces)) > MOST_READ:
            _refuse(what, _TOO_MANY)
    if not corners or not faces:
        _refuse(what, "it has no triangles")
    return b"\n".join([*corners, *faces, b""])


def _corner(word: bytes, count: int, what: str) -> int:
    """The number of a face's corner, from 1; relative ones count back from the last of `count`."""
    try:
        number = int(word.partition(b"/")[0])
    except ValueError:
        number = 0
    number = count + 1 + number if number < 0 else number
    if not 1 <= number <= count:
        _refuse(what, "a face in it has a corner that is none")
    return number


def _plain_glb(data: bytes, what: str) -> bytes:
    """A GLB file of the triangles alone, every number of it checked."""
    content, binary = _chunks(data, what)
    needed = content.get("extensionsRequired", [])
    for name in _PACKED:
        if isinstance(needed, list) and name in needed:
            detail = f"its triangles are packed ({name}), which is not read"
            raise StudioError(f"Can't read {what}", detail, "Export it without compression.")
    buffers = _list(content, "buffers", what)
    if len(buffers) > 1 or any("uri" in buffer for buffer in buffers):
        raise StudioError(
            f"Can't read {what}", "its triangles lie in another file", "Export it as one .glb."
        )
    views = [_view(view, len(binary), what) for view in _list(content, "bufferViews", what)]
    accessors = [_accessor(a, views, what) for a in _list(content, "accessors", what)]
    read: dict[int, int] = {}
    counts: list[tuple[int, int]] = []
    meshes: list[dict[str, Any]] = []
    for mesh in _list(content, "meshes", what):
        parts = [_part(part, accessors, read, what) for part in _list(mesh, "primitives", what)]
        solid = [part for part in parts if part is not None]
        meshes.append({"primitives": [part for part, _, _ in solid]})
        counts.append((sum(t for _, t, _ in solid), sum(c for _, _, c in solid)))
    nodes = [_node(node, len(meshes), what) for node in _list(content, "nodes", what)]
    roots = _roots(nodes, what)
    # What is drawn often counts as often, since every time is a copy.
    drawn = [counts[int(node["mesh"])] for node in nodes if "mesh" in node]
    triangles, corners = sum(t for t, _ in drawn), sum(c for _, c in drawn)
    held = sum(int(accessors[number]["count"]) for number in read)
    if not triangles:
        _refuse(what, "it has no triangles")
    if max(triangles, corners, held // 4) > MOST_READ:
        _refuse(what, _TOO_MANY)
    used = [number for number, (some, _) in enumerate(counts) if some]
    for node in nodes:
        if "mesh" in node and node["mesh"] in used:
            node["mesh"] = used.index(node["mesh"])
        else:
            node.pop("mesh", None)
    plain = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": nodes,
        "meshes": [meshes[number] for number in used],
        "accessors": [accessors[number] for number in read],
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    text = json.dumps(plain).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    head = struct.pack("<4sIIII", b"glTF", 2, total, len(text), _JSON)
    return head + text + struct.pack("<II", len(binary), _BIN) + binary


def _chunks(data: bytes, what: str) -> tuple[Object, bytes]:
    """The JSON and the binary chunk of a GLB file."""
    if len(data) < 20 or data[:4] != b"glTF" or struct.unpack_from("<I", data, 4)[0] != 2:
        _refuse(what, "it is no GLB file of version 2")
    content: Object | None = None
    binary = b""
    place = 12
    while place + 8 <= len(data):
        size, kind = struct.unpack_from("<II", data, place)
        chunk = data[place + 8 : place + 8 + size]
        if len(chunk) != size:
            _refuse(what, "it ends too early")
        if content is None:
            if kind != _JSON:
                _refuse(what, "it does not begin with its description")
            content = parse_object(chunk, what, MOST_JSON)
        elif kind == _BIN and not binary:
            binary = chunk
        place += 8 + size
    if content is None:
        _refuse(what, "it ends too early")
    return content, binary


def _view(view: Object, size: int, what: str) -> dict[str, Any]:
    start = _whole(view, "byteOffset", size, what, 0)
    length = _whole(view, "byteLength", size - start, what)
    _whole(view, "buffer", 0, what)
    kept: dict[str, Any] = {"buffer": 0, "byteOffset": start, "byteLength": length}
    if "byteStride" in view:
        kept["byteStride"] = max(_whole(view, "byteStride", 252, what), 1)
    return kept


def _accessor(accessor: Object, views: list[dict[str, Any]], what: str) -> dict[str, Any]:
    component, shape = accessor.get("componentType"), accessor.get("type")
    if type(component) is not int or component not in _COMPONENTS or shape not in list(_TYPES):
        _refuse(what, "numbers in it are of an unknown kind")
    kept: dict[str, Any] = {"componentType": component, "type": shape, "count": 1}
    # Colours, weights and animations may be as they like: only what a triangle needs is looked at, in `_part`.
    if "bufferView" in accessor and "sparse" not in accessor:
        view = views[_whole(accessor, "bufferView", len(views) - 1, what)]
        start = _whole(accessor, "byteOffset", view["byteLength"], what, 0)
        row = _COMPONENTS[component] * _TYPES[shape]
        room = view["byteLength"] - start - row
        step = view.get("byteStride", row)
        most = room // step + 1 if room >= 0 else 0
        kept["count"] = max(_whole(accessor, "count", most, what), 1)
        kept |= {"bufferView": accessor["bufferView"], "byteOffset": start}
        if most < 1:
            _refuse(what, "it is shorter than it says")
    else:
        kept["loose"] = True
    return kept


def _part(
    part: Object, accessors: list[dict[str, Any]], read: dict[int, int], what: str
) -> tuple[dict[str, Any], int, int] | None:
    """A primitive with its places alone, and how many triangles and corners it has; None of lines and points.

    read: the accessors that are needed, each with its number among them; grows.
    """
    mode = part.get("mode", 4)
    if mode in (0, 1, 2, 3):
        return None
    if mode not in (4, 5):
        _refuse(what, "its triangles lie in fans, which are not read")
    attributes = part.get("attributes")
    if not isinstance(attributes, Mapping):
        _refuse(what, "a mesh in it has no places")
    last = len(accessors) - 1
    position = _whole(cast("Object", attributes), "POSITION", last, what)
    places = accessors[position]
    if (places["componentType"], places["type"]) != (5126, "VEC3") or "loose" in places:
        _refuse(what, "its places are no plain lists of three numbers")
    first = read.setdefault(position, len(read))
    kept: dict[str, Any] = {"mode": mode, "attributes": {"POSITION": first}}
    count: int = places["count"]
    if "indices" in part:
        number = _whole(part, "indices", last, what)
        kept["indices"] = read.setdefault(number, len(read))
        indices = accessors[number]
        if (
            indices["type"] != "SCALAR"
            or indices["componentType"] not in (5121, 5123, 5125)
            or "loose" in indices
        ):
            _refuse(what, "its triangles are no plain lists of corners")
        count = indices["count"]
    if mode == 4 and count % 3:
        _refuse(what, "its last triangle is cut off")
    return kept, count // 3 if mode == 4 else max(count - 2, 0), places["count"]


def _node(node: Object, meshes: int, what: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if "mesh" in node:
        kept["mesh"] = _whole(node, "mesh", meshes - 1, what)
    for key, count in (("matrix", 16), ("translation", 3), ("rotation", 4), ("scale", 3)):
        if key in node:
            kept[key] = _numbers(node[key], count, what)
    children = node.get("children", [])
    if not isinstance(children, list):
        _refuse(what, "the children of a node are no list")
    kept["children"] = cast("list[Any]", children)
    return kept


def _roots(nodes: list[dict[str, Any]], what: str) -> list[int]:
    """The nodes that have no parent; every node has one parent at most, and none is its own ancestor."""
    parent: dict[int, int] = {}
    for number, node in enumerate(nodes):
        for child in node["children"]:
            if type(child) is not int or not 0 <= child < len(nodes) or child in parent:
                _refuse(what, "its nodes are no tree")
            parent[child] = number
        if not node["children"]:
            del node["children"]
    deep = {number: 0 for number in range(len(nodes)) if number not in parent}
    waiting = list(deep)
    while waiting:
        number = waiting.pop()
        for child in nodes[number].get("children", []):
            deep[child] = deep[number] + 1
            waiting.append(child)
    if len(deep) != len(nodes) or max(deep.values(), default=0) > _MOST_DEEP:
        _refuse(what, "its nodes are no tree, or too deep a one")
    return [number for number in range(len(nodes)) if number not in parent]


def _list(content: Object, key: str, what: str) -> list[Object]:
    """A list of objects; an empty one where there is none."""
    value = content.get(key, [])
    if not isinstance(value, list) or len(cast("list[Any]", value)) > _MOST_PARTS:
        _refuse(what, f"its {key} are no list, or too long a one")
    for entry in cast("list[Any]", value):
        if not isinstance(entry, Mapping):
            _refuse(what, f"one of its {key} is no object")
    return cast("list[Object]", value)


def _whole(content: Object, key: str, most: int, what: str, start: int | None = None) -> int:
    value = content.get(key, start)
    if type(value) is not int or not 0 <= value <= most:
        _refuse(what, f"a {key} in it is out of bounds")
    return value


def _numbers(value: Any, count: int, what: str) -> list[float]:
    if not isinstance(value, list) or len(cast("list[Any]", value)) != count:
        _refuse(what, "the place of a node is no list of numbers")
    numbers = cast("list[Any]", value)
    if any(type(n) not in (int, float) or not math.isfinite(n) or abs(n) > 1e9 for n in numbers):
        _refuse(what, "the place of a node is no list of numbers")
    return [float(n) for n in numbers]


def _refuse(what: str, detail: str) -> NoReturn:
    raise StudioError(
        f"Can't read {what}", detail, "Export it again as .glb from the program that made it."
    )
