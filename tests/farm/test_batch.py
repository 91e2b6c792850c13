"""`underpaint batch`: what it makes, what it says, and that it goes on where it stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.cli import main
from studio_app.document.pictures import open_picture
from studio_app.document.recipes import read_recipe
from studio_app.engine.engine import DiffusionEngine
from tests.farm.conftest import Batch, logged, made, write_jobs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that the engine was asked for."""
    seeds: list[int] = []
    run = DiffusionEngine.run

    def watched(self: DiffusionEngine, request: Any, *args: Any, **more: Any) -> Any:
        seeds.append(request.seed)
        return run(self, request, *args, **more)

    monkeypatch.setattr(DiffusionEngine, "run", watched)
    return seeds


def test_the_same_bits_as_one_by_one(batch: Batch, maps_model: Path):
    write_jobs(*({"prompt": f"a potion {i}", "seed": i, "output": f"{i}.png"} for i in range(6)))
    assert batch() == 0
    for i in range(6):
        words = [f"a potion {i}", "--seed", str(i), "--steps", "1", "--model", str(maps_model)]
        assert main(["render", *words, "-o", "one.png"]) == 0
        assert Path("one.png").read_bytes() == Path(f"{i}.png").read_bytes()


def test_render_jobs_is_the_same_command(batch: Batch, maps_model: Path):
    write_jobs({"prompt": "a potion"}, {"prompt": "an axe", "seed": 3})
    words = ["--steps", "1", "--model", str(maps_model), "-o", "job.png"]
    assert main(["render", "--jobs", "jobs.jsonl", *words]) == 0
    assert made() == {"job-01.png", "job-02.png"}
    before = {path: path.stat().st_mtime_ns for path in Path().glob("*.png")}
    assert batch("-o", "job.png") == 0  # what the one made, the other knows
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [entry["status"] for entry in logged()] == ["done", "done"]


def test_what_is_there_is_not_made_again(batch: Batch, drawn: list[int]):
    write_jobs(*({"prompt": "a potion", "seed": i} for i in range(4)))
    assert batch("--prompt", "unused") == 0
    assert drawn == [0, 1, 2, 3]
    first = {name: Path(name).read_bytes() for name in made()}
    drawn.clear()
    assert batch() == 0
    assert drawn == []
    Path("underpaint-02.png").unlink()
    Path("underpaint-03.png").write_bytes(first["underpaint-03.png"][:-40])  # damaged
    assert batch() == 0
    assert drawn == [1, 2]
    assert {name: Path(name).read_bytes() for name in made()} == first
    drawn.clear()
    write_jobs(*({"prompt": "a potion", "seed": i} for i in (0, 1, 9, 3)))  # another job there
    assert batch() == 0
    assert drawn == [9]
    drawn.clear()
    assert batch("--fresh") == 0
    assert drawn == [0, 1, 9, 3]


def test_another_model_of_the_same_name_makes_them_again(
    build_model: Any, tmp_path: Path, batch: Batch, drawn: list[int]
):
    model = build_model("changing")
    write_jobs({"prompt": "a potion"})
    assert batch(model=model) == 0
    weights = next(model.rglob("unet/*.safetensors"))
    weights.write_bytes(next(build_model("other", seed=1).rglob("unet/*.safetensors")).read_bytes())
    before = Path("underpaint.png").read_bytes()
    assert batch(model=model) == 0
    assert drawn == [0, 0]
    assert Path("underpaint.png").read_bytes() != before


def test_a_log_that_was_cut_off_costs_no_more_than_its_last_line(batch: Batch, drawn: list[int]):
    write_jobs(*({"prompt": "a potion", "seed": i} for i in range(3)))
    assert batch() == 0
    log = Path("jobs.log.jsonl")
    log.write_bytes(log.read_bytes()[:-30])
    drawn.clear()
    assert batch() == 0
    assert drawn == [2]
    assert log.read_bytes().endswith(b"}\n")
    drawn.clear()
    assert batch() == 0
    assert drawn == []


