"""How much quicker a picture of the embedded model is than in the pipeline of diffusers: both sides in one run, with
the same weights and the same request, in pairs. And what is encoded or loaded again though it was known.

The stock side is what diffusers gives whoever asks for nothing: channels apart, and on a CPU float32.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from studio_app.core.controls import Control
from studio_app.core.engine import LIVE_FRAMES, Wanted
from studio_app.core.request import GenerationRequest
from studio_app.core.resources import models_dir
from studio_app.engine.device import Device, best_device
from studio_app.engine.engine import DiffusionEngine

EMBEDDED = "underpaint-256"
WORDS = "red glass on grass, sunset"
"""They name no thing: of one the engine would draw more than the stock pipeline does (scene/forms.py)."""
STEPS = 4
LCM = {
    "_class_name": "LCMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
}
"""The scheduler's config of what is measured with weights by lot."""
_WARM_UP = 3
"""Pictures."""

Work = Callable[[], object]


def measure(model: str = EMBEDDED) -> dict[str, float]:
    """Figures by key; takes half a minute. On a graphics card keys of times begin with `cuda_`.

    embedded_speedup: 4 steps with a preview each, as who watches has them (`LIVE_FRAMES`), against
    LatentConsistencyModelPipeline that decodes each. embedded_speedup_whole: the same where we decode each whole,
    too. embedded_speedup_alike: as the first where that pipeline computes in our dtype; absent where it does
    anyway. reencodes: prompts and drawings that were encoded again where only the seed changed. reloads: strokes of
    eight that made a network load or move. Only on a CUDA card: cuda_embedded_fps, pictures a second of 4 steps and
    a decode; cuda_syncs_per_step, how often the host waits for the card in a step.
    """
    device = best_device()
    found = {key_on(device, key): value for key, value in embedded(device, model).items()}
    if device.place.type == "cuda":
        found |= on_card(device, model)
    return found | encodings(device, model)


def request_of(
    model: str, side: int, seed: int, controls: tuple[Control, ...] = ()
) -> GenerationRequest:
    """A square picture as `LCM` draws it, without guidance. side: in pixels."""
    return GenerationRequest(
        WORDS,
        model=model,
        sampler="lcm",
        steps=STEPS,
        guidance_scale=1.0,
        seed=seed,
        width=side,
        height=side,
        controls=controls,
    )


def key_on(device: Device, key: str) -> str:
    return f"cuda_{key}" if device.place.type == "cuda" else key


def stock_dtype(device: Device) -> torch.dtype:
    """What people give the pipelines of diffusers there: on a card half precision too, or the pair would be unfair."""
    return torch.float32 if device.place.type == "cpu" else device.dtype


def embedded(
    device: Device, model: str = EMBEDDED, rounds: int = 9, seconds: float = 24
) -> dict[str, float]:
    """embedded_speedup, embedded_speedup_whole and embedded_speedup_alike. seconds: after these no round begins but the
    first."""
    engine, request = DiffusionEngine(device), _request(device, model)
    seeds = iter(range(1, 1 << 30))

    def ours(wanted: tuple[Wanted, ...] = LIVE_FRAMES[1:]) -> None:  # x_t is seen in no pipeline
        for _ in engine.run(replace(request, seed=next(seeds)), wanted=wanted):
            pass

    def whole() -> None:
        ours(("denoised", "final"))

    plain = stock_dtype(device)
    works: list[Work] = [ours, whole, _stock(device, plain, request)]
    if plain != device.dtype:
        works.append(_stock(device, device.dtype, request))
    tuned(engine, lambda: (ours(), whole()), seconds / 3)
    times = timed(works, device, rounds, seconds)
    found = {
        "embedded_speedup": median_ratio(times, 2, 0),
        "embedded_speedup_whole": median_ratio(times, 2, 1),
    }
    if len(works) > 3:
        found["embedded_speedup_alike"] = median_ratio(times, 3, 0)
    return found


def encodings(device: Device, model: str = EMBEDDED, strokes: int = 8) -> dict[str, float]:
    """reencodes and reloads."""
    engine, request = DiffusionEngine(device), replace(_request(device, model), steps=1)
    shape = (request.height, request.width)
    drawing = np.linspace(0, 1, shape[0] * shape[1], dtype=np.float32).reshape(shape)

    def draw(seed: int, shift: int) -> None:
        control = Control("depth", np.roll(drawing, shift))
        for _ in engine.run(replace(request, seed=seed, controls=(control,)), wanted=("final",)):
            pass

    draw(1, 0)
    known = engine.encoded
    draw(2, 0)
    again, reloads = engine.encoded - known, 0
    for i in range(strokes):
        with watched_moves() as moved:
            draw(2, i + 1)
        reloads += bool(moved)
    return {"reencodes": float(again), "reloads": float(reloads)}


