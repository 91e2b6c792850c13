"""The training loop: the same run whatever happens to it."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from studio_app.core.errors import StudioError
from studio_app.training.checkpoints import averaged_weights, load_state
from studio_app.training.loop import Draw, Run
from studio_app.training.recipe import Plan

CPU = torch.device("cpu")
PLAN = Plan(steps=12, batch=8, lr=1e-2, save_minutes=0.0)


def network() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 16), nn.SiLU(), nn.Linear(16, 1))


def make(
    folder: Path,
    spoil: Callable[[Draw, Tensor], Tensor] | None = None,
    plan: Plan = PLAN,
) -> Run:
    """A run that learns a sum; `spoil` may disturb its loss."""
    net = network()

    def loss(draw: Draw) -> Mapping[str, Tensor]:
        x = torch.randn(draw.size, 4, generator=draw.generator)
        value = (net(x)[:, 0] - x.sum(1)).square().mean()
        return {"loss": value if spoil is None else spoil(draw, value)}

    return Run(folder, plan, {"net": net}, loss, CPU, seed=3, autocast=False)


def weights(run: Run) -> dict[str, Tensor]:
    return {k: v.clone() for k, v in run.modules["net"].state_dict().items()}


def assert_same(a: dict[str, Tensor], b: dict[str, Tensor]) -> None:
    assert a.keys() == b.keys()
    for name, value in a.items():
        torch.testing.assert_close(value, b[name], rtol=0, atol=0)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_run_that_was_killed_goes_on_as_if_nothing_had_happened(tmp_path: Path, optimizer: str):
    plan = PLAN.model_copy(update={"optimizer": optimizer})
    whole = make(tmp_path / "whole", plan=plan)
    whole.run()

    class Killed(Exception):
        pass

    def kill(draw: Draw, loss: Tensor) -> Tensor:
        if draw.step == 7:
            raise Killed  # like SIGKILL: nothing is saved on the way out
        return loss

    with pytest.raises(Killed):
        make(tmp_path / "cut", kill, plan).run()
    state = load_state(tmp_path / "cut")
    assert state is not None
    assert 0 < state.scalars["step"] <= 7
    again = make(tmp_path / "cut", plan=plan)
    again.run()
    assert_same(weights(again), weights(whole))
    ours, theirs = (averaged_weights(tmp_path / name, "net") for name in ("cut", "whole"))
    assert ours is not None and theirs is not None
    assert_same(ours, theirs)


def test_a_finished_run_does_nothing_more(tmp_path: Path):
    first = make(tmp_path)
    first.run()
    second = make(tmp_path)
    second.run()
    assert second.step == PLAN.steps
    assert_same(weights(first), weights(second))


def test_told_to_stop_it_saves_and_says_so(tmp_path: Path):
    said: list[str] = []

    def stop(draw: Draw, loss: Tensor) -> Tensor:
        if draw.step == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return loss

    run = make(tmp_path, stop, PLAN.model_copy(update={"save_minutes": 60}))
    run.progress = said.append
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        run.run()
    assert signal.getsignal(signal.SIGTERM) is before
    state = load_state(tmp_path)
    assert state is not None
    assert state.scalars["step"] == 6
    assert "goes on from here" in said[-1]


def test_a_loss_that_is_no_number_rolls_back_and_learns_slower(tmp_path: Path):
    spoilt: list[int] = []

    def spoil(draw: Draw, loss: Tensor) -> Tensor:
        if draw.step == 6 and not spoilt:
            spoilt.append(draw.step)
            return loss * float("nan")
        return loss

    run = make(tmp_path, spoil)
    run.run()
    assert run.step == PLAN.steps
    assert run.rollbacks == 1
    assert all(bool(torch.isfinite(value).all()) for value in weights(run).values())


def test_the_fourth_time_it_gives_up_with_the_last_good_state_kept(tmp_path: Path):
    run = make(tmp_path, lambda draw, loss: loss * float("nan") if draw.step >= 6 else loss)
    with pytest.raises(StudioError, match="diverged"):
        run.run()
    state = load_state(tmp_path)
    assert state is not None
    assert state.scalars["step"] <= 6
    assert all(bool(torch.isfinite(t).all()) for t in state.part("ema").values())


def test_a_full_disk_keeps_the_last_good_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(draw: Draw, loss: Tensor) -> Tensor:
        if draw.step == 6:

            def refuse(path: Path, data: bytes) -> int:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))

            monkeypatch.setattr(Path, "write_bytes", refuse)
        return loss

    with pytest.raises(StudioError, match="disk is full"):
        make(tmp_path, full).run()
    monkeypatch.undo()
    state = load_state(tmp_path)
    assert state is not None
    assert state.scalars["step"] == 6
    again = make(tmp_path)
    again.run()
    assert again.step == PLAN.steps


def test_a_broken_state_falls_back_on_the_one_before(tmp_path: Path):
    make(tmp_path).run()
    path = tmp_path / "state.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    state = load_state(tmp_path)
    assert state is not None
    assert 0 < state.scalars["step"] < PLAN.steps + 1


def test_out_of_memory_halves_the_batch_and_keeps_the_lesson(tmp_path: Path):
    sizes: list[int] = []

    def full(draw: Draw, loss: Tensor) -> Tensor:
        sizes.append(draw.size)
        if draw.size > 2:
            raise torch.OutOfMemoryError("tried to allocate memory")
        return loss

    run = make(tmp_path, full)
    run.run()
    assert run.step == PLAN.steps
    assert run.micro_batches == 4
    assert sizes[-1] == 2


def test_memory_for_not_even_one_sample_is_an_error(tmp_path: Path):
    def full(draw: Draw, loss: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("tried to allocate memory")

    with pytest.raises(StudioError, match="Out of memory"):
        make(tmp_path, full).run()


def test_other_errors_are_not_taken_for_want_of_memory(tmp_path: Path):
    def wrong(draw: Draw, loss: Tensor) -> Tensor:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        make(tmp_path, wrong).run()


def test_a_state_of_another_network_is_refused(tmp_path: Path):
    make(tmp_path).run()
    net = nn.Linear(4, 1)
    other = Run(tmp_path, PLAN, {"net": net}, lambda draw: {"loss": net.weight.sum()}, CPU)
    with pytest.raises(StudioError, match="does not fit"):
        other.run()


def test_minutes_are_a_budget_too(tmp_path: Path):
    run = make(tmp_path, plan=Plan(minutes=0.005, batch=8, lr=1e-2))
    run.run()
    assert run.step > 3
    assert run.seconds >= 0.3
    assert run.fraction == 1


def test_the_curve_grows_with_the_run(tmp_path: Path):
    make(tmp_path, plan=PLAN.model_copy(update={"log_seconds": 0.0})).run()
    lines = (tmp_path / "curve.csv").read_text().splitlines()
    assert len(lines) == PLAN.steps + 1
    assert "loss" in lines[0]
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_averaged_weights_are_back_after_a_sample(tmp_path: Path):
    seen: list[Tensor] = []
    run = make(tmp_path)
    net = run.modules["net"]
    run.sample = lambda step: seen.append(net.get_parameter("0.weight").detach().clone())
    run.run()
    average = averaged_weights(tmp_path, "net")
    assert average is not None
    torch.testing.assert_close(seen[-1], average["0.weight"])
    assert not torch.equal(net.get_parameter("0.weight"), seen[-1])
