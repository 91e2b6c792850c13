"""One picture of a run on its way to the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FrameKind = Literal["noisy", "draft", "denoised", "final"]


@dataclass(frozen=True, eq=False)
class Frame:
    """What one step of one request looks like; immutable, so that any thread may hold it.

    request: digest of the GenerationRequest it belongs to.
    step, steps: this is step 1..steps; a final frame carries the last step.
    timestep: of the x_t that the step started from (999 = pure noise).
    kind: "noisy" = x_t, "denoised" = the x_0 prediction, "draft" = the same decoded in a hurry, "final" = the
        picture.
    pixels: uint8 [height, width, 4], Qt's fastest order B, G, R, A (ARGB32_Premultiplied on little-endian
        machines), premultiplied, C-contiguous and read-only.
    latent: float32 [C, h, w] of the model's behind the pixels, read-only: a noisy frame's is the start
        of a branch (`Start(frame.latent, frame.step - 1)`), a denoised one's is x_0.
    """

    request: str
    step: int
    steps: int
    timestep: int
    kind: FrameKind
    pixels: NDArray[np.uint8]
    latent: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        pixels = self.pixels
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
            raise ValueError(f"pixels must be uint8 [H, W, 4], not {pixels.dtype} {pixels.shape}")
        object.__setattr__(self, "pixels", _sealed(pixels))
        if self.latent is not None:
            object.__setattr__(self, "latent", _sealed(self.latent))

    def __setstate__(self, state: dict[str, Any]) -> None:
        # numpy gives a writable array back from a pickle: seal it again.
        self.__dict__.update(state)
        self.pixels.flags.writeable = False
        if self.latent is not None:
            self.latent.flags.writeable = False

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """uint8 [height, width, 3], R, G, B, as premultiplied as the pixels are (a view)."""
        return self.pixels[:, :, 2::-1]


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    sealed = np.ascontiguousarray(array)
    if sealed is array and array.flags.writeable and array.base is not None:
        sealed = array.copy()  # a view of somebody else's buffer could still change under us
    sealed.flags.writeable = False
    return sealed
