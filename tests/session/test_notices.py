"""What the studio says that is no error."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from studio_app.session.notices import Notice


def test_it_is_a_value_that_says_the_same_for_ever():
    notice = Notice("Saved", "potion.png", "saved")
    assert notice == Notice("Saved", "potion.png", "saved") != Notice("Saved", "sword.png", "saved")
    assert len({notice, Notice("Saved", "potion.png", "saved")}) == 1
    with pytest.raises(FrozenInstanceError):
        notice.title = "Lost"  # pyright: ignore[reportAttributeAccessIssue]
