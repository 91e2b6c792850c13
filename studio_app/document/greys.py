"""How light a colour is, in one way and to the same bit on every machine: what a drawing asks for depends on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, as Pillow weighs them."""


def grey_of(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [h, w], 0..255, of uint8 [h, w, 3 or more]: what follows R, G and B is left out.

    Added one after the other: a product of matrices rounds as the machine's BLAS does, and processors differ in that.
    """
    weighed: NDArray[Any] = rgb[..., :3].astype(np.float32) * _WEIGHTS
    return weighed[..., 0] + weighed[..., 1] + weighed[..., 2]
