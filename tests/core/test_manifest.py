from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.manifest import (
    Findings,
    check_model,
    model_path,
    read_manifest,
    write_manifest,
)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with one listed model of three files, and its model card."""
    root = tmp_path / "models" / "tiny"
    (root / "unet").mkdir(parents=True)
    (root / "model_index.json").write_text("{}")
    (root / "unet" / "config.json").write_text('{"sample_size": 8}')
    (root / "unet" / "model.safetensors").write_bytes(bytes(range(256)))
    (root / "README.md").write_text("# Tiny")
    write_manifest(root.parent)
    return root.parent


def test_it_lists_what_programs_read_and_not_the_card(models: Path):
    entry = read_manifest(models)["tiny"]
    assert list(entry.files) == ["model_index.json", "unet/config.json", "unet/model.safetensors"]
    assert entry.size == 2 + 18 + 256
    sha256_of_0_to_255 = "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880"
    assert entry.files["unet/model.safetensors"] == sha256_of_0_to_255


def test_an_untouched_model_is_sound(models: Path):
    assert check_model("tiny", models) == Findings()
    assert model_path("tiny", models) == models / "tiny"


def test_the_model_card_can_be_edited(models: Path):
    (models / "tiny" / "README.md").write_text("# Better")
    (models / "tiny" / "sheet.png").write_bytes(b"picture")
    assert check_model("tiny", models).sound


def test_every_kind_of_damage_is_found(models: Path):
    (models / "tiny" / "model_index.json").unlink()
    (models / "tiny" / "unet" / "model.safetensors").write_bytes(bytes(range(255)) + b"\0")
    (models / "tiny" / "unet" / "model.bin").write_bytes(b"a pickle, perhaps")
    findings = check_model("tiny", models)
    assert findings == Findings(
        ("model_index.json",), ("unet/model.safetensors",), ("unet/model.bin",)
    )
    with pytest.raises(StudioError, match=r"missing: model_index.json; changed: unet/model\.safe"):
        model_path("tiny", models)


def test_long_lists_are_cut():
    assert str(Findings(missing=("a", "b", "c", "d", "e"))) == "missing: a, b, c and 2 more"


def test_an_unknown_model_is_said_with_those_there_are(models: Path):
    with pytest.raises(StudioError, match=r"No model named sd-9.*tiny"):
        model_path("sd-9", models)


def test_without_any_model_the_hint_is_to_train_one(tmp_path: Path):
    write_manifest(tmp_path)
    assert read_manifest(tmp_path) == {}
    with pytest.raises(StudioError, match="train"):
        model_path("tiny", tmp_path)


def test_a_listed_model_without_its_folder_is_missing(models: Path):
    (models / "tiny").rename(models / "elsewhere")
    with pytest.raises(StudioError, match="holds no model"):
        check_model("tiny", models)


def test_a_path_cannot_be_a_model(models: Path):
    with pytest.raises(StudioError, match="No model named"):
        model_path("../models/tiny", models)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("format = 2", "unknown format"),
        ("", "unknown format"),
        ("format =", "cannot be read"),
        ("format = 1\nmodels = 3", "broken"),
        ("format = 1\n[models.a]\nsize = 1", "broken"),
        ('format = 1\n[models.a]\nsize = 1\nfiles = { "x" = "short" }', "no sha256"),
        (f'format = 1\n[models.a]\nsize = 1\nfiles = {{ "../x" = "{"0" * 64}" }}', "outside"),
        (f'format = 1\n[models.a]\nsize = 1\nfiles = {{ "/x" = "{"0" * 64}" }}', "outside"),
        (f'format = 1\n[models.a]\nsize = 1\nfiles = {{ "C:x" = "{"0" * 64}" }}', "outside"),
        (f'format = 1\n[models.a]\nfiles = {{ "x" = "{"0" * 64}" }}', "broken"),
    ],
)
def test_a_bad_list_is_said(text: str, words: str, tmp_path: Path):
    (tmp_path / "manifest.toml").write_text(text)
    with pytest.raises(StudioError, match=words):
        read_manifest(tmp_path)


def test_a_missing_list_is_said(tmp_path: Path):
    with pytest.raises(StudioError, match="list of models is missing"):
        read_manifest(tmp_path)


def test_it_can_be_written_from_the_command_line(models: Path):
    before = (models / "manifest.toml").read_text()
    (models / "manifest.toml").unlink()
    command = [sys.executable, "-m", "studio_app.core.manifest", str(models)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(models / "manifest.toml")
    assert (models / "manifest.toml").read_text() == before


def test_the_embedded_models_are_sound():
    for name in read_manifest():
        assert check_model(name) == Findings()
