"""What is taken out of the history stays out, and what is put back is there at the next start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio_app.session.notices import Notice
from studio_app.session.studio import Studio


@pytest.mark.parametrize("put_back", [True, False])
def test_the_next_start_knows_what_was_removed(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, put_back: bool
):
    studio = make_studio(tmp_path, live=False)
    studio.set_setting("prompt", "a red potion")
    for seed in (1, 2, 3):
        studio.set_setting("seed", seed)
        with qtbot.waitSignal(studio.run_finished):
            studio.generate_once()
    said: list[Any] = []
    studio.message.connect(said.append)
    picture = studio.gallery[1]
    studio.remove_from_history(picture.id, picture.run)
    assert [p.request.seed for p in studio.gallery] == [1, 3]
    assert len(studio.runs) == 2
    assert isinstance(said[-1], Notice) and said[-1].key == "removed"
    if put_back:
        studio.put_back()
        studio.put_back()  # once is enough
    left = [1, 2, 3] if put_back else [1, 3]
    assert [p.request.seed for p in studio.gallery] == left
    with qtbot.waitSignal(studio.closed):
        studio.close()
    again = make_studio(tmp_path, start=False)
    with qtbot.waitSignal(again.runs_changed):
        again.start()
    assert [p.request.seed for p in again.gallery] == left
    assert [run.request.seed for run in again.runs] == left
