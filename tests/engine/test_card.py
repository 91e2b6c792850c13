"""On a graphics card: what a step waits for, where everything lies, and what is done when the card fails.

There is none here: it is a pretended one, whose operations have shapes and places and no numbers.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.regions import Region
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.loading.budget import Fit
from studio_app.engine.operators.delivery import AtOnce
from tests.engine.conftest import CPU, DEPTH
from tests.engine.pretended_card import CARD, OLD_CARD, pretended_card
from tests.tiny.klein import write_klein
from tests.tiny.model import write_model
from tests.tiny.pixart import write_pixart
from tests.tiny.sd3 import write_sd3
from tests.tiny.sd15 import write_sd15
from tests.tiny.sdxl import write_sdxl
from tests.tiny.z_image import write_z_image

Writer = Callable[[Path], Any]


LEFT = np.where(np.arange(64) < 32, 255, 0).astype(np.uint8)[None].repeat(64, 0)
DRAWN = {"controls": (Control("depth", DEPTH),)}
GUIDED = {"sampler": "ddim", "guidance_scale": 4.0, "negative_prompt": "blue"}
FLOWING = {"sampler": "euler_trailing", "guidance_scale": 1.0}
AVOIDING = {**FLOWING, "negative_prompt": "blue"}
FAMILIES: list[Any] = [
    pytest.param(write_model, {"guidance_scale": 3.0, **DRAWN}, id="embedded"),
    pytest.param(write_sd15, {**GUIDED, **DRAWN}, id="sd15", marks=pytest.mark.slow),
    pytest.param(write_sdxl, {**GUIDED, **DRAWN}, id="sdxl", marks=pytest.mark.slow),
    pytest.param(
        write_sd3, {"sampler": "euler", "guidance_scale": 4.0}, id="sd3", marks=pytest.mark.slow
    ),
    pytest.param(write_pixart, GUIDED, id="pixart", marks=pytest.mark.slow),
    pytest.param(write_klein, {**FLOWING, **DRAWN}, id="flux2_klein", marks=pytest.mark.slow),
    pytest.param(write_z_image, {**AVOIDING, **DRAWN}, id="z_image", marks=pytest.mark.slow),
    pytest.param(write_sd3, AVOIDING, id="sd3 avoiding", marks=pytest.mark.slow),
    pytest.param(
        write_sd15,
        {**AVOIDING, "regions": (Region("a crown", LEFT),), **DRAWN},
        id="sd15 regions",
        marks=pytest.mark.slow,
    ),
    pytest.param(
        write_model,
        {"guidance_scale": 3.0, "negative_prompt": "blue", "tile": (True, True), **DRAWN},
        id="embedded seamless",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize(("write", "given"), FAMILIES)
def test_no_step_waits_for_the_card(
    write: Writer, given: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nor the host for anything in a run, with another number of steps, another drawing, another seed: it is only a
    step ahead."""
    write(tmp_path / "FLUX.2-klein-4B")
    base = GenerationRequest(
        "a red potion",
        **given,
        width=64,
        height=64,
        seed=7,
        model=str(tmp_path / "FLUX.2-klein-4B"),
    )
    with pretended_card(monkeypatch) as card:
        engine = DiffusionEngine(CARD)
        least = int(engine.load(base.model).steps_of(base.sampler).min)
        list(engine.run(replace(base, steps=least)))  # some networks are read now
        new = tuple(Control("depth", 1 - DEPTH) for _ in base.controls)
        card.waits.clear()
        card.log.clear()
        list(engine.run(replace(base, steps=least + 1, seed=9, controls=new)))
        assert card.waits == []
    _check_order(card.log, least + 1)


def _check_order(log: list[str], steps: int) -> None:
    """Pictures are made beside the steps, and the host is a step ahead of what it waits for."""
    sent = [i for i, said in enumerate(log) if said.startswith("event") and said.endswith("side")]
    assert len(sent) == 2 * steps  # x_t and x_0 of each
    for place in sent:
        assert log[place - 1] == log[place - 2] == "to the host on side"
    fetched = [log.index(f"host waits for {place}") for place in sent]
    assert sent[2] < fetched[0], "the second step was queued before the first was fetched"
    assert fetched == sorted(fetched)
    networks = [said for said in log[: sent[0]] if said.startswith("convolution")]
    assert networks and set(networks) == {"convolution on main"}
    decoding = [said for said in log[sent[0] : sent[1]] if said.startswith("convolution")]
    assert decoding and set(decoding) == {"convolution on side"}


