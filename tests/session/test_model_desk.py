"""What is chosen for a model is kept and followed, however soon the next choice comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio_app.core import settings as settings_module
from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import Progress, quiet
from studio_app.core.fittings import Fitting, fitting_key
from studio_app.core.settings import (
    Settings,
    fitting_of,
    load_settings,
    save_settings,
    settings_path,
)
from studio_app.session.io_worker import IoWorker
from studio_app.session.model_desk import ModelDesk
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from tests.session.conftest import CountedEngine

INK, SKY = Path("/models/ink"), Path("/models/sky")
LCM, TURBO = Fitting(few_step="LCM"), Fitting(few_step="Turbo")


class SlowReader:
    """Of models; says of each what was chosen for it when it began, and ends when it may."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.may_end.set()
        self.begun = 0

    def __call__(self, path: Path) -> Any:
        self.begun += 1
        seen = fitting_of(path)
        assert self.may_end.wait(20)
        return seen


@pytest.fixture
def threads(qtbot: Any) -> Iterator[tuple[IoWorker, IoWorker]]:
    """The reader, and the saver."""
    made = IoWorker("underpaint-test-reader"), IoWorker("underpaint-test-saver")
    for thread in made:
        thread.start()
    yield made
    for thread in made:
        thread.finish()
    assert all(thread.wait(20_000) for thread in made)


@pytest.fixture
def read() -> SlowReader:
    return SlowReader()


@pytest.fixture
def desk(own_home: Path, threads: tuple[IoWorker, IoWorker], read: SlowReader) -> ModelDesk:
    return ModelDesk(*threads, read)


def test_what_is_known_of_a_model_is_shown_until_it_is_read_again(
    qtbot: Any, desk: ModelDesk, read: SlowReader
):
    desk.look_at(INK)
    qtbot.waitUntil(lambda: desk.look_at(INK) == Fitting())
    read.may_end.clear()
    with qtbot.waitSignal(desk.fitted):
        desk.fit(INK, LCM)
    assert desk.look_at(INK) == Fitting()
    read.may_end.set()
    qtbot.waitUntil(lambda: desk.look_at(INK) == LCM)


def test_of_two_choices_the_second_is_read_though_the_first_is_being_read(
    qtbot: Any, desk: ModelDesk, read: SlowReader
):
    read.may_end.clear()
    desk.fit(INK, LCM)
    qtbot.waitUntil(lambda: read.begun == 1)
    with qtbot.waitSignal(desk.fitted):
        desk.fit(INK, TURBO)
    read.may_end.set()
    qtbot.waitUntil(lambda: desk.look_at(INK) == TURBO)


def test_what_is_chosen_before_the_settings_are_read_is_not_lost_by_that(
    qtbot: Any, desk: ModelDesk, threads: tuple[IoWorker, IoWorker]
):
    save_settings(Settings(fittings={fitting_key(SKY): TURBO}))
    gate = threading.Event()
    threads[1].submit(lambda: gate.wait(20))  # nothing is written before the settings are read
    desk.fit(INK, LCM)
    with qtbot.waitSignal(desk.defaults_changed):
        desk.begin()
    gate.set()
    assert (desk.fitting_for(INK), desk.fitting_for(SKY)) == (LCM, TURBO)
    qtbot.waitUntil(lambda: fitting_of(INK) == LCM)


def test_what_another_window_has_chosen_meanwhile_is_not_written_over(qtbot: Any, desk: ModelDesk):
    save_settings(Settings(fittings={fitting_key(SKY): TURBO}, preset_models={"ink": "sky"}))
    desk.fit(INK, LCM)
    desk.set_default("gouache", "ink")
    qtbot.waitUntil(lambda: len(load_settings().preset_models) == 2)
    assert (fitting_of(INK), fitting_of(SKY)) == (LCM, TURBO)
    desk.fit(INK, Fitting())
    desk.set_default("gouache", "")
    qtbot.waitUntil(lambda: load_settings().preset_models == {"ink": "sky"})
    assert list(load_settings().fittings) == [fitting_key(SKY)]


def test_a_choice_wipes_no_settings_that_can_not_be_read(qtbot: Any, desk: ModelDesk):
    save_settings(Settings(model_folders=("/art",), device="cpu", fittings={"/sky": TURBO}))
    with qtbot.waitSignal(desk.defaults_changed):
        desk.begin()
    text = settings_path().read_text().replace("}\n", ",}\n")  # a hand edits it, and leaves a comma
    settings_path().write_text(text)
    said: list[Notice] = []
    desk.message.connect(said.append)
    with qtbot.waitSignal(desk.fitted):
        desk.fit(INK, LCM)
    aside = settings_path().with_name("settings.broken-1.json")
    assert aside.read_text() == text
    assert [str(aside) in each.detail for each in said] == [True]
    assert load_settings() == Settings(
        model_folders=("/art",), device="cpu", fittings={"/sky": TURBO, fitting_key(INK): LCM}
    )


def test_two_windows_keep_each_others_choices(
    qtbot: Any, desk: ModelDesk, read: SlowReader, monkeypatch: pytest.MonkeyPatch
):
    write, writing = settings_module.write_text_atomic, threading.Event()

    def slowly(*values: Any) -> None:
        writing.set()
        time.sleep(0.2)
        write(*values)

    monkeypatch.setattr(settings_module, "write_text_atomic", slowly)
    reader, saver = IoWorker("underpaint-other-reader"), IoWorker("underpaint-other-saver")
    for thread in (reader, saver):
        thread.start()
    other = ModelDesk(reader, saver, read)
    desk.fit(INK, LCM)
    assert writing.wait(20)
    other.fit(SKY, TURBO)
    for thread in (reader, saver):
        thread.finish()
    assert reader.wait(20_000) and saver.wait(20_000)
    qtbot.waitUntil(lambda: fitting_of(INK) == LCM)
    assert fitting_of(SKY) == TURBO


class GatedEngine(CountedEngine):
    """Its loads wait in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()

    def load(self, model: str, progress: Progress = quiet) -> Capabilities:
        self.loads.append(model)
        assert self.may_go_on.wait(20)
        return self.engine.load(model, progress)


def test_what_is_chosen_for_a_model_while_it_is_loaded_is_followed(
    qtbot: Any, make_studio: Callable[..., Studio], tiny_model: Path, own_home: Path
):
    engine = GatedEngine()
    studio = make_studio(live=False, start=False, make_engine=lambda: engine)
    studio.set_live(False)
    studio.start()
    qtbot.waitUntil(lambda: len(engine.loads) == 1)
    for chosen in (LCM, TURBO):
        with qtbot.waitSignal(studio.models.fitted):
            studio.models.fit(tiny_model, chosen)
    with qtbot.waitSignal(studio.model_changed):
        engine.may_go_on.set()
    assert len(engine.loads) == 2  # the first is let go of, since it may not have seen the choice
