"""What a long run says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_app.training.progress import clock, read_figures, say, say_figures


def test_figures_are_said_and_come_back_from_their_folder(tmp_path: Path):
    said: list[str] = []
    folder = tmp_path / "maps"
    assert read_figures(folder) == {}
    say_figures(said.append, folder, 40, {"map_depth_rmse": 0.123456, "map_normal_deg": 21.0})
    assert said == ["maps: map_depth_rmse 0.1235 map_normal_deg 21"]
    assert read_figures(folder) == {"map_depth_rmse": 0.123456, "map_normal_deg": 21.0}


def test_what_nobody_listens_to_goes_to_the_standard_error(capsys: pytest.CaptureFixture[str]):
    say(None, "half of it")
    assert capsys.readouterr() == ("", "half of it\n")


def test_time_is_told_in_hours_and_minutes():
    assert [clock(seconds) for seconds in (0, 59, 3600, 5430)] == [
        "0:00 h",
        "0:01 h",
        "1:00 h",
        "1:30 h",
    ]
