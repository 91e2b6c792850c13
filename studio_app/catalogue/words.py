"""What an identity is called, in words for people."""

from __future__ import annotations

from studio_app.catalogue.families import FAMILIES, TEXT_ENCODERS, VAES
from studio_app.catalogue.identity import Identity

_A = {
    "lora": "a LoRA", "controlnet": "a ControlNet", "union controlnet": "a ControlNet for several kinds of control",
    "t2i adapter": "a T2I-Adapter", "ip adapter": "an IP-Adapter", "embedding": "an embedding",
    "vae": "an autoencoder", "tiny vae": "a tiny decoder", "text encoder": "a text encoder",
    "image encoder": "an encoder of pictures", "upscaler": "an upscaler",
}  # fmt: skip


def family_name(identity: Identity) -> str:
    facts = FAMILIES.get(identity.family)
    name = facts.name if facts is not None else ""
    return f"{name}, {identity.variant}" if name and identity.variant else name


def called(identity: Identity) -> str:
    """As the end of "it is": "a LoRA for Stable Diffusion XL"; "" where nobody knows what it is."""
    name = family_name(identity)
    if identity.role == "checkpoint":
        lacks = lacking(identity)
        if identity.layout == "diffusers folder":
            return name
        return f"{name} in one file" + (f", without {' and '.join(lacks)}" if lacks else "")
    if identity.role == "denoiser":
        return f"the denoiser of {name}, without its other parts"
    if identity.role not in _A:
        return ""
    if identity.role == "text encoder":
        return f"a text encoder, {TEXT_ENCODERS[identity.detail]}"
    if identity.role == "vae" and identity.detail in VAES:
        return f"an {VAES[identity.detail]}"
    return _A[identity.role] + (f" for {name}" if name else "")


def lacking(identity: Identity) -> list[str]:
    """What a checkpoint or a denoiser needs besides what it holds, in words."""
    facts = FAMILIES.get(identity.family)
    if facts is None or identity.role not in ("checkpoint", "denoiser"):
        return []
    missing = [
        f"the text encoder {TEXT_ENCODERS[name]}"
        for name in facts.text
        if name not in identity.parts and name not in facts.spared
    ]
    if "vae" not in identity.parts:
        missing.append("its autoencoder")
    return missing
