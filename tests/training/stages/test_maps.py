"""The maps decoder's stage: what it is shown is aligned, it learns, and what is exported is what was trained."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors import safe_open
from safetensors.torch import load_file
from torch.nn import functional as F

from studio_app.core.errors import StudioError
from studio_app.core.manifest import check_model
from studio_app.core.maps import Maps as Decoded
from studio_app.core.request import GenerationRequest
from studio_app.core.resources import resources_dir
from studio_app.engine.engine import DiffusionEngine
from studio_app.training.corpus import open_vae
from studio_app.training.data import Pictures, open_pictures
from studio_app.training.latents import TEXTURE, encoder_digest
from studio_app.training.loop import Draw
from studio_app.training.map_figures import COLUMNS, MapFigures
from studio_app.training.networks import count, make_maps
from studio_app.training.publish import publish
from studio_app.training.recipe import Maps, Recipe, load_recipe
from studio_app.training.stages import maps
from studio_app.training.stages.latents_of import begin_from
from studio_app.training.stages.windows import cut
from studio_app.training.world.data import make

CPU = torch.device("cpu")


def with_steps(recipe: Recipe, steps: int, pictures: int = 24) -> Recipe:
    settings = recipe.maps
    plan = settings.plan.model_copy(update={"steps": steps, "batch": 8})
    data = {"maps": pictures, "shard": 8, "workers": 1, "oversample": 1.0}
    return recipe.model_copy(
        # As the shipped recipes train: autocast refuses what full precision lets through.
        update={
            "maps": settings.model_copy(update={"plan": plan}),
            "data": data,
            "autocast": True,
        }
    )


@pytest.fixture(scope="module")
def shown(tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 rendered pictures of 64x64 with their maps, three shards."""
    data = tmp_path_factory.mktemp("maps-data")
    make(with_steps(tiny_recipe, 1), data, "maps")
    return data


@dataclass(frozen=True)
class MapsRun:
    recipe: Recipe
    out: Path
    model: Path


@pytest.fixture(scope="module")
def maps_run(tiny_run, shown: Path, tmp_path_factory: pytest.TempPathFactory) -> MapsRun:
    """The tiny run with a maps decoder of 40 steps, exported."""
    out = tmp_path_factory.mktemp("maps-run")
    shutil.copytree(
        tiny_run.out, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("models", "latents")
    )
    recipe = with_steps(tiny_run.recipe, 40)
    maps.train(recipe, shown, out)
    return MapsRun(recipe, out, publish(recipe, out, out / "models" / "tiny-64"))


def draw_of(step: int, fraction: float = 1.0, size: int = 8) -> Draw:
    return Draw(step, fraction, size, torch.Generator(), np.random.default_rng(step))


def test_latents_and_maps_stay_together_through_crops_mirrors_and_rolls(
    tiny_recipe: Recipe, shown: Path
):
    """Stand-in latents that are the depth and the normals themselves show any slip at once."""
    pictures = open_pictures(shown, "maps")
    rows = np.arange(len(pictures))
    truth = maps.Truth.of({n: pictures.take(n, rows) for n in COLUMNS}, False, CPU)

    def pooled(t: maps.Truth) -> torch.Tensor:
        return torch.cat([F.avg_pool2d(t.depth, 8), F.avg_pool2d(t.normal, 8)], 1)

    mirrored = truth.mirrored(torch.ones(len(pictures), dtype=torch.bool))
    textures = pictures.kinds() == TEXTURE
    assert 0 < textures.sum() < len(pictures)
    source = maps.Source(
        torch.stack([pooled(truth), pooled(mirrored)]),
        pictures,
        pictures.kinds(),
        (np.flatnonzero(~textures), np.flatnonzero(textures)),
        rows[-2:],
        CPU,
    )
    wrapped = set()
    for step in range(30):
        z, found, wraps, window = source.draw(tiny_recipe.maps, draw_of(step, (step % 3) / 2))
        assert window == ()
        torch.testing.assert_close(z, pooled(found))
        wrapped.add(wraps)
    assert wrapped == {True, False}


