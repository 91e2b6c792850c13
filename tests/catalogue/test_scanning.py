"""Looking through folders in which people keep models."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from studio_app.catalogue.places import Place, known_places, subfolder
from studio_app.catalogue.remembered import Remembered
from studio_app.catalogue.scanning import Found, scan
from tests.catalogue import layouts as of
from tests.catalogue.gguf_files import gguf_bytes
from tests.catalogue.model_files import lora, unet, write

SMALL = {"sd1": 768, "sdxl": 2048}


def found_in(folder: Path, memory: Remembered | None = None) -> dict[str, Found]:
    found = scan(Place(folder, "somebody"), memory or Remembered())
    return {item.path.relative_to(folder).as_posix(): item for item in found if item is not None}


def test_a_tree_of_comfyui_is_told_apart(tmp_path: Path):
    write(
        tmp_path / "checkpoints/a.safetensors",
        unet() | of.marks("first_stage_model.x", "cond_stage_model.transformer.x"),
    )
    write(tmp_path / "loras/deep/b.safetensors", lora(), {"modelspec.license": "MIT"})
    (tmp_path / "checkpoints/old.ckpt").write_bytes(b"\x80\x02}q\x00.")
    (tmp_path / "embeddings").mkdir()
    (tmp_path / "embeddings/put_embeddings_here").write_text("")
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet/c.gguf").write_bytes(
        gguf_bytes(dict.fromkeys(of.bfl_flux1(False), ("F32", (4,))))
    )
    (tmp_path / "cut.safetensors").write_bytes(struct.pack("<Q", 500) + b"{}")
    found = found_in(tmp_path)
    said = {name: (item.identity.role, item.identity.family) for name, item in found.items()}
    assert said == {
        "checkpoints/a.safetensors": ("checkpoint", "sd1"),
        "checkpoints/old.ckpt": ("broken", ""),
        "cut.safetensors": ("broken", ""),
        "loras/deep/b.safetensors": ("lora", "sd1"),
        "unet/c.gguf": ("denoiser", "flux1"),
    }
    assert "pickle" in found["checkpoints/old.ckpt"].identity.why
    assert "cut off" in found["cut.safetensors"].identity.why
    assert found["loras/deep/b.safetensors"].identity.licence == "MIT"


def test_a_folder_of_diffusers_is_one_model(
    make_sd15: Callable[..., Path], tiny_model: Path, tmp_path: Path
):
    for name, folder in (("theirs", make_sd15()), ("ours", tiny_model)):
        (tmp_path / name).symlink_to(folder, target_is_directory=True)
    found = {**found_in(make_sd15().parent), **found_in(tiny_model.parent)}
    theirs, ours = found[make_sd15().name].identity, found[tiny_model.name].identity
    assert (theirs.role, theirs.family, theirs.layout) == ("checkpoint", "sd1", "diffusers folder")
    assert theirs.parts[:2] == ("denoiser", "vae") and theirs.why == ""
    assert (ours.family, ours.few_step) == ("underpaint", "Distilled")
    assert theirs.guesses == ()
    assert found_in(tmp_path) == {}  # both lie elsewhere


def test_a_cache_of_hugging_face_is_followed_within_itself(tmp_path: Path):
    hub = tmp_path / "hub"
    blob = write(hub / "models--ann--ink/blobs/abc", unet())
    snapshot = hub / "models--ann--ink/snapshots/123"
    (snapshot / "unet").mkdir(parents=True)
    (snapshot / "unet/diffusion_pytorch_model.safetensors").symlink_to(
        os.path.relpath(blob, snapshot / "unet")
    )
    (snapshot / "model_index.json").write_text(
        json.dumps(
            {"unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]}
        )
    )
    (snapshot / "README.md").write_text(
        "---\nlicense: creativeml-openrail-m\ntags: []\n---\n# Ink\n"
    )
    (item,) = found_in(hub).values()
    assert item.name == "ann/ink"
    assert item.identity.family == "sd1"
    assert item.identity.licence == "creativeml-openrail-m"
    assert item.identity.why == "vae is named, and not there"


def test_links_out_of_the_folder_and_in_a_ring_are_not_followed(tmp_path: Path):
    outside = write(tmp_path / "outside/a.safetensors", unet())
    root = tmp_path / "root"
    write(root / "in.safetensors", unet())
    (root / "out.safetensors").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent, target_is_directory=True)
    (root / "ring").symlink_to(root, target_is_directory=True)
    (root / "nowhere.safetensors").symlink_to(root / "nothing")
    os.mkfifo(root / "pipe.safetensors")
    assert list(found_in(root)) == ["in.safetensors"]


def test_shards_are_one_network(tmp_path: Path):
    halves = list(unet().items())
    for i, part in enumerate((halves[:1], halves[1:])):
        write(tmp_path / f"model-0000{i + 1}-of-00002.safetensors", dict(part))
    (item,) = found_in(tmp_path).values()
    assert (item.identity.role, item.identity.family) == ("denoiser", "sd1")
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    (item,) = found_in(tmp_path).values()
    assert item.identity.role == "broken" and "1 of its 2 shards" in item.identity.why
    write(tmp_path / "model-00002-of-00002.safetensors", dict(halves))
    (item,) = found_in(tmp_path).values()
    assert "in two of its shards" in item.identity.why


def test_what_was_known_is_not_looked_into_again(tmp_path: Path):
    folder, kept = tmp_path / "models", tmp_path / "kept.json"
    for i in range(5):
        write(folder / f"{i}.safetensors", lora())
    memory = Remembered(kept)
    found_in(folder, memory)
    assert memory.looked == 5
    memory.write()
    again = Remembered(kept)
    again.read()
    first = found_in(folder, again)
    assert again.looked == 0 and len(first) == 5
    write(folder / "3.safetensors", unet())
    assert found_in(folder, again)["3.safetensors"].identity.role == "denoiser"
    assert again.looked == 1


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"version": 0, "files": {}}', '{"version": 2, "files": {"a": [1]}}']
)
def test_a_spoilt_memory_is_begun_anew(tmp_path: Path, text: str):
    (tmp_path / "kept.json").write_text(text)
    memory = Remembered(tmp_path / "kept.json")
    memory.read()
    write(tmp_path / "a.safetensors", lora())
    assert len(found_in(tmp_path, memory)) == 1


def test_hundreds_of_files_are_a_matter_of_their_headers(tmp_path: Path):
    raw = write(tmp_path / "0.safetensors", lora()).read_bytes()
    for i in range(1, 400):
        (tmp_path / f"{i}.safetensors").write_bytes(raw)
    memory = Remembered()
    steps = sum(1 for _ in scan(Place(tmp_path, "x"), memory))
    assert steps == memory.looked == 400


def test_known_places_are_those_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in (
        "hub",
        "ComfyUI/models",
        "stable-diffusion-webui/models",
        "invokeai/models",
        "mine",
    ):
        (tmp_path / name).mkdir(parents=True)
    places = known_places([tmp_path / "mine", tmp_path / "mine", tmp_path / "gone"])
    owners = [place.owner for place in places]
    assert owners == ["Underpaint", "Added by you", "Hugging Face", "ComfyUI", "A1111", "InvokeAI"]
    assert subfolder("text encoder") == "text_encoders" and subfolder("lora") == "loras"
