"""Windows of a decoder: what they hold is what the whole picture holds there."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from studio_app.training.networks import make_maps
from studio_app.training.recipe import Maps, Plan
from studio_app.training.stages.windows import Windowed, cut

SMALL = Maps(channels=(4, 8, 16, 16), layers=(0, 1, 1, 2))


def test_without_a_window_it_is_the_decoder():
    decoder = make_maps(SMALL).decoder
    z = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(Windowed(decoder)(z), decoder(z))
        torch.testing.assert_close(Windowed(decoder)(z, [0, 0], [0, 0], 8), decoder(z))
        wide = Windowed(decoder)(z, [0, 4], [0, 0], (4, 8))
    assert wide.shape == (2, 10, 32, 64)


def test_a_window_holds_what_the_picture_does_its_edges_aside():
    decoder = make_maps(SMALL).decoder
    z = torch.randn(2, 4, 24, 24, generator=torch.Generator().manual_seed(1))
    tops, lefts, inside = [2, 8], [9, 0], slice(32, -32)
    with torch.no_grad():
        found = Windowed(decoder)(z, tops, lefts, 15)
        whole = cut(decoder(z), [8 * y for y in tops], [8 * x for x in lefts], 120)
    assert found.shape == (2, 10, 120, 120)
    torch.testing.assert_close(found[..., inside, inside], whole[..., inside, inside])


def test_a_window_learns_from_what_lies_outside():
    decoder = make_maps(SMALL).decoder
    z = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(1)).requires_grad_()
    Windowed(decoder)(z, [0], [0], 8).square().mean().backward()
    assert z.grad is not None
    assert z.grad[..., :8, 9:12].abs().amax() > 0


def test_windows_are_not_compiled():
    with pytest.raises(ValidationError, match="not compiled"):
        Maps(whole=True, plan=Plan(steps=1, compile=True))
