"""What artists do to pictures, shown to the encoder: strokes and other colours, on some of them only."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio_app.training.marks import draw_marks, recoloured


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.rand(40, 3, 32, 32) * 2 - 1


def test_marks_cover_part_of_some_pictures(pictures: torch.Tensor):
    marked = draw_marks(pictures, np.random.default_rng(0), 0.5)
    changed = (marked != pictures).any(1).double().mean((1, 2))
    assert 10 <= (changed > 0).sum() <= 30
    assert changed.max() < 1 and marked.abs().max() <= 1
    assert (changed[changed > 0] > 0.005).all()


def test_recoloured_pictures_keep_their_shapes(pictures: torch.Tensor):
    changed = recoloured(pictures, np.random.default_rng(1), 1.0)
    values = pictures.abs().sort(1).values  # exchanged and inverted, nothing else
    torch.testing.assert_close(changed.abs().sort(1).values, values)
    assert 5 < (changed != pictures).flatten(1).any(1).sum() <= 40


def test_a_share_of_none_is_the_picture_itself(pictures: torch.Tensor):
    choices = np.random.default_rng(2)
    assert draw_marks(pictures, choices, 0.0) is pictures
    assert recoloured(pictures, choices, 0.0) is pictures
