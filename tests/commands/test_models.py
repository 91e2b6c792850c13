"""`underpaint models`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio_app.cli import main
from tests.catalogue.model_files import lora, unet, write


def test_models_are_listed_one_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write(tmp_path / "loras/ink\n.safetensors", lora())
    write(tmp_path / "unet/bare_lcm.safetensors", unet(2048))
    (tmp_path / "old.ckpt").write_bytes(b"\x80\x02}q\x00.")
    assert main(["models", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3
    assert said[0].endswith("old.ckpt: it is a pickle, which can run code")
    assert said[1].endswith("ink?.safetensors: a LoRA for Stable Diffusion 1, fp16")
    assert "the denoiser of Stable Diffusion XL, without its other parts, LCM, fp16" in said[2]


def test_all_that_is_known_is_an_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = write(tmp_path / "ink.safetensors", lora(), {"license": "MIT"})
    assert main(["models", "--json", str(tmp_path)]) == 0
    (known,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert known["path"] == str(path)
    assert (known["role"], known["family"], known["rank"], known["licence"]) == (
        "lora",
        "sd1",
        2,
        "MIT",
    )


def test_a_folder_that_is_none_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["models", str(tmp_path / "gone")]) == 2
    assert "gone" in capsys.readouterr().err
    assert main(["models", str(tmp_path)]) == 0
    assert "no models" in capsys.readouterr().out
