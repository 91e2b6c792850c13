"""What machine this is, from the standard library alone: figures mean nothing without it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GIB = float(1 << 30)


@cache
def describe() -> str:
    """One line for a figure's "hardware": processor, cores, memory, graphics, system."""
    parts = [cpu_name(), f"{cores()} core{'s' if cores() != 1 else ''}"]
    total, _ = memory()
    if total:
        parts.append(f"{total / GIB:.0f} GiB")
    parts.extend(gpu_names())
    parts.append(f"{platform.system()} {platform.machine()}")
    return ", ".join(parts)


def cores() -> int:
    """Logical cores this process may use, which in a container are fewer than the machine's."""
    if sys.platform == "linux":
        allowed = len(os.sched_getaffinity(0))
        quota = _cgroup_cores(Path("/sys/fs/cgroup/cpu.max"))
        return max(1, min(allowed, quota)) if quota else allowed
    return os.cpu_count() or 1


def memory() -> tuple[int, int]:
    """Memory in bytes (total, available); 0 where the system does not tell. A container's limit counts."""
    if sys.platform == "linux":
        info = _meminfo(Path("/proc/meminfo"))
        total, available = info.get("MemTotal", 0), info.get("MemAvailable", 0)
        limit = _number(Path("/sys/fs/cgroup/memory.max"))
        if limit and limit < total:
            used = _number(Path("/sys/fs/cgroup/memory.current"))
            used -= _cgroup_cache(Path("/sys/fs/cgroup/memory.stat"))
            total, available = limit, min(available, max(0, limit - used))
        return total, available
    if sys.platform == "win32":
        return _windows_memory()
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_PHYS_PAGES"), 0
    except (ValueError, OSError):
        return 0, 0


def cpu_name() -> str:
    """The processor's marketing name, or what the platform module knows of it."""
    found = ""
    if sys.platform == "linux":
        found = _first(r"model name\s*:\s*(.+)", _text(Path("/proc/cpuinfo")))
    elif sys.platform == "darwin":
        found = _said(["sysctl", "-n", "machdep.cpu.brand_string"])
    elif sys.platform == "win32":
        found = os.environ.get("PROCESSOR_IDENTIFIER", "")
    return " ".join((found or platform.processor() or platform.machine() or "CPU").split())


@cache
def gpu_names() -> tuple[str, ...]:
    """Names of the NVIDIA cards, asked from the driver (torch, the other witness, is slow to load)."""
    cards = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    names = [_first(r"Model:\s*(.+)", _text(card)) for card in cards]
    if not any(names) and shutil.which("nvidia-smi"):
        names = _said(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]).splitlines()
    return tuple(" ".join(name.split()) for name in names if name.strip())


@dataclass(frozen=True)
class Room:
    """Memory that a model may lie in, in bytes: of the graphics card where there is one, else the machine's."""

    total: int
    free: int
    where: str


def room_for_models() -> Room:
    """0 where nobody knows. Asks the driver's own program for a card: tenths of a second."""
    if shutil.which("nvidia-smi"):
        query = [
            "nvidia-smi",
            "--query-gpu=memory.total,memory.free",
            "--format=csv,noheader,nounits",
        ]
        lines = [re.findall(r"\d+", line) for line in _said(query).splitlines()]
        cards = [
            (int(total) << 20, int(free) << 20) for total, free in (n for n in lines if len(n) == 2)
        ]
        if cards:
            total, free = max(cards)
            return Room(total, free, "graphics memory")
    total, free = memory()
    return Room(total, free, "memory")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.isdigit() else 0  # "max": no limit


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match.group(1).strip() if match else ""


def _meminfo(path: Path) -> dict[str, int]:
    """/proc/meminfo as name -> bytes."""
    rows = re.findall(r"^(\w+):\s+(\d+) kB", _text(path), re.MULTILINE)
    return {name: int(kib) * 1024 for name, kib in rows}


def _cgroup_cores(path: Path) -> int:
    """The cgroup's CPU quota in whole cores, rounded up; 0: none."""
    match = re.fullmatch(r"(\d+) (\d+)\s*", _text(path))
    return -(-int(match.group(1)) // int(match.group(2))) if match else 0


def _cgroup_cache(path: Path) -> int:
    """Bytes of files that were read, which the cgroup counts as used and gives back when somebody needs them."""
    found = re.search(r"^inactive_file (\d+)$", _text(path), re.MULTILINE)
    return int(found[1]) if found else 0


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _windows_memory() -> tuple[int, int]:
    import ctypes

    class MemoryStatusEx(ctypes.Structure):
        """MEMORYSTATUSEX of sysinfoapi.h."""

        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            *((name, ctypes.c_uint64) for name in (
                "total", "available", "page_total", "page_available",
                "virtual_total", "virtual_available", "extended",
            )),
        )  # fmt: skip

    status = MemoryStatusEx()
    status.length = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  (only there on Windows)
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return 0, 0
    return int(status.total), int(status.available)
