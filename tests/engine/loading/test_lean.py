"""Libraries come in without what nobody asked for, and nothing of them is missing afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from studio_app.engine.loading.lean import deferred_faces, lean

LOADED = """
import json, sys, warnings
warnings.simplefilter("ignore")
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
engine = DiffusionEngine()
engine.load(sys.argv[1])
request = GenerationRequest("a red potion", width=64, height=64, model=sys.argv[1])
for seed in range(2):
    list(engine.run(request))
loaded = set(sys.modules)
found = {"modules": len(loaded), "compiler": "torch._dynamo.eval_frame" in loaded}
found["networks"] = len([name for name in loaded if name.startswith("diffusers.models.transf")])
from diffusers import LatentConsistencyModelPipeline
from diffusers.models.transformers import DiTTransformer2DModel
from transformers import CLIPTextModel
import torch, torch._dynamo
pipe = LatentConsistencyModelPipeline.from_pretrained(sys.argv[1], local_files_only=True)
found["same"] = type(pipe.unet) is type(engine._loaded[1].unet)
found["again"] = torch._dynamo.config is not None and len(dir(torch._dynamo)) > 50
found["marks"] = torch._dynamo.allow_in_graph.__module__
print(json.dumps(found))
"""


def test_a_load_leaves_the_compiler_and_seventy_networks_out_and_all_is_there_when_asked_for(
    tiny_model: Path,
):
    command = [sys.executable, "-c", LOADED, str(tiny_model)]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert not found["compiler"]
    assert found["networks"] < 10
    assert found["same"] and found["again"]
    assert found["marks"].startswith("torch._dynamo")


def test_where_the_files_lie_elsewhere_the_packages_are_asked():
    def moved() -> str:
        raise ModuleNotFoundError("No module named 'diffusers.models.unets.unet_2d_condition'")

    before = list(sys.meta_path)
    assert lean(moved, lambda: "whole") == "whole"
    assert sys.meta_path == before


def test_a_room_runs_its_face_for_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "heavy_package"
    package.mkdir()
    (package / "__init__.py").write_text(
        "RUN = True\nfrom heavy_package.part import PART as SAME\n"
    )
    (package / "part.py").write_text("PART = object()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("studio_app.engine.loading.lean.FACES", {"heavy_package": {"known": 3}})
    with deferred_faces():
        import heavy_package  # pyright: ignore[reportMissingImports]
        import heavy_package.part  # pyright: ignore[reportMissingImports]
    assert "RUN" not in vars(heavy_package)
    assert heavy_package.known == 3
    assert heavy_package.SAME is heavy_package.part.PART
    assert heavy_package.RUN
    with pytest.raises(AttributeError):
        _ = heavy_package.nothing
    for name in ("heavy_package", "heavy_package.part"):
        del sys.modules[name]


def test_what_fails_on_the_way_leaves_whole_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package = tmp_path / "broken_package"
    package.mkdir()
    (package / "__init__.py").write_text("RUN = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("studio_app.engine.loading.lean.FACES", {"broken_package": {}})

    def load() -> None:
        import broken_package.missing  # noqa: F401  # pyright: ignore[reportMissingImports]

    def whole() -> bool:
        import broken_package  # pyright: ignore[reportMissingImports]

        return "RUN" in vars(broken_package)

    assert lean(load, whole)
    del sys.modules["broken_package"]
