"""The engine behind `core.engine.Engine`: requests in, frames out.

It belongs to one thread at a time. Everything it computes is kept by content, so that an edit recomputes
only what it touched, and the same request on the same machine gives the same bits, cached or not (with the
same number of threads: libraries split their sums by it).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Generator
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.arrays import digest
from studio_app.core.capabilities import SAMPLERS as FACTS
from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import ALL_FRAMES, never
from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.maps import Maps
from studio_app.core.request import Control, GenerationRequest
from studio_app.engine import avoidance, latents
from studio_app.engine.cache import ContentCache
from studio_app.engine.checks import check_request
from studio_app.engine.controls import Features, adapter_input, residuals
from studio_app.engine.denoisers import Prepared, student, teacher
from studio_app.engine.device import Device, best_device, keep_freed_memory, seeded_noise
from studio_app.engine.maps import decode_maps
from studio_app.engine.model import Model, load_model
from studio_app.engine.painter import Painter, decoded, latent_size
from studio_app.engine.samplers import SAMPLERS, Denoiser
from studio_app.engine.schedule import LAST, consistency_timesteps
from studio_app.engine.text import weight_notes
from studio_app.engine.tiling import circular_padding
from studio_app.engine.tracing import COMMON

Value = TypeVar("Value")


class DiffusionEngine:
    """Loads diffusers folders and samples them on the best device there is."""

    def __init__(self, device: Device | None = None) -> None:
        keep_freed_memory()
        self._device = device or best_device()
        self._loaded: tuple[str, Model] | None = None
        self._embeddings: ContentCache[Tensor] = ContentCache(64)
        self._features: ContentCache[Features] = ContentCache(32)
        self._encoded: ContentCache[Tensor] = ContentCache(8)
        self._noises: ContentCache[list[Tensor]] = ContentCache(16)
        self._prepared: ContentCache[Prepared] = ContentCache(64)
        self._grids: ContentCache[list[int]] = ContentCache(64)
        self._starts: ContentCache[NDArray[np.uint8]] = ContentCache(16)
        self._bare: GenerationRequest | None = None
        """The newest request without a drawing, where none with one has been rehearsed yet."""
        self._rehearsed: set[tuple[int, int]] = set()
        self.times: dict[str, float] = {}
        """Milliseconds that the newest run spent on "text" and "control"; 0 where they were known."""

    def load(self, model: str) -> Capabilities:
        """Makes `model` (a name or a path) the loaded one; nothing happens if it already is.

        Raises StudioError where it is missing, damaged or refused; the old one then stays.
        """
        return self._model(model).capabilities

    def unload(self) -> None:
        """Forgets the model and everything computed with it."""
        self._loaded = None
        caches = (self._embeddings, self._features, self._encoded, self._noises, self._starts)
        for cache in (*caches, self._prepared):
            cache.clear()
        self._bare = None
        self._rehearsed.clear()

    @property
    def device_name(self) -> str:
        """Where it computes, in words: "cuda (NVIDIA ...), bfloat16"."""
        place, dtype = self._device.place, str(self._device.dtype).removeprefix("torch.")
        card = f" ({torch.cuda.get_device_name(place)})" if place.type == "cuda" else ""
        return f"{place.type}{card}, {dtype}"

    def signal_shares(self) -> list[float]:
        """abar by timestep of the loaded model: x_t's share of signal power; 1 - abar is the noise's."""
        return [] if self._loaded is None else self._loaded[1].abar.tolist()

    def tune(self, cancelled: Callable[[], bool] = never) -> bool:
        """Makes something quicker that was done often lately; whether there was anything. The pictures stay
        the same, bit for bit. Takes up to a second, or until `cancelled`: for when nobody waits."""
        if self._loaded is None:
            return False
        bare, self._bare = self._bare, None
        if bare is not None:
            self._rehearse(bare, cancelled)
        return self._loaded[1].tune(cancelled) or bare is not None

    def _can_rehearse(self, request: GenerationRequest, model: Model) -> bool:
        new = (request.height, request.width) not in self._rehearsed
        quick = self._device.place.type == "cpu" and not any(request.tile)
        few = not FACTS[request.sampler].teacher
        return new and quick and few and "depth" in model.capabilities.controls

    def _rehearse(self, bare: GenerationRequest, cancelled: Callable[[], bool]) -> None:
        """Draws a little ahead of the artist's first stroke, so that it finds everything as quick as the last."""
        shape = (bare.height, bare.width)
        for level in range(COMMON):
            if cancelled():
                self._bare = bare
                return
            blank = Control("depth", np.full(shape, level, np.uint8))
            with contextlib.suppress(StudioError):
                for _ in self.run(replace(bare, controls=(blank,)), wanted=("draft",)):
                    pass
        self._rehearsed.add(shape)

    def decode(self, request: GenerationRequest, latent: NDArray[Any]) -> NDArray[np.uint8]:
        """uint8 [H, W, 4] BGRA, read-only: an x_0 [C, h, w] of one of this request's steps, as its frame was.

        StudioError where another model made it.
        """
        model, x_0 = self._latent(request, latent)
        pixels = decoded(request, model, x_0)
        pixels.flags.writeable = False
        return pixels

    def load_maps(self, model: str) -> None:
        """Makes `model` the loaded one with its decoder of maps, for whoever wants to know before a run that
        there is one. Raises StudioError."""
        _ = self._model(model).maps

    def decode_maps(self, request: GenerationRequest, latent: NDArray[Any]) -> Maps:
        """Matte, depth and surface of an x_0 [C, h, w] of one of this request's steps; they tile as it does.

        StudioError where another model made it, or the model has no decoder of maps.
        """
        model, x_0 = self._latent(request, latent)
        return decode_maps(model.maps, x_0, self._device, request.tile)

    def notes(self, request: GenerationRequest) -> list[str]:
        """What this model will do otherwise than the request may hope, one sentence each; loads it."""
        model = self._model(request.model)
        said = check_request(request, model.capabilities, model.folder.name)
        for what, text in (
            ("prompt", request.prompt),
            ("negative prompt", request.negative_prompt),
        ):
            said += weight_notes(text)
            dropped = model.text.tokens(text, request.kind if what == "prompt" else None).dropped
            if dropped:
                said.append(f"the {what} is too long: its last {dropped} tokens are not seen")
        return said

    def run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool] = never,
        wanted: Collection[FrameKind] = ALL_FRAMES,
    ) -> Generator[Frame, None, None]:
        """The frames of a request: per step a noisy and a denoised one, and at last the final one.

        cancelled: asked before every step but the first, so that even a run that is overtaken at once
        shows its first x_0; a cancelled run just ends, without a final frame. wanted: the kinds to make;
        an unwanted denoised frame saves a decode. A "draft", of the last step only, is made by the model's
        smaller decoder where it has one: for a picture that is soon replaced. Raises StudioError where the
        model can't do what is asked, on NaN, and when the device's memory is full.
        """
        try:
            yield from self._run(request, cancelled, frozenset(wanted))
        except torch.cuda.OutOfMemoryError:
            self._features.clear()
            torch.cuda.empty_cache()
            raise StudioError(
                "The graphics memory is full", "", "Choose a smaller size, or close other programs"
            ) from None

    def _run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool],
        wanted: frozenset[FrameKind],
    ) -> Generator[Frame, None, None]:
        model = self._model(request.model)
        self.times = {"text": 0.0, "control": 0.0}
        check_request(request, model.capabilities, model.folder.name)
        painter = Painter(request, model, self._init(request, model), self._starts)
        grid = self._grid(request)
        noises = self._noise(request, model)
        denoise = self._denoiser(request, model, grid)
        course = painter.course(grid, noises)
        n = len(grid)
        if not request.controls and self._can_rehearse(request, model):
            self._bare = replace(request, steps=1, start=None)
        for step in SAMPLERS[request.sampler](denoise, course):
            if step.i > course.first and cancelled():
                return
            last = step.i == n - 1
            if "noisy" in wanted:
                yield painter.noisy(step, n)
            if last and "draft" in wanted:
                yield painter.denoised(step, n, "draft")
            if "denoised" in wanted or (last and "final" in wanted):
                denoised = painter.denoised(step, n)
                if "denoised" in wanted:
                    yield denoised
                if last and "final" in wanted:
                    yield painter.final(denoised)

    def _latent(self, request: GenerationRequest, latent: NDArray[Any]) -> tuple[Model, Tensor]:
        """The loaded model and a latent of its, [1, C, h, w] on the device. StudioError if it isn't."""
        model = self._loaded[1] if self._loaded and self._loaded[0] == request.model else None
        if model is None or latent.shape != (
            model.unet.config.in_channels,
            *latent_size(request, model),
        ):
            raise StudioError("This step is of another model")
        return model, torch.from_numpy(latent.astype(np.float32))[None].to(self._device.place)

    def _model(self, name: str) -> Model:
        if self._loaded is None or self._loaded[0] != name:
            model = load_model(name, self._device)
            self.unload()
            self._loaded = (name, model)
        return self._loaded[1]

    def _grid(self, request: GenerationRequest) -> list[int]:
        """The request's timesteps: all steps are spent between where `strength` enters and clean."""
        n = request.steps
        start = LAST if request.init is None else max(round(LAST * request.strength), n)
        return self._grids.get((n, start), lambda: consistency_timesteps(n, start))

    def _noise(self, request: GenerationRequest, model: Model) -> list[Tensor]:
        """noise[0] is where the run starts from; noise[1 + i] is for step i, where the sampler wants it."""
        shape = (1, model.unet.config.in_channels, *latent_size(request, model))
        draws = request.steps + 1 if FACTS[request.sampler].noisy else 1

        def draw() -> list[Tensor]:
            noises = seeded_noise(request.seed, shape, draws)
            return [noise.to(self._device.place) for noise in noises]

        return self._noises.get((request.seed, shape, draws), draw)

    def _init(self, request: GenerationRequest, model: Model) -> Tensor | None:
        init = request.init
        if init is None:
            return None

        def encode() -> Tensor:
            with circular_padding((model.vae,), *request.tile), torch.inference_mode():
                return latents.encode(model.vae, init, self._device)

        return self._encoded.get((digest(init), request.tile), encode)

    def _embedding(self, model: Model, prompt: str, kind: str | None = None) -> Tensor:
        def encode() -> Tensor:
            embedding = model.text.encode(prompt, kind)
            return embedding.to(self._device.place, self._device.dtype)

        return self._embeddings.get((prompt, kind), lambda: self._timed("text", encode))

    def _denoiser(self, request: GenerationRequest, model: Model, grid: list[int]) -> Denoiser:
        positive = self._embedding(model, request.prompt, request.kind)
        features = [self._control(request, model, control) for control in request.controls]
        n = len(grid)
        slow = FACTS[request.sampler].teacher
        unwanted = request.negative_prompt.strip()
        words = (request.prompt, request.kind, unwanted, request.guidance_scale)

        def controls(i: int) -> Features | None:
            return residuals(request.controls, features, i, n)

        def remember(times: tuple[int, int], make: Callable[[], Prepared]) -> Prepared:
            return self._prepared.get((slow, any(request.tile), *words, *times), make)

        if slow:
            negative = self._embedding(model, unwanted)
            return _inferring(
                teacher(
                    model.teacher,
                    positive,
                    negative,
                    request.guidance_scale,
                    controls,
                    grid,
                    model.abar,
                    model.prediction,
                    self._device,
                    tile=request.tile,
                    quick=model.denoising(model.teacher),
                    remember=remember,
                )
            )
        shift = None
        if unwanted:
            with torch.inference_mode():
                shift = avoidance.shift(
                    model.unet, self._embedding(model, ""), self._embedding(model, unwanted)
                )
        return _inferring(
            student(
                model.unet,
                positive,
                request.guidance_scale,
                controls,
                grid,
                model.abar,
                model.prediction,
                self._device,
                target_time=model.capabilities.target_time,
                tile=request.tile,
                shift=shift,
                quick=model.denoising(model.unet),
                remember=remember,
            )
        )

    def _control(self, request: GenerationRequest, model: Model, control: Control) -> Features:
        adapter = model.adapter(control.kind)
        size = (request.width, request.height)

        def compute() -> Features:
            picture = adapter_input(control, adapter.config.in_channels, *size)
            picture = picture.to(self._device.place, self._device.dtype)
            with torch.inference_mode():
                if not any(request.tile):
                    return model.features(control.kind)(picture)
                with circular_padding((adapter,), *request.tile):
                    return tuple(adapter(picture))

        key = (control.drawing, size, request.tile)
        return self._features.get(key, lambda: self._timed("control", compute))

    def _timed(self, stage: str, make: Callable[[], Value]) -> Value:
        began = time.perf_counter()
        value = make()
        self.times[stage] += (time.perf_counter() - began) * 1000
        return value


def _inferring(denoise: Denoiser) -> Denoiser:
    """`denoise` without autograd. Per call, since a generator would leak the mode into its consumer."""

    def wrapped(x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]:
        with torch.inference_mode():
            return denoise(x_t, t, target)

    return wrapped
