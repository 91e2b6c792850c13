"""What a model keeps to whatever family it is of: one code draws with all of them, and knows none by its name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.core.controls import CONTROL_KINDS, Control
from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.request import GenerationRequest, Start
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.model_card import CARDS, card_of, read_capabilities
from tests.engine.conftest import CPU, DEPTH, INIT, POSE, distance, final
from tests.engine.families.kinds import KINDS, WAYS, Kind, changes_of


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def base(kind: Kind, request: pytest.FixtureRequest) -> GenerationRequest:
    return kind.base(kind.folder(request))


@pytest.fixture(scope="module")
def engine(base: GenerationRequest) -> DiffusionEngine:
    made = DiffusionEngine(CPU)
    made.load(base.model)
    return made


@pytest.fixture(scope="module")
def painter(engine: DiffusionEngine, base: GenerationRequest) -> BatchPainter:
    return BatchPainter(engine._model(base.model))


@pytest.mark.parametrize(("kind", "way"), WAYS, indirect=["kind"], scope="module")
def test_a_branch_follows_the_whole_run(
    engine: DiffusionEngine, base: GenerationRequest, kind: Kind, way: str
):
    request = replace(base, **changes_of(kind, way))
    frames = list(engine.run(request))
    assert [frame.kind for frame in frames] == ["noisy", "denoised"] * base.steps + ["final"]
    assert all(frame.pixels.shape == (64, 64, 4) for frame in frames)
    third = [frame for frame in frames if frame.kind == "noisy"][2].latent
    assert third is not None and third.shape == kind.latent
    continued = list(engine.run(replace(request, start=Start(third, 2))))
    assert np.array_equal(continued[-1].pixels, frames[-1].pixels)


@pytest.mark.parametrize(
    ("kind", "way"),
    [pair for pair in WAYS if pair[1] != "mask"],
    indirect=["kind"],
    scope="module",
)
def test_a_batch_is_its_pictures(
    engine: DiffusionEngine, painter: BatchPainter, base: GenerationRequest, kind: Kind, way: str
):
    """Of prompts of several lengths, and drawings of their own."""
    request = replace(base, **changes_of(kind, way))
    drawn = [replace(control, pixels=_reversed(control.pixels)) for control in request.controls[:1]]
    controls = (*drawn, *request.controls[1:])
    prompt = f"a blue sword and {request.prompt}"
    other = replace(request, seed=8, prompt=prompt, controls=controls)
    both = painter.paint([request, other]).latents
    for i, one in enumerate((request, other)):
        latent = list(engine.run(one, wanted=("final",)))[-1].latent
        assert latent is not None
        assert np.abs(both[i] - latent).max() < 0.02


def test_the_same_request_gives_the_same_bits_whatever_was_forgotten(base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    first = final(engine, base)
    assert first.std() > 1
    assert np.array_equal(final(engine, base), first)
    engine.unload()
    assert engine.signal_shares() == []
    assert np.array_equal(final(engine, base), first)


def test_another_seed_encodes_nothing_again(
    engine: DiffusionEngine, base: GenerationRequest, kind: Kind
):
    way = next((way for way in ("controlnet", "controlled", "drawn") if way in kind.ways), "plain")
    request = replace(base, **changes_of(kind, way))
    plain, known = final(engine, request), engine.encoded
    assert distance(plain, final(engine, replace(request, seed=8))) > 0
    assert engine.encoded == known


def test_at_guidance_1_a_negative_prompt_acts_by_attention_guidance(
    engine: DiffusionEngine, base: GenerationRequest
):
    """Away from its own words there is no way to go, and nothing of it is left behind."""
    can = engine.load(base.model)
    if not can.attention_guidance:
        assert can.negative == "shifted"
        return
    few = replace(base, guidance_scale=1.0, steps=2)
    plain = final(engine, few).astype(int)
    assert distance(final(engine, replace(few, negative_prompt="Blue crown")), plain) > 0.05
    same = final(engine, replace(few, negative_prompt=few.prompt))
    assert np.abs(same - plain).max() <= 1
    assert np.array_equal(final(engine, few), plain)


def test_words_have_weights_and_a_long_prompt_says_what_it_lost(
    engine: DiffusionEngine, base: GenerationRequest
):
    base = replace(base, steps=2)
    plain, near, far = (
        final(engine, replace(base, prompt=f"a ({word}) potion")) for word in ("red:1", "red:1.05", "red:3")
    )  # fmt: skip
    assert np.array_equal(plain, final(engine, replace(base, prompt="a red potion")))
    assert 0 < distance(plain, near) < distance(plain, far)
    assert not any("too long" in note for note in engine.notes(base))
    lost = engine.notes(replace(base, prompt="a red potion, " * 280))
    assert any("too long" in note for note in lost)


def test_what_a_mask_keeps_stays(engine: DiffusionEngine, base: GenerationRequest):
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :32] = 255
    drawn = final(engine, replace(base, init=INIT, strength=0.7, mask=mask))
    assert np.array_equal(drawn[:, 32:], INIT[:, 32:])
    assert not np.array_equal(drawn[:, :32], INIT[:, :32])


def test_a_seam_closes_or_is_refused(engine: DiffusionEngine, base: GenerationRequest, kind: Kind):
    """With x and y wrapped, noise and drawing moved round the edge move the picture, and nothing else."""
    noise = next(iter(engine.run(base))).latent
    assert noise is not None
    tiled = replace(base, tile=(True, True), start=Start(noise, 0))
    if not kind.tiles:
        with pytest.raises(StudioError, match="no seamless"):
            final(engine, tiled)
        return
    tiled = replace(tiled, controls=(Control("depth", DEPTH),))
    moved = replace(
        tiled,
        start=Start(np.roll(noise, (4, 4), (1, 2)), 0),
        controls=(Control("depth", np.roll(DEPTH, (32, 32), (0, 1))),),
    )
    here, there = final(engine, tiled), final(engine, moved)
    assert np.abs(np.roll(here, (32, 32), (0, 1)).astype(int) - there).max() <= 1


def test_a_draft_is_one_picture(engine: DiffusionEngine, base: GenerationRequest):
    (frame,) = engine.run(base, wanted=("draft",))
    assert frame.kind == "draft" and frame.pixels.shape == (64, 64, 4) and frame.pixels.std() > 1


def test_what_it_can_is_known_without_its_networks(
    engine: DiffusionEngine, base: GenerationRequest
):
    model = engine._model(base.model)
    can = read_capabilities(model.folder)
    assert engine.load(base.model) == can
    assert not model.refit(can)  # nothing is forgotten where nothing else was chosen
    if not can.native:
        with pytest.raises(StudioError, match="no texture"):
            final(engine, replace(base, kind="texture"))
    with pytest.raises(StudioError, match="no maps"):
        engine.load_maps(base.model)
    for absent in set(CONTROL_KINDS) - set(can.controls):
        drawn = Control(absent, DEPTH if absent in ("depth", "edge") else POSE)
        with pytest.raises(StudioError, match=f"no {absent} control"):
            final(engine, replace(base, controls=(drawn,)))


def test_every_card_has_a_model_here(request: pytest.FixtureRequest):
    folders = [kind.folder(request) for kind in KINDS.values()]
    index = [read_object(folder / "model_index.json", folder.name) for folder in folders]
    names = [card_of(folder, own).NAME for folder, own in zip(folders, index, strict=True)]
    assert sorted(names) == sorted(card.NAME for card in CARDS)


def _reversed(pixels: np.ndarray) -> np.ndarray:
    return 255 - pixels if pixels.dtype == np.uint8 else 1 - pixels
