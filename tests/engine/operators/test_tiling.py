"""Circular padding makes networks blind to where a picture begins."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from studio_app.engine.device import Device
from studio_app.engine.families.embedded import PARTS
from studio_app.engine.loading.networks import load_network
from studio_app.engine.operators.tiling import circular_padding

CPU = Device(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def vae(tiny_model: Path):
    return load_network(tiny_model, "vae", CPU, PARTS)


@pytest.fixture(scope="module")
def unet(tiny_model: Path):
    return load_network(tiny_model, "unet", CPU, PARTS)


def run_unet(unet, x: torch.Tensor) -> torch.Tensor:
    words = torch.ones(1, 40, 32)
    cond = torch.ones(1, 256)
    return unet(x, 500, encoder_hidden_states=words, timestep_cond=cond, return_dict=False)[0]


@pytest.mark.parametrize(("x", "y", "dim"), [(True, False, 3), (False, True, 2)])
def test_shifts_pass_through_on_the_chosen_axis_only(vae, unet, x: bool, y: bool, dim: int):
    torch.manual_seed(0)
    latent = torch.randn(1, 4, 8, 8)
    other = 5 - dim
    with circular_padding((vae, unet), x, y):
        decoded = vae.decode(latent, return_dict=False)[0]
        shifted = vae.decode(latent.roll(3, dim), return_dict=False)[0]
        torch.testing.assert_close(shifted, decoded.roll(24, dim), atol=1e-4, rtol=0)
        across = vae.decode(latent.roll(3, other), return_dict=False)[0]
        assert (across - decoded.roll(24, other)).abs().max() > 1e-2
        # the U-Net halves the latent twice: shifts by 4
        noise = run_unet(unet, latent)
        torch.testing.assert_close(
            run_unet(unet, latent.roll(4, dim)), noise.roll(4, dim), atol=1e-4, rtol=0
        )
        picture = torch.randn(1, 3, 64, 64)
        code = vae.encode(picture).latent_dist.mode()
        again = vae.encode(picture.roll(16, dim)).latent_dist.mode()
        torch.testing.assert_close(again, code.roll(2, dim), atol=1e-4, rtol=0)


def test_afterwards_everything_is_as_before(vae):
    latent = torch.randn(1, 4, 8, 8)
    before = vae.decode(latent, return_dict=False)[0]
    with circular_padding((vae,), True, True):
        inside = vae.decode(latent, return_dict=False)[0]
    with pytest.raises(RuntimeError), circular_padding((vae,), True, True):
        vae.decode(torch.zeros(1, 5, 8, 8))  # an error leaves nothing behind
    assert (inside != before).any()
    assert (vae.decode(latent, return_dict=False)[0] == before).all()
    picture = torch.randn(1, 3, 64, 64)
    assert vae.encode(picture).latent_dist.mode().shape == (1, 4, 8, 8)


def test_without_an_axis_nothing_is_touched(vae):
    with circular_padding((vae,), False, False):
        assert not any("_conv_forward" in vars(module) for module in vae.modules())


def test_gradients_flow_through_circular_padding(vae):
    latent = torch.randn(1, 4, 8, 8, requires_grad=True)
    with circular_padding((vae,), True, True):
        vae.decode(latent, return_dict=False)[0].sum().backward()
    assert latent.grad is not None
    assert latent.grad.abs().sum() > 0


def test_an_autoencoder_that_folds_pixels_wraps_too():
    from diffusers import AutoencoderDC

    torch.manual_seed(0)
    vae = AutoencoderDC(
        latent_channels=4,
        encoder_block_out_channels=(4, 8, 16, 16),
        decoder_block_out_channels=(4, 8, 16, 16),
        encoder_layers_per_block=(0, 1, 1, 1),
        decoder_layers_per_block=(0, 1, 1, 1),
        encoder_qkv_multiscales=((),) * 4,
        decoder_qkv_multiscales=((),) * 4,
        encoder_out_shortcut=False,
        decoder_in_shortcut=False,
    ).eval()
    latent, picture = torch.randn(1, 4, 8, 8), torch.randn(1, 3, 64, 64)
    with torch.no_grad(), circular_padding((vae,), True, True):
        decoded = vae.decode(latent, return_dict=False)[0]
        shifted = vae.decode(latent.roll(3, 3), return_dict=False)[0]
        torch.testing.assert_close(shifted, decoded.roll(24, 3), atol=1e-4, rtol=0)
        code = vae.encode(picture, return_dict=False)[0]
        again = vae.encode(picture.roll(16, 2), return_dict=False)[0]
        torch.testing.assert_close(again, code.roll(2, 2), atol=1e-4, rtol=0)
