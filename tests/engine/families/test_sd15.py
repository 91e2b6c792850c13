"""Stable Diffusion 1.5 in diffusers' layout draws what the stock pipelines draw, and says what it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.frame import FrameKind
from studio_app.core.request import GenerationRequest
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU, DEPTH, POSE, depth, distance, final
from tests.engine.families.kinds import KINDS
from tests.engine.families.stock import CLOSE, pipeline, shown


@pytest.fixture(scope="module")
def sd15(make_sd15: Callable[..., Path]) -> Path:
    return make_sd15()


@pytest.fixture(scope="module")
def base(sd15: Path) -> GenerationRequest:
    return KINDS["sd15"].base(sd15)


def stock(folder: Path, kind: str, scheduler: str = "DDIMScheduler", **given: Any) -> Any:
    parts = {name: given.pop(name) for name in ("controlnet",) if name in given}
    given = {"num_inference_steps": 10, "guidance_scale": 4.0, "height": 64} | given
    return shown(pipeline(folder, kind, scheduler, **parts), **given)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("negative", ["", "blue"])
def test_it_draws_what_the_stock_pipeline_draws(
    make_sd15: Callable[..., Path],
    engine: DiffusionEngine,
    base: GenerationRequest,
    prediction: str,
    negative: str,
):
    folder = make_sd15(prediction, prediction=prediction)
    theirs = stock(
        folder,
        "StableDiffusionPipeline",
        negative_prompt=negative,
    )
    request = replace(base, model=str(folder), negative_prompt=negative, steps=10)
    ours = final(engine, request)
    assert theirs.std() > 5
    assert np.abs(theirs - ours).max() < CLOSE


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_a_controlnet_acts_as_in_the_stock_pipeline(
    sd15: Path, engine: DiffusionEngine, base: GenerationRequest, scale: float
):
    from diffusers import ControlNetModel

    network = ControlNetModel.from_pretrained(sd15 / "controlnet_depth", dtype=torch.float32)
    picture = torch.from_numpy(DEPTH)[None, None].expand(1, 3, 64, 64)
    theirs = stock(
        sd15,
        "StableDiffusionControlNetPipeline",
        controlnet=network,
        guidance_scale=scale,
        image=picture,
        controlnet_conditioning_scale=0.7,
        control_guidance_end=0.6,
    )
    request = replace(base, guidance_scale=scale, steps=10, controls=depth(strength=0.7, end=0.6))
    ours = final(engine, request)
    assert np.abs(theirs - ours).max() < CLOSE
    assert distance(ours, final(engine, replace(request, controls=()))) > 0.1


def test_a_guidance_embedding_is_lcm_s(
    make_sd15: Callable[..., Path], engine: DiffusionEngine, base: GenerationRequest
):
    folder = make_sd15("lcm", guidance_embedding=True, scheduler="LCMScheduler", controlnets=())
    can = engine.load(str(folder))
    assert can.samplers == ("lcm", "consistency") and can.few_step
    request = replace(base, model=str(folder), sampler="lcm", steps=1, guidance_scale=8)
    theirs = stock(
        folder,
        "LatentConsistencyModelPipeline",
        "LCMScheduler",
        num_inference_steps=1,
        guidance_scale=8.0,
    )
    assert np.abs(theirs - final(engine, request)).max() < CLOSE
    other = final(engine, replace(request, guidance_scale=2))
    assert distance(other, final(engine, request)) > 0
    avoided = final(engine, replace(request, negative_prompt="blue"))
    assert distance(avoided, final(engine, request)) > 0  # by its attention, which has no other way


def test_it_says_what_it_can(engine: DiffusionEngine, sd15: Path, base: GenerationRequest):
    can = engine.load(str(sd15))
    assert not can.few_step and can.quick_sampler is None
    assert set(can.controls) == {"depth", "pose", "edge"}
    assert can.negative == "cfg" and not can.maps and not can.native
    assert can.sizes == ((64, 64),)
    with pytest.raises(StudioError, match="no normal control"):
        final(engine, replace(base, controls=(Control("normal", POSE),)))
    with pytest.raises(StudioError, match="no texture"):
        final(engine, replace(base, kind="texture"))
    with pytest.raises(StudioError, match="no maps"):
        engine.load_maps(str(sd15))
    assert not engine.notes(replace(base, prompt="red " * 100))
    notes = engine.notes(replace(base, prompt="red " * 900))
    assert any("too long" in note for note in notes)
    idle = replace(base, negative_prompt="blue", guidance_scale=1)
    assert any("guidance 1" in note for note in engine.notes(idle))


@pytest.mark.parametrize(("scheduler", "first"), [("LCMScheduler", "lcm"), ("TCDScheduler", "tcd")])
def test_what_it_was_distilled_for_follows_the_pen(
    make_sd15: Callable[..., Path],
    engine: DiffusionEngine,
    base: GenerationRequest,
    scheduler: str,
    first: str,
):
    """A merged few-step model has an ordinary U-Net: the scheduler beside it tells."""
    folder = make_sd15(scheduler, scheduler=scheduler)
    can = engine.load(str(folder))
    assert can.quick_sampler == can.samplers[0] == first
    request = replace(base, model=str(folder), sampler=first, steps=4, guidance_scale=1.5)
    plain = final(engine, request)
    assert distance(plain, final(engine, replace(request, negative_prompt="blue"))) > 0


@pytest.mark.parametrize(
    "sampler", ["euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "ddpm", "lcm", "tcd"]
)
def test_every_sampler_draws(engine: DiffusionEngine, base: GenerationRequest, sampler: str):
    frames = list(engine.run(replace(base, sampler=sampler, steps=4)))
    assert [frame.kind for frame in frames] == ["noisy", "denoised"] * 4 + ["final"]
    assert all(0 <= frame.timestep <= 999 for frame in frames)
    assert frames[-1].pixels.std() > 1


@pytest.mark.parametrize("sampler", ["euler", "ddim", "ddpm", "dpmpp_2m_karras"])
def test_a_few_steps_begin_at_the_noise(
    engine: DiffusionEngine, base: GenerationRequest, sampler: str
):
    """While the pen is down a few steps follow it: begun as diffusers' leading steps are, one would show noise."""
    for n, first in ((1, 990), (4, 990), (10, 890)):
        frame = next(iter(engine.run(replace(base, sampler=sampler, steps=n))))
        assert frame.timestep >= first


