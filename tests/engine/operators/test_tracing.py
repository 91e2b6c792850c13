"""What the engine does again and again it does quicker, and the same."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.engine import LIVE_FRAMES
from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import CPU, depth

DRAWN = depth()


def test_what_is_drawn_often_gets_quicker_and_stays_the_same(
    tiny_model: Path, base: GenerationRequest
):
    engine = DiffusionEngine(CPU)

    def frames() -> list[Frame]:
        changed = replace(base, controls=DRAWN, negative_prompt="blue")
        return list(engine.run(changed))

    before = frames()
    asked: list[int] = []

    def soon() -> bool:
        asked.append(0)
        return len(asked) > 20

    assert engine.tune(soon)  # given up half way, and still to be done
    assert len(asked) == 21
    assert engine.tune()  # denoiser, decoder and adapter have run four times each
    while engine.tune():
        pass
    after = frames()
    for old, new in zip(before, after, strict=True):
        assert np.array_equal(old.pixels, new.pixels)
        assert old.latent is not None and new.latent is not None
        assert np.array_equal(old.latent, new.latent)
    # another shape of anything goes the plain way, and so does what tiles
    assert list(engine.run(replace(base, width=96)))[-1].pixels.shape == (64, 96, 4)
    tiled = replace(base, tile=(True, True))
    assert np.array_equal(
        list(engine.run(tiled))[-1].pixels, list(DiffusionEngine(CPU).run(tiled))[-1].pixels
    )


def test_a_step_can_be_decoded_again(engine: DiffusionEngine, base: GenerationRequest):
    shown = [frame for frame in engine.run(base) if frame.kind == "denoised"]
    latent = shown[1].latent
    assert latent is not None
    assert np.array_equal(engine.decode(base, latent), shown[1].pixels)
    with pytest.raises(StudioError, match="another model"):
        engine.decode(replace(base, model="another"), latent)


def test_the_first_x_t_is_drawn_once_a_seed(engine: DiffusionEngine, base: GenerationRequest):
    one = next(frame for frame in engine.run(base) if frame.kind == "noisy")
    drawn = list(engine.run(replace(base, controls=DRAWN)))
    assert np.array_equal(drawn[0].pixels, one.pixels)
    other = next(iter(engine.run(replace(base, seed=8))))
    assert not np.array_equal(other.pixels, one.pixels)


def test_the_first_stroke_finds_everything_quick(tiny_model: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    plain = [frame.pixels for frame in engine.run(base)]
    stopped: list[int] = []

    def soon() -> bool:
        stopped.append(0)
        return len(stopped) > 2

    assert engine.tune(soon)  # given up while it rehearsed, and still to be done
    while engine.tune():
        pass
    drawn = list(engine.run(replace(base, controls=DRAWN)))
    assert not engine.tune()  # four steps with a drawing, and nothing new in them
    fresh = list(DiffusionEngine(CPU).run(replace(base, controls=DRAWN)))
    assert np.array_equal(drawn[-1].pixels, fresh[-1].pixels)
    assert all(map(np.array_equal, plain, (frame.pixels for frame in engine.run(base))))


def test_after_one_picture_that_was_watched_the_next_finds_all_of_it_quick(
    build_model: Callable[..., Path], base: GenerationRequest
):
    """On its way drafts are shown: the decoder of the picture itself has been needed once."""
    engine = DiffusionEngine(CPU)
    request = replace(base, model=str(build_model("drafted", draft=True)), controls=DRAWN)
    list(engine.run(request, wanted=LIVE_FRAMES))
    while engine.tune():
        pass
    assert engine._loaded is not None
    calls = engine._loaded[1].calls
    networks = {type(network).__name__ for network, call in calls.items() if call.made}
    assert len([call for call in calls.values() if call.made]) >= 4, networks
    list(engine.run(replace(request, seed=2), wanted=LIVE_FRAMES))
    assert not engine.tune()


def test_a_model_that_is_put_away_is_gone_at_once(tiny_model: Path, base: GenerationRequest):
    """The collector may have been told not to look: see `core.interpreter`."""
    engine = DiffusionEngine(CPU)
    list(engine.run(replace(base, controls=DRAWN)))
    list(engine.run(replace(base, sampler="ddim", steps=4)))
    while engine.tune():
        pass
    assert engine._loaded is not None
    model: Any = engine._loaded[1]
    left = [weakref.ref(part) for part in (model, model.unet, model.teacher, model.vae)]
    del model
    gc.collect()
    gc.disable()
    try:
        engine.unload()
        assert [ref() for ref in left] == [None] * 4
    finally:
        gc.enable()
