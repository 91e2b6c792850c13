"""Poses of the whole body in an act: in the air, dancing, carrying, wounded. Part of `poses`."""

from __future__ import annotations

from collections.abc import Mapping

from studio_app.scene.skeleton import Pose, pose

# fmt: off
ACTING: Mapping[str, Pose] = {
    "jumping": pose(
        lift=0.16, chest_bend=-10, neck_bend=-6, left_collar_lift=16, left_arm_forward=140,
        left_arm_out=36, left_elbow_bend=24, left_leg_forward=54, left_leg_out=6,
        left_knee_bend=84, left_foot_bend=30, right_collar_lift=16, right_arm_forward=150,
        right_arm_out=30, right_elbow_bend=30, right_leg_forward=-8, right_leg_out=8,
        right_knee_bend=62, right_foot_bend=44,
    ),
    "leaping": pose(
        lift=0.2, hips_bend=18, spine_bend=4, chest_bend=-6, neck_bend=-10, head_bend=-10,
        left_arm_forward=-42, left_arm_out=38, left_elbow_bend=22, left_leg_forward=92,
        left_knee_bend=30, left_foot_bend=34, right_arm_forward=96, right_arm_out=20,
        right_elbow_bend=16, right_leg_forward=-38, right_knee_bend=34, right_foot_bend=48,
    ),
    "flying": pose(
        lift=0.35, hips_bend=50, spine_bend=-10, chest_bend=-14, neck_bend=-22, head_bend=-22,
        left_arm_forward=-18, left_arm_out=22, left_elbow_bend=14, left_leg_forward=-6,
        left_leg_out=4, left_knee_bend=16, left_foot_bend=52, right_collar_lift=22,
        right_arm_forward=168, right_arm_out=8, right_elbow_bend=4, right_leg_forward=12,
        right_leg_out=4, right_knee_bend=48, right_foot_bend=50,
    ),
    "dancing": pose(
        hips_side=10, hips_twist=10, spine_side=-8, chest_side=-10, chest_twist=-8, head_side=8,
        head_twist=16, left_collar_lift=14, left_arm_forward=150, left_arm_out=38,
        left_elbow_bend=40, left_leg_forward=38, left_leg_out=16, left_leg_twist=11,
        left_knee_bend=60, left_foot_bend=6, left_foot_side=18, left_foot_twist=6,
        right_arm_forward=20, right_arm_out=72, right_elbow_bend=34, right_leg_forward=24,
        right_leg_out=42, right_leg_twist=40, right_knee_bend=58, right_foot_bend=44,
    ),
    "carrying": pose(
        hips_bend=-1, spine_bend=-3, chest_bend=-9, left_arm_forward=14, left_arm_out=13,
        left_arm_twist=-44, left_elbow_bend=69, left_elbow_twist=45, left_hand_side=10,
        left_leg_forward=21, left_leg_out=10, left_leg_twist=11, left_knee_bend=39,
        left_foot_bend=-15, left_foot_side=-5, right_arm_forward=14, right_arm_out=13,
        right_arm_twist=-44, right_elbow_bend=69, right_elbow_twist=45, right_hand_side=10,
        right_leg_forward=16, right_leg_out=11, right_leg_twist=13, right_knee_bend=39,
        right_foot_bend=-20, right_foot_side=-6,
    ),
    "drinking": pose(
        hips_side=-3, spine_side=2, chest_bend=-6, neck_bend=-10, head_bend=-16,
        left_arm_forward=-20, left_arm_out=41, left_arm_twist=-54, left_elbow_bend=85,
        left_elbow_twist=-40, left_leg_forward=10, left_leg_twist=10, left_knee_bend=20,
        left_foot_bend=-10, left_foot_side=-1, right_arm_forward=89, right_arm_out=20,
        right_arm_twist=-62, right_elbow_bend=118, right_elbow_twist=-10, right_hand_side=18,
        right_leg_forward=14, right_leg_out=13, right_leg_twist=19, right_knee_bend=21,
        right_foot_bend=-5, right_foot_side=-5,
    ),
    "reaching": pose(
        spine_side=8, chest_bend=-6, chest_side=8, neck_bend=-14, head_bend=-18,
        left_arm_forward=-10, left_arm_out=20, left_elbow_bend=20, left_leg_forward=25,
        left_leg_out=5, left_leg_twist=9, left_knee_bend=39, left_foot_bend=10, left_foot_side=3,
        right_collar_lift=32, right_arm_forward=168, right_arm_out=4, right_elbow_bend=6,
        right_leg_forward=25, right_leg_out=11, right_leg_twist=13, right_knee_bend=48,
        right_foot_bend=16, right_foot_side=7, right_foot_twist=1,
    ),
    "wounded": pose(
        hips_bend=18, spine_bend=24, spine_side=-8, chest_bend=12, neck_bend=12, head_bend=6,
        left_arm_forward=30, left_arm_out=12, left_elbow_bend=24, left_leg_forward=63,
        left_leg_out=11, left_leg_twist=9, left_knee_bend=54, left_foot_bend=-9,
        left_foot_side=-2, right_arm_forward=70, right_arm_out=6, right_arm_twist=-79,
        right_elbow_bend=75, right_elbow_twist=-10, right_leg_forward=55, right_leg_out=16,
        right_leg_twist=13, right_knee_bend=70, right_foot_bend=-21, right_foot_side=-1,
    ),
}
# fmt: on
