"""Shards: found, mapped, cropped, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from studio_app.core.errors import StudioError
from studio_app.training.data import KINDS, open_pictures


def test_shards_become_one_corpus(tiny_data: Path):
    pictures = open_pictures(tiny_data)
    assert len(pictures) == 48
    assert pictures.size == (64, 64)
    assert all(len(texts) == 3 for texts in pictures.captions)
    assert pictures.small("joints").shape == (48, 18, 3)
    assert set(pictures.kinds().tolist()) <= set(range(len(KINDS)))


def test_rows_come_in_the_order_asked_for_across_shards(tiny_data: Path):
    pictures = open_pictures(tiny_data)
    rows = pictures.take("rgb", [40, 3, 24])
    assert torch.equal(rows[0], pictures.shards[1]["rgb"][16])
    assert torch.equal(rows[1], pictures.shards[0]["rgb"][3])
    assert torch.equal(rows[2], pictures.shards[1]["rgb"][0])


def test_a_block_on_the_device_is_the_same_corpus(tiny_data: Path):
    pictures = open_pictures(tiny_data)
    block = pictures.on(torch.device("cpu"), ("rgb", "subject"))
    where = (np.array([40, 3]), np.array([5, 0]), np.array([1, 30]))
    for a, b in zip(pictures.crops(*where, 16), block.crops(*where, 16), strict=True):
        assert a.shape[:3] == (2, 16, 16)
        assert torch.equal(a, b)
    assert torch.equal(block.take("rgb", [40, 3]), pictures.take("rgb", [40, 3]))


def test_a_limit_keeps_whole_shards(tiny_data: Path):
    assert len(open_pictures(tiny_data, limit=10)) == 24


def test_no_pictures_says_how_to_make_them(tmp_path: Path):
    with pytest.raises(StudioError, match="train data"):
        open_pictures(tmp_path)


def test_a_cut_shard_is_named(tiny_data: Path, tmp_path: Path):
    whole = (tiny_data / "val" / "shard-00000.safetensors").read_bytes()
    (tmp_path / "shard-00000.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StudioError, match="shard-00000"):
        open_pictures(tmp_path)


def test_torn_pictures_are_noticed(tiny_data: Path, tmp_path: Path):
    path = tiny_data / "val" / "shard-00000.safetensors"
    with safe_open(str(path), framework="pt") as file:
        names = file.keys()
        tensors = {name: file.get_tensor(name) for name in names}
        metadata = file.metadata()
    rgb = tensors["rgb"]
    tensors["rgb"] = rgb.permute(0, 3, 1, 2).contiguous().view(rgb.shape)
    save_file(tensors, str(tmp_path / "shard-00000.safetensors"), metadata=metadata)
    with pytest.raises(StudioError, match="torn"):
        open_pictures(tmp_path)
