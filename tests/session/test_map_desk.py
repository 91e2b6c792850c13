"""The maps of a picture that was drawn, through the studio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.session.studio import Studio
from tests.session.conftest import CountedEngine


def drawn(qtbot: Any, studio: Studio) -> Any:
    with qtbot.waitSignal(studio.run_finished) as blocker:
        studio.set_setting("prompt", "a red potion")
        studio.generate_once()
    return blocker.args[0]


def listen(studio: Studio) -> list[tuple[str, Any]]:
    told: list[tuple[str, Any]] = []
    studio._parts.maps.made.connect(lambda key, maps: told.append((key, maps)))
    studio._parts.maps.failed.connect(lambda key, error: told.append((key, error)))
    return told


def test_the_maps_of_any_step_come_and_the_same_content_is_made_once(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    engine: CountedEngine,
    maps_model: Path,
):
    studio = make_studio(live=False, model=str(maps_model))
    record, told = drawn(qtbot, studio), listen(studio)
    keys = [studio._parts.maps.ask(record.request, record.steps[i]) for i in (3, 3, 0)]
    assert not told  # never before the call has returned
    qtbot.waitUntil(lambda: len(told) == 2)
    assert keys[0] == keys[1] != keys[2]
    assert [key for key, _ in told] == [keys[0], keys[2]]
    maps = told[0][1]
    assert isinstance(maps, Maps) and maps.normal.shape == (64, 64, 3)
    right = engine.engine.decode_maps(record.request, record.steps[3].x_0)
    assert np.array_equal(maps.albedo, right.albedo)
    again = studio._parts.maps.ask(record.request, record.steps[3])
    qtbot.waitUntil(lambda: len(told) == 3)
    assert again == keys[0] and told[2][1] is maps
    assert engine.maps == 2


def test_a_model_without_a_decoder_of_maps_says_so(qtbot: Any, studio: Studio):
    record, told = drawn(qtbot, studio), listen(studio)
    key = studio._parts.maps.ask(record.request, record.steps[-1])
    qtbot.waitUntil(lambda: bool(told))
    assert told[0][0] == key
    assert isinstance(told[0][1], StudioError) and "maps" in told[0][1].title
    studio._parts.maps.ask(record.request, record.steps[-1])  # asked again, it is tried again
    qtbot.waitUntil(lambda: len(told) == 2)
