"""Words of regions: heard where the region lies, in one pass; a model that hears none says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.core.regions import Region
from studio_app.core.request import GenerationRequest
from studio_app.engine.denoising.regions import SHARE, regional
from studio_app.engine.denoising.unets import unet_pass
from studio_app.engine.drawing.checks import check_request
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import final
from tests.fake_engine import CAN
from tests.tiny.sd15 import make_unet

LEFT = np.zeros((64, 64), np.uint8)
LEFT[:, :32] = 255


@pytest.mark.parametrize("guidance", [1.0, 4.0])
@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_a_region_tells_where_it_lies(
    request: pytest.FixtureRequest, engine: DiffusionEngine, family: str, guidance: float
):
    model = request.getfixturevalue(f"make_{family}")()
    plain = GenerationRequest(
        "a red potion", sampler="ddim", steps=3, guidance_scale=guidance, width=64, height=64,
        model=str(model), seed=7,
    )  # fmt: skip
    before = final(engine, plain)
    told = replace(plain, regions=(Region("a blue crown on snow", LEFT),))
    off = np.abs(final(engine, told) - before).mean(axis=(0, 2))
    assert off[:24].mean() > 0
    assert np.array_equal(final(engine, plain), before)  # nothing of it stays in the model
    nowhere = replace(plain, regions=(Region("a blue crown on snow", np.zeros_like(LEFT)),))
    assert np.abs(final(engine, nowhere) - before).max() <= 1


def test_the_answers_are_mixed_by_the_masks():
    """Of one cross-attention alone: the words of the region on the left, none of them on the right."""
    unet = make_unet().eval()
    width = unet.config.cross_attention_dim
    torch.manual_seed(1)
    x, words, other = torch.randn(1, 4, 8, 8), torch.randn(1, 7, width), torch.randn(1, 7, width)
    heard: dict[str, torch.Tensor] = {}

    def watch(name: str):
        def hook(module: object, given: object, out: torch.Tensor) -> None:
            heard.setdefault(name, out.detach())

        return hook

    first = next(m for n, m in unet.named_modules() if n.endswith("attn2"))
    for name, forward in (
        ("whole", unet_pass(unet)),
        ("left", regional(unet_pass(unet), unet, [other], [LEFT], guided=False)),
    ):
        handle = first.register_forward_hook(watch(name))
        with torch.inference_mode():
            forward.run(x, torch.tensor([5.0]), words, None, None, None, None)
        handle.remove()
    side = int(heard["whole"].shape[1] ** 0.5)
    off = (heard["left"] - heard["whole"]).abs().mean(2).reshape(side, side)
    assert off[:, : side // 2].min() > 0 and off[:, side // 2 :].max() == 0
    assert 0 < SHARE < 1


def test_a_model_that_hears_no_regions_refuses_them():
    request = GenerationRequest("a", width=64, height=64, regions=(Region("b", LEFT),))
    with pytest.raises(StudioError, match="one set of words"):
        check_request(request, replace(CAN, sizes=((64, 64),)), "it")
    check_request(request, replace(CAN, sizes=((64, 64),), regions=True), "it")
