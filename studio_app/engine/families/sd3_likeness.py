"""A picture that a Stable Diffusion 3 is to be like: an IP-Adapter in the attentions of an MM-DiT.

SigLIP looks at the whole picture once. At every step a resampler, which is told the time, makes a few words of what it
saw; the tokens of the picture that is drawn ask those, and themselves, once more, and what they hear is added, times
strength. Networks and processors are those of diffusers and transformers.
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
from studio_app.engine.controls.image_encoder import load_siglip
from studio_app.engine.denoising.attention import Layers, attending
from studio_app.engine.denoising.unets import ControlsAt, Pass
from studio_app.engine.device import Device, sent

_HOOKS = "_convert_ip_adapter_attn_to_diffusers", "_convert_ip_adapter_image_proj_to_diffusers"


@dataclass
class Likeness:
    """Of one transformer; read when a picture is first looked at. adapter, sight: their files."""

    transformer: Any
    adapter: Path
    sight: Path
    device: Device

    @property
    def networks(self) -> Sequence[torch.nn.Module]:
        """Those that were read."""
        if "_parts" not in vars(self):
            return ()
        processors, words, sight = self._parts
        return (*processors.values(), words, sight)

    @torch.inference_mode()
    def look(self, control: Control) -> Features:
        """What its image encoder sees: [1, T, D], of its layer before the last."""
        sight = self._parts[2]
        picture = sent(
            _seen(control, sight.config.image_size), self.device.place, self.device.dtype
        )
        return (sight(picture, output_hidden_states=True).hidden_states[-2],)

    def shown(
        self, plain: Pass, pictures: Sequence[tuple[Control, Tensor]], n: int, *, guided: bool
    ) -> tuple[Pass, Shown]:
        """A pass that is told of pictures in their steps of n; and what has to see its steps. pictures: each with what
        is seen of it, [B, T, D] of B requests. guided: twice as many are asked, the first half for what is unwanted,
        which is told of nothing that was seen."""
        processors, words, _ = self._parts
        shown = Shown(words, pictures, n, guided=guided)

        def around(name: str, inner: Any) -> Any:
            own = processors[f"{name}.processor"]
            own.scale = shown.strength
            return _Hearing(own, shown.told) if shown.told else inner

        return attending(plain, self.transformer, around, _attentions), shown

    @cached_property
    def _parts(self) -> tuple[dict[str, Any], Any, Any]:
        """(processors by name, what makes words of what was seen, the image encoder). StudioError."""
        attentions, words_of = (getattr(self.transformer, name) for name in _HOOKS)

        def made_of(state: State) -> tuple[Mapping[str, Any], Any]:
            processors = attentions(state["ip_adapter"], low_cpu_mem_usage=False)
            return processors, words_of(state["image_proj"], low_cpu_mem_usage=False)

        processors, words, reads = read_adapter(self.adapter, self.device, made_of)
        told = {one.norm_ip.linear.in_features for one in processors.values()}
        if words.proj_out.out_features != self.transformer.inner_dim or told != {
            words.proj_in.out_features
        }:
            raise for_another(self.adapter, "its words are of another width")
        sight = load_siglip(self.sight, self.device)
        check_sight(self.adapter, self.sight, reads, sight.config.hidden_size)
        return processors, words, sight


class Shown:
    """What the attentions of a run are told of pictures. In the step that runs, strength: how strongly; told: what its
    processors are given, nothing where no picture acts."""

    def __init__(
        self, words: Any, pictures: Sequence[tuple[Control, Tensor]], n: int, *, guided: bool
    ) -> None:
        self._words, self._pictures, self._n, self._guided = words, pictures, n, guided
        self.strength = 0.0
        self.told: dict[str, Tensor] = {}

    def at_steps(self, controls: ControlsAt) -> ControlsAt:
        """`controls`, and this sees each step first."""

        def at(i: int, x_t: Tensor, t: float) -> Sequence[Tensor | None]:
            acting = [(c, seen) for c, seen in self._pictures if c.acts(i, self._n)]
            self.strength = max((control.strength for control, _ in acting), default=0.0)
            self.told = self._at([seen for _, seen in acting], t) if self.strength else {}
            return controls(i, x_t, t)

        return at

    def _at(self, pictures: Sequence[Tensor], t: float) -> dict[str, Tensor]:
        """Words of all pictures one after another, [B, T, D], and what is made of the time, which all share."""
        heard: list[Tensor] = []
        time: Tensor | None = None
        for seen in pictures:
            both = torch.cat([torch.zeros_like(seen), seen]) if self._guided else seen
            times = torch.full((len(both),), t, device=both.device)
            words, time = self._words(both, times)
            heard.append(words)
        assert time is not None
        return {"ip_hidden_states": torch.cat(heard, 1), "temb": time}


class _Hearing:
    """A processor of diffusers that hears words of pictures beside those that the layer is told."""

    def __init__(self, own: Any, told: Mapping[str, Tensor]) -> None:
        self._own, self._told = own, told

    def __call__(self, attn: Any, hidden_states: Tensor, *rest: Any, **named: Any) -> Any:
        return self._own(attn, hidden_states, *rest, **named, **self._told)


def _attentions(transformer: Any) -> Layers:
    names = (name.removesuffix(".processor") for name in transformer.attn_processors)
    return [(name, transformer.get_submodule(name)) for name in names]


def _seen(control: Control, side: int) -> Tensor:
    """float32 [1, 3, side, side] as SigLIP sees a picture: all of it, in a square, -1..1."""
    rgb = torch.from_numpy(unit(control.pixels).transpose(2, 0, 1).copy())[None]
    rgb = F.interpolate(rgb, (side, side), mode="bicubic", antialias=True)
    return rgb.clamp(0, 1) * 2 - 1
