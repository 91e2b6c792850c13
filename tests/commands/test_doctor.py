from __future__ import annotations

import json
import subprocess
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from studio_app import cli
from studio_app.commands import doctor
from studio_app.core.manifest import write_manifest
from studio_app.core.request import GenerationRequest


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder that holds the default model, whole."""
    root = tmp_path / "models" / GenerationRequest.model
    root.mkdir(parents=True)
    (root / "model_index.json").write_text("{}")
    write_manifest(root.parent)
    monkeypatch.setenv("UNDERPAINT_MODELS", str(root.parent))
    return root.parent


def diagnosis(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, tuple[str, str]]]:
    """(exit code, name -> (state, detail and hint))."""
    code = cli.main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["able"] == (code == 0)
    rows = {c["name"]: (c["state"], f"{c['detail']} -> {c['hint']}") for c in found["checks"]}
    return code, rows


def test_json_has_figures_and_checks(models: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["name"] == "doctor"
    assert found["able"] is True
    assert found["figures"]["models_sound"] == 1
    assert found["figures"]["memory_total_gib"] > 0
    assert all(isinstance(value, int | float) for value in found["figures"].values())
    names = {check["name"] for check in found["checks"]}
    assert {"python", "libraries", "torch", "device", "memory", "models", "qt"} <= names


def test_a_person_is_told_what_to_try(models: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "Ready. Try: underpaint render" in said
    assert "checksums hold" in said
    assert "wrong" not in said


def test_without_the_model_it_cannot_draw(models: Path, capsys: pytest.CaptureFixture[str]):
    (models / GenerationRequest.model).rename(models / "elsewhere")
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert f"wrong  model {GenerationRequest.model}" in said
    assert "until what is marked wrong is mended" in said


def test_a_damaged_model_is_found(models: Path, capsys: pytest.CaptureFixture[str]):
    (models / GenerationRequest.model / "model_index.json").write_text("{ }")
    code, rows = diagnosis(capsys)
    assert code == 1
    state, said = rows[f"model {GenerationRequest.model}"]
    assert state == "wrong"
    assert "changed: model_index.json" in said


def test_another_damaged_model_only_warns(models: Path, capsys: pytest.CaptureFixture[str]):
    other = models / "other"
    other.mkdir()
    (other / "model_index.json").write_text("{}")
    write_manifest(models)
    (other / "model_index.json").unlink()
    code, rows = diagnosis(capsys)
    assert code == 0
    assert rows["model other"][0] == "warn"


def test_a_missing_models_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("UNDERPAINT_MODELS", str(tmp_path / "gone"))
    code, rows = diagnosis(capsys)
    assert code == 1
    assert rows["models"][0] == "wrong"


def test_a_broken_torch_is_found(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def broken(name: str) -> None:
        raise OSError("libtorch_cpu.so: cannot open shared object file\nand more")

    monkeypatch.setattr(doctor.importlib, "import_module", broken)
    code, rows = diagnosis(capsys)
    assert code == 1
    state, said = rows["torch"]
    assert state == "wrong"
    assert "OSError: libtorch_cpu.so" in said
    assert "Install again" in said


def test_missing_libraries_are_named(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    known = doctor.version

    def version(name: str) -> str:
        if name in ("diffusers", "PySide6-Essentials"):
            raise PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(doctor, "version", version)
    code, rows = diagnosis(capsys)
    assert code == 1
    assert rows["diffusers"][0] == "wrong"
    assert rows["qt"][0] == "warn"  # pictures can be made without a window


@pytest.mark.parametrize(
    ("gib", "free", "state"), [(16, 8, "ok"), (0.5, 0.2, "wrong"), (16, 0.3, "warn"), (0, 0, "ok")]
)
def test_little_memory_is_told_from_little_that_is_free(
    gib: float, free: float, state: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doctor, "memory", lambda: (int(gib * 2**30), int(free * 2**30)))
    (check,) = doctor.check_memory()
    assert check.state == state
    assert set(check.figures) == ({"memory_total_gib", "memory_available_gib"} if gib else set())


def test_a_card_that_torch_does_not_use_is_said(monkeypatch: pytest.MonkeyPatch):
    import torch

    from studio_app.engine import device

    monkeypatch.delenv("UNDERPAINT_DEVICE", raising=False)
    cpu = device.Device(torch.device("cpu"), torch.float32)
    monkeypatch.setattr(device, "best_device", lambda: cpu)
    monkeypatch.setattr(doctor, "gpu_names", lambda: ("NVIDIA Something",))
    checks = {check.name: check for check in doctor.check_torch()}
    assert checks["device"].state == "warn"
    assert "NVIDIA Something" in checks["device"].detail
    assert "--torch-index" in checks["device"].hint


@pytest.mark.parametrize(
    ("code", "out", "err", "state", "words"),
    [
        (0, "6.12.0 offscreen\n", "", "ok", "Qt 6.12.0, platform offscreen"),
        (
            1,
            "",
            "ImportError: libEGL.so.1: cannot open shared object file\nx",
            "warn",
            "libEGL.so.1",
        ),
        (-6, "", "qt.qpa.plugin: Could not load the Qt platform plugin\naborted", "warn", "plugin"),
        (-11, "", "", "warn", "exit code -11"),
    ],
)
def test_a_window_that_can_not_come_up_says_why(
    code: int, out: str, err: str, state: str, words: str, monkeypatch: pytest.MonkeyPatch
):
    done = subprocess.CompletedProcess([], code, out, err)
    monkeypatch.setattr(doctor.subprocess, "run", lambda *a, **k: done)
    monkeypatch.setenv("DISPLAY", ":0")
    (check,) = doctor.check_qt()
    assert check.state == state
    assert words in check.detail


def test_without_a_display_there_is_no_window_and_render_works(monkeypatch: pytest.MonkeyPatch):
    done = subprocess.CompletedProcess([], -6, "", "could not connect to display")
    monkeypatch.setattr(doctor.subprocess, "run", lambda *a, **k: done)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    (check,) = doctor.check_qt()
    assert check.detail == "no display here: no window, but render works"
