"""A model that is to be compiled is compiled while it is loaded, and draws on where it can't be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio_app.core.engine import LoadStopped
from studio_app.core.fittings import Fitting, fitting_key
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import Settings, save_settings
from studio_app.engine.drawing import compilation
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.operators import compiling
from tests.engine.conftest import CPU, depth


def _choose(model: Path, **chosen: Any) -> None:
    save_settings(Settings(fittings={fitting_key(model): Fitting(**chosen)}))


@pytest.fixture
def sd15(make_sd15: Callable[..., Path], own_home: Path) -> Path:
    return make_sd15()


def _request(engine: DiffusionEngine, model: Path, **more: Any) -> GenerationRequest:
    can = engine.load(str(model))
    width, height = can.sizes[0]
    steps, guidance = int(can.steps_of("ddim").min), can.guidance.default
    given = {"steps": steps, "guidance_scale": guidance, "width": width, "height": height}
    given |= {"sampler": "ddim"} | more
    return GenerationRequest("a red potion", model=str(model), seed=7, **given)


def _drawn(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    return list(engine.run(request, wanted=("final",)))[-1].rgb.astype(int)


def _compiled(engine: DiffusionEngine) -> int:
    assert engine._loaded is not None
    return sum(len(call._done) - bool(call.refused) for call in engine._loaded[1].calls.values())


@pytest.mark.slow
def test_it_is_compiled_when_it_is_loaded_and_no_more_when_it_is_not_chosen(
    sd15: Path, monkeypatch: pytest.MonkeyPatch
):
    """By the compiler's own front and no back: the back takes minutes."""
    monkeypatch.setattr(compiling, "BACKEND", "aot_eager")
    engine, told = DiffusionEngine(CPU), list[str]()
    request = _request(engine, sd15, controls=depth())
    plain = _drawn(engine, request)
    assert _compiled(engine) == 0
    _choose(sd15, compiled=True)
    engine.load(str(sd15), lambda what, _: told.append(what))
    assert told.count(compilation.WHAT) == 2  # without a drawing and with one
    assert _compiled(engine) >= 4  # the U-Net twice, the ControlNet, the autoencoder
    assert np.abs(_drawn(engine, request) - plain).max() <= 3
    assert not [said for said in engine.notes(request) if "compiled" in said]
    _choose(sd15)
    engine.load(str(sd15))
    assert _compiled(engine) == 0
    assert np.array_equal(_drawn(engine, request), plain)


