"""DoRA (Liu et al. 2402.09353): W' = m (W + BA) / |W + BA|, by the formula, in every layout of m."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from studio_app.core.errors import StudioError
from studio_app.engine.families import z_image_file
from studio_app.engine.loras.loras import Loras
from studio_app.engine.loras.names import TRANSFORMER, UNET
from tests.loras import factors, kohya, layers_of, peft
from tests.tiny import z_image

Layout = tuple[Callable[[dict[str, Any], dict[str, Tensor]], dict[str, Any]], bool]


class Net(nn.Module):
    """square: so that what are its rows and what its columns no count tells."""

    def __init__(self) -> None:
        super().__init__()
        self.square = nn.Linear(6, 6)
        self.wide = nn.Linear(6, 10)
        self.conv = nn.Conv2d(6, 8, 3)


def _peft(end: str) -> Callable[[dict[str, Any], dict[str, Tensor]], dict[str, Any]]:
    def written(parts: dict[str, Any], lengths: dict[str, Tensor]) -> dict[str, Any]:
        made = peft("unet.", parts)
        for path, each in lengths.items():
            told = each.view(1, -1, 1, 1) if parts[path][0].ndim == 4 else each
            made[f"unet.{path}.{end}"] = told
        return made

    return written


def _lycoris(side: int) -> Callable[[dict[str, Any], dict[str, Tensor]], dict[str, Any]]:
    def written(parts: dict[str, Any], lengths: dict[str, Tensor]) -> dict[str, Any]:
        made = kohya("lora_unet_", parts, alpha=2.0)
        for path, each in lengths.items():
            shape = [1] * parts[path][0].ndim
            shape[side] = -1
            made[f"lora_unet_{path}.dora_scale"] = each.view(shape)
        return made

    return written


LAYOUTS: dict[str, Layout] = {
    "PEFT": (_peft("lora_magnitude_vector"), True),
    "PEFT, as it lies in its layers": (_peft("lora_magnitude_vector.default.weight"), True),
    "LyCORIS, of rows": (_lycoris(0), True),
    "LyCORIS, of columns": (_lycoris(1), False),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layer_gets_the_lengths_that_were_trained(layout: str, tmp_path: Path):
    torch.manual_seed(0)
    written, of_rows = LAYOUTS[layout]
    net, axis = Net(), 0 if of_rows else 1
    layers = layers_of(net, "square", "wide", "conv")
    parts = factors(layers)
    lengths = {path: 1 + torch.rand(shape[axis]) for path, shape in layers.items()}
    path = tmp_path / "dora.safetensors"
    save_file({n: t.contiguous() for n, t in written(parts, lengths).items()}, path)
    before = {name: weight.detach().clone() for name, weight in net.named_parameters()}
    loras = Loras({UNET: net})
    for share in (1.0, 0.5):
        assert loras.wear([(str(path), share)]) == len(layers)
        for name in layers:
            weight, (a, b) = before[f"{name}.weight"], parts[name]
            moved = weight + (b.flatten(1) @ a.flatten(1)).view(weight.shape)
            others = [i for i in range(weight.ndim) if i != axis]
            norm = moved.pow(2).sum(others, keepdim=True).sqrt()
            full = [1] * weight.ndim
            full[axis] = -1
            expected = torch.lerp(weight, lengths[name].view(full) * moved / norm, share)
            now = net.state_dict()[f"{name}.weight"]
            torch.testing.assert_close(now, expected)
            if share == 1.0:  # it is what the name says
                found = now.pow(2).sum(others).sqrt()
                torch.testing.assert_close(found, lengths[name])
    assert loras.notes([(str(path), 1.0)]) == []
    loras.wear([])
    assert all(torch.equal(weight, before[name]) for name, weight in net.named_parameters())


def test_of_three_layers_in_one_each_has_its_rows_lengths_and_of_columns_none(tmp_path: Path):
    net = z_image.make_transformer()
    fused = "layers.0.attention.qkv"
    parts = factors({fused: (3 * 64, 64)})
    a, b = parts[fused]
    lengths = 1 + torch.rand(3 * 64)
    before = {n: net.state_dict()[f"layers.0.attention.to_{n}.weight"].clone() for n in "qkv"}
    loras = Loras({TRANSFORMER: net}, z_image_file.also_called)

    def saved(name: str, each: Tensor) -> str:
        tensors = peft("diffusion_model.", parts) | {f"diffusion_model.{fused}.dora_scale": each}
        save_file(tensors, tmp_path / name)
        return str(tmp_path / name)

    loras.wear([(saved("rows.safetensors", lengths[:, None]), 1.0)])
    for number, letter in enumerate("qkv"):
        mine = slice(64 * number, 64 * (number + 1))
        moved = before[letter] + (b @ a)[mine]
        expected = lengths[mine, None] * moved / moved.norm(dim=1, keepdim=True)
        weight = net.get_submodule(f"layers.0.attention.to_{letter}").weight
        torch.testing.assert_close(weight.data, expected)
    with pytest.raises(StudioError, match="DoRA"):
        loras.wear([(saved("columns.safetensors", torch.ones(1, 64)), 1.0)])