@pytest.mark.slow
def test_half_precision_of_an_old_card_leaves_the_latents_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """And an autoencoder that overflows in it."""
    write_sdxl(tmp_path / "sdxl")
    request = GenerationRequest(
        "a red potion", sampler="ddim", steps=4, width=64, height=64, model=str(tmp_path / "sdxl")
    )
    with pretended_card(monkeypatch) as card:
        engine = DiffusionEngine(OLD_CARD)
        card.ran.clear()
        (frame,) = engine.run(request, wanted=("final",))
        multiplied = [
            {dtype for dtype in dtypes if dtype.is_floating_point}
            for name, dtypes in card.ran
            if name == "convolution"
        ]
    assert frame.latent is not None and frame.latent.dtype == np.float32
    assert {torch.float16} in multiplied and {torch.float32} in multiplied
    assert all(len(dtypes) == 1 for dtypes in multiplied)


def test_a_full_card_gives_up_the_picture_and_keeps_the_model(
    sd15: Path, monkeypatch: pytest.MonkeyPatch
):
    engine = DiffusionEngine(CPU)
    request = _plain(sd15)
    before = list(engine.run(request))[-1].pixels
    model: Any = engine._loaded and engine._loaded[1]
    held: list[Any] = []

    def fail(*_: Any, **__: Any) -> Any:
        large = torch.zeros(1 << 16)
        held.append(weakref.ref(large))
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patch:
        patch.setattr(model.unet, "forward", fail)
        with pytest.raises(StudioError, match="graphics memory is full") as caught:
            list(engine.run(replace(request, seed=8)))
        gc.collect()
        assert held[0]() is None, "the error still holds what did not fit"
        assert caught.value.hint
    assert engine._loaded is not None and engine._loaded[1] is model
    assert np.array_equal(list(engine.run(request))[-1].pixels, before)


def test_libraries_that_find_no_memory_are_a_full_card_too(
    sd15: Path, monkeypatch: pytest.MonkeyPatch
):
    engine = DiffusionEngine(CPU)
    engine.load(str(sd15))
    model: Any = engine._loaded and engine._loaded[1]

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`")

    monkeypatch.setattr(model.unet, "forward", fail)
    with pytest.raises(StudioError, match="graphics memory is full"):
        list(engine.run(_plain(sd15)))


def test_a_card_that_is_full_in_the_middle_of_a_load_has_the_last_model_again(
    sd15: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
):
    from studio_app.engine import engine as engine_module
    from studio_app.engine.families import sd15 as family

    engine = DiffusionEngine(CPU)
    engine.load(str(tiny_model))
    monkeypatch.setattr(engine_module, "fit_of", lambda *_: Fit(False, False, 0))

    def fail(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(family, "_assembled", fail)
    with pytest.raises(StudioError, match="graphics memory is full"):
        engine.load(str(sd15))
    assert engine._loaded is not None and engine._loaded[0] == str(tiny_model)


def test_after_a_lost_card_the_processor_draws(sd15: Path, monkeypatch: pytest.MonkeyPatch):
    engine = DiffusionEngine(CPU)
    engine.load(str(sd15))
    model: Any = engine._loaded and engine._loaded[1]
    ring = AtOnce()
    engine._device, engine._delivery = CARD, ring
    left = weakref.ref(ring), weakref.ref(model)

    def fail(*_: Any, **__: Any) -> Any:
        raise torch.AcceleratorError("CUDA error: unspecified launch failure\nmore of it")

    with monkeypatch.context() as patch:
        patch.setattr(model.unet, "forward", fail)
        with pytest.raises(StudioError, match="answers no more") as caught:
            list(engine.run(_plain(sd15)))
    del ring, model
    gc.collect()
    assert all(each() is not None for each in left)  # to free them the card would be asked
    assert caught.value.detail == "CUDA error: unspecified launch failure"
    assert engine.device_name.startswith("cpu") and engine._loaded is None
    assert list(engine.run(_plain(sd15)))[-1].kind == "final"


@pytest.fixture(scope="module")
def sd15(make_sd15: Callable[..., Path]) -> Path:
    return make_sd15()


def _plain(model: Path) -> GenerationRequest:
    return GenerationRequest(
        "a red potion", sampler="ddim", steps=4, width=64, height=64, model=str(model)
    )
