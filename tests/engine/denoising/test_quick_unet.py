"""What a CPU runs instead of diffusers' own forward passes says the same."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from studio_app.core.errors import StudioError
from studio_app.engine.decoding import latents
from studio_app.engine.decoding.quick_decoder import assembled, quick_decoder
from studio_app.engine.denoising.quick_unet import quick_unet
from studio_app.engine.denoising.unets import unet_pass
from studio_app.engine.device import Device
from studio_app.engine.operators.packed import packed
from tests.engine.denoising.unets import WORDY, make_unet, still

BRAIN = torch.bfloat16


def make_decoder(**changes: Any) -> Any:
    from diffusers import AutoencoderDC

    torch.manual_seed(0)
    sizes: Any = (16, 32, 64)
    config: dict[str, Any] = {
        "latent_channels": 4,
        "attention_head_dim": 16,
        "encoder_block_types": "ResBlock",
        "decoder_block_types": "ResBlock",
        "encoder_block_out_channels": sizes,
        "decoder_block_out_channels": sizes,
        "encoder_layers_per_block": (0, 1, 1),
        "decoder_layers_per_block": (0, 1, 2),
        "encoder_qkv_multiscales": ((), (), ()),
        "decoder_qkv_multiscales": ((), (), ()),
        "downsample_block_type": "pixel_unshuffle",
        "upsample_block_type": "pixel_shuffle",
        "decoder_norm_types": "rms_norm",
        "decoder_act_fns": "silu",
        "encoder_out_shortcut": False,
        "decoder_in_shortcut": False,
        "scaling_factor": 0.5,
    }
    vae = AutoencoderDC(**(config | changes))
    for name, weight in vae.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(weight, mean=float(name.endswith("weight")), std=0.3)
    return still(vae)


class Bytes:
    """As `Model.decoder` has it."""

    def __init__(self, vae: Any) -> None:
        self.config = vae.config
        self._decoder = quick_decoder(vae)

    finish = staticmethod(assembled)

    def levels(self, latent: Tensor) -> Tensor:
        assert self._decoder is not None
        return self._decoder(latent)


@torch.inference_mode()
def test_the_decoder_makes_the_same_picture():
    vae, device = make_decoder(), Device(torch.device("cpu"), torch.float32)
    latent = torch.randn(1, 4, 8, 6, generator=torch.Generator().manual_seed(1))
    expected = latents.decode(vae, latent, device)
    pixels = latents.decode(Bytes(vae), latent, device)
    assert pixels.shape == expected.shape == (32, 24, 4)
    assert expected[..., :3].std() > 20
    assert abs(pixels.astype(int) - expected).max() <= 1


@torch.inference_mode()
@pytest.mark.parametrize("size", [3e38, torch.inf, torch.nan])
def test_a_decoder_beyond_all_numbers_makes_no_black_picture(size: float):
    vae, device = make_decoder(), Device(torch.device("cpu"), torch.float32)
    vae.decoder.conv_in.weight.fill_(size)
    latent = torch.ones(1, 4, 8, 6)
    for decoder in (vae, Bytes(vae)):
        with pytest.raises(StudioError, match="not finite"):
            latents.decode(decoder, latent, device)


@torch.inference_mode()
def test_in_half_the_bits_the_decoder_is_no_further_from_the_truth():
    vae = make_decoder()
    latent = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(1))
    truth = latents.decode(vae, latent, Device(torch.device("cpu"), torch.float32)).astype(int)
    vae, device = vae.to(BRAIN), Device(torch.device("cpu"), BRAIN)
    old = abs(latents.decode(vae, latent, device) - truth).mean()
    new = abs(latents.decode(Bytes(vae), latent, device) - truth).mean()
    assert new <= 1.2 * old + 0.05


@pytest.mark.parametrize(
    "changes",
    [
        {"decoder_act_fns": "relu"},
        {"decoder_norm_types": "batch_norm"},
        {"upsample_block_type": "interpolate"},
        {"decoder_in_shortcut": True},
        {"decoder_layers_per_block": (1, 1, 2)},
    ],
)
def test_another_decoder_is_left_alone(changes: dict[str, Any]):
    assert quick_decoder(make_decoder(**changes)) is None


def ask(unet: Any, batch: int, size: tuple[int, int], residuals: tuple[Tensor, ...]) -> Any:
    """(expected, what the quick pass gives)"""
    random = torch.Generator().manual_seed(1)
    x = torch.randn(batch, 4, *size, generator=random)
    x = x.contiguous(memory_format=torch.channels_last).to(unet.dtype)
    words = torch.randn(batch, 7, unet.config.cross_attention_dim, generator=random).to(unet.dtype)
    dim = unet.config.time_cond_proj_dim
    condition = None
    if dim is not None:
        condition = torch.randn(batch, dim, generator=random).to(unet.dtype)
    shift = None
    if unet.config.addition_embed_type is not None:
        shift = torch.randn(batch, 4 * unet.config.block_out_channels[0], generator=random)
        shift = shift.to(unet.dtype)
    t = torch.tensor([500] * batch)
    plain, quick = unet_pass(unet), quick_unet(unet)
    assert quick is not None
    expected = plain.run(x, *plain.prepare(t, {"words": words}, condition, shift), *residuals)
    ready = quick.prepare(t, words, condition, shift)
    once, again = quick(x, *ready, *residuals), quick(x, *ready, *residuals)
    assert torch.equal(once, again)  # nothing that was given is written into
    return expected, once


def drawing(batch: int, *shapes: tuple[int, int, int]) -> tuple[Tensor, ...]:
    random = torch.Generator().manual_seed(2)
    return tuple(torch.randn(batch, *shape, generator=random) for shape in shapes)


DEEP: dict[str, Any] = {"layers_per_block": 2, "attention_head_dim": 2, "time_cond_proj_dim": None}


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("changes", [{}, WORDY, DEEP])
@torch.inference_mode()
def test_a_step_predicts_the_same(changes: dict[str, Any], batch: int):
    residuals = drawing(batch, (16, 4, 6), (32, 2, 3))
    expected, found = ask(make_unet(**changes), batch, (8, 12), residuals)
    assert expected.std() > 0.1
    assert torch.allclose(found, expected, atol=2e-4 * float(expected.abs().max()))


@torch.inference_mode()
def test_in_half_the_bits_a_step_is_no_further_from_the_truth():
    unet = make_unet(**WORDY)
    truth, _ = ask(unet, 1, (8, 12), ())
    old, new = ask(unet.to(BRAIN), 1, (8, 12), ())
    assert (new - truth).abs().mean() <= 1.2 * (old - truth).abs().mean()


@torch.inference_mode()
def test_packed_weights_give_the_same_bits():
    conv = still(torch.nn.Conv2d(24, 40, 3, stride=2, padding=1).to(BRAIN))
    quick = packed(conv)
    for size in ((8, 8), (12, 20)):
        x = torch.randn(1, 24, *size).to(BRAIN).contiguous(memory_format=torch.channels_last)
        assert torch.equal(quick(x), conv(x))


@torch.inference_mode()
def test_every_drawing_tells():
    unet = make_unet()
    without, _ = ask(unet, 1, (8, 8), ())
    for residuals in (drawing(1, (16, 4, 4)), drawing(1, (16, 4, 4), (32, 2, 2), (32, 2, 2))):
        expected, found = ask(unet, 1, (8, 8), residuals)
        assert not torch.allclose(expected, without, atol=1e-3)
        assert torch.allclose(found, expected, atol=2e-4 * float(expected.abs().max()))


@pytest.mark.parametrize(
    "changes",
    [
        {"resnet_time_scale_shift": "scale_shift"},
        {"use_linear_projection": True},
        {"transformer_layers_per_block": 2},
        {"act_fn": "gelu"},
    ],
)
def test_another_unet_is_left_alone(changes: dict[str, Any]):
    assert quick_unet(make_unet(**changes)) is None
