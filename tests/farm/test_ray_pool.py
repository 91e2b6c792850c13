"""`underpaint batch --ray`: the same pictures from other processes, also when one of them dies."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio_app.cli import main
from studio_app.core.errors import StudioError
from studio_app.document.recipes import read_recipe
from studio_app.farm.lines import Batch
from studio_app.farm.options import Options
from studio_app.farm.orders import Order
from studio_app.farm.painting import Made
from studio_app.farm.run import Listener, run
from tests.farm.conftest import logged, made, write_jobs

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="underpaint[ray] is not installed"
)


@pytest.fixture(scope="module")
def pool() -> Iterator[Any]:
    """A Ray of this machine alone, with two workers. It takes half a minute to start."""
    from studio_app.farm.ray_pool import RayPool

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        made = RayPool("local", 2)
        yield made
        made.close()


def _hellos(pool: Any) -> list[Any]:
    """What every worker says of itself; waits for those that are still starting."""
    import ray

    return ray.get([worker.actor.hello.remote() for worker in pool._workers])


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_picture(
    pool: Any, maps_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    steps, count = 8, 16
    write_jobs(
        *({"prompt": f"a gem {i}", "seed": i, "alpha": i % 2 == 0} for i in range(count)),
        {"prompt": "b", "sampler": "none"},
    )
    hellos = _hellos(pool)
    pids = [hello.pid for hello in hellos]
    assert len(set(pids)) == 2 and os.getpid() not in pids
    assert {hello.threads for hello in hellos} == {1}  # as in this process
    killed: list[int] = []

    def kill_one(*_: object) -> None:
        if not killed:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    options = Options(steps=steps, model=str(maps_model))
    course = run(Batch(Path("jobs.jsonl"), options), pool, Listener(kill_one))
    assert killed
    assert course.counts == {"done": count, "failed": 1}, logged()
    assert pids[0] not in {hello.pid for hello in _hellos(pool)}  # it was replaced
    assert [entry["line"] for entry in logged() if entry["status"] == "failed"] == [count + 1]
    # The same bits as here, in its place each.
    for i, name in enumerate(sorted(made())):
        assert read_recipe(Path(name)).seed == i
        assert main(["render", "--like", name, "-o", "again.png"]) == 0
        assert Path("again.png").read_bytes() == Path(name).read_bytes()
    # Every job was logged once.
    assert sorted(entry["line"] for entry in logged()) == list(range(1, count + 2))


@pytest.mark.slow
def test_a_stranger_cannot_reach_a_local_ray(pool: Any):
    """It listens on every network, and would run whatever it is sent."""
    import ray

    address = ray.get_runtime_context().gcs_address
    environment = {n: v for n, v in os.environ.items() if not n.startswith("RAY_AUTH")}
    code = f"import ray; ray.init({address!r}); print('inside')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0 and "inside" not in done.stdout


@pytest.mark.slow
def test_a_job_that_kills_its_workers_is_the_one_that_fails(
    pool: Any, maps_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Three workers it costs, and no other job."""
    monkeypatch.chdir(tmp_path)
    write_jobs(*({"prompt": f"a gem {i}", "seed": i} for i in range(6)))

    class Deadly(Order):
        """Its task, unpickled, is the end of a worker."""

        @property
        def task(self) -> Any:
            return _Bomb() if self.request.seed == 2 else super().task

    from studio_app.farm import lines

    monkeypatch.setattr(lines, "Order", Deadly)
    options = Options(steps=1, model=str(maps_model))
    course = run(Batch(Path("jobs.jsonl"), options), pool)
    assert course.counts == {"done": 5, "failed": 1}, logged()
    failed = next(entry for entry in logged() if entry["status"] == "failed")
    assert failed["line"] == 3 and "its worker was lost 3 times" in failed["reason"]


class _Bomb:
    def __reduce__(self) -> Any:
        return os._exit, (1,)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:9", "ray://127.0.0.1:9", "127.0.0.1:99999", "nowhere"]
)
def test_no_cluster_there(capsys: pytest.CaptureFixture[str], tmp_path: Path, address: str):
    (tmp_path / "jobs.jsonl").write_text('{"prompt": "a"}\n')
    assert main(["batch", str(tmp_path / "jobs.jsonl"), "--ray", address]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"underpaint: No Ray cluster at {address}") and err.count("\n") == 1


def test_tasks_and_what_is_made_of_them_come_through_whole():
    import pickle

    import numpy as np

    from studio_app.core.request import GenerationRequest
    from studio_app.farm.painting import Task

    request = GenerationRequest("a", width=64, height=64)
    assert pickle.loads(pickle.dumps(Task(request, True, "try"))).request == request
    there = pickle.loads(pickle.dumps(Made(np.zeros((64, 64, 3), np.uint8), steps={"a": b"b"})))
    assert there.rgb.shape == (64, 64, 3) and there.steps == {"a": b"b"}
    error = pickle.loads(pickle.dumps(StudioError("a", "b", "c")))
    assert str(error) == "a: b. c"
