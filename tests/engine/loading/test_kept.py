"""Weights that stay as small in memory as they are in their file draw what they draw multiplied out, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType
from safetensors.torch import load_file, save_file

from studio_app.catalogue import encoders, marks
from studio_app.catalogue.gguf import TYPES
from studio_app.catalogue.numbers import KEPT_BITS
from studio_app.core.engine import quiet
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine import engine as engine_module
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import look_up
from studio_app.engine.loading import budget
from studio_app.engine.loading.budget import Fit, bytes_of, fit_of
from studio_app.engine.operators import kept as kept_layers
from studio_app.engine.operators.compiling import compiled
from studio_app.engine.operators.kept import KeptLayer, keeps
from studio_app.engine.operators.makers import maker_for
from studio_app.engine.operators.unpacking import UNPACKED
from tests.engine.conftest import CPU
from tests.engine.pretended_card import CARD, pretended_card
from tests.loras import factors, layers_of, peft
from tests.tiny import klein, z_image
from tests.tiny.eight_bits import in_blocks, plain, scaled
from tests.tiny.gguf import write_gguf
from tests.tiny.sd15 import write_single_file


@pytest.fixture(autouse=True)
def known_widths(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny networks of the tests are as wide as no real ones, and some of their layers large enough for parts."""
    monkeypatch.setattr(kept_layers, "_AT_ONCE", 5000)
    monkeypatch.setitem(encoders._QWEN3, 32, "qwen3-4b")
    monkeypatch.setitem(marks._BY_WIDTH, 64, "flux2-klein")


def both(path: Path) -> tuple[Any, Any]:
    """A model multiplied out, and kept."""
    chosen = look_up(str(path), CPU)
    return chosen.load(quiet), chosen.load(quiet, kept=True)


def request_of(path: Path, **more: Any) -> GenerationRequest:
    given = {"sampler": "euler", "steps": 2, "guidance_scale": 1.0, "width": 64, "height": 64}
    return GenerationRequest("a red potion", model=str(path), seed=7, **given | more)


def drawn(model: Any, request: GenerationRequest) -> np.ndarray:
    return BatchPainter(model).paint([request]).latents


def packed(folder: Path, tree: Path, module: Any) -> Path:
    """The denoiser and the text encoder of a folder as GGUF files beside the rest."""
    parts = module.write_parts(folder, tree)
    path = parts.with_suffix(".gguf")
    write_gguf(path, load_file(parts), GGMLQuantizationType.Q8_0)
    words = tree / "text_encoders/qwen_3_4b.safetensors"
    write_gguf(words.with_suffix(".gguf"), load_file(words), GGMLQuantizationType.Q8_0)
    for file in (parts, words):
        file.unlink()
    return path


@pytest.fixture(scope="module")
def turbo(make_z_image: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_z_image("alone/Z-Image-Turbo", union=False)
    return packed(folder, tmp_path_factory.mktemp("packed"), z_image)


def test_what_is_kept_is_what_can_be_unpacked():
    bits = {name: 8 * size / numbers for name, numbers, size in TYPES.values()}
    few = {name: count for name, count in KEPT_BITS.items() if not name.startswith("F8")}
    assert few == {name: bits[name] for name in UNPACKED}
    assert all(8 * length / numbers == few[name] for name, (length, _) in UNPACKED.items()
               for kind, numbers, _ in TYPES.values() if kind == name)  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(plain, id="plain"),
        pytest.param(scaled(".scale_weight"), id="scaled by ComfyUI"),
        pytest.param(scaled(".weight_scale", rows=True), id="scaled by rows"),
        pytest.param(in_blocks, id="scaled by blocks"),
    ],
)
def test_fp8_draws_the_same_picture(tmp_path: Path, change: Callable[[Any], None]):
    path = tmp_path / "eight.safetensors"
    write_single_file(path)
    tensors = load_file(path)
    change(tensors)
    for name in [n for n, t in tensors.items() if t.ndim == 4 and "output_blocks" in n]:
        tensors[name] = tensors[name].to(torch.float8_e5m2)
    save_file(tensors, path)
    whole, kept = both(path)
    layers = [m for m in kept.unet.modules() if isinstance(m, KeptLayer)]
    assert {type(layer).__name__ for layer in layers} == {"KeptLinear", "KeptConv2d"}
    assert not keeps(kept.vae) and not keeps(whole.unet)
    request = request_of(path, guidance_scale=4.0, tile=(True, False))
    assert np.array_equal(drawn(kept, request), drawn(whole, request))
    assert 4 * sum(layer.numbers.nbytes for layer in layers) == sum(
        whole.unet.get_submodule(name).weight.nbytes
        for name, layer in kept.unet.named_modules()
        if isinstance(layer, KeptLayer)
    )


