"""Materials: the text beside a texture set that tells a renderer what its maps are: glTF 2.0 and MaterialX 1.39."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import quoteattr

from studio_app.core.errors import StudioError
from studio_app.export.pieces import Asset, Piece, Role, Text, file_of

_REPEAT, _CLAMP = 10497, 33071
_LINEAR_MIPMAP, _LINEAR, _NEAREST = 9987, 9729, 9728
_FLOAT, _UNSIGNED_SHORT = 5126, 5123
_READ_BY_GLTF = (".png", ".jpg")


def material_piece(text: Text, asset: Asset, relief: float = 0.0) -> Piece:
    """The material of a texture set. relief: height of white over black in widths, for MaterialX's displacement.

    StudioError where the maps are none that the format takes.
    """
    return _MAKERS[text](asset, relief)


def gltf(asset: Asset) -> dict[str, Any]:
    """A square of one metre, facing +Z, that wears the set; its base colour, normals and ORM.

    StudioError where the normals' green points down, or where a map is no PNG or JPEG: glTF takes neither.
    """
    used: dict[Role, Piece] = {}
    for role in ("colour", "normal", "orm", "occlusion"):
        piece = asset.piece(role)
        if piece is not None and not (role == "occlusion" and "orm" in used):
            used[role] = piece
    odd = next((p for p in used.values() if p.extension not in _READ_BY_GLTF), None)
    if odd is not None:
        raise StudioError(f"glTF takes no {odd.extension} maps", "it takes PNG and JPEG")
    if "normal" in used and used["normal"].normal_y != "+":
        raise StudioError(
            "glTF takes no normals of DirectX", "their green points down", "Export them as +Y."
        )
    images = list(used)
    material: dict[str, Any] = {"name": asset.name, "pbrMetallicRoughness": {}}
    surface = material["pbrMetallicRoughness"]
    if "colour" in used:
        surface["baseColorTexture"] = {"index": images.index("colour")}
        if used["colour"].alpha:
            material["alphaMode"] = "BLEND"
    if "orm" in used:
        surface["metallicRoughnessTexture"] = {"index": images.index("orm")}
        material["occlusionTexture"] = {"index": images.index("orm")}
    else:
        surface |= {"metallicFactor": 0.0, "roughnessFactor": 1.0}
        if "occlusion" in used:
            material["occlusionTexture"] = {"index": images.index("occlusion")}
    if "normal" in used:
        material["normalTexture"] = {"index": images.index("normal")}
    wraps = [_REPEAT if wraps else _CLAMP for wraps in asset.tiles]
    sampler = {
        "magFilter": _NEAREST if asset.pixel_art else _LINEAR,
        "minFilter": _NEAREST if asset.pixel_art else _LINEAR_MIPMAP,
        "wrapS": wraps[0],
        "wrapT": wraps[1],
    }
    value: dict[str, Any] = {"asset": {"version": "2.0", "generator": "Underpaint"}, "scene": 0}
    value |= {"scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": asset.name}]}
    value |= _square() | {"materials": [material]}
    if images:
        value |= {
            "textures": [{"sampler": 0, "source": i} for i in range(len(images))],
            "samplers": [sampler],
            "images": [{"uri": file_of(role)} for role in images],
        }
    return value


def materialx(asset: Asset, relief: float = 0.0) -> str:
    """A standard_surface with the set's maps as images, and the height as its displacement, by `relief`."""
    nodes: list[str] = []
    inputs: list[str] = []
    if asset.piece("colour") is not None:
        nodes.append(_tiled("colour", "color3", "colour"))
        inputs.append('<input name="base_color" type="color3" nodename="colour" />')
    single = {"roughness": "specular_roughness", "metallic": "metalness"}
    apart = [role for role in single if asset.piece(_role(role)) is not None]
    nodes += [_tiled(role, "float", _role(role)) for role in apart]
    if not apart and asset.piece("orm") is not None:
        apart = list(single)
        nodes.append(_tiled("orm", "vector3", "orm"))
        nodes += [_channel("orm", index, role) for index, role in enumerate(apart, 1)]
    inputs += [f'<input name="{single[role]}" type="float" nodename="{role}" />' for role in apart]
    normal = asset.piece("normal")
    if normal is not None:
        nodes += _normals(upwards=normal.normal_y != "-")
        inputs.append('<input name="normal" type="vector3" nodename="bent" />')
    shaders = ['    <input name="surfaceshader" type="surfaceshader" nodename="surface" />']
    lines = [*nodes, '  <standard_surface name="surface" type="surfaceshader">']
    lines += [f"    {line}" for line in inputs]
    lines.append("  </standard_surface>")
    if asset.piece("height") is not None and relief > 0:
        lines += [
            _tiled("height", "float", "height"),
            '  <displacement name="raised" type="displacementshader">',
            '    <input name="displacement" type="float" nodename="height" />',
            f'    <input name="scale" type="float" value="{relief:.6f}" />',
            "  </displacement>",
        ]
        shaders.append(
            '    <input name="displacementshader" type="displacementshader" nodename="raised" />'
        )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<materialx version="1.39">',
            *lines,
            f'  <surfacematerial name="material" type="material" doc={quoteattr(_plain(asset.name))}>',
            *shaders,
            "  </surfacematerial>",
            "</materialx>",
            "",
        ]
    )


