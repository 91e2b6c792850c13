"""A negative prompt moves the pooled prompt, in the same pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.engine.denoising.unets import unet_pass
from studio_app.engine.words import avoidance
from tests.engine.denoising.unets import WORDY, make_unet


def words(seed: int) -> Any:
    return torch.randn(1, 7, 32, generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def test_nothing_unwanted_moves_nothing():
    unet = make_unet(**WORDY)
    assert not avoidance.shift(unet, words(0), words(0)).any()
    there = avoidance.shift(unet, words(0), words(1))
    back = avoidance.shift(unet, words(1), words(0))
    torch.testing.assert_close(there, -back)
    assert there.abs().max() > 0.1


@torch.inference_mode()
def test_a_pass_leaves_the_network_as_it_was():
    unet = make_unet(**WORDY)
    plain = unet_pass(unet)
    x, t, condition = torch.ones(1, 4, 8, 8), torch.tensor([500]), torch.zeros(1, 256)

    def drawn(shift: Any) -> Any:
        return plain.run(x, *plain.prepare(t, {"words": words(0)}, condition, shift))

    before = drawn(None)
    moved = drawn(avoidance.shift(unet, words(2), words(1)))
    assert not torch.allclose(moved, before, atol=1e-3)
    assert torch.equal(drawn(None), before)


def test_a_network_that_pools_no_prompt_says_so():
    with pytest.raises(StudioError, match="pools no prompt"):
        avoidance.shift(make_unet(), words(0), words(1))


def test_several_negatives_in_a_batch_are_each_their_own(tiny_model: Any):
    from studio_app.core.request import GenerationRequest
    from studio_app.engine.device import best_device
    from studio_app.engine.drawing.batch import BatchPainter
    from studio_app.engine.families.registry import load_model

    painter = BatchPainter(load_model(str(tiny_model), best_device()))
    request = GenerationRequest("a disc", width=64, height=64, model=str(tiny_model))
    red, blue = (replace(request, negative_prompt=word) for word in ("red", "blue"))
    both = painter.paint([red, blue]).latents
    alone = painter.paint([blue]).latents
    assert abs(both[1] - alone[0]).max() < 0.05
    assert abs(both[0] - both[1]).max() > 0.01
