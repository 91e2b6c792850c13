"""What a picture's file is called, as a proposal: safe everywhere."""

from __future__ import annotations

from studio_app.document.results import Picture, RunRecord, StepRecord


def suggested_name(picture: Picture) -> str:
    """Of the first words of the prompt and the seed, without an ending."""
    words = "".join(sign if sign.isalnum() else " " for sign in picture.request.prompt).split()
    return "-".join([*words[:6], str(picture.request.seed)])[:80].lower()


def frame_name(run: RunRecord, step: StepRecord, which: str) -> str:
    """Of a step of a run; which: "x0" or "xt"."""
    return f"run-{run.number}-step-{step.i + 1}-{which}"
