"""A lock is its holder's until he lets go of it, or dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.locks import FileLock


def test_one_at_a_time_in_this_process_too(tmp_path: Path):
    one, two = FileLock(tmp_path / "a.lock"), FileLock(tmp_path / "a.lock")
    assert one.acquire() and one.held
    assert one.acquire()  # it has it already
    assert not two.acquire() and not two.held
    one.release()
    assert two.acquire(wait_s=1)
    one.release()  # it has nothing to let go of
    assert not one.acquire()
    two.release()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_the_dead_hold_nothing(tmp_path: Path):
    path = tmp_path / "a.lock"
    code = (
        "import sys, time; from pathlib import Path; from studio_app.core.locks import FileLock\n"
        "lock = FileLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "True"
    lock = FileLock(path)
    assert not lock.acquire()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert lock.acquire(wait_s=10)
    lock.release()


def test_where_no_lock_can_be_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudioError):
        FileLock(tmp_path / "file" / "a.lock").acquire()
    assert not FileLock(tmp_path / "file" / "a.lock").held


def test_the_file_of_a_lock_may_be_there_and_hold_anything(tmp_path: Path):
    (tmp_path / "a.lock").write_text("12345\nsomebody\n")
    lock = FileLock(tmp_path / "a.lock")
    assert lock.acquire()
    lock.release()
    assert (tmp_path / "a.lock").read_text() == "12345\nsomebody\n"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be two users"
)
def test_another_user_of_this_machine_shares_the_lock():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o1777)  # as the system's temporary folder
        path = Path(folder) / "a.lock"
        lock = FileLock(path)
        assert lock.acquire()

        code = (
            "import os, sys; from pathlib import Path; from studio_app.core.locks import FileLock\n"
            "os.setuid(65534); print(FileLock(Path(sys.argv[1])).acquire())"
        )

        def theirs() -> str:
            """As nobody, in a process of its own."""
            command = [sys.executable, "-c", code, str(path)]
            return subprocess.run(command, capture_output=True, text=True).stdout.strip()

        assert theirs() == "False"
        lock.release()
        assert theirs() == "True"