def _tiled(name: str, kind: str, role: Role) -> str:
    """The node of a map's file."""
    space = ' colorspace="srgb_texture"' if role == "colour" else ""
    return (
        f'  <tiledimage name="{name}" type="{kind}">\n'
        f'    <input name="file" type="filename" value="{file_of(role)}"{space} />\n'
        f'    <input name="uvtiling" type="vector2" value="1, 1" />\n'
        "  </tiledimage>"
    )


def _channel(node: str, index: int, name: str) -> str:
    return (
        f'  <extract name="{name}" type="float">\n'
        f'    <input name="in" type="vector3" nodename="{node}" />\n'
        f'    <input name="index" type="integer" value="{index}" />\n'
        "  </extract>"
    )


def _normals(*, upwards: bool) -> list[str]:
    """Up to the node `bent`. upwards: whether green already points up, as MaterialX's does; else it becomes 1 - g."""
    nodes, source = [_tiled("normal", "vector3", "normal")], "normal"
    if not upwards:
        source = "upward"
        nodes.append(
            '  <multiply name="turned" type="vector3">\n'
            '    <input name="in1" type="vector3" nodename="normal" />\n'
            '    <input name="in2" type="vector3" value="1, -1, 1" />\n'
            "  </multiply>\n"
            '  <add name="upward" type="vector3">\n'
            '    <input name="in1" type="vector3" nodename="turned" />\n'
            '    <input name="in2" type="vector3" value="0, 1, 0" />\n'
            "  </add>"
        )
    nodes.append(
        '  <normalmap name="bent" type="vector3">\n'
        f'    <input name="in" type="vector3" nodename="{source}" />\n'
        "  </normalmap>"
    )
    return nodes


def _plain(name: str) -> str:
    """Without the characters that XML can't hold."""
    return "".join(sign for sign in name if sign.isprintable())


def _role(name: str) -> Role:
    return "roughness" if name == "roughness" else "metallic"


def _square() -> dict[str, Any]:
    """Its geometry, within the file: places, normals, tangents, texture coordinates and two triangles."""
    corners = [(-0.5, 0.5), (0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)]
    columns: dict[str, tuple[str, list[float]]] = {
        "POSITION": ("VEC3", [part for x, y in corners for part in (x, y, 0.0)]),
        "NORMAL": ("VEC3", [0.0, 0.0, 1.0] * 4),
        "TANGENT": ("VEC4", [1.0, 0.0, 0.0, 1.0] * 4),
        "TEXCOORD_0": ("VEC2", [part for x, y in corners for part in (x + 0.5, 0.5 - y)]),
    }
    data = b""
    views: list[dict[str, Any]] = []
    accessors: list[dict[str, Any]] = []
    for kind, values in columns.values():
        packed = struct.pack(f"<{len(values)}f", *values)
        views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(packed)})
        views[-1]["target"] = 34962
        accessors.append({"bufferView": len(views) - 1, "componentType": _FLOAT, "count": 4})
        accessors[-1]["type"] = kind
        data += packed
    accessors[0] |= {"min": [-0.5, -0.5, 0.0], "max": [0.5, 0.5, 0.0]}
    indices = struct.pack("<6H", 0, 2, 1, 1, 2, 3)
    views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(indices)})
    views[-1]["target"] = 34963
    accessors.append({"bufferView": len(views) - 1, "componentType": _UNSIGNED_SHORT, "count": 6})
    accessors[-1]["type"] = "SCALAR"
    data += indices
    uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    primitive = {
        "attributes": {name: i for i, name in enumerate(columns)},
        "indices": len(columns),
        "material": 0,
    }
    return {
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(data), "uri": uri}],
    }


def _gltf_piece(asset: Asset, relief: float) -> Piece:
    text = json.dumps(gltf(asset), ensure_ascii=False, indent=2) + "\n"
    return Piece("material", ".gltf", text.encode(), srgb=False)


def _materialx_piece(asset: Asset, relief: float) -> Piece:
    return Piece("material", ".mtlx", materialx(asset, relief).encode(), srgb=False)


_MAKERS: dict[Text, Callable[[Asset, float], Piece]] = {
    "gltf": _gltf_piece,
    "materialx": _materialx_piece,
}
