"""A loaded model: what it can do, and its networks, the rarer ones on first use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json
from studio_app.engine.capabilities import Capabilities, read_capabilities
from studio_app.engine.checkpoint import check_folder, refused
from studio_app.engine.denoisers import unet_pass
from studio_app.engine.device import Device
from studio_app.engine.folders import check_model_files, find_model
from studio_app.engine.networks import load_maps, load_network, load_text_encoder
from studio_app.engine.schedule import TIMESTEPS, Prediction, alphas_cumprod
from studio_app.engine.text import PromptEncoder
from studio_app.engine.tracing import Traced


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

    def denoising(self, unet: Any) -> Traced:
        """A pass of `unet` or `teacher`, quick: see `denoisers.unet_pass`. Not where it has to tile."""
        if unet not in self._traced:
            on = self.device.place.type == "cpu"
            self._traced[unet] = Traced(unet, unet_pass(unet), enabled=on)
        return self._traced[unet]

    @cached_property
    def decoder(self) -> Any:
        """The autoencoder for `latents.decode`, quick. Not where it has to tile."""

        def decode(latent: Tensor) -> Tensor:
            return self.vae.decode(latent, return_dict=False)[0]

        traced = Traced(self.vae, decode, enabled=self.device.place.type == "cpu")
        self._traced[self.vae] = traced
        return _Decoder(self.vae, traced)

    def tune(self, cancelled: Callable[[], bool]) -> bool:
        """Makes one network quicker that was used often; whether there was one. For idle moments."""
        return any(traced.tune(cancelled) for traced in self._traced.values())

    @cached_property
    def _traced(self) -> dict[Any, Traced]:
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


def load_model(name: str, device: Device) -> Model:
    """Reads a model after every check of `checkpoint`. StudioError where it can't be used."""
    folder = find_model(name)
    check_model_files(folder)
    index = check_folder(folder)
    capabilities = read_capabilities(folder)
    prediction, abar = _schedule(folder)
    unet = load_network(folder, "unet", device)
    vae = load_network(folder, "vae", device)
    text = PromptEncoder(*load_text_encoder(folder, device), device.place)
    channels = unet.config.in_channels
    if channels != vae.config.latent_channels:
        raise refused(folder, "its denoiser and its autoencoder have different latents")
    if len(capabilities.latent_rgb) != channels:
        raise refused(folder, f"its latent_rgb needs {channels} rows")
    return Model(folder, index, capabilities, device, abar, prediction, unet, vae, text)


def _schedule(folder: Path) -> tuple[Prediction, Tensor]:
    path = folder / "scheduler" / "scheduler_config.json"
    config: Any = {}
    if path.is_file():
        config = parse_json(path.read_bytes(), f"{folder.name}/scheduler/scheduler_config.json")
    prediction = config.get("prediction_type", "epsilon")
    schedule = config.get("beta_schedule", "scaled_linear")
    known = ("linear", "scaled_linear", "squaredcos_cap_v2")
    if prediction not in ("v_prediction", "epsilon", "sample") or schedule not in known:
        raise refused(folder, f"its noise schedule ({schedule}, {prediction}) is unknown")
    if config.get("num_train_timesteps", TIMESTEPS) != TIMESTEPS or config.get("trained_betas"):
        raise refused(folder, f"its noise schedule has not {TIMESTEPS} timesteps")
    try:
        abar = alphas_cumprod(
            beta_start=float(config.get("beta_start", 0.00085)),
            beta_end=float(config.get("beta_end", 0.012)),
            beta_schedule=schedule,
            zero_terminal_snr=bool(config.get("rescale_betas_zero_snr", False)),
        )
    except (TypeError, ValueError) as error:
        raise refused(folder, f"its noise schedule is broken ({error})") from None
    return prediction, abar