def test_windows_of_whole_latents_are_of_the_maps_that_come_with_them(
    tiny_recipe: Recipe, shown: Path
):
    pictures = open_pictures(shown, "maps")
    rows = np.arange(len(pictures))
    truth = maps.Truth.of({n: pictures.take(n, rows) for n in COLUMNS}, False, CPU)
    plain, mirrored = (
        F.avg_pool2d(t.depth, 8).expand(-1, 4, -1, -1)
        for t in (truth, truth.mirrored(torch.ones(len(pictures), dtype=torch.bool)))
    )
    source = maps.Source(
        torch.stack([plain, mirrored, plain + 10]),
        pictures,
        pictures.kinds(),
        (rows, rows[:0]),
        rows[-2:],
        CPU,
    )
    settings = tiny_recipe.maps.model_copy(
        update={"whole": True, "guessed": 0.5, "crops": ((0.0, 32), (0.9, 64))}
    )
    returned = 0
    for step in range(8):
        z, found, _, window = source.draw(settings, draw_of(step, 0.0))
        assert z.shape[2:] == (8, 8)
        assert found.depth.shape[2:] == (32, 32)
        guesses = z[:, 0].amin((1, 2)) > 5
        returned += int(guesses.sum())
        z = z - 10 * guesses[:, None, None, None]
        torch.testing.assert_close(cut(z, *window)[:, :1], F.avg_pool2d(found.depth, 8))
    assert 16 < returned < 48  # of 64
    assert source.draw(settings, draw_of(9, 0.95))[3] == ()


def test_it_learns_from_what_the_student_returns_and_redraws(tiny_run, shown: Path, tmp_path: Path):
    for name in ("autoencoder", "tokenizer", "teacher", "distill"):
        shutil.copytree(tiny_run.out / name, tmp_path / name)
    recipe = with_steps(tiny_run.recipe, 1)
    settings = recipe.maps.model_copy(
        update={"whole": True, "guessed": 0.5, "redrawn": 2, "crops": ((0.0, 32), (0.9, 64))}
    )
    maps.train(recipe.model_copy(update={"maps": settings}), shown, tmp_path)
    figures = json.loads((tmp_path / "maps" / "figures.json").read_text())
    assert 0 < figures["returned_map_depth_rmse"] < 0.6
    assert "ground" in (tmp_path / "maps" / "curve.csv").read_text()
    made = {}
    for path in (tmp_path / "student").glob("*.safetensors"):
        made |= load_file(path)
    assert len(made["drawn"]) == 0
    there = made["redrawn"].flatten(1).abs().amax(1).numpy() > 0
    kinds = open_pictures(shown, "maps").kinds()
    assert (there == (kinds != TEXTURE)).all()
    assert 0 < there.sum() < len(kinds)


@pytest.mark.parametrize("name", ["smoke", "cpu", "gpu"])
def test_a_shipped_recipes_decoder_is_small_and_makes_ten_channels(name: str):
    recipe = load_recipe(resources_dir() / "recipes" / f"{name}.toml")
    network = make_maps(recipe.maps)
    assert network.decoder(torch.zeros(1, 4, 4, 4)).shape == (1, 10, 32, 32)
    assert 2 * count(network) < 1.8e6  # bytes in half precision


def test_channels_that_fit_no_decoder_are_refused():
    with pytest.raises(ValidationError, match="32 channels"):
        Maps(channels=(16, 32, 48, 96))


def test_a_mirror_turns_normals_over(shown: Path):
    pictures = open_pictures(shown, "maps")
    truth = maps.Truth.of({n: pictures.take(n, [0, 1]) for n in COLUMNS}, False, CPU)
    other = truth.mirrored(torch.tensor([True, False]))
    torch.testing.assert_close(other.normal[0, 0], -truth.normal[0, 0].flip(1))
    torch.testing.assert_close(other.normal[0, 1:], truth.normal[0, 1:].flip(2))
    torch.testing.assert_close(other.albedo[0], truth.albedo[0].flip(2))
    torch.testing.assert_close(other.normal[1], truth.normal[1])


def test_the_right_maps_cost_least(shown: Path):
    pictures = open_pictures(shown, "maps")
    truth = maps.Truth.of({n: pictures.take(n, [0, 1, 2, 3]) for n in COLUMNS}, False, CPU)
    logit = torch.logit(truth.alpha.clamp(1e-6, 1 - 1e-6))
    parts = [getattr(truth, n) for n in ("depth", "normal", "albedo", "roughness", "metallic")]
    right = torch.cat([logit, *parts], 1)
    best = maps.maps_loss(right, truth, Maps())
    for name, channel in (("alpha", 0), ("depth", 1), ("normal", 3), ("albedo", 6), ("gloss", 9)):
        wrong = right.clone()
        wrong[:, channel] = -wrong[:, channel] if name == "alpha" else wrong[:, channel] + 0.3
        assert maps.maps_loss(wrong, truth, Maps())[name] > best[name] + 1e-3, name


