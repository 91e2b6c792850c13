"""The ground of the depth layer through the Studio: chosen, undone, kept, brought back."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.document import request_of
from studio_app.session.studio import Studio
from tests.nodes import depth_of, set_around
from tests.session.conftest import stroke


def request(studio: Studio):
    return request_of(studio.document)


def test_the_choice_is_undone_and_redone(studio: Studio):
    studio.set_setting("prompt", "a sword")
    stroke(studio)
    count = studio.undo_stack.count()
    assert request(studio).controls[0].known is None
    set_around(studio, "unknown")
    assert request(studio).controls[0].known is not None
    set_around(studio, "unknown")
    assert studio.undo_stack.count() == count + 1
    studio.undo_stack.undo()
    assert depth_of(studio.document).around == "background"
    studio.undo_stack.redo()
    assert depth_of(studio.document).around == "unknown"


def test_clearing_keeps_the_choice(studio: Studio):
    stroke(studio)
    set_around(studio, "unknown")
    studio.clear_layer("depth")
    assert depth_of(studio.document).around == "unknown"
    stroke(studio)
    studio.clear_document()
    assert depth_of(studio.document).around == "unknown"
    assert depth_of(studio.document).untouched


@pytest.mark.parametrize("around", ["background", "unknown"])
def test_a_recipe_brings_it_back(studio: Studio, around):
    studio.set_setting("prompt", "a sword")
    stroke(studio)
    set_around(studio, around)
    made = request(studio)
    studio.clear_document()
    set_around(studio, "unknown" if around == "background" else "background")
    studio.restore(made)
    assert depth_of(studio.document).around == around
    assert np.array_equal(request(studio).controls[0].pixels, made.controls[0].pixels)
    assert request(studio).digest == made.digest
