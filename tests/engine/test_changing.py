"""One model in the place of another: how far it is, stopping it, and what the memory bears."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio_app.core.engine import LoadStopped
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.device import Device
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.loading import budget
from tests.engine.conftest import CPU, depth

ROUNDS = 12


def free_is(monkeypatch: pytest.MonkeyPatch, count: Callable[[], int]) -> None:
    monkeypatch.setattr(budget, "memory", lambda: (1 << 40, count()))


def test_a_load_tells_how_far_it_is(tiny_model: Path):
    told: list[tuple[str, float]] = []
    DiffusionEngine(CPU).load(str(tiny_model), lambda *said: told.append(said))
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[0] < 0.1
    assert {"unet", "vae"} <= {what for what, _ in told}
    assert 0.9 < shares[-1] <= 1.0


def test_a_load_that_is_stopped_leaves_the_old_model(
    tiny_model: Path, build_model: Callable[..., Path]
):
    engine = DiffusionEngine(CPU)
    engine.load(str(tiny_model))
    kept = engine._loaded
    calls = 0

    def stop(what: str, share: float) -> None:
        nonlocal calls
        calls += 1
        if share > 0.3:
            raise LoadStopped("enough")

    with pytest.raises(LoadStopped):
        engine.load(str(build_model("other", seed=1)), stop)
    assert engine._loaded is kept and calls > 1


def test_what_does_not_fit_is_refused_before_anything_is_read_or_let_go_of(
    tiny_model: Path, build_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    engine = DiffusionEngine(CPU)
    engine.load(str(tiny_model))
    kept, told = engine._loaded, list[str]()
    free_is(monkeypatch, lambda: 1000)
    monkeypatch.setattr(engine, "_weight", 0)
    with pytest.raises(StudioError, match=r"does not fit.*takes about .* MB") as caught:
        engine.load(str(build_model("large", seed=1)), lambda what, _: told.append(what))
    assert "smaller" in caught.value.hint
    assert engine._loaded is kept and told == []


def test_a_card_need_not_hold_what_a_cpu_can_read_prompts_with(monkeypatch: pytest.MonkeyPatch):
    card = Device(torch.device("cuda"), torch.bfloat16)
    monkeypatch.setattr(budget, "free_memory", lambda _: 70)
    assert budget.fit_of("it", budget.Weight(0, 60, 30), 0, card).beside
    assert not budget.fit_of("it", budget.Weight(0, 90, 30), 0, card).beside
    with pytest.raises(StudioError, match="does not fit"):
        budget.fit_of("it", budget.Weight(0, 110, 30), 0, card)
    with pytest.raises(StudioError, match="does not fit"):
        budget.fit_of("it", budget.Weight(0, 90, 30), 0, CPU)


def test_where_both_do_not_fit_the_old_one_goes_first_and_comes_back_if_the_new_one_fails(
    tiny_model: Path, build_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    engine = DiffusionEngine(CPU)
    engine.load(str(tiny_model))
    other = str(build_model("other", seed=1))
    free_is(monkeypatch, lambda: 1000)
    monkeypatch.setattr(engine, "_weight", 1 << 30)
    there: list[bool] = []
    engine.load(other, lambda *_: there.append(engine._loaded is not None))
    assert not any(there) and there  # while it was read, no other was held
    assert engine._loaded is not None and engine._loaded[0] == other
    assert 0 < engine._weight < 1 << 30

    def fail(what: str, share: float) -> None:
        if share > 0.5:
            raise StudioError("The disk is gone")

    monkeypatch.setattr(engine, "_weight", 1 << 30)
    with pytest.raises(StudioError, match="disk is gone"):
        engine.load(str(tiny_model), fail)
    assert engine._loaded is not None and engine._loaded[0] == other


def test_where_nobody_knows_how_much_is_free_a_model_is_read(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
):
    free_is(monkeypatch, lambda: 0)
    assert DiffusionEngine(CPU).load(str(tiny_model)).native


def test_the_weight_is_that_of_the_networks(tiny_model: Path):
    engine = DiffusionEngine(CPU)
    engine.load(str(tiny_model))
    assert engine._loaded is not None
    model = engine._loaded[1]
    numbers = sum(p.numel() for network in (model.unet, model.vae) for p in network.parameters())  # type: ignore[attr-defined]
    numbers += sum(p.numel() for p in model.text.model.parameters())  # type: ignore[attr-defined]
    pixels = max(width * height for width, height in model.capabilities.sizes)
    held = engine._weight - pixels * budget.PIXEL_BYTES * 2
    assert abs(held - 4 * numbers) <= 0.05 * held


def resident() -> int:
    """Bytes of this process in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cycles(count: int, models: tuple[str, str]) -> tuple[int, int]:
    """Memory after a few changes of model, and after `count` more."""
    engine = DiffusionEngine(CPU)
    for i in range(6):
        engine.load(models[i % 2])
    engine.unload()
    gc.collect()
    before = resident()
    for i in range(count):
        engine.load(models[i % 2])
        if i % 3 == 2:
            engine.unload()
    engine.unload()
    gc.collect()
    return before, resident()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells")
