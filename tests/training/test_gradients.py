"""Compiled networks learn what they would learn as they are, every one that is trained, or nothing is trained."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.resnet import ResnetBlock2D
from pydantic import ValidationError
from torch import Tensor, nn
from torch._dynamo.utils import counters

from studio_app.core.errors import StudioError
from studio_app.training import loop
from studio_app.training.checkpoints import load_state
from studio_app.training.gradients import Compiler, check_gradients, differences
from studio_app.training.loop import Draw, Run
from studio_app.training.recipe import Plan, Probe, Recipe
from studio_app.training.world.data import make

CPU = torch.device("cpu")
TRAINED = {
    "autoencoder": {"vae.encoder", "vae.decoder"},
    "teacher": {"unet.down_blocks", "unet.mid_block", "unet.up_blocks", "text_encoder.encoder",
                "adapter_depth.adapter", "adapter_pose.adapter"},
    "distill": {"unet.down_blocks", "unet.mid_block", "unet.up_blocks"},
    "sharpen": {"vae.decoder", "critic.layers"},
    "draft": {"draft.decoder"},
    "maps": {"maps.decoder"},
}  # fmt: skip
"""What each stage trains: the compiled parts, and those that learn by way of them."""


def compiling(recipe: Recipe, stage: str) -> Recipe:
    """The recipe with one compiled step of a stage, in the precision the shipped ones train in."""
    section: Any = getattr(recipe, stage)
    plan = section.plan.model_copy(update={"steps": 1, "batch": 8, "compile": True})
    update: dict[str, Any] = {"plan": plan}
    if stage == "autoencoder":
        update |= {"finish": plan, "crops": ((0.0, 32),), "finish_crops": ((0.0, 32),)}
    dropout = recipe.dropout.model_copy(update={"depth": 0.0, "pose": 0.0})
    data = {"maps": 8, "shard": 8, "workers": 1, "oversample": 1.0}
    return recipe.model_copy(
        update={
            stage: section.model_copy(update=update),
            "autocast": True,
            "dropout": dropout,
            "data": data,
        }
    )


def data_for(stage: str, tiny_run: Any, folder: Path, recipe: Recipe) -> Path:
    """Pictures for one step: of no textures, which run as they are."""
    from tests.training.conftest import write_shard

    if stage == "maps":
        make(recipe, folder, "maps")
        return folder
    for split in ("train", "val"):
        write_shard(folder / split / "shard-00000.safetensors", 16, 3, kinds=3)
        words = (tiny_run.data / "train" / "world.json").read_bytes()
        (folder / split / "world.json").write_bytes(words)
    return folder


# The compiler imports parts of its own that torch itself calls deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.slow  # the compiler takes its time
@pytest.mark.parametrize("stage", TRAINED)
def test_a_compiled_step_is_a_plain_step(
    stage: str, tiny_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    recipe = compiling(tiny_run.recipe, stage)
    data = data_for(stage, tiny_run, tmp_path / "data", recipe)
    compared: list[Mapping[str, Tensor | None]] = []

    def spy(
        plain: Mapping[str, Tensor | None],
        found: Mapping[str, Tensor | None],
    ) -> None:
        compared.append(plain)
        check_gradients(plain, found)

    monkeypatch.setattr(loop, "check_gradients", spy)
    counters.clear()
    module = importlib.import_module(f"studio_app.training.stages.{stage}")
    module.train(recipe, data, tmp_path / "out", tiny_run.model)
    assert counters["frames"]["ok"] > 0  # something was compiled,
    assert counters["frames"]["ok"] == counters["frames"]["total"]  # and all of it ran compiled
    assert compared
    moved = {
        ".".join(name.split(".")[:2])
        for name, gradient in compared[0].items()
        if gradient is not None and gradient.abs().sum() > 0
    }
    assert moved >= TRAINED[stage]


class Halving(nn.Module):
    """A line and a bent one; `spoil` is what a compiler might do to the way back."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 1)
        self.spoil = "nothing"

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        if self.spoil == "none":
            first = first.detach()
        if self.spoil == "zero":
            first = first.detach() + 0 * first
        if self.spoil == "less":
            first = (
                (0.7 * first).detach() + 0.3 * first - (0.3 * first).detach() + 0.3 * first.detach()
            )
        return self.second(first.tanh())


class Wrong(Compiler):
    """A compiler that gives the right answers and spoils the gradients."""

    def __init__(self, spoil: str) -> None:
        super().__init__(True)
        self._spoil = spoil

    def __call__(self, network: nn.Module) -> Any:
        def forward(x: Tensor) -> Tensor:
            assert isinstance(network, Halving)
            self._notice(network, [x])
            network.spoil = "nothing" if self._plain else self._spoil
            return network(x)

        return forward


