"""The whole engine, through real networks of a tiny size."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame
from studio_app.core.request import Control, GenerationRequest, Start
from studio_app.engine.device import Device
from studio_app.engine.engine import DiffusionEngine

CPU = Device(torch.device("cpu"), torch.float32)
RNG = np.random.default_rng(0)
DEPTH = RNG.random((64, 64), np.float32)
INIT = RNG.integers(0, 256, (64, 64, 3), np.uint8)
POSE = RNG.integers(0, 256, (64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def engine() -> DiffusionEngine:
    return DiffusionEngine(CPU)


@pytest.fixture(scope="module")
def base(tiny_model: Path) -> GenerationRequest:
    return GenerationRequest(
        "a red potion", guidance_scale=3, width=64, height=64, model=str(tiny_model), seed=7
    )


@pytest.fixture
def draw(engine: DiffusionEngine, base: GenerationRequest) -> Callable[..., np.ndarray]:
    """The final pixels of the base request with changes."""

    def draw(**changes: Any) -> np.ndarray:
        return list(engine.run(replace(base, **changes), wanted=("final",)))[-1].pixels

    return draw


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


def depth(**changes: Any) -> tuple[Control, ...]:
    return (Control("depth", DEPTH, **changes),)


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


def test_every_step_obeys_the_control(engine: DiffusionEngine, base: GenerationRequest):
    """The U-Net empties the list of features that it is given: a cached one would act only once."""
    for sampler in ("consistency", "ddim"):
        for step in range(1, 4):
            late = replace(
                base, sampler=sampler, controls=depth(start=step / 4), steps=4, guidance_scale=2
            )
            plain = list(engine.run(replace(late, controls=()), wanted=("denoised",)))
            drawn = list(engine.run(late, wanted=("denoised",)))
            apart = [distance(a.pixels, b.pixels) > 0 for a, b in zip(plain, drawn, strict=True)]
            assert apart == [i >= step for i in range(4)]


def test_control_strength_is_monotonic(draw: Callable[..., np.ndarray]):
    plain = draw(steps=1)
    moved = [
        distance(plain, draw(steps=1, controls=depth(strength=s))) for s in (0, 0.25, 0.5, 1, 2)
    ]
    assert moved[0] == 0
    assert all(a < b for a, b in pairwise(moved))


def test_controls_sum_and_each_counts(draw: Callable[..., np.ndarray]):
    pose = Control("pose", POSE)
    both = draw(controls=(*depth(), pose))
    assert distance(both, draw(controls=depth())) > 0
    assert distance(both, draw(controls=(pose,))) > 0


def test_unknown_depth_is_not_background(draw: Callable[..., np.ndarray]):
    black = np.zeros((64, 64), np.float32)
    background = draw(controls=(Control("depth", black),))
    unknown = draw(controls=(Control("depth", black, np.zeros((64, 64), np.uint8)),))
    assert distance(background, unknown) > 0


def test_an_edit_recomputes_only_what_it_touched(tiny_model: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    caches = (engine._embeddings, engine._features, engine._noises)

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


def test_requests_that_differ_only_in_the_drawing_differ(draw: Callable[..., np.ndarray]):
    one = draw(controls=depth())
    two = draw(controls=(Control("depth", DEPTH[::-1].copy()),))
    assert distance(one, two) > 0
    assert distance(one, draw(controls=depth())) == 0


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


def test_the_unmasked_stays_bit_exact(engine: DiffusionEngine, base: GenerationRequest):
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = 255
    mask[10:16] = 100
    for strength in (0.5, 1.0):
        request = replace(base, init=INIT, mask=mask, strength=strength)
        for frame in engine.run(request, wanted=("denoised", "final")):
            assert (frame.rgb[mask == 0] == INIT[mask == 0]).all()
            assert (frame.rgb[mask == 255] != INIT[mask == 255]).any()


def test_a_full_mask_paints_all_and_an_empty_one_nothing(draw: Callable[..., np.ndarray]):
    nothing = draw(init=INIT, mask=np.zeros((64, 64), np.uint8))
    assert (nothing[..., 2::-1] == INIT).all()
    everything = draw(init=INIT, mask=np.full((64, 64), 255, np.uint8), strength=0.7)
    assert distance(everything, draw(init=INIT, strength=0.7)) == 0


def test_strength_goes_from_the_picture_to_the_words(
    engine: DiffusionEngine, base: GenerationRequest
):
    request = replace(base, init=INIT)
    kept = engine._init(request, engine._model(base.model))
    assert kept is not None
    away: list[float] = []
    for strength in (0.0, 0.3, 0.6, 1.0):
        first = next(iter(engine.run(replace(request, strength=strength))))
        assert first.latent is not None
        away.append(float(np.abs(first.latent - kept[0].numpy()).mean()))
    assert all(a < b for a, b in pairwise(away))
    assert away[0] < 0.2
    whole = list(engine.run(replace(request, strength=1.0)))[-1].pixels
    assert distance(whole, list(engine.run(base))[-1].pixels) == 0


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


def test_stopping(engine: DiffusionEngine, base: GenerationRequest):
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
    model = engine._model(str(tiny_model))
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


def test_notes(engine: DiffusionEngine, base: GenerationRequest):
    assert engine.notes(base) == []
    assert "96x64" in engine.notes(replace(base, width=96))[0]
    assert "too long" in engine.notes(replace(base, prompt="red " * 50))[0]
    assert "negative" in engine.notes(replace(base, negative_prompt="red " * 50))[0]


@pytest.mark.parametrize("size", [(96, 64), (64, 128), (160, 96)])
def test_other_sizes(draw: Callable[..., np.ndarray], size: tuple[int, int]):
    picture = draw(width=size[0], height=size[1], controls=depth(), steps=1)
    assert picture.shape == (size[1], size[0], 4)


def test_loading_another_model_forgets_the_first(
    build_model: Callable[..., Path], base: GenerationRequest
):
    engine = DiffusionEngine(CPU)
    first = list(engine.run(base))[-1].pixels
    other = str(build_model("other", seed=1))
    second = list(engine.run(replace(base, model=other)))[-1].pixels
    assert distance(first, second) > 0
    assert distance(first, list(engine.run(base))[-1].pixels) == 0
    with pytest.raises(StudioError):
        engine.load("/nowhere")
    assert engine._loaded is not None  # the old one stays
    engine.unload()
    assert engine._loaded is None


def test_bfloat16_is_close_to_float32(base: GenerationRequest):
    half = DiffusionEngine(Device(torch.device("cpu"), torch.bfloat16))
    request = replace(base, controls=depth(), steps=1)
    low = list(half.run(request))[-1].pixels
    again = list(half.run(request))[-1].pixels
    assert (low == again).all()
    assert distance(low, list(DiffusionEngine(CPU).run(request))[-1].pixels) < 4


def test_the_stock_pipeline_loads_the_folder_and_agrees(tiny_model: Path, base: GenerationRequest):
    """One step of LatentConsistencyModelPipeline is ours: kind token in the prompt, no target."""
    from diffusers import LatentConsistencyModelPipeline

    pipe: Any = LatentConsistencyModelPipeline.from_pretrained(
        tiny_model, dtype=torch.float32, local_files_only=True
    )
    pipe.set_progress_bar_config(disable=True)
    prompt, generator = "<|scene|> a red potion", torch.Generator().manual_seed(7)
    stock = pipe(
        prompt,
        num_inference_steps=1,
        guidance_scale=3,
        generator=generator,
        height=64,
        width=64,
        output_type="np",
    ).images[0]
    ours = list(DiffusionEngine(CPU).run(replace(base, steps=1)))[-1].rgb
    assert np.abs(stock * 255 - ours).max() < 1.5
    four = pipe(prompt, num_inference_steps=4, height=64, width=64, output_type="np").images[0]
    assert four.shape == (64, 64, 3)
    assert four.std() > 0


def test_an_ordinary_lcm_folder_works_without_our_file(
    tiny_model: Path, tmp_path: Path, base: GenerationRequest
):
    folder = Path(shutil.copytree(tiny_model, tmp_path / "stock"))
    (folder / "underpaint.json").unlink()
    for part in ("teacher", "adapter_depth", "adapter_pose"):
        shutil.rmtree(folder / part)
    engine = DiffusionEngine(CPU)
    can = engine.load(str(folder))
    assert not can.native
    assert can.samplers == ("lcm", "consistency")
    assert can.controls == ()
    request = replace(base, model=str(folder), sampler="lcm")
    assert len(list(engine.run(request))) == 9
    for changes, said in (
        ({"controls": depth()}, "no depth control"),
        ({"negative_prompt": "blue"}, "no negative prompt"),
        ({"sampler": "ddim"}, "No sampler"),
        ({"kind": "texture"}, "no texture"),
    ):
        with pytest.raises(StudioError, match=said):
            list(engine.run(replace(request, **changes)))


def test_the_rooms_for_forms_are_free_of_torch():
    code = (
        "import sys, studio_app.engine.capabilities, studio_app.engine.checks,"
        "studio_app.engine.folders, studio_app.commands.orders; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
