"""Runs of the whole engine, through real networks of a tiny size."""

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
from studio_app.core.frame import Frame
from studio_app.core.request import GenerationRequest, Start
from studio_app.engine.drawing.checks import check_request
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import CPU, DEPTH, POSE, depth, distance


def test_frames_of_a_run(engine: DiffusionEngine, base: GenerationRequest):
    frames = list(engine.run(base))
    kinds = [(frame.kind, frame.step, frame.timestep) for frame in frames]
    steps = [(1, 999), (2, 750), (3, 500), (4, 250)]
    expected = [(kind, *step) for step in steps for kind in ("noisy", "denoised")]
    assert kinds == [*expected, ("final", 4, 250)]
    for frame in frames:
        assert frame.request == base.digest
        assert frame.steps == 4
        assert frame.pixels.shape == (64, 64, 4)
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.flags.c_contiguous
        assert not frame.pixels.flags.writeable
        assert (frame.pixels[..., 3] == 255).all()
        assert frame.latent is not None
        assert frame.latent.shape == (4, 8, 8)
    assert (frames[-1].pixels == frames[-2].pixels).all()


def test_the_first_x_t_is_the_seed_s_noise(engine: DiffusionEngine, base: GenerationRequest):
    first = next(iter(engine.run(base)))
    noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(7))
    np.testing.assert_array_equal(first.latent, noise[0].numpy())


@pytest.mark.parametrize("sampler", ["consistency", "lcm", "ddim", "ddpm"])
def test_the_same_request_gives_the_same_bits(
    engine: DiffusionEngine, base: GenerationRequest, sampler: str
):
    request = replace(base, sampler=sampler, negative_prompt="blue", controls=depth())
    first = list(engine.run(request))
    again = list(engine.run(request))  # from the caches
    fresh = list(DiffusionEngine(CPU).run(request))
    for a, b, c in zip(first, again, fresh, strict=True):
        assert (a.pixels == b.pixels).all()
        assert (a.pixels == c.pixels).all()
        assert a.latent is not None
        assert c.latent is not None
        assert a.latent.tobytes() == c.latent.tobytes()


def test_samplers_and_seeds_differ(draw: Callable[..., np.ndarray]):
    pictures = [draw(), draw(seed=8), draw(sampler="lcm"), draw(sampler="ddim"), draw(steps=2)]
    pictures += [draw(sampler="ddpm"), draw(prompt="a blue potion"), draw(guidance_scale=8)]
    pictures += [draw(kind="texture"), draw(sampler="ddim", guidance_scale=1)]
    pictures += [draw(sampler="ddim", guidance_scale=9), draw(controls=depth())]
    for i, picture in enumerate(pictures):
        for other in pictures[:i]:
            assert distance(picture, other) > 0


