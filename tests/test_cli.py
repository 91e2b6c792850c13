from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio_app import __version__, cli
from studio_app.commands import doctor
from studio_app.core.errors import StudioError
from studio_app.core.settings import Settings, save_settings


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], int]], int]:
    """Runs `underpaint doctor` with its work replaced by a function."""

    def run(work: Callable[[], int]) -> int:
        monkeypatch.setattr(doctor, "run", lambda args: work())
        return cli.main(["doctor"])

    return run


def test_its_help_shows_what_can_be_done(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert "underpaint render" in said
    for command in ("render", "train", "eval", "bench", "doctor"):
        assert f"\n    {command} " in said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is a display")
def test_without_a_command_and_a_display_it_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert "no display" in said
    assert "underpaint render" in said


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"underpaint {__version__}\n"


@pytest.mark.parametrize(
    "command", [module.__name__.rpartition(".")[2] for module in cli.commands()]
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main([command, "--help"]) == 0
    assert f"underpaint {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "see"),
    [
        (["fly"], "underpaint --help"),
        (["--fly"], "underpaint --help"),
        (["doctor", "--fly"], "underpaint"),
        (["bench", "everything"], "underpaint bench --help"),
        (["bench"], "underpaint bench --help"),
        (["render", "a", "--steps", "9" * 5000], "underpaint render --help"),
    ],
)
def test_a_wrong_command_line_is_one_line(
    arguments: list[str], see: str, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("underpaint: ")
    assert see in captured.err
    assert len(captured.err) < 300


def test_a_studio_error_is_one_line(running, capsys: pytest.CaptureFixture[str]):
    def fail() -> int:
        raise StudioError("No such model", "sd-9", "Choose another.")

    assert running(fail) == 2
    assert capsys.readouterr().err == "underpaint: No such model: sd-9. Choose another.\n"


def test_an_interruption_is_no_traceback(running, capsys: pytest.CaptureFixture[str]):
    def interrupt() -> int:
        raise KeyboardInterrupt

    assert running(interrupt) == 130
    assert capsys.readouterr().err == "underpaint: interrupted\n"


def test_a_bug_keeps_its_traceback(running):
    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        running(fail)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "not enough memory"),
        (OSError(12, "Cannot allocate memory"), "not enough memory"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"),
            "not enough memory",
        ),
        (ImportError("libtorch.so: failed to map segment from shared object"), "not enough memory"),
        (PermissionError(13, "Permission denied", "/x/y"), "Permission denied: /x/y"),
    ],
)
def test_what_the_system_refuses_is_one_line(
    running, capsys: pytest.CaptureFixture[str], error: Exception, said: str
):
    def fail() -> int:
        raise error

    assert running(fail) == 2
    err = capsys.readouterr().err
    assert err.startswith("underpaint: ")
    assert err.count("\n") == 1
    assert said in err


EARLY = """
import sys
late = sys.argv[1]
class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == late:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
from studio_app.__main__ import main
sys.argv[1:] = ["render", "a", "--model", "./none"]
sys.exit(main())
"""


@pytest.mark.parametrize(
    "module", ["studio_app.cli", "argparse", "studio_app.commands", "numpy", "pydantic", "PIL"]
)
def test_an_interruption_while_modules_load_is_one_line(module: str):
    command = [sys.executable, "-S", "-c", EARLY, module]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "underpaint: interrupted\n"


NOBODY = """
import pwd, sys
def nobody(*_):
    raise KeyError("getpwuid(): uid not found")
pwd.getpwuid = pwd.getpwnam = nobody
from studio_app.__main__ import main
sys.exit(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="no passwd there")
def test_without_a_home_and_a_name_models_are_still_found():
    hidden = ("HOME", "UNDERPAINT_HOME", "XDG_DATA_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-c", NOBODY, "render", "a", "--model", "nosuch"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[-1].startswith("underpaint: No model named nosuch")
    assert "no home folder" in lines[0]  # of the settings
    assert len(lines) == 2


def test_the_exit_code_is_the_commands(running):
    assert running(lambda: 1) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_reader_that_leaves_early_is_no_error():
    code = (
        "import argparse, sys; from studio_app import cli; from studio_app.commands import doctor\n"
        "doctor.run = lambda args: print('x' * 1000000) or 0\n"
        "sys.exit(cli.main(['doctor']))"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_text_the_console_cannot_show_is_no_error():
    code = "from studio_app.cli import main; import sys; sys.exit(main(['狐']))"
    environment = dict(os.environ, PYTHONIOENCODING="ascii:strict")
    command = [sys.executable, "-X", "utf8=0", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("underpaint: ")


def test_settings_reach_the_libraries(running, monkeypatch: pytest.MonkeyPatch):
    for name in ("UNDERPAINT_DEVICE", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    save_settings(Settings(device="cpu", threads=3))
    seen: list[str | None] = []
    running(lambda: seen.extend(map(os.environ.get, ("UNDERPAINT_DEVICE", "OMP_NUM_THREADS"))) or 0)
    assert seen == ["cpu", "3"]


def test_the_parser_is_one():
    assert isinstance(cli.build_parser(), argparse.ArgumentParser)


def test_a_drawing_on_the_command_line_opens_the_window_on_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    opened: list[Path | None] = []
    monkeypatch.setattr("studio_app.app.run", lambda drawing=None: opened.append(drawing) or 0)
    path = tmp_path / "knight.ora"
    path.write_bytes(b"")
    assert cli.main([str(path)]) == 0 and cli.main([]) == 0
    assert opened == [path, None]
    assert cli.main([str(tmp_path / "missing.ora")]) == 2
    assert cli.main([str(path), str(path)]) == 2
    assert len(opened) == 2 and "does not exist" in capsys.readouterr().err
