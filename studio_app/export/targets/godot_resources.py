"""Godot's text resources (`.tres`, format 3), as Godot 4 writes them, but without uids, which are Godot's to give."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from studio_app.export.pieces import Cell

_LOOPS_ARE_NUMBERS = (4, 7)
"""From this version on `loop` is SpriteFrames.LoopMode; before, a boolean."""


def orm_material(textures: Mapping[str, str]) -> str:
    """ORMMaterial3D of the res:// paths of albedo, orm and, where there is one, normal.

    ao_enabled: without it the red of ORM does nothing.
    """
    names = [name for name in ("albedo", "normal", "orm") if name in textures]
    lines = [
        *_head("ORMMaterial3D"),
        *(_texture(name, textures[name]) for name in names),
        "",
        "[resource]",
    ]
    for name in names:
        if name == "normal":
            lines.append("normal_enabled = true")
        lines.append(f'{name}_texture = ExtResource("{name}")')
    return "\n".join([*lines, "ao_enabled = true"]) + "\n"


def canvas_texture(diffuse: str, normal: str, *, pixels: bool) -> str:
    """CanvasTexture: what a 2D node draws so that lights shine on it."""
    lines = [
        *_head("CanvasTexture"),
        _texture("diffuse", diffuse),
        _texture("normal", normal),
        "",
        "[resource]",
    ]
    lines += ['diffuse_texture = ExtResource("diffuse")', 'normal_texture = ExtResource("normal")']
    if pixels:
        lines.append("texture_filter = 1")  # CanvasItem.TEXTURE_FILTER_NEAREST
    return "\n".join(lines) + "\n"


def sprite_frames(
    sheet: str, cells: Sequence[Cell], version: tuple[int, ...], *, loop: bool = True
) -> str:
    """SpriteFrames with one animation a row, in the order of the cells; those of no row are "default"."""
    lines = [*_head("SpriteFrames"), _texture("sheet", sheet), ""]
    for number, cell in enumerate(cells):
        lines += [
            f'[sub_resource type="AtlasTexture" id="AtlasTexture_{number}"]',
            'atlas = ExtResource("sheet")',
        ]
        lines.append(f"region = Rect2({cell.x}, {cell.y}, {cell.width}, {cell.height})")
        if cell.source is not None:
            whole_width, whole_height, left, top = cell.source
            wider, higher = whole_width - cell.width, whole_height - cell.height
            if wider or higher:
                lines.append(f"margin = Rect2({left}, {top}, {wider}, {higher})")
        lines.append("")
    rows: dict[str, list[tuple[int, Cell]]] = {}
    for number, cell in enumerate(cells):
        rows.setdefault(cell.row or "default", []).append((number, cell))
    yes, no = ("1", "0") if not version or version >= _LOOPS_ARE_NUMBERS else ("true", "false")
    animations = ", ".join(
        _animation(row, frames, yes if loop else no) for row, frames in rows.items()
    )
    return "\n".join([*lines, "[resource]", f"animations = [{animations}]"]) + "\n"


def _animation(row: str, frames: Sequence[tuple[int, Cell]], loop: str) -> str:
    base = max(frames[0][1].milliseconds, 1.0)
    shown = ", ".join(
        f'{{\n"duration": {_number(cell.milliseconds / base)},\n"texture": SubResource("AtlasTexture_{number}")\n}}'
        for number, cell in frames
    )
    name, speed = json.dumps(row, ensure_ascii=False), _number(1000 / base)
    return f'{{\n"frames": [{shown}],\n"loop": {loop},\n"name": &{name},\n"speed": {speed}\n}}'


def _head(kind: str) -> list[str]:
    return [f'[gd_resource type="{kind}" format=3]', ""]


def _texture(name: str, path: str) -> str:
    return (
        f'[ext_resource type="Texture2D" path={json.dumps(path, ensure_ascii=False)} id="{name}"]'
    )


def _number(value: float) -> str:
    return str(round(float(value), 6))
