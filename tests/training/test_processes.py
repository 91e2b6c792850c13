"""Rendering in several processes: in whatever order, and nobody is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio_app.training.processes import results

_PARENT = """
import os
import signal
import sys
from pathlib import Path

from studio_app.training.processes import results


def note_and_wait(folder):
    (Path(folder) / str(os.getpid())).touch()
    while True:
        signal.pause()


if __name__ == "__main__":
    list(results(note_and_wait, [(sys.argv[1],), (sys.argv[1],)], 2))
"""


def double(number: int) -> int:
    if number < 0:
        raise ValueError("no such number")
    return 2 * number


def test_every_job_is_done_once():
    assert sorted(results(double, [(n,) for n in range(6)], 2)) == [0, 2, 4, 6, 8, 10]


def test_a_job_that_fails_says_so():
    with pytest.raises(ValueError, match="no such number"):
        list(results(double, [(-1,), (2,)], 2))


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a signal that Windows lacks")
def test_who_is_killed_leaves_no_process_behind(tmp_path: Path):
    there = tmp_path / "there"
    there.mkdir()
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    parent = subprocess.Popen([sys.executable, str(script), str(there)], env=environment)
    try:
        while len(list(there.iterdir())) < 2:
            assert parent.poll() is None
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.wait()
    for child in (int(path.name) for path in there.iterdir()):
        while _runs(child):
            time.sleep(0.05)


def _runs(process: int) -> bool:
    """Whether it is there, and more than what is left of one that nobody has asked after."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        return not Path("/proc/self").exists()
    return state != "Z"
