"""Stable Diffusion 3 and 3.5: an MM-DiT on rectified flow, whose tokens of picture and words attend to each other.

It is told what two CLIPs make of a prompt, in one sequence with what a T5 makes of it, and one vector that pools the
CLIPs' words. Without a T5 its place is empty. `sd3_card.py` says what a folder is made of, `sd3_control.py` what draws
into it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from studio_app.catalogue.pairing import TinyKind
from studio_app.catalogue.vocabularies import t5_vocabulary, where_words_of_t5_go
from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import Control
from studio_app.core.reading import is_dir
from studio_app.core.request import GenerationRequest
from studio_app.engine.controls.features import Features, every_other
from studio_app.engine.controls.folders import control_folders
from studio_app.engine.denoising.joint_guidance import AnsweredTwice, Sequenced
from studio_app.engine.denoising.unets import (
    Denoising,
    Pass,
    Prepared,
    forgetful,
    inferring,
    true_guidance,
)
from studio_app.engine.device import Device, picture_device
from studio_app.engine.diffusion.levels import FlowSchedule, Schedule, Spacing
from studio_app.engine.diffusion.samplers import Denoiser
from studio_app.engine.diffusion.scheduler_config import flow_of, read_flow
from studio_app.engine.families import sd3_file
from studio_app.engine.families.sd3_card import (
    CLIPS,
    PARTS,
    SHARED,
    T5,
    capabilities,
    file_capabilities,
)
from studio_app.engine.families.sd3_control import ControlNets
from studio_app.engine.families.sd3_likeness import Likeness
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, of_known_make, read_config, refused
from studio_app.engine.loading.networks import (
    load_network,
    load_text_encoder,
    make_network,
    make_text_encoder,
)
from studio_app.engine.loading.weights import part_of
from studio_app.engine.loras.names import FIRST_TEXT, SECOND_TEXT, Share
from studio_app.engine.models.family import Model, Tile
from studio_app.engine.models.memory import Memory
from studio_app.engine.models.stable_card import LIKENESS, likeness_kinds
from studio_app.engine.models.transformer_model import TransformerModel
from studio_app.engine.words.clip_words import clip_tokenizer
from studio_app.engine.words.conditioning import Conditioning, joined
from studio_app.engine.words.t5 import T5Words, load_t5, load_t5_of_file
from studio_app.engine.words.t5_tokens import read_tokens, tokens_of
from studio_app.engine.words.text import PromptEncoder

PENULTIMATE = -2
"""Of both CLIPs the layer before the last is read."""
PAD = "!"
"""With what the second tokenizer fills up; the first one has the end of the text."""
T5_WORDS = 256
"""Tokens that a T5 reads of a prompt, and as many places where there is none."""
LINSPACE_FROM = 10
"""Steps. Fewer are not spread down to a nearly clean picture, where the last one would have nothing to do."""


def load(folder: Path, device: Device) -> Model:
    can, schedule = capabilities(folder), read_flow(folder)
    tokens = read_tokens(folder, "tokenizer_3") if is_dir(folder / T5) else None
    transformer = load_network(folder, "transformer", device, PARTS)
    precise = picture_device(read_config(folder, "vae", PARTS), device)
    vae = load_network(folder, "vae", precise, PARTS)
    texts = tuple(
        _clip(*load_text_encoder(folder, device, PARTS, name.removeprefix(CLIPS[0])))
        for name in CLIPS
    )
    words = None
    if tokens is not None:
        words = T5Words(tokens, load_t5(folder, T5, device, PARTS), T5_WORDS, padded=True)
    return _assembled(folder, can, schedule, (device, precise), transformer, vae, texts, words)


def load_file(path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
    can = file_capabilities(path, header)
    schedule = flow_of(sd3_file.SCHEDULER, path)
    with of_known_make(path):
        config, vae_config = sd3_file.transformer_config(header), sd3_file.vae_config(header)
        text_configs = sd3_file.text_configs(header)
    weights = part_of(path, path, "transformer", header, sd3_file.transformer_part)
    transformer = make_network(config, weights.cut(sd3_file.cuts(weights.header)), device)
    weights = part_of(path, path, "vae", header, ldm.vae_name(header))
    precise = picture_device(vae_config, device)
    vae = make_network(vae_config, weights.as_linear(ldm.is_linear), precise)
    texts: list[PromptEncoder] = []
    for before, own, pad in zip(sd3_file.TEXTS, text_configs, ("", PAD), strict=True):
        tokenizer = clip_tokenizer(pad=pad) if pad else clip_tokenizer()
        weights = part_of(
            path,
            path,
            "text encoder",
            header,
            lambda name, before=before: sd3_file.text_part(name, before),
        )
        if sd3_file.PROJECTION not in weights.header:
            weights = weights.with_identity(sd3_file.PROJECTION, own["projection_dim"])
        texts.append(_clip(tokenizer, make_text_encoder(own, weights, tokenizer, device)))
    words, vocabulary = None, t5_vocabulary(path) if sd3_file.has_t5(header) else None
    if vocabulary is not None:
        encoder = load_t5_of_file(path, header, sd3_file.T5, device)
        words = T5Words(tokens_of(vocabulary, path), encoder, T5_WORDS, padded=True)
    devices = device, precise
    model = _assembled(path, can, schedule, devices, transformer, vae, tuple(texts), words)
    model.mute = sd3_file.has_t5(header) and words is None
    return model


@dataclass
class StableDiffusion3(TransformerModel):
    """texts: the two CLIPs. words_of_t5: by the T5, if there is one. mute: whether one is there that can't be used,
    since its vocabulary is missing."""

    texts: tuple[PromptEncoder, ...]
    words_of_t5: T5Words | None
    mute: bool = False

    @property
    def tiny(self) -> TinyKind:
        return "taesd3"

    @staticmethod
    def also_called(path: str) -> list[tuple[str, Share]]:
        return sd3_file.also_called(path)

    @property
    def readers(self) -> Mapping[str, nn.Module]:
        first, second = (text.model for text in self.texts)
        return {FIRST_TEXT: first, SECOND_TEXT: second}

    def notes(self, request: GenerationRequest) -> list[str]:
        said = super().notes(request)
        if self.mute:
            where = where_words_of_t5_go()
            said.append(
                f"its T5 is not used, since its words are missing: {where[:1].lower()}{where[1:]}"
            )
        return said

    @property
    def seeing(self) -> Collection[nn.Module]:
        likeness = vars(self).get("likeness")
        return (*self.drawn.known.values(), *(likeness.networks if likeness else ()))

    def refit(self, can: Capabilities) -> bool:
        """ControlNets that are still wanted are not read again."""
        if not super().refit(can):
            return False
        vars(self).pop("likeness", None)
        known = self.drawn.known
        del self.drawn
        self.drawn.known |= {f: n for f, n in known.items() if f in self.drawn.folders.values()}
        return True

    def schedule_of(self, request: GenerationRequest) -> Schedule:
        assert isinstance(self.schedule, FlowSchedule)
        side = self.scale * self.transformer.config.patch_size
        return self.schedule.for_tokens(request.width * request.height // side**2)

    def spacing_of(self, sampler: str, n: int) -> Spacing:
        spacing = super().spacing_of(sampler, n)
        return "even" if spacing == "linspace" and n < LINSPACE_FROM else spacing

    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """Words float [1, 77 + 256, D] of CLIPs and T5, and "pooled" [1, P1 + P2] of the CLIPs."""
        encoded = [text.encode_pooled(prompt) for text in self.texts]
        width = self.transformer.config.joint_attention_dim
        clips = torch.cat([words for words, _ in encoded], -1)
        clips = F.pad(clips, (0, width - clips.shape[-1]))
        if self.words_of_t5 is None:
            more = clips.new_zeros(1, T5_WORDS, width)
        else:
            more = self.words_of_t5.encode(prompt).to(clips.device)
        pooled = torch.cat([vector for _, vector in encoded if vector is not None], -1)
        place, dtype = self.device.place, self.device.dtype
        return {
            "words": torch.cat([clips, more], 1).to(place, dtype),
            "pooled": pooled.to(place, dtype),
        }

    def unread(self, prompt: str, kind: str | None) -> int:
        """By the T5 too, which reads on where the CLIPs end."""
        by_clip = max(text.tokens(prompt).dropped for text in self.texts)
        if self.words_of_t5 is None or not by_clip:
            return by_clip
        return self.words_of_t5.tokens(prompt).dropped

    def encode_control(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        """The latent of a drawing, [1, C, h, w]; of a reference, what is seen of it."""
        if control.kind == LIKENESS and self.likeness is not None:
            return self.likeness.look(control)
        latent = self.encode(self.drawn.pixels(control, size), tile)
        return self.drawn.seen(control, latent)

    @cached_property
    def likeness(self) -> Likeness | None:
        """None where no IP-Adapter was chosen for it."""
        fitting = self._fitting
        if not likeness_kinds(fitting):
            return None
        return Likeness(self.transformer, Path(fitting.likeness), Path(fitting.sight), self.device)

    @cached_property
    def drawn(self) -> ControlNets:
        folders = control_folders(self.folder, SHARED)
        return ControlNets(self.folder, folders, self.transformer, self.vae, self.device)

    def denoiser(
        self,
        requests: Sequence[GenerationRequest],
        memory: Memory,
        n: int,
        *,
        hasty: bool = False,
    ) -> Denoiser:
        first, alone = requests[0], len(requests) == 1
        self.loras.wear(first.loras)
        guided = first.guidance_scale != 1.0
        words = self.words(requests, memory)
        avoids = not guided and bool(first.negative_prompt.strip())
        unwanted = self.unwanted(requests, memory) if guided or avoids else words
        told = joined([unwanted, words]) if guided else words
        acting = [
            (control, self._drawn(requests, place, memory))
            for place, control in enumerate(first.controls)
            if any(control.acts(i, n) for i in range(n))
        ]
        pictures = [(c, features[0]) for c, features in acting if c.kind == LIKENESS]
        acting = [pair for pair in acting if pair[0].kind != LIKENESS]
        controls = self.drawn.at_steps(acting, told, n)
        if hasty:
            controls = every_other(controls, [control for control, _ in acting], n)
        forward = self._avoiding(unwanted["words"]) if avoids else self._as_it_is
        if pictures and self.likeness is not None:
            plain = forward if avoids else self._pass
            forward, shown = self.likeness.shown(plain, pictures, n, guided=guided)
            controls = shown.at_steps(controls)
        network = Denoising(
            self.transformer,
            forward,
            self.schedule,
            self.device,
            first.tile,
            controls,
            memory.remembering(first, self.reading) if alone else forgetful,
        )
        return inferring(true_guidance(network, words, unwanted, first.guidance_scale))

    def _drawn(self, requests: Sequence[GenerationRequest], place: int, memory: Memory) -> Features:
        return (torch.cat([self.drawing(r, place, memory)[0] for r in requests]),)

    @cached_property
    def _pass(self) -> Pass:
        transformer = self.transformer  # not self: see `Model.quickened`

        def prepare(
            t: Tensor, told: Conditioning, condition: Tensor | None, shift: Tensor | None
        ) -> Prepared:
            return t, told["words"], told["pooled"]

        def run(x_t: Tensor, t: Tensor, words: Tensor, pooled: Tensor, *added: Tensor) -> Tensor:
            return transformer(
                hidden_states=x_t,
                timestep=t,
                encoder_hidden_states=words,
                pooled_projections=pooled,
                block_controlnet_hidden_states=list(added) or None,
                return_dict=False,
            )[0]

        return Pass(prepare, run)

    @cached_property
    def _as_it_is(self) -> Pass:
        return replace(self._pass, run=self.in_blocks(self._pass.run))

    def _avoiding(self, unwanted: Tensor) -> Pass:
        """A pass that goes from these words, [B, L, D]."""
        plain, patch = self._pass, self.transformer.config.patch_size

        def run(x_t: Tensor, t: Tensor, words: Tensor, *rest: Tensor) -> Tensor:
            tokens = (x_t.shape[2] // patch) * (x_t.shape[3] // patch)
            lengths = words.shape[1], unwanted.shape[1]
            with AnsweredTwice(Sequenced(*lengths, tokens, first=False)):
                return plain.run(x_t, t, torch.cat([words, unwanted], 1), *rest)

        return replace(plain, run=run)


def _clip(tokenizer: Any, model: Any) -> PromptEncoder:
    return PromptEncoder(tokenizer, model, model.device, layer=PENULTIMATE)


def _assembled(
    place: Path,
    can: Capabilities,
    schedule: FlowSchedule,
    devices: tuple[Device, Device],
    transformer: Any,
    vae: Any,
    texts: tuple[PromptEncoder, ...],
    words: T5Words | None,
) -> StableDiffusion3:
    """devices: of the networks, of the autoencoder. StudioError where the parts do not fit each other."""
    device, precise = devices
    channels, config = vae.config.latent_channels, transformer.config
    if (config.in_channels, transformer.out_channels) != (channels, channels):
        raise refused(place, "its denoiser and its autoencoder have different latents")
    if len(can.latent_rgb) != channels:
        raise refused(place, f"its latents have {channels} channels, not {len(can.latent_rgb)}")
    width = config.joint_attention_dim
    fits = sum(text.width for text in texts) <= width
    fits = fits and sum(text.pools for text in texts) == config.pooled_projection_dim
    if not fits or (words is not None and (words.width != width or not words.fits)):
        raise refused(place, "its denoiser and its text encoders do not fit each other")
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    return StableDiffusion3(
        place, can, device, schedule, vae, scale, channels, transformer, precise, texts, words
    )
