"""The header of a GGUF file, read as untrusted input."""
# ruff: noqa: E501  (a row of a table is a line)

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from studio_app.catalogue.gguf import read_gguf
from studio_app.catalogue.identify import identify_file
from studio_app.core.errors import StudioError
from tests.catalogue import layouts as of
from tests.catalogue.gguf_files import gguf_bytes, pair, text


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "a.gguf"
    path.write_bytes(data)
    return path


def test_a_straight_header_is_read(tmp_path: Path):
    data = gguf_bytes({"a.weight": ("Q8_0", (4, 64)), "b": ("F32", (3,))}, {"general.name": "ink"})
    header = read_gguf(written(tmp_path, data))
    assert header.tensors["a.weight"].shape == (4, 64)
    assert header.tensors["a.weight"].dtype == "Q8_0"
    assert header.metadata["general.name"] == "ink"
    assert header.size == len(data)


def test_a_long_list_of_words_is_passed_over(tmp_path: Path):
    words = struct.pack("<I", 9) + struct.pack("<IQ", 8, 200_000) + text("word") * 200_000
    data = gguf_bytes({"token_embd.weight": ("F16", (8, 2560)), "blk.0.attn_q_norm.weight": ("F32", (4,))},
                      raw=[text("tokenizer.ggml.tokens") + words])  # fmt: skip
    found = identify_file(written(tmp_path, data))
    assert (found.role, found.detail) == ("text encoder", "qwen3-4b")


def test_the_architecture_it_names_is_not_believed(tmp_path: Path):
    shapes = dict.fromkeys(of.bfl_flux1(True), ("Q4_K", (256, 256)))
    path = written(tmp_path, gguf_bytes(shapes, {"general.architecture": "pig"}))
    found = identify_file(path)
    assert (found.role, found.family, found.layout) == ("denoiser", "flux1", "GGUF")
    assert found.numbers == "GGUF Q4_K" and found.parameters == 65536 * len(shapes)


ONE: dict[str, Any] = {"a": ("F32", (2, 2))}
CROOKED: dict[str, tuple[bytes, str]] = {
    "another file": (b"GGML" + b"\0" * 60, "does not begin"),
    "too short": (b"GGUF\3\0", "cut off"),
    "version 1": (gguf_bytes(ONE, version=1), "version 1"),
    "version of the other end": (gguf_bytes(ONE, version=3 << 24), "version"),
    "too many tensors": (gguf_bytes(ONE, count=1 << 40), "claims"),
    "too many pairs": (gguf_bytes(ONE, pairs=1 << 40), "claims"),
    "a name without end": (gguf_bytes(ONE, raw=[struct.pack("<Q", 1 << 60)]), "a text of"),
    "a text without end": (gguf_bytes(ONE, raw=[text("k") + struct.pack("<IQ", 8, 1 << 50)]), "a text of"),
    "an unknown kind of value": (gguf_bytes(ONE, raw=[text("k") + struct.pack("<I", 77)]), "broken"),
    "a list without end": (gguf_bytes(ONE, raw=[text("k") + struct.pack("<IIQ", 9, 4, 1 << 50)]), "cut off"),
    "a list of empty texts": (gguf_bytes(ONE, raw=[text("k") + struct.pack("<IIQ", 9, 8, 1 << 24)]), "lists hold more"),
    "lists in lists": (gguf_bytes(ONE, raw=[text("k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 9]), "too deep"),
    "a pair twice": (gguf_bytes(ONE, raw=[pair("k", 1), pair("k", 1)]), "twice"),
    "alignment 0": (gguf_bytes(ONE, {"general.alignment": 0}), "alignment"),
    "alignment in words": (gguf_bytes(ONE, {"general.alignment": "wide"}), "alignment"),
    "rank 9": (gguf_bytes({"a": ("F32", (1,) * 9)}), "described wrongly"),
    "an unknown type": (gguf_bytes(ONE, types={"a": 4242}), "unknown type"),
    "a huge shape": (gguf_bytes({"a": ("F32", (1 << 62, 4))}, body=b""), "too large"),
    "a huge product": (gguf_bytes({"a": ("F32", (4000,) * 8)}, body=b""), "blocks"),
    "half a block": (gguf_bytes({"a": ("Q4_0", (1, 31))}), "blocks"),
    "the same tensor twice": (gguf_bytes(ONE, again="a"), "described wrongly"),
    "a long name": (gguf_bytes({"a" * 600: ("F32", (1,))}), "a text of"),
    "cut off": (gguf_bytes({"a": ("F32", (64, 64))})[:-64], "shorter"),
    "overlapping": (gguf_bytes({"a": ("F32", (8, 8)), "b": ("F32", (8, 8))}, offsets={"b": 32}), "overlap"),
    "beside its place": (gguf_bytes({"a": ("F32", (8, 8))}, offsets={"a": 8}), "places"),
    "far away": (gguf_bytes(ONE, offsets={"a": 1 << 62}), "shorter"),
}  # fmt: skip


@pytest.mark.parametrize("case", CROOKED)
def test_crooked_headers_are_refused_in_one_line(tmp_path: Path, case: str):
    data, said = CROOKED[case]
    with pytest.raises(StudioError, match=said) as caught:
        read_gguf(written(tmp_path, data))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
