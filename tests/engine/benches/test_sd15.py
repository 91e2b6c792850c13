"""The bench of Stable Diffusion 1 at a tiny size: both sides do the same work. Nothing is timed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import diffusers
import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.engine.benches import sd15 as sd15_bench
from studio_app.engine.benches.sd15 import Shape
from tests.engine.conftest import CPU

TINY = Shape(64, (32, 32, 64, 64), (32, 32, 32, 32), 24, 1)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often networks were asked, by their types."""
    counts: Counter[str] = Counter()

    def counted(kind: Any, name: str) -> None:
        known = getattr(kind, name)

        def method(self: Any, *given: Any, **more: Any) -> Any:
            counts[kind.__name__] += 1
            return known(self, *given, **more)

        monkeypatch.setattr(kind, name, method)

    counted(diffusers.UNet2DConditionModel, "forward")
    counted(diffusers.ControlNetModel, "forward")
    counted(diffusers.AutoencoderKL, "decode")
    counted(diffusers.StableDiffusionControlNetPipeline, "__call__")
    return counts


@pytest.mark.parametrize("apart", [False, True])
def test_both_sides_ask_their_networks_equally_often(
    calls: Counter[str], apart: bool, monkeypatch: pytest.MonkeyPatch
):
    """Ours a few times more before, where it is tuned."""
    moved: list[torch.memory_format] = []
    known = sd15_bench.placed

    def placed(networks: Any, device: Any) -> None:
        moved.append(device.memory_format)
        known(networks, device)

    monkeypatch.setattr(sd15_bench, "placed", placed)
    monkeypatch.setattr(sd15_bench, "tuned", lambda engine, work, seconds: work())
    found = sd15_bench.compare(CPU, pairs=1, shape=TINY, apart=apart)
    assert set(found) == {"sd15_speedup"}
    assert found["sd15_speedup"] > 0
    runs = 2  # of each side; one warms up
    assert calls == {
        "StableDiffusionControlNetPipeline": runs,
        "UNet2DConditionModel": (2 * runs + apart) * 4,
        "ControlNetModel": (2 * runs + apart) * 4,
        "AutoencoderKL": 2 * runs + apart,
    }
    assert len(moved) == 1 + (2 if apart else 2 * runs)  # our ControlNet, once; nothing meanwhile


def test_both_sides_have_the_same_weights_and_the_bare_passes_are_those_of_a_run(
    calls: Counter[str],
):
    parts = sd15_bench.networks(TINY)
    model = sd15_bench.model_of(parts, CPU, TINY)
    pipe: Any = sd15_bench.pipeline(parts, CPU)
    assert pipe.unet is model.unet
    assert pipe.vae is model.vae
    ours = model.drawn.of("depth")
    assert model.calls[ours.network] is ours.call  # where a card's graphs are made of
    assert torch.equal(pipe.controlnet.conv_in.weight, ours.network.conv_in.weight)
    assert torch.equal(
        pipe.controlnet.controlnet_cond_embedding.conv_in.weight, ours.look.conv_in.weight
    )
    weight = pipe.unet.conv_in.weight
    assert torch.equal(weight, weight.bfloat16().float())
    sd15_bench.bare(model, CPU, TINY)
    assert calls == {"UNet2DConditionModel": 4, "ControlNetModel": 4, "AutoencoderKL": 1}


def test_it_is_said_where_memory_is_short(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sd15_bench, "best_device", lambda: CPU)
    monkeypatch.setattr(sd15_bench, "memory", lambda: (16 << 30, 4 << 30))
    with pytest.raises(StudioError, match="memory"):
        sd15_bench.measure()