def test_only_what_changed_is_encoded_again(sd15: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    model: Any = engine._model(str(sd15))
    looks: list[int] = []
    network = model.drawn.of("depth")
    network.look.register_forward_hook(lambda *_: looks.append(1))
    asked: list[int] = []
    network.network.register_forward_hook(lambda *_: asked.append(1))
    request = replace(base, negative_prompt="blue", controls=depth(end=0.5))
    final(engine, request)
    assert len(looks) == 1
    assert len(asked) == 3  # of five steps, those that begin in the first half
    memory = engine._memory
    before = (memory.prompts.misses, memory.features.misses)
    final(engine, replace(request, seed=8))
    assert (memory.prompts.misses, memory.features.misses) == before == (2, 1)
    assert engine.times == {"text": 0.0, "control": 0.0}
    final(engine, replace(request, controls=depth(strength=0.5)))
    assert len(looks) == 1


def test_what_is_soon_replaced_asks_a_controlnet_in_every_other_step(
    sd15: Path, base: GenerationRequest
):
    """And anew where a drawing begins or ends to act; what stays is asked in every one."""
    engine = DiffusionEngine(CPU)
    model: Any = engine._model(str(sd15))
    asked: list[int] = []
    for kind in ("depth", "pose"):
        model.drawn.of(kind).network.register_forward_hook(lambda *_: asked.append(1))

    def asks(*controls: Control, draft: bool = True) -> int:
        asked.clear()
        request = replace(base, controls=controls)
        wanted: tuple[FrameKind, ...] = ("draft",) if draft else ("final",)
        assert list(engine.run(request, wanted=wanted))
        return len(asked)

    (drawn,) = depth()
    assert base.steps == 5
    assert asks(drawn) == 3 and asks(drawn, draft=False) == 5
    # the first in 0, 2 and 3, the second in 3
    late = Control("pose", POSE, start=0.5)
    assert asks(drawn, late) == 3 + 1


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_pictures_whose_words_are_of_other_pages_are_no_batch(
    sd15: Path, base: GenerationRequest, guidance: float
):
    """The shorter would go on with pages that say nothing, which are heard; those of as many pages are one."""
    painter = BatchPainter(load_model(str(sd15), CPU))
    one = replace(base, steps=2, guidance_scale=guidance, negative_prompt="blue")
    longer = replace(one, prompt="a red potion, " * 40)
    for other in (longer, replace(one, negative_prompt=longer.prompt)):
        with pytest.raises(ValueError, match="no batch"):
            painter.paint([one, other])
    painted = painter.paint([longer, replace(longer, prompt="a blue sword, " * 40)]).latents
    alone = painter.paint([longer]).latents
    assert np.abs(painted[0] - alone[0]).max() < 0.02


def test_every_control_tells(engine: DiffusionEngine, base: GenerationRequest):
    plain = final(engine, base)
    seen = [plain] + [
        final(engine, replace(base, **KINDS["sd15"].ways[c]))
        for c in ("controlnet", "adapter", "both")
    ]
    for i, one in enumerate(seen):
        assert all(distance(one, other) > 0.05 for other in seen[:i])


def test_a_small_card_decodes_in_pieces(sd15: Path, base: GenerationRequest):
    """The whole picture at once is too much for it here; pieces of half its side are not."""
    engine = DiffusionEngine(CPU)
    whole = final(engine, base)
    model = engine._model(str(sd15))
    sides: list[int] = []

    def full(_: Any, given: tuple[torch.Tensor]) -> None:
        sides.append(given[0].shape[-1])
        if sides[-1] > 4:
            raise torch.cuda.OutOfMemoryError

    model.vae.decoder.register_forward_pre_hook(full)
    pieces = final(engine, base)
    assert sides[0] == 8 and set(sides[1:]) <= {2, 3, 4}
    assert distance(whole, pieces) < 25
    assert not model.vae.use_tiling
    with pytest.raises(StudioError, match="memory is full"):
        final(engine, replace(base, tile=(True, False)))


def test_layers_of_the_text_encoder_are_skipped_as_in_the_stock_pipeline(
    sd15: Path, engine: DiffusionEngine, base: GenerationRequest, monkeypatch: pytest.MonkeyPatch
):
    from transformers import CLIPTextModel

    # WORKAROUND: the pipeline still looks for the norm where transformers before 5 had it.
    itself = property(lambda self: self)
    monkeypatch.setattr(CLIPTextModel, "text_model", itself, raising=False)
    theirs = stock(
        sd15,
        "StableDiffusionPipeline",
        guidance_scale=1.0,  # above, it skips none for the negative prompt
        clip_skip=1,  # counted from 0 there
    )
    request = replace(base, steps=10, clip_skip=2, guidance_scale=1)
    ours = final(engine, request)
    assert np.abs(theirs - ours).max() < CLOSE
    plain = final(engine, replace(request, clip_skip=1))
    assert distance(ours, plain) > 0.1
    assert np.array_equal(final(engine, request), ours)
    most = engine.load(str(sd15)).clip_skip
    with pytest.raises(StudioError, match="clip skip"):
        final(engine, replace(request, clip_skip=most + 1))
