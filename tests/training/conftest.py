"""A tiny corpus of drawn shapes, a tiny recipe, and one run of every stage on them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from studio_app.core.resources import resources_dir
from studio_app.training.publish import publish
from studio_app.training.recipe import Plan, Recipe, load_recipe
from studio_app.training.stages import autoencoder, distill, teacher

COLOURS = {"red": (200, 40, 40), "green": (50, 170, 60), "blue": (40, 70, 200)}
KINDS = ("scene", "character", "isolated", "texture")
SIZE = 64


def write_shard(path: Path, count: int, seed: int, kinds: int = 4) -> None:
    """Discs of a colour on a ground of another, in the renderer's layout; of the first `kinds` of KINDS."""
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[0:SIZE, 0:SIZE]
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in ("rgb", "depth", "subject", "joints", "labels")
    }
    captions = []
    for _ in range(count):
        kind = int(rng.integers(kinds))
        colour = int(rng.integers(3))
        x, y, r = rng.uniform(20, 44), rng.uniform(20, 44), rng.uniform(8, 16)
        inside = (xs - x) ** 2 + (ys - y) ** 2 < r * r
        rgb = np.full((SIZE, SIZE, 3), (150, 160, 170), np.uint8)
        rgb[inside] = list(COLOURS.values())[colour]
        joints = np.zeros((18, 3), np.float32)
        if kind == 1:
            joints[:, 0] = x + rng.normal(0, 3, 18)
            joints[:, 1] = y + np.linspace(-r, r, 18)
            joints[:, 2] = 1
        columns["rgb"].append(rgb)
        columns["depth"].append(np.where(inside, 200, 60).astype(np.uint8))
        columns["subject"].append(np.where(inside | (kind == 3), 255, 0).astype(np.uint8))
        columns["joints"].append(joints)
        columns["labels"].append(np.array([kind, 0, -1, colour, -1, -1], np.int16))
        name = list(COLOURS)[colour]
        captions.append([f"a {name} disc, on grey", f"{name} disc", f"the disc is {name}"])
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: torch.from_numpy(np.stack(rows)) for name, rows in columns.items()}
    save_file(tensors, str(path), metadata={"captions": json.dumps(captions)})


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`train` (two shards of 24) and `val` (one of 8) of 64x64 pictures."""
    data = tmp_path_factory.mktemp("data")
    write_shard(data / "train" / "shard-00000.safetensors", 24, 0)
    write_shard(data / "train" / "shard-00001.safetensors", 24, 1)
    write_shard(data / "val" / "shard-00000.safetensors", 8, 2)
    words = {"words": {"kind": list(KINDS), "thing": ["disc"], "colour": list(COLOURS)}}
    for split in ("train", "val"):
        (data / split / "world.json").write_text(json.dumps(words))
    return data


def short(plan: Plan, steps: int, batch: int = 4) -> Plan:
    """The plan with a small budget."""
    return plan.model_copy(update={"steps": steps, "batch": batch})


@pytest.fixture(scope="session")
def tiny_recipe() -> Recipe:
    """smoke.toml with a handful of steps a stage."""
    recipe = load_recipe(resources_dir() / "recipes" / "smoke.toml")
    ae, te, di = recipe.autoencoder, recipe.teacher, recipe.distill
    return recipe.model_copy(
        update={
            "autocast": False,
            "autoencoder": ae.model_copy(
                update={"plan": short(ae.plan, 6), "finish": short(ae.finish, 3)}
            ),
            "teacher": te.model_copy(update={"plan": short(te.plan, 4, 8)}),
            "distill": di.model_copy(update={"plan": short(di.plan, 3, 8)}),
        }
    )


@dataclass(frozen=True)
class TinyRun:
    """What one run of every stage left behind; read it, don't write into it."""

    recipe: Recipe
    data: Path
    out: Path
    model: Path


@pytest.fixture(scope="session")
def tiny_run(
    tiny_recipe: Recipe, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> TinyRun:
    """Every stage, once."""
    out = tmp_path_factory.mktemp("run")
    for stage in (autoencoder, teacher, distill):
        stage.train(tiny_recipe, tiny_data, out)
    model = publish(tiny_recipe, out, out / "models" / "tiny-64")
    return TinyRun(tiny_recipe, tiny_data, out, model)
