from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.poses import POSES
from studio_app.scene.skeleton import (
    ANGLES,
    BONE,
    BONES,
    LIMITS,
    NEUTRAL,
    Pose,
    angles_of,
    blend,
    jitter,
    pose,
    rotation,
)


def inside(p: Pose) -> bool:
    return all(a.low <= v <= a.high for a, v in zip(ANGLES, p.angles, strict=True))


def test_parents_come_before_children_and_names_are_unique() -> None:
    seen: set[str] = {""}
    for bone in BONES:
        assert bone.parent in seen
        seen.add(bone.name)
    assert len(LIMITS) == len(ANGLES)


def test_the_neutral_pose_is_within_the_limits() -> None:
    assert all(low <= 0 <= high for low, high in LIMITS.values())
    assert inside(NEUTRAL)


def test_angles_stop_at_their_limits_and_unknown_ones_are_told() -> None:
    p = pose(left_knee_bend=400, right_elbow_bend=-30, head_twist=20)
    assert p["left_knee_bend"] == LIMITS["left_knee_bend"][1]
    assert p["right_elbow_bend"] == 0
    assert p.named() == {"left_knee_bend": LIMITS["left_knee_bend"][1], "head_twist": 20}
    assert pose(**p.named()) == p
    with pytest.raises(ValueError, match="tail_bend"):
        pose(tail_bend=3)
    with pytest.raises(ValueError):
        Pose((0.0,) * 3)
    with pytest.raises(ValueError):
        Pose((float("nan"),) * len(ANGLES))


@pytest.mark.parametrize("bone", ["left_upper_arm", "right_upper_leg", "chest", "left_foot"])
def test_angles_of_is_the_inverse_of_rotation(bone: str) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        wanted = {a.name: rng.uniform(max(a.low, -85), min(a.high, 85)) for a in BONE[bone].angles}
        turned = rotation(BONE[bone], pose(**wanted))
        assert np.allclose(turned @ turned.T, np.eye(3))
        assert angles_of(BONE[bone], turned) == pytest.approx(wanted, abs=1e-6)


def test_blends_go_from_one_to_the_other_inside_the_limits() -> None:
    a, b = POSES["jumping"], POSES["sitting"]
    assert blend(a, b, 0) == a
    assert blend(a, b, 1) == b
    half = blend(a, b, 0.5)
    assert half["left_knee_bend"] == (a["left_knee_bend"] + b["left_knee_bend"]) / 2
    assert half.lift == a.lift / 2
    assert inside(blend(a, b, 3.0))
    assert blend(b, a, -5.0).lift >= 0


def test_jitter_varies_within_the_limits_and_repeats_with_its_seed() -> None:
    for name, p in POSES.items():
        moved = jitter(p, np.random.default_rng(1), 2.0)
        assert inside(moved), name
        assert moved != p
        assert moved == jitter(p, np.random.default_rng(1), 2.0)
        assert jitter(p, np.random.default_rng(1), 0.0) == p


def test_mirroring_twice_changes_nothing() -> None:
    for p in POSES.values():
        assert p.mirrored().mirrored() == p
    assert POSES["waving"].mirrored()["left_arm_out"] == POSES["waving"]["right_arm_out"]
