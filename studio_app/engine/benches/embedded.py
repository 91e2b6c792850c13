"""How long the parts of a picture take here. Medians, after a warm-up."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import Control
from studio_app.core.engine import never
from studio_app.core.request import GenerationRequest
from studio_app.engine.benches.stock import WORDS
from studio_app.engine.decoding.maps import decode_maps
from studio_app.engine.device import Device, best_device
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.engine.models.family import NO_TILE, Model
from studio_app.engine.operators.one_call import COMMON


def measure(model: str = "underpaint-256", repeats: int = 10) -> dict[str, float]:
    """Figures by key. Milliseconds unless said; 4 steps, the model's own size, a depth control.

    load_s: reading the model in a process that has torch already. unet_step_ms, teacher_step_ms: one
    forward pass (the teacher's with guidance); guided_step_ms: a step that is guided by the drawing, where the
    model's are. decode_ms, encode_ms, preview_ms: latent to pixels, back, and the linear preview. draft_ms,
    maps_ms: latent to a draft, to maps, where the model has decoders of them. text_ms, control_ms: a new prompt, a
    new drawing. render1_ms, render4_ms: a whole new picture of one and of four steps; edit4_ms: the same with only
    the drawing changed; frames4_ms: four steps with every x_t and x_0.
    """
    device = best_device()
    began = time.perf_counter()
    loaded = load_model(model, device)
    figures = {"load_s": time.perf_counter() - began}
    width, height = loaded.capabilities.sizes[0]
    engine = DiffusionEngine(device)
    few = GenerationRequest(WORDS, model=model, width=width, height=height, steps=4)
    few = replace(few, guidance_scale=loaded.capabilities.guidance.default)
    if "depth" in loaded.capabilities.controls:
        drawing = np.linspace(0, 1, width * height, dtype=np.float32).reshape(height, width)
        few = replace(few, controls=(Control("depth", drawing),))
    figures |= _parts(loaded, few, repeats)
    if "consistency" in loaded.capabilities.samplers:
        figures |= _pictures(engine, loaded.capabilities, few, device, repeats)
    return figures


def _parts(loaded: Model, few: GenerationRequest, repeats: int) -> dict[str, float]:
    """Of what a picture is made with, each alone."""
    device, (width, height) = loaded.device, (few.width, few.height)
    figures: dict[str, float] = {}
    for control in few.controls:

        def look(control: Control = control) -> object:
            return loaded.encode_control(control, (width, height), NO_TILE)

        _settle(look, lambda: loaded.tune(never))
        figures["control_ms"] = _median(look, device, repeats)
    latent = torch.randn(1, loaded.latent_channels, height // loaded.scale, width // loaded.scale)
    latent = latent.to(device.place)
    pixels = np.zeros((height, width, 3), np.uint8)
    return (
        figures
        | decoding(loaded, latent, repeats)
        | {
            "text_ms": _median(lambda: loaded.encode_prompt(WORDS, "scene"), device, repeats),
            "encode_ms": _median(lambda: loaded.encode(pixels, NO_TILE), device, repeats),
            "preview_ms": _median(lambda: loaded.preview(latent).at_once(), device, repeats),
        }
    )


def _pictures(
    engine: DiffusionEngine,
    can: Capabilities,
    few: GenerationRequest,
    device: Device,
    repeats: int,
) -> dict[str, float]:
    """Of whole ones, and of the steps that they differ by."""
    seeds = iter(range(1_000_000))

    def render(steps: int, frames: bool = False, drawn: bool = True, **more: Any) -> None:
        asked = few if drawn else replace(few, controls=())
        request = replace(asked, seed=next(seeds), steps=steps, **more)
        wanted = ("noisy", "denoised", "final") if frames else ("final",)
        for _ in engine.run(request, wanted=wanted):
            pass

    def edit() -> None:
        turned = next(seeds)
        controls = tuple(
            replace(control, pixels=np.roll(control.pixels, turned)) for control in few.controls
        )
        for _ in engine.run(replace(few, controls=controls), wanted=("final",)):
            pass

    _settle(lambda: render(4), engine.tune)
    figures = {
        "render1_ms": _median(lambda: render(1), device, repeats),
        "render4_ms": _median(lambda: render(4), device, repeats),
    }
    by_words = [_median(lambda n=n: render(n, drawn=False), device, repeats) for n in (1, 4)]
    figures["unet_step_ms"] = (by_words[1] - by_words[0]) / 3
    if few.controls and can.control_guidance:
        figures["guided_step_ms"] = (figures["render4_ms"] - figures["render1_ms"]) / 3
    figures["frames4_ms"] = _median(lambda: render(4, frames=True), device, repeats)
    if few.controls:
        figures["edit4_ms"] = _median(edit, device, repeats)
    if "ddim" in can.samplers:
        least = int(can.steps_of("ddim").min)
        slow = _median(lambda: render(least + 4, sampler="ddim"), device, repeats)
        slow -= _median(lambda: render(least, sampler="ddim"), device, repeats)
        figures["teacher_step_ms"] = slow / 4
    return figures


def decoding(loaded: Model, latent: Tensor, repeats: int = 10) -> dict[str, float]:
    """decode_ms and, where the model has decoders of drafts and of maps, draft_ms and maps_ms, of a latent
    [1, C, h, w] on its device."""
    device = loaded.device

    def decode() -> object:
        return loaded.decode(latent, NO_TILE)

    _settle(decode, lambda: loaded.tune(never))
    figures = {"decode_ms": _median(decode, device, repeats)}
    if loaded.draft is not loaded.decoder:

        def draft() -> object:
            return loaded.decode(latent, NO_TILE, draft=True)

        _settle(draft, lambda: loaded.tune(never))
        figures["draft_ms"] = _median(draft, device, repeats)
    if loaded.capabilities.maps:
        figures["maps_ms"] = _median(
            lambda: decode_maps(loaded.maps, latent, device, (False, False)), device, repeats
        )
    return figures


def _settle(work: Callable[[], object], tune: Callable[[], bool]) -> None:
    """Works until nothing gets quicker any more, as it does within seconds in an artist's hands."""
    for _ in range(COMMON):
        with torch.inference_mode():
            work()
    while tune():
        pass


def _median(work: Callable[[], object], device: Device, repeats: int) -> float:
    times: list[float] = []
    for i in range(repeats + 2):
        began = time.perf_counter()
        with torch.inference_mode():
            work()
        if device.place.type == "cuda":
            torch.cuda.synchronize()
        if i >= 2:
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
