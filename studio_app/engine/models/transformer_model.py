"""A model whose denoiser is a transformer over tokens of the picture: what those of all families have in common.

Such a network is told where in the picture its tokens are: nothing of it is seamless.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import nn

from studio_app.core.capabilities import Capabilities
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import fitting_of
from studio_app.engine.device import Device
from studio_app.engine.loading.budget import bytes_of
from studio_app.engine.loras.loras import Loras
from studio_app.engine.loras.names import TRANSFORMER, Share
from studio_app.engine.models.family import Model
from studio_app.engine.operators.compiling import InBlocks
from studio_app.engine.operators.one_call import OneCall


@dataclass
class TransformerModel(Model):
    """precise: where the autoencoder is, and in which precision."""

    transformer: Any
    precise: Device

    def __post_init__(self) -> None:
        self._fitting = fitting_of(self.folder)

    @property
    def picture_device(self) -> Device:
        return self.precise

    @property
    def beside(self) -> int:
        kept = 0 if self._aside else self.loras.held
        return bytes_of(self.seeing) + kept

    @property
    def seeing(self) -> Collection[nn.Module]:
        """Networks for drawings that were read since."""
        return ()

    @property
    def _aside(self) -> bool:
        return self.device.place.type == "cuda"

    @property
    def rehearsed(self) -> bool:
        return False  # a step takes a CPU minutes

    @staticmethod
    @abstractmethod
    def also_called(path: str) -> list[tuple[str, Share]]:
        """What a layer of the transformer is called elsewhere (`AlsoCalled`)."""

    @property
    def readers(self) -> Mapping[str, nn.Module]:
        """Text encoders that LoRAs may change, by component."""
        return {}

    @cached_property
    def loras(self) -> Loras:
        networks = {TRANSFORMER: self.transformer, **self.readers}
        # Not self: see `Model.quickened`.
        return Loras(networks, type(self).also_called, aside=self._aside)

    @property
    def reading(self) -> tuple[object, ...]:
        return self.loras.words

    def in_blocks(self, run: Callable[..., Any]) -> OneCall:
        """A pass of the transformer, for who compiles it: a card's graph is of no use to so large a network."""
        self.calls[self.transformer] = one = InBlocks(self.transformer, run)
        return one

    def notes(self, request: GenerationRequest) -> list[str]:
        return self.loras.notes(request.loras)

    def refit(self, can: Capabilities) -> bool:
        fitting = fitting_of(self.folder)
        if fitting == self._fitting and can == self.capabilities:
            return False
        self._fitting, self.capabilities = fitting, can
        vars(self).pop("draft", None)
        return True
