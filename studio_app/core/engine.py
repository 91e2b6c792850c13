"""The engine as all rooms know it: requests in, frames out. A thread drives one today, a process could tomorrow.

The real one is `engine.engine.DiffusionEngine`, made by `engine.factory`. It belongs to one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest

Wanted = FrameKind | Literal["drafts"]
"""Frames that a run is to make; "drafts": the denoised ones of steps before the last come as drafts."""
ALL_FRAMES: tuple[Wanted, ...] = ("noisy", "denoised", "final")
LIVE_FRAMES: tuple[Wanted, ...] = (*ALL_FRAMES, "drafts")
"""For who watches a picture come: what the next step replaces need not be fine."""


Progress = Callable[[str, float], None]
"""(what is being read, how much of all is, 0..1). It may raise, which ends the load: see `LoadStopped`."""


class LoadStopped(StudioError):
    """Somebody wants no more of a load; nothing has failed."""


def quiet(what: str, share: float) -> None:
    """The `Progress` of a load that nobody watches."""


def never() -> bool:
    """The `cancelled` of a run that nobody stops."""
    return False


class Engine(Protocol):
    """Every method may raise StudioError for what a user can mend, and anything else for a fault."""

    @property
    def device_name(self) -> str:
        """Where it computes, in words: "cuda (NVIDIA ...), bfloat16"."""
        ...

    @property
    def times(self) -> Mapping[str, float]:
        """Milliseconds that the newest run spent on "text" and "control"; 0 where they were known."""
        ...

    def load(self, model: str, progress: Progress = quiet) -> Capabilities:
        """Makes `model` (a name or a path) the loaded one; if it is, it follows what was chosen for it since.

        StudioError where it is missing, damaged, refused or does not fit; the old one then stays, or is loaded again
        where both did not fit. So it is where `progress` raises.
        """
        ...

    def unload(self) -> None:
        """Forgets the model and everything computed with it."""
        ...

    def run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool] = never,
        wanted: Collection[Wanted] = ALL_FRAMES,
    ) -> Generator[Frame, None, None]:
        """The frames of a request: per step a noisy and a denoised one, and at last the final one.

        cancelled: asked before every step but the first, so that even a run that is overtaken at once
        shows its first x_0; a cancelled run just ends, without a final frame. wanted: the kinds to make;
        an unwanted denoised frame saves a decode. A "draft", of the last step only, is made by the model's
        smaller decoder where it has one: for a picture that is soon replaced; "drafts" are those of the steps before
        it, in place of their denoised frames. StudioError where the
        model can't do what is asked, on NaN, and when the device's memory is full.
        """
        ...

    def tune(self, cancelled: Callable[[], bool] = never) -> bool:
        """Makes something quicker that was done often lately; whether there was anything. The pictures stay
        the same, bit for bit. Takes up to a second, or until `cancelled`: for when nobody waits."""
        ...

    def decode(self, request: GenerationRequest, latent: NDArray[Any]) -> NDArray[np.uint8]:
        """uint8 [H, W, 4] BGRA, read-only: an x_0 [C, h, w] of one of this request's steps, as its denoised frame is.

        StudioError where another model made it.
        """
        ...

    def load_maps(self, model: str) -> None:
        """Makes `model` the loaded one with its decoder of maps. StudioError where it has none."""
        ...

    def decode_maps(self, request: GenerationRequest, latent: NDArray[Any]) -> Maps:
        """Matte, depth and surface of an x_0 [C, h, w] of one of this request's steps; they tile as it does.

        StudioError where another model made it, or the model has no decoder of maps.
        """
        ...

    def read_maps(self, model: str, rgb: NDArray[np.uint8]) -> Maps:
        """Matte, depth and surface as `model`, which has to be the loaded one, sees them in a picture from anywhere:
        uint8 [H, W, 3] of a size that it draws. StudioError as of `decode_maps`.
        """
        ...

    def notes(self, request: GenerationRequest) -> list[str]:
        """What this model will do otherwise than the request may hope, one sentence each; loads it."""
        ...

    def signal_shares(self) -> list[float]:
        """abar by timestep of the loaded model: x_t's share of signal power; 1 - abar is the noise's."""
        ...


ModelReader = Callable[[Path], Capabilities]
"""What a model in a folder or a file can do, by its headers and configs, without loading it. StudioError where it can't
be drawn with, which says why."""

EngineFactory = Callable[[], Engine]
