"""Weights of eight bits, and networks in several files: each is the network that it was made of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio_app.core.errors import StudioError
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU
from tests.tiny.eight_bits import Tensors, in_blocks, matrices, plain, scaled
from tests.tiny.sd15 import write_single_file


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("single") / "ink.safetensors"
    write_single_file(path)
    return path


@pytest.mark.parametrize(
    ("change", "near"),
    [
        pytest.param(plain, 0.04, id="plain"),
        pytest.param(scaled(".scale_weight"), 0.04, id="scaled by ComfyUI"),
        pytest.param(scaled(".weight_scale"), 0.04, id="scaled anew"),
        pytest.param(scaled(".weight_scale", rows=True), 0.04, id="scaled by rows"),
        pytest.param(in_blocks, 0.04, id="scaled by blocks"),
    ],
)
def test_fp8_is_multiplied_out(
    file: Path, tmp_path: Path, change: Callable[[Tensors], None], near: float
):
    tensors = load_file(file)
    change(tensors)
    path = tmp_path / "eight.safetensors"
    save_file(tensors, path)
    whole: Any = load_model(str(file), CPU)
    eight: Any = load_model(str(path), CPU)
    state = eight.unet.state_dict()
    for name, tensor in whole.unet.state_dict().items():
        assert state[name].dtype == torch.float32
        error = (state[name] - tensor).norm() / tensor.norm().clamp_min(1e-6)
        assert error <= (near if tensor.ndim == 2 else 1e-6), name
    assert path.stat().st_size < file.stat().st_size


@pytest.mark.parametrize(("shape", "said"), [((3, 5), "3x5"), ((64, 3, 1), "64x3x1")])
def test_a_scale_that_does_not_fit_is_refused(
    file: Path, tmp_path: Path, shape: tuple[int, ...], said: str
):
    tensors = load_file(file)
    scaled(".weight_scale")(tensors)
    name = next(n for n in matrices(tensors) if tuple(tensors[n].shape) == (64, 64))
    tensors[f"{name.removesuffix('.weight')}.weight_scale"] = torch.ones(shape)
    path = tmp_path / "blocks.safetensors"
    save_file(tensors, path)
    with pytest.raises(StudioError, match=rf"scale of .* {said} numbers"):
        load_model(str(path), CPU)


def test_what_is_loaded_is_no_part_of_its_file(make_sd15: Callable[..., Path], tmp_path: Path):
    """Who downloads it anew into the same file, or trains on, writes over its bytes while it is open."""
    folder = Path(shutil.copytree(make_sd15(), tmp_path / "open"))
    path = folder / "unet/diffusion_pytorch_model.safetensors"
    save_file({name: tensor.float() for name, tensor in load_file(path).items()}, path)
    model: Any = load_model(str(folder), CPU)
    before = {name: tensor.clone() for name, tensor in model.unet.state_dict().items()}
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * (path.stat().st_size // 2))
    assert all(torch.equal(model.unet.state_dict()[n], t) for n, t in before.items())


def test_a_network_in_several_files_is_one(make_sd15: Callable[..., Path], tmp_path: Path):
    whole = make_sd15()
    folder = Path(shutil.copytree(whole, tmp_path / "cut"))
    unet = folder / "unet"
    tensors = load_file(unet / "diffusion_pytorch_model.safetensors")
    (unet / "diffusion_pytorch_model.safetensors").unlink()
    names = sorted(tensors)
    parts = [names[i::3] for i in range(3)]
    for i, part in enumerate(parts):
        name = f"diffusion_pytorch_model-{i + 1:05}-of-00003.safetensors"
        save_file({n: tensors[n] for n in part}, unet / name)
    (unet / "diffusion_pytorch_model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {}})
    )
    one: Any = load_model(str(whole), CPU)
    many: Any = load_model(str(folder), CPU)
    state = many.unet.state_dict()
    assert all(torch.equal(state[n], t) for n, t in one.unet.state_dict().items())
    (unet / "diffusion_pytorch_model-00002-of-00003.safetensors").unlink()
    with pytest.raises(StudioError, match="1 of its 3 shards is not there"):
        load_model(str(folder), CPU)