def test_where_it_can_t_be_compiled_it_is_said_and_drawn_as_ever(
    sd15: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no compiler found\nand much more")

    monkeypatch.setattr(torch, "compile", fail)
    engine = DiffusionEngine(CPU)
    request = _request(engine, sd15)
    plain = _drawn(engine, request)
    _choose(sd15, compiled=True)
    engine.load(str(sd15))
    assert np.array_equal(_drawn(engine, request), plain)
    said = [note for note in engine.notes(request) if "compiled" in note]
    assert said and all("no compiler found" in note and "much more" not in note for note in said)


def test_who_stops_it_has_the_model_as_it_is(sd15: Path):
    def stop(what: str, _: float) -> None:
        if what == compilation.WHAT:
            raise LoadStopped("Stopped")

    _choose(sd15, compiled=True)
    engine = DiffusionEngine(CPU)
    engine.load(str(sd15), stop)
    assert _compiled(engine) == 0
    assert len(_drawn(engine, _request(engine, sd15)))


COMPILER_S_OWN = pytest.mark.filterwarnings("ignore")
"""What the compiler's own modules warn of is no reason for it to fail."""


@pytest.mark.slow
@COMPILER_S_OWN
def test_the_real_compiler_gives_the_same_picture(sd15: Path):
    engine = DiffusionEngine(CPU)
    request = _request(engine, sd15)
    plain = _drawn(engine, request)
    _choose(sd15, compiled=True)
    engine.load(str(sd15))
    assert _compiled(engine) >= 4
    assert np.abs(_drawn(engine, request) - plain).max() <= 3


@pytest.mark.slow
@COMPILER_S_OWN
def test_the_real_compiler_gives_the_same_picture_of_a_transformer(
    make_pixart: Callable[..., Path], own_home: Path
):
    """Of one size, then of another, whose blocks are the same code."""
    engine, quick = DiffusionEngine(CPU), DiffusionEngine(CPU, compiling=True)
    first = _request(engine, make_pixart(), steps=2, width=64, height=64)
    assert np.abs(_drawn(quick, first) - _drawn(engine, first)).max() <= 3
    assert not [said for said in quick.notes(first) if "compiled" in said]
    quick._compiling = False
    other = replace(first, width=128, prompt="a red potion " * 12)
    assert np.abs(_drawn(quick, other) - _drawn(engine, other)).max() <= 3


@pytest.mark.slow
@pytest.mark.parametrize("make", ["make_z_image", "make_pixart", "make_sd3", "make_klein"])
def test_of_transformers_the_blocks_are_compiled_once_for_all_sizes_and_words(
    make: str, request: pytest.FixtureRequest, own_home: Path, monkeypatch: pytest.MonkeyPatch
):
    """What is asked otherwise, as by a negative prompt at guidance 1, runs as ever."""
    ran = _counting(monkeypatch)
    folder = request.getfixturevalue(make)()
    engine = DiffusionEngine(CPU)
    asked = _request(engine, folder, sampler="euler", steps=2, width=64, height=64)
    asked = replace(asked, guidance_scale=1.0)
    others = [
        replace(asked, seed=8, steps=3),
        replace(asked, width=128, prompt="a red potion " * 12),
        replace(asked, negative_prompt="blue"),
    ]
    plain = [_drawn(engine, each) for each in (asked, *others)]
    quick = DiffusionEngine(CPU, compiling=True)
    assert np.abs(_drawn(quick, asked) - plain[0]).max() <= 3
    known = list(ran)
    assert ran and not [said for said in quick.notes(asked) if "compiled" in said]
    quick._compiling = False  # what another kind of picture needs is not compiled now
    for each, wanted in zip(others, plain[1:], strict=True):
        before = ran[0]  # of a block; the autoencoder's code comes last
        assert np.abs(_drawn(quick, each) - wanted).max() <= 3
        assert bool(each.negative_prompt) == (ran[0] == before)
    assert len(ran) == len(known)


def test_blocks_that_are_compiled_to_other_numbers_are_not_used(
    make_pixart: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    def wrong(call: Any, **_: Any) -> Any:
        return lambda *given, **named: call(*given, **named).flip(-1)

    monkeypatch.setattr(torch, "compile", wrong)
    engine = DiffusionEngine(CPU)
    asked = _request(engine, make_pixart(), steps=2, width=64, height=64)
    quick = DiffusionEngine(CPU, compiling=True)
    assert np.array_equal(_drawn(quick, asked), _drawn(engine, asked))
    assert any(
        "PixArtTransformer2DModel: what was compiled gives other" in said
        for said in quick.notes(asked)
    )


def _counting(patch: pytest.MonkeyPatch) -> list[int]:
    """How often each code ran that was compiled from now on."""
    ran: list[int] = []

    def count(graph: Any, examples: Any) -> Any:
        ran.append(0)
        number = len(ran) - 1

        def run(*given: Any) -> Any:
            ran[number] += 1
            return graph(*given)

        return run

    torch._dynamo.reset()
    patch.setattr(compiling, "BACKEND", count)
    return ran


def test_an_engine_that_compiles_does_so_before_the_first_picture_of_a_kind(
    sd15: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
):
    made: list[Any] = []
    monkeypatch.setattr(torch, "compile", lambda call, **_: (made.append(call), call)[1])
    engine = DiffusionEngine(CPU, compiling=True)
    request = _request(engine, sd15, steps=2)
    _drawn(engine, request)
    known = len(made)
    assert known == 2  # the U-Net and the autoencoder
    _drawn(engine, replace(request, seed=8, steps=3))
    assert len(made) == known
    _drawn(engine, replace(request, controls=depth()))
    assert len(made) > known
    other = _request(engine, tiny_model, steps=4, sampler="ddim")
    _drawn(engine, other)
    assert any("is not compiled" in said for said in engine.notes(other))
