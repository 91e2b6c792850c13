"""An IP-Adapter that was chosen for a Stable Diffusion 3 reads references as diffusers' pipeline does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.fittings import Fitting, fitting_key
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import Settings, save_settings
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.sd3_likeness import Likeness
from tests.engine.conftest import CPU, INIT, depth, distance, final
from tests.engine.families.kinds import KINDS
from tests.engine.families.stock import CLOSE, pipeline, shown
from tests.tiny.likeness import SIDE, WIDTH, write_sd3_adapter, write_sight, write_siglip
from tests.tiny.sd3 import make_transformer

LIKE = Control("reference", INIT[:SIDE, :SIDE])
"""As large as the encoder sees: nothing is scaled, here or in the pipeline."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(an IP-Adapter, its image encoder)"""
    place = tmp_path_factory.mktemp("likeness")
    adapter = write_sd3_adapter(place / "ip-adapter.safetensors", make_transformer())
    return adapter, write_siglip(place)


@pytest.fixture
def chosen(files: tuple[Path, Path], make_sd3: Callable[..., Path], own_home: Path) -> Path:
    model = make_sd3("drawn", controls=True)
    choose(model, *files)
    return model


def choose(model: Path, adapter: Path, sight: Path) -> None:
    fitting = Fitting(likeness=str(adapter), sight=str(sight))
    save_settings(Settings(fittings={fitting_key(model): fitting}))


def base_of(model: Path, **more: Any) -> GenerationRequest:
    return replace(KINDS["sd3"].base(model), controls=(LIKE.acting(0.6),), **more)


def test_a_reference_acts_as_in_the_stock_pipeline(chosen: Path, files: tuple[Path, Path]):
    from transformers import SiglipImageProcessor, SiglipVisionModel

    adapter, sight = files
    pipe = pipeline(
        chosen,
        "StableDiffusion3Pipeline",
        image_encoder=SiglipVisionModel.from_pretrained(sight.parent / "transformers"),
        feature_extractor=SiglipImageProcessor(size={"height": SIDE, "width": SIDE}, resample=3),
    )
    state: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in load_file(adapter).items():
        part, _, own = name.partition(".")
        state[part][own] = tensor
    pipe.load_ip_adapter(state, image_encoder_folder=None)
    pipe.set_ip_adapter_scale(0.6)
    given = {"num_inference_steps": 10, "guidance_scale": 4.0, "height": 64}
    theirs = shown(pipe, ip_adapter_image=Image.fromarray(LIKE.pixels), **given)
    engine, request = DiffusionEngine(CPU), base_of(chosen, steps=10)
    assert "reference" in engine.load(str(chosen)).controls
    ours = final(engine, request)
    assert np.abs(theirs - ours).max() < CLOSE
    plain = final(engine, replace(request, controls=()))
    assert distance(ours, plain) > 0.3
    assert np.array_equal(final(engine, request), ours)
    assert engine._loaded is not None and engine._loaded[1].beside > 0


def test_it_goes_with_drawings_negatives_and_a_part_of_the_run(chosen: Path):
    engine = DiffusionEngine(CPU)
    for guidance in (1.0, 4.0):
        request = base_of(chosen, guidance_scale=guidance, steps=2, negative_prompt="blue")
        request = replace(request, controls=depth())
        plain = final(engine, request)
        drawn, first, two = (
            final(engine, replace(request, controls=(*request.controls, *more)))
            for more in (
                (LIKE,),
                (LIKE.acting(1.0, 0.0, 0.5),),
                (LIKE, Control("reference", 255 - LIKE.pixels)),
            )
        )
        assert distance(plain, drawn) > 0.1
        assert distance(first, drawn) > 0.02 and distance(two, drawn) > 0.02
        assert np.array_equal(final(engine, request), plain)


def test_a_batch_is_its_pictures(chosen: Path):
    engine = DiffusionEngine(CPU)
    request = base_of(chosen, steps=2, guidance_scale=4.0)
    other = replace(
        request, seed=8, controls=(replace(LIKE.acting(0.6), pixels=255 - LIKE.pixels),)
    )
    engine.load(str(chosen))
    both = BatchPainter(engine._model(request.model)).paint([request, other]).latents
    for i, one in enumerate((request, other)):
        latent = list(engine.run(one, wanted=("final",)))[-1].latent
        assert latent is not None and np.abs(both[i] - latent).max() < 0.02


def test_what_does_not_belong_together_is_refused(files: tuple[Path, Path], tmp_path: Path):
    transformer, (adapter, sight) = make_transformer(), files
    narrow = write_sd3_adapter(tmp_path / "narrow.safetensors", make_transformer(), WIDTH + 8)
    dual = write_sd3_adapter(tmp_path / "dual.safetensors", make_transformer(newer=True))
    clip = write_sight(tmp_path / "clip")
    bomb = tmp_path / "bomb.safetensors"
    strange = load_file(adapter)
    save_file(strange | {"image_proj.proj_in.weight": torch.ones(1 << 20, 1)}, bomb)
    slim = tmp_path / "slim.safetensors"
    save_file(strange | {"image_proj.layers.0.0.to_q.weight": torch.ones(100, 64)}, slim)
    for one, seeing, said in (
        (narrow, sight, "does not see for"),
        (dual, sight, "another model"),
        (adapter, clip, "image encoder"),
        (sight, sight, "another model"),
        (bomb, sight, "another model"),
        (slim, sight, "another model"),
    ):
        with pytest.raises(StudioError, match=said):
            Likeness(transformer, one, seeing, CPU).look(LIKE)
