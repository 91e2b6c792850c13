"""Sample projects to export into, assets to export, and a reader of Godot's text formats."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.png import png_bytes
from studio_app.export.origin import Origin, licence_named
from studio_app.export.pieces import Asset, Cell, Piece
from studio_app.export.projects import open_project
from studio_app.export.targets.target import Project

Open = Callable[[str], Project]
Tree = Callable[[Path], dict[str, bytes | None]]

DATA = Path(__file__).parents[1] / "data"
KINDS = ("godot", "unity", "unreal", "folder")


@pytest.fixture
def project(tmp_path: Path) -> Open:
    """A fresh copy of the sample project of a target."""

    def opened(kind: str) -> Project:
        root = tmp_path / f"{kind}_project"
        if kind == "folder":
            root.mkdir(exist_ok=True)
        elif not root.exists():
            shutil.copytree(DATA / f"{kind}_project", root)
        return open_project(root)

    return opened


def piece(role: Any, size: tuple[int, int] = (8, 8), shade: int = 90, **more: Any) -> Piece:
    planes = 4 if more.get("alpha") else 3
    pixels = np.full((size[1], size[0], planes), shade, np.uint8)
    return Piece(role, ".png", png_bytes(pixels), size, **more)


@pytest.fixture
def sprite() -> Asset:
    pieces = (piece("colour", alpha=True), piece("normal", srgb=False, normal_y="+"))
    return Asset("red glass potion", "sprite", pieces, pivot=(0.5, 1.0))


@pytest.fixture
def bricks() -> Asset:
    data: dict[str, Any] = {"srgb": False}
    pieces = (
        piece("colour"),
        piece("normal", normal_y="+", **data),
        piece("height", bits=16, **data),
        piece("orm", **data),
        piece("mask_map", alpha=True, **data),
    )
    return Asset("red bricks", "texture", pieces, tiles=(True, True))


@pytest.fixture
def walk() -> Asset:
    """Two rows of a sheet of 64x48, one cell of which was trimmed."""
    cells = (
        Cell("walk_0", 0, 0, 16, 24, (0.5, 1.0), row="walk", milliseconds=100),
        Cell("walk_1", 16, 0, 14, 20, (0.5, 1.0), (16, 24, 1, 4), 200, "walk"),
        Cell("die: 'last' #1", 0, 24, 16, 24, (0.25, 0.5), row="die & rest", milliseconds=80),
    )
    return Asset(
        "hero", "sheet", (piece("colour", (64, 48), alpha=True),), pixel_art=True, cells=cells
    )


@pytest.fixture
def origin() -> Origin:
    depth = Control("depth", np.zeros((64, 64), np.uint8), np.full((64, 64), 255, np.uint8))
    request = GenerationRequest(
        "a red glass potion", seed=7, width=64, height=64, controls=(depth,)
    )
    return Origin(request, licence_named("apache-2.0"), painted=0.25)


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes | None]]:
    """Everything below a folder: path -> bytes, None for a folder."""

    def of(root: Path) -> dict[str, bytes | None]:
        return {
            path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
            for path in sorted(root.rglob("*"))
        }

    return of


class GodotText:
    """Godot's grammar of values, as far as text resources and ConfigFile use it (core/variant/variant_parser.cpp)."""

    TOKEN = re.compile(
        r'\s*(?:(?P<string>[&^]?"(?:[^"\\]|\\.)*")|(?P<number>[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)'
        r"|(?P<word>[A-Za-z_][\w/]*)|(?P<sign>[\[\]{}(),:=]))"
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def document(self) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
        """(tag, its attributes, the values under it) of every section; the first may have no tag."""
        sections: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        while self._more():
            if self.text[self.at] == ";":
                self.at = self._line_end()
            elif self.text[self.at] == "[":
                sections.append((*self._tag(), {}))
            else:
                if not sections:
                    sections.append(("", {}, {}))
                key = self.text[self.at : self.text.index("=", self.at)].strip()
                assert re.fullmatch(r"[\w/]+", key), key
                self.at = self.text.index("=", self.at) + 1
                assert key not in sections[-1][2], f"{key} twice"
                sections[-1][2][key] = self.value()
        return sections

    def value(self) -> Any:
        kind, token = self._next()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", token.lstrip("&^")[1:-1])
        if kind == "number":
            return float(token) if re.search(r"[.e]", token) else int(token)
        if token == "[":
            return self._until("]")
        if token == "{":
            return dict(self._until("}", pairs=True))
        if token in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[token]
        assert kind == "word", token
        self._expect("(")
        return (token, *self._until(")"))

    def _until(self, end: str, *, pairs: bool = False) -> list[Any]:
        out: list[Any] = []
        while True:
            before = self.at
            if self._next()[1] == end:
                return out
            self.at = before
            item = self.value()
            if pairs:
                self._expect(":")
                item = (item, self.value())
            out.append(item)
            before = self.at
            if self._next()[1] != ",":
                self.at = before

    def _tag(self) -> tuple[str, dict[str, Any]]:
        self.at += 1
        name, attributes = self._next()[1], {}
        while (token := self._next()[1]) != "]":
            self._expect("=")
            attributes[token] = self.value()
        return name, attributes

    def _next(self) -> tuple[str, str]:
        found = self.TOKEN.match(self.text, self.at)
        assert found and found.lastgroup, self.text[self.at : self.at + 40]
        self.at = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _expect(self, sign: str) -> None:
        assert self._next()[1] == sign, self.text[self.at - 1 : self.at + 40]

    def _more(self) -> bool:
        self.at += len(self.text[self.at :]) - len(self.text[self.at :].lstrip())
        return self.at < len(self.text)

    def _line_end(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end


@pytest.fixture
def read_godot() -> Callable[[Path], list[tuple[str, dict[str, Any], dict[str, Any]]]]:
    return lambda path: GodotText(path.read_text(encoding="utf-8")).document()


class Unreal:
    """As much of the editor's `unreal` module as an import needs; unknown names and properties raise."""

    PROPERTIES: ClassVar[dict[str, set[str]]] = {
        "AssetImportTask": {
            "filename", "destination_path", "replace_existing", "replace_existing_settings", "automated", "save",
            "options",
        },
        "InterchangeGenericTexturePipeline": {
            "asset_name", "detect_normal_map_texture", "flip_normal_map_green_channel", "allow_non_power_of_two",
        },
        "Texture2D": {
            "srgb", "compression_settings", "lod_group", "address_x", "address_y", "filter", "mip_gen_settings",
        },
        "PaperSpriteSheet": {"sprite_names", "sprites"},
        "PaperFlipbook": {"frames_per_second", "key_frames"},
        "PaperFlipbookKeyFrame": {"sprite", "frame_run"},
    }  # fmt: skip

    def __init__(self) -> None:
        self.assets: dict[str, dict[str, Any]] = {}
        self.kinds: dict[str, str] = {}
        """Of the assets that are no textures."""

    def run(self, path: Path) -> None:
        module = self._module()
        code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
        known = sys.modules.get("unreal")
        sys.modules["unreal"] = module
        try:
            exec(code, {"__file__": str(path), "__name__": "__main__"})
        finally:
            if known is None:
                del sys.modules["unreal"]

    def _object(self, kind: str, values: dict[str, Any] | None = None) -> Any:
        values = {} if values is None else values

        def put(name: str, value: Any) -> None:
            assert name in self.PROPERTIES[kind], f"{kind} has no {name}"
            values[name] = value

        def get(name: str) -> Any:
            assert name in self.PROPERTIES[kind], f"{kind} has no {name}"
            return values[name]

        return SimpleNamespace(set_editor_property=put, get_editor_property=get, values=values)

    def _load(self, path: str) -> Any:
        return self._object(self.kinds.get(path, "Texture2D"), self.assets[path])

    def _create(self, name: str, folder: str, kind: str, factory: str) -> Any:
        assert factory == f"{kind}Factory"
        path = f"{folder}/{name}"
        assert path not in self.assets
        self.kinds[path], self.assets[path] = kind, {}
        return self._load(path)

    def _import(self, tasks: list[Any]) -> None:
        for task in tasks:
            file = Path(task.values["filename"])
            assert file.is_file()
            options = task.values.get("options")
            name = options.pipelines[0].values["asset_name"] if options else file.stem
            known = self.assets.setdefault(f"{task.values['destination_path']}/{name}", {})
            if options:
                known["flipped"] = options.pipelines[0].values["flip_normal_map_green_channel"]
            if file.suffix == ".paper2dsprites":
                self.kinds[f"{task.values['destination_path']}/{name}"] = "PaperSpriteSheet"
                names = list(json.loads(file.read_text(encoding="utf-8"))["frames"])
                known["sprite_names"] = sorted(names)
                known["sprites"] = [f"sprite of {name}" for name in sorted(names)]

    def _module(self) -> ModuleType:
        module = ModuleType("unreal")
        enums: dict[str, tuple[str, ...]] = {
            "TextureAddress": ("TA_WRAP", "TA_CLAMP"),
            "TextureCompressionSettings": (
                "TC_DEFAULT", "TC_NORMALMAP", "TC_MASKS", "TC_EDITOR_ICON", "TC_GRAYSCALE", "TC_HDR",
            ),
            "TextureGroup": ("TEXTUREGROUP_UI", "TEXTUREGROUP_WORLD", "TEXTUREGROUP_WORLD_NORMAL_MAP"),
            "TextureFilter": ("TF_NEAREST",),
            "TextureMipGenSettings": ("TMGS_NO_MIPMAPS",),
        }  # fmt: skip
        for name, values in enums.items():
            setattr(module, name, SimpleNamespace(**{value: value for value in values}))

        def stack() -> Any:
            pipelines: list[Any] = []
            return SimpleNamespace(pipelines=pipelines, add_pipeline=pipelines.append)

        library = SimpleNamespace(
            does_asset_exist=lambda path: path in self.assets,
            load_asset=self._load,
            save_asset=lambda path: True,
            save_directory=lambda path: True,
        )
        tools = SimpleNamespace(import_asset_tasks=self._import, create_asset=self._create)
        module.__dict__.update(
            AssetImportTask=lambda: self._object("AssetImportTask"),
            InterchangeGenericTexturePipeline=lambda: self._object(
                "InterchangeGenericTexturePipeline"
            ),
            InterchangePipelineStackOverride=stack,
            PaperFlipbook="PaperFlipbook",
            PaperFlipbookFactory=lambda: "PaperFlipbookFactory",
            PaperFlipbookKeyFrame=lambda: self._object("PaperFlipbookKeyFrame"),
            AssetToolsHelpers=SimpleNamespace(get_asset_tools=lambda: tools),
            EditorAssetLibrary=library,
            log_error=pytest.fail,
        )
        return module


@pytest.fixture
def unreal() -> Unreal:
    return Unreal()


def changed(asset: Asset) -> Asset:
    """The same asset with other pixels."""
    first, *rest = asset.pieces
    return replace(asset, pieces=(replace(first, data=first.data + b"more"), *rest))
