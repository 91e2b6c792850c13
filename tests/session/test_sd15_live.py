"""The live loop through models of other families: the artist's own Stable Diffusion 1.5, and all others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio_app.document.results import RunRecord
from studio_app.document.store.documents import document_dict
from studio_app.session.studio import Studio
from tests.engine.families.kinds import KINDS
from tests.session.conftest import CountedEngine, stroke

PROMPT = "a red potion"


@pytest.fixture(scope="module")
def sd15(make_sd15: Callable[..., Path]) -> str:
    return str(make_sd15())


def drawn(qtbot: Any, studio: Studio, change: Callable[[], object]) -> RunRecord:
    """The next kept picture of the studio's own model."""
    with qtbot.waitSignal(
        studio.run_finished,
        check_params_cb=lambda record: record.request.model == studio.model,
    ) as blocker:
        change()
    (record,) = blocker.args
    return record


def drawing(studio: Studio) -> dict[str, Any]:
    """All of the document but its knobs."""
    whole = document_dict(studio.document)
    return {name: value for name, value in whole.items() if name not in ("settings", "revision")}


def test_a_stroke_is_a_picture_of_its_controlnet(
    qtbot: Any, make_studio: Callable[..., Studio], engine: CountedEngine, sd15: str
):
    studio = make_studio(model=sd15)
    plain = drawn(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    assert (plain.request.sampler, plain.request.steps) == ("dpmpp_2m_karras", 20)
    assert plain.request.guidance_scale == 7.0
    record = drawn(qtbot, studio, lambda: stroke(studio))
    assert [control.kind for control in record.request.controls] == ["depth"]
    assert len(record.steps) == record.request.steps
    assert all(0.0 <= step.abar <= 1.0 for step in record.steps)
    assert engine.loads == [sd15]


def test_switching_families_while_painting_keeps_the_drawing(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    engine: CountedEngine,
    tiny_model: Path,
    sd15: str,
):
    studio = make_studio()
    drawn(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    for model in (sd15, str(tiny_model), sd15):
        studio.open_model(model)
        stroke(studio)  # while it is being read
        with qtbot.waitSignal(studio.model_changed):
            pass
        painted = drawing(studio)
        record = drawn(
            qtbot, studio, lambda: studio.set_setting("seed", studio.document.settings.seed + 1)
        )
        assert record.request.model == model
        assert record.request.controls
        assert drawing(studio) == painted
    assert engine.loads == [str(tiny_model), sd15, str(tiny_model), sd15]


SLOW = [pytest.param(family, marks=pytest.mark.slow) for family in ("sdxl", "pixart", "klein")]


@pytest.mark.parametrize("family", ["sd3", "z_image", *SLOW])
def test_every_other_family_follows_the_pen(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    request: pytest.FixtureRequest,
    family: str,
):
    """A stroke is in the next picture, where the model reads drawings."""
    studio = make_studio(model=str(KINDS[family].folder(request)), live=False)
    studio.set_size(64, 64)
    studio.set_setting("steps", 2)
    studio.set_live(True)
    drawn(qtbot, studio, lambda: studio.set_setting("prompt", PROMPT))
    assert studio.capabilities is not None
    reads = "depth" in studio.capabilities.controls
    stroke(studio)
    with qtbot.waitSignal(
        studio.run_finished,
        timeout=180_000,
        check_params_cb=lambda record: record.request.seed == 99,
    ) as blocker:
        studio.set_setting("seed", 99)
    (record,) = blocker.args
    assert [control.kind for control in record.request.controls] == ["depth"] * reads
    assert len(record.steps) == record.request.steps