@pytest.mark.parametrize("family", ["Z-Image", "FLUX.2 klein"])
def test_a_gguf_draws_the_same_picture_in_a_third_of_the_memory(
    family: str, turbo: Path, tmp_path: Path, request: pytest.FixtureRequest
):
    """Words too. Of what another program has in one, each layer has its part."""
    path = turbo
    if family != "Z-Image":
        make: Callable[..., Path] = request.getfixturevalue("make_klein")
        path = packed(make("FLUX.2-klein-4B"), tmp_path, klein)
    whole, kept = both(path)
    assert np.array_equal(drawn(kept, request_of(path)), drawn(whole, request_of(path)))
    parts = [(kept.transformer, whole.transformer), (kept.text.model, whole.text.model)]
    for small, large in parts:
        assert bytes_of([small]) < 0.36 * bytes_of([large])
    weight = look_up(str(path), CPU).weight
    assert weight.kept is not None
    vae = bytes_of([kept.vae])
    said = weight.kept.held - max(w * h for w, h in kept.capabilities.sizes) * 4096
    assert abs(bytes_of(small for small, _ in parts) + vae - said) < 0.05 * said


def test_loras_on_what_is_kept_change_it_as_they_would(turbo: Path, tmp_path: Path):
    whole, kept = both(turbo)
    parts = factors(layers_of(whole.transformer, "to_q", "feed_forward.w1"))
    tensors = peft("transformer.", parts)
    for name, (_, b) in list(parts.items())[::2]:
        tensors[f"transformer.{name}.lora_magnitude_vector.weight"] = 1 + torch.rand(len(b))
    save_file(tensors, tmp_path / "style.safetensors")
    plain = request_of(turbo)
    worn = replace(plain, loras=((str(tmp_path / "style.safetensors"), 0.7),))
    before, styled = drawn(kept, plain), drawn(kept, worn)
    assert np.array_equal(styled, drawn(whole, worn)) and not np.array_equal(styled, before)
    assert kept.notes(worn) == [] and kept.loras._kept == {}
    assert kept.loras.held == sum(t.nbytes for pair in parts.values() for t in pair)
    assert np.array_equal(drawn(kept, plain), before) and kept.loras.held == 0


def test_what_is_multiplied_out_is_never_one_call(turbo: Path):
    """It would go on without the LoRAs that come later."""
    _, kept = both(turbo)
    assert maker_for(kept.transformer, torch.device("cpu")) is None
    with pytest.raises(RuntimeError, match="as small as they are written"):
        compiled(kept.transformer, kept.transformer.forward, [])


def test_weights_are_kept_where_the_memory_wants_it(
    turbo: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
):
    """And multiplied out where they fit; a model that comes back is as it was."""
    weight = look_up(str(turbo), CPU).weight
    assert weight.kept is not None and weight.kept.held < weight.held
    free = weight.kept.held
    monkeypatch.setattr(budget, "memory", lambda: (1 << 40, free))
    engine = DiffusionEngine(CPU)

    def transformer() -> Any:
        assert engine._loaded is not None
        return engine._loaded[1].transformer  # type: ignore[attr-defined]

    engine.load(str(turbo))
    assert keeps(transformer()) and engine._weight == weight.kept.held
    free = 1000

    def fail(what: str, share: float) -> None:
        if share > 0.5:
            raise StudioError("The disk is gone")

    with pytest.raises(StudioError, match="disk is gone"):
        engine.load(str(tiny_model), fail)
    assert keeps(transformer())
    free = weight.held
    engine.unload()
    engine.load(str(turbo))
    assert not keeps(transformer()) and engine._weight == weight.held


def test_what_a_card_holds_packed_goes_before_what_it_holds_with_words_beside(
    monkeypatch: pytest.MonkeyPatch,
):
    small = budget.Weight(0, 50, 10)
    monkeypatch.setattr(budget, "free_memory", lambda _: 70)
    card = replace(CPU, place=torch.device("cuda"))
    fits = [fit_of("it", budget.Weight(0, h, 30, small), 0, card) for h in (60, 90, 110)]
    assert [(fit.beside, fit.kept, fit.held) for fit in fits] == [
        (True, False, 60), (False, False, 90), (True, True, 50),
    ]  # fmt: skip
    with pytest.raises(StudioError, match="takes about 90 bytes"):
        fit_of("it", budget.Weight(0, 300, 30, budget.Weight(0, 100, 10)), 0, card)


def test_a_number_that_is_none_is_refused_packed_too(tmp_path: Path):
    path = tmp_path / "eight.safetensors"
    write_single_file(path)
    tensors = load_file(path)
    plain(tensors)
    name = next(n for n, t in tensors.items() if t.dtype == torch.float8_e4m3fn)
    tensors[name].view(torch.uint8)[0, 0] = 0x7F
    save_file(tensors, path)
    with pytest.raises(StudioError, match="not finite"):
        look_up(str(path), CPU).load(quiet, kept=True)


def test_no_step_waits_for_the_card_where_weights_are_kept(
    turbo: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine_module, "fit_of", lambda *_: Fit(True, True, 0))
    with pretended_card(monkeypatch) as card:
        engine = DiffusionEngine(CARD)
        engine.load(str(turbo))
        list(engine.run(request_of(turbo)))
        card.waits.clear()
        list(engine.run(request_of(turbo, steps=3)))
        assert card.waits == []
        assert engine._loaded is not None
        assert keeps(engine._loaded[1].transformer)  # type: ignore[attr-defined]
