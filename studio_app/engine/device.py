"""Where the networks run, and in which precision."""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h


@dataclass(frozen=True)
class Device:
    """A place for networks, their dtype there, and the memory layout of their convolutions. keeps: whether weights that
    are smaller in their files stay as small there, and are multiplied out at every use.

    Latents and the sampler's arithmetic stay float32 whatever `dtype` is.
    """

    place: torch.device
    dtype: torch.dtype
    memory_format: torch.memory_format = torch.channels_last
    keeps: bool = False


@cache
def best_device() -> Device:
    """cuda, else mps, else cpu; UNDERPAINT_DEVICE (cuda, mps, cpu) overrides the order. A card that this torch was not
    built for is none."""
    wanted = os.environ.get("UNDERPAINT_DEVICE", "")
    if torch.cuda.is_available() and wanted in ("", "cuda"):
        generation, known = torch.cuda.get_device_capability(), torch.cuda.get_arch_list()
        if runs_on(generation, known):
            # Turing and older emulate bfloat16: float16 is their fast one.
            modern = generation >= (8, 0)
            return Device(torch.device("cuda"), torch.bfloat16 if modern else torch.float16)
        log.warning("this torch has no code for the card (%d.%d): %s", *generation, known)
    if torch.backends.mps.is_available() and wanted in ("", "mps"):
        return Device(torch.device("mps"), torch.float16, torch.contiguous_format)
    return processor()


def runs_on(generation: tuple[int, int], archs: Sequence[str]) -> bool:
    """Whether code for these architectures ("sm_86", "compute_90") runs on a card of a compute capability: machine code
    on its own major one and from its minor one on, what a driver translates ("compute") on every later one, what ends
    in a letter on that one alone. Where none of NVIDIA's is said (AMD has other names), nobody knows, and it is
    tried."""
    known = [arch.partition("_") for arch in archs if arch.startswith(("sm_", "compute_"))]
    for kind, _, number in known:
        digits = number.rstrip("af")
        made_for = int(digits[:-1] or 0), int(digits[-1])
        if number != digits:
            fits = generation == made_for
        elif kind == "compute":
            fits = generation >= made_for
        else:
            fits = generation[0] == made_for[0] and generation >= made_for
        if fits:
            return True
    return not known


def processor() -> Device:
    """The CPU, in the precision that it is quickest in."""
    return Device(torch.device("cpu"), torch.bfloat16 if cpu_has_bf16() else torch.float32)


def wide_range(device: Device) -> Device:
    """For networks that were trained in bfloat16 and leave the range of float16: bfloat16 in its place, though older
    cards emulate it."""
    if device.dtype != torch.float16:
        return device
    return replace(device, dtype=torch.bfloat16)


SMALL_CARD = 6 << 30
"""Bytes of a card's memory that are few for a denoiser and what it is told."""


def words_device(device: Device) -> Device:
    """Where prompts are read: a small card keeps its memory for what runs at every step, since a prompt is read once,
    by the CPU then."""
    if device.place.type != "cuda":
        return device
    total = torch.cuda.get_device_properties(device.place).total_memory
    return device if total > SMALL_CARD else Device(torch.device("cpu"), torch.float32)


def picture_device(config: Mapping[str, Any], device: Device) -> Device:
    """Where an autoencoder with this config is, and in which precision: that of Stable Diffusion XL overflows in
    float16, unless it was mended, as its config then says."""
    if device.dtype == torch.float16 and config.get("force_upcast", True) is not False:
        return replace(device, dtype=torch.float32)
    return device


@cache
def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (AVX-512 BF16, AMX); without, float32 is faster."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False  # macOS and Windows: no cheap way to know
    line = next((line for line in flags.splitlines() if line.startswith(("flags", "Features"))), "")
    return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(line.split())


@cache
def keep_freed_memory() -> bool:
    """Lets the C library keep what a picture's tensors were made of for the next picture's; whether it can.

    glibc gives a megabyte that was freed back to the system, and the system hands it out again page by page,
    wiped: an operation on a small network's largest tensors then takes several times what it should. It
    learns better when it first sees a block of 32 MiB freed, which a small model never does; these are the
    thresholds it would come to.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, 32 << 20) and mallopt(_M_TRIM_THRESHOLD, 64 << 20))


def sent(tensor: Tensor, place: torch.device, dtype: torch.dtype | None = None) -> Tensor:
    """A tensor of the host, there. A card fetches it by itself, out of memory that the system leaves where it is, so
    that the host does not wait until the card has done all it was asked for before."""
    tensor = tensor if dtype is None else tensor.to(dtype=dtype)
    if place.type != "cuda" or tensor.device.type != "cpu":
        return tensor.to(place)
    return tensor.pin_memory().to(place, non_blocking=True)


def seeded_noise(seed: int, shape: tuple[int, ...], draws: int) -> list[torch.Tensor]:
    """`draws` float32 tensors of standard normal noise from one CPU generator: the same on every device."""
    # The generator looks at 32 bits alone: without this, 7 and 2**32 + 7 were one seed.
    if seed >= 1 << 32:
        hashed = hashlib.blake2b(seed.to_bytes(8, "little"), digest_size=4).digest()
        seed = int.from_bytes(hashed, "little")
    generator = torch.Generator("cpu").manual_seed(seed)
    return [torch.randn(shape, generator=generator) for _ in range(draws)]
