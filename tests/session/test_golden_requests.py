"""What a drawing asks of a model, to the bit: digests that were written down once and hold from then on.

A digest may only change on purpose: whoever changes what a drawing means says so here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.document import request_of
from studio_app.document.people import standing_person
from studio_app.document.store.documents import load_document, read_document
from studio_app.document.strokes import Sample
from studio_app.session.studio import Studio
from tests.nodes import pose_of, set_around, set_people

DATA = Path(__file__).resolve().parents[1] / "data"
SIDE = 96


def pen(studio: Studio, kind: Any, *points: tuple[float, ...], **brush: Any) -> None:
    studio.begin_stroke(kind, Brush(**brush), Sample(*points[0]))
    for point in points:
        studio.stroke_to(Sample(*point))
    studio.end_stroke()


def depth(studio: Studio) -> None:
    pen(studio, "depth", (20, 20), (40, 60, 0.6), (70, 66), size=24, value=0.8, hardness=0.3)
    pen(studio, "depth", (60, 20), (64, 80), size=14, value=0.35, opacity=0.6)
    pen(studio, "depth", (30, 44), (50, 44), size=8, hardness=0.9, eraser=True)


def pose(studio: Studio) -> None:
    people = standing_person(SIDE, SIDE, 30), standing_person(SIDE, SIDE, 66).moved(4, 80.5, 20.25)
    set_people(studio, people, "Add people")


def colour(studio: Studio) -> None:
    pen(studio, "colour", (10, 10), (80, 30), (20, 80), size=30, colour=(200, 40, 10))
    pen(studio, "colour", (70, 80), (20, 30), size=18, colour=(10, 90, 220), opacity=0.5)
    pen(studio, "colour", (48, 10), (48, 50), size=6, eraser=True)


def mask(studio: Studio) -> None:
    pen(studio, "mask", (20, 70), (70, 70), size=26, hardness=0.2)


def unknown(studio: Studio) -> None:
    set_around(studio, "unknown")


def everything(studio: Studio) -> None:
    for draw in (depth, pose, colour, mask):
        draw(studio)


def hidden(studio: Studio) -> None:
    everything(studio)
    studio.set_layer("depth", visible=False)
    studio.set_layer("mask", visible=False)


def see_through(studio: Studio) -> None:
    everything(studio)
    for kind in ("depth", "colour", "mask", "pose"):
        studio.set_layer(kind, shown=0.3)


def acting(studio: Studio) -> None:
    everything(studio)
    studio.set_acting("depth", {"strength": 1.4})
    studio.set_acting("pose", {"start": 0.25, "end": 0.5})


def silent(studio: Studio) -> None:
    everything(studio)
    studio.set_acting("pose", {"strength": 0.0})


def larger(studio: Studio) -> None:
    everything(studio)
    studio.set_size(160, 128)


def smaller(studio: Studio) -> None:
    unknown(studio)
    everything(studio)
    studio.set_size(64, 96)


def put(studio: Studio) -> None:
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (40, 56, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[:20, :20] = 0
    for kind in ("colour", "depth", "mask"):
        studio.put_pixels(kind, pixels, "Paste")


def undone(studio: Studio) -> None:
    everything(studio)
    for _ in range(7):
        studio.undo_stack.undo()
    for _ in range(4):
        studio.undo_stack.redo()


def restored(studio: Studio) -> None:
    acting(studio)
    made = request_of(studio.document)
    studio.clear_document()
    studio.set_acting("depth", {"strength": 0.5})
    studio.set_setting("seed", 99)
    studio.restore(made, pose_of(studio.document).people)


def restored_unknown(studio: Studio) -> None:
    unknown(studio)
    depth(studio)
    pose(studio)
    made = request_of(studio.document)
    studio.clear_document()
    set_around(studio, "background")
    studio.restore(made)


def large(studio: Studio) -> None:
    """More than a tile: strokes that cross its edges."""
    studio.set_size(512, 384)
    pen(studio, "depth", (200, 200), (300, 300), (260, 100), size=90, value=0.9)
    pen(studio, "colour", (250, 10), (262, 370), size=40, colour=(1, 200, 100))
    pen(studio, "mask", (20, 256), (500, 256), size=30)


def unknown_depth(studio: Studio) -> None:
    unknown(studio)
    depth(studio)


def mask_colour(studio: Studio) -> None:
    colour(studio)
    mask(studio)


DRAWN: tuple[tuple[Callable[[Studio], None], str], ...] = (
    (depth, "7cef50f1095f8880a6f4058d392c713b"),
    (unknown_depth, "7a065448da9148c8cd097fb4b45abd1d"),
    (pose, "941bdf90349a095e4038a5a2f6bda64b"),
    (colour, "c9d8bec8a909e1e28decad2a808f54ae"),
    (mask_colour, "7a579cce1e27e3137c2c27d801ed1323"),
    (everything, "4c815e7ff421cd0fde51379db4c8f43f"),
    (hidden, "ab919f24315a51c47585063ac160b5f4"),
    (see_through, "4c815e7ff421cd0fde51379db4c8f43f"),
    (acting, "c93ebb0203c16e7c7919a66173181aeb"),
    (silent, "1feedb9da19bb2855da9a3e6b0a68fc2"),
    (larger, "8f26199cb17d5bdbaca09c434b307301"),
    (smaller, "069401f085409062dd0644db8a8d763c"),
    (put, "ca5a49d5a25e7a32999b88f10936a29b"),
    (undone, "5afdb2e59094be80397348c28fe7e81d"),
    (restored, "64c1e3a478246328116985385b8667d1"),
    (restored_unknown, "c22d129d8c8f8dc50be3bf5a96b9af61"),
    (large, "c0e997cd4bffea5e358835f03638529f"),
)


@pytest.mark.parametrize(("draw", "digest"), DRAWN, ids=lambda part: getattr(part, "__name__", ""))
def test_a_drawing_asks_for_what_it_always_did(
    qtbot: Any, draw: Callable[[Studio], None], digest: str
):
    studio = Studio(None)
    asked = {"prompt": "a knight by a gate", "seed": 11, "guidance_scale": 3.0}
    studio.set_settings({**asked, "width": SIDE, "height": SIDE})
    draw(studio)
    assert request_of(studio.document).digest == digest


def test_work_of_the_first_releases_asks_for_what_it_did():
    """Four layers, saved in one file and in a folder, by the program of then."""
    alone = load_document(DATA / "documents" / "four_layers.json")
    assert request_of(alone).digest == "c79a7d64652cfbdf9cab5f1725e23198"
    found = read_document(DATA / "documents" / "four_layers")
    assert found is not None
    assert request_of(found).digest == "ae286f4af5df792d368583512b2bf8ff"
