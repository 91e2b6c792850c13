"""Drawings that cover the subject: their outline is the subject's, and what lies around is said or not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio_app.training.covering import BRUSHED, DABS, FLAT, draw_covering, draw_mixed
from studio_app.training.recipe import Drawn

SIZE, COUNT = 128, 12


def subjects() -> tuple[torch.Tensor, torch.Tensor]:
    ys, xs = np.mgrid[0:SIZE, 0:SIZE]
    masks = [
        ((xs - 64) / (14 + 3 * i)) ** 2 + ((ys - 60) / (50 - 2 * i)) ** 2 < 1 for i in range(COUNT)
    ]
    subject = torch.from_numpy(np.stack(masks)).to(torch.uint8) * 255
    depth = torch.where(subject > 0, 180, 40).to(torch.uint8)
    return depth, subject


@pytest.mark.parametrize(("sort", "least"), [(BRUSHED, 0.8), (DABS, 0.7), (FLAT, 0.85)])
def test_paint_has_the_subjects_outline(sort: int, least: float):
    depth, subject = subjects()
    generator, choices = torch.Generator().manual_seed(0), np.random.default_rng(0)
    known = np.arange(COUNT) % 2 == 0
    drawn = draw_covering(depth, subject, generator, choices, np.full(COUNT, sort), known)
    assert drawn.shape == (COUNT, 2, SIZE, SIZE) and drawn.min() >= 0 and drawn.max() <= 1
    painted, wanted = drawn[:, 0] > 0, subject > 127
    both, either = (painted & wanted).sum((1, 2)), (painted | wanted).sum((1, 2))
    assert (both / either).mean() > least
    for i in range(COUNT):
        if known[i]:
            assert (drawn[i, 1] == 1).all()  # background: known, and nothing there
        else:
            assert torch.equal(drawn[i, 1] > 0, painted[i])


def test_each_kind_comes_at_its_share():
    depth, subject = (plane.repeat(8, 1, 1) for plane in subjects())
    draw = torch.Generator().manual_seed(1), np.random.default_rng(1)
    exact = Drawn(exact=1, brushed=0, dabs=0, flat=0, partial=0)
    drawn = draw_mixed(depth, subject, *draw, exact)
    torch.testing.assert_close(drawn[:, 0], depth.float() / 255)
    assert (drawn[:, 1] == 1).all()
    unknown = Drawn(exact=0, brushed=1, dabs=1, flat=1, partial=0, background=0, ground=0)
    assert (draw_mixed(depth, subject, *draw, unknown)[:, 1].mean((1, 2)) < 0.9).all()
    mixed = draw_mixed(depth, subject, *draw, Drawn())
    said = (mixed[:, 1].mean((1, 2)) == 1).float().mean()
    assert 0.3 < said < 0.8


def test_ground_is_painted_behind_the_subject_and_its_outline_stays():
    """A strip of ground that is as near as the thing is no part of it; under a thing cut out there is none."""
    depth, subject = subjects()
    depth[:, : SIZE // 2] = torch.where(subject[:, : SIZE // 2] > 0, 180, 0).to(torch.uint8)
    sort, known = np.full(COUNT, FLAT), np.zeros(COUNT, bool)

    def draw(depth: torch.Tensor, ground: float) -> torch.Tensor:
        generator, choices = torch.Generator().manual_seed(0), np.random.default_rng(0)
        return draw_covering(depth, subject, generator, choices, sort, known, ground)[:, 0] > 0

    bare, painted = draw(depth, 0.0), draw(depth, 1.0)
    assert (painted & bare).sum() >= 0.98 * bare.sum()
    below, above = painted & ~bare, torch.zeros(SIZE, 1, dtype=torch.bool)
    above[: SIZE // 2 - 24] = True
    assert below.any((1, 2)).all() and not (below & above).any()
    alone = torch.where(subject > 0, depth, 0).to(torch.uint8)
    assert (draw(alone, 1.0) & ~bare).sum() <= 0.02 * bare.sum()