def run_of(folder: Path, compiler: Compiler, sizes: tuple[int, ...] = (8,)) -> Run:
    network = Halving()
    forward = compiler(network)

    def loss(draw: Draw) -> Mapping[str, Tensor]:
        size = sizes[min(draw.step, len(sizes) - 1)]
        x = torch.randn(size, 4, generator=draw.generator)
        return {"loss": (forward(x)[:, 0] - x.sum(1)).square().mean()}

    plan = Plan(steps=3, batch=8, lr=1e-2, compile=True)
    return Run(folder, plan, {"net": network}, loss, CPU, autocast=False, compiler=compiler)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [("none", "net.first.weight: none"), ("zero", "net.first.weight: none"), ("less", "off")],
)
def test_a_run_with_wrong_gradients_does_not_begin(tmp_path: Path, spoil: str, says: str):
    run = run_of(tmp_path, Wrong(spoil))
    before = {k: v.clone() for k, v in run.modules["net"].state_dict().items()}
    with pytest.raises(StudioError, match=says) as caught:
        run.run()
    assert "compile = false" in caught.value.hint
    for name, value in run.modules["net"].state_dict().items():
        assert torch.equal(value, before[name])  # not one update was made of them
    state = load_state(tmp_path)
    assert state is not None and state.scalars["step"] == 0


def test_a_right_compiler_is_checked_once_for_each_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []
    monkeypatch.setattr(loop, "check_gradients", lambda plain, found: asked.append(len(plain)))
    run_of(tmp_path / "one", Wrong("nothing")).run()
    assert len(asked) == 1
    run_of(tmp_path / "two", Wrong("nothing"), sizes=(8, 4)).run()
    assert len(asked) == 3  # a new size is a new graph


def test_a_size_that_comes_late_is_held_against_a_plain_step_too(tmp_path: Path):
    compiler = Wrong("nothing")
    run = run_of(tmp_path, compiler, sizes=(8, 8, 4))
    run.after_step = lambda fraction: setattr(compiler, "_spoil", "zero")
    with pytest.raises(StudioError, match="learns something else"):
        run.run()
    assert run.step == 2


def test_a_plan_that_compiles_names_its_compiler(tmp_path: Path):
    with pytest.raises(ValueError, match="checked"):
        Run(tmp_path, Plan(steps=1, compile=True), {}, lambda draw: {}, CPU)


def test_the_probe_is_never_compiled():
    # Whole or in parts its gradients are others (0.15 to 0.8 off), and it was no faster.
    with pytest.raises(ValidationError, match="not compiled"):
        Probe(plan=Plan(compile=True))


def test_rounding_is_no_difference():
    rng = np.random.default_rng(0)
    plain: dict[str, Tensor | None] = {
        f"unet.mid_block.resnets.{i}": torch.from_numpy(rng.standard_normal((8, 8)))
        for i in range(3)
    }
    plain["unet.conv_in.bias"] = None
    plain["unet.mid_block.resnets.key_bias"] = torch.full((8,), 1e-7)  # nothing but rounding
    found = {k: None if v is None else v * 1.01 for k, v in plain.items()}
    found["unet.mid_block.resnets.key_bias"] = torch.zeros(8)
    found["unet.conv_in.bias"] = torch.zeros(4)  # no gradient, said otherwise
    assert differences(plain, found) == []
    found["unet.conv_in.bias"] = torch.ones(4)
    assert differences(plain, found) == ["unet.conv_in.bias: some, not none"]


def test_what_is_compiled_is_only_so_inside_the_call(monkeypatch: pytest.MonkeyPatch):
    made: list[Any] = []

    def fake(function: Any, dynamic: bool) -> Any:
        made.append(function)
        return lambda *inputs: function(*inputs) + 1

    monkeypatch.setattr(torch, "compile", fake)
    block = ResnetBlock2D(in_channels=8, temb_channels=8, groups=4)
    network = nn.ModuleDict({"block": block, "rest": nn.Linear(8, 8)})
    network.forward = lambda x, t: block(x, t)  # type: ignore[method-assign]
    fast = Compiler()(network)
    assert len(made) == 1  # the block, not the network around it
    x, t = torch.randn(2, 8, 8, 8), torch.randn(2, 8)
    torch.testing.assert_close(fast(x, t), block(x, t) + 1)
    assert "forward" not in vars(block)  # so that a patched one (circular_padding) runs as patched
    compiler = Compiler(False)
    assert compiler(network) is network and not compiler.has_fresh()