def test_latents_are_softened_as_a_denoisers_are(tiny_recipe: Recipe):
    z = torch.randn(64, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    settings = tiny_recipe.maps.model_copy(update={"noise": 0.0, "soft": 0.5})
    changed = (maps.softened(z, settings, draw_of(1)) - z).flatten(1).abs().amax(1) > 0
    assert 0.2 < changed.double().mean() < 0.8
    settings = settings.model_copy(update={"noise": 0.2, "soft": 0.0})
    level = (maps.softened(z, settings, draw_of(1)) - z).flatten(1).std(1)
    assert level.min() < 0.05
    assert 0.15 < level.max() < 0.25


def test_the_maps_decoder_learns_from_latents(maps_run: MapsRun, shown: Path):
    """Alpha, depth, normals and colour all cost less after a few steps, on pictures it has not seen."""
    vae = open_vae(maps_run.recipe, maps_run.out, None, CPU)
    pictures = open_pictures(shown, "maps")
    source = maps.Source.encoded(maps_run.recipe, vae, pictures, maps_run.out / "latents", None)
    after = maps.trained(maps_run.recipe, maps_run.out)
    assert after is not None
    torch.manual_seed(maps_run.recipe.seed)
    truth = maps.Truth.of({n: pictures.take(n, source.held) for n in COLUMNS}, False, CPU)
    z = source.latents[0, torch.from_numpy(source.held)].float()
    with torch.no_grad():
        first, last = (
            maps.maps_loss(network.decoder(z), truth, Maps())
            for network in (make_maps(maps_run.recipe.maps), after)
        )
    for name in ("alpha", "depth", "normal", "albedo"):
        assert last[name] < 0.9 * first[name], name


def test_what_it_leaves_behind(maps_run: MapsRun, shown: Path):
    folder = maps_run.out / "maps"
    figures = json.loads((folder / "figures.json").read_text())
    assert figures["step"] == 40
    assert 0 < figures["map_depth_rmse"] < 0.6
    assert 0 < figures["map_normal_deg"] < 90
    assert (folder / "sheet.png").exists()
    time = (folder / "state.safetensors").stat().st_mtime_ns
    maps.train(maps_run.recipe, shown, maps_run.out)  # all of it is done already
    assert (folder / "state.safetensors").stat().st_mtime_ns == time


def test_it_goes_on_where_it_was_stopped(tiny_run, shown: Path, tmp_path: Path):
    for name in ("autoencoder", "tokenizer"):
        shutil.copytree(tiny_run.out / name, tmp_path / name)
    maps.train(with_steps(tiny_run.recipe, 2), shown, tmp_path)
    maps.train(with_steps(tiny_run.recipe, 4), shown, tmp_path)
    assert json.loads((tmp_path / "maps" / "figures.json").read_text())["step"] == 4


def test_it_begins_from_a_checkpoint_of_the_same_latents(
    maps_run: MapsRun, shown: Path, tmp_path: Path
):
    vae = open_vae(maps_run.recipe, tmp_path, maps_run.model, CPU)
    fresh, shipped = make_maps(maps_run.recipe.maps), maps_run.model / "maps"
    assert not begin_from(fresh, shipped, "0123456789abcdef")
    assert begin_from(fresh, shipped, encoder_digest(vae))
    recipe = with_steps(maps_run.recipe, 1)
    settings = recipe.maps.model_copy(update={"held": 2})
    maps.train(recipe.model_copy(update={"maps": settings}), shown, tmp_path, maps_run.model)
    assert "held" in (tmp_path / "maps" / "curve.csv").read_text()
    trained = maps.trained(maps_run.recipe, tmp_path)
    assert trained is not None
    for name, weight in fresh.state_dict().items():
        torch.testing.assert_close(trained.state_dict()[name], weight, atol=0.05, rtol=0.05)


def test_another_encoder_is_noticed(maps_run: MapsRun, shown: Path, tmp_path: Path):
    for name in ("autoencoder", "maps"):
        shutil.copytree(maps_run.out / name, tmp_path / name)
    (tmp_path / "maps" / "encoder.json").write_text('{"digest": "0123456789abcdef"}')
    with pytest.raises(StudioError, match="another encoder"):
        maps.train(maps_run.recipe, shown, tmp_path)


def test_pictures_without_maps_are_refused(tiny_run, tmp_path: Path):
    with pytest.raises(StudioError, match="--split maps"):
        maps.train(tiny_run.recipe, tiny_run.data / "train", tmp_path, tiny_run.model)


def test_the_exported_decoder_is_the_trained_one(maps_run: MapsRun):
    path = maps_run.model / "maps" / "diffusion_pytorch_model.safetensors"
    with safe_open(str(path), framework="pt") as file:
        names = file.keys()
        assert {file.get_slice(name).get_dtype() for name in names} == {"F16"}
        assert all(name.startswith("decoder.") for name in names)
    assert check_model(maps_run.model.name, maps_run.model.parent).sound
    assert "`maps/` is a second decoder" in (maps_run.model / "README.md").read_text()
    request = GenerationRequest(
        "a red disc", steps=1, width=64, height=64, kind="isolated", model=str(maps_run.model)
    )
    engine = DiffusionEngine()
    frame = list(engine.run(request, wanted=("final",)))[-1]
    assert frame.latent is not None
    found = engine.decode_maps(request, frame.latent)
    network = maps.trained(maps_run.recipe, maps_run.out)
    assert network is not None
    with torch.no_grad():
        raw = network.decoder(torch.from_numpy(frame.latent.copy())[None])
    np.testing.assert_allclose(found.alpha, raw[0, 0].sigmoid().numpy(), atol=0.05)


def test_a_folders_decoder_stays_as_long_as_its_latents_do(maps_run: MapsRun, tmp_path: Path):
    out, folder = tmp_path / "run", tmp_path / "models" / "tiny-64"
    shutil.copytree(maps_run.model, folder)
    shutil.copytree(
        maps_run.out, out, ignore=shutil.ignore_patterns("models", "latents", "maps", "data")
    )
    said: list[str] = []
    publish(maps_run.recipe, out, folder, said.append)
    assert (folder / "maps" / "config.json").exists()
    assert "`maps/` is a second decoder" in (folder / "README.md").read_text()
    config = folder / "maps" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"latents_of": "f" * 16}))
    publish(maps_run.recipe, out, folder, said.append)
    assert not (folder / "maps").exists()
    assert any("taken away" in text for text in said)
    assert "`maps/`" not in (folder / "README.md").read_text()
    assert check_model(folder.name, folder.parent).sound


