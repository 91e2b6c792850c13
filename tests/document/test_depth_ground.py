"""What lies around the paint of a depth layer: background or unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio_app.app import sample_path
from studio_app.document.brushes import Brush
from studio_app.document.canvases import resized
from studio_app.document.contents.depth import Depth
from studio_app.document.document import Document, new_document, request_of
from studio_app.document.settings import Settings
from studio_app.document.store.documents import document_dict, load_document
from studio_app.document.strokes import Sample, Stroke
from tests.nodes import control_of, depth_of, with_contents

BLANK = new_document(Settings(prompt="a sword", width=64, height=64))


def painted(document: Document = BLANK, *, eraser: bool = False) -> Document:
    brush = Brush(size=20, hardness=0.2, value=0.8, eraser=eraser)
    stroke = Stroke(document, "depth", brush)
    return stroke.extend(document, Sample(32, 32))[0]


def test_the_first_stroke_stands_on_background():
    (control,) = request_of(painted()).controls
    assert control.known is None
    assert control.pixels[32, 32] == pytest.approx(0.8)
    assert not control.pixels[:8].any()


def test_a_soft_edge_falls_off_to_the_background_as_it_looks():
    (control,) = request_of(painted()).controls
    row = control.pixels[32, 32:48]
    assert (np.diff(row) <= 0).all()
    assert ((row > 0.1) & (row < 0.7)).any()


def test_unknown_says_nothing_of_what_is_not_painted():
    document = painted()
    document = with_contents(document, replace(depth_of(document), around="unknown"))
    (control,) = request_of(document).controls
    assert control.known is not None
    assert not control.known[:8].any()
    assert control.pixels[32, 40] == pytest.approx(0.8)


@pytest.mark.parametrize("around", ["background", "unknown"])
def test_an_untouched_layer_is_no_control_whatever_lies_around(around):
    document = with_contents(BLANK, replace(depth_of(BLANK), around=around))
    assert request_of(document).controls == ()


def test_erasing_it_all_is_as_if_nothing_had_been_painted():
    assert request_of(painted(painted(), eraser=True)).controls
    wide = Brush(size=90, hardness=1, eraser=True)
    document = painted()
    stroke = Stroke(document, "depth", wide)
    document, _ = stroke.extend(document, Sample(32, 32))
    assert request_of(document).controls == ()
    assert depth_of(document).around == "background"


@pytest.mark.parametrize("around", ["background", "unknown"])
def test_another_size_keeps_what_lies_around(around):
    document = painted()
    document = with_contents(document, replace(depth_of(document), around=around))
    larger = resized(document, 128, 96)
    assert depth_of(larger).around == around
    assert (request_of(larger).controls[0].known is None) == (around == "background")


@pytest.mark.parametrize("around", ["background", "unknown"])
def test_what_a_layer_says_makes_a_layer_that_says_it(around):
    layer = replace(depth_of(painted()), around=around)
    again = Depth.that_says(*layer.said())
    assert again.around == around
    assert control_of(again).digest == control_of(layer).digest
    assert (again.known.whole == 0).any()


def test_background_everywhere_is_something_that_was_said():
    nothing = np.zeros((8, 8), np.float32)
    again = Depth.that_says(nothing, None)
    assert not again.untouched
    assert control_of(again).known is None


def test_it_survives_the_file_and_older_files_meant_unknown(tmp_path: Path):
    path = tmp_path / "document.json"
    for around in ("background", "unknown"):
        document = with_contents(painted(), replace(depth_of(painted()), around=around))
        path.write_text(json.dumps(document_dict(document)))
        assert depth_of(load_document(path)).around == around
    value = document_dict(painted())
    for old in (None, "elsewhere", ["background"]):
        if old is None:
            del value["stack"][2]["content"]["around"]
        else:
            value["stack"][2]["content"]["around"] = old
        path.write_text(json.dumps(value))
        assert depth_of(load_document(path)).around == "unknown"


def test_the_sample_stands_on_background():
    path = sample_path()
    assert path is not None
    assert depth_of(load_document(path)).around == "background"


def test_paint_everywhere_is_known_everywhere():
    full = Depth.of(np.full((8, 8), 0.5, np.float32), np.full((8, 8), 255, np.uint8))
    for around in ("background", "unknown"):
        assert control_of(replace(full, around=around)).known is None
