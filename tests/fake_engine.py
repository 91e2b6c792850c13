"""An engine without networks, which goes wrong where it is told to. Everything that works is tested with the real
one on a tiny model; this is for faults, and for counting what is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.capabilities import Capabilities, Range
from studio_app.core.engine import ALL_FRAMES, Engine, Progress, Wanted, never, quiet
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest

CAN = Capabilities(
    samplers=("consistency", "lcm", "ddim"),
    controls=("depth", "pose"),
    sizes=((64, 64),),
    guidance=Range(1, 9, 3),
    steps={"consistency": Range(1, 8, 4), "lcm": Range(1, 8, 4), "ddim": Range(1, 100, 20)},
    negative="shifted",
    target_time=True,
    native=True,
    kinds=("scene", "character", "isolated", "texture"),
    maps=True,
)


class FakeEngine(Engine):
    """faults: by name of a method or property, what it raises, or a function that is called instead of it.
    calls: the names in the order of the calls. requests, wanted: of the runs."""

    def __init__(self, can: Capabilities = CAN) -> None:
        self.can = can
        self.faults: dict[str, BaseException | Callable[[], Any]] = {}
        self.calls: list[str] = []
        self.requests: list[GenerationRequest] = []
        self.wanted: list[tuple[Wanted, ...]] = []
        self.at_frame: Callable[[int], None] = lambda count: None
        """Called before each frame of a run with the number of those before it."""

    def _answer(self, name: str, usual: Callable[[], Any]) -> Any:
        self.calls.append(name)
        fault = self.faults.get(name)
        if isinstance(fault, BaseException):
            raise fault
        return usual() if fault is None else fault()

    @property
    def device_name(self) -> str:
        return self._answer("device_name", lambda: "nowhere, float32")

    @property
    def times(self) -> Mapping[str, float]:
        return self._answer("times", lambda: {"text": 0.0, "control": 0.0})

    def load(self, model: str, progress: Progress = quiet) -> Capabilities:
        return self._answer("load", lambda: self.can)

    def unload(self) -> None:
        self._answer("unload", lambda: None)

    def run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool] = never,
        wanted: Collection[Wanted] = ALL_FRAMES,
    ) -> Generator[Frame, None, None]:
        self.requests.append(request)
        self.wanted.append(tuple(wanted))
        return self._answer("run", lambda: self._frames(request, cancelled, wanted))

    def _frames(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool],
        wanted: Collection[Wanted],
    ) -> Generator[Frame, None, None]:
        count = 0
        for i in range(request.steps):
            if i > 0 and cancelled():
                return
            kinds: list[FrameKind] = ["noisy", "draft" if "drafts" in wanted else "denoised"]
            if i + 1 == request.steps:
                kinds = ["noisy", "draft", "denoised", "final"]
            for kind in kinds:
                if kind in wanted or (kind == "draft" and i + 1 < request.steps):
                    self.at_frame(count)
                    yield frame(request, i, kind)
                    count += 1

    def tune(self, cancelled: Callable[[], bool] = never) -> bool:
        return self._answer("tune", lambda: False)

    def decode(self, request: GenerationRequest, latent: NDArray[Any]) -> NDArray[np.uint8]:
        return self._answer("decode", lambda: frame(request, 0, "denoised").pixels)

    def load_maps(self, model: str) -> None:
        self._answer("load_maps", lambda: None)

    def decode_maps(self, request: GenerationRequest, latent: NDArray[Any]) -> Maps:
        return self._answer("decode_maps", lambda: flat_maps(request.height, request.width))

    def read_maps(self, model: str, rgb: NDArray[np.uint8]) -> Maps:
        return self._answer("read_maps", lambda: flat_maps(*rgb.shape[:2]))

    def notes(self, request: GenerationRequest) -> list[str]:
        return self._answer("notes", list[str])

    def signal_shares(self) -> list[float]:
        return self._answer("signal_shares", lambda: [1 - t / 999 for t in range(1000)])


def frame(request: GenerationRequest, i: int, kind: FrameKind) -> Frame:
    """Of step i (0-based): one grey, another for each step."""
    pixels = np.full((request.height, request.width, 4), 10 * i + 50, np.uint8)
    latent = np.full((4, request.height // 8, request.width // 8), i, np.float32)
    t = 999 - 999 * i // request.steps
    return Frame(request.digest, i + 1, request.steps, t, kind, pixels, latent)


def flat_maps(height: int, width: int) -> Maps:
    plane = np.zeros((height, width), np.float32)
    cube = np.zeros((height, width, 3), np.float32)
    return Maps(plane, plane, cube, cube, plane, plane)
