"""Poses on the ground: walking, running, crouching, kneeling, sitting, lying. Part of `poses`."""

from __future__ import annotations

from collections.abc import Mapping

from studio_app.scene.skeleton import Pose, pose

# fmt: off
GROUND: Mapping[str, Pose] = {
    "walking": pose(
        hips_twist=-8, spine_bend=3, spine_twist=8, chest_twist=11, left_arm_forward=-24,
        left_arm_out=8, left_elbow_bend=12, left_leg_forward=32, left_leg_out=4,
        left_leg_twist=12, left_knee_bend=26, left_foot_bend=-10, left_foot_side=2,
        left_foot_twist=-1, right_arm_forward=26, right_arm_out=7, right_elbow_bend=32,
        right_leg_forward=10, right_leg_twist=-2, right_knee_bend=52, right_foot_bend=-11,
        right_foot_side=3, right_foot_twist=1,
    ),
    "striding": pose(
        hips_bend=5, hips_twist=-10, spine_bend=4, spine_twist=10, chest_twist=14,
        left_arm_forward=-40, left_arm_out=12, left_elbow_bend=26, left_leg_forward=45,
        left_leg_out=7, left_leg_twist=11, left_knee_bend=31, left_foot_bend=-1, left_foot_side=2,
        right_arm_forward=38, right_arm_out=9, right_elbow_bend=55, right_leg_forward=14,
        right_leg_out=1, right_leg_twist=-4, right_knee_bend=61, right_foot_bend=-12,
        right_foot_side=2,
    ),
    "running": pose(
        lift=0.02, hips_bend=14, hips_twist=10, spine_bend=8, spine_twist=-10, chest_twist=-18,
        neck_bend=-8, head_bend=-8, left_arm_forward=58, left_arm_out=8, left_arm_twist=-10,
        left_elbow_bend=92, left_leg_forward=-12, left_knee_bend=18, left_foot_bend=42,
        right_arm_forward=-52, right_arm_out=16, right_elbow_bend=88, right_leg_forward=82,
        right_knee_bend=98, right_foot_bend=8,
    ),
    "sprinting": pose(
        lift=0.05, hips_bend=26, hips_twist=-12, spine_bend=8, spine_twist=12, chest_twist=20,
        neck_bend=-16, head_bend=-10, left_arm_forward=-60, left_arm_out=16, left_elbow_bend=80,
        left_leg_forward=98, left_knee_bend=84, left_foot_bend=6, right_arm_forward=78,
        right_arm_out=8, right_elbow_bend=88, right_leg_forward=-14, right_knee_bend=46,
        right_foot_bend=46,
    ),
    "sneaking": pose(
        hips_bend=34, spine_bend=20, chest_bend=8, neck_bend=-22, head_bend=-22, head_twist=18,
        left_arm_forward=24, left_arm_out=20, left_elbow_bend=88, left_leg_forward=96,
        left_leg_out=7, left_leg_twist=8, left_knee_bend=65, left_foot_bend=-2, left_foot_side=4,
        right_arm_forward=62, right_arm_out=16, right_elbow_bend=72, right_leg_forward=79,
        right_leg_out=20, right_leg_twist=8, right_knee_bend=98, right_foot_bend=-15,
        right_foot_side=5, right_foot_twist=-1,
    ),
    "crouching": pose(
        hips_bend=22, spine_bend=22, chest_bend=8, neck_bend=-12, head_bend=-16,
        left_arm_forward=52, left_arm_out=14, left_elbow_bend=40, left_leg_forward=114,
        left_leg_out=22, left_leg_twist=-2, left_knee_bend=118, left_foot_bend=-26,
        left_foot_side=-1, right_arm_forward=38, right_arm_out=14, right_elbow_bend=30,
        right_leg_forward=106, right_leg_out=22, right_leg_twist=-17, right_knee_bend=137,
        right_foot_bend=-6, right_foot_side=3, right_foot_twist=-7,
    ),
    "kneeling": pose(
        hips_bend=-2, spine_bend=6, neck_bend=12, head_bend=10, left_arm_forward=48,
        left_arm_out=6, left_elbow_bend=62, left_leg_forward=86, left_leg_out=6,
        left_leg_twist=-2, left_knee_bend=105, left_foot_bend=-17, left_foot_side=-3,
        right_arm_out=10, right_elbow_bend=26, right_leg_forward=-3, right_leg_out=4,
        right_knee_bend=96, right_foot_bend=52,
    ),
    "praying": pose(
        spine_bend=6, chest_bend=4, neck_bend=18, head_bend=14, left_arm_forward=37,
        left_arm_out=2, left_arm_twist=-47, left_elbow_bend=109, left_hand_side=32,
        left_leg_forward=4, left_leg_out=4, left_knee_bend=96, left_foot_bend=55,
        right_arm_forward=37, right_arm_out=2, right_arm_twist=-47, right_elbow_bend=109,
        right_hand_side=32, right_leg_forward=4, right_leg_out=4, right_knee_bend=96,
        right_foot_bend=55,
    ),
    "sitting": pose(
        hips_bend=-2, spine_bend=5, chest_bend=4, head_bend=4, left_arm_forward=34,
        left_arm_out=8, left_elbow_bend=36, left_elbow_twist=-40, left_leg_forward=88,
        left_leg_out=8, left_knee_bend=86, left_foot_bend=-2, right_arm_forward=34,
        right_arm_out=8, right_elbow_bend=36, right_elbow_twist=-40, right_leg_forward=88,
        right_leg_out=8, right_knee_bend=86, right_foot_bend=-2,
    ),
    "sitting_ground": pose(
        hips_bend=-14, spine_bend=16, chest_bend=8, neck_bend=4, head_bend=6, left_arm_forward=66,
        left_arm_out=8, left_elbow_bend=30, left_leg_forward=104, left_leg_out=12,
        left_knee_bend=112, left_foot_bend=6, right_arm_forward=-34, right_arm_out=14,
        right_arm_twist=30, right_elbow_bend=6, right_leg_forward=62, right_leg_out=16,
        right_knee_bend=24, right_foot_bend=12,
    ),
    "meditating": pose(
        hips_bend=-6, spine_bend=8, neck_bend=6, left_leg_forward=110, left_leg_out=50,
        left_leg_twist=54, left_knee_bend=126, left_foot_bend=40, left_foot_side=-20,
        right_leg_forward=110, right_leg_out=50, right_leg_twist=54, right_knee_bend=134,
        right_foot_bend=40, right_foot_side=-20, left_arm_forward=26, left_arm_out=26,
        left_elbow_bend=42, left_elbow_twist=60, right_arm_forward=26, right_arm_out=26,
        right_elbow_bend=42, right_elbow_twist=60,
    ),
    "lying": pose(
        hips_bend=-90, head_twist=-14, left_arm_out=36, left_elbow_bend=14, left_leg_forward=-3,
        left_leg_out=6, left_leg_twist=20, left_foot_bend=24, right_arm_out=30,
        right_elbow_bend=40, right_leg_forward=42, right_leg_out=6, right_knee_bend=88,
        right_foot_bend=45,
    ),
}
# fmt: on
