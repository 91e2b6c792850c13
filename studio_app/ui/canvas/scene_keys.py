"""The scene in hand, by keys: things are pushed, turned and scaled as by their handles, a step at a time; keys of one
kind that follow each other are one step of undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent

from studio_app.scene.stage import viewing
from studio_app.scene.stage.gizmos import Change
from studio_app.scene.stage.placement import Vector
from studio_app.scene.stage.stage import Item, Stage
from studio_app.scene.stage.things import Mannequin
from studio_app.ui.canvas.scene_in_hand import SceneInHand

PUSH, FINE_PUSH = 0.05, 0.01
"""World units."""
TURN, FINE_TURN = 15.0, 1.0
"""Degrees; the first is what Ctrl snaps a handle to."""
GROW, FINE_GROW = 1.1, 1.01
_KEYS = Qt.Key
_ALT, _SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


def pressed(scene: SceneInHand, event: QKeyEvent) -> bool:
    """Arrows push what is selected over the ground, Page Up and Down lift it; with Alt the arrows turn and tip it, and
    Page Up and Down make it larger and smaller. Shift: finely. Whether it was such a key, and something is selected."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if held & ~(_ALT | _SHIFT) or not scene.selected:
        return False
    fine, key = bool(held & _SHIFT), event.key()
    ways = _turning(scene, fine) if held & _ALT else _pushing(scene, fine)
    act = ways.get(key)
    if act is not None:
        act()
    return act is not None


def turn(scene: SceneInHand, right: float, up: float = 0.0) -> None:
    """What is selected, about its middle: to the right by so many degrees, as one looks at it, and its front up."""
    axis = (0.0, 1.0, 0.0) if right else _along(scene.stage, 1.0, 0.0, 0.0)
    change = Change(axis=axis, degrees=right - up)
    _apply(scene, change, _tr("Turn"), f"turn {bool(right)}")


def grow(scene: SceneInHand, factor: float) -> None:
    """What is selected, about its middle."""
    _apply(scene, Change(factors=(factor, factor, factor)), _tr("Scale"), "scale")


def push(scene: SceneInHand, right: float, up: float, back: float) -> None:
    """What is selected, along the axes of the world that are nearest to the camera's."""
    _apply(scene, Change(_along(scene.stage, right, up, back)), _tr("Move"), "nudge")


def pivot(stage: Stage, items: list[Item]) -> Vector:
    """Of one thing its middle (of a figure its place); of several the middle of all."""
    if len(items) == 1 and (isinstance(items[0].thing, Mannequin) or items[0].bounds is None):
        return items[0].placement.at
    box = stage.bounds(item.id for item in items)
    if box is None:
        return items[0].placement.at
    x, y, z = (box[0] + box[1]) / 2
    return float(x), float(y), float(z)


def _apply(scene: SceneInHand, change: Change, text: str, key: str) -> None:
    free = [item for item in scene.items if not item.locked]
    if free:
        stage = change.applied(scene.stage, scene.selected, pivot(scene.stage, free))
        scene.set_stage(stage, text, f"{key} {scene.selected}")


def _along(stage: Stage, right: float, up: float, back: float) -> Vector:
    _, azimuth = viewing.angles(stage.camera)
    quarter = np.radians(round(azimuth / 90) * 90)
    x = right * np.cos(quarter) + back * np.sin(quarter)
    z = back * np.cos(quarter) - right * np.sin(quarter)
    return float(x), up, float(z)


def _pushing(scene: SceneInHand, fine: bool) -> dict[int, Callable[[], None]]:
    far = FINE_PUSH if fine else PUSH
    return {
        _KEYS.Key_Left.value: partial(push, scene, -far, 0.0, 0.0),
        _KEYS.Key_Right.value: partial(push, scene, far, 0.0, 0.0),
        _KEYS.Key_Up.value: partial(push, scene, 0.0, 0.0, -far),
        _KEYS.Key_Down.value: partial(push, scene, 0.0, 0.0, far),
        _KEYS.Key_PageUp.value: partial(push, scene, 0.0, far, 0.0),
        _KEYS.Key_PageDown.value: partial(push, scene, 0.0, -far, 0.0),
    }


def _turning(scene: SceneInHand, fine: bool) -> dict[int, Callable[[], None]]:
    degrees, factor = (FINE_TURN, FINE_GROW) if fine else (TURN, GROW)
    return {
        _KEYS.Key_Left.value: partial(turn, scene, -degrees),
        _KEYS.Key_Right.value: partial(turn, scene, degrees),
        _KEYS.Key_Up.value: partial(turn, scene, 0.0, degrees),
        _KEYS.Key_Down.value: partial(turn, scene, 0.0, -degrees),
        _KEYS.Key_PageUp.value: partial(grow, scene, factor),
        _KEYS.Key_PageDown.value: partial(grow, scene, 1 / factor),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("SceneTool", text)
