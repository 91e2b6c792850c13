"""Whether a picture follows a drawing: exact depth, depth as dabs, pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.controls import Control
from studio_app.scene.openpose import draw_pose
from studio_app.training.controls import draw_dabs
from studio_app.training.judge.intervals import Figures, add, interval, ratio, root_ratio
from studio_app.training.judge.reader import Readings, depth_errors, grid_depth, joint_hits
from studio_app.training.judge.reals import Reals
from studio_app.training.stages.probe_network import GRID


def exact_depths(reals: Reals) -> list[tuple[Control, ...]]:
    """The depth of every real render as a control, known everywhere."""
    return [(Control("depth", depth.numpy()),) for depth in reals.column("depth")]


def painted_depths(reals: Reals) -> list[tuple[Control, ...]]:
    """The same scenes as a handful of soft dabs on the subject, known only where something was painted."""
    depth, subject = reals.column("depth"), reals.column("subject")
    controls: list[tuple[Control, ...]] = []
    for i in range(len(depth)):  # each by its own number: 96 are the first 96 of 512
        generator = torch.Generator().manual_seed(i)
        drawn = draw_dabs(
            depth[i : i + 1], subject[i : i + 1], generator, np.random.default_rng(i)
        )[0]
        value, known = (drawn * 255).round().to(torch.uint8).numpy()
        controls.append((Control("depth", value, known=known),))
    return controls


def poses(reals: Reals) -> list[tuple[Control, ...]]:
    """The joints of every real render as an OpenPose picture."""
    height, width = reals.size
    return [
        (Control("pose", draw_pose(joints[None], width, height)),)
        for joints in reals.column("joints").numpy()
    ]


def depth_figures(
    plain: Readings,
    exact: Readings,
    painted: Readings,
    real: Readings,
    reals: Reals,
    dabs: Sequence[tuple[Control, ...]],
) -> Figures:
    """depth_error_ratio: RMSE to the exact control over that of the real renders.

    painted_depth_share: where the dabs are, by how much the error falls from no control to dabs, over how much
    it falls to the exact control (adherence = RMSE without control less RMSE with it).
    """
    figures: Figures = {}
    wanted = grid_depth(reals)
    errors = [depth_errors(r.depth, wanted) for r in (exact, real)]
    add(figures, "depth_error_ratio", root_ratio(*errors), "low")
    known = torch.stack([_known(control) for (control,) in dabs])
    there = known.sum((1, 2)).numpy() > 0
    columns = [depth_errors(r.depth, wanted, known)[there] for r in (plain, exact, painted)]

    def share(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        without, with_exact, with_dabs = np.sqrt(sums).T
        # Where the exact control changes nothing there is no adherence to share.
        gained = np.where(without > with_exact, without - with_exact, np.nan)
        return (without - with_dabs) / gained

    add(figures, "painted_depth_share", interval(columns, share))
    return figures


def pose_figures(drawn: Readings, real: Readings, reals: Reals) -> Figures:
    """pose_pck_share: joints found within a tenth of the figure's height, over those of the real renders."""
    figures: Figures = {}
    mine, theirs = (
        np.array([float(hits.sum()) for hits in joint_hits(r.joints, reals)]) for r in (drawn, real)
    )
    add(figures, "pose_pck_share", ratio(mine, theirs))
    return figures


def _known(control: Control) -> Tensor:
    known = np.array(control.known, np.float32) / 255
    return F.interpolate(torch.from_numpy(known)[None, None], (GRID, GRID), mode="area")[0, 0]
