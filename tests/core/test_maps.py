"""The maps of a picture: whole, frozen, and of one size."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from studio_app.core.maps import Maps


def made(**changes: Any) -> Maps:
    """Of float64 planes: it is the value that makes them float32."""
    planes: dict[str, Any] = {
        name: np.zeros((4, 6)) for name in ("alpha", "depth", "roughness", "metallic")
    }
    coloured: dict[str, Any] = {name: np.ones((4, 6, 3)) for name in ("normal", "albedo")}
    return Maps(**(planes | coloured | changes))


def test_they_are_read_only_float32_even_after_a_pickle():
    for maps in (made(), pickle.loads(pickle.dumps(made()))):
        assert maps.depth.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            maps.albedo[0, 0] = 0


def test_a_view_of_another_buffer_is_copied():
    buffer = np.zeros((2, 4, 6), np.float32)
    maps = made(depth=buffer[0])
    buffer[:] = 1
    assert maps.depth.max() == 0


@pytest.mark.parametrize("changes", [{"depth": np.zeros((4, 5))}, {"normal": np.zeros((4, 6))}])
def test_they_have_one_size(changes: dict[str, np.ndarray]):
    with pytest.raises(ValueError, match="must be"):
        made(**changes)
