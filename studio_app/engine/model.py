"""A loaded model: what it can do, and its networks, the rarer ones on first use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.folders import check_model_files, find_model
from studio_app.core.interpreter import collector_at_rest
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_file
from studio_app.core.request import SIDE_STEP
from studio_app.engine.checkpoint import check_folder, refused
from studio_app.engine.controls import Features
from studio_app.engine.denoisers import Pass, unet_pass
from studio_app.engine.device import Device
from studio_app.engine.model_card import read_capabilities
from studio_app.engine.networks import (
    load_draft,
    load_maps,
    load_network,
    load_text_encoder,
)
from studio_app.engine.quick_decoder import assembled, quick_decoder
from studio_app.engine.quick_unet import quick_unet
from studio_app.engine.schedule import TIMESTEPS, Prediction, alphas_cumprod
from studio_app.engine.text import PromptEncoder
from studio_app.engine.tracing import Traced

log = logging.getLogger(__name__)


@dataclass
class Model:
    """The networks of one folder on one device. Made by `load_model`."""

    folder: Path
    index: dict[str, Any]
    capabilities: Capabilities
    device: Device
    abar: Tensor
    prediction: Prediction
    unet: Any
    vae: Any
    text: PromptEncoder

    @cached_property
    def teacher(self) -> Any:
        """The second denoiser, read when a sampler first asks for it."""
        if not (self.folder / "teacher").is_dir():
            raise StudioError(
                f"The model {self.folder.name} has no teacher", "", "Use --sampler consistency"
            )
        return load_network(self.folder, "teacher", self.device)

    @cached_property
    def maps(self) -> Any:
        """The maps decoder, read when somebody first asks for maps. StudioError where the model has none."""
        if not self.capabilities.maps:
            raise StudioError(
                f"The model {self.folder.name} has no maps decoder",
                "it makes pictures only",
                "Leave out the maps and the alpha, or choose another model",
            )
        return load_maps(self.folder, self.device, self.vae.config.latent_channels)

    def adapter(self, kind: str) -> Any:
        """The T2IAdapter of a kind of control. StudioError where the model has none."""
        if kind not in self._adapters:
            if not (self.folder / f"adapter_{kind}").is_dir():
                raise StudioError(
                    f"The model {self.folder.name} takes no {kind} control",
                    "it has no adapter for it",
                    "Leave the control out, or choose another model",
                )
            self._adapters[kind] = load_network(self.folder, f"adapter_{kind}", self.device)
        return self._adapters[kind]

    @cached_property
    def _adapters(self) -> dict[str, Any]:
        return {}

    def features(self, kind: str) -> Callable[[Tensor], Features]:
        """What a kind's adapter makes of a drawing, quick. Not where it has to tile."""
        adapter = self.adapter(kind)
        if adapter not in self._traced:
            on = self.device.place.type == "cpu"
            self._traced[adapter] = Traced(adapter, lambda x: tuple(adapter(x)), enabled=on)
        return self._traced[adapter]

    def denoising(self, unet: Any) -> Pass:
        """A pass of `unet` or `teacher`, quick: see `denoisers.Pass`. Not where it has to tile."""
        if unet not in self._passes:
            self._passes[unet] = self._quick_pass(unet)
        return self._passes[unet]

    def _quick_pass(self, unet: Any) -> Pass:
        plain = unet_pass(unet)
        if self.device.place.type != "cpu":
            return plain
        # Where a size is no multiple of what the network halves, diffusers scales to measure.
        even = (SIDE_STEP // self.scale) % 2**unet.num_upsamplers == 0
        quick = quick_unet(unet) if even else None
        network, run = (unet, plain.run) if quick is None else (quick, quick.forward)
        self._traced[unet] = traced = Traced(network, run)
        return Pass(plain.prepare if quick is None else quick.prepare, traced)

    @cached_property
    def decoder(self) -> Any:
        """The autoencoder for `latents.decode`, quick. Not where it has to tile."""
        if self.device.place.type != "cpu":
            return self.vae
        return self._quick(self.vae)

    @cached_property
    def draft(self) -> Any:
        """A smaller decoder of the same latents, for pictures that are soon replaced; `decoder` where the model has
        none, or where the whole one is quick enough."""
        if self.device.place.type != "cpu" or not (self.folder / "draft").is_dir():
            return self.decoder
        try:
            draft = load_draft(self.folder, self.device, self.vae.config.latent_channels)
        except StudioError as error:
            log.warning("drafts are decoded as all pictures are: %s", error)
            return self.decoder
        return self._quick(draft)

    def _quick(self, vae: Any) -> Any:
        """`vae`, traced, for `latents.decode`."""

        # Not self: the collector never looks at what a load brought (`collector_at_rest`), so a model in a ring would
        # stay in memory after another was chosen.
        def decode(latent: Tensor) -> Tensor:
            return vae.decode(latent, return_dict=False)[0]

        quick = quick_decoder(vae)
        traced = Traced(vae, decode) if quick is None else Traced(quick, quick.forward)
        self._traced[vae] = traced
        return _Decoder(vae, traced) if quick is None else _ByteDecoder(vae, traced)

    def tune(self, cancelled: Callable[[], bool]) -> bool:
        """Makes one network quicker that was used often; whether there was one. For idle moments."""
        return any(traced.tune(cancelled) for traced in self._traced.values())

    @cached_property
    def _traced(self) -> dict[Any, Traced]:
        return {}

    @cached_property
    def _passes(self) -> dict[Any, Pass]:
        return {}

    @cached_property
    def scale(self) -> int:
        """Pixels per latent pixel, on each axis."""
        config = self.vae.config
        levels = config.get("block_out_channels") or config.get("encoder_block_out_channels")
        return 2 ** (len(levels) - 1)

    @cached_property
    def latent_rgb(self) -> tuple[Tensor, Tensor]:
        """The linear preview: matrix [C, 3] and bias [3], on the device."""
        matrix = torch.tensor(self.capabilities.latent_rgb, device=self.device.place)
        return matrix, torch.tensor(self.capabilities.latent_rgb_bias, device=self.device.place)


class _Decoder:
    """An autoencoder whose `decode` is traced; the rest is its own."""

    def __init__(self, vae: Any, traced: Traced) -> None:
        self._vae = vae
        self._traced = traced

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vae, name)

    def decode(self, latent: Tensor, return_dict: bool = False) -> tuple[Tensor]:
        return (self._traced(latent),)


