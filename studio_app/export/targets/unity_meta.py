"""The text of Unity's metas, in the order and the style in which Unity writes them, but for keys that not every
version of 2020.3 to 6000.x knows: what is left out gets Unity's default.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from studio_app.export.pieces import Cell

_SINGLE_SPRITE = "5e97eb03825dee720800000000000000"
"""spriteID of the one sprite of every picture that is one."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
_SPRITE_LINES = re.compile(r"^    - serializedVersion: 2\n      name: (.+)$", re.MULTILINE)
_ALIGNMENTS = {(0.5, 0.5): 0, (0.0, 1.0): 1, (0.5, 1.0): 2, (1.0, 1.0): 3, (0.0, 0.5): 4,
               (1.0, 0.5): 5, (0.0, 0.0): 6, (0.5, 0.0): 7, (1.0, 0.0): 8}  # fmt: skip
"""SpriteAlignment of a pivot, whose y goes up; any other is 9, custom."""


@dataclass(frozen=True)
class Look:
    """How a texture is imported. pivot and cells: from the top left, as everywhere here.

    seed: what ids are made from. lossless: not compressed. normal_guid: of a sprite's _NormalMap, or empty.
    """

    kind: Literal["sprite", "normal", "default"]
    version: tuple[int, ...]
    width: int
    height: int
    srgb: bool
    alpha: bool
    repeats: tuple[bool, bool]
    mipmaps: bool
    pixel_art: bool
    flip_green: bool
    lossless: bool
    pivot: tuple[float, float]
    pixels_per_unit: float
    cells: tuple[Cell, ...]
    seed: str
    normal_guid: str


def folder_meta(guid: str) -> str:
    return f"fileFormatVersion: 2\nguid: {guid}\nfolderAsset: yes\n{_importer('DefaultImporter')}"


def text_meta(guid: str) -> str:
    return f"fileFormatVersion: 2\nguid: {guid}\n{_importer('TextScriptImporter')}"


def texture_meta(guid: str, look: Look) -> str:
    """A whole TextureImporter; block style, empty texts as `key: `, as Unity has them."""
    sprite = look.kind == "sprite"
    size = max(2048, 1 << (max(look.width, look.height, 1) - 1).bit_length())
    wrap = [0 if repeats else 1 for repeats in look.repeats]
    values = {
        "VERSION": _importer_version(look.version),
        "PLATFORM": 4 if _year(look.version) >= 6000 else 3,
        "MIPMAPS": int(look.mipmaps),
        "SRGB": int(look.srgb and look.kind != "normal"),
        "FLIP": int(look.flip_green),
        "SIZE": min(size, 16384),
        "FILTER": 0 if look.pixel_art else 1,
        "WRAP_U": wrap[0],
        "WRAP_V": wrap[1],
        "NPOT": 1 if look.mipmaps else 0,
        "MODE": 0 if not sprite else 2 if look.cells else 1,
        "MESH": 0 if look.pixel_art else 1,
        "ALIGNMENT": _alignment(look.pivot),
        "PIVOT": _vector(look.pivot[0], 1 - look.pivot[1]),
        "UNITS": _number(look.pixels_per_unit),
        "TRANSPARENT": int(look.alpha and look.srgb),
        "TYPE": {"sprite": 8, "normal": 1, "default": 0}[look.kind],
        "COMPRESSION": 0 if look.lossless else 1,
        "TABLE": _table(look),
        "SHEET": _sheet(look),
    }
    return re.sub(
        r"<([A-Z_]+)>", lambda found: str(values[found[1]]), _TEXTURE.replace("<GUID>", guid)
    )


def sprite_names(meta: bytes) -> list[str]:
    """Of the sprites in a meta, ours or Unity's."""
    return [_read_scalar(name) for name in _SPRITE_LINES.findall(meta.decode("utf-8", "replace"))]


def sprite_id(seed: str, name: str) -> str:
    return hashlib.sha256(f"spriteID/{seed}/{name}".encode()).hexdigest()[:32]


def internal_id(seed: str, name: str) -> int:
    """Signed, 64 bits, never 0: what scenes name a sprite by."""
    number = hashlib.sha256(f"internalID/{seed}/{name}".encode()).digest()[:8]
    return int.from_bytes(number, "big", signed=True) or 1


def _table(look: Look) -> str:
    if not look.cells:
        return " []"
    lines = [
        f"\n  - first:\n      213: {internal_id(look.seed, cell.name)}\n    second: {_scalar(cell.name)}"
        for cell in look.cells
    ]
    return "".join(lines)


def _sheet(look: Look) -> str:
    sprites = "".join(_sprite(look, cell) for cell in look.cells) or " []"
    names = "".join(
        f"\n      {_scalar(cell.name)}: {internal_id(look.seed, cell.name)}"
        for cell in sorted(look.cells, key=lambda cell: cell.name)
    )
    one = "" if look.kind != "sprite" or look.cells else _SINGLE_SPRITE
    second = " []"
    if look.normal_guid:
        second = f"\n    - texture: {{fileID: 2800000, guid: {look.normal_guid}, type: 3}}\n      name: _NormalMap"
    return _SPRITE_SHEET.format(sprites=sprites, one=one, second=second, names=names or " {}")


