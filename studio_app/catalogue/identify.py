"""From the header of one file to what it is. Marks of tensors are certain; what only a name says is called a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from studio_app.catalogue import encoders, loras
from studio_app.catalogue.controls import control_of
from studio_app.catalogue.families import FAMILIES
from studio_app.catalogue.gguf import read_gguf
from studio_app.catalogue.headers import Header, instead_of_model, read_safetensors, refused
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.marks import (
    Tensors,
    beginning,
    blocks_of,
    denoiser_of,
    unwrapped,
    width_of,
)
from studio_app.catalogue.numbers import numbers_of, parameters_of
from studio_app.core.folders import MODEL_FILES
from studio_app.core.reading import open_binary

PICKLES = (".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle", ".t7", ".joblib", ".npy", ".npz")
MODELS = MODEL_FILES
_PICKLE_MAGIC = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04", b"\x93NUMPY")

_FEW_STEP = (
    ("Lightning", r"lightning"), ("Hyper", r"hyper[-_ ]?(sd|flux|sdxl)?"), ("DMD2", r"dmd2?"), ("TCD", r"tcd"),
    ("LCM", r"lcm"), ("Turbo", r"turbo"), ("Schnell", r"schnell"),
)  # fmt: skip
_LICENCES = ("modelspec.license", "license", "general.license", "license_name")
_TARGETS = {"epsilon": "epsilon", "v": "v", "v_prediction": "v", "flow": "flow", "sample": "x0"}


def identify_file(path: Path) -> Identity:
    """Of one file. StudioError where it is a pickle, or broken."""
    ending = path.suffix.lower()
    try:
        with open_binary(path) as (file, _):
            start = file.read(64)
    except OSError as error:
        raise refused(path, f"it can't be read ({error.strerror})") from error
    other = instead_of_model(start)
    if other:
        raise refused(path, other, "Choose the file again once it is there")
    start = start[:8]
    if ending in PICKLES or (start.startswith(_PICKLE_MAGIC) and not _is_length(start)):
        raise refused(
            path, "it is a pickle, which can run code", "Ask for the model as .safetensors"
        )
    if start.startswith(b"GGUF") or ending == ".gguf":
        return identify(read_gguf(path), path.stem, gguf=True)
    return identify(read_safetensors(path, path), path.stem)


def _is_length(start: bytes) -> bool:
    """Whether eight bytes may be how long a header of safetensors is: it ends with zeros."""
    return len(start) == 8 and start[4:] == b"\0\0\0\0"


def identify(header: Header, name: str, *, gguf: bool = False) -> Identity:
    """What the tensors say; then what its own words and its name do."""
    tensors = header.tensors
    found = _role(tensors)
    numbers, unreadable = numbers_of(tensors, gguf)
    found = replace(
        found,
        layout="GGUF" if gguf else found.layout,
        numbers=numbers,
        unreadable=unreadable,
        parameters=parameters_of(tensors),
        size=header.size,
        licence=next((header.metadata[k] for k in _LICENCES if header.metadata.get(k)), "")[:200],
    )
    return _told(found, tensors, header.metadata, name)


def _role(tensors: Tensors) -> Identity:
    if loras.is_lora(tensors):
        family, said = loras.family_of(tensors), loras.format_of(tensors)
        if "lora_controlnet" in tensors:
            return Identity("controlnet", family, said, "a ControlNet as a LoRA")
        return Identity("lora", family, said, rank=loras.rank_of(tensors))
    control = control_of(tensors)
    if control is not None:
        return control
    own = unwrapped(tensors)
    family, layout = denoiser_of(own)
    if family:
        return _denoiser(tensors, own, family, layout)
    return encoders.encoder_of(tensors) or Identity("unknown")


def _denoiser(tensors: Tensors, own: Tensors, family: str, layout: str) -> Identity:
    parts = ["denoiser"]
    if beginning(tensors, "first_stage_model.", "vae."):
        parts.append("vae")
    parts += encoders.inside(tensors)
    return Identity(
        "checkpoint" if len(parts) > 1 else "denoiser",
        encoders.family_by_words(tensors) or family,
        layout,
        variant=_variant(own, family),
        parts=tuple(parts),
        width=width_of(own),
        blocks=blocks_of(own),
    )


def _variant(own: Tensors, family: str) -> str:
    if family in ("sd1", "sd2", "sdxl"):
        entry = own.get("input_blocks.0.0.weight") or own.get("conv_in.weight")
        channels = entry.shape[1] if entry is not None and len(entry.shape) == 4 else 4
        return {9: "for inpainting", 8: "for editing by words", 5: "told of depth"}.get(
            channels, ""
        )
    if family == "flux1":
        guided = beginning(own, "guidance_in.", "time_text_embed.guidance_embedder.")
        entry = own.get("img_in.weight") or own.get("x_embedder.weight")
        if guided and entry is not None:
            return {384: "fill", 128: "canny or depth"}.get(entry.shape[-1], "dev")
        return "dev" if guided else "schnell"
    if family == "sd3":
        if (
            "joint_blocks.37.x_block.mlp.fc1.weight" in own
            or "transformer_blocks.37.attn.to_q.weight" in own
        ):
            return "3.5 large"
        if beginning(own, "joint_blocks.0.x_block.attn2.", "transformer_blocks.0.attn2."):
            return "3.5 medium"
        return "3 medium" if blocks_of(own) == 24 else ""
    if family == "pixart":
        sized = beginning(own, "adaln_single.emb.resolution_embedder.", "csize_embedder.")
        return "alpha" if sized else "sigma, or alpha at 512"
    return ""


def _told(found: Identity, tensors: Tensors, metadata: Mapping[str, str], name: str) -> Identity:
    """What is drawn from: prediction and few steps, by tensors where they say, else by words."""
    if found.role not in ("checkpoint", "denoiser", "lora"):
        return found
    guesses: list[str] = []
    words = " ".join(
        [
            name,
            *(metadata.get(k, "") for k in ("modelspec.title", "ss_output_name", "general.name")),
        ]
    ).lower()
    prediction = _TARGETS.get(metadata.get("modelspec.prediction_type", "").lower(), "")
    if "v_pred" in tensors:
        prediction = "v"
    facts = FAMILIES.get(found.family)
    if not prediction and found.role != "lora" and facts is not None:
        prediction = facts.prediction
        if prediction == "epsilon":
            guesses.append("prediction")
            if re.search(r"v[-_ ]?pred|768[-_ ]?v\b", words):
                prediction = "v"
    few = ""
    if beginning(tensors, *_TOLD_OF_GUIDANCE) and found.family in ("sd1", "sd2", "sdxl"):
        few = "LCM"
    elif found.family == "flux1" and found.variant == "schnell" and found.role != "lora":
        few = "Schnell"
    else:
        few = few_step_by_name(words)
        if not few and found.family.startswith("flux2-klein") and "base" not in words:
            few = "Distilled" if found.role != "lora" else ""
        if few:
            guesses.append("few_step")
    return replace(
        found, prediction=prediction, zero_snr="ztsnr" in tensors, few_step=few, guesses=tuple(guesses)
    )  # fmt: skip


def few_step_by_name(words: str) -> str:
    """What few-step kind something is that is called so; "" where its name says nothing."""
    said = words.lower()
    found = (kind for kind, sign in _FEW_STEP if re.search(rf"(?<![a-z]){sign}(?![a-z])", said))
    return next(found, "")


_TOLD_OF_GUIDANCE = (
    "model.diffusion_model.time_embed.cond_proj.", "time_embed.cond_proj.", "time_embedding.cond_proj.",
)  # fmt: skip
