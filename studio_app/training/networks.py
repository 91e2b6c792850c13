"""The model's parts at a recipe's sizes: diffusers' and transformers' own classes, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
from diffusers import AutoencoderDC, T2IAdapter, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from studio_app.engine.decoding.maps import CHANNELS, without_encoder
from studio_app.training.recipe import Autoencoder, Draft, Maps, Recipe

M = TypeVar("M", bound=nn.Module)

GUIDANCE_CHANNELS = 256
LATENT_CHANNELS = 4
LATENT_SCALE = 8


def make_vae(settings: Autoencoder) -> AutoencoderDC:
    """f8, 4 channels, no attention (Chen et al. 2410.10733); scaling_factor 1: baking normalises.

    No block at full size: pixels are folded into channels, which is where an AutoencoderKL of the same
    size spends most of its time on a CPU (2.5 times slower to decode, measured). Its norms look
    at one pixel at a time, so that crops and whole pictures are the same to it.
    """
    vae = _autoencoder(3, settings.channels, settings.encoder_layers, settings.decoder_layers)
    # Stock pipelines count the levels of this key to know the factor between pixels and latents.
    vae.register_to_config(block_out_channels=list(settings.channels))
    return vae


def make_maps(settings: Maps) -> AutoencoderDC:
    """The decoder of an AutoencoderDC whose pictures have ten channels (`engine.decoding.maps`), without encoder."""
    layers = settings.layers
    return without_encoder(_autoencoder(CHANNELS, settings.channels, layers, layers))


def make_draft(settings: Draft) -> AutoencoderDC:
    """A smaller decoder of the same latents, without an encoder."""
    return without_encoder(_autoencoder(3, settings.channels, settings.layers, settings.layers))


def _autoencoder(
    planes: int, channels: Sequence[int], encoder: Sequence[int], decoder: Sequence[int]
) -> AutoencoderDC:
    """No attention and no shortcuts past the ends. planes: channels of its pictures. encoder, decoder: blocks."""
    none = ((),) * len(channels)
    return AutoencoderDC(
        in_channels=planes,
        latent_channels=LATENT_CHANNELS,
        encoder_block_out_channels=tuple(channels),
        decoder_block_out_channels=tuple(channels),
        encoder_layers_per_block=tuple(encoder),
        decoder_layers_per_block=tuple(decoder),
        encoder_qkv_multiscales=none,
        decoder_qkv_multiscales=none,
        encoder_out_shortcut=False,
        decoder_in_shortcut=False,
        scaling_factor=1.0,
    )


def make_unet(recipe: Recipe) -> UNet2DConditionModel:
    """Plain blocks at the two large levels, attention to the text at the smallest only.

    That is what two cores can train: attention's backward is the largest single cost there.
    `time_cond_proj_dim` takes the guidance (and target time) embedding, 256 wide.
    """
    settings = recipe.denoiser
    unet = UNet2DConditionModel(
        sample_size=recipe.size // LATENT_SCALE,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        block_out_channels=settings.channels,
        layers_per_block=settings.layers,
        norm_num_groups=settings.norm_groups,
        cross_attention_dim=recipe.text.hidden,
        attention_head_dim=1,  # in this class it is the NUMBER of heads: one beats four here
        time_cond_proj_dim=GUIDANCE_CHANNELS,
        # The prompt pooled into the time embedding reaches every block: the plain ones would otherwise
        # hear of it only through the attention at the smallest level.
        addition_embed_type="text",
        addition_embed_type_num_heads=settings.pooling_heads,
    )
    nn.init.zeros_(unet.conv_out.weight)  # starts as v = 0: no spike in the first steps
    bias = unet.conv_out.bias
    if bias is not None:
        nn.init.zeros_(bias)
    return unet


def make_adapter(recipe: Recipe, channels: int) -> T2IAdapter:
    """One feature per plain down block, at 16x16 and 8x8 of a 32x32 latent."""
    return T2IAdapter(
        in_channels=channels,
        channels=list(recipe.denoiser.channels[:2]),
        num_res_blocks=recipe.denoiser.adapter_blocks,
        downscale_factor=16,
        adapter_type="full_adapter",
    )


def make_text_encoder(recipe: Recipe, vocabulary: int, eos: int, bos: int) -> CLIPTextModel:
    """A small CLIP text transformer, trained together with the teacher."""
    text = recipe.text
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=text.hidden,
            intermediate_size=4 * text.hidden,
            projection_dim=text.hidden,
            num_hidden_layers=text.layers,
            num_attention_heads=text.heads,
            max_position_embeddings=text.tokens,
            bos_token_id=bos,
            eos_token_id=eos,
            pad_token_id=eos,
        )
    )


def placed(module: M, device: torch.device) -> M:
    """`module.to(device)` with its own type (diffusers' `to` hides it)."""
    nn.Module.to(module, device)
    return module


def count(module: nn.Module) -> int:
    """Number of parameters."""
    return sum(p.numel() for p in module.parameters())


def frozen(module: M) -> M:
    """Evaluation mode, no gradients; returns the module."""
    module.eval()
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    return module