def test_bad_lines_are_said_and_left_out(batch: Batch, capsys: pytest.CaptureFixture[str]):
    write_jobs(
        "# a comment",
        {"prompt": "a potion", "output": "a.png"},
        "{nonsense",
        {"prompt": "b", "surprise": 1},
        "",
        {"prompt": "c", "steps": "4"},
        {"prompt": "d", "output": "d.png", "depth": "none.png"},
        '{"prompt": "e", "seed": NaN}',
        {"prompt": "f", "output": "f.png"},
    )
    assert batch() == 1
    out, err = capsys.readouterr()
    assert out.split() == ["a.png", "f.png"]
    for line, said in (
        (3, "not valid JSON"),
        (4, "Unknown option 'surprise'"),
        (6, "Bad steps: '4' is not a whole number"),
        (7, "none.png does not exist"),
        (8, "NaN is not a number"),
    ):
        assert any(
            text.startswith(f"underpaint: line {line} of jobs.jsonl: ") and said in text
            for text in err.splitlines()
        ), err
    assert [(e["line"], e["status"]) for e in logged() if e["status"] == "done"] == [
        (2, "done"),
        (9, "done"),
    ]
    assert made() == {"a.png", "f.png"}


HOSTILE: dict[str, tuple[str, str]] = {
    "a line of 200 MB": ('{"prompt": "' + "a" * (200 << 20) + '"}', "too long"),
    "deep": ("[" * 100_000 + "]" * 100_000, "nested deeper"),
    "a list": ("[1, 2]", "not a JSON object"),
    "infinity": ('{"prompt": "a", "guidance": 1e999}', "too large a number"),
    "a key twice": ('{"prompt": "a", "prompt": "b"}', "twice"),
    "an option twice": ('{"prompt": "a", "depth-around": "x", "depth_around": "y"}', "twice"),
    "no text": ("\udcff\udcfe", "UTF-8"),
    "a NUL": (json.dumps({"prompt": "a", "output": "a\0b.png"}), "NUL"),
    "up": (json.dumps({"prompt": "a", "output": "../evil.png"}), "outside"),
    "from the root": (json.dumps({"prompt": "a", "output": "/tmp/evil.png"}), "outside"),
    "by a link": (json.dumps({"prompt": "a", "output": "link/evil.png"}), "outside"),
    "a long name": (json.dumps({"prompt": "a", "output": "a" * 300 + ".png"}), "a" * 40),
    "a folder": (json.dumps({"prompt": "a", "output": "folder.png"}), "folder"),
    "no PNG": (json.dumps({"prompt": "a", "output": "knight.sh"}), ".png"),
    "a truth": (json.dumps({"prompt": "a", "steps": True}), "whole number"),
    "a project above": (json.dumps({"prompt": "a", "export": {"project": ".."}}), "outside"),
    "no project": (json.dumps({"prompt": "a", "export": {"kind": "sprite"}}), "no project"),
    "an odd export": (json.dumps({"prompt": "a", "export": 7}), "not an object"),
    "an unknown field": (json.dumps({"prompt": "a", "export": {"project": "game", "colour": 1}}), "colour"),
    "a folder above": (
        json.dumps({"prompt": "a", "export": {"project": "game", "folder": "../.."}}), ".."),
    "a huge size": (json.dumps({"prompt": "a", "size": "99999x99999"}), "nearest"),
    "a seed of 400 digits": ('{"prompt": "a", "seed": ' + "9" * 400 + "}", "too large"),
    "nobody's home": (json.dumps({"prompt": "a", "model": "~nosuchuser/x"}), "home"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_line_harms_nothing_but_itself(
    batch: Batch, capsys: pytest.CaptureFixture[str], tmp_path: Path, case: str
):
    line, said = HOSTILE[case]
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    Path("link").symlink_to(outside)
    Path("folder.png").mkdir()
    good = json.dumps({"prompt": "a gem", "output": "good.png"})
    Path("jobs.jsonl").write_bytes(line.encode("utf-8", "surrogateescape") + f"\n{good}".encode())
    beside = set(tmp_path.parent.iterdir())
    assert batch("--no-sheet") == 1
    out, err = capsys.readouterr()
    assert out.split() == ["good.png"]
    reported = [text for text in err.splitlines() if "line 1 of jobs.jsonl" in text]
    assert len(reported) == 1 and said in reported[0]
    assert len(reported[0]) < 2000
    assert set(tmp_path.parent.iterdir()) == beside and not list(outside.iterdir())
    assert made() == {"good.png", "folder.png"}


@pytest.mark.parametrize("other", ["q/../q/a.png", "./q/a.png", "link/a.png"])
def test_two_lines_of_one_file_under_two_spellings(
    batch: Batch, capsys: pytest.CaptureFixture[str], other: str
):
    Path("q").mkdir()
    Path("link").symlink_to("q")
    write_jobs({"prompt": "a", "output": "q/a.png"}, {"prompt": "b", "output": other})
    for _ in range(2):  # the first keeps its file, whoever comes again
        assert batch() == 1
        err = capsys.readouterr().err
        assert "line 2 of jobs.jsonl: Two pictures have the same name" in err
        assert "is of line 1 already" in err
        assert read_recipe(Path("q/a.png")).prompt == "a"


def test_maps_of_two_lines_do_not_mix(batch: Batch, capsys: pytest.CaptureFixture[str]):
    write_jobs({"prompt": "a", "output": "x/a.png"}, {"prompt": "b", "output": "y/a.png"})
    assert batch("--maps", "maps") == 1
    assert "maps/a_albedo.png is of line 1 already" in capsys.readouterr().err
    write_jobs({"prompt": "a", "output": "a.png"}, {"prompt": "b", "output": "a_albedo.png"})
    assert batch("--maps", ".", "--log", "other.jsonl") == 1
    assert "a_albedo.png is of line 1 already" in capsys.readouterr().err


def test_into_is_where_outputs_start_and_stay(batch: Batch, tmp_path: Path):
    write_jobs({"prompt": "a", "output": "red/a.png"}, {"prompt": "b"})
    assert batch("--into", "renders", "--frames", "steps") == 0
    assert Path("renders/red/a.png").is_file() and Path("renders/underpaint-02.png").is_file()
    assert (
        open_picture(Path("steps/red/a/step01_x0.png")).rgb()
        == open_picture(Path("renders/red/a.png")).rgb()
    ).all()
    assert Path("steps/underpaint-02/step01_xt.png").is_file()
    whole = str(tmp_path / "elsewhere" / "c.png")
    write_jobs({"prompt": "c", "output": whole})
    assert batch("--into", str(tmp_path / "elsewhere")) == 0
    assert Path(whole).is_file()


def test_file_names_start_where_they_were_written(batch: Batch):
    """Those of a line at the jobs file, those of the command line where it was typed."""
    for folder, shade in (("here", 40), ("jobs", 200)):
        Path(folder).mkdir()
        Image.new("L", (64, 64), shade).save(f"{folder}/depth.png")
    write_jobs(
        {"prompt": "a", "depth": "depth.png", "output": "a.png"},
        {"prompt": "a", "output": "b.png"},
        name="jobs/jobs.jsonl",
    )
    assert batch("--depth", "here/depth.png", jobs="jobs/jobs.jsonl") == 0
    depths = [read_recipe(Path(name)).controls[0].pixels.max() for name in ("a.png", "b.png")]
    np.testing.assert_allclose(depths, [200 / 255, 40 / 255], atol=0.01)


def test_what_the_standard_output_says_to_a_machine(
    batch: Batch, capsys: pytest.CaptureFixture[str]
):
    write_jobs({"prompt": "a", "seed": 5, "output": "a.png"}, "nonsense")
    assert batch("--json") == 1
    bad, done, whole = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (bad["line"], bad["status"]) == (2, "bad")
    assert (done["line"], done["status"], done["seed"], done["path"]) == (1, "done", 5, "a.png")
    assert done["seconds"] > 0 and len(done["digest"]) == 32 and done["time"].endswith("Z")
    assert (whole["count"], whole["done"], whole["bad"], whole["left"]) == (2, 1, 1, 0)
    assert [{**entry, "time": ""} for entry in logged()] == [
        {**bad, "time": ""},
        {**done, "time": ""},
    ]


def test_a_dry_run_writes_nothing(
    batch: Batch, capsys: pytest.CaptureFixture[str], drawn: list[int]
):
    write_jobs(
        {"prompt": "a", "output": "a.png"},
        {"prompt": "a gem", "export": {"project": "game", "kind": "sprite", "name": "gem"}},
        {"prompt": "b", "depth": "none.png"},
    )
    before = sorted(Path().rglob("*"))
    assert batch("--dry-run") == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "render   a.png"
    assert out.splitlines()[1].startswith("export   sprite 'gem' into ")
    assert "line 3 of jobs.jsonl" in err
    assert drawn == [] and sorted(Path().rglob("*")) == before


def test_a_job_that_fails_is_said_and_done_next_time(
    batch: Batch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    write_jobs(*({"prompt": "a", "seed": i, "output": f"{i}.png"} for i in range(3)))
    run = DiffusionEngine.run

    def broken(self: DiffusionEngine, request: Any, *args: Any, **more: Any) -> Any:
        if request.seed == 1:
            raise RuntimeError("an odd shape")
        return run(self, request, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(DiffusionEngine, "run", broken)
        assert batch() == 1
    assert "line 2 of jobs.jsonl: It could not be made: RuntimeError: an odd shape" in (
        capsys.readouterr().err
    )
    assert made() == {"0.png", "2.png"}
    assert batch() == 0
    assert made() == {"0.png", "1.png", "2.png"}


def test_somebody_else_is_running_it(batch: Batch, capsys: pytest.CaptureFixture[str]):
    from studio_app.core.locks import locked

    write_jobs({"prompt": "a"})
    with locked(Path("jobs.log.jsonl"), "running this batch"):
        assert batch() == 2
    assert "Somebody else is running this batch" in capsys.readouterr().err


def test_thousands_of_lines_are_read_as_they_are_needed(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, drawn: list[int]
):
    """No more than a window of requests exists at once, however long the file is."""
    from studio_app.farm import lines

    built = 0
    told = False
    build = lines.build

    def counted(*args: Any) -> Any:
        nonlocal built, told
        built += 1
        if drawn:
            assert built - len(drawn) < 24
        # Once only: a second Ctrl+C ends the command at once, and one after its end would end the tests.
        if len(drawn) > 30 and not told:
            told = True
            os.kill(os.getpid(), signal.SIGINT)
        return build(*args)

    monkeypatch.setattr(lines, "build", counted)
    Path("jobs.jsonl").write_text(
        "".join(f'{{"prompt": "a", "seed": {i}}}\n' for i in range(20_000))
    )
    assert batch("--no-sheet") == 130
    assert built < 100


def test_ctrl_c_ends_after_the_running_picture_and_the_next_run_goes_on(
    maps_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: list[int]
):
    """The real command, in a process of its own."""
    lines = [f'{{"prompt": "a", "seed": {i}}}\n' for i in range(99)]
    (tmp_path / "jobs.jsonl").write_text("".join(lines))
    words = ["batch", "jobs.jsonl", "--steps", "8", "--model", str(maps_model)]
    command = [sys.executable, "-m", "studio_app", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # Not as text: that reads ahead of the line, and `communicate` would not see what it holds.
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, 0, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=180)
    err = errors.decode()
    assert process.returncode == 130, err
    said = (first + out).decode().split()
    assert len(said) < 90
    assert "stopping after this picture" in err and "left for the next run" in err
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == sorted(said)  # what is there was said, whole
    assert not list(tmp_path.glob(".*"))
    log = tmp_path / "jobs.log.jsonl"
    assert len(log.read_text().splitlines()) == len(said)
    monkeypatch.chdir(tmp_path)
    more = len(said) + 5
    Path("jobs.jsonl").write_text("".join(lines[:more]))
    assert main(words) == 0
    assert drawn == list(range(len(said), more))
    assert len(list(tmp_path.glob("*.png"))) == more


def test_without_ray_it_says_what_to_install(
    batch: Batch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    import importlib.util

    known = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "ray" else known(name, *rest),
    )
    write_jobs({"prompt": "a"})
    assert batch("--ray") == 2
    assert "pip install 'underpaint[ray]'" in capsys.readouterr().err
    assert not Path("jobs.log.jsonl").exists()
