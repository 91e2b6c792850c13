"""Writes what is trained so far as one checkpoint folder in diffusers layout.

Any stage may be unfinished: averaged weights are taken as they are, a missing student is the teacher,
and parts that this run has not trained stay as the folder has them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from string import Template
from typing import Any

import diffusers
import torch
from diffusers import LCMScheduler
from torch import Tensor, nn

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic, write_text_atomic
from studio_app.core.hardware import describe
from studio_app.core.manifest import write_manifest
from studio_app.core.resources import resources_dir
from studio_app.training.checkpoints import (
    all_finite,
    averaged_weights,
    load_model_weights,
    load_state,
    save_model,
)
from studio_app.training.data import KINDS
from studio_app.training.latents import encoder_digest
from studio_app.training.networks import count, make_vae
from studio_app.training.progress import Progress, read_figures, say
from studio_app.training.recipe import Recipe
from studio_app.training.stages import autoencoder, distill, draft, maps, sharpen, teacher
from studio_app.training.stages.trajectories import USUAL_GUIDANCE
from studio_app.training.tokenizer import load_tokenizer

INDEX = {
    "_class_name": "LatentConsistencyModelPipeline",
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "LCMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderDC"],
}


DRAFT = """
- `draft/` decodes the same latents in a third of the time, less finely: what follows the pen while it is down."""
"""What the card says of a draft decoder, where there is one."""
MAPS = """
- `maps/` is a second decoder of the latents that `vae/` decodes, an AutoencoderDC's without its encoder: ten channels
  for three, which are alpha, depth, normals (x right, y up, z to the viewer: the OpenGL convention), albedo,
  roughness and metallic. `underpaint render --alpha` and `--maps DIR` use it."""
"""What the card says of a maps decoder, where there is one."""


def publish(
    recipe: Recipe,
    out: Path,
    folder: Path,
    progress: Progress | None = None,
) -> Path:
    """Writes the run in `out` to `folder` and a manifest beside it; returns `folder`.

    Raises StudioError when a part is neither in the run nor in the folder.
    """
    tokenizer = _tokenizer(out, folder)
    parts = _parts(recipe, out, tokenizer)
    for name, module in parts.items():
        if not all_finite(module.state_dict().values()):
            raise StudioError("Nothing exported", f"The weights of {name} are not all numbers.")
    needed = ("vae", "teacher", "text_encoder", "adapter_depth", "adapter_pose")
    for name in needed:
        if name not in parts and not (folder / name / "config.json").exists():
            raise StudioError(
                "Nothing to publish yet",
                f"{out} holds no trained {name}.",
                "Train the autoencoder and the teacher first.",
            )
    if "unet" not in parts and "teacher" in parts:  # an older student is not this teacher's
        parts["unet"] = parts["teacher"]
    stale = _fit_decoders(recipe, out, folder, parts, progress)
    for name, module in parts.items():
        save_model(folder / name, module, torch.float16)
        say(progress, f"publish: {name}, {count(module) / 1e6:.2f} million parameters")
    for name in stale:
        shutil.rmtree(folder / name)
    _copy_tokenizer(out, folder)
    scheduler = LCMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        original_inference_steps=50,
        clip_sample=False,
    )
    write_text_atomic(folder / "scheduler" / "scheduler_config.json", scheduler.to_json_string())
    index = {**INDEX, "_diffusers_version": diffusers.__version__}
    write_text_atomic(folder / "model_index.json", json.dumps(index, indent=2))
    _write_capabilities(recipe, out, folder, new_denoiser="unet" in parts)
    write_text_atomic(folder / "README.md", model_card(recipe, out, folder, parts))
    write_manifest(folder.parent)
    return folder


def model_card(recipe: Recipe, out: Path, folder: Path, parts: dict[str, nn.Module]) -> str:
    """The README of the checkpoint, from resources/cards/underpaint.md."""
    template = (resources_dir() / "cards" / "underpaint.md").read_text(encoding="utf-8")
    rows = [
        f"| `{name}/` | {type(module).__name__} | {count(module) / 1e6:.2f} M |"
        for name, module in sorted(parts.items())
    ]
    figures = _figures(out)
    listed = [f"| {key} | {value:.3g} |" for key, value in figures.items()]
    world = _world(out)
    words = [
        f"- {slot}: {', '.join(_names(names))}" for slot, names in world.get("words", {}).items()
    ]
    return Template(template).substitute(
        name=folder.name,
        width=recipe.size,
        height=recipe.size,
        parts="\n".join(rows),
        decoders="".join(
            text
            for name, text in (("maps", MAPS), ("draft", DRAFT))
            if name in parts or (folder / name).is_dir()
        ),
        w_max=f"{recipe.distill.w_max:g}",
        recipe=recipe.name,
        seed=recipe.seed,
        hardware=describe(),
        pictures=world.get("pictures", "the"),
        stages="\n".join(_stages(recipe, out)),
        figures="\n".join(["| figure | value |", "|---|---|", *listed])
        if listed
        else "Not measured.",
        words="\n".join(words) or "Those of the captions.",
    )


def _parts(recipe: Recipe, out: Path, tokenizer: Any) -> dict[str, nn.Module]:
    """The modules this run has trained, by folder name, with averaged weights."""
    parts: dict[str, nn.Module] = {}
    device = torch.device("cpu")
    vae = sharpen.finished(recipe, out)
    if vae is not None:
        parts["vae"] = vae
    trained = {name: averaged_weights(out / teacher.STAGE, name) for name in teacher.PARTS}
    networks = teacher.make_networks(recipe, tokenizer, device)
    names = {name: name for name in teacher.PARTS} | {"unet": "teacher"}
    for name, module in networks.modules().items():
        weights = trained[name]
        if weights is not None:
            _fill(module, weights)
            parts[names[name]] = module
    student = averaged_weights(out / distill.STAGE, "unet")
    if student is not None:
        unet = teacher.make_unet(recipe)
        _fill(unet, student)
        parts["unet"] = unet
    return parts


def _fit_decoders(
    recipe: Recipe,
    out: Path,
    folder: Path,
    parts: dict[str, nn.Module],
    progress: Progress | None,
) -> list[str]:
    """Adds the run's maps and draft decoders to the parts, where they are of their latents; which of the folder's
    own, that nothing replaces, are of others."""
    vae = make_vae(recipe.autoencoder)
    if "vae" in parts:
        vae.load_state_dict(parts["vae"].state_dict())
    else:
        load_model_weights(folder / "vae", vae)
    digest = encoder_digest(vae)
    stale: list[str] = []
    for stage in (maps, draft):
        name = stage.STAGE
        network = stage.trained(recipe, out)
        there = folder / name / "config.json"
        if network is not None and network.config["latents_of"] == digest:
            if not all_finite(network.state_dict().values()):
                raise StudioError("Nothing exported", f"The weights of {name} are not all numbers.")
            parts[name] = network
            continue
        if network is not None:
            say(progress, f"publish: the {name} decoder is of another encoder and stays behind")
        if not there.exists():
            continue
        if json.loads(there.read_text(encoding="utf-8")).get("latents_of") != digest:
            say(
                progress,
                f"publish: the folder's {name} decoder is of another encoder and is taken away",
            )
            stale.append(name)
    return stale


def _fill(module: nn.Module, weights: dict[str, Tensor]) -> None:
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise StudioError(
            "The run does not fit the recipe", str(error).splitlines()[-1].strip()
        ) from error


def _write_capabilities(recipe: Recipe, out: Path, folder: Path, new_denoiser: bool) -> None:
    path = folder / "underpaint.json"
    preview_path = out / autoencoder.STAGE / "latent_rgb.json"
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if preview_path.exists():
        preview = json.loads(preview_path.read_text(encoding="utf-8"))
    elif kept:
        preview = kept
    else:
        raise StudioError("Nothing to publish yet", f"{preview_path} is missing.")
    world = _world(out)
    slow = {"min": 4, "max": 100, "default": 30}
    table = {
        "format": 1,
        "latent_rgb": preview["latent_rgb"],
        "latent_rgb_bias": preview["latent_rgb_bias"],
        "kinds": list(KINDS),
        "sizes": [[recipe.size, recipe.size]],
        "guidance": {"min": 1.0, "max": recipe.distill.w_max + 1, "default": USUAL_GUIDANCE},
        "steps": {
            "consistency": {"min": 1, "max": 8, "default": 4},
            "ddim": slow,
            "ddpm": {**slow, "min": 10},
        },
        "samplers": ["consistency", "ddim", "ddpm"],
        "controls": ["depth", "pose"],
        "negative": "shifted",
        "target_time": True,
        "thing_words": _taught(world) if world else kept.get("thing_words", {}),
    }
    if not new_denoiser and "negative_efficacy" in kept:  # measured of the denoiser that stays
        table["negative_efficacy"] = kept["negative_efficacy"]
    write_text_atomic(path, json.dumps(table, indent=1, ensure_ascii=False))


def _taught(world: dict[str, Any]) -> dict[str, list[str]]:
    """The world's names by slot and, as "said", all other words of the captions."""
    slots = {slot: _names(names) for slot, names in world.get("words", {}).items()}
    named = {word for names in slots.values() for name in names for word in name.split()}
    said = [word for word in world.get("said", []) if word not in named]
    return slots | ({"said": said} if said else {})


