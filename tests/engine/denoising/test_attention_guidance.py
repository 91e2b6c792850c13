"""A negative prompt by normalised attention guidance: the paper's numbers, and what it does to pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from studio_app.core.capabilities import Range
from studio_app.core.regions import Region
from studio_app.core.request import GenerationRequest
from studio_app.document.settings import Settings
from studio_app.engine.denoising.attention_guidance import CROSS, Strength, avoiding, guided
from studio_app.engine.denoising.joint_guidance import JOINT, AnsweredTwice, Sequenced
from studio_app.engine.denoising.unets import unet_pass
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.drawing.checks import check_request
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.ui.negative import negative_badge
from tests.engine.conftest import CPU, distance
from tests.fake_engine import CAN
from tests.tiny.sd15 import make_unet


def papers(z: torch.Tensor, away: torch.Tensor, strength: Strength = CROSS) -> torch.Tensor:
    """Algorithm 1, as it is written."""
    far = z * strength.scale - away * (strength.scale - 1)
    ratio = far.norm(p=1, dim=-1, keepdim=True) / z.norm(p=1, dim=-1, keepdim=True)
    far = torch.where(ratio > strength.tau, far * strength.tau / ratio, far)
    return strength.alpha * far + (1 - strength.alpha) * z


def final(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    return list(engine.run(request, wanted=("final",)))[-1].rgb.astype(int)


@pytest.fixture(params=["sd15", "sdxl", "lcm"])
def base(request: pytest.FixtureRequest) -> GenerationRequest:
    """guidance 1, or a guidance embedding."""
    embedded = request.param == "lcm"
    make: Callable[..., Path] = request.getfixturevalue(
        "make_sdxl" if request.param == "sdxl" else "make_sd15"
    )
    lcm = {"guidance_embedding": True, "scheduler": "LCMScheduler", "controlnets": ()}
    folder = make("lcm", **lcm) if embedded else make()
    return GenerationRequest(
        "a red potion",
        sampler="lcm",
        steps=2,
        guidance_scale=4.0 if embedded else 1.0,
        width=64,
        height=64,
        model=str(folder),
        seed=7,
    )


def test_it_is_the_paper_s():
    torch.manual_seed(0)
    z, away = torch.randn(2, 9, 16), torch.randn(2, 9, 16)
    away[0] *= 8  # too far: cut to tau
    assert torch.allclose(guided(z, away), papers(z, away), atol=1e-5)
    assert torch.isfinite(guided(0 * z, 0 * away)).all()


def test_a_layer_compares_its_answers_before_its_last_product():
    unet = make_unet().eval()
    width = unet.config.cross_attention_dim
    torch.manual_seed(1)
    x, words, other = torch.randn(1, 4, 8, 8), torch.randn(1, 7, width), torch.randn(1, 5, width)
    layer: Any = next(m for n, m in unet.named_modules() if n.endswith("attn2"))
    seen: list[torch.Tensor] = []
    handle = layer.register_forward_hook(
        lambda module, given, out: seen.extend((given[0].detach(), out.detach()))
    )
    before = layer.processor
    passes = avoiding(unet_pass(unet), unet, other)
    with torch.inference_mode():
        passes.run(x, torch.tensor([5.0]), words, None, None, None, None)
        handle.remove()

        def answer(told: torch.Tensor) -> torch.Tensor:
            q, k, v = layer.to_q(seen[0]), layer.to_k(told), layer.to_v(told)
            heads = [t.view(1, t.shape[1], layer.heads, -1).transpose(1, 2) for t in (q, k, v)]
            return F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)

        expected = layer.to_out[0](papers(answer(words), answer(other)))
    assert torch.allclose(seen[1], expected, atol=1e-5)
    assert layer.processor is before and len(layer.to_out) == 2


@pytest.mark.parametrize("first", [True, False])
def test_in_one_sequence_words_see_themselves_and_the_picture_is_asked_twice(first: bool):
    torch.manual_seed(2)
    words, unwanted, picture = (
        [torch.randn(2, 3, length, 8) for _ in range(3)] for length in (5, 4, 9)
    )
    whole = [
        torch.cat(part if first else (part[2], *part[:2]), 2)
        for part in zip(words, unwanted, picture, strict=True)
    ]

    def answer(told: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        q, k, v = (torch.cat(pair, 2) for pair in zip(told, picture, strict=True))
        answered = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return answered[:, : told[0].shape[2]], answered[:, told[0].shape[2] :]

    heard, z = answer(words)
    ignored, away = answer(unwanted)
    parts = [heard, ignored, papers(z, away, JOINT)]
    expected = torch.cat(parts if first else [parts[2], *parts[:2]], 1)
    other = torch.randn(2, 3, 17, 8)
    with AnsweredTwice(Sequenced(5, 4, 9, first=first)):
        q, k, v = whole
        given = F.scaled_dot_product_attention(q, key=k, value=v)
        alone = F.scaled_dot_product_attention(other, other, other)
    assert torch.allclose(given.transpose(1, 2).flatten(2), expected, atol=1e-5)
    assert torch.equal(alone, F.scaled_dot_product_attention(other, other, other))


def test_at_guidance_1_a_negative_prompt_acts_and_leaves_nothing_behind(
    engine: DiffusionEngine, base: GenerationRequest
):
    plain = final(engine, base)
    avoided = final(engine, replace(base, negative_prompt="blue"))
    assert distance(avoided, plain) > 0.1
    assert np.array_equal(final(engine, base), plain)
    assert distance(final(engine, replace(base, negative_prompt="a snow crown")), avoided) > 0.05
    left = np.zeros((64, 64), np.uint8)
    left[:, :32] = 255
    told = replace(base, negative_prompt="blue", regions=(Region("a blue crown", left),))
    assert distance(final(engine, told), avoided) > 0.01
    check_request(told, engine.load(base.model), "it")


def test_a_batch_is_its_pictures(engine: DiffusionEngine, make_sd15: Callable[..., Path]):
    base = GenerationRequest(
        "a red potion",
        "blue",
        sampler="ddim",
        steps=2,
        guidance_scale=1,
        width=64,
        height=64,
        model=str(make_sd15()),
    )
    requests = [base, replace(base, negative_prompt="a crown", seed=3)]
    both = BatchPainter(load_model(base.model, CPU)).paint(requests).latents
    for latent, request in zip(both, requests, strict=True):
        alone = list(engine.run(request, wanted=("final",)))[-1].latent
        assert alone is not None and np.abs(latent - alone).max() < 0.02


def test_it_is_shown_as_what_it_is():
    gentle = replace(CAN, negative="cfg", attention_guidance=True, guidance=Range(1, 9, 1))
    at_1 = Settings(prompt="a", negative_prompt="b", sampler="lcm", guidance_scale=1)
    badge = negative_badge(gentle, at_1)
    assert badge.state == "acts" and "attention guidance" in badge.why
    assert negative_badge(gentle, replace(at_1, guidance_scale=2)).state == "costs"
    assert negative_badge(replace(gentle, attention_guidance=False), at_1).state == "off"
    assert negative_badge(replace(gentle, negative="none"), at_1).state == "acts"
    request = GenerationRequest("a", "b", guidance_scale=1, sampler="lcm", width=64, height=64)
    assert any("attention guidance" in said for said in check_request(request, gentle, "it"))
