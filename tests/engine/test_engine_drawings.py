"""What drawings, a picture to start from and its mask do to the picture, through real networks of a tiny size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.drawing.course import init_of
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import DEPTH, INIT, POSE, depth, distance


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


def test_requests_that_differ_only_in_the_drawing_differ(draw: Callable[..., np.ndarray]):
    one = draw(controls=depth())
    two = draw(controls=(Control("depth", DEPTH[::-1].copy()),))
    assert distance(one, two) > 0
    assert distance(one, draw(controls=depth())) == 0


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
    kept = init_of(request, engine._model(base.model), engine._memory)
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


def test_strength_0_of_a_control_is_no_control(draw: Callable[..., np.ndarray]):
    """Bit for bit, alone and beside one that acts, with either denoiser, and where the picture tiles."""
    nothing = (Control("depth", DEPTH, strength=0), Control("pose", POSE, strength=0))
    for more in ({}, {"sampler": "ddim", "steps": 3}, {"tile": (True, True)}):
        assert (draw(controls=nothing, **more) == draw(**more)).all()
        beside = draw(controls=(*depth(), nothing[1]), **more)
        assert (beside == draw(controls=depth(), **more)).all()


def test_strength_0_of_a_picture_to_start_from_keeps_it(draw: Callable[..., np.ndarray]):
    mask = np.full((64, 64), 255, np.uint8)
    for more in ({}, {"mask": mask}, {"sampler": "ddim", "steps": 3}, {"tile": (True, False)}):
        assert (draw(init=INIT, strength=0.0, **more)[:, :, 2::-1] == INIT).all()
    assert distance(draw(init=INIT, strength=0.2)[:, :, 2::-1], INIT) > 0


def test_a_control_that_acts_on_no_step_is_said(engine: DiffusionEngine, base: GenerationRequest):
    def notes(**window: float) -> str:
        return "; ".join(engine.notes(replace(base, controls=depth(**window))))

    assert notes() == notes(start=0.7, end=0.8) == ""  # step 3 of 4 begins at three quarters
    assert "acts on no step" in notes(start=0.8, end=1.0)
    assert "acts on no step" in notes(start=0.5, end=0.5)
    assert "strength 0" in notes(strength=0.0)
    assert "as it is" in "; ".join(engine.notes(replace(base, init=INIT, strength=0.0)))
