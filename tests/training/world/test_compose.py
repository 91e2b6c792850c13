"""Descriptions: their shares, what a split may show, where the subject ends up in the picture."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest

from studio_app.scene.bounds import cloud
from studio_app.scene.cast import cast
from studio_app.training.world import words
from studio_app.training.world.compose import (
    KIND_SHARES,
    PictureSpec,
    Split,
    build,
    is_subject,
    labels,
    sample_spec,
)


def specs(split: Split, count: int, seed: int = 0) -> list[PictureSpec]:
    return [sample_spec(np.random.default_rng([seed, i]), split) for i in range(count)]


@pytest.fixture(scope="module")
def train() -> list[PictureSpec]:
    return specs("train", 240)


def combination(spec: PictureSpec) -> tuple[str | None, str, str]:
    return spec.thing, spec.material, spec.colour


def test_held_out_is_a_fixed_set_of_real_words_over_all_kinds() -> None:
    assert len(words.HELD_OUT) == 24
    for thing, material, colour in words.HELD_OUT:
        assert words.CORE.word("thing", thing)
        assert words.CORE.word("material", material)
        assert words.CORE.word("colour", colour)
    assert {t for t, _, _ in words.HELD_OUT} == {w.name for w in words.THINGS}


def test_train_never_shows_what_is_held_out(train: list[PictureSpec]) -> None:
    assert not any((combination(s) in words.HELD_OUT) for s in train)


def test_half_of_val_is_held_out() -> None:
    subjects = [s for s in specs("val", 200) if s.kind != "texture"]
    held = sum((combination(s) in words.HELD_OUT) for s in subjects)
    assert 0.4 < held / len(subjects) < 0.6


def test_kinds_come_in_their_shares(train: list[PictureSpec]) -> None:
    counts = Counter(s.kind for s in train)
    for kind, share in KIND_SHARES.items():
        assert counts[kind] / len(train) == pytest.approx(share, abs=0.09)


def test_each_kind_has_what_belongs_to_it(train: list[PictureSpec]) -> None:
    for s in train:
        assert (s.texture is not None) == (s.kind == "texture") == (s.thing is None)
        assert (s.ground is not None) == (s.kind in ("scene", "character"))
        assert (s.outfit is not None) == (s.thing == "character")
        if s.kind == "character":
            assert s.thing == "character"
        solids, rig = build(s)
        assert (rig is not None) == (s.thing == "character")
        assert any(p.kind == "plane" for p in solids) == (s.ground is not None)


def test_labels_count_in_the_slots_of_the_world(train: list[PictureSpec]) -> None:
    slots = words.CORE.label_slots()
    for s in train[:60]:
        kind, thing, material, colour, light, ground = labels(s)
        assert slots["kind"][kind] == s.kind
        assert slots["thing"][thing] == (s.thing or s.texture)
        assert slots["colour"][colour] == s.colour
        # Light is said of what has surroundings only.
        assert (light == -1) == (s.ground is None)
        assert s.ground is None or slots["light"][light] == s.light
        assert (material == -1) == (s.kind == "texture")
        assert (ground == -1) == (s.ground is None)


def test_a_seed_decides_everything() -> None:
    for a, b in zip(specs("train", 20, 5), specs("train", 20, 5), strict=True):
        assert a == b
        first, second = build(a)[0], build(b)[0]
        assert [p.transform.matrix.tobytes() for p in first] == [
            p.transform.matrix.tobytes() for p in second
        ]
    assert specs("train", 20, 5) != specs("train", 20, 6)


def test_a_spec_can_travel_to_another_process(train: list[PictureSpec]) -> None:
    for s in train[:10]:
        assert pickle.loads(pickle.dumps(s)) == s


def test_the_camera_frames_the_subject(train: list[PictureSpec]) -> None:
    for s in [s for s in train if s.kind != "texture"][:80]:
        solids, _ = build(s)
        subject = [p for p in solids if is_subject(p)]
        pixels, z = s.camera.project(cloud(subject), 1, 1)
        assert z.min() > 0.1
        low, high = pixels.min(0), pixels.max(0)
        assert high[1] - low[1] < 0.9
        assert max(high[1] - low[1], high[0] - low[0]) > 0.53
        assert low.min() > -0.12
        assert high.max() < 1.12


def test_subject_and_ground_are_told_apart() -> None:
    some = [s for s in specs("train", 60, 2) if s.kind == "scene" and s.props][:6]
    assert some
    for s in some:
        solids, _ = build(s)
        flags = np.array([is_subject(p) for p in solids])
        index = cast(solids, s.camera, (48, 48)).index
        share = flags[index[index >= 0]].mean()
        assert 0.04 < share < 0.8


def test_nothing_stands_in_front_of_the_subject() -> None:
    for s in [s for s in specs("train", 120, 3) if s.kind == "scene" and s.props][:12]:
        solids, _ = build(s)
        subject = [p for p in solids if is_subject(p)]
        alone = cast([*subject, solids[-1]], s.camera, (48, 48)).index
        among = cast(solids, s.camera, (48, 48)).index
        flags = np.array([*map(is_subject, solids), False])
        assert flags[among].sum() >= 0.93 * ((alone >= 0) & (alone < len(subject))).sum()
