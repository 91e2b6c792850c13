"""A picture to be like: an IP-Adapter (Ye et al. 2308.06721) in a Stable Diffusion's cross-attentions.

An image encoder (CLIP's) looks at the picture once; the adapter makes a few words of what it saw, and every
cross-attention hears them beside the prompt's, times strength. Where there is true guidance, the half that is guided
away from is told of no picture. Networks and processors are those of diffusers and transformers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.controls import Control
from studio_app.engine.controls.adapter_file import State, check_sight, for_another, read_adapter
from studio_app.engine.controls.features import Features, unit
from studio_app.engine.controls.image_encoder import load_image_encoder
from studio_app.engine.denoising.attention import attending
from studio_app.engine.denoising.unets import ControlsAt, Pass
from studio_app.engine.device import Device, sent
from studio_app.engine.loading.budget import bytes_of

_MEAN, _DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Of the pictures that CLIP learnt from (Radford et al. 2103.00020), by channel."""


@dataclass
class Likeness:
    """Of one U-Net; read when a picture is first looked at. adapter, sight: their files."""

    unet: Any
    adapter: Path
    sight: Path
    device: Device

    @property
    def held(self) -> int:
        """Bytes of what was read."""
        if "_parts" not in vars(self):
            return 0
        processors, words, sight = self._parts
        return bytes_of((*processors.values(), words, sight))

    @torch.inference_mode()
    def look(self, control: Control) -> Features:
        """(words of the picture, words of no picture), each [1, T, D]."""
        _, words, sight = self._parts
        picture = _seen(control, sight.config.image_size)
        picture = sent(picture, self.device.place, self.device.dtype)
        if not self._whole:
            seen = sight(picture).image_embeds
            told = [words(seen), words(torch.zeros_like(seen))]
        else:
            both = picture, torch.zeros_like(picture)
            each = (sight(one, output_hidden_states=True) for one in both)
            told = [words(one.hidden_states[-2]) for one in each]
        if told[0].shape[-1] != self.unet.config.cross_attention_dim:
            raise for_another(self.adapter, f"its words are {told[0].shape[-1]} wide")
        return told[0], told[1]

    def shown(
        self,
        plain: Pass,
        pictures: Sequence[tuple[Control, Features]],
        n: int,
        rows: int,
        *,
        guided: bool,
    ) -> tuple[Pass, _Shown]:
        """A pass that is told of pictures in their steps of n; and what has to see its steps. rows: of requests.
        guided: twice as many are asked, the first half for what is unwanted."""
        shown = _Shown(pictures, n, rows, guided)
        processors = self._parts[0]

        def around(name: str, inner: Any) -> Any:
            own = processors[f"{name}.processor"]
            own.scale = [shown.strength]
            return _Hearing(own, shown) if shown.strength else inner

        return attending(plain, self.unet, around), shown

    @cached_property
    def _parts(self) -> tuple[dict[str, Any], Any, Any]:
        """(processors by name, what makes words of what was seen, the image encoder). StudioError."""

        def made_of(state: State) -> tuple[Mapping[str, Any], Any]:
            processors = self.unet._convert_ip_adapter_attn_to_diffusers(
                [state], low_cpu_mem_usage=False
            )
            words = self.unet._convert_ip_adapter_image_proj_to_diffusers(
                state["image_proj"], low_cpu_mem_usage=False
            )
            return processors, words

        processors, words, reads = read_adapter(self.adapter, self.device, made_of)
        self._whole = "proj.weight" not in reads
        sight = load_image_encoder(self.sight, self.device)
        sees = sight.config.hidden_size if self._whole else sight.config.projection_dim
        check_sight(self.adapter, self.sight, reads, sees)
        return processors, words, sight


class _Shown:
    """What the cross-attentions of a run are told of pictures. strength: in the step that runs."""

    def __init__(
        self, pictures: Sequence[tuple[Control, Features]], n: int, rows: int, guided: bool
    ) -> None:
        self._pictures, self._n, self._rows, self._guided = pictures, n, rows, guided
        self.strength = 0.0
        self.words: Tensor | None = None
        self.blank: Tensor | None = None

    def at_steps(self, controls: ControlsAt) -> ControlsAt:
        """`controls`, and this sees each step first."""

        def at(i: int, x_t: Tensor, t: float) -> Sequence[Tensor | None]:
            acting = [(c, f) for c, f in self._pictures if c.acts(i, self._n)]
            self.strength = max((control.strength for control, _ in acting), default=0.0)
            if acting:
                self.words = torch.cat([words[: self._rows] for _, (words, _) in acting], 1)
                self.blank = torch.cat([blank[: self._rows] for _, (_, blank) in acting], 1)
            return controls(i, x_t, t)

        return at

    def of(self, rows: int) -> Tensor:
        """[rows, T, D]: the first half blank where both halves of a guided batch are asked."""
        assert self.words is not None and self.blank is not None
        words = self.words.expand(self._rows, -1, -1)
        if self._guided and rows == 2 * self._rows:
            return torch.cat([self.blank.expand(self._rows, -1, -1), words])
        return words


class _Hearing:
    """A processor of diffusers that hears words of pictures beside those that the layer is told."""

    def __init__(self, own: Any, shown: _Shown) -> None:
        self._own, self._shown = own, shown

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        *rest: Any,
        **named: Any,
    ) -> Tensor:
        both = (encoder_hidden_states, [self._shown.of(len(hidden_states))])
        return self._own(attn, hidden_states, both, *rest, **named)


def _seen(control: Control, side: int) -> Tensor:
    """float32 [1, 3, side, side] as CLIP sees a picture: its middle, in a square."""
    rgb = torch.from_numpy(unit(control.pixels).transpose(2, 0, 1).copy())[None]
    height, width = rgb.shape[-2:]
    scale = side / min(height, width)
    size = max(round(height * scale), side), max(round(width * scale), side)
    rgb = F.interpolate(rgb, size, mode="bicubic", antialias=True).clamp(0, 1)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    middle = rgb[..., top : top + side, left : left + side]
    mean, deviation = (torch.tensor(numbers).view(1, 3, 1, 1) for numbers in (_MEAN, _DEVIATION))
    return (middle - mean) / deviation
