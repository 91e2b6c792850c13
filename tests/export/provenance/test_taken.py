"""Recipes of other tools, as they write them, become requests of ours; what is lost is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.png import png_bytes
from studio_app.export.provenance.taken import Taken, read_any_recipe

A1111 = """a castle on a hill, (sunset:1.2), <lora:ghibli:0.8>
second line of it
Negative prompt: blurry, low quality
worse still
Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4005061234567, Size: 768x512, \
Model hash: 6ce0161689, Model: v1-5-pruned, Denoising strength: 0.4, Clip skip: 2, \
ControlNet 0: "Module: depth_midas, Model: control_v11f1p, Weight: 1.0", Lora hashes: "ghibli: 0b1", Version: v1.9.4"""


def taken(tmp_path: Path, **texts: str) -> Taken:
    path = tmp_path / "picture.png"
    path.write_bytes(png_bytes(np.zeros((4, 4, 3), np.uint8), texts))
    return read_any_recipe(path)


def test_the_parameters_of_automatic1111_are_taken_over(tmp_path: Path):
    found = taken(tmp_path, parameters=A1111)
    request = found.request
    assert found.tool == "AUTOMATIC1111"
    assert request.prompt == "a castle on a hill, (sunset:1.2), \nsecond line of it"
    assert request.negative_prompt == "blurry, low quality\nworse still"
    assert (request.seed, request.guidance_scale) == (4005061234567, 6.5)
    assert (request.width, request.height) == (512, 352)
    assert (request.sampler, request.steps) == ("dpmpp_2m_karras", 28)
    assert request.clip_skip == 2
    for lost in (
        "lora ghibli", "the picture it began with",
        "model v1-5-pruned", "size 768x512 (it becomes 512x352)",
    ):  # fmt: skip
        assert lost in found.missed, lost
    assert any(word.startswith("ControlNet 0 Module: depth_midas") for word in found.missed)
    assert not any("hash" in word or "Version" in word for word in found.missed)


def test_a_sampler_that_we_have_keeps_its_steps(tmp_path: Path):
    text = "a cat\nSteps: 8, Sampler: LCM, CFG scale: 1.5, Seed: 3, Size: 512x512"
    found = taken(tmp_path, parameters=text)
    assert (found.request.sampler, found.request.steps, found.missed) == ("lcm", 8, ())


@pytest.mark.parametrize(
    ("named", "ours"),
    [
        ("TCD", "tcd"),
        ("Euler", "euler"),
        ("Euler a", "euler_ancestral"),
        ("DPM++ 2M", "dpmpp_2m"),
        ("DPM++ 2M, Schedule type: Automatic", "dpmpp_2m"),
        ("DPM++ 2M Karras", "dpmpp_2m_karras"),
        ("DPM++ 2M, Schedule type: Karras", "dpmpp_2m_karras"),
        ("Euler, Schedule type: SGM Uniform", "euler_trailing"),
        ("DDIM", "ddim"),
        ("DDPM", "ddpm"),
    ],
)
def test_samplers_by_the_names_of_automatic1111(tmp_path: Path, named: str, ours: str):
    text = f"a cat\nSteps: 12, Sampler: {named}, CFG scale: 1.5, Seed: 3, Size: 512x512"
    found = taken(tmp_path, parameters=text)
    assert (found.request.sampler, found.request.steps, found.missed) == (ours, 12, ())


@pytest.mark.parametrize(
    ("named", "missed"),
    [
        ("DPM++ 2M SDE Karras", ("sampler DPM++ 2M SDE Karras", "12 steps")),
        ("DDIM CFG++", ("sampler DDIM CFG++", "12 steps")),
        ("Euler, Schedule type: Exponential", ("schedule Exponential",)),
        ("UniPC, Schedule type: Karras", ("schedule Karras", "sampler UniPC", "12 steps")),
    ],
)
def test_what_is_another_sampler_or_schedule_is_said(
    tmp_path: Path, named: str, missed: tuple[str, ...]
):
    text = f"a cat\nSteps: 12, Sampler: {named}, CFG scale: 1.5, Seed: 3, Size: 512x512"
    assert taken(tmp_path, parameters=text).missed == missed


@pytest.mark.parametrize("text", ["a castle", "Steps: 3, Seed: 4", "", "\n\n", "a: b, c: d"])
def test_a_text_that_is_no_recipe_is_none(tmp_path: Path, text: str):
    with pytest.raises(StudioError, match="has no recipe"):
        taken(tmp_path, parameters=text)


@pytest.mark.parametrize(
    ("pairs", "lost"),
    [
        ("Steps: 99999, Sampler: LCM, Seed: 1", "steps 99999"),
        ("Steps: 4, Sampler: LCM, Seed: -1", "seed -1"),
        ("Steps: 4, Sampler: LCM, Seed: 99999999999999999999", "seed 1e+20"),
        ("Steps: 4, Sampler: LCM, CFG scale: nan, Seed: 1", "guidance scale nan"),
        ("Steps: 4, Sampler: LCM, Seed: 1, Size: 9999999x9999999", "size 9999999x9999999"),
        ("Steps: 4, Sampler: LCM, Seed: 1, Size: 0x0", "size 0x0"),
    ],
)
def test_values_that_no_request_can_have_are_named(tmp_path: Path, pairs: str, lost: str):
    assert lost in taken(tmp_path, parameters=f"a cat\n{pairs}").missed


def comfy(**changes: Any) -> dict[str, Any]:
    """The default graph, with a LoRA and NaN as ComfyUI writes it."""
    graph: dict[str, Any] = {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 156680208700286, "steps": 20, "cfg": 8.0, "sampler_name": "ddim", "scheduler": "normal",
                "denoise": 1.0, "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0],
                "latent_image": ["5", 0],
            },
            "is_changed": [float("nan")],
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 384, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["12", 0], "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, NaN", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "C", "images": ["8", 0]}},
        "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "ghibli.safetensors", "model": ["4", 0]}},
        "12": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "a glass bottle"}},
    }  # fmt: skip
    return graph | changes


def test_a_graph_of_comfyui_is_taken_over(tmp_path: Path):
    found = taken(tmp_path, prompt=json.dumps(comfy()), workflow="{}")
    request = found.request
    assert found.tool == "ComfyUI"
    assert (request.prompt, request.negative_prompt) == ("a glass bottle", "text, NaN")
    assert (request.seed, request.steps, request.sampler) == (156680208700286, 20, "ddim")
    assert (request.guidance_scale, request.width, request.height) == (8.0, 512, 384)
    assert found.missed == ("LoRA ghibli.safetensors", "model v1-5.safetensors")


def test_comfyui_with_its_parts_in_many_nodes(tmp_path: Path):
    graph = {
        "1": {"class_type": "RandomNoise", "inputs": {"noise_seed": 42}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["9", 0]}},
        "3": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["2", 0]}},
        "4": {"class_type": "BasicGuider", "inputs": {"model": ["8", 0], "conditioning": ["3", 0]}},
        "5": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
        "6": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 20, "model": ["8", 0]}},
        "7": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 1024}},
        "8": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors"}},
        "9": {"class_type": "DualCLIPLoader", "inputs": {}},
        "10": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {
                "noise": ["1", 0], "guider": ["4", 0], "sampler": ["5", 0], "sigmas": ["6", 0],
                "latent_image": ["7", 0],
            },
        },
        "11": {"class_type": "SaveImage", "inputs": {"images": ["10", 0]}},
    }  # fmt: skip
    found = taken(tmp_path, prompt=json.dumps(graph))
    assert (found.request.prompt, found.request.seed) == ("a fox", 42)
    assert (found.request.sampler, found.request.steps) == ("euler", 20)
    assert {"schedule simple", "model flux1-dev.safetensors"} <= set(found.missed)


def test_the_sampler_that_was_saved_is_meant(tmp_path: Path):
    first = comfy()["3"]
    second = {
        "class_type": "KSampler",
        "inputs": {**first["inputs"], "seed": 2, "latent_image": ["3", 0], "positive": ["14", 0]},
    }
    graph = comfy(
        **{
            "13": second,
            "14": {"class_type": "CLIPTextEncode", "inputs": {"text": "finer", "clip": ["4", 1]}},
            "8": {"class_type": "VAEDecode", "inputs": {"samples": ["13", 0], "vae": ["4", 2]}},
        }
    )
    found = taken(tmp_path, prompt=json.dumps(graph))
    assert (found.request.prompt, found.request.seed) == ("finer", 2)
    assert "1 more sampler of its graph" in found.missed


@pytest.mark.parametrize(
    "graph",
    [
        {
            "1": {
                "class_type": "KSampler",
                "inputs": {"latent_image": ["1", 0], "positive": ["1", 0]},
            }
        },
        {"1": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}},
        {"1": {"class_type": "KSampler", "inputs": []}, "2": 7, "3": {"inputs": None}},
        {"1": {"class_type": 7}},
    ],
)
def test_a_graph_that_bites_its_tail_or_is_none_is_no_recipe(tmp_path: Path, graph: Any):
    with pytest.raises(StudioError, match="has no recipe"):
        taken(tmp_path, prompt=json.dumps(graph))


def test_the_metadata_of_invokeai_is_taken_over(tmp_path: Path):
    value = {
        "app_version": "5.9.0", "generation_mode": "img2img", "positive_prompt": "a ship",
        "negative_prompt": "fog", "width": 512, "height": 512, "seed": 12, "cfg_scale": 7.5, "steps": 4,
        "scheduler": "lcm", "model": {"key": "k", "hash": "blake3:x", "name": "dreamshaper", "base": "sd-1"},
        "loras": [{"model": {"name": "sails"}, "weight": 0.75}], "strength": 0.6,
        "controlnets": [{"control_model": {"model_name": "depth"}}],
    }  # fmt: skip
    found = taken(tmp_path, invokeai_metadata=json.dumps(value))
    assert found.tool == "InvokeAI"
    assert (found.request.prompt, found.request.negative_prompt, found.request.steps) == (
        "a ship",
        "fog",
        4,
    )
    assert found.missed == (
        "LoRA sails",
        "ControlNet depth",
        "the picture it began with",
        "model dreamshaper",
    )


@pytest.mark.parametrize(
    "text", ["[" * 5000, '{"a": 1, "a": 2}', '{"positive_prompt": 1e999}', "not json"]
)
def test_hostile_recipes_are_said_to_be_broken(tmp_path: Path, text: str):
    with pytest.raises(StudioError, match="Can't read"):
        taken(tmp_path, invokeai_metadata=text)