def test_an_edit_recomputes_only_what_it_touched(tiny_model: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    engine.load(base.model)
    memory = engine._memory
    caches = (memory.prompts, memory.features, memory.noises)

    def misses(**changes: Any) -> list[int]:
        before = [cache.misses for cache in caches]
        list(engine.run(replace(base, **({"controls": depth()} | changes))))
        return [cache.misses - old for cache, old in zip(caches, before, strict=True)]

    assert misses() == [1, 1, 1]
    assert misses() == [0, 0, 0]
    assert misses(prompt="another") == [1, 0, 0]
    assert misses(controls=(Control("depth", DEPTH * 0.5),)) == [0, 1, 0]
    assert misses(controls=depth(strength=0.3)) == [0, 0, 0]
    assert misses(seed=9) == [0, 0, 1]


def test_prompt_weights_are_monotonic(draw: Callable[..., np.ndarray]):
    plain = draw(steps=1)
    assert distance(plain, draw(steps=1, prompt="a (red:1.0) potion")) == 0
    moved = [distance(plain, draw(steps=1, prompt=f"a (red:{w}) potion")) for w in (1.5, 2.5, 3.5)]
    assert 0 < moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize("sampler", ["consistency", "ddim"])
def test_negative_prompts_act_and_empty_ones_do_not(draw: Callable[..., np.ndarray], sampler: str):
    plain = draw(sampler=sampler)
    assert distance(plain, draw(sampler=sampler, negative_prompt="blue")) > 0
    assert distance(plain, draw(sampler=sampler, negative_prompt="  ")) == 0


@pytest.mark.parametrize("sampler", ["consistency", "lcm", "ddpm"])
def test_a_branch_continues_bit_for_bit(
    engine: DiffusionEngine, base: GenerationRequest, sampler: str
):
    request = replace(base, sampler=sampler)
    frames = list(engine.run(request))
    third = next(frame for frame in frames if frame.kind == "noisy" and frame.step == 3)
    assert third.latent is not None
    branch = replace(request, start=Start(third.latent, 2))
    continued = list(engine.run(branch))
    assert [frame.step for frame in continued] == [3, 3, 4, 4, 4]
    assert (continued[-1].pixels == frames[-1].pixels).all()
    other = list(engine.run(replace(branch, prompt="a blue potion")))
    assert distance(other[-1].pixels, frames[-1].pixels) > 0


def test_a_start_of_another_size_is_refused(engine: DiffusionEngine, base: GenerationRequest):
    with pytest.raises(StudioError, match="does not fit"):
        list(engine.run(replace(base, start=Start(np.zeros((4, 9, 8), np.float32), 0))))


def test_tiled_pictures_shift_without_a_seam(engine: DiffusionEngine, base: GenerationRequest):
    """With x and y wrapped, noise and drawing moved round the edge move the picture, and nothing else."""
    noise = next(iter(engine.run(base))).latent
    assert noise is not None
    for tile, same in (((True, True), True), ((False, False), False)):
        request = replace(base, tile=tile, start=Start(noise, 0), controls=depth())
        # The U-Net halves the latents twice: it lets shifts by 4 of them pass.
        moved = replace(
            request,
            start=Start(np.roll(noise, (4, 4), (1, 2)), 0),
            controls=(Control("depth", np.roll(DEPTH, (32, 32), (0, 1))),),
        )
        here, there = (list(engine.run(r, wanted=("final",)))[-1] for r in (request, moved))
        assert here.latent is not None
        assert there.latent is not None
        apart = np.abs(np.roll(here.latent, (4, 4), (1, 2)) - there.latent).max()
        assert bool(apart < 1e-4) is same, apart
        pixels = np.roll(here.pixels, (32, 32), (0, 1)).astype(int) - there.pixels
        assert not same or np.abs(pixels).max() <= 1


def test_a_run_that_is_stopped_has_shown_its_first_x_0(
    engine: DiffusionEngine, base: GenerationRequest
):
    kinds = [frame.kind for frame in engine.run(base, cancelled=lambda: True)]
    assert kinds == ["noisy", "denoised"]  # the first x_0 is always shown
    seen: list[Frame] = []
    for frame in engine.run(base, cancelled=lambda: len(seen) >= 4):
        seen.append(frame)
    assert [frame.step for frame in seen] == [1, 1, 2, 2]


def test_a_consumer_may_walk_away(engine: DiffusionEngine, base: GenerationRequest):
    tiled = replace(base, tile=(True, True))
    run = engine.run(tiled)
    next(run)
    del run
    plain = list(engine.run(base))[-1].pixels
    assert distance(plain, list(DiffusionEngine(CPU).run(base))[-1].pixels) == 0
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


def test_two_runs_may_alternate(engine: DiffusionEngine, base: GenerationRequest):
    tiled = replace(base, tile=(True, True))
    alone = [list(engine.run(base)), list(engine.run(tiled))]
    pairs = list(zip(engine.run(base), engine.run(tiled), strict=True))
    for i, (one, two) in enumerate(pairs):
        assert (one.pixels == alone[0][i].pixels).all()
        assert (two.pixels == alone[1][i].pixels).all()


def test_not_a_number_is_an_error(base: GenerationRequest, tiny_model: Path):
    engine = DiffusionEngine(CPU)
    model: Any = engine._model(str(tiny_model))
    model.unet.conv_out.bias.data[0] = float("nan")
    frames = engine.run(base)
    assert next(frames).kind == "noisy"
    with pytest.raises(StudioError, match="step 1 of 4"):
        next(frames)
    with pytest.raises(StudioError, match="finite"):
        list(engine.run(base, wanted=("final",)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sampler": "euler"}, "consistency, ddim, ddpm, lcm"),
        ({"steps": 9}, "consistency takes 1 to 8. Try 8"),
        ({"sampler": "ddim", "steps": 101}, "1 to 100"),
        ({"guidance_scale": 10}, "1 to 9"),
        ({"loras": (("ink", 1.0),)}, "no LoRAs"),
        ({"controls": (Control("normal", POSE),)}, "no normal control.*depth, pose"),
        ({"controls": (Control("edge", DEPTH),)}, "no edge control"),
    ],
)
def test_what_the_model_can_not_do(draw: Callable[..., Any], changes: dict[str, Any], said: str):
    with pytest.raises(StudioError, match=said):
        draw(**changes)


def test_a_network_that_knows_places_makes_no_seamless_pictures(
    engine: DiffusionEngine, base: GenerationRequest
):
    can = replace(engine.load(base.model), tiling=False)
    assert check_request(base, can, "it") == []
    with pytest.raises(StudioError, match="no seamless"):
        check_request(replace(base, tile=(False, True)), can, "it")


def test_what_will_be_otherwise_than_hoped_is_noted(
    engine: DiffusionEngine, base: GenerationRequest
):
    assert engine.notes(base) == []
    assert "96x64" in engine.notes(replace(base, width=96))[0]
    assert "too long" in engine.notes(replace(base, prompt="red " * 50))[0]
    assert "negative" in engine.notes(replace(base, negative_prompt="red " * 50))[0]


@pytest.mark.parametrize("size", [(96, 64), (64, 128), (160, 96)])
def test_pictures_of_other_sizes_are_drawn(draw: Callable[..., np.ndarray], size: tuple[int, int]):
    picture = draw(width=size[0], height=size[1], controls=depth(), steps=1)
    assert picture.shape == (size[1], size[0], 4)
