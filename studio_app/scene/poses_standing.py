"""Poses that stand, and what the arms say meanwhile. Part of `poses`."""

from __future__ import annotations

from collections.abc import Mapping

from studio_app.scene.skeleton import NEUTRAL, Pose, pose

# fmt: off
STANDING: Mapping[str, Pose] = {
    "neutral": NEUTRAL,
    "standing": pose(
        left_arm_forward=3, left_arm_out=9, left_elbow_bend=14, left_leg_forward=7,
        left_leg_out=5, left_leg_twist=12, left_knee_bend=13, left_foot_bend=-6,
        left_foot_side=-3, right_arm_forward=3, right_arm_out=9, right_elbow_bend=14,
        right_leg_forward=7, right_leg_out=5, right_leg_twist=12, right_knee_bend=13,
        right_foot_bend=-6, right_foot_side=-3,
    ),
    "relaxed": pose(
        hips_side=-5, spine_side=4, chest_side=4, chest_twist=5, neck_bend=3, head_side=-5,
        head_twist=-12, left_arm_forward=3, left_arm_out=8, left_elbow_bend=14,
        left_leg_forward=9, left_leg_out=-3, left_leg_twist=9, left_knee_bend=21,
        left_foot_bend=-11, right_arm_forward=3, right_arm_out=14, right_elbow_bend=22,
        right_leg_forward=15, right_leg_out=19, right_leg_twist=20, right_knee_bend=18,
        right_foot_side=-7,
    ),
    "t_pose": pose(
        left_arm_out=90, left_leg_forward=7, left_leg_out=4, left_leg_twist=8, left_knee_bend=14,
        left_foot_bend=-6, left_foot_side=-3, right_arm_out=90, right_leg_forward=7,
        right_leg_out=4, right_leg_twist=8, right_knee_bend=14, right_foot_bend=-6,
        right_foot_side=-3,
    ),
    "a_pose": pose(
        left_arm_out=42, left_elbow_bend=8, left_leg_forward=6, left_leg_out=5, left_leg_twist=9,
        left_knee_bend=13, left_foot_bend=-5, left_foot_side=-4, right_arm_out=42,
        right_elbow_bend=8, right_leg_forward=6, right_leg_out=5, right_leg_twist=9,
        right_knee_bend=13, right_foot_bend=-5, right_foot_side=-4,
    ),
    "hands_on_hips": pose(
        chest_bend=-4, head_bend=-3, left_arm_forward=-16, left_arm_out=42, left_arm_twist=-54,
        left_elbow_bend=79, left_elbow_twist=-50, left_hand_bend=10, left_leg_forward=8,
        left_leg_out=9, left_leg_twist=15, left_knee_bend=17, left_foot_bend=-6,
        left_foot_side=-6, right_arm_forward=-16, right_arm_out=42, right_arm_twist=-54,
        right_elbow_bend=79, right_elbow_twist=-50, right_hand_bend=10, right_leg_forward=8,
        right_leg_out=9, right_leg_twist=15, right_knee_bend=17, right_foot_bend=-6,
        right_foot_side=-6,
    ),
    "arms_crossed": pose(
        chest_bend=-2, head_side=4, left_collar_forward=8, left_arm_forward=29, left_arm_out=12,
        left_arm_twist=-63, left_elbow_bend=105, left_elbow_twist=30, left_leg_forward=8,
        left_leg_out=6, left_leg_twist=11, left_knee_bend=16, left_foot_bend=-7,
        left_foot_side=-4, right_collar_forward=8, right_arm_forward=25, right_arm_out=9,
        right_arm_twist=-68, right_elbow_bend=96, right_elbow_twist=10, right_leg_forward=9,
        right_leg_out=7, right_leg_twist=17, right_knee_bend=14, right_foot_bend=-3,
        right_foot_side=-4,
    ),
    "heroic": pose(
        spine_bend=-3, chest_bend=-9, head_bend=-4, head_twist=14, left_arm_forward=-8,
        left_arm_out=28, left_arm_twist=-12, left_elbow_bend=30, left_hand_bend=20,
        left_leg_forward=9, left_leg_out=16, left_leg_twist=19, left_knee_bend=24,
        left_foot_bend=-10, left_foot_side=-12, right_arm_forward=-8, right_arm_out=28,
        right_arm_twist=-12, right_elbow_bend=30, right_hand_bend=20, right_leg_forward=15,
        right_leg_out=15, right_leg_twist=14, right_knee_bend=23, right_foot_bend=-4,
        right_foot_side=-10,
    ),
    "waving": pose(
        hips_side=-3, spine_side=5, head_side=7, left_arm_forward=2, left_arm_out=10,
        left_elbow_bend=18, left_leg_forward=9, left_leg_twist=10, left_knee_bend=17,
        left_foot_bend=-8, left_foot_side=-1, right_collar_lift=14, right_arm_forward=68,
        right_arm_out=82, right_arm_twist=18, right_elbow_bend=62, right_elbow_twist=-30,
        right_leg_forward=11, right_leg_out=13, right_leg_twist=16, right_knee_bend=18,
        right_foot_bend=-4, right_foot_side=-7,
    ),
    "pointing": pose(
        spine_bend=4, spine_twist=8, chest_twist=14, head_twist=-14, left_arm_forward=-16,
        left_arm_out=12, left_elbow_bend=30, left_leg_forward=23, left_leg_out=3,
        left_leg_twist=4, left_knee_bend=27, left_foot_bend=-3, left_foot_side=-1,
        right_collar_forward=14, right_arm_forward=92, right_arm_out=6, right_elbow_bend=4,
        right_elbow_twist=-70, right_leg_forward=7, right_leg_out=19, right_leg_twist=32,
        right_knee_bend=38, right_foot_bend=-12, right_foot_side=-4, right_foot_twist=-1,
    ),
    "thinking": pose(
        hips_side=-4, spine_side=3, chest_bend=4, neck_bend=8, head_bend=4, head_side=-6,
        head_twist=-8, left_arm_forward=15, left_arm_out=2, left_arm_twist=-70,
        left_elbow_bend=91, left_elbow_twist=20, left_leg_forward=10, left_leg_out=-2,
        left_leg_twist=9, left_knee_bend=19, left_foot_bend=-9, right_arm_forward=53,
        right_arm_out=-5, right_arm_twist=-40, right_elbow_bend=125, right_elbow_twist=20,
        right_hand_side=20, right_hand_bend=20, right_leg_forward=13, right_leg_out=16,
        right_leg_twist=19, right_knee_bend=19, right_foot_bend=-2, right_foot_side=-7,
    ),
    "cheering": pose(
        chest_bend=-8, neck_bend=-8, head_bend=-10, left_collar_lift=22, left_arm_forward=172,
        left_arm_out=28, left_elbow_bend=18, left_leg_out=9, left_leg_twist=14, left_foot_bend=2,
        left_foot_side=-8, right_collar_lift=22, right_arm_forward=166, right_arm_out=30,
        right_elbow_bend=24, right_leg_out=9, right_leg_twist=14, right_foot_bend=2,
        right_foot_side=-8,
    ),
    "bowing": pose(
        hips_bend=34, spine_bend=16, chest_bend=8, neck_bend=8, head_bend=10,
        left_arm_forward=-22, left_arm_out=42, left_elbow_bend=20, left_leg_forward=54,
        left_leg_out=4, left_leg_twist=9, left_knee_bend=14, left_foot_bend=7,
        right_arm_forward=74, right_arm_out=13, right_arm_twist=-73, right_elbow_bend=113,
        right_leg_forward=54, right_leg_out=6, right_leg_twist=15, right_knee_bend=26,
        right_foot_bend=-5, right_foot_side=-1,
    ),
    "saluting": pose(
        chest_bend=-5, left_arm_out=5, left_elbow_bend=4, left_leg_forward=5, left_leg_out=2,
        left_leg_twist=14, left_knee_bend=10, left_foot_bend=-5, right_arm_forward=129,
        right_arm_out=33, right_arm_twist=-72, right_elbow_bend=125, right_elbow_twist=-20,
        right_leg_forward=5, right_leg_out=2, right_leg_twist=14, right_knee_bend=10,
        right_foot_bend=-5,
    ),
    "shrugging": pose(
        head_side=12, left_collar_lift=24, left_arm_forward=14, left_arm_out=26,
        left_arm_twist=35, left_elbow_bend=92, left_elbow_twist=70, left_leg_forward=8,
        left_leg_out=6, left_leg_twist=13, left_knee_bend=16, left_foot_bend=-7,
        left_foot_side=-4, right_collar_lift=24, right_arm_forward=14, right_arm_out=26,
        right_arm_twist=35, right_elbow_bend=92, right_elbow_twist=70, right_leg_forward=8,
        right_leg_out=6, right_leg_twist=13, right_knee_bend=16, right_foot_bend=-7,
        right_foot_side=-4,
    ),
}
# fmt: on
