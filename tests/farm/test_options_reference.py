"""`--reference FILE`: a picture that the model looks at, in its own shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.farm.options import Options, build


def test_a_reference_keeps_its_shape_and_is_no_larger_than_one_on_the_canvas(tmp_path: Path):
    small = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(small).save(tmp_path / "small.png")
    Image.new("RGB", (3000, 1500)).save(tmp_path / "large.png")
    given = Options(prompt="a potion", reference="small.png", reference_strength=0.5)
    (control,) = build(given, tmp_path, []).request.controls
    assert control.kind == "reference" and control.strength == 0.5
    assert np.array_equal(control.pixels, small)
    large = Options(prompt="a potion", reference="large.png", control_end=0.5)
    (control,) = build(large, tmp_path, []).request.controls
    assert control.pixels.shape == (512, 1024, 3) and control.end == 0.5


def test_its_strength_alone_is_nothing(tmp_path: Path):
    with pytest.raises(StudioError, match="--reference-strength needs a reference"):
        build(Options(prompt="a potion", reference_strength=0.5), tmp_path, [])
