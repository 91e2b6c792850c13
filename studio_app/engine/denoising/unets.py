"""Denoisers of a UNet2DConditionModel, for every family that has one: `denoise(x_t, jump) -> (denoised, eps_hat)`.

All that depends only on words, guidance and time is prepared once, and remembered for the next picture by
whoever calls; a step is one forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio_app.engine.denoising.quick_unet import quick_unet
from studio_app.engine.device import Device, sent
from studio_app.engine.diffusion.levels import Schedule
from studio_app.engine.diffusion.samplers import Denoiser, Jump
from studio_app.engine.diffusion.schedule import LAST, guidance_embedding, target_embedding
from studio_app.engine.operators.makers import maker_for
from studio_app.engine.operators.one_call import OneCall
from studio_app.engine.operators.tiling import circular_padding
from studio_app.engine.words.conditioning import Conditioning, joined

ControlsAt = Callable[[int, Tensor, float], Sequence[Tensor | None]]
"""`controls(i, x_t, t)`: what is added inside the network at step i, as its pass wants it; nothing where no control
acts. x_t is what the network is given (its dtype; twice the batch where guidance asks it twice)."""

SHORT = 250
"""Timesteps of the longest jump that is guided by a drawing: of two steps the second would lose the outline."""

Prepared = tuple[Tensor | None, ...]
Remember = Callable[[tuple[float, float], Callable[[], Prepared]], Prepared]
"""`(t, target), make` -> what `make` gave for these last time, for the same words and guidance, or gives now."""


@dataclass(frozen=True)
class Pass:
    """A U-Net's forward pass in two parts.

    prepare: (timestep, what it is told, condition or None, shift of the pooled prompt or None) -> all that does not
    depend on the picture. It is told "words"; one that was made for it (SDXL) "pooled" words and "sizes" as well.
    run: (x_t, *prepared, *added) -> output.
    """

    prepare: Callable[[Tensor, Conditioning, Tensor | None, Tensor | None], Prepared]
    run: Callable[..., Tensor]


def unet_pass(unet: Any, skips: int = 0) -> Pass:
    """The plain one, of a diffusers U-Net: nothing is done ahead.

    added: nothing; or first, where `skips` says how many, a ControlNet's residuals of the skips and of the middle (or
    as many None), then an adapter's features.
    """

    def prepare(
        t: Tensor, told: Conditioning, condition: Tensor | None, shift: Tensor | None
    ) -> Prepared:
        return (t, told["words"], condition, shift, told.get("pooled"), told.get("sizes"))

    def run(
        x_t: Tensor,
        t: Tensor,
        words: Tensor,
        condition: Tensor | None,
        shift: Tensor | None,
        pooled: Tensor | None,
        sizes: Tensor | None,
        *added: Tensor | None,
    ) -> Tensor:
        seen, features = added[:skips], added[skips:]
        sees = bool(seen) and seen[0] is not None
        with _pooled_moved(unet, shift):
            return unet(
                x_t,
                t,
                encoder_hidden_states=words,
                timestep_cond=condition,
                added_cond_kwargs=added_words(pooled, sizes),
                down_block_additional_residuals=seen[:-1] if sees else None,
                mid_block_additional_residual=seen[-1] if sees else None,
                # The U-Net empties the list it is given: a fresh one each time, or step 2 has no control.
                down_intrablock_additional_residuals=list(features) if features else None,
                return_dict=False,
            )[0]

    return Pass(prepare, run)


def added_words(pooled: Tensor | None, sizes: Tensor | None) -> dict[str, Tensor] | None:
    """`added_cond_kwargs` of networks that are told of sizes; None for others."""
    return None if pooled is None or sizes is None else {"text_embeds": pooled, "time_ids": sizes}


class QuickPasses:
    """The passes of a model's U-Nets, each made on first use, and quick. even: whether every size of picture is a
    multiple of what the networks halve; where it is not, diffusers scales to measure."""

    def __init__(self, device: Device, latent_step: int, calls: dict[Any, OneCall]) -> None:
        """latent_step: what the sides of every latent are multiples of. calls: where what `tune` makes is kept."""
        self._device = device
        self._latent_step = latent_step
        self._calls = calls
        self._passes: dict[Any, Pass] = {}

    def of(self, unet: Any) -> Pass:
        """Not where it has to tile."""
        if unet not in self._passes:
            self._passes[unet] = self._make(unet)
        return self._passes[unet]

    def _make(self, unet: Any) -> Pass:
        plain, place = unet_pass(unet), self._device.place
        even = self._latent_step % 2**unet.num_upsamplers == 0
        quick = quick_unet(unet) if even and place.type == "cpu" else None
        if quick is None:
            self._calls[unet] = one = OneCall(unet, plain.run, maker_for(unet, place))
            return Pass(plain.prepare, one)
        self._calls[unet] = one = OneCall(quick, quick.forward, maker_for(quick, place))
        return Pass(lambda t, told, *rest: quick.prepare(t, told["words"], *rest), one)


@contextmanager
def _pooled_moved(unet: Any, shift: Tensor | None) -> Iterator[None]:
    if shift is None:
        yield
        return
    hook = unet.add_embedding.register_forward_hook(lambda module, given, pooled: pooled + shift)
    try:
        yield
    finally:
        hook.remove()


def forgetful(_: tuple[float, float], make: Callable[[], Prepared]) -> Prepared:
    """A `Remember` that doesn't."""
    return make()


