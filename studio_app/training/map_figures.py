"""How right a maps decoder is: figures over pictures whose maps the renderer knows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from studio_app.core.maps import Maps

COLUMNS = ("depth", "subject", "alpha", "normals", "albedo", "roughness", "metallic")
"""What of a shard tells what is right."""

Truth = Mapping[str, NDArray[np.uint8]]


class MapFigures:
    """Takes pictures one by one; a figure is the mean over those it concerns, and absent where there are none.

    ae_alpha_iou: of isolated assets, intersection over union of what is more than half covered. map_depth_rmse:
    of scene, character and isolated pictures, over all pixels, depth 0..1. map_normal_deg: of the same, mean angle
    between found and true normal on the subject, degrees. map_normal_deg_texture: of textures.
    map_albedo_rmse: of all, on the subject, 0..1 as a screen shows it.
    """

    def __init__(self) -> None:
        self._found: dict[str, list[float]] = {}

    def add(self, maps: Maps, kind: str, truth: Truth) -> None:
        """One picture; truth: its row of COLUMNS in a shard (`world.samples.Sample`)."""
        covered = truth["alpha"] > 127
        if kind == "isolated":
            mine = maps.alpha > 0.5
            self._note("ae_alpha_iou", (mine & covered).sum() / max((mine | covered).sum(), 1))
        if kind != "texture":
            error = maps.depth - truth["depth"].astype(np.float32) / 255
            self._note("map_depth_rmse", np.square(error).mean())
        on = (truth["subject"] > 127) & covered & truth["normals"].any(2)
        if not on.any():
            return
        normal = truth["normals"][on].astype(np.float64) / 127.5 - 1
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        angles = np.degrees(np.arccos(np.clip((normal * maps.normal[on]).sum(1), -1, 1)))
        texture = kind == "texture"
        self._note("map_normal_deg_texture" if texture else "map_normal_deg", angles.mean())
        albedo = truth["albedo"][on].astype(np.float32) / truth["alpha"][on][:, None]
        self._note("map_albedo_rmse", np.square(maps.albedo[on] - albedo.clip(0, 1)).mean())

    def figures(self) -> dict[str, float]:
        """By key, over everything added so far."""
        means = {key: float(np.mean(values)) for key, values in self._found.items()}
        return {k: float(np.sqrt(v)) if k.endswith("_rmse") else v for k, v in means.items()}

    def _note(self, key: str, value: float) -> None:
        self._found.setdefault(key, []).append(float(value))
