"""The families of image models that are known by their headers: what they are, in words and numbers. Whether one can be
drawn with is for the engine to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Commercial = Literal["yes", "no", "terms", "unknown"]


@dataclass(frozen=True)
class Licence:
    """commercial: whether what is made may be sold; "terms": under conditions that the licence names."""

    name: str
    commercial: Commercial
    terms: str = ""


@dataclass(frozen=True)
class FamilyFacts:
    """denoiser: in the words of the papers. pixels_per_token: side of the square of pixels that one token of a
    transformer stands for; 0 of a U-Net. vae: of `VAES`. text: names of `TEXT_ENCODERS`, all needed but those `spared`.
    prediction: where the file says nothing. side: in pixels, what it was trained at. guidance, negative: sentences.
    licence: that of the original; a file may be under another. video: pictures in time, which are not drawn here.
    spared: of `text`, what it can do without.
    """

    name: str
    denoiser: str
    prediction: str
    vae: str
    text: tuple[str, ...]
    side: int
    guidance: str
    negative: str
    licence: Licence
    pixels_per_token: int = 0
    steps: str = "20 to 30 steps"
    video: bool = False
    spared: tuple[str, ...] = ()


_RAIL = Licence(
    "CreativeML OpenRAIL-M", "terms", "What it makes may be sold; some uses are ruled out."
)
_RAIL_XL = Licence("CreativeML OpenRAIL++-M", "terms", _RAIL.terms)
_STABILITY = Licence(
    "Stability AI Community", "terms", "Free below a revenue of a million dollars a year; above it, by contract."
)  # fmt: skip
_APACHE = Licence("Apache-2.0", "yes")
_DEV = Licence(
    "FLUX non-commercial", "no", "The model may not be used commercially without a contract."
)
_UNKNOWN = Licence("not known here", "unknown", "Look it up where you got the file.")

_TRUE = "True guidance: the network runs twice a step, and the scale says how far it leaves the unwanted."
_EMBEDDED = "Guidance is a number the network was trained to be told: it costs nothing."
_DISTILLED = "Distilled: guidance is built in, and the scale does nothing."
_BUILT_IN = (
    "Distilled: guidance is built in. A scale above 1 runs the network twice a step, away from the negative prompt; "
    "the base model needs it."
)
_NEGATIVE = "The negative prompt acts by true guidance, above a scale of 1."
_ATTENTION = (
    "The negative prompt acts by true guidance above a scale of 1, and at 1 by normalised attention guidance: "
    "more gently, and a step takes a little longer, not twice as long."
)
_NO_NEGATIVE = "The negative prompt does nothing: there is no second run to take away from."

FAMILIES: dict[str, FamilyFacts] = {
    "underpaint": FamilyFacts("Underpaint", "U-Net with cross-attention, distilled", "v", "own", ("own",), 256,
        "Guidance was distilled in as a number.", "The negative prompt moves the words away from what it names.",
        _APACHE, steps="4 steps"),
    "sd1": FamilyFacts("Stable Diffusion 1", "U-Net with cross-attention", "epsilon", "kl4", ("clip-l",), 512,
        _TRUE, _ATTENTION, _RAIL),
    "sd2": FamilyFacts("Stable Diffusion 2", "U-Net with cross-attention", "epsilon", "kl4", ("clip-h",), 768,
        _TRUE, _ATTENTION, _RAIL_XL),
    "sdxl": FamilyFacts("Stable Diffusion XL", "U-Net with cross-attention", "epsilon", "kl4",
        ("clip-l", "clip-g"), 1024, _TRUE, _ATTENTION, _RAIL_XL),
    "sdxl-refiner": FamilyFacts("SDXL refiner", "U-Net with cross-attention", "epsilon", "kl4", ("clip-g",),
        1024, _TRUE, _NEGATIVE, _RAIL_XL),
    "cascade": FamilyFacts("Stable Cascade", "U-Net of a cascade", "epsilon", "vqgan", ("clip-g",), 1024,
        _TRUE, _NEGATIVE, Licence("Stability AI non-commercial", "no")),
    "pixart": FamilyFacts("PixArt", "DiT: self-attention over all tokens, cross-attention to the words", "epsilon",
        "kl4", ("t5-xxl",), 1024, _TRUE, _ATTENTION, _RAIL_XL, pixels_per_token=16),
    "sd3": FamilyFacts("Stable Diffusion 3", "MM-DiT: tokens of picture and words attend to each other", "flow",
        "kl16", ("clip-l", "clip-g", "t5-xxl"), 1024, _TRUE, _ATTENTION, _STABILITY, pixels_per_token=16,
        spared=("t5-xxl",)),
    "flux1": FamilyFacts("FLUX.1", "MM-DiT with parallel single-stream blocks", "flow", "kl16",
        ("clip-l", "t5-xxl"), 1024, _EMBEDDED, _NO_NEGATIVE, _UNKNOWN, pixels_per_token=16),
    "chroma": FamilyFacts("Chroma", "MM-DiT with parallel single-stream blocks", "flow", "kl16", ("t5-xxl",), 1024,
        _TRUE, _NEGATIVE, _APACHE, pixels_per_token=16),
    "flux2-klein": FamilyFacts("FLUX.2 klein", "MM-DiT with single-stream blocks", "flow", "flux2",
        ("qwen3-4b",), 1024, _BUILT_IN, _ATTENTION, _APACHE, pixels_per_token=16, steps="4 steps"),
    "flux2-klein-9b": FamilyFacts("FLUX.2 klein 9B", "MM-DiT with single-stream blocks", "flow", "flux2",
        ("qwen3-8b",), 1024, _BUILT_IN, _ATTENTION, _DEV, pixels_per_token=16, steps="4 steps"),
    "flux2": FamilyFacts("FLUX.2", "MM-DiT with single-stream blocks", "flow", "flux2", ("mistral-24b",), 1024,
        _EMBEDDED, _NO_NEGATIVE, _DEV, pixels_per_token=16),
    "flux3": FamilyFacts("FLUX.3", "MM-DiT with single-stream blocks", "flow", "flux3", ("qwen3-vl",), 1024,
        _DISTILLED, _NO_NEGATIVE, _UNKNOWN, pixels_per_token=16, steps="16 steps"),
    "z-image": FamilyFacts("Z-Image", "single-stream DiT: words and picture in one sequence", "flow", "kl16",
        ("qwen3-4b",), 1024, _BUILT_IN, _ATTENTION, _APACHE,
        pixels_per_token=16, steps="8 steps"),
    "lumina2": FamilyFacts("Lumina Image 2", "single-stream DiT", "flow", "kl16", ("gemma-2",), 1024, _TRUE,
        _NEGATIVE, _APACHE, pixels_per_token=16),
    "sana": FamilyFacts("SANA", "DiT with linear attention", "flow", "dc32", ("gemma-2",), 1024, _TRUE, _NEGATIVE,
        Licence("NVIDIA", "unknown", "Look it up where you got the file."), pixels_per_token=32),
    "qwen-image": FamilyFacts("Qwen-Image", "MM-DiT", "flow", "wan", ("qwen2.5-vl",), 1328, _TRUE, _NEGATIVE,
        _APACHE, pixels_per_token=16),
    "qwen-image-2.1": FamilyFacts("Qwen-Image 2.1", "MM-DiT", "flow", "qwen21", ("qwen3-vl",), 1328, _DISTILLED,
        _NO_NEGATIVE, _UNKNOWN, pixels_per_token=16, steps="40 steps"),
    "krea2": FamilyFacts("Krea 2", "single-stream DiT", "flow", "wan", ("qwen3-vl",), 1024, _TRUE, _NEGATIVE,
        Licence("Krea community", "terms", "Read it where you got the file."), pixels_per_token=16, steps="8 steps"),
    "auraflow": FamilyFacts("AuraFlow", "MM-DiT", "flow", "kl4", ("t5-xl",), 1024, _TRUE, _NEGATIVE, _APACHE,
        pixels_per_token=16),
    "hidream": FamilyFacts("HiDream", "MM-DiT with a mixture of experts", "flow", "kl16",
        ("clip-l", "clip-g", "t5-xxl"), 1024, _TRUE, _NEGATIVE, Licence("MIT", "yes"), pixels_per_token=16),
    "cosmos": FamilyFacts("Cosmos-Predict 2", "DiT with cross-attention", "flow", "wan", ("t5-xxl",), 1024, _TRUE,
        _NEGATIVE, _UNKNOWN, pixels_per_token=16),
    "anima": FamilyFacts("Anima", "DiT with cross-attention", "flow", "wan", ("qwen3-0.6b",), 1024, _TRUE,
        _NEGATIVE, _UNKNOWN, pixels_per_token=16),
    "wan": FamilyFacts("Wan (video)", "DiT over space and time", "flow", "wan", ("t5-xxl",), 832, _TRUE, _NEGATIVE,
        _APACHE, pixels_per_token=16, video=True),
    "ltx": FamilyFacts("LTX (video)", "DiT over space and time", "flow", "ltx", ("t5-xxl",), 768, _TRUE, _NEGATIVE,
        _UNKNOWN, pixels_per_token=32, video=True),
    "hunyuan-video": FamilyFacts("Hunyuan Video", "MM-DiT over space and time", "flow", "hunyuan", ("llama",), 1280,
        _EMBEDDED, _NO_NEGATIVE, _UNKNOWN, pixels_per_token=16, video=True),
}  # fmt: skip
"""By the short name that everything else uses."""

VAES = {
    "kl4": "autoencoder, 4 channels (Stable Diffusion 1, 2, XL, PixArt)",
    "kl16": "autoencoder, 16 channels (Stable Diffusion 3, FLUX.1, Z-Image)",
    "flux2": "autoencoder of FLUX.2, 32 channels",
    "wan": "autoencoder of Wan, Qwen-Image, Krea and Anima, 16 channels",
    "dc32": "deep compression autoencoder, 32 channels (SANA)",
    "dc": "deep compression autoencoder",
    "qwen21": "autoencoder of Qwen-Image 2.1",
    "flux3": "autoencoder of FLUX.3",
    "vqgan": "autoencoder of Stable Cascade",
    "ltx": "autoencoder of LTX",
    "hunyuan": "autoencoder of Hunyuan Video",
    "own": "autoencoder",
}

TEXT_ENCODERS = {
    "clip-l": "CLIP-L",
    "clip-g": "OpenCLIP bigG",
    "clip-h": "OpenCLIP H",
    "t5-xxl": "T5-XXL",
    "t5-xl": "T5-XL",
    "t5": "T5",
    "umt5-xxl": "UMT5-XXL",
    "qwen3-0.6b": "Qwen3 0.6B",
    "qwen3-4b": "Qwen3 4B",
    "qwen3-8b": "Qwen3 8B",
    "qwen3": "Qwen3",
    "qwen3-vl": "Qwen3-VL",
    "qwen2.5-vl": "Qwen2.5-VL",
    "mistral-24b": "Mistral 24B",
    "gemma-2": "Gemma 2",
    "llama": "Llama",
    "own": "its text encoder",
}