def on_card(device: Device, model: str = EMBEDDED, rounds: int = 50) -> dict[str, float]:
    """cuda_embedded_fps and cuda_syncs_per_step: what four steps more wait for, a quarter of it, since the last picture
    is waited for once however many steps it had."""
    engine, request = DiffusionEngine(device), _request(device, model)
    seeds = iter(range(1, 1 << 30))

    def draw(steps: int = STEPS, seed: int | None = None) -> None:
        seed = next(seeds) if seed is None else seed
        for _ in engine.run(replace(request, seed=seed, steps=steps), wanted=("final",)):
            pass

    def waits(steps: int) -> int:
        draw(steps, seed=0)  # what is made once is no step's
        torch.cuda.set_sync_debug_mode("warn")
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                draw(steps, seed=0)
        finally:
            torch.cuda.set_sync_debug_mode("default")
        return sum("synchronizing CUDA operation" in str(one.message) for one in said)

    tuned(engine, draw, 10)
    times = timed([draw], device, rounds, seconds=10)
    found = {"cuda_embedded_fps": 1 / statistics.median(times[0])}
    return found | {"cuda_syncs_per_step": (waits(2 * STEPS) - waits(STEPS)) / STEPS}


def timed(
    works: Sequence[Work], device: Device, rounds: int, seconds: float = float("inf")
) -> list[list[float]]:
    """Seconds of every work by round: each once a round, in turn, after a round that warms up. Once `seconds` have
    passed no round begins but the first."""
    began = time.perf_counter()
    times: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    for i in range(rounds):
        if i > 0 and time.perf_counter() - began > seconds:
            break
        for work, own in zip(works, times, strict=True):
            own.append(_seconds(work, device))
    return times


def median_ratio(times: Sequence[Sequence[float]], slow: int, quick: int) -> float:
    """Of works in `times`, by number: how often the quick one goes into the slow one, the median of their rounds."""
    return statistics.median(a / b for a, b in zip(times[slow], times[quick], strict=True))


def _stock(device: Device, dtype: torch.dtype, request: GenerationRequest) -> Work:
    """A run of diffusers' own pipeline with what an artist sees in ours: a picture after each step. The last of them
    is the final one, so that it is not decoded twice."""
    import diffusers
    import diffusers.utils.logging
    import transformers.utils.logging

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    kind: Any = diffusers.LatentConsistencyModelPipeline
    folder = models_dir() / request.model  # a path stays itself
    pipe = kind.from_pretrained(folder, dtype=dtype, local_files_only=True).to(device.place)
    pipe.set_progress_bar_config(disable=True)

    def shown(pipe: Any, i: int, t: Any, given: dict[str, Any]) -> dict[str, Any]:
        latent = given["denoised"].to(dtype) / pipe.vae.config.scaling_factor
        pipe.image_processor.postprocess(pipe.vae.decode(latent, return_dict=False)[0])
        return given

    def run() -> None:
        pipe(
            f"<|{request.kind}|> {request.prompt}",
            num_inference_steps=request.steps,
            guidance_scale=request.guidance_scale,
            width=request.width,
            height=request.height,
            output_type="latent",
            callback_on_step_end=shown,
            callback_on_step_end_tensor_inputs=["denoised"],
        )

    return run


def tuned(engine: DiffusionEngine, work: Work, seconds: float) -> None:
    """Nothing gets quicker any more, as within seconds in an artist's hands; or it took this long."""
    ends = time.perf_counter() + seconds

    def late() -> bool:
        return time.perf_counter() > ends

    for _ in range(_WARM_UP):
        if not late():
            work()
    while not late() and engine.tune(late):
        pass


def _request(device: Device, model: str) -> GenerationRequest:
    """Of the model's own size."""
    can = DiffusionEngine(device).load(model)
    width, height = can.sizes[0]
    return GenerationRequest(WORDS, model=model, steps=STEPS, width=width, height=height)


@contextmanager
def watched_moves() -> Iterator[list[str]]:
    """The modules that are moved or changed in dtype meanwhile, by their types; those of a load are, too."""
    moved: list[str] = []
    kept = torch.nn.Module._apply

    def apply(module: torch.nn.Module, *given: Any, **more: Any) -> Any:
        moved.append(type(module).__name__)
        return kept(module, *given, **more)

    torch.nn.Module._apply = apply  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield moved
    finally:
        torch.nn.Module._apply = kept


def _seconds(work: Work, device: Device) -> float:
    _wait(device)
    began = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - began


def _wait(device: Device) -> None:
    if device.place.type == "cuda":
        torch.cuda.synchronize()
