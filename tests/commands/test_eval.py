"""`underpaint eval`: one object of what was measured, and a line about what was not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio_app import cli


def test_json_is_one_object(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    command = ["eval", str(tiny_model), "--count", "2", "--json", "--cache", str(tmp_path)]
    assert cli.main(command) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["name"] == f"eval {tiny_model.name}"
    assert found["count"] == 2
    assert {"sharpness", "sharpness_mean", "seam_ratio", "steps4_gap"} <= found["figures"].keys()
    assert "attribute_share" not in found["figures"]
    assert "probe" not in found
    assert "no probe" in said.err


@pytest.mark.parametrize(
    "more",
    [["--count", "1"], ["--count", "8", "--quick"], ["--teacher", "1"],
     ["--teacher", "8", "--obedience"]],
)  # fmt: skip
def test_counts_that_cannot_be(
    tiny_model: Path, more: list[str], capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["eval", str(tiny_model), *more]) == 2
    assert more[0] in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--quick"], ["--card"], ["--cache", "somewhere"]])
def test_what_the_autoencoder_has_no_use_for_is_refused(
    tiny_model: Path, more: list[str], capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["eval", str(tiny_model), "--autoencoder", *more]) == 2
    assert "--autoencoder" in capsys.readouterr().err


def test_a_sheet_is_drawn_instead(tiny_model: Path, tmp_path: Path):
    path = tmp_path / "controls.png"
    assert cli.main(["eval", str(tiny_model), "--controls", str(path)]) == 0
    assert path.is_file()
