"""A folder's `scheduler/scheduler_config.json` as a `Schedule`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.core.jsons import read_object
from studio_app.core.reading import is_file
from studio_app.core.request import MAX_SIDE
from studio_app.engine.diffusion.levels import FlowSchedule, MovingShift, Spacing, TableSchedule
from studio_app.engine.diffusion.schedule import TIMESTEPS, alphas_cumprod
from studio_app.engine.loading.checkpoint import refused

_SPACINGS: dict[str, Spacing] = {
    "leading": "leading",
    "trailing": "trailing",
    "linspace": "linspace",
}


MAX_SHIFT = 100.0
"""Of a flow; beyond it all steps of a run but the last would lie in the noise."""


def read_table(folder: Path) -> TableSchedule:
    """Of variance preserving diffusion. StudioError where the config is broken, or asks for another kind."""
    return table_of(_read(folder), folder)


def read_flow(folder: Path) -> FlowSchedule:
    """Of rectified flow. StudioError where the config is broken, or asks for another kind."""
    return flow_of(_read(folder), folder)


def _read(folder: Path) -> Mapping[str, Any]:
    path = folder / "scheduler" / "scheduler_config.json"
    if not is_file(path):
        return {}
    return read_object(path, f"{folder.name}/scheduler/scheduler_config.json", endless=True)


def flow_of(config: Mapping[str, Any], folder: Path) -> FlowSchedule:
    """Of a scheduler's config; without one, of a flow that is not shifted. folder: of the model, for what is said of
    it. What a config says of Karras' or other places for the steps is for its own sampler, not for ours."""
    named = str(config.get("_class_name", "FlowMatchEulerDiscreteScheduler"))
    if not named.startswith("FlowMatch"):
        raise refused(folder, f"its noise schedule ({named[:60]}) is none of rectified flow")
    if config.get("num_train_timesteps", TIMESTEPS) != TIMESTEPS:
        raise refused(folder, f"its noise schedule has not {TIMESTEPS} timesteps")
    if config.get("invert_sigmas") or config.get("shift_terminal"):
        raise refused(folder, "its noise schedule ends elsewhere than with a clean picture")
    moving = None
    try:
        if config.get("use_dynamic_shifting"):
            moving = _moving(config)
        shift = float(config.get("shift", 1.0))
    except (TypeError, ValueError, OverflowError) as error:
        raise refused(folder, f"its noise schedule is broken ({error})") from None
    if not 0 < shift <= MAX_SHIFT:
        raise refused(folder, f"its noise schedule is broken (a shift of {shift:g})")
    return FlowSchedule(spacing="linspace", shift=shift, moving=moving)


def _moving(config: Mapping[str, Any]) -> MovingShift:
    """ValueError or TypeError where it is broken."""
    kind = config.get("time_shift_type", "exponential")
    if kind not in ("exponential", "linear"):
        raise ValueError(f"a shift of the unknown kind {str(kind)[:40]!r}")
    few, many = (
        int(config.get(name, usual))
        for name, usual in (("base_image_seq_len", 256), ("max_image_seq_len", 4096))
    )
    if not 0 < few < many <= 1 << 20:
        raise ValueError(f"from {few} to {many} tokens")
    low, high = (float(config.get(n, d)) for n, d in (("base_shift", 0.5), ("max_shift", 1.15)))
    moving = MovingShift(low, high, few, many, kind == "linear")
    if not all(0 < moving.of(tokens) <= MAX_SHIFT for tokens in (1, MOST_TOKENS)):
        raise ValueError(f"a shift from {low:g} to {high:g}")
    return moving


MOST_TOKENS = (MAX_SIDE // 16) ** 2
"""Of the largest picture."""


def table_of(config: Mapping[str, Any], folder: Path) -> TableSchedule:
    """Of a scheduler's config. folder: of the model, for what is said of it."""
    prediction: Any = config.get("prediction_type", "epsilon")
    schedule: Any = config.get("beta_schedule", "scaled_linear")
    known = ("linear", "scaled_linear", "squaredcos_cap_v2")
    if prediction not in ("v_prediction", "epsilon", "sample") or schedule not in known:
        raise refused(folder, f"its noise schedule ({schedule}, {prediction}) is unknown")
    if config.get("num_train_timesteps", TIMESTEPS) != TIMESTEPS or config.get("trained_betas"):
        raise refused(folder, f"its noise schedule has not {TIMESTEPS} timesteps")
    try:
        first, last = (
            float(config.get(n, d)) for n, d in (("beta_start", 0.00085), ("beta_end", 0.012))
        )
    except (TypeError, ValueError) as error:
        raise refused(folder, f"its noise schedule is broken ({error})") from None
    if not 0 < first <= last < 1:
        raise refused(folder, f"its noise schedule is broken (it goes from {first:g} to {last:g})")
    abar = alphas_cumprod(
        beta_start=first,
        beta_end=last,
        beta_schedule=schedule,
        zero_terminal_snr=bool(config.get("rescale_betas_zero_snr", False)),
    )
    offset = config.get("steps_offset", 0)
    spacing = _SPACINGS.get(str(config.get("timestep_spacing")), "leading")
    if spacing == "linspace" and "DPMSolver" in str(config.get("_class_name")):
        spacing = "even"  # theirs ends a step before time 0, where nothing is left to do
    steps_offset = int(offset) if offset in (0, 1) else 0
    return TableSchedule(prediction, spacing, tuple(abar.double().tolist()), steps_offset)
