"""What is known of one file or folder: the values that scanning gives, and that are kept between two starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

ROLES = {
    "checkpoint": "Checkpoints",
    "denoiser": "Denoisers without their other parts",
    "vae": "Autoencoders",
    "tiny vae": "Tiny decoders",
    "text encoder": "Text encoders",
    "image encoder": "Image encoders",
    "lora": "LoRAs",
    "controlnet": "ControlNets",
    "union controlnet": "ControlNets for several kinds",
    "t2i adapter": "T2I-Adapters",
    "ip adapter": "IP-Adapters",
    "embedding": "Embeddings",
    "upscaler": "Upscalers",
    "unknown": "Not recognised",
    "broken": "Can't be read",
}
"""In the order of lists -> what a group of them is called."""


@dataclass(frozen=True)
class Identity:
    """role: of `ROLES`. family: of `families.FAMILIES`, or "". layout: whose names the tensors have. detail: which text
    encoder or autoencoder, which format of LoRA, which kind of control. variant: within the family ("dev", "fill").
    prediction: "epsilon", "v", "x0", "flow" or "". few_step: "LCM", "Turbo", ... or "". guesses: names of these fields
    that were read off a name, not off the tensors. numbers: how weights are written. unreadable: why such numbers can't
    be read here, or "". parameters, size: counted, and in bytes. licence: as the file states it. parts: what a
    checkpoint holds, of "denoiser", "vae" and names of text encoders. width, blocks: of the denoiser. why: of "broken".
    """

    role: str
    family: str = ""
    layout: str = ""
    detail: str = ""
    variant: str = ""
    prediction: str = ""
    zero_snr: bool = False
    few_step: str = ""
    guesses: tuple[str, ...] = ()
    numbers: str = ""
    unreadable: str = ""
    parameters: int = 0
    size: int = 0
    licence: str = ""
    parts: tuple[str, ...] = ()
    width: int = 0
    blocks: int = 0
    rank: int = 0
    why: str = ""


def to_json(identity: Identity) -> dict[str, Any]:
    """What differs from nothing."""
    empty = asdict(Identity(""))
    return {name: value for name, value in asdict(identity).items() if value != empty[name]}


def from_json(value: dict[str, Any]) -> Identity:
    """TypeError or ValueError where it is none."""
    kinds: dict[str, type] = {
        name: type(empty) for name, empty in asdict(Identity("")).items() if name != "role"
    }
    made: dict[str, Any] = {"role": str(value["role"])}
    for name, item in value.items():
        if name in kinds:
            made[name] = (
                tuple(str(text) for text in item) if kinds[name] is tuple else kinds[name](item)
            )
    if made["role"] not in ROLES:
        raise ValueError("no role")
    return Identity(**made)