def _names(words: Any) -> list[str]:
    return [word if isinstance(word, str) else str(word.get("name", "")) for word in words]


def _world(out: Path) -> dict[str, Any]:
    """What the corpus was, as the teacher stage noted it."""
    path = out / "world.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _stages(recipe: Recipe, out: Path) -> list[str]:
    section = recipe.autoencoder
    plans = {
        "autoencoder/joint": section.plan,
        "autoencoder/decoder": section.finish,
        "teacher": recipe.teacher.plan,
        "distill": recipe.distill.plan,
        "sharpen": recipe.sharpen.plan,
        "draft": recipe.draft.plan,
        "maps": recipe.maps.plan,
    }
    rows: list[str] = []
    for name, plan in plans.items():
        state = load_state(out / name)
        if state is not None:
            hours = float(state.scalars["seconds"]) / 3600
            rows.append(f"| {name} | {state.scalars['step']} | {plan.batch} | {hours:.2f} |")
    return rows


def _figures(out: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name in ("autoencoder/decoder", "distill", "sharpen", "draft", "maps"):
        figures |= read_figures(out / name)
    return figures


def _tokenizer(out: Path, folder: Path) -> Any:
    for place in (out / "tokenizer", folder / "tokenizer"):
        if (place / "tokenizer.json").exists():
            return load_tokenizer(place)
    raise StudioError(
        "Nothing to publish yet", f"{out} holds no tokenizer.", "Train the teacher first."
    )


def _copy_tokenizer(out: Path, folder: Path) -> None:
    source = out / "tokenizer"
    if source.exists():
        for path in sorted(source.iterdir()):
            write_bytes_atomic(folder / "tokenizer" / path.name, path.read_bytes())
