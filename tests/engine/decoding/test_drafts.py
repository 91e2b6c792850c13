"""Drafts: the smaller decoder's pictures, for what the next edit replaces."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from studio_app.core.engine import LIVE_FRAMES
from studio_app.core.request import GenerationRequest
from studio_app.engine.device import Device
from studio_app.engine.engine import DiffusionEngine

CPU = Device(torch.device("cpu"), torch.float32)
NAME = "diffusion_pytorch_model.safetensors"


def request_of(model: Path, **more: object) -> GenerationRequest:
    return GenerationRequest("a red potion", steps=1, width=64, height=64, model=str(model), **more)  # type: ignore[arg-type]


@pytest.fixture
def draft_model(build_model) -> Path:
    return build_model("drafts", draft=True)


def pictures(engine: DiffusionEngine, request: GenerationRequest) -> tuple[np.ndarray, np.ndarray]:
    drafts = list(engine.run(request, wanted=("noisy", "draft")))
    assert [frame.kind for frame in drafts] == ["noisy", "draft"]
    (final,) = engine.run(request, wanted=("final",))
    assert drafts[1].latent is not None and final.latent is not None
    np.testing.assert_array_equal(drafts[1].latent, final.latent)
    return drafts[1].pixels, final.pixels


def test_a_draft_is_the_same_latent_by_the_smaller_decoder(draft_model: Path):
    draft, final = pictures(DiffusionEngine(CPU), request_of(draft_model))
    assert draft.shape == final.shape == (64, 64, 4)
    assert not np.array_equal(draft, final)


def test_only_the_last_step_has_one(draft_model: Path):
    request = GenerationRequest("a gem", steps=3, width=64, height=64, model=str(draft_model))
    kinds = [frame.kind for frame in DiffusionEngine(CPU).run(request, wanted=("noisy", "draft"))]
    assert kinds == ["noisy", "noisy", "noisy", "draft"]


def test_who_watches_a_picture_come_sees_drafts_on_its_way(draft_model: Path):
    """The picture itself, and what its last step made, are decoded whole."""
    request = GenerationRequest("a gem", steps=3, width=64, height=64, model=str(draft_model))
    engine = DiffusionEngine(CPU)
    live = list(engine.run(request, wanted=LIVE_FRAMES))
    kinds = [frame.kind for frame in live]
    assert kinds == ["noisy", "draft", "noisy", "draft", "noisy", "denoised", "final"]
    whole = list(engine.run(request))
    for mine, theirs in zip(live, whole, strict=True):
        np.testing.assert_array_equal(mine.latent, theirs.latent)
        assert np.array_equal(mine.pixels, theirs.pixels) == (mine.kind != "draft")
    first = live[1]
    assert first.latent is not None  # whoever looks at that step later sees it whole
    np.testing.assert_array_equal(engine.decode(request, first.latent), whole[1].pixels)


def test_a_model_without_one_decodes_as_always(tiny_model: Path):
    draft, final = pictures(DiffusionEngine(CPU), request_of(tiny_model))
    np.testing.assert_array_equal(draft, final)


def test_what_tiles_is_decoded_as_always(draft_model: Path):
    request = request_of(draft_model, kind="texture", tile=(True, True))
    draft, final = pictures(DiffusionEngine(CPU), request)
    np.testing.assert_array_equal(draft, final)


def test_a_damaged_one_is_done_without(
    draft_model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    model = tmp_path / "damaged"
    shutil.copytree(draft_model, model)
    (model / "draft" / NAME).write_bytes(b"torn")
    draft, final = pictures(DiffusionEngine(CPU), request_of(model))
    np.testing.assert_array_equal(draft, final)
    assert "draft" in caplog.text
