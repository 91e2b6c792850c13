"""The command line: `underpaint COMMAND`. One parser, and the one place where an error becomes a line."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from studio_app import __version__
from studio_app.core.errors import StudioError

# Nothing else up here: what loads before `main` can fail, or be interrupted, with a traceback.

USAGE_ERROR = 2
DRAWING = ".ora"
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

EXAMPLE = """\
for example:
  underpaint render "a red glass potion on grass, sunset" --steps 4 --seed 7 -o potion.png
  underpaint knight.ora
  underpaint doctor
"""


class OneLineParser(argparse.ArgumentParser):
    """An ArgumentParser that says what is wrong in one line instead of printing its whole usage."""

    def error(self, message: str) -> NoReturn:
        command = self.prog.replace("underpaint", "").strip()
        shown = f"underpaint {command} --help".replace("  ", " ")
        said = " ".join(message.split())
        said = said if len(said) <= 200 else f"{said[:197]}..."
        self.exit(USAGE_ERROR, f"underpaint: {said}. See: {shown}\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole parser. Importing and building it loads neither torch nor Qt."""
    parser = OneLineParser(
        prog="underpaint",
        description="Underpaint, a live-diffusion studio: words and drawings become a picture. "
        "Without a command, its window opens; with a drawing (.ora), on that.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"underpaint {__version__}")
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", parser_class=OneLineParser
    )
    for command in commands():
        command.add_parser(subparsers)
    return parser


def commands() -> tuple[ModuleType, ...]:
    """The commands, in the order of the help."""
    from studio_app.commands import (
        batch,
        bench,
        doctor,
        export,
        inspect,
        ledger,
        models,
        render,
        train,
    )
    from studio_app.commands import eval as evaluate

    return (render, batch, export, inspect, ledger, models, train, evaluate, bench, doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line (default: the process's) and returns its exit code.

    0: done. 1: the command found something wrong (`doctor`), or could not make every line of a `batch`. 2: it could
    not do what was asked, and one line on the standard error says why. 130: interrupted.
    """
    try:
        return _run(arguments)
    except StudioError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        _failed("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # `underpaint ... | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        line = _systems_fault(error)
        if line is None:
            raise  # a bug of ours keeps its traceback
        return _failed(line)


def _run(arguments: Sequence[str] | None) -> int:
    _prepare_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0].lower().endswith(DRAWING):
        return _open_window(given)
    try:
        args = build_parser().parse_args(given)
    except SystemExit as stop:  # argparse: --help and --version 0, errors 2
        return stop.code if isinstance(stop.code, int) else USAGE_ERROR
    if not hasattr(args, "run"):
        return _open_window([])
    _prepare_environment()
    code = args.run(args)
    sys.stdout.flush()  # a closed pipe is noticed here, not at exit
    return code


def _failed(line: str) -> int:
    print(f"underpaint: {line}", file=sys.stderr)
    return USAGE_ERROR


_OUT_OF_MEMORY = (
    "allocate memory", "map segment", "bad_alloc", "out of memory", "start new thread",
)  # fmt: skip
"""What the system, torch and the loader of libraries say, as errors of many kinds."""


def _systems_fault(error: Exception) -> str | None:
    """What the system refused, in one line; None where the error is none of its."""
    said = " ".join(str(error).split())
    no_memory = isinstance(error, OSError) and error.errno == errno.ENOMEM
    if no_memory or isinstance(error, MemoryError) or any(part in said for part in _OUT_OF_MEMORY):
        return (
            "There is not enough memory: the system gave no more. "
            "Close other programs, raise the limit (ulimit -v), or ask for a smaller size."
        )
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"The system refused: {error.strerror}{where}"
    return None


def _open_window(drawings: Sequence[str]) -> int:
    """What `underpaint` alone means, or with a drawing."""
    from pathlib import Path

    _prepare_environment()
    if len(drawings) > 1:
        return _failed("one window shows one drawing. Start it once for each.")
    if drawings and not Path(drawings[0]).is_file():
        return _failed(
            f"No file {Path(drawings[0]).name}: {drawings[0]} does not exist. Check the path."
        )
    from studio_app import app  # here: Qt is not for commands

    return app.run(Path(drawings[0]) if drawings else None)


def _prepare_streams() -> None:
    """A prompt in any script must not crash an old Windows console."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _prepare_environment() -> None:
    """What the libraries read when they are first imported."""
    import logging

    from studio_app.core.settings import load_settings  # pydantic: not for --help

    logging.basicConfig(format="underpaint: %(message)s", level=logging.WARNING)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # models are folders; nothing is ever fetched
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    settings = load_settings()
    if settings.device != "auto":
        os.environ.setdefault("UNDERPAINT_DEVICE", settings.device)
    if settings.threads:
        os.environ.setdefault("OMP_NUM_THREADS", str(settings.threads))
