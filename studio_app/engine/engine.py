"""The engine behind `core.engine.Engine`: requests in, frames out.

It belongs to one thread at a time. Everything it computes is kept by content, so that an edit recomputes
only what it touched, and the same request on the same machine gives the same bits, cached or not (with the
same number of threads: libraries split their sums by it).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.catalogue.remembered import Stamp, stamp_of
from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import ALL_FRAMES, Progress, Wanted, never, quiet
from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import fitting_of
from studio_app.engine import faults
from studio_app.engine.decoding.maps import decode_maps
from studio_app.engine.device import Device, best_device, keep_freed_memory, processor, sent
from studio_app.engine.diffusion.samplers import sample
from studio_app.engine.drawing.checks import check_request
from studio_app.engine.drawing.compilation import compile_for, compile_passes, passes_of
from studio_app.engine.drawing.course import latent_shape
from studio_app.engine.drawing.painter import Painter, Pending, decoded
from studio_app.engine.drawing.rehearsal import Rehearsal
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import look_up
from studio_app.engine.loading.budget import fit_of
from studio_app.engine.models.family import Model
from studio_app.engine.models.memory import Memory
from studio_app.engine.operators.delivery import Delivery, delivery_of
from studio_app.engine.words.text import weight_notes


class DiffusionEngine:
    """Loads models of every family and samples them on the best device there is. compiling: whether every kind of
    picture is compiled before the first of it, which takes minutes; else models are that were chosen to be."""

    def __init__(self, device: Device | None = None, *, compiling: bool = False) -> None:
        keep_freed_memory()
        self._device = device or best_device()
        self._loaded: tuple[str, Model] | None = None
        self._weight = 0
        """Bytes that the loaded model holds."""
        self._kept = False
        """Whether its weights are as small as they are written."""
        self._stamp: Stamp = []
        """Of its files when they were read."""
        self._compiled = False
        self._uncompiled: list[str] = []
        self._compiling, self._made = compiling, set[tuple[object, ...]]()
        self._memory = Memory()
        self._rehearsal = Rehearsal()

    def load(self, model: str, progress: Progress = quiet) -> Capabilities:
        """Makes `model` (a name or a path) the loaded one; if it is already, it follows what was chosen for it since,
        and is read again where its files are others.

        Raises StudioError where it is missing, damaged, refused or does not fit; the old one then stays, or is
        loaded again where both did not fit. So it is where `progress` raises, or a card is full in the middle of it.
        """
        loaded = self._loaded
        if loaded is not None and loaded[0] == model:
            if stamp_of(loaded[1].folder) != self._stamp:
                self._change_to(model, progress)
            elif loaded[1].refit(read_capabilities(loaded[1].folder)):
                self._memory = Memory()
        capabilities = self._model(model, progress).capabilities
        self._compile(progress)
        return capabilities

    def unload(self) -> None:
        """Forgets the model and everything computed with it."""
        self._loaded = None
        self._weight, self._kept = 0, False
        self._compiled, self._uncompiled = False, []
        self._made.clear()
        self._memory = Memory()
        self._rehearsal = Rehearsal()
        if self._device.place.type == "cuda":
            torch.cuda.empty_cache()

    def take(self, name: str, model: Model) -> None:
        """Makes a model that is in memory already the loaded one, under this name; for who measures."""
        self.unload()
        self._loaded = (name, model)
        self._stamp = stamp_of(model.folder)

    @property
    def encoded(self) -> int:
        """How many prompts, drawings and pictures were encoded with this model; what was remembered was not."""
        memory = self._memory
        return memory.prompts.misses + memory.features.misses + memory.encoded.misses

    @property
    def times(self) -> Mapping[str, float]:
        """Milliseconds that the newest run spent on "text" and "control"; 0 where they were known."""
        return self._memory.times

    @property
    def device_name(self) -> str:
        """Where it computes, in words: "cuda (NVIDIA ...), bfloat16"."""
        place, dtype = self._device.place, str(self._device.dtype).removeprefix("torch.")
        card = f" ({torch.cuda.get_device_name(place)})" if place.type == "cuda" else ""
        return f"{place.type}{card}, {dtype}"

    def signal_shares(self) -> list[float]:
        """abar by timestep of the loaded model: x_t's share of signal power; 1 - abar is the noise's."""
        return [] if self._loaded is None else self._loaded[1].schedule.signal_shares

    def tune(self, cancelled: Callable[[], bool] = never) -> bool:
        """Makes something quicker that was done often lately; whether there was anything. The pictures stay
        the same, bit for bit. Takes up to a second, or until `cancelled`: for when nobody waits."""
        if self._loaded is None:
            return False

        def draw(request: GenerationRequest) -> None:
            for _ in self.run(request, wanted=("draft", "final")):
                pass

        rehearsed = self._rehearsal.play(draw, cancelled)
        return self._loaded[1].tune(cancelled) or rehearsed

    def decode(self, request: GenerationRequest, latent: NDArray[Any]) -> NDArray[np.uint8]:
        """uint8 [H, W, 4] BGRA, read-only: an x_0 [C, h, w] of one of this request's steps, as its denoised frame is.

        StudioError where another model made it.
        """
        with self._mending():
            model, x_0 = self._latent(request, latent)
            pixels = decoded(request, model, x_0, self._delivery)
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
        with self._mending():
            model, x_0 = self._latent(request, latent)
            return decode_maps(model.maps, x_0, self._device, request.tile)

    def read_maps(self, model: str, rgb: NDArray[np.uint8]) -> Maps:
        """Matte, depth and surface as `model`, which has to be the loaded one, sees them in a picture from anywhere:
        uint8 [H, W, 3] of a size that it draws. StudioError as of `decode_maps`.
        """
        if self._loaded is None or self._loaded[0] != model:
            raise StudioError("Another model is open")
        loaded = self._loaded[1]
        with self._mending():
            decoder = loaded.maps
            latent = loaded.encode(rgb, (False, False))
            return decode_maps(decoder, latent, self._device, (False, False))

    def notes(self, request: GenerationRequest) -> list[str]:
        """What this model will do otherwise than the request may hope, one sentence each; loads it."""
        model = self._ready(request)
        said = check_request(request, model.capabilities, model.name)
        said += model.notes(request)
        said += self._uncompiled
        for what, text in (
            ("prompt", request.prompt),
            ("negative prompt", request.negative_prompt),
        ):
            said += weight_notes(text)
            dropped = model.unread(text, request.kind if what == "prompt" else None)
            if dropped:
                said.append(f"the {what} is too long: its last {dropped} tokens are not seen")
        return said

    def run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool] = never,
        wanted: Collection[Wanted] = ALL_FRAMES,
    ) -> Generator[Frame, None, None]:
        """The frames of a request: per step a noisy and a denoised one, and at last the final one.

        cancelled: asked before every step but the first, so that even a run that is overtaken at once
        shows its first x_0; a cancelled run just ends, without a final frame. wanted: the kinds to make;
        an unwanted denoised frame saves a decode. A "draft", of the last step only, is made by the model's
        smaller decoder where it has one: for a picture that is soon replaced; "drafts" are those of the steps before
        it, in place of their denoised frames. Raises StudioError where the model can't do what is asked, on NaN, and
        when the device's memory is full.
        """
        with self._mending():
            self._ready(request)
            yield from self._run(request, cancelled, frozenset(wanted))

    def _run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool],
        wanted: frozenset[Wanted],
    ) -> Generator[Frame, None, None]:
        model, memory = self._model(request.model), self._memory
        memory.begin()
        check_request(request, model.capabilities, model.name)
        delivery = self._delivery
        painter = Painter(request, model, memory, delivery)
        course = painter.course
        steps, hasty = len(course.jumps), "draft" in wanted
        denoise = model.denoiser([request], memory, steps, hasty=hasty)
        self._rehearsal.saw(request, model)
        under_way: deque[Pending] = deque()
        for step in sample(denoise, course):
            if step.i > course.first and cancelled():
                break
            for pending in painter.frames(step, wanted):
                under_way.append(pending)
                yield from _there(under_way, step.i)
            delivery.pace()
        for pending in under_way:
            yield from pending.frames()

    @cached_property
    def _delivery(self) -> Delivery:
        return delivery_of(self._device.place)

    @contextmanager
    def _mending(self) -> Iterator[None]:
        """Within the block what a card fails with is told as something that an artist can mend."""
        try:
            yield
        except Exception as error:
            failed = self._mended(error)
            if failed is None:
                raise
            raise failed from None

    def _mended(self, error: BaseException) -> StudioError | None:
        """Of what a card failed with, what is to be said; then there is room again, or the processor goes on. None for
        anything else."""
        full, lost = faults.is_full(error), faults.is_lost(error)
        if not (full or lost):
            return None
        faults.let_go(error)
        if full:
            self._memory.features.clear()
            torch.cuda.empty_cache()
            return faults.full()
        self._device = processor()  # first, since of a lost card nothing can be asked
        faults.leave(self._loaded, vars(self).pop("_delivery", None))
        self.unload()
        return faults.lost(error)

    def _latent(self, request: GenerationRequest, latent: NDArray[Any]) -> tuple[Model, Tensor]:
        """The loaded model and a latent of its, [1, C, h, w] on the device. StudioError if it isn't."""
        model = self._loaded[1] if self._loaded and self._loaded[0] == request.model else None
        if model is None or latent.shape != latent_shape(request, model):
            raise StudioError("This step is of another model")
        return model, sent(torch.from_numpy(latent.astype(np.float32))[None], self._device.place)

    def _model(self, name: str, progress: Progress = quiet) -> Model:
        if self._loaded is None or self._loaded[0] != name:
            self._change_to(name, progress)
        assert self._loaded is not None
        return self._loaded[1]

    def _ready(self, request: GenerationRequest) -> Model:
        """Its model, loaded; compiled for such pictures, where this engine is to."""
        model, kind = self._model(request.model), passes_of(request)
        if self._compiling and kind not in self._made:
            self._made.add(kind)
            self._uncompiled = compile_for(
                request, model, lambda few: self._run(few, never, frozenset({"final"}))
            )
        return model

    def _compile(self, progress: Progress) -> None:
        """The loaded model, where the artist chose so; or no more, where he did."""
        assert self._loaded is not None
        name, model = self._loaded
        chosen = model.capabilities.compiles and fitting_of(model.folder).compiled
        if chosen == self._compiled:
            return
        self._compiled, self._uncompiled = chosen, []
        if not chosen:
            for call in model.calls.values():
                call.forget()
            return

        def draw(request: GenerationRequest) -> Iterator[Frame]:
            return self.run(request, wanted=("final",))

        self._uncompiled = compile_passes(name, model, draw, progress)

    def _change_to(self, name: str, progress: Progress) -> None:
        """Two models are held at once only where both fit."""
        chosen = look_up(name, self._device)
        stamp = stamp_of(chosen.place)
        before = None if self._loaded is None else self._loaded[0]
        held = self._weight + (0 if self._loaded is None else self._loaded[1].beside)
        fit = fit_of(chosen.place.name, chosen.weight, held, self._device)
        was_kept = self._kept
        if not fit.beside:
            self.unload()
        try:
            model = chosen.load(progress, kept=fit.kept)
        except BaseException as error:
            failed = self._mended(error)
            faults.let_go(error)  # of what was read so far
            if not fit.beside and before is not None:
                last = look_up(before, self._device)
                weight = (last.weight.kept if was_kept else None) or last.weight
                self._loaded = before, last.load(quiet, kept=was_kept)
                self._weight, self._kept = weight.held, was_kept
            if failed is not None:
                raise failed from None
            raise
        self.unload()
        self._loaded, self._weight, self._stamp = (name, model), fit.held, stamp
        self._kept = fit.kept


def _there(under_way: deque[Pending], step: int) -> Iterator[Frame]:
    """The frames that have arrived, in order; those of steps before this one are waited for."""
    while under_way and (under_way[0].parcel.arrived or under_way[0].step.i < step):
        yield from under_way.popleft().frames()
