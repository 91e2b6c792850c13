from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.regions import MAX_REGIONS, Region
from studio_app.core.request import GenerationRequest

MASK = np.zeros((64, 64), np.uint8)
MASK[:, :20] = 255


def test_regions_are_part_of_a_request_and_its_recipe():
    plain = GenerationRequest("a shelf", width=64, height=64)
    told = replace(plain, regions=(Region("a red potion", MASK),))
    assert told != plain and told.digest != plain.digest
    again = GenerationRequest.from_dict(json.loads(json.dumps(told.to_dict())))
    assert again == told and again.regions[0] == told.regions[0]
    assert pickle.loads(pickle.dumps(told)) == told
    assert "regions" not in plain.to_dict()


@pytest.mark.parametrize("words", ["", "  ", "x" * 2000, 7])
def test_a_region_has_words(words: object):
    with pytest.raises(StudioError):
        Region(words, MASK)  # pyright: ignore[reportArgumentType]


def test_regions_are_of_the_picture_s_size_and_not_too_many():
    with pytest.raises(StudioError, match="region"):
        GenerationRequest("a", width=96, height=64, regions=(Region("b", MASK),))
    many = tuple(Region(f"b {n}", MASK) for n in range(MAX_REGIONS + 1))
    with pytest.raises(StudioError, match="number of regions"):
        GenerationRequest("a", width=64, height=64, regions=many)