def _row(pictures: Pictures, i: int) -> tuple[Decoded, dict[str, np.ndarray]]:
    """A picture's true maps as a decoder would give them, and its row."""
    columns = {name: pictures.take(name, [i]) for name in COLUMNS}
    truth = maps.Truth.of(columns, False, CPU)
    normal = torch.where(truth.faces > 0, truth.normal, torch.tensor([0.0, 0, 1]).view(3, 1, 1))
    planes = {n: getattr(truth, n) for n in ("alpha", "depth", "albedo", "roughness", "metallic")}
    arrays = {n: p[0].permute(1, 2, 0).numpy() for n, p in (planes | {"normal": normal}).items()}
    found = Decoded(**{n: a if a.shape[2] == 3 else a[..., 0] for n, a in arrays.items()})
    return found, {name: column[0].numpy() for name, column in columns.items()}


def test_the_truth_has_the_best_figures(shown: Path):
    pictures = open_pictures(shown, "maps")
    best, worse = MapFigures(), MapFigures()
    for i, kind in enumerate(pictures.kinds()):
        found, row = _row(pictures, i)
        name = ("scene", "character", "isolated", "texture")[kind]
        best.add(found, name, row)
        flat = replace(found, alpha=1 - found.alpha, depth=found.depth * 0, normal=-found.normal)
        worse.add(flat, name, row)
    assert best.figures()["ae_alpha_iou"] == 1
    assert best.figures()["map_depth_rmse"] < 1e-6
    assert best.figures()["map_normal_deg"] < 0.1
    assert best.figures()["map_albedo_rmse"] < 0.01
    assert worse.figures()["ae_alpha_iou"] == 0
    assert worse.figures()["map_depth_rmse"] > 0.2
    assert worse.figures()["map_normal_deg"] == pytest.approx(180, abs=0.1)


def test_a_figure_without_pictures_is_absent(shown: Path):
    pictures = open_pictures(shown, "maps")
    found = MapFigures()
    assert found.figures() == {}
    i = int(np.flatnonzero(pictures.kinds() == TEXTURE)[0])
    right, row = _row(pictures, i)
    found.add(right, "texture", row)
    assert set(found.figures()) == {"map_normal_deg_texture", "map_albedo_rmse"}