@dataclass(frozen=True)
class Denoising:
    """A U-Net as one run uses it.

    forward: a pass of it; where something tiles, the plain one. tile: on x, on y.
    """

    unet: Any
    forward: Pass
    schedule: Schedule
    device: Device
    tile: tuple[bool, bool]
    controls: ControlsAt
    remember: Remember = forgetful

    def asked(self, x: Tensor, jump: Jump, ready: Prepared, drawn: float = 0.0) -> Tensor:
        """The network's output, float32, at the level that the jump starts from.

        drawn: guidance by the controls, where any acts: by how much more of what they change it is moved.
        """
        picture = x.to(self.device.dtype).contiguous(memory_format=self.device.memory_format)
        added = self.controls(jump.i, picture, jump.here.t)
        with circular_padding((self.unet,), *self.tile):
            output = self.forward.run(picture, *ready, *added).float()
            if drawn and added:
                output = output + drawn * (output - self.forward.run(picture, *ready).float())
        return output


def drawn_share(t: float, target: float) -> float:
    """Of guidance by the controls what a jump has: none of it in long ones and in one from pure noise, then more and
    more, up to twice as much near the picture. The first step has the outline that is drawn, and each later one loses
    some of it; but what is stray goes early or stays."""
    return 2 * (1 - t / LAST) if t - target <= SHORT else 0.0


def embedded_guidance(
    network: Denoising,
    told: Conditioning,
    guidance_scale: float,
    *,
    target_time: bool,
    shift: Tensor | None = None,
    drawn: float = 0.0,
) -> Denoiser:
    """A distilled x_0 function: guidance is an embedding of w = guidance_scale - 1, one pass a step.

    told: of B prompts. A U-Net without time_cond_proj_dim is asked without guidance. target_time: whether it is told
    where a jump lands. shift: of a negative prompt (`avoidance`). drawn: guidance by the controls (Ho and Salimans
    2207.12598, without the drawing in place of without words), of which each jump has its `drawn_share`.
    """
    device = network.device
    dim: int | None = network.unet.config.time_cond_proj_dim

    def prepared(t: float, target: float) -> Prepared:
        condition = None
        if dim is not None:
            w = guidance_embedding(guidance_scale - 1.0, dim)
            landing = target_time and target > 0
            both = w + target_embedding(int(target), dim) if landing else w
            condition = sent(both, device.place, device.dtype)
        times = torch.full((1,), t, device=device.place)
        return network.forward.prepare(times, told, condition, shift)

    def denoise(x_t: Tensor, jump: Jump) -> tuple[Tensor, Tensor]:
        t, target = jump.here.t, jump.target
        ready = network.remember((t, target), lambda: prepared(t, target))
        guided = drawn * drawn_share(t, target)
        return network.schedule.seen(network.asked(x_t, jump, ready, guided), x_t, jump.here)

    return denoise


def true_guidance(
    network: Denoising, positive: Conditioning, negative: Conditioning, guidance_scale: float
) -> Denoiser:
    """Classifier-free guidance (Ho and Salimans 2207.12598), both halves in one batch.

    out = out_neg + guidance_scale (out_pos - out_neg); at 1 only the positive is run. Controls go to both.
    positive, negative: of B prompts, of one length.
    """
    device = network.device
    guided = guidance_scale != 1.0
    told = joined([negative, positive]) if guided else positive
    rows = len(told["words"])
    dim: int | None = network.unet.config.get("time_cond_proj_dim")  # of U-Nets alone
    blank = None
    if dim is not None:
        blank = torch.zeros(rows, dim, device=device.place, dtype=device.dtype)

    def prepared(t: float) -> Prepared:
        both = torch.full((rows,), t, device=device.place)
        return network.forward.prepare(both, told, blank, None)

    def denoise(x_t: Tensor, jump: Jump) -> tuple[Tensor, Tensor]:
        t = jump.here.t
        batch = torch.cat([x_t, x_t]) if guided else x_t
        ready = network.remember((t, 0), lambda: prepared(t))
        output = network.asked(batch, jump, ready)
        if guided:
            without, with_words = output.chunk(2)
            output = without + guidance_scale * (with_words - without)
        return network.schedule.seen(output, x_t, jump.here)

    return denoise


def inferring(denoise: Denoiser) -> Denoiser:
    """`denoise` without autograd. Per call, since a generator would leak the mode into its consumer."""

    def wrapped(x_t: Tensor, jump: Jump) -> tuple[Tensor, Tensor]:
        with torch.inference_mode():
            return denoise(x_t, jump)

    return wrapped
