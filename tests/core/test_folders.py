"""What one calls a model."""

from __future__ import annotations

import pytest

from studio_app.core.folders import called


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("underpaint-256", "underpaint-256"),
        ("/models/stable-diffusion-3.5-large", "stable-diffusion-3.5-large"),
        ("/models/ink-v1.5.safetensors", "ink-v1.5"),
        ("detail-v1.5", "detail-v1.5"),
        ("/models/Z.GGUF", "Z"),
        ("/hub/models--owner--name-1.0/snapshots/0123abcd", "owner/name-1.0"),
        ("/art/snapshots/ink", "ink"),
    ],
)
def test_a_name_keeps_its_dots_and_loses_an_ending(place: str, name: str):
    assert called(place) == name
