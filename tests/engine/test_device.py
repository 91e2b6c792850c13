"""Where things run."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio_app.engine.cache import ContentCache
from studio_app.engine.device import best_device, keep_freed_memory, seeded_noise


@pytest.fixture(autouse=True)
def forget():
    best_device.cache_clear()
    yield
    best_device.cache_clear()


def test_the_processor_can_be_asked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UNDERPAINT_DEVICE", "cpu")
    device = best_device()
    assert device.place.type == "cpu"
    assert device.dtype in (torch.bfloat16, torch.float32)


def test_the_best_is_the_graphics_card():
    expected = "cpu"
    if torch.backends.mps.is_available():
        expected = "mps"
    if torch.cuda.is_available():  # and this torch is for it
        expected = "cuda"
    assert best_device().place.type == expected


@pytest.mark.parametrize(
    ("generation", "archs", "runs"),
    [
        ((8, 9), ["sm_75", "sm_80", "sm_86", "sm_90", "compute_90"], True),
        ((6, 1), ["sm_75", "sm_80", "sm_86", "sm_90", "compute_90"], False),
        ((7, 0), ["sm_75", "sm_80"], False),
        ((12, 1), ["sm_90", "sm_120"], True),
        ((12, 0), ["sm_75", "sm_90"], False),
        ((12, 0), ["sm_75", "compute_90"], True),
        ((10, 3), ["sm_100a"], False),
        ((9, 0), ["sm_90a"], True),
        ((9, 0), ["gfx942"], True),
        ((6, 1), [], True),
    ],
)
def test_a_card_that_this_torch_was_not_built_for_is_none(
    generation: tuple[int, int], archs: list[str], runs: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: generation)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: archs)
    device = best_device()
    assert (device.place.type == "cuda") == runs
    if runs:
        half = torch.bfloat16 if generation >= (8, 0) else torch.float16
        assert device.dtype == half


def test_noise_is_the_seed_s_alone():
    one = seeded_noise(5, (1, 4, 8, 8), 3)
    two = seeded_noise(5, (1, 4, 8, 8), 5)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=False))
    assert not torch.equal(one[0], one[1])
    assert not torch.equal(one[0], seeded_noise(6, (1, 4, 8, 8), 1)[0])


def test_seeds_that_differ_beyond_32_bits_are_different_seeds():
    shape = (1, 4, 8, 8)
    seeds = [7, 2**32 + 7, 2**33 + 7, 2**40, 2**41, 2**63 - 1]
    noises = [seeded_noise(seed, shape, 1)[0] for seed in seeds]
    for i, noise in enumerate(noises):
        assert not any(torch.equal(noise, other) for other in noises[:i])
        assert torch.equal(noise, seeded_noise(seeds[i], shape, 1)[0])
    generator = torch.Generator().manual_seed(7)  # what the recipes of small seeds were drawn with
    assert torch.equal(noises[0], torch.randn(shape, generator=generator))


def test_the_cache_forgets_the_oldest():
    cache: ContentCache[int] = ContentCache(2)
    for key in "abac":
        cache.get(key, lambda key=key: ord(key))
    assert (cache.misses, len(cache)) == (3, 2)
    assert cache.get("a", lambda: -1) == ord("a")
    assert cache.get("b", lambda: -1) == -1


def test_the_cache_is_bounded_in_bytes_too_and_keeps_the_newest():
    cache: ContentCache[object] = ContentCache(9, 1000)
    for number in range(4):
        cache.get(number, lambda: {"words": torch.zeros(100), "more": (np.zeros(5), 1)})
    assert (len(cache), cache.held) == (2, 880)
    cache.get("large", lambda: [torch.zeros(1000)])
    assert (len(cache), cache.held) == (1, 4000)
    cache.clear()
    assert cache.held == 0


def test_freed_memory_is_kept_where_that_is_a_thing():
    assert isinstance(keep_freed_memory(), bool)
