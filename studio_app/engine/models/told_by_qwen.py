"""A transformer that is told its words by a Qwen3: what those of all families have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio_app.engine.device import Device
from studio_app.engine.diffusion.levels import Spacing
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, of_known_make
from studio_app.engine.loading.networks import make_network
from studio_app.engine.loading.weights import Rename, Weights, part_of
from studio_app.engine.models.transformer_model import TransformerModel
from studio_app.engine.words.conditioning import Conditioning
from studio_app.engine.words.qwen import QwenEncoder, Reading
from studio_app.engine.words.qwen_files import qwen_of_file

_Header = Mapping[str, TensorInfo]


@dataclass(frozen=True)
class FileOfParts:
    """How a family's parts lie in one file, or in several that are one. denoiser: its weights by the names of its
    class. denoiser_config: by their header; vae_config, vae_name: by the file's. trimmed: of `make_network`, of the
    autoencoder."""

    denoiser: Callable[[Path, _Header], Weights]
    denoiser_config: Callable[[_Header], dict[str, Any]]
    vae_config: Callable[[_Header], dict[str, Any]]
    vae_name: Callable[[_Header], Rename]
    text_name: Rename
    reading: Reading
    trimmed: Callable[[Any], Any] | None = None

    def networks(self, path: Path, header: _Header, device: Device) -> tuple[Any, Any, QwenEncoder]:
        """(transformer, autoencoder, text encoder). StudioError."""
        weights = self.denoiser(path, header)
        with of_known_make(path):
            config, vae_config = self.denoiser_config(weights.header), self.vae_config(header)
        transformer = make_network(config, weights, device)
        weights = part_of(path, path, "vae", header, self.vae_name(header))
        vae = make_network(vae_config, weights.as_linear(ldm.is_linear), device, self.trimmed)
        text = qwen_of_file(path, header, self.text_name, device, self.reading)
        return transformer, vae, text


@dataclass
class ToldByQwen(TransformerModel):
    """text: which of the Qwen3's layers tell the words, and how they are asked, is the family's."""

    text: QwenEncoder

    def spacing_of(self, sampler: str, n: int) -> Spacing:
        """Evenly down to a whole step before the picture, whatever the folder's scheduler would do by itself."""
        return "even"

    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """Its words alone: float [1, L, D], as long as the text encoder makes them."""
        words = self.text.encode(prompt)
        return {"words": words.to(self.device.place, self.device.dtype)}

    def unread(self, prompt: str, kind: str | None) -> int:
        return self.text.tokens(prompt).dropped
