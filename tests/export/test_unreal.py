"""What the import script for Unreal makes of each map: as many channels and bits as it has, in its own light."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.export.making import Shot, make_asset
from studio_app.export.origin import Origin
from studio_app.export.pieces import MAPS, ONE_CHANNEL
from studio_app.export.plan import make_plan
from studio_app.export.settings import ExportSettings
from studio_app.export.transaction import carry_out
from tests.export.conftest import Open, Unreal
from tests.fake_pictures import SIDE, maps_of

PIXELS = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8)


def imported(project: Open, unreal: Unreal, request: Any, **chosen: Any) -> dict[str, Any]:
    """name -> properties of the textures that the editor has after an export of that picture."""
    opened = project("unreal")
    shot = Shot(PIXELS, Origin(request), maps_of(np.ones((SIDE, SIDE), np.float32)))
    settings = ExportSettings(name="wall", **chosen)
    plan = make_plan(make_asset(settings, [shot], opened.target.wants), opened, settings.place())
    carry_out(plan)
    script = next(change.path for change in plan.changes if change.path.suffix == ".py")
    unreal.run(opened.root / script)
    return {path.rsplit("/", 1)[1]: values for path, values in unreal.assets.items()}


def request(kind: Any = "scene", *controls: Control) -> GenerationRequest:
    return GenerationRequest("a wall", width=SIDE, height=SIDE, kind=kind, controls=controls)


@pytest.mark.parametrize("bits", [8, 16])
def test_only_maps_of_one_channel_are_grey(project: Open, unreal: Unreal, bits: int):
    found = imported(project, unreal, request("texture"), kind="texture", bits=bits, maps=MAPS)
    suffixes = project("unreal").target.suffixes
    for role in MAPS:
        how = found[f"T_Wall{suffixes[role]}"]["compression_settings"]
        deep = bits == 16 or role == "height"
        if role == "normal":
            assert how == "TC_NORMALMAP"
        elif role in ONE_CHANNEL and deep:
            assert how == "TC_GRAYSCALE", role
        else:
            assert how == ("TC_DEFAULT" if role == "colour" else "TC_MASKS"), role
        assert found[f"T_Wall{suffixes[role]}"]["srgb"] == (role == "colour")


@pytest.mark.parametrize("grid", [0, 8])
def test_floats_are_linear_light_in_all_channels(project: Open, unreal: Unreal, grid: int):
    (found,) = imported(project, unreal, request(), format="exr", grid=grid, scale=2).values()
    assert (found["compression_settings"], found["srgb"]) == ("TC_HDR", False)


def test_a_picture_of_sixteen_bits_has_its_colours(project: Open, unreal: Unreal):
    (found,) = imported(project, unreal, request(), bits=16).values()
    assert (found["compression_settings"], found["srgb"]) == ("TC_DEFAULT", True)


def test_both_files_of_a_depth_are_assets_of_their_own(project: Open, unreal: Unreal):
    depth = Control("depth", np.full((SIDE, SIDE), 0.5, np.float32))
    found = imported(project, unreal, request("scene", depth), kind="control")
    assert {name: values["compression_settings"] for name, values in found.items()} == {
        "T_Wall_Depth": "TC_GRAYSCALE",
        "T_Wall_Depth_EXR": "TC_HDR",
    }
