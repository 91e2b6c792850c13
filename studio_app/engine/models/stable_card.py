"""What a Stable Diffusion model of any size can do, by its configs. Free of torch.

What few-step kind it is: a U-Net with a guidance embedding is LCM's; else the scheduler beside it tells, as such models
are published: LCMScheduler, TCDScheduler, or one of Euler's with trailing times (Turbo, Lightning). A file has no
scheduler: there the catalogue tells, by what its makers wrote into it or called it. What the artist says goes before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio_app.catalogue.headers import Header, TensorInfo
from studio_app.catalogue.identify import few_step_by_name, identify
from studio_app.core.capabilities import SAMPLERS, Capabilities, Range
from studio_app.core.controls import ControlKind
from studio_app.core.fittings import NONE, Fitting
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_file
from studio_app.core.request import MIN_SIDE, SIDE_STEP

LIKENESS: ControlKind = "reference"
"""What an IP-Adapter reads."""
SCALE = 8
"""Pixels per latent pixel, for what a config says of a model's size."""
XL_LATENT_RGB = (
    (0.3651, 0.4232, 0.4341),
    (-0.2533, -0.0042, 0.1068),
    (0.1076, 0.1111, -0.0362),
    (-0.3165, -0.2492, -0.2188),
)
XL_LATENT_RGB_BIAS = (0.1084, -0.0175, -0.0011)
"""Of the latents of SDXL's autoencoder, as ComfyUI and others have them."""
_SLOW = ("dpmpp_2m_karras", "dpmpp_2m", "euler", "euler_ancestral", "ddim", "ddpm")
_QUICK = ("lcm", "tcd", "euler_trailing")
_FEW_STEP = {"LCMScheduler": "lcm", "TCDScheduler": "tcd"}
"""The scheduler that a folder names -> the sampler that it was distilled for."""
_KINDS = {
    "LCM": "lcm",
    "DMD2": "lcm",
    "TCD": "tcd",
    "Hyper": "tcd",
    "Turbo": "euler_trailing",
    "Lightning": "euler_trailing",
}
"""The few-step kind of a file (`catalogue.identify`) -> the sampler of what is called so."""
MOST_SKIPPED = 12
_FITS = ("controlnet", "union controlnet", "t2i adapter", "tiny vae", "ip adapter")
"""Roles of files that such a model takes beside its own parts."""


@dataclass(frozen=True)
class Said:
    """What a model's files say of it. unet, scheduler: their configs. layers: of its first text encoder. kind: few-step
    one, of a file."""

    unet: Mapping[str, Any]
    scheduler: Mapping[str, Any]
    layers: Any = None
    kind: str = ""


def said_by_folder(folder: Path) -> Said:
    unet, scheduler, words = (
        component_config(folder, name) for name in ("unet", "scheduler", "text_encoder")
    )
    return Said(unet, scheduler, words.get("num_hidden_layers"))


def stable_capabilities(
    said: Said, *, usual: int, most: int, controls: tuple[str, ...], fitting: Fitting = NONE
) -> Capabilities:
    """usual: the side of a picture, of a U-Net whose config says none. most: the longest side. fitting: what the artist
    has said."""
    unet, layers = said.unet, said.layers
    side = unet.get("sample_size")
    side = side * SCALE if isinstance(side, int) else usual
    side = min(max(side // SIDE_STEP * SIDE_STEP, MIN_SIDE), most)
    sampler = few_step_sampler(said.scheduler, said.kind)
    if fitting.few_step:
        sampler = _KINDS.get(fitting.few_step)
    if unet.get("time_cond_proj_dim") is not None:
        # Guidance is an embedding: there is no second half for a negative.
        samplers, negative, guidance = ("lcm", "consistency"), "none", Range(1.0, 14.0, 8.0)
    elif sampler is not None:
        few = tuple(sorted(_QUICK, key=lambda name: name != sampler))
        samplers, negative = (*few, *_SLOW), "cfg"
        guidance = Range(1.0, 20.0, 1.0 if sampler == "euler_trailing" else 1.5)
    else:
        samplers, negative, guidance = (*_SLOW, *_QUICK), "cfg", Range(1.0, 20.0, 7.0)
    return Capabilities(
        samplers=samplers,
        controls=(*controls, *likeness_kinds(fitting)),
        sizes=((side, side),),
        guidance=guidance,
        steps={},
        negative=negative,
        target_time=False,
        native=False,
        few_step=not SAMPLERS[samplers[0]].teacher,
        max_side=most,
        loras=True,
        regions=True,
        fits=_FITS,
        attention_guidance=True,
        compiles=True,
        clip_skip=min(max(layers, 1), MOST_SKIPPED) if isinstance(layers, int) else 1,
    )


def few_step_sampler(scheduler: Mapping[str, Any], kind: str) -> str | None:
    """Of the scheduler of a folder, or of the kind of a file; None of what was not distilled to few steps."""
    named = str(scheduler.get("_class_name"))
    if named in _FEW_STEP:
        return _FEW_STEP[named]
    if "Euler" in named and scheduler.get("timestep_spacing") == "trailing":
        return "euler_trailing"
    return _KINDS.get(kind)


def kind_of_folder(folder: Path) -> str:
    """The few-step kind that a folder is called; "" where its name says none. A snapshot of Hugging Face's cache is
    called by its digest, and its repository by a name."""
    repository = folder.parents[1].name if folder.parent.name == "snapshots" else ""
    return few_step_by_name(f"{repository} {folder.name}")


def few_step_kind(path: Path, header: Mapping[str, TensorInfo]) -> str:
    """Of a file, as the catalogue knows it; "" of one that was not distilled."""
    return identify(Header(header), path.stem).few_step


def component_config(folder: Path, component: str) -> dict[str, Any]:
    """The config of a folder's component; empty where there is none."""
    name = "scheduler_config.json" if component == "scheduler" else "config.json"
    path = folder / component / name
    if not is_file(path):
        return {}
    endless = component == "scheduler"
    return read_object(path, f"{folder.name}/{component}/{name}", endless=endless)


def likeness_kinds(fitting: Fitting) -> tuple[str, ...]:
    """Kinds of drawing that the IP-Adapter reads that was chosen, if one was."""
    files = (fitting.likeness, fitting.sight)
    return (LIKENESS,) if all(path and is_file(Path(path)) for path in files) else ()
