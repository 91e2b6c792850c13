"""`--lora FILE:0.8`, and what it means in a line of a batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.farm.options import Options, build, loras_of


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ink", (("ink", 1.0),)),
        (["ink:0.8", "wash:-1"], (("ink", 0.8), ("wash", -1.0))),
        ("C:\\ink.safetensors", (("C:\\ink.safetensors", 1.0),)),
        ("C:\\ink.safetensors:.5", (("C:\\ink.safetensors", 0.5),)),
        ("ink:", (("ink:", 1.0),)),
        ("ink:1e9", (("ink:1e9", 1.0),)),
    ],
)
def test_a_weight_follows_the_last_colon(given: object, expected: object):
    assert loras_of(given) == expected


def test_what_is_no_list_of_names_is_said():
    with pytest.raises(StudioError, match="LoRAs"):
        loras_of([3])


def test_files_lie_beside_the_jobs(tmp_path: Path):
    (tmp_path / "ink.safetensors").write_bytes(b"")
    given = Options(prompt="a potion", lora=["ink.safetensors:0.5", "wash"])
    loras = build(given, tmp_path, []).request.loras
    assert loras == ((str(tmp_path / "ink.safetensors"), 0.5), ("wash", 1.0))
