"""What a graphics card fails with, and what is let go of then.

A card that is full has lost nothing: the picture that did not fit is given up, the model stays. One that fails in
another way answers nothing any more in this process, whatever it is asked.
"""

from __future__ import annotations

import ctypes
import traceback

import torch

from studio_app.core.errors import StudioError

_FULL = ("out of memory", "ALLOC_FAILED")
"""Of CUDA and of the libraries on it (cuBLAS, cuDNN), which ask for memory themselves."""


def is_full(error: BaseException) -> bool:
    """Whether a card had no memory left."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(mark in str(error) for mark in _FULL)


def is_lost(error: BaseException) -> bool:
    """Whether a card answers no more: it was unplugged, reset by its driver, or an operation on it went astray."""
    return isinstance(error, torch.AcceleratorError) and not is_full(error)


def let_go(error: BaseException) -> None:
    """Frees what the functions that an error went through still hold: as long as somebody keeps the error, all the
    tensors of a failed picture, or of a model half read, would stay in memory."""
    seen: BaseException | None = error
    while seen is not None:
        traceback.clear_frames(seen.__traceback__)
        seen = seen.__cause__ or seen.__context__


def leave(*parts: object) -> None:
    """Never frees these, not at the end of the process either: pinned memory and graphs ask their card when they go,
    and where a lost one fails, in a destructor, the process ends."""
    for part in parts:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(part))


def full() -> StudioError:
    return StudioError(
        "The graphics memory is full",
        "",
        "Choose a smaller size, take a control or a LoRA off, or close other programs.",
    )


def lost(error: BaseException) -> StudioError:
    said = str(error).strip().partition("\n")[0]
    return StudioError(
        "The graphics card answers no more",
        said[:200],
        "The processor draws from now on, more slowly. To use the card again, start the studio again.",
    )