def _sprite(look: Look, cell: Cell) -> str:
    # Unity counts from the bottom.
    bottom = look.height - cell.y - cell.height
    return _SPRITE.format(
        name=_scalar(cell.name),
        x=cell.x,
        y=bottom,
        width=cell.width,
        height=cell.height,
        alignment=_alignment(cell.pivot),
        pivot=_vector(cell.pivot[0], 1 - cell.pivot[1]),
        sprite_id=sprite_id(look.seed, cell.name),
        internal_id=internal_id(look.seed, cell.name),
    )


def _alignment(pivot: tuple[float, float]) -> int:
    return _ALIGNMENTS.get((round(pivot[0], 6), round(1 - pivot[1], 6)), 9)


def _vector(x: float, y: float) -> str:
    return f"{{x: {_number(x)}, y: {_number(y)}}}"


def _number(value: float) -> str:
    return f"{round(value, 6):g}" if abs(value) < 1e6 else f"{value:.0f}"


def _scalar(text: str) -> str:
    """Plain where YAML has no other reading of it; JSON's strings are YAML's double-quoted ones."""
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=True)


def _read_scalar(text: str) -> str:
    text = text.strip()
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text.strip("'")


def _year(version: Sequence[int]) -> int:
    return version[0] if version else 6000


def _importer_version(version: Sequence[int]) -> int:
    """TextureImporter's serializedVersion. Without one Unity takes the file for its first, and turns it into all
    later ones.
    """
    year = _year(version)
    return 13 if year >= 6000 else 12 if year >= 2022 else 11


def _importer(kind: str) -> str:
    rest = "userData: \n  assetBundleName: \n  assetBundleVariant: \n"
    return f"{kind}:\n  externalObjects: {{}}\n  {rest}"


_TEXTURE = """\
fileFormatVersion: 2
guid: <GUID>
TextureImporter:
  internalIDToNameTable:<TABLE>
  externalObjects: {}
  serializedVersion: <VERSION>
  mipmaps:
    mipMapMode: 0
    enableMipMap: <MIPMAPS>
    sRGBTexture: <SRGB>
    linearTexture: 0
    fadeOut: 0
    borderMipMap: 0
    mipMapsPreserveCoverage: 0
    alphaTestReferenceValue: 0.5
    mipMapFadeDistanceStart: 1
    mipMapFadeDistanceEnd: 3
  bumpmap:
    convertToNormalMap: 0
    externalNormalMap: 0
    heightScale: 0.25
    normalMapFilter: 0
    flipGreenChannel: <FLIP>
  isReadable: 0
  streamingMipmaps: 0
  streamingMipmapsPriority: 0
  grayScaleToAlpha: 0
  generateCubemap: 6
  cubemapConvolution: 0
  seamlessCubemap: 0
  textureFormat: 1
  maxTextureSize: <SIZE>
  textureSettings:
    serializedVersion: 2
    filterMode: <FILTER>
    aniso: 1
    mipBias: 0
    wrapU: <WRAP_U>
    wrapV: <WRAP_V>
    wrapW: 0
  nPOTScale: <NPOT>
  lightmap: 0
  compressionQuality: 50
  spriteMode: <MODE>
  spriteExtrude: 1
  spriteMeshType: <MESH>
  alignment: <ALIGNMENT>
  spritePivot: <PIVOT>
  spritePixelsToUnits: <UNITS>
  spriteBorder: {x: 0, y: 0, z: 0, w: 0}
  spriteGenerateFallbackPhysicsShape: 0
  alphaUsage: 1
  alphaIsTransparency: <TRANSPARENT>
  spriteTessellationDetail: -1
  textureType: <TYPE>
  textureShape: 1
  singleChannelComponent: 0
  maxTextureSizeSet: 0
  compressionQualitySet: 0
  textureFormatSet: 0
  platformSettings:
  - serializedVersion: <PLATFORM>
    buildTarget: DefaultTexturePlatform
    maxTextureSize: <SIZE>
    resizeAlgorithm: 0
    textureFormat: -1
    textureCompression: <COMPRESSION>
    compressionQuality: 50
    crunchedCompression: 0
    allowsAlphaSplitting: 0
    overridden: 0
    androidETC2FallbackOverride: 0
    forceMaximumCompressionQuality_BC6H_BC7: 0
  spriteSheet:<SHEET>
  pSDRemoveMatte: 0
  userData: \n  assetBundleName: \n  assetBundleVariant: \n"""

_SPRITE_SHEET = """
    serializedVersion: 2
    sprites:{sprites}
    outline: []
    physicsShape: []
    bones: []
    spriteID: {one}
    internalID: 0
    vertices: []
    indices: \n    edges: []
    weights: []
    secondaryTextures:{second}
    nameFileIdTable:{names}"""

_SPRITE = """
    - serializedVersion: 2
      name: {name}
      rect:
        serializedVersion: 2
        x: {x}
        y: {y}
        width: {width}
        height: {height}
      alignment: {alignment}
      pivot: {pivot}
      border: {{x: 0, y: 0, z: 0, w: 0}}
      outline: []
      physicsShape: []
      tessellationDetail: -1
      bones: []
      spriteID: {sprite_id}
      internalID: {internal_id}
      vertices: []
      indices: \n      edges: []
      weights: []"""
