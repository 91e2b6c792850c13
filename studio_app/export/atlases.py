"""Atlases: the text beside a sheet that tells where its cells lie, as TexturePacker and Aseprite write it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from studio_app.export.pieces import Cell, Piece, Text, file_of

Size = tuple[int, int]


def atlas_piece(text: Text, cells: Sequence[Cell], size: Size, *, loop: bool = True) -> Piece:
    """An atlas of cells on a sheet of `size` (width, height). loop: of its animations, where the format can say so."""
    value = aseprite(cells, size, loop=loop) if text == "aseprite" else _MAKERS[text](cells, size)
    data = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    return Piece("atlas", ".json", data.encode(), srgb=False, label=_LABELS[text])


def texturepacker(cells: Sequence[Cell], size: Size) -> dict[str, Any]:
    """TexturePacker's hash, with `animations` and `anchor` as PixiJS reads them; `pivot` is the same to others.

    Both are parts of the untrimmed frame. Frames are called as files are.
    """
    frames = {_file(cell): _frame(cell) | _anchors(cell) for cell in cells}
    value: dict[str, Any] = {"frames": frames}
    rows = _rows(cells)
    if rows:
        value["animations"] = {row: [_file(cell) for cell in own] for row, own in rows.items()}
    return value | {"meta": _meta(size)}


def texturepacker_array(cells: Sequence[Cell], size: Size) -> dict[str, Any]:
    """TexturePacker's array: the same, each frame with its `filename`."""
    frames = [{"filename": _file(cell)} | _frame(cell) | _anchors(cell) for cell in cells]
    return {"frames": frames, "meta": _meta(size)}


def aseprite(cells: Sequence[Cell], size: Size, *, loop: bool = True) -> dict[str, Any]:
    """Aseprite's array with tags for rows, and a slice that holds the pivots.

    Frames are called by their number, which is what Phaser looks for. A tag that is played once says "repeat".
    """
    frames = [
        {"filename": str(i)} | _frame(cell) | {"duration": round(cell.milliseconds)}
        for i, cell in enumerate(cells)
    ]
    keys = [
        {"frame": i, "bounds": _box(0, 0, *_whole(cell)[:2]), "pivot": _pivot_pixels(cell)}
        for i, cell in enumerate(cells)
    ]
    more = {
        "frameTags": [tag if loop else tag | {"repeat": "1"} for tag in _tags(cells)],
        "layers": [{"name": "Sprite", "opacity": 255, "blendMode": "normal"}],
        "slices": [{"name": "pivot", "color": "#0000ffff", "keys": keys}],
    }
    return {"frames": frames, "meta": _meta(size) | more}


def _tags(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """A tag for each run of cells of one row."""
    tags: list[dict[str, Any]] = []
    for i, cell in enumerate(cells):
        if not cell.row:
            continue
        if tags and tags[-1]["to"] == i - 1 and tags[-1]["name"] == cell.row:
            tags[-1]["to"] = i
        else:
            tags.append(
                {
                    "name": cell.row,
                    "from": i,
                    "to": i,
                    "direction": "forward",
                    "color": "#000000ff",
                }
            )
    return tags


def _rows(cells: Sequence[Cell]) -> Mapping[str, list[Cell]]:
    rows: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.row:
            rows.setdefault(cell.row, []).append(cell)
    return rows


def _file(cell: Cell) -> str:
    return f"{cell.name}.png"


def _whole(cell: Cell) -> tuple[int, int, int, int]:
    """Size of the untrimmed frame and where the cell lies in it."""
    return cell.source or (cell.width, cell.height, 0, 0)


def _frame(cell: Cell) -> dict[str, Any]:
    width, height, left, top = _whole(cell)
    return {
        "frame": _box(cell.x, cell.y, cell.width, cell.height),
        "rotated": False,
        "trimmed": cell.source is not None,
        "spriteSourceSize": _box(left, top, cell.width, cell.height),
        "sourceSize": {"w": width, "h": height},
    }


def _anchors(cell: Cell) -> dict[str, Any]:
    width, height, left, top = _whole(cell)
    place = {
        "x": round((left + cell.pivot[0] * cell.width) / width, 6),
        "y": round((top + cell.pivot[1] * cell.height) / height, 6),
    }
    return {"pivot": place, "anchor": place}


def _pivot_pixels(cell: Cell) -> dict[str, int]:
    _, _, left, top = _whole(cell)
    return {
        "x": round(left + cell.pivot[0] * cell.width),
        "y": round(top + cell.pivot[1] * cell.height),
    }


def _box(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _meta(size: Size) -> dict[str, Any]:
    return {
        "app": "Underpaint",
        "version": "1.0",
        "image": file_of("colour"),
        "format": "RGBA8888",
        "size": {"w": size[0], "h": size[1]},
        "scale": "1",
    }


_MAKERS: dict[Text, Callable[[Sequence[Cell], Size], dict[str, Any]]] = {
    "texturepacker": texturepacker,
    "texturepacker_array": texturepacker_array,
}
_LABELS: dict[Text, str] = {
    "texturepacker": "",
    "texturepacker_array": "array",
    "aseprite": "aseprite",
}
