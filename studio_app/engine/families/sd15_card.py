"""What a folder of Stable Diffusion 1 or 2 is made of, and what such a model can do.

Rombach et al. 2112.10752, in diffusers' layout: one U-Net, one CLIP text encoder, one autoencoder, four channels. Its
kin have the same parts: LCM (with a guidance embedding, or merged), Hyper-SD, TCD, Turbo, v-prediction. What few-step
kind one is, its U-Net or the scheduler beside it tells. `controlnet_KIND` and `adapter_KIND` (depth, pose, ...) hold
ControlNets and T2I-Adapters.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.core.capabilities import SAMPLERS, Capabilities, Range
from studio_app.core.controls import CONTROL_KINDS
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_dir, is_file
from studio_app.core.request import MAX_SIDE, MIN_SIDE, SIDE_STEP
from studio_app.engine.checkpoint import TensorInfo, part, refused
from studio_app.engine.families import sd15_file

NAME: str = "Stable Diffusion 1 and 2"
PARTS = (
    part("unet", "diffusers", "UNet2DConditionModel"),
    part("vae", "diffusers", "AutoencoderKL", "AutoencoderTiny"),
    part("text_encoder", "transformers", "CLIPTextModel"),
    part("tokenizer", "transformers", "CLIPTokenizer", "CLIPTokenizerFast"),
    part("controlnet_*", "diffusers", "ControlNetModel", needed=False),
    # As a pipeline saves its own: nothing says what it was made for, so nothing asks it.
    part("controlnet", "diffusers", "ControlNetModel", needed=False),
    part("adapter_*", "diffusers", "T2IAdapter", needed=False),
)

_SCALE = 8
_SLOW = ("dpmpp_2m_karras", "dpmpp_2m", "euler", "euler_ancestral", "ddim", "ddpm")
_QUICK = ("lcm", "tcd", "euler_trailing")
_FEW_STEP = {"LCMScheduler": "lcm", "TCDScheduler": "tcd"}
"""The scheduler that a folder names -> the sampler that it was distilled for."""


def claims(folder: Path, index: Mapping[str, Any]) -> bool:
    """A U-Net and one text encoder; SDXL has two."""
    unet = index.get("unet")
    return (
        isinstance(unet, list) and "UNet2DConditionModel" in unet and "text_encoder_2" not in index
    )


def claims_file(header: Mapping[str, TensorInfo]) -> bool:
    """Whether one file with this header is such a model."""
    return sd15_file.is_sd1(header)


def file_capabilities(path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
    try:
        unet = sd15_file.unet_config(header)
    except (KeyError, IndexError, ValueError) as error:
        raise refused(path, f"its U-Net is of no known make ({error})") from None
    return _capabilities(unet, sd15_file.scheduler_config(header), ())


def capabilities(folder: Path) -> Capabilities:
    controls = tuple(
        kind
        for kind in CONTROL_KINDS
        if is_dir(folder / f"controlnet_{kind}") or is_dir(folder / f"adapter_{kind}")
    )
    return _capabilities(_config(folder, "unet"), _config(folder, "scheduler"), controls)


def _capabilities(
    unet: Mapping[str, Any], scheduler: Mapping[str, Any], controls: tuple[str, ...]
) -> Capabilities:
    sampler = _FEW_STEP.get(str(scheduler.get("_class_name")))
    trailing = scheduler.get("timestep_spacing") == "trailing"
    if sampler is None and trailing and "Euler" in str(scheduler.get("_class_name")):
        sampler = "euler_trailing"  # as Turbo and Lightning are published
    side = unet.get("sample_size")
    side = side * _SCALE if isinstance(side, int) else 512
    side = min(max(side // SIDE_STEP * SIDE_STEP, MIN_SIDE), MAX_SIDE)
    if (
        unet.get("time_cond_proj_dim") is not None
    ):  # guidance is an embedding: nothing is left for a negative
        samplers, negative, guidance = ("lcm", "consistency"), "none", Range(1.0, 14.0, 8.0)
    elif sampler is not None:
        few = tuple(sorted(_QUICK, key=lambda name: name != sampler))
        samplers, negative = (*few, *_SLOW), "cfg"
        guidance = Range(1.0, 20.0, 1.0 if sampler == "euler_trailing" else 1.5)
    else:
        samplers, negative, guidance = (*_SLOW, *_QUICK), "cfg", Range(1.0, 20.0, 7.0)
    return Capabilities(
        samplers=samplers,
        controls=controls,
        sizes=((side, side),),
        guidance=guidance,
        steps={},
        negative=negative,
        target_time=False,
        native=False,
        regions=True,
        few_step=not SAMPLERS[samplers[0]].teacher,
    )


def _config(folder: Path, component: str) -> dict[str, Any]:
    name = "scheduler_config.json" if component == "scheduler" else "config.json"
    path = folder / component / name
    return read_object(path, f"{folder.name}/{component}/{name}") if is_file(path) else {}
