"""The judge: it learns to read pictures, knows where joints are, and is refused when it is broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.training.data import open_pictures
from studio_app.training.loop import Draw
from studio_app.training.recipe import Plan, Probe, Recipe
from studio_app.training.stages import probe, probe_network

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of a small probe, trained for a moment on 96 discs of its own, and their folder."""
    from tests.training.conftest import write_shard

    data = tmp_path_factory.mktemp("probe-data")
    write_shard(data / "probe" / "shard-00000.safetensors", 96, 10)
    write_shard(data / "val" / "shard-00000.safetensors", 32, 11)
    words = '{"words": {"kind": ["scene", "character", "isolated", "texture"], "thing": ["disc"], '
    words += '"material": ["none"], "colour": ["red", "green", "blue"], "light": ["none"], '
    words += '"ground": ["none"]}}'
    for split in ("probe", "val"):
        (data / split / "world.json").write_text(words)
    plan = Plan(steps=60, batch=16, lr=2e-3, optimizer="muon", muon_lr=3e-3)
    small = Probe(plan=plan, channels=(8, 16, 16, 24))
    recipe = tiny_recipe.model_copy(update={"probe": small})
    out = tmp_path_factory.mktemp("probe")
    return probe.train(recipe, data, out).parent, data


def test_it_learns_to_read(trained: tuple[Path, Path]):
    folder, data = trained
    judge, words = probe_network.load_probe(folder, CPU)
    assert words["colour"] == ["red", "green", "blue"]
    figures = probe.measure(judge, open_pictures(data, "val"))
    assert figures["probe_colour"] > 0.9
    assert figures["probe_depth_rmse"] < 0.2
    assert "probe_light" not in figures  # no picture has one: absent, not zero


def test_a_broken_probe_is_refused(trained: tuple[Path, Path], tmp_path: Path):
    with pytest.raises(StudioError, match="no probe"):
        probe_network.load_probe(tmp_path, CPU)
    (tmp_path / "probe.json").write_bytes((trained[0] / "probe.json").read_bytes())
    (tmp_path / "probe.safetensors").write_bytes(b"broken")
    with pytest.raises(StudioError, match="no probe"):
        probe_network.load_probe(tmp_path, CPU)


def test_the_digest_is_that_of_the_weights(trained: tuple[Path, Path], tmp_path: Path):
    first = probe_network.digest(trained[0])
    weights = (trained[0] / "probe.safetensors").read_bytes()
    (tmp_path / "probe.safetensors").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    assert len(first) == 16 and probe_network.digest(tmp_path) != first


def test_joints_are_read_between_cells():
    heat = torch.full((1, 18, 32, 32), -20.0)
    heat[0, :, 10, 20] = 5
    heat[0, :, 10, 21] = 5
    none = torch.zeros(1, 32, 32)
    found = probe_network.Reading({}, none, heat, none).joints()
    wanted = torch.tensor([21 / 32, 10.5 / 32]).expand(1, 18, 2)
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=0)


def test_pck_counts_visible_joints_near_enough():
    joints = torch.zeros(1, 18, 3)
    joints[0, :10, 2] = 1
    joints[0, :10, 1] = torch.linspace(20, 220, 10)  # 200 pixels tall: 20 is near enough
    found = joints[..., :2] / 256
    found[0, 0, 0] += 15 / 256
    found[0, 1, 0] += 25 / 256
    hits = probe.pck_hits(found, joints, (256, 256))
    assert hits.tolist() == [True, False] + [True] * 8


def test_softening_touches_some_pictures_only():
    x = torch.zeros(64, 3, 16, 16)
    x[:, :, 8, 8] = 1
    draw = Draw(0, 0.0, 64, torch.Generator().manual_seed(0), np.random.default_rng(0))
    peak = probe.augmented(x, draw)[:, :, 8, 8].mean(1)
    assert 10 < (peak < 0.5).sum() < 45


def test_a_mirror_turns_pictures_depth_and_joints_alike():
    x, maps = torch.rand(2, 3, 8, 8), torch.rand(2, 2, 8, 8)
    joints = torch.zeros(2, 18, 3)
    joints[:, 4] = torch.tensor([1.0, 2.0, 1.0])  # the right wrist, seen on the left
    flips = np.array([True, False])
    a, b, c = probe.flipped(x, maps, joints, flips, 8)
    torch.testing.assert_close(a[0], x[0].flip(2))
    torch.testing.assert_close(b[0], maps[0].flip(2))
    assert c[0, 7].tolist() == [7, 2, 1] and c[0, 4, 2] == 0
    torch.testing.assert_close(a[1], x[1])
    torch.testing.assert_close(c[1], joints[1])


def test_every_slot_looks_for_itself():
    judge = probe_network.Probe({"thing": 3, "ground": 2}, (8, 8, 16, 16))
    reading = judge(torch.rand(2, 3, 64, 64))
    assert reading.slots["thing"].shape == (2, 3) and reading.slots["ground"].shape == (2, 2)
    assert reading.depth.shape == (2, 16, 16) and reading.heat.shape == (2, 18, 16, 16)


def test_a_cut_of_a_picture_keeps_joints_on_it_and_its_nearest_point_near():
    x, maps, joints = (
        torch.full((32, 3, 64, 64), -1.0),
        torch.zeros(32, 2, 64, 64),
        torch.zeros(32, 18, 3),
    )
    x[:, :, 30:34, 20:24] = 1  # a white square with a joint in its middle
    maps[:] = 0.5
    joints[:] = torch.tensor([22.0, 32.0, 1.0])
    draw = Draw(0, 0.0, 32, torch.Generator(), np.random.default_rng(3))
    seen, cut, moved = probe.nearer(x, maps, joints, draw)
    assert (moved[:, 0, :2] - joints[:, 0, :2]).abs().amax(1).gt(0.5).sum() > 8
    assert cut[:, 0].amin() > 0.99 and cut[:, 1].amax() < 0.51
    columns, rows = moved[:, 0, 0].long(), moved[:, 0, 1].long()
    assert seen[torch.arange(32), 0, rows, columns].amin() > 0.9


def test_a_picture_and_its_mirror_image_are_read_alike():
    torch.manual_seed(1)
    judge = probe_network.Probe({"thing": 3, "relation": 2}, (8, 8, 16, 16)).eval()
    x = torch.rand(2, 3, 64, 64)
    one, two = probe_network.both_ways(judge, x), probe_network.both_ways(judge, x.flip(3))
    torch.testing.assert_close(one.slots["thing"], two.slots["thing"], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(one.depth, two.depth.flip(2), atol=1e-5, rtol=1e-4)
    wrists = one.heat[:, 4], two.heat[:, 7].flip(2)
    torch.testing.assert_close(*wrists, atol=1e-5, rtol=1e-4)
    assert not torch.equal(one.slots["relation"], two.slots["relation"])
