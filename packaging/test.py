#!/usr/bin/env python3
"""Sets everything up, if need be, and checks the whole house: `python3 packaging/test.py [ARGUMENTS OF pytest]`.

Runs ruff (rules and layout), pyright, import-linter and pytest, all from .venv; fails if one fails.
`python3 packaging/test.py -m slow` runs the tests that take minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import bootstrap

# its command line has no `-m` form, and the script's name differs between systems
LINT_IMPORTS = "import importlinter.cli as c; c.lint_imports_command(['--no-logo'])"

# A process for each core, up to four; a file's tests mostly stay in one, since they share what was made for them. What
# is given on the command line comes later and wins: `-n 0` runs all in one process.
PARALLEL = ("-n", "auto", "--maxprocesses", "4", "--dist", "worksteal")


def checks(python: Path, arguments: list[str]) -> list[tuple[str, list[str]]]:
    """(name, command) of everything that is run, fast ones first, the tests last."""
    run = [str(python), "-m"]
    return [
        ("ruff check", [*run, "ruff", "check", "."]),
        ("ruff format", [*run, "ruff", "format", "--check", "."]),
        ("import-linter", [str(python), "-c", LINT_IMPORTS]),
        ("pyright", [*run, "pyright", "--pythonpath", str(python)]),
        ("pytest", [*run, "pytest", *PARALLEL, *arguments]),
    ]


def environment() -> dict[str, str]:
    """The tests need no display, no network and no bytecode of an older tree."""
    result = dict(os.environ)
    result.setdefault("QT_QPA_PLATFORM", "offscreen")
    result["HF_HUB_OFFLINE"] = "1"
    result["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"
    result["PYRIGHT_PYTHON_GLOBAL_NODE"] = "0"  # the one from PyPI, not some old one of the system
    return result


def main() -> int:
    try:
        python = bootstrap.ensure_environment(dev=True)
    except bootstrap.SetupError as error:
        bootstrap.say(f"underpaint: {error}")
        return 2
    results = []
    for name, command in checks(python, sys.argv[1:]):
        print(f"== {name}", flush=True)
        begun = time.monotonic()
        code = subprocess.call(
            command, cwd=str(bootstrap.ROOT), env=environment(), stdin=subprocess.DEVNULL
        )
        results.append((name, code, time.monotonic() - begun))
    print("== summary")
    for name, code, seconds in results:
        verdict = "ok" if code == 0 else f"FAILED (exit code {code})"
        print(f"{name:<14} {seconds:6.1f} s  {verdict}")
    return 1 if any(code for _, code, _ in results) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
