"""A studio on the tiny real model, counted, and with faults on request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import ALL_FRAMES, Engine, never
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.document.strokes import Brush, Sample
from studio_app.session.studio import Studio


class CountedEngine(Engine):
    """The real engine; remembers what it was asked for, and may be told to go wrong or to wait."""

    def __init__(self) -> None:
        from studio_app.engine.engine import DiffusionEngine

        self.engine = DiffusionEngine()
        self.requests: list[GenerationRequest] = []
        self.wanted: list[tuple[FrameKind, ...]] = []
        self.loads: list[str] = []
        self.steps = 0
        self.maps = 0
        self.fault: Callable[[int], None] | None = None
        """Called with the number of frames so far, before each one of a run."""

    @property
    def device_name(self) -> str:
        return self.engine.device_name

    @property
    def times(self) -> Mapping[str, float]:
        return self.engine.times

    def load(self, model: str) -> Capabilities:
        self.loads.append(model)
        return self.engine.load(model)

    def unload(self) -> None:
        self.engine.unload()

    def tune(self, cancelled: Callable[[], bool] = never) -> bool:
        return self.engine.tune(cancelled)

    def decode(self, request: GenerationRequest, latent: NDArray[Any]) -> NDArray[np.uint8]:
        return self.engine.decode(request, latent)

    def load_maps(self, model: str) -> None:
        self.engine.load_maps(model)

    def decode_maps(self, request: GenerationRequest, latent: NDArray[Any]) -> Maps:
        self.maps += 1
        return self.engine.decode_maps(request, latent)

    def notes(self, request: GenerationRequest) -> list[str]:
        return self.engine.notes(request)

    def signal_shares(self) -> list[float]:
        return self.engine.signal_shares()

    def run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool] = never,
        wanted: Collection[FrameKind] = ALL_FRAMES,
    ) -> Generator[Frame, None, None]:
        self.requests.append(request)
        self.wanted.append(tuple(wanted))
        for i, frame in enumerate(self.engine.run(request, cancelled, wanted)):
            if self.fault is not None:
                self.fault(i)
            if frame.kind != "final":
                self.steps += frame.kind == "noisy"
            yield frame


@pytest.fixture
def engine() -> CountedEngine:
    return CountedEngine()


@pytest.fixture
def make_studio(
    qtbot: Any, tiny_model: Path, engine: CountedEngine
) -> Iterator[Callable[..., Studio]]:
    """`make_studio(home=None, live=True, **more)` -> a started studio whose model is open."""
    made: list[Studio] = []

    def make(
        home: Path | None = None, live: bool = True, start: bool = True, **more: Any
    ) -> Studio:
        more.setdefault("make_engine", lambda: engine)
        studio = Studio(home, more.pop("model", str(tiny_model)), **more)
        made.append(studio)
        if start:
            studio.set_live(live)
            with qtbot.waitSignal(studio.model_changed, timeout=60_000):
                studio.start()
        return studio

    yield make
    for studio in made:
        if not studio._closing:
            with qtbot.waitSignal(studio.closed, timeout=10_000):
                studio.close()
        qtbot.waitUntil(lambda studio=studio: not studio.stuck, timeout=20_000)


@pytest.fixture
def studio(make_studio: Callable[..., Studio]) -> Studio:
    """Live is off: nothing runs unless the test asks."""
    return make_studio(live=False)


def stroke(studio: Studio, layer: Any = "depth", brush: Brush | None = None) -> None:
    studio.begin_stroke(layer, brush or Brush(size=12), Sample(10, 10))
    for i in range(1, 8):
        studio.stroke_to(Sample(10 + 4 * i, 10 + 3 * i))
    studio.end_stroke()