@pytest.mark.parametrize("count", [ROUNDS, pytest.param(200, marks=pytest.mark.slow)])
def test_memory_comes_back_after_many_changes_of_model(
    count: int, tiny_model: Path, make_sd15: Callable[..., Path]
):
    before, after = cycles(count, (str(tiny_model), str(make_sd15())))
    assert after <= before * 1.05


def test_a_model_whose_files_are_others_now_is_read_again(
    make_sd15: Callable[..., Path], tmp_path: Path
):
    """And only then; one that is gone stays open, and is said to be gone."""
    folder = Path(shutil.copytree(make_sd15(), tmp_path / "sd15"))
    engine = DiffusionEngine(CPU)
    engine.load(str(folder))
    before: Any = engine._loaded and engine._loaded[1]
    engine.load(str(folder))
    assert engine._loaded is not None and engine._loaded[1] is before
    path = folder / "unet/diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    save_file({**tensors, "conv_out.bias": tensors["conv_out.bias"] + 1}, path)
    engine.load(str(folder))
    after: Any = engine._loaded[1]
    moved = after.unet.conv_out.bias - before.unet.conv_out.bias
    assert after is not before and torch.allclose(moved, torch.ones(4), atol=0.01)
    shutil.rmtree(folder)
    with pytest.raises(StudioError, match="No model at"):
        engine.load(str(folder))
    assert engine._loaded[1] is after


def test_nothing_of_an_old_model_stays(tiny_model: Path, build_model: Callable[..., Path]):
    import weakref

    engine = DiffusionEngine(CPU)
    engine.load(str(tiny_model))
    assert engine._loaded is not None
    gone = weakref.ref(engine._loaded[1])
    engine.load(str(build_model("other", seed=1)))
    gc.collect()
    assert gone() is None


def test_what_is_read_beside_a_model_is_counted_and_refused_where_it_does_not_fit(
    make_sd15: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    shapes = {"lora_down": (2, 32), "lora_up": (16, 2)}
    tensors = {f"{layer}.{part}.weight": torch.ones(shape) for part, shape in shapes.items()}
    save_file(tensors, tmp_path / "wash.safetensors")
    engine = DiffusionEngine(CPU)
    plain = GenerationRequest(
        "a red potion",
        sampler="ddim",
        steps=1,
        guidance_scale=1,
        width=64,
        height=64,
        model=str(make_sd15()),
    )
    drawn = replace(plain, controls=depth())
    dressed = replace(plain, loras=((str(tmp_path / "wash.safetensors"), 1.0),))
    list(engine.run(plain))
    assert engine._loaded is not None
    model = engine._loaded[1]
    assert model.beside == 0
    with monkeypatch.context() as patch:
        free_is(patch, lambda: 100)
        with pytest.raises(StudioError, match="controlnet_depth does not fit"):
            list(engine.run(drawn))
        with pytest.raises(StudioError, match="LoRA does not fit"):
            list(engine.run(dressed))
        list(engine.run(plain))
    list(engine.run(dressed))
    originals = 16 * 32 * 4
    assert model.beside == originals
    list(engine.run(drawn))
    control = torch.nn.ModuleList(model.drawn.of("depth").whole)  # type: ignore[attr-defined]
    assert model.beside == sum(p.nbytes for p in control.parameters())  # the LoRA is off again
    asked: list[int] = []
    known = budget.fit_of
    monkeypatch.setattr(
        "studio_app.engine.engine.fit_of",
        lambda name, weight, held, device: (asked.append(held), known(name, weight, held, device))[
            1
        ],
    )
    before = engine._weight + model.beside
    engine.load(str(make_sd15("another", seed=1)))
    assert asked == [before]
