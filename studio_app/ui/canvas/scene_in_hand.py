"""The scene in hand: what of it is selected, and what can be done with that. Gestures are `scene_tool`'s."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication

from studio_app.document.contents.scene import Scene
from studio_app.scene.openpose import JOINTS
from studio_app.scene.stage import edits, posing, viewing
from studio_app.scene.stage.gizmos import Mode
from studio_app.scene.stage.stage import Item, Stage
from studio_app.scene.stage.things import Mannequin, Thing
from studio_app.session.studio import Studio
from studio_app.ui.canvas.tool_state import ToolState


class SceneInHand:
    """Every change of the scene goes through the studio."""

    def __init__(self, studio: Studio, tools: ToolState) -> None:
        self._studio = studio
        self._tools = tools
        self._ids: tuple[int, ...] = ()
        self.joint: int | None = None
        """Of the one figure that is selected."""
        self.mode: Mode = "move"

    # ---- what there is ----

    @property
    def content(self) -> Scene:
        content = self._tools.held(self._studio.document, Scene.kind).content
        assert isinstance(content, Scene)
        return content

    @property
    def stage(self) -> Stage:
        return self.content.stage

    @property
    def selected(self) -> tuple[int, ...]:
        """Ids of the selected items that are still there."""
        stage = self.stage
        return tuple(number for number in self._ids if number in stage)

    @property
    def items(self) -> tuple[Item, ...]:
        stage = self.stage
        return tuple(stage[number] for number in self.selected)

    @property
    def figure(self) -> Item | None:
        """The selected figure, where it is all that is selected."""
        items = self.items
        return items[0] if len(items) == 1 and isinstance(items[0].thing, Mannequin) else None

    def set_stage(
        self, stage: Stage, text: str, merge_key: str = "", *, draft: bool = False
    ) -> None:
        """Puts a stage in the place of the one in hand. Calls of the same merge_key (not "") are one step of undo.
        draft: another will follow at once."""
        content = self.content
        if stage is content.stage and draft == content.draft:
            return
        changed = replace(content, stage=stage, draft=draft)
        target = self._tools.target(self._studio.document, Scene.kind)
        self._studio.change_content(target, changed, text, merge_key)

    def choose(self, *ids: int) -> None:
        """Selects these items and nothing else."""
        self._ids, self.joint = ids, None

    # ---- what can be done with what is selected ----

    def add(self, thing: Thing, name: str = "") -> None:
        """A new thing on the ground where there is room, selected; the scene is in hand from then on."""
        self._tools.set_layer(Scene.kind)
        stage, number = edits.placed(self.stage, thing, self._free_place(), name)
        self.set_stage(stage, _tr("Add {thing}").format(thing=stage[number].name.lower()))
        self.choose(number)

    def duplicate(self) -> None:
        stage, new = edits.duplicated(self.stage, self.selected)
        if new:
            self.set_stage(stage, _tr("Duplicate"))
            self.choose(*new)

    def remove(self) -> None:
        self.set_stage(edits.removed(self.stage, self.selected), _tr("Remove from the scene"))
        self.joint = None

    def mirror(self) -> None:
        """A figure's left and right change places where it stands; anything else is reflected across."""
        figure = self.figure
        if figure is not None:
            self.set_stage(posing.flipped(self.stage, figure.id), _tr("Mirror the figure"))
        else:
            self.set_stage(edits.mirrored(self.stage, self.selected), _tr("Mirror"))

    def ground_selected(self) -> None:
        self.set_stage(edits.grounded(self.stage, self.selected), _tr("Put on the ground"))

    def lock(self, on: bool) -> None:
        text = _tr("Lock") if on else _tr("Unlock")
        self.set_stage(edits.locked(self.stage, self.selected, on), text)

    def pose_as(self, name: str) -> None:
        figure = self.figure
        if figure is not None:
            self.set_stage(posing.posed_as(self.stage, figure.id, name), _tr("Pose the figure"))

    def toggle_joint(self) -> None:
        figure = self.figure
        if figure is not None and self.joint is not None:
            assert isinstance(figure.thing, Mannequin)
            hide = self.joint not in figure.thing.hidden
            text = _tr("Hide or show {joint}").format(joint=joint_name(self.joint))
            self.set_stage(posing.hidden(self.stage, figure.id, self.joint, hide), text)

    def frame_selected(self) -> None:
        """Brings what is selected, or everything, into the middle of the picture."""
        stage = self.stage
        camera = viewing.framed(stage, self.selected or None, self._aspect)
        self.set_stage(replace(stage, camera=camera), _tr("Move the camera"))

    def look_from(self, preset: str) -> None:
        stage = self.stage
        camera = viewing.preset(stage, preset, self._aspect)
        self.set_stage(replace(stage, camera=camera), _tr("Move the camera"))

    def set_lens(self, fov: float | None) -> None:
        stage = self.stage
        camera = viewing.with_lens(stage.camera, fov)
        self.set_stage(replace(stage, camera=camera), _tr("Change the lens"))

    def set_ground(self, on: bool) -> None:
        stage = self.stage
        if stage.ground != on:
            self.set_stage(replace(stage, ground=on), _tr("Ground of the scene"))

    # ---- inside ----

    @property
    def _aspect(self) -> float:
        width, height = self.content.extent
        return width / height

    def _free_place(self) -> tuple[float, float, float]:
        """On the ground before the camera's target, beside what stands there."""
        stage = self.stage
        x, _, z = stage.camera.target
        boxes = [box for item in stage.visible if (box := item.bounds) is not None]
        for step in range(24):
            turn, far = step * 2.4, 0.28 * np.sqrt(step)
            here = x + far * np.cos(turn), z + far * np.sin(turn)
            taken = any(
                low[0] - 0.15 < here[0] < high[0] + 0.15
                and low[2] - 0.15 < here[1] < high[2] + 0.15
                for low, high in boxes
            )
            if not taken:
                return float(here[0]), 0.0, float(here[1])
        return float(x), 0.0, float(z)


def joint_name(joint: int) -> str:
    """For people to read: "right shoulder" (the figure's own right)."""
    return JOINTS[joint].replace("_", " ")


def _tr(text: str) -> str:
    return QCoreApplication.translate("SceneTool", text)
