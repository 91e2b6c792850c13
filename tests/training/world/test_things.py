"""Every thing stands on the ground, has a size, a main part and known surfaces, and is never twice the same."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.bounds import extent, surface_points
from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast
from studio_app.scene.things.registry import SURFACES, build_thing, things
from studio_app.training.world.words import vocabulary

NAMES = sorted(w.name for w in vocabulary("full").things if w.name != "character")
SEEDS = range(3)


def test_the_vocabulary_and_the_registry_hold_the_same_things() -> None:
    assert sorted(things()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_stands_on_the_ground_about_one_unit_tall(name: str) -> None:
    for seed in SEEDS:
        low, high = extent(build_thing(name, np.random.default_rng(seed)))
        assert low[1] == pytest.approx(0, abs=0.01)
        assert 0.45 <= high[1] <= 1.1
        assert (low[0] + high[0]) / 2 == pytest.approx(0, abs=1e-6)
        assert high[0] - low[0] < 1.35


@pytest.mark.parametrize("name", NAMES)
def test_surfaces_and_part_ids_are_known(name: str) -> None:
    for seed in SEEDS:
        solids = build_thing(name, np.random.default_rng(seed))
        assert len(solids) <= 40
        assert any(p.surface == "main" for p in solids)
        for p in solids:
            assert p.part == 1 + SURFACES.index(p.surface)
            assert np.isfinite(p.transform.matrix).all()
            assert abs(np.linalg.det(p.transform.matrix[:3, :3])) > 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_thing_and_another_seed_another(name: str) -> None:
    def build(seed: int) -> list[tuple[object, ...]]:
        solids = build_thing(name, np.random.default_rng(seed))
        return [(p.kind, p.params, p.surface, p.transform.matrix.tobytes()) for p in solids]

    assert build(3) == build(3)
    assert len({str(build(seed)) for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("name", NAMES)
def test_the_main_part_is_what_is_seen_most(name: str) -> None:
    camera = Camera(eye=(0.8, 1.3, 3.0), target=(0, 0.5, 0), fov=30)
    seen = 0
    total = 0
    for seed in SEEDS:
        solids = build_thing(name, np.random.default_rng(seed))
        parts = cast(solids, camera, (64, 64)).parts
        counts = np.bincount(parts.ravel(), minlength=len(SURFACES) + 1)[1:]
        seen += int(counts[SURFACES.index("main")])
        total += int(counts.sum())
        # A potion's liquid shares the colour of its bottle.
        seen += int(counts[SURFACES.index("liquid")])
    assert total > 150 * len(SEEDS)
    assert seen > 0.3 * total


def test_surface_points_obey_clips() -> None:
    for name in NAMES:
        for p in build_thing(name, np.random.default_rng(1)):
            if p.clip is None:
                continue
            inverse = p.transform.inverse().matrix
            points = surface_points(p) @ inverse[:3, :3].T + inverse[:3, 3]
            over = points @ np.asarray(p.clip[:3]) - p.clip[3]
            assert over.max() < 1e-6
