"""Makes the engine that is used. Whoever starts a studio or a command hands this on, so that they need not know
torch; the seconds of importing it are spent where it is called."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio_app.core.engine import Engine


def make_engine(*, compiling: bool = False) -> Engine:
    """On the best device there is; no model is open yet. Imports torch: seconds. compiling: as of `DiffusionEngine`."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from studio_app.engine.engine import DiffusionEngine

    return DiffusionEngine(compiling=compiling)


def threads() -> int:
    """How many threads share the sums of one picture here: its last bits depend on that. Imports torch."""
    import torch

    return torch.get_num_threads()


def use_threads(count: int) -> None:
    """Lets so many share them, in this process. Imports torch."""
    import torch

    torch.set_num_threads(count)
