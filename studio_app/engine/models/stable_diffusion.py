"""A Stable Diffusion model, of whatever size: a U-Net that is told words, with true guidance and negatives or with a
guidance embedding (LCM), and what draws into it. Its families say how it is read and what it is told.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import Control
from studio_app.core.fittings import Fitting
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import fitting_of
from studio_app.engine.controls.features import Features, every_other
from studio_app.engine.controls.folders import control_folders
from studio_app.engine.controls.likeness import Likeness
from studio_app.engine.controls.networks import ControlNetworks
from studio_app.engine.denoising.attention_guidance import avoiding
from studio_app.engine.denoising.regions import regional
from studio_app.engine.denoising.unets import (
    Denoising,
    Pass,
    embedded_guidance,
    forgetful,
    inferring,
    true_guidance,
    unet_pass,
)
from studio_app.engine.diffusion.levels import Schedule, Spacing, TableSchedule, ending_in_noise
from studio_app.engine.diffusion.samplers import Denoiser
from studio_app.engine.diffusion.schedule import Prediction
from studio_app.engine.loading.checkpoint import refused
from studio_app.engine.loras.loras import Loras
from studio_app.engine.loras.names import FIRST_TEXT, SECOND_TEXT, UNET
from studio_app.engine.models.family import Model, Tile
from studio_app.engine.models.memory import Memory
from studio_app.engine.models.stable_card import LIKENESS, likeness_kinds
from studio_app.engine.operators.makers import maker_for
from studio_app.engine.operators.one_call import OneCall
from studio_app.engine.words.conditioning import Conditioning, joined, lengthened
from studio_app.engine.words.text import PromptEncoder

LEADING_FROM = 10
"""Steps."""
PAGES = 8
"""Of 75 tokens each, at most, that a prompt may have."""
_PREDICTIONS: dict[str, Prediction] = {"epsilon": "epsilon", "v": "v_prediction", "x0": "sample"}
NO_WORDS = " "
"""A prompt that says nothing, though it is not the empty one that means that nothing was asked to be avoided."""


@dataclass
class StableDiffusion(Model):
    """family: the name of its folder among the shared ones of `control_folders`."""

    unet: Any
    family: str

    def __post_init__(self) -> None:
        self._table = self.schedule
        self._fitting = fitting_of(self.folder)
        self.clip_skip = 1
        self.schedule = self._predicting(self._fitting)

    def refit(self, can: Capabilities) -> bool:
        """Networks that are still wanted are not read again."""
        fitting = fitting_of(self.folder)
        if fitting == self._fitting and can == self.capabilities:
            return False
        self.schedule = self._predicting(fitting)
        self._fitting, self.capabilities = fitting, can
        known = self.drawn.known
        del self.drawn
        kept = {f: n for f, n in known.items() if f in self.drawn.folders.values()}
        self.drawn.known |= kept
        for gone in known.keys() - kept.keys():
            self.calls.pop(getattr(known[gone], "network", None), None)
        for name in ("draft", "likeness"):
            vars(self).pop(name, None)
        return True

    @property
    def v_from_noise(self) -> bool:
        """Whether one that is said to predict v, which its file does not tell, begins with nothing but noise."""
        return False

    def _predicting(self, fitting: Fitting) -> Schedule:
        """StudioError where that makes no sense."""
        table = self._table
        assert isinstance(table, TableSchedule)
        prediction = _PREDICTIONS.get(fitting.prediction, table.prediction)
        if prediction == "epsilon" and table.abar[-1] == 0:
            raise refused(
                self.folder,
                "it predicts noise, but its last step is nothing but noise: it would divide by 0",
            )
        if prediction == "v_prediction" != table.prediction and self.v_from_noise:
            table = replace(table, abar=ending_in_noise(table.abar))
        return replace(table, prediction=prediction)

    def check(self, words: int) -> None:
        """StudioError where its parts do not fit each other. words: how wide what it is told is."""
        place, channels = self.folder, self.latent_channels
        if self.unet.config.in_channels != channels:
            raise refused(
                place,
                f"its U-Net wants {self.unet.config.in_channels} channels, and its autoencoder gives {channels}",
                "Models that are made for inpainting alone are not read; any other can paint under a mask",
            )
        if self.unet.config.cross_attention_dim != words:
            raise refused(place, "its denoiser and its text encoder do not fit each other")
        known = len(self.capabilities.latent_rgb)
        if known != channels:
            raise refused(place, f"its latents have {channels} channels, not {known}")

    @abstractmethod
    def sizes(self, requests: Sequence[GenerationRequest]) -> Mapping[str, Tensor]:
        """What the network is told beside the prompt, a row for each request."""

    @property
    @abstractmethod
    def encoders(self) -> tuple[PromptEncoder, ...]:
        """Of its words, in order."""

    @cached_property
    def loras(self) -> Loras:
        texts = zip((FIRST_TEXT, SECOND_TEXT), self.encoders, strict=False)
        return Loras({UNET: self.unet, **{name: text.model for name, text in texts}})

    @property
    def beside(self) -> int:
        return self.loras.held + self.drawn.held + (self.likeness.held if self.likeness else 0)

    @property
    def reading(self) -> tuple[object, ...]:
        return (self.clip_skip, *self.loras.words)

    def span(self, request: GenerationRequest) -> tuple[int, ...]:
        """Pages of the prompt and of the negative one. Attention hears all of them, and those that say nothing too."""
        said = (request.prompt, request.negative_prompt.strip())
        return tuple(max(len(text.pages(one)) for text in self.encoders) for one in said)

    def notes(self, request: GenerationRequest) -> list[str]:
        return self.loras.notes(request.loras)

    def encode_control(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        if control.kind == LIKENESS and self.likeness is not None:
            return self.likeness.look(control)
        return self.drawn.look(control, size, tile)

    def spacing_of(self, sampler: str, n: int) -> Spacing:
        """As the folder's scheduler says; but a few steps that it would begin far from the noise begin at the noise:
        one leading step would start at time 1 (Lin et al. 2305.08891, table 2)."""
        spacing = super().spacing_of(sampler, n)
        return "trailing" if spacing == "leading" and n < LEADING_FROM else spacing

    def denoiser(
        self,
        requests: Sequence[GenerationRequest],
        memory: Memory,
        n: int,
        *,
        hasty: bool = False,
    ) -> Denoiser:
        first, alone = requests[0], len(requests) == 1
        self.loras.wear(first.loras)
        self.clip_skip = first.clip_skip
        embedded = self.unet.config.time_cond_proj_dim is not None
        scale = first.guidance_scale
        guided = not embedded and scale != 1.0
        words, unwanted = self._told_of(requests, memory, guided)
        told = joined([unwanted, words]) if guided else words
        acting = [
            (control, self._drawn(requests, place, memory, len(told["words"])))
            for place, control in enumerate(first.controls)
            if any(control.acts(i, n) for i in range(n))
        ]
        pictures = [pair for pair in acting if pair[0].kind == LIKENESS]
        drawings = [pair for pair in acting if pair[0].kind != LIKENESS]
        avoids = not guided and bool(first.negative_prompt.strip())
        as_it_is = not (avoids or first.regions or pictures or any(first.tile))
        forward = self._pass(as_it_is)
        if avoids:
            forward = avoiding(forward, self.unet, self._avoided(requests, memory))
        if first.regions:
            heard = [self._told(memory, one.prompt, None)["words"] for one in first.regions]
            masks = [one.mask for one in first.regions]
            forward = regional(forward, self.unet, heard, masks, guided=guided)
        controls = self.drawn.at_steps(drawings, told, n, first.tile)
        if hasty:
            controls = every_other(controls, [control for control, _ in drawings], n)
        if pictures and self.likeness is not None:
            forward, shown = self.likeness.shown(forward, pictures, n, len(requests), guided=guided)
            controls = shown.at_steps(controls)
        network = Denoising(
            self.unet,
            forward,
            self.schedule,
            self.device,
            first.tile,
            controls,
            memory.remembering(first, self.reading) if alone else forgetful,
        )
        if embedded:
            return inferring(embedded_guidance(network, words, scale, target_time=False))
        return inferring(true_guidance(network, words, unwanted, scale))

    def _pass(self, as_it_is: bool) -> Pass:
        """Of the U-Net. as_it_is: whether nothing in it is exchanged while it runs, which one call would not see."""
        plain, place = unet_pass(self.unet, self.drawn.skips), self.device.place
        if not as_it_is:
            return plain
        if self.unet not in self.calls:
            # To a CPU what lies between the operations of so large a network is nothing.
            maker = None if place.type == "cpu" else maker_for(self.unet, place)
            self.calls[self.unet] = OneCall(self.unet, plain.run, maker)
        return replace(plain, run=self.calls[self.unet])

    @cached_property
    def likeness(self) -> Likeness | None:
        """None where no IP-Adapter was chosen for it."""
        fitting = self._fitting
        if not likeness_kinds(fitting):
            return None
        return Likeness(self.unet, Path(fitting.likeness), Path(fitting.sight), self.device)

    @cached_property
    def drawn(self) -> ControlNetworks:
        folders = control_folders(self.folder, self.family)
        return ControlNetworks(
            self.folder, folders, self.unet, self.scale, self.device, calls=self.calls
        )

    def _told_of(
        self, requests: Sequence[GenerationRequest], memory: Memory, guided: bool
    ) -> tuple[Conditioning, Conditioning]:
        """(of their prompts, of their negative ones where they are asked for), all of one length: the shorter go on
        with what says nothing."""
        rows = [self._told(memory, r.prompt, None) for r in requests]
        if guided:
            rows += [self._told(memory, r.negative_prompt.strip(), None) for r in requests]
        length = max(row["words"].shape[1] for row in rows)
        if any(row["words"].shape[1] != length for row in rows):
            blank = self._told(memory, NO_WORDS, None)
            rows = [lengthened(row, length, blank) for row in rows]
        sizes = self.sizes(requests)
        words = {**joined(rows[: len(requests)]), **sizes}
        unwanted = {**joined(rows[len(requests) :]), **sizes} if guided else words
        return words, unwanted

    def _avoided(self, requests: Sequence[GenerationRequest], memory: Memory) -> Tensor:
        """Words of their negative prompts."""
        return joined([self._told(memory, r.negative_prompt.strip(), None) for r in requests])[
            "words"
        ]

    def _drawn(
        self, requests: Sequence[GenerationRequest], place: int, memory: Memory, rows: int
    ) -> Features:
        """For `rows` pictures at once; for one request, whose rows are all of the same drawing, as it is."""
        if len(requests) == 1:
            return self.drawing(requests[0], place, memory)
        each = [self.drawing(request, place, memory) for request in requests]
        levels = [torch.cat(level) for level in zip(*each, strict=True)]
        return tuple(torch.cat([level] * (rows // len(requests))) for level in levels)