class _ByteDecoder:
    """An autoencoder that goes all the way to bytes: see `quick_decoder`."""

    def __init__(self, vae: Any, traced: Traced) -> None:
        self.config = vae.config
        self._traced = traced

    def pixels(self, latent: Tensor) -> NDArray[np.uint8]:
        return assembled(self._traced(latent))


def load_model(name: str, device: Device) -> Model:
    """Reads a model after every check of `checkpoint`. StudioError where it can't be used."""
    with collector_at_rest():
        return _load(name, device)


def _load(name: str, device: Device) -> Model:
    folder = find_model(name)
    check_model_files(folder)
    index = check_folder(folder)
    capabilities = read_capabilities(folder)
    prediction, abar = _schedule(folder)
    unet = load_network(folder, "unet", device)
    vae = load_network(folder, "vae", device)
    tokenizer, encoder = load_text_encoder(folder, device)
    text = PromptEncoder(tokenizer, encoder, device.place)
    channels = unet.config.in_channels
    if channels != vae.config.latent_channels:
        raise refused(folder, "its denoiser and its autoencoder have different latents")
    if unet.config.cross_attention_dim != encoder.config.hidden_size:
        raise refused(folder, "its denoiser and its text encoder do not fit each other")
    if len(capabilities.latent_rgb) != channels:
        raise refused(folder, f"its latent_rgb needs {channels} rows")
    return Model(folder, index, capabilities, device, abar, prediction, unet, vae, text)


def _schedule(folder: Path) -> tuple[Prediction, Tensor]:
    path = folder / "scheduler" / "scheduler_config.json"
    config: Any = {}
    if is_file(path):
        config = read_object(path, f"{folder.name}/scheduler/scheduler_config.json")
    prediction = config.get("prediction_type", "epsilon")
    schedule = config.get("beta_schedule", "scaled_linear")
    known = ("linear", "scaled_linear", "squaredcos_cap_v2")
    if prediction not in ("v_prediction", "epsilon", "sample") or schedule not in known:
        raise refused(folder, f"its noise schedule ({schedule}, {prediction}) is unknown")
    if config.get("num_train_timesteps", TIMESTEPS) != TIMESTEPS or config.get("trained_betas"):
        raise refused(folder, f"its noise schedule has not {TIMESTEPS} timesteps")
    try:
        first, last = (
            float(config.get(n, d)) for n, d in (("beta_start", 0.00085), ("beta_end", 0.012))
        )
    except (TypeError, ValueError) as error:
        raise refused(folder, f"its noise schedule is broken ({error})") from None
    if not 0 < first <= last < 1:
        raise refused(folder, f"its noise schedule is broken (it goes from {first:g} to {last:g})")
    abar = alphas_cumprod(
        beta_start=first,
        beta_end=last,
        beta_schedule=schedule,
        zero_terminal_snr=bool(config.get("rescale_betas_zero_snr", False)),
    )
    return prediction, abar
