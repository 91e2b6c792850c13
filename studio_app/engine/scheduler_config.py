"""A folder's `scheduler/scheduler_config.json` as a `Schedule`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.core.jsons import read_object
from studio_app.core.reading import is_file
from studio_app.engine.checkpoint import refused
from studio_app.engine.levels import Spacing, TableSchedule
from studio_app.engine.schedule import TIMESTEPS, alphas_cumprod

_SPACINGS: dict[str, Spacing] = {
    "leading": "leading",
    "trailing": "trailing",
    "linspace": "linspace",
}


def read_table(folder: Path) -> TableSchedule:
    """Of variance preserving diffusion. StudioError where the config is broken, or asks for another kind."""
    path = folder / "scheduler" / "scheduler_config.json"
    config: Mapping[str, Any] = {}
    if is_file(path):
        config = read_object(path, f"{folder.name}/scheduler/scheduler_config.json")
    return table_of(config, folder)


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
    steps_offset = int(offset) if offset in (0, 1) else 0
    return TableSchedule(prediction, spacing, tuple(abar.double().tolist()), steps_offset)
