#!/usr/bin/env python3
"""Sets Underpaint up, if need be, and starts it: `python3 packaging/run.py [ARGUMENTS OF underpaint]`.

Needs nothing but a Python. `--torch-index URL` (before the other arguments) takes torch from that package
index: for an NVIDIA card on Windows, one that https://pytorch.org/get-started names.
"""

from __future__ import annotations

import os
import subprocess
import sys

import bootstrap

NO_DISPLAY = """\
There is no display here, so no window can open. Draw from the command line:
  python3 packaging/run.py render "a red glass potion on grass, sunset" --steps 4 --seed 7 -o potion.png"""


def split_torch_index(arguments: list[str]) -> tuple[str, list[str]]:
    """(URL or "", the arguments for underpaint)."""
    if arguments[:1] == ["--torch-index"]:
        if len(arguments) < 2 or arguments[1].startswith("-"):
            raise bootstrap.SetupError("--torch-index needs a URL.")
        return arguments[1], arguments[2:]
    if arguments and arguments[0].startswith("--torch-index="):
        return arguments[0].split("=", 1)[1], arguments[1:]
    return "", arguments


def main() -> int:
    try:
        index, arguments = split_torch_index(sys.argv[1:])
        python = bootstrap.ensure_environment(torch_index=index)
    except bootstrap.SetupError as error:
        bootstrap.say(f"underpaint: {error}")
        return 2
    if not arguments:
        if not bootstrap.has_display():
            print(NO_DISPLAY)
            return 0
        missing = bootstrap.missing_qt_packages()
        if missing:
            bootstrap.say(bootstrap.qt_advice(missing))
    # -P: the folder it is started in is not a place to import from
    command = [str(python), "-P", "-m", "studio_app", *arguments]
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
