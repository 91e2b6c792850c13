"""`underpaint doctor`: what this machine has, what is wrong, and how to mend it."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from studio_app import __version__
from studio_app.commands.bench import print_figures
from studio_app.core.errors import StudioError
from studio_app.core.hardware import GIB, describe, gpu_names, memory
from studio_app.core.manifest import check_model, read_manifest
from studio_app.core.request import GenerationRequest
from studio_app.core.resources import models_dir, resources_dir
from studio_app.core.settings import settings_path

if TYPE_CHECKING:
    from argparse import _SubParsersAction

OLDEST_PYTHON, TOO_NEW_PYTHON = (3, 11), (3, 14)
OLDEST_TORCH = (2, 11)
LIBRARIES = ("diffusers", "transformers", "tokenizers", "safetensors", "pillow", "numpy")
REINSTALL = (
    "Install again: python3 packaging/run.py doctor, or pip install --force-reinstall underpaint"
)
NEEDED_GIB = 1.0  # peak of a 256 x 256 render on a CPU, with torch itself

State = Literal["ok", "warn", "wrong"]


@dataclass(frozen=True)
class Check:
    """One thing looked at. wrong: the main job cannot run; warn: it can, something else cannot."""

    name: str
    state: State
    detail: str
    hint: str = ""
    figures: dict[str, float] = field(default_factory=dict)


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "doctor",
        help="say whether this machine can draw, and what to mend",
        description="Looks at Python, torch, the device, memory, the models and Qt. "
        "Exit code 1 if pictures cannot be made here.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    checks = list(examine())
    able = all(check.state != "wrong" for check in checks)
    if args.json:
        figures = {key: value for check in checks for key, value in check.figures.items()}
        rows = [dataclasses.asdict(check) for check in checks]
        for row in rows:
            del row["figures"]
        print_figures("doctor", figures, as_json=True, able=able, checks=rows)
    else:
        print(f"Underpaint {__version__} on {describe()}")
        for check in checks:
            print(f"  {check.state:<5}  {check.name}: {check.detail}")
            if check.hint:
                print(f"         -> {check.hint}")
        print(
            'Ready. Try: underpaint render "a red glass potion on grass, sunset" -o potion.png'
            if able
            else "Pictures cannot be made here until what is marked wrong is mended."
        )
    return 0 if able else 1


def examine() -> Iterator[Check]:
    """Every check, in the order a person would ask. Nothing is raised: what fails is a Check."""
    steps: tuple[Callable[[], Iterator[Check]], ...] = (
        check_python,
        check_libraries,
        check_torch,
        check_memory,
        check_disk,
        check_resources,
        check_models,
        check_qt,
    )
    for step in steps:
        try:
            yield from step()
        except StudioError as error:
            name = step.__name__.removeprefix("check_")
            yield Check(name, "wrong", f"{error.title}: {error.detail}", error.hint)


def check_python() -> Iterator[Check]:
    here = f"{sys.version.split()[0]} at {sys.executable}"
    if OLDEST_PYTHON <= sys.version_info[:2] < TOO_NEW_PYTHON:
        yield Check("python", "ok", here)
    else:
        yield Check("python", "wrong", here, "Use Python 3.11, 3.12 or 3.13.")


def check_libraries() -> Iterator[Check]:
    found: list[str] = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Check(name, "wrong", "not installed", REINSTALL)
    yield Check("libraries", "ok", ", ".join(found))


def check_torch() -> Iterator[Check]:
    """torch and the device it would compute on: the one slow check, as torch has to be loaded."""
    try:
        torch = importlib.import_module("torch")

        from studio_app.engine.device import best_device

        best = best_device()
    except Exception as error:  # a torn installation fails in many ways
        yield Check("torch", "wrong", f"cannot be loaded: {_first_line(error)}", REINSTALL)
        return
    parts = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    if parts < OLDEST_TORCH:
        yield Check("torch", "wrong", f"{torch.__version__} is older than 2.11", REINSTALL)
    else:
        yield Check("torch", "ok", torch.__version__)
    kind = best.place.type
    dtype = str(best.dtype).removeprefix("torch.")
    asked = os.environ.get("UNDERPAINT_DEVICE", "")
    if asked and asked != kind:
        hint = f"Unset UNDERPAINT_DEVICE, or the device in {settings_path()}."
        yield Check("device", "warn", f"{kind} ({dtype}), though {asked} was asked for", hint)
    elif kind == "cpu" and gpu_names() and not asked:
        yield Check(
            "device",
            "warn",
            f"cpu ({dtype}): this torch does not use the {gpu_names()[0]}",
            "python3 packaging/run.py --torch-index URL doctor (URL: see pytorch.org/get-started)",
        )
    elif kind == "cuda":
        card = torch.cuda.get_device_properties(0)
        size = card.total_memory / GIB
        figures = {"device_memory_gib": round(size, 2)}
        yield Check("device", "ok", f"cuda ({dtype}), {card.name}, {size:.0f} GiB", "", figures)
    else:
        yield Check(
            "device",
            "ok",
            f"{kind} ({dtype}), {torch.get_num_threads()} threads"
            if kind == "cpu"
            else f"{kind} ({dtype})",
        )


def check_memory() -> Iterator[Check]:
    total, available = (size / GIB for size in memory())
    known = {"memory_total_gib": total, "memory_available_gib": available}
    figures = {key: round(value, 2) for key, value in known.items() if value}
    told = f"{total:.1f} GiB" + (f", {available:.1f} GiB of it free" if available else "")
    if not total:
        yield Check("memory", "ok", "the system does not tell")
    elif total < NEEDED_GIB:
        hint = f"A picture needs about {NEEDED_GIB:.0f} GiB: use a bigger machine."
        yield Check("memory", "wrong", told, hint, figures)
    elif available and available < NEEDED_GIB:
        yield Check("memory", "warn", told, "Close other programs.", figures)
    else:
        yield Check("memory", "ok", told, "", figures)


def check_disk() -> Iterator[Check]:
    here = Path.cwd()
    free = shutil.disk_usage(here).free / GIB
    figures = {"disk_free_gib": round(free, 2)}
    told = f"{free:.1f} GiB free at {here}"
    if free < 0.1:
        yield Check("disk", "warn", told, "Free some space before you save pictures.", figures)
    else:
        yield Check("disk", "ok", told, "", figures)


def check_resources() -> Iterator[Check]:
    yield Check("resources", "ok", str(resources_dir()))


def check_models() -> Iterator[Check]:
    """Every listed model, byte by byte; the default one has to be there."""
    folder = models_dir()
    listed = read_manifest(folder)
    default = GenerationRequest.model
    sound = 0
    for name in dict.fromkeys((default, *sorted(listed))):
        state: State = "wrong" if name == default else "warn"
        try:
            findings = check_model(name, folder)
        except StudioError as error:
            yield Check(f"model {name}", state, f"{error.title}: {error.detail}", error.hint)
            continue
        if findings.sound:
            sound += 1
            size = listed[name].size / 1e6
            detail = f"{len(listed[name].files)} files, {size:.1f} MB, checksums hold"
            yield Check(f"model {name}", "ok", detail)
        else:
            hint = "Install Underpaint again, or restore the folder from version control."
            yield Check(f"model {name}", state, str(findings), hint)
    yield Check(
        "models", "ok", f"{sound} of {len(listed)} listed in {folder} can be used", "",
        {"models_listed": len(listed), "models_sound": sound},
    )  # fmt: skip


PROBE = """
import sys
from PySide6 import QtCore, QtGui
app = QtGui.QGuiApplication([])
print(QtCore.qVersion(), app.platformName())
"""


def check_qt() -> Iterator[Check]:
    """Which platform Qt starts on; asked in a process of its own, as Qt aborts where there is none."""
    try:
        version("PySide6-Essentials")
    except PackageNotFoundError:
        yield Check(
            "qt", "warn", "PySide6 is not installed: no window, but render works", REINSTALL
        )
        return
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Check("qt", "warn", f"could not be asked: {_first_line(error)}")
        return
    if done.returncode == 0:
        number, platform = done.stdout.split()[-2:]
        yield Check("qt", "ok", f"Qt {number}, platform {platform}")
        return
    if sys.platform == "linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        yield Check("qt", "warn", "no display here: no window, but render works")
        return
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    said = lines[-1] if lines else f"exit code {done.returncode}"
    for line in lines:
        if "cannot open shared object" in line or "Could not load the Qt platform" in line:
            said = line
            break
    yield Check(
        "qt",
        "warn",
        f"does not start: {said.strip()}",
        "python3 packaging/run.py names what to install.",
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
