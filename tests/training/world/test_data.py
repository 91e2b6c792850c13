"""Shards: complete or absent, resumable, the same bytes whoever makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.resources import resources_dir
from studio_app.training.data import KINDS, open_pictures
from studio_app.training.recipe import Recipe, World, load_recipe
from studio_app.training.world.compose import Split, sample_spec
from studio_app.training.world.data import _SPLIT_SEED, make, plan_of
from studio_app.training.world.samples import MAPS, make_samples
from studio_app.training.world.words import CORE


def _recipe(**data: int | float) -> Recipe:
    recipe = load_recipe(resources_dir() / "recipes" / "smoke.toml")
    return recipe.model_copy(
        update={
            "size": 32,
            "data": {"train": 5, "val": 2, "shard": 2, "workers": 1, "oversample": 1.0, **data},
        }
    )


def test_a_cut_off_run_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    make(_recipe(), tmp_path, "train")
    shards = sorted((tmp_path / "train").glob("shard-*.safetensors"))
    assert len(shards) == 3
    before = [s.read_bytes() for s in shards]
    times = [s.stat().st_mtime_ns for s in shards]
    # Cut off between a shard and its note: the shard does not count as done.
    shards[1].with_suffix(".json").unlink()
    calls: list[tuple[int, int]] = []
    make(_recipe(), tmp_path, "train", lambda done, total: calls.append((done, total)))
    assert [s.read_bytes() for s in shards] == before
    assert [s.stat().st_mtime_ns == t for s, t in zip(shards, times, strict=True)] == [
        True,
        False,
        True,
    ]
    assert calls[0] == (3, 5)
    assert calls[-1] == (5, 5)
    pictures = open_pictures(tmp_path)
    assert len(pictures) == 5
    assert all(len(texts) == 3 for texts in pictures.captions)


def test_pictures_of_another_recipe_are_not_mixed_in(tmp_path: Path) -> None:
    make(_recipe(), tmp_path, "val")
    other = _recipe().model_copy(update={"seed": 99})
    with pytest.raises(StudioError, match="another recipe"):
        make(other, tmp_path, "val")


def test_more_pictures_of_the_same_recipe_are_added(tmp_path: Path) -> None:
    make(_recipe(train=2), tmp_path, "train")
    make(_recipe(train=4), tmp_path, "train")
    assert len(open_pictures(tmp_path)) == 4
    assert json.loads((tmp_path / "train" / "world.json").read_text())["pictures"] == 4


def test_unknown_word_in_the_recipe_is_named() -> None:
    with pytest.raises(StudioError) as caught:
        plan_of(_recipe(piktures=3))
    assert "piktures" in str(caught.value.detail)


def test_a_shard_holds_the_very_pictures_that_were_rendered(tmp_path: Path) -> None:
    # A permuted view once went to disk in memory order: right shape, scrambled picture.
    make(_recipe(), tmp_path, "val")
    shard = open_pictures(tmp_path, "val").shards[0]
    for i in range(2):
        spec = sample_spec(np.random.default_rng([_recipe().seed, 1, 0, i]), "val")
        sample = make_samples([spec], 32, 1.0, "cpu")[0]
        for name in ("rgb", "depth", "subject", "joints", "labels"):
            assert np.array_equal(shard[name][i].numpy(), getattr(sample, name)), name


def test_pictures_of_a_shard_share_a_format_and_the_world_is_named(tmp_path: Path) -> None:
    world = World(vocabulary="full", formats=("1:1", "3:2"))
    recipe = _recipe().model_copy(update={"world": world})
    make(recipe, tmp_path, "train")
    shapes = [tuple(s["rgb"].shape[1:3]) for s in open_pictures(tmp_path).shards]
    assert shapes[0] == shapes[2] == (32, 32)
    assert shapes[1][1] > shapes[1][0]
    described = json.loads((tmp_path / "train" / "world.json").read_text())
    assert described["world"] == "full"
    with pytest.raises(StudioError, match="another recipe"):
        make(_recipe(), tmp_path, "train")


def test_the_maps_split_holds_what_the_renderer_knows(tmp_path: Path) -> None:
    recipe = _recipe(maps=6)
    make(recipe, tmp_path, "maps")
    pictures = open_pictures(tmp_path, "maps")
    assert len(pictures) == 6
    described = json.loads((tmp_path / "maps" / "world.json").read_text())
    assert (described["loose"], described["blockouts"]) == (0.25, 0.2)  # rolled and small too
    shard = pictures.shards[0]
    shapes = {name: tuple(shard[name].shape[1:]) for name in (*MAPS, "rgb", "depth", "subject")}
    plane, coloured = (32, 32), (32, 32, 3)
    assert shapes == {
        "alpha": plane, "normals": coloured, "albedo": coloured, "roughness": plane,
        "metallic": plane, "rgb": coloured, "depth": plane, "subject": plane,
    }  # fmt: skip
    for shard in pictures.shards:
        there = shard["normals"].numpy().any(-1)
        lengths = np.linalg.norm(shard["normals"].numpy()[there] / 127.5 - 1, axis=-1)
        assert np.abs(lengths - 1).max() < 0.02
        # A normal of what the camera sees looks towards it.
        assert (shard["normals"].numpy()[there][:, 2] > 100).mean() > 0.9
    make(_recipe(), tmp_path, "val")
    assert not set(MAPS) & set(open_pictures(tmp_path, "val").shards[0])


def test_every_third_shard_of_the_judges_pictures_is_of_people(tmp_path: Path) -> None:
    make(_recipe(probe=12), tmp_path, "probe")
    pictures = open_pictures(tmp_path, "probe")
    seen = [KINDS[kind] for kind in pictures.kinds()]
    assert set(seen[4:6] + seen[10:12]) == {"character"}
    assert set(seen[:4] + seen[6:10]) != {"character"}
    assert (pictures.small("joints")[4:6, :, 2].sum(1) > 0).all()


def test_isolated_assets_have_a_matte_and_their_picture_lies_over_grey(tmp_path: Path) -> None:
    specs = [
        sample_spec(np.random.default_rng([7, i]), "maps", kind="isolated", known=CORE)
        for i in range(3)
    ]
    assert {spec.kind for spec in specs} == {"isolated"}
    for sample in make_samples(specs, 64, 1.5, "cpu", maps=True):
        alpha = sample.maps["alpha"]
        assert 0.05 < (alpha > 127).mean() < 0.9
        assert np.abs(sample.rgb[alpha == 0].astype(int) - 128).max() <= 1
        assert sample.maps["albedo"][alpha == 0].max() == 0
        assert sample.maps["albedo"][alpha == 255].max() > 20


def test_no_two_splits_share_a_picture() -> None:
    splits: tuple[Split, ...] = get_args(Split)
    assert set(splits) == set(_SPLIT_SEED)
    first = {
        split: sample_spec(np.random.default_rng([0, _SPLIT_SEED[split], 0, 0]), split).seed
        for split in splits
    }
    assert len(set(first.values())) == len(first) == 4
