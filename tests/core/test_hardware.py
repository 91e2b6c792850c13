from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio_app.core import hardware


def test_it_is_one_line_with_processor_and_cores():
    line = hardware.describe()
    assert "\n" not in line
    assert hardware.cpu_name() in line
    assert f"{hardware.cores()} core" in line


def test_it_needs_the_standard_library_alone():
    code = (
        "import sys; from studio_app.core.hardware import describe; describe();"
        "print(sorted({'torch', 'numpy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_memory_is_plausible():
    total, available = hardware.memory()
    assert total > 256 << 20
    assert 0 <= available <= total


def test_cores_are_those_that_may_be_used():
    assert 1 <= hardware.cores() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("text", "cores"), [("max 100000\n", 0), ("150000 100000\n", 2), ("200000 100000", 2), ("", 0)]
)
def test_a_containers_quota_counts(text: str, cores: int, tmp_path: Path):
    (tmp_path / "cpu.max").write_text(text)
    assert hardware._cgroup_cores(tmp_path / "cpu.max") == cores


def test_meminfo_is_in_bytes(tmp_path: Path):
    (tmp_path / "meminfo").write_text("MemTotal:       2048 kB\nMemAvailable:   1024 kB\nHuge: 3\n")
    found = hardware._meminfo(tmp_path / "meminfo")
    assert found == {"MemTotal": 2048 * 1024, "MemAvailable": 1024 * 1024}


def test_files_that_were_read_are_not_used_memory(tmp_path: Path):
    """Or a model that was just read would leave no room for the next."""
    (tmp_path / "memory.stat").write_text("anon 1\nfile 99\nactive_file 7\ninactive_file 4096\n")
    assert hardware._cgroup_cache(tmp_path / "memory.stat") == 4096
    assert hardware._cgroup_cache(tmp_path / "nothing") == 0


def test_a_card_s_memory_goes_before_the_machine_s(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hardware.shutil, "which", lambda name: "/bin/nvidia-smi")
    monkeypatch.setattr(hardware, "_said", lambda command: "8192, 1024\n24576, 20000")
    room = hardware.room_for_models()
    assert (room.total, room.free) == (24576 << 20, 20000 << 20)
    monkeypatch.setattr(hardware, "_said", lambda command: "")
    assert hardware.room_for_models().where == "memory"


def test_what_the_system_does_not_tell_is_empty(tmp_path: Path):
    assert hardware._text(tmp_path / "nothing") == ""
    assert hardware._number(tmp_path / "nothing") == 0
    assert hardware._said(["no-such-program-anywhere"]) == ""
    assert hardware._said([sys.executable, "-c", "raise SystemExit(3)"]) == ""
