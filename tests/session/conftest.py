"""A studio on the tiny real model, counted, and with faults on request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import ALL_FRAMES, Engine, Progress, Wanted, never, quiet
from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import new_document
from studio_app.document.people import standing_person
from studio_app.document.results import RunRecord
from studio_app.document.settings import Settings
from studio_app.document.store.documents import document_dict
from studio_app.document.store.folder_reading import read_folder
from studio_app.document.strokes import Sample
from studio_app.session.editor import Editor
from studio_app.session.studio import Studio
from tests.export_bench import Bench
from tests.fake_engine import FakeEngine
from tests.fake_pictures import disc, maps_of
from tests.nodes import set_people
from tests.session.contents import SIZE


class CountedEngine(Engine):
    """The real engine; remembers what it was asked for, and may be told to go wrong or to wait."""

    def __init__(self) -> None:
        from studio_app.engine.engine import DiffusionEngine

        self.engine = DiffusionEngine()
        self.requests: list[GenerationRequest] = []
        self.wanted: list[tuple[Wanted, ...]] = []
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

    def load(self, model: str, progress: Progress = quiet) -> Capabilities:
        self.loads.append(model)
        return self.engine.load(model, progress)

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

    def read_maps(self, model: str, rgb: NDArray[np.uint8]) -> Maps:
        self.maps += 1
        return self.engine.read_maps(model, rgb)

    def notes(self, request: GenerationRequest) -> list[str]:
        return self.engine.notes(request)

    def signal_shares(self) -> list[float]:
        return self.engine.signal_shares()

    def run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool] = never,
        wanted: Collection[Wanted] = ALL_FRAMES,
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
            with qtbot.waitSignal(studio.model_changed):
                studio.start()
        return studio

    yield make
    for studio in made:
        if not studio._closing:
            with qtbot.waitSignal(studio.closed):
                studio.close()
        qtbot.waitUntil(lambda studio=studio: not studio.stuck)


@pytest.fixture
def studio(make_studio: Callable[..., Studio]) -> Studio:
    """Live is off: nothing runs unless the test asks."""
    return make_studio(live=False)


def stroke(studio: Studio, layer: Any = "depth", brush: Brush | None = None) -> None:
    studio.begin_stroke(layer, brush or Brush(size=12), Sample(10, 10))
    for i in range(1, 8):
        studio.stroke_to(Sample(10 + 4 * i, 10 + 3 * i))
    studio.end_stroke()


@pytest.fixture
def close(qtbot: Any) -> Callable[[Studio], None]:
    """`close(studio)` as the window does."""

    def end(studio: Studio) -> None:
        with qtbot.waitSignal(studio.closed):
            studio.close()

    return end


@pytest.fixture
def work(qtbot: Any) -> Callable[[Studio], RunRecord]:
    """`work(studio)`: words, a person, a stroke and a picture of them, whose run it returns."""

    def make(studio: Studio) -> RunRecord:
        studio.set_setting("prompt", "a red potion")
        set_people(studio, (standing_person(64, 64),), "Add a person")
        stroke(studio, "colour", Brush(size=12, colour=(200, 0, 0)))
        with qtbot.waitSignal(studio.run_finished) as blocker:
            studio.generate_once()
        record: Any = blocker.args[0] if blocker.args else None
        return record

    return make


@pytest.fixture
def dab() -> Callable[[Studio, float], None]:
    """`dab(studio, x)`: a short stroke of depth at x."""

    def paint(studio: Studio, at: float) -> None:
        studio.begin_stroke("depth", Brush(size=12), Sample(at, 10))
        studio.stroke_to(Sample(at, 40))
        studio.end_stroke()

    return paint


@pytest.fixture
def is_saved() -> Callable[[Studio], bool]:
    """Whether what is on the disk is what is in the window; while a save is under way nobody can tell."""

    def look(studio: Studio) -> bool:
        folder = studio._autosaver.folder
        try:
            found = read_folder(folder).document if folder is not None else None
        except StudioError:
            return False
        return found is not None and document_dict(found) == document_dict(studio.document)

    return look


@pytest.fixture
def bench(qtbot: Any, tmp_path: Path) -> Iterator[Bench]:
    """A studio on an engine without networks, to export from."""
    engine = FakeEngine()
    engine.faults["decode_maps"] = lambda: maps_of(disc())
    studio = Studio(None, "fake", make_engine=lambda: engine)
    studio.set_live(False)
    with qtbot.waitSignal(studio.model_changed):
        studio.start()
    yield Bench(qtbot, studio, engine, tmp_path)
    with qtbot.waitSignal(studio.closed):
        studio.close()
    qtbot.waitUntil(lambda: not studio.stuck)


@pytest.fixture
def editor(qtbot: Any) -> Iterator[Editor]:
    """Colours are painted everywhere: a mask alone asks for nothing."""
    made = Editor(new_document(Settings(prompt="a gate", width=SIZE[0], height=SIZE[1])))
    ground = np.full((SIZE[1], SIZE[0], 4), 200, np.uint8)
    made.change_content("colour", CONTENTS["colour"].of_rgba(ground, *SIZE), "Ground")
    yield made
    made.stack.clear()  # its commands and the editor hold each other
