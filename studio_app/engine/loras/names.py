"""What the layers of a network are called in files of LoRAs: by kohya's scripts, PEFT, diffusers, LyCORIS, ComfyUI.

All of them name the layer that they change, with dots or with underscores, in diffusers' words or in those of the
model's first program. So every layer gets all the names that it is known by, and a file's are looked up. No torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from studio_app.catalogue.ldm_names import ldm_paths

UNET, TRANSFORMER = "unet", "transformer"
FIRST_TEXT, SECOND_TEXT = "text_encoder", "text_encoder_2"
DENOISERS = (UNET, TRANSFORMER)


class Place(NamedTuple):
    """A layer: of which component, and where in it."""

    component: str
    path: str


class Share(NamedTuple):
    """Of a layer that another program keeps in one with others, one under another: which of how many of equal size."""

    number: int = 0
    of: int = 1


WHOLE = Share()

AlsoCalled = Callable[[str], Iterable[tuple[str, Share]]]
"""What a layer is called in the words of its first program, and which share of the layer there it is."""

_BARE = ("", "diffusion_model.", "model.diffusion_model.", "base_model.model.")
_PREFIXES = {
    UNET: ("unet.", *_BARE),
    TRANSFORMER: ("transformer.", *_BARE),
    FIRST_TEXT: ("text_encoder.", "te1."),
    SECOND_TEXT: ("text_encoder_2.", "te2."),
}
_FLAT = {
    UNET: ("lora_unet_", "lycoris_unet_", "lycoris_"),
    TRANSFORMER: ("lora_unet_", "lora_transformer_", "lycoris_unet_", "lycoris_"),
    FIRST_TEXT: ("lora_te_", "lora_te1_", "lycoris_te_", "lycoris_te1_"),
    SECOND_TEXT: ("lora_te2_", "lycoris_te2_"),
}
_BODY = "text_model."


Known = dict[str, list[tuple[Place, Share]]]
"""By name, the layers that it may mean: several where they are one in another program."""


def names_of(
    component: str, paths: Iterable[str], layers: int = 2, also: AlsoCalled | None = None
) -> Known:
    """Of every layer. paths: of a component's layers. layers: per block, of a U-Net."""
    found: Known = {}
    for path in paths:
        place = Place(component, path)
        calls = [(name, WHOLE) for name in _paths(component, path, layers)]
        for name, share in (*calls, *(() if also is None else also(path))):
            names = [prefix + name for prefix in _PREFIXES[component]]
            names += [prefix + name.replace(".", "_") for prefix in _FLAT[component]]
            for called in names:
                known = found.setdefault(called, [])
                if share.of > 1 or not known:
                    known.append((place, share))
    return found


def _paths(component: str, path: str, layers: int) -> Iterator[str]:
    yield path
    if component not in DENOISERS:
        bare = path.removeprefix(_BODY)
        yield bare
        yield _BODY + bare
        return
    if component == UNET:
        yield from ldm_paths(path, layers)
    if path.endswith(".to_out.0"):
        yield path.removesuffix(".0")  # as diffusers called it once
