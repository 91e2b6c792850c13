"""The one training loop: budget, resumption, averaging, and what to do when things go wrong.

A stage gives a function from a `Draw` to its losses; the loop owns everything else. Randomness is
drawn from (seed, step), never carried along, so a run that was killed and resumed sees the very
batches of one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from studio_app.core.errors import StudioError
from studio_app.training.checkpoints import KEPT, State, all_finite, load_state, save_state
from studio_app.training.curves import Curve
from studio_app.training.gradients import Compiler, check_gradients
from studio_app.training.optim import (
    make_optimizers,
    power_ema_beta,
    schedule,
    set_lr,
    update_ema,
)
from studio_app.training.progress import Progress, clock, say
from studio_app.training.recipe import Plan
from studio_app.training.stopping import stopping

MAX_ROLLBACKS = 3


@dataclass(frozen=True)
class Draw:
    """What one (micro-)batch is drawn from.

    generator: torch, on the training device. choices: numpy, for indices and words.
    """

    step: int
    fraction: float
    size: int
    generator: torch.Generator
    choices: np.random.Generator


Loss = Callable[[Draw], Mapping[str, Tensor]]


@dataclass
class Run:
    """A stage's loop. `loss` returns named scalars; the one called "loss" is minimised.

    modules: what is trained, by name. extra: saved and restored beside them, but not trained.
    compiler: what the loss's networks were compiled by, so that their gradients are checked; none of them were
    where it is None, and a plan that asks for it must name one.
    watch() measures the averaged weights every `watch_minutes`; where keeps(figures) says so, they are what
    `averaged_weights` gives, whatever the run does later.
    after_step(fraction) runs after each update; sample(step) now and then, with averaged weights.
    """

    folder: Path
    plan: Plan
    modules: Mapping[str, nn.Module]
    loss: Loss
    device: torch.device
    seed: int = 0
    autocast: bool = True
    lr_scales: dict[str, float] = field(default_factory=dict)
    extra: Mapping[str, nn.Module] = field(default_factory=dict)
    compiler: Compiler | None = None
    after_step: Callable[[float], None] | None = None
    sample: Callable[[int], None] | None = None
    progress: Progress | None = None
    watch: Callable[[], Mapping[str, float]] | None = None
    keeps: Callable[[Mapping[str, float]], bool] | None = None

    def __post_init__(self) -> None:
        if self.plan.compile and self.compiler is None:
            raise ValueError("compiled networks are only trained where they are checked")
        self.step = 0
        self.seconds = 0.0
        self.rollbacks = 0
        self.micro_batches = 1
        self._stop: int | None = None
        self._named = [
            (f"{name}.{key}", parameter)
            for name, module in self.modules.items()
            for key, parameter in module.named_parameters()
            if parameter.requires_grad
        ]
        self._names = {id(p): name for name, p in self._named}
        self._parameters = [p for _, p in self._named]
        self._average = [p.detach().clone() for p in self._parameters]
        self._optimizers = make_optimizers(self.plan, self._named, self.lr_scales)
        self._curve = Curve(self.folder)

    @property
    def fraction(self) -> float:
        """Share of the budget that is spent, 0..1. Steps count where the plan names them."""
        if self.plan.steps:
            return min(1.0, self.step / self.plan.steps)
        return min(1.0, self.seconds / max(1e-9, 60 * self.plan.minutes))

    def run(self) -> None:
        """Trains until the budget is spent; resumes by itself; saves on SIGTERM and SIGINT.

        Raises KeyboardInterrupt after saving when told to stop, StudioError when the disk is full,
        memory too small for one sample, the loss not a number for the fourth time, or the gradients of a
        compiled network not those of a plain step.
        """
        if not self._restore():
            self._save()
        if self.fraction >= 1:
            return
        with stopping(self._told_to_stop):
            self._loop()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The modules hold the averaged weights inside."""
        current = [p.detach().clone() for p in self._parameters]
        self._assign(self._average)
        modes = {name: module.training for name, module in self.modules.items()}
        try:
            for module in self.modules.values():
                module.eval()
            yield
        finally:
            self._assign(current)
            for name, module in self.modules.items():
                module.train(modes[name])

    # One step

    def _loop(self) -> None:
        for module in self.modules.values():
            module.train()
        saved = sampled = logged = watched = time.monotonic()
        since, window = self.step, 0.0
        sums: dict[str, float] = {}
        count = 0
        while self.fraction < 1 and self._stop is None:
            start = time.monotonic()
            losses = self._guarded_step()
            checking = self.step % self.plan.check_every == 0
            if checking and not self._sane(losses):
                self._roll_back()
                since, window, sums, count = self.step, 0.0, {}, 0
                continue
            now = time.monotonic()
            self.seconds += now - start
            window += now - start
            if checking:
                for key, value in losses.items():
                    sums[key] = sums.get(key, 0.0) + float(value)
                count += 1
            if count and (now - logged > self.plan.log_seconds or self.fraction >= 1):
                means = {key: value / count for key, value in sums.items()}
                rate = (self.step - since) * self.plan.batch / max(window, 1e-9)
                self._log(means, rate)
                logged, since, window, sums, count = now, self.step, 0.0, {}, 0
            if now - saved > 60 * self.plan.save_minutes:
                self._save()
                saved = time.monotonic()
            if self.watch and now - watched > 60 * self.plan.watch_minutes:
                self._watch()
                watched = time.monotonic()
            if self.sample and now - sampled > 60 * self.plan.sample_minutes:
                self._sample()
                sampled = time.monotonic()
        self._save()
        self._curve.write()
        if self._stop is not None:
            self._say(f"stopped at step {self.step}, saved; the same command goes on from here")
            raise KeyboardInterrupt
        if self.watch:
            self._watch()
        if self.sample:
            self._sample()

    def _guarded_step(self) -> dict[str, Tensor]:
        while True:
            try:
                return self._one_step()
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if not _out_of_memory(error):
                    raise
            for optimizer in self._optimizers:
                optimizer.zero_grad(set_to_none=True)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            self.micro_batches *= 2
            if self.micro_batches > self.plan.batch:
                raise StudioError(
                    "Out of memory",
                    "One sample at a time is still too much.",
                    "Use a smaller network or picture in the recipe, or close other programs.",
                )
            self._say(f"out of memory: {self.plan.batch // self.micro_batches} samples at a time")

    def _one_step(self) -> dict[str, Tensor]:
        fraction = self.fraction
        set_lr(self._optimizers, schedule(self.plan, fraction) * 0.5**self.rollbacks)
        total = self._backward(fraction)
        if self.compiler is not None and self.compiler.has_fresh():
            total = self._checked(fraction, self.compiler)
        norm = nn.utils.clip_grad_norm_(self._parameters, self.plan.clip or math.inf)
        total["gradient"] = norm
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        update_ema(self._average, self._parameters, power_ema_beta(self.step, self.plan.ema))
        if self.after_step:
            self.after_step(fraction)
        return total

    def _backward(self, fraction: float) -> dict[str, Tensor]:
        """Adds the gradients of one batch; returns its losses."""
        total: dict[str, Tensor] = {}
        for micro in range(self.micro_batches):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
                losses = self.loss(self._draw(fraction, micro))
            (losses["loss"] / self.micro_batches).backward()
            for key, value in losses.items():
                share = value.detach() / self.micro_batches
                total[key] = total[key] + share if key in total else share
        return total

    def _checked(self, fraction: float, compiler: Compiler) -> dict[str, Tensor]:
        """The batch once more as the networks are, whose gradients stay. Raises StudioError where those that are
        there, of the compiled networks, are others."""
        found = {name: None if p.grad is None else p.grad.clone() for name, p in self._named}
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)
        with compiler.plain():
            total = self._backward(fraction)
        check_gradients({name: p.grad for name, p in self._named}, found)
        return total

    def _draw(self, fraction: float, micro: int) -> Draw:
        entropy = [self.seed, self.step, micro, self.rollbacks]
        choices = np.random.default_rng(entropy)
        generator = torch.Generator(self.device)
        generator.manual_seed(int(choices.integers(2**62)))
        return Draw(
            self.step, fraction, max(1, self.plan.batch // self.micro_batches), generator, choices
        )

    def _sane(self, losses: Mapping[str, Tensor]) -> bool:
        return all(math.isfinite(float(value)) for value in losses.values())

    def _roll_back(self) -> None:
        self.rollbacks += 1
        if self.rollbacks > MAX_ROLLBACKS:
            raise StudioError(
                "Training diverged",
                f"The loss stopped being a number {self.rollbacks} times, last at step {self.step}.",
                "Lower lr in the recipe; the last good state is kept.",
            )
        rollbacks, at = self.rollbacks, self.step
        if not self._restore():
            raise StudioError("Training diverged", f"No good state to go back to from step {at}.")
        self.rollbacks = rollbacks
        self._say(f"not a number at step {at}: back to {self.step}, half the learning rate")

    # State

    def _save(self) -> None:
        if not all_finite(self._parameters):
            return
        tensors = self._tensors()
        for optimizer in self._optimizers:
            for parameter, slots in optimizer.state.items():
                name = self._names[id(parameter)]
                tensors.update({f"optimizer.{name}|{k}": v for k, v in slots.items()})
        scalars = {"step": self.step, "seconds": self.seconds, "rollbacks": self.rollbacks}
        save_state(self.folder, State(tensors, {**scalars, "finished": self.fraction >= 1}))

    def _tensors(self) -> dict[str, Tensor]:
        """The weights as they are and averaged."""
        tensors: dict[str, Tensor] = {}
        for name, module in [*self.modules.items(), *self.extra.items()]:
            kind = "extra" if name in self.extra else "model"
            tensors.update({f"{kind}.{name}.{k}": v for k, v in module.state_dict().items()})
        average = zip(self._named, self._average, strict=True)
        return tensors | {f"ema.{name}": value for (name, _), value in average}

    def _restore(self) -> bool:
        state = load_state(self.folder)
        if state is None:
            return False
        try:
            self._fill(state)
        except (KeyError, RuntimeError) as error:
            raise StudioError(
                "The saved state does not fit the recipe",
                f"{self.folder}: {error}".splitlines()[0],
                "Use another --out folder, or the recipe the run began with.",
            ) from error
        self._curve.cut(self.step)
        return True

    def _fill(self, state: State) -> None:
        for name, module in self.modules.items():
            module.load_state_dict(state.part(f"model.{name}"))
        for name, module in self.extra.items():
            module.load_state_dict(state.part(f"extra.{name}"))
        averages = state.part("ema")
        for (name, _), average in zip(self._named, self._average, strict=True):
            average.copy_(averages[name])
        slots: dict[str, dict[str, Tensor]] = {}
        for key, value in state.part("optimizer").items():
            name, slot = key.split("|")
            slots.setdefault(name, {})[slot] = value
        for optimizer in self._optimizers:
            optimizer.state.clear()
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    found = slots.get(self._names[id(parameter)])
                    if found is not None:
                        optimizer.state[parameter] = {
                            k: v.to(parameter.device) for k, v in found.items()
                        }
        self.step = int(state.scalars["step"])
        self.seconds = float(state.scalars["seconds"])
        self.rollbacks = int(state.scalars["rollbacks"])

    @torch.no_grad()
    def _assign(self, values: list[Tensor]) -> None:
        for parameter, value in zip(self._parameters, values, strict=True):
            parameter.copy_(value)

    # Telling

    def _log(self, means: dict[str, float], rate: float) -> None:
        lr = schedule(self.plan, self.fraction) * 0.5**self.rollbacks
        samples = self.step * self.plan.batch
        self._curve.add(self.step, {"samples": samples, "seconds": self.seconds, "lr": lr, **means})
        self._curve.write()
        done = max(self.fraction, 1e-6)
        left = self.seconds * (1 - done) / done
        detail = " ".join(f"{key} {value:.4g}" for key, value in means.items())
        self._say(f"{done:6.1%} step {self.step} {rate:.0f}/s {detail} eta {clock(left)}")

    def _sample(self) -> None:
        if self.sample:
            with self.averaged(), torch.no_grad():
                self.sample(self.step)

    def _watch(self) -> None:
        if self.watch is None:
            return
        with (
            self.averaged(),
            torch.no_grad(),
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast),
        ):
            figures = self.watch()
        self._curve.add(self.step, dict(figures))
        self._curve.write()
        self._say("held out: " + " ".join(f"{key} {value:.3f}" for key, value in figures.items()))
        if self.keeps is not None and self.keeps(figures) and all_finite(self._average):
            save_state(self.folder / KEPT, State(self._tensors(), {"step": self.step, **figures}))

    def _told_to_stop(self, number: int) -> None:
        self._stop = number

    def _say(self, text: str) -> None:
        say(self.progress, f"{self.folder.name}: {text}")


def _out_of_memory(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "allocate memory" in text
