"""The log of a batch: whole lines, on the disk in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_app.core.files import append_line
from studio_app.farm.log import Log, Outcome


def test_a_log_grows_by_whole_lines(tmp_path: Path):
    path = tmp_path / "deep" / "log.jsonl"
    append_line(path, "one")
    path.write_bytes(path.read_bytes() + b'{"half')
    append_line(path, "two")
    assert path.read_bytes() == b'one\n{"half\ntwo\n'


def test_the_log_is_brought_to_the_disk_with_the_names_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    flushed: list[Path] = []
    monkeypatch.setattr("studio_app.farm.log.flush_folder", flushed.append)
    monkeypatch.setattr("studio_app.farm.log.flush_file", flushed.append)
    log = Log(tmp_path / "jobs.log.jsonl")
    log.flush()
    assert not flushed  # nothing was written
    for number in range(20):
        log.write(Outcome(number, "done", str(number), files={tmp_path / f"{number}.png": "0"}))
    assert len(log.path.read_text().splitlines()) == 20
    log.flush()
    assert flushed[-2:] == [tmp_path, log.path]
    assert len(flushed) < 40  # not once a line
    monkeypatch.setattr("studio_app.farm.log.FLUSH_S", 0.0)
    flushed.clear()
    log.write(Outcome(21, "done", "21", files={tmp_path / "21.png": "0"}))
    assert flushed == [tmp_path, log.path]
