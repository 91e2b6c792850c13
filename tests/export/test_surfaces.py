"""Ids and normals of scenes, as the drawing has them when it is exported."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
from PIL import Image

from studio_app.core.request import GenerationRequest
from studio_app.document.contents.scene import Scene
from studio_app.document.document import Document, new_document, request_of
from studio_app.document.settings import Settings
from studio_app.export.control_maps import control_asset
from studio_app.export.making import Shot, make_asset
from studio_app.export.origin import Origin
from studio_app.export.pieces import Asset, Wants
from studio_app.export.settings import ExportSettings
from studio_app.export.surfaces import drawn_in, palette, surface_of_scenes
from studio_app.scene.stage.look import look
from studio_app.scene.stage.placement import Placement
from studio_app.scene.stage.stage import GROUND, Item, Stage
from studio_app.scene.stage.things import Solid
from tests.nodes import scene_of, with_contents, with_node

STAGE = Stage(
    items=(
        Item(3, "Chest", Solid.of("box"), Placement((0, 0.3, 0), size=(0.5, 0.5, 0.5))),
        Item(7, "Ball", Solid.of("sphere"), Placement((0.6, 0.3, 0), size=(0.3, 0.3, 0.3))),
    ),
    next_id=9,
)


def drawing(*, stage: Stage = STAGE, size: int = 96) -> Document:
    document = new_document(Settings(prompt="a chest", width=size, height=size))
    return with_contents(document, replace(scene_of(document), stage=stage))


def with_depth(document: Document) -> GenerationRequest:
    """Of a model that takes depth alone."""
    request = request_of(document)
    return replace(request, controls=tuple(c for c in request.controls if c.kind == "depth"))


def exported(document: Document) -> Asset:
    shot = Shot(np.zeros((96, 96, 3), np.uint8), Origin(with_depth(document)), document=document)
    return make_asset(ExportSettings(kind="control", name="chest"), [shot], Wants())


def test_ids_are_a_palette_picture_and_names():
    document = drawing()
    asset = exported(document)
    pieces = {(piece.role, piece.extension): piece for piece in asset.pieces}
    assert {role for role, _ in pieces} == {"depth", "normal", "ids"}
    seen = look(STAGE, (96, 96))
    with Image.open(io.BytesIO(pieces["ids", ".png"].data)) as image:
        assert image.mode == "P"
        ids = np.asarray(image)
        colours = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(ids, np.where(seen.ids == GROUND, 9, seen.ids))
    np.testing.assert_array_equal(colours, palette()[ids])
    names = json.loads(pieces["ids", ".json"].data)
    assert names == {"0": "Background", "3": "Chest", "7": "Ball", "9": "Ground"}
    assert {int(name) for name in names} == set(np.unique(ids).tolist()) | {0}
    assert exported(document) == asset  # to the last bit


def test_normals_have_green_up_and_nothing_faces_the_viewer():
    document = drawing()
    piece = next(piece for piece in exported(document).pieces if piece.role == "normal")
    assert (piece.normal_y, piece.srgb) == ("+", False)
    with Image.open(io.BytesIO(piece.data)) as image:
        shown = np.asarray(image)
    seen = look(STAGE, (96, 96))
    there = seen.ids != 0
    np.testing.assert_allclose(shown[there] / 127.5 - 1, seen.normals[there], atol=0.01)
    assert (shown[~there] == (128, 128, 255)).all()
    assert shown[there][:, 1].max() > 240  # tops and the ground look up


def test_what_is_hidden_says_nothing_and_the_frame_is_what_is_seen():
    document = drawing()
    hidden = with_node(document, "scene", visible=False)
    assert surface_of_scenes(hidden) is None
    framed = replace(document, frame=(48, 0, 48, 48))
    whole, part = surface_of_scenes(document), surface_of_scenes(framed)
    assert whole is not None and part is not None
    right = whole.ids[:48, 48:].repeat(2, 0).repeat(2, 1)
    np.testing.assert_array_equal(part.ids, right)


def test_two_scenes_keep_their_things_apart():
    document = drawing()
    over = replace(scene_of(document), stage=replace(STAGE, items=STAGE.items[1:], ground=False))
    assert isinstance(over, Scene)
    node = replace(document.blank_node("scene"), content=over)
    both = replace(document, stack=document.stack.added(node))
    surface = surface_of_scenes(both)
    assert surface is not None
    balls = {id for id, name in surface.names.items() if name == "Ball"}
    assert balls == {7, 16}
    assert not (surface.ids == 7).any()  # the same ball, before it
    assert (surface.ids == 16).any()


def test_only_the_drawing_that_it_was_made_from_is_asked():
    document = drawing()
    request = request_of(document)
    assert drawn_in(request, document)
    assert drawn_in(request, replace(document, settings=replace(document.settings, seed=5)))
    moved = replace(STAGE, items=STAGE.items[:1])
    assert not drawn_in(request, drawing(stage=moved))
    assert not drawn_in(GenerationRequest("a chest", width=96, height=96), document)
    assert not drawn_in(request, new_document(Settings(prompt="")))


def test_without_the_drawing_there_is_the_request_alone():
    request = with_depth(drawing())
    roles = {piece.role for piece in control_asset("chest", request).pieces}
    assert roles == {"depth"}
