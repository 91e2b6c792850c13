"""The models that the engine opens: ours, another, a stranger's; what is known without one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.people import standing_person
from studio_app.engine.device import Device
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.drawing.course import jumps_of
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.engine.models.memory import Memory
from studio_app.scene.dressed import dressed_as_drawn
from studio_app.scene.fleshing import fleshed
from studio_app.scene.forms import formed
from studio_app.scene.openpose import draw_pose
from studio_app.scene.openpose_reading import figures_in
from tests.engine.conftest import CPU, depth, distance


def test_loading_another_model_forgets_the_first(
    build_model: Callable[..., Path], base: GenerationRequest
):
    engine = DiffusionEngine(CPU)
    first = list(engine.run(base))[-1].pixels
    other = str(build_model("other", seed=1))
    second = list(engine.run(replace(base, model=other)))[-1].pixels
    assert distance(first, second) > 0
    assert distance(first, list(engine.run(base))[-1].pixels) == 0
    with pytest.raises(StudioError):
        engine.load("/nowhere")
    assert engine._loaded is not None  # the old one stays
    engine.unload()
    assert engine._loaded is None


def test_the_first_of_many_steps_is_as_long_as_that_of_four(
    tiny_model: Path, base: GenerationRequest
):
    model = load_model(str(tiny_model), CPU)

    def times(steps: int, sampler: str) -> list[float]:
        request = replace(base, steps=steps, sampler=sampler)
        return [jump.here.t for jump in jumps_of(request, model, Memory())]

    assert times(8, "consistency")[:3] == [999, 750, 643]
    assert times(4, "consistency") == times(4, "ddim") == [999, 750, 500, 250]
    assert times(8, "ddim")[:3] == [999, 875, 750]


def test_bfloat16_is_close_to_float32(base: GenerationRequest):
    half = DiffusionEngine(Device(torch.device("cpu"), torch.bfloat16))
    request = replace(base, controls=depth(), steps=1)
    low = list(half.run(request))[-1].pixels
    again = list(half.run(request))[-1].pixels
    assert (low == again).all()
    assert distance(low, list(DiffusionEngine(CPU).run(request))[-1].pixels) < 4


def test_the_stock_pipeline_loads_the_folder_and_agrees(tiny_model: Path, base: GenerationRequest):
    """One step of LatentConsistencyModelPipeline is ours: kind token in the prompt, no target."""
    from diffusers import LatentConsistencyModelPipeline

    pipe: Any = LatentConsistencyModelPipeline.from_pretrained(
        tiny_model, dtype=torch.float32, local_files_only=True
    )
    pipe.set_progress_bar_config(disable=True)
    prompt, generator = "<|scene|> a red potion", torch.Generator().manual_seed(7)
    stock = pipe(
        prompt,
        num_inference_steps=1,
        guidance_scale=3,
        generator=generator,
        height=64,
        width=64,
        output_type="np",
    ).images[0]
    ours = list(DiffusionEngine(CPU).run(replace(base, steps=1)))[-1].rgb
    assert np.abs(stock * 255 - ours).max() < 1.5
    four = pipe(prompt, num_inference_steps=4, height=64, width=64, output_type="np").images[0]
    assert four.shape == (64, 64, 3)
    assert four.std() > 0


def test_an_ordinary_lcm_folder_works_without_our_file(
    tiny_model: Path, tmp_path: Path, base: GenerationRequest
):
    folder = Path(shutil.copytree(tiny_model, tmp_path / "stock"))
    (folder / "underpaint.json").unlink()
    for part in ("teacher", "adapter_depth", "adapter_pose"):
        shutil.rmtree(folder / part)
    engine = DiffusionEngine(CPU)
    can = engine.load(str(folder))
    assert not can.native
    assert can.samplers == ("lcm", "consistency")
    assert can.controls == ()
    request = replace(base, model=str(folder), sampler="lcm")
    assert len(list(engine.run(request))) == 9
    for changes, said in (
        ({"controls": depth()}, "no depth control"),
        ({"sampler": "ddim"}, "No sampler"),
        ({"kind": "texture"}, "no texture"),
    ):
        with pytest.raises(StudioError, match=said):
            list(engine.run(replace(request, **changes)))


def test_the_rooms_for_forms_are_free_of_torch():
    code = (
        "import sys, studio_app.engine.families.model_card, studio_app.engine.drawing.checks,"
        "studio_app.core.folders, studio_app.farm.options, studio_app.farm.lines; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_a_model_says_what_strength_one_means(
    tiny_model: Path, tmp_path: Path, base: GenerationRequest
):
    folder = Path(shutil.copytree(tiny_model, tmp_path / "louder"))
    table = json.loads((folder / "underpaint.json").read_text())
    (folder / "underpaint.json").write_text(json.dumps(table | {"control_gain": {"depth": 2.0}}))
    engine = DiffusionEngine(CPU)

    def picture(model: Path, strength: float) -> np.ndarray:
        (control,) = depth()
        controls = (replace(control, strength=strength),)
        request = replace(base, model=str(model), controls=controls, steps=1)
        return list(engine.run(request))[-1].pixels

    assert distance(picture(folder, 0.5), picture(tiny_model, 1.0)) == 0
    assert distance(picture(folder, 1.0), picture(tiny_model, 1.0)) > 0
    for wrong in ({"depth": 0.0}, {"depth": "loud"}, [2.0]):
        (folder / "underpaint.json").write_text(json.dumps(table | {"control_gain": wrong}))
        with pytest.raises(StudioError):
            DiffusionEngine(CPU).load(str(folder))


def test_a_model_says_how_much_more_of_a_drawing_it_draws(
    tiny_model: Path, tmp_path: Path, base: GenerationRequest
):
    folder = Path(shutil.copytree(tiny_model, tmp_path / "guided"))
    table = json.loads((folder / "underpaint.json").read_text())
    (folder / "underpaint.json").write_text(json.dumps(table | {"control_guidance": 1.0}))
    engine = DiffusionEngine(CPU)

    def steps(model: Path, n: int = 4, **changes: Any) -> list[np.ndarray]:
        request = replace(base, model=str(model), steps=n, **changes)
        return [frame.pixels for frame in engine.run(request, wanted=("denoised",))]

    plain, guided = steps(tiny_model, controls=depth()), steps(folder, controls=depth())
    # The first step has the outline: guidance that keeps it, and costs a pass a step, begins after it.
    moved = [distance(a, b) > 0 for a, b in zip(plain, guided, strict=True)]
    assert moved == [False, True, True, True]
    # Where nothing is drawn, or no longer, there is nothing to be guided by; a long jump is not, nor a slow sampler's.
    unguided: tuple[dict[str, Any], ...] = (
        {"controls": ()},
        {"controls": depth(end=0.25)},
        {"controls": depth(strength=0.0)},
        {"controls": depth(), "n": 2},
        {"controls": depth(), "sampler": "ddim"},
    )
    for changes in unguided:
        plain, guided = (steps(model, **changes) for model in (tiny_model, folder))
        assert distance(plain[-1], guided[-1]) == 0
    # It follows as closely as it can at 1: more makes the outline worse again, and is felt by a slow sampler alone.
    strong, felt = depth(strength=2.0), depth()
    assert engine.load(str(folder)).strongest == 1.0
    assert (
        distance(*(steps(m, 1, controls=c)[0] for m, c in ((folder, strong), (tiny_model, felt))))
        == 0
    )
    slow: dict[str, Any] = {"sampler": "ddim", "controls": strong}
    assert distance(*(steps(model, **slow)[-1] for model in (folder, tiny_model))) == 0
    for wrong in (-1.0, "much", [1.0]):
        (folder / "underpaint.json").write_text(json.dumps(table | {"control_guidance": wrong}))
        with pytest.raises(StudioError):
            DiffusionEngine(CPU).load(str(folder))


def test_figures_without_depth_get_a_body_where_a_model_says_so(
    tiny_model: Path, tmp_path: Path, base: GenerationRequest
):
    folder = Path(shutil.copytree(tiny_model, tmp_path / "embodied"))
    table = json.loads((folder / "underpaint.json").read_text())
    (folder / "underpaint.json").write_text(json.dumps(table | {"pose_body": 0.5}))
    engine = DiffusionEngine(CPU)
    joints = standing_person(base.width, base.height).joints
    figure = Control("pose", draw_pose(joints, base.width, base.height), strength=0.8, end=0.5)
    nobody = Control("pose", np.zeros((64, 64, 3), np.uint8))

    def picture(model: Path, *controls: Control) -> np.ndarray:
        request = replace(base, model=str(model), controls=controls)
        return list(engine.run(request, wanted=("final",)))[-1].pixels

    plain = picture(tiny_model, figure)
    embodied = picture(folder, figure)
    assert distance(embodied, plain) > 0
    (seen,) = figures_in(figure.pixels)
    body = Control("depth", *fleshed(seen[None], base.width, base.height), strength=0.4, end=0.5)
    assert distance(embodied, picture(tiny_model, figure, body)) == 0
    # Whose dress the words name wears it.
    worn = dressed_as_drawn(seen, "knight", base.seed, base.width, base.height)
    assert worn is not None
    dressed = Control("depth", worn, np.where(worn > 0, np.uint8(255), np.uint8(0)), 0.4, 0.0, 0.5)
    knight = replace(base, prompt="a knight")
    told = replace(knight, model=str(folder), controls=(figure,))
    said = replace(knight, model=str(tiny_model), controls=(figure, dressed))
    one, other = (list(engine.run(asked, wanted=("final",)))[-1].pixels for asked in (told, said))
    assert distance(one, other) == 0
    # Nobody gets a body where nobody is, or who is painted; before a wall that is painted somebody does.
    painted = replace(body, pixels=body.pixels * np.float32(0.8))
    for controls in ((figure, painted), depth(), (nobody,), (replace(figure, strength=0.0),)):
        assert distance(picture(folder, *controls), picture(tiny_model, *controls)) == 0
    wall = Control("depth", np.full((base.height, base.width), 0.3, np.float32), strength=0.6)
    before = replace(wall, pixels=np.maximum(wall.pixels, body.pixels))
    assert distance(picture(folder, figure, wall), picture(tiny_model, figure, before)) == 0
    assert distance(picture(folder, figure, wall), picture(tiny_model, figure, wall)) > 0
    for wrong in (-1.0, "much", 3.0):
        (folder / "underpaint.json").write_text(json.dumps(table | {"pose_body": wrong}))
        with pytest.raises(StudioError):
            DiffusionEngine(CPU).load(str(folder))


def test_what_nobody_drew_has_a_form_where_a_model_says_so(
    tiny_model: Path, tmp_path: Path, base: GenerationRequest
):
    folder = Path(shutil.copytree(tiny_model, tmp_path / "formed"))
    table = json.loads((folder / "underpaint.json").read_text())
    (folder / "underpaint.json").write_text(json.dumps(table | {"forms": True}))
    engine = DiffusionEngine(CPU)

    def picture(model: Path, request: GenerationRequest) -> np.ndarray:
        return list(engine.run(replace(request, model=str(model)), wanted=("final",)))[-1].pixels

    knight = replace(base, kind="character", controls=())
    potion = replace(knight, kind="scene")
    for asked in (knight, potion):
        made = picture(folder, asked)
        assert distance(made, picture(tiny_model, formed(asked))) == 0
        assert distance(made, picture(tiny_model, asked)) > 0
    for other in (replace(potion, prompt="a red mist"), replace(knight, controls=depth())):
        assert distance(picture(folder, other), picture(tiny_model, other)) == 0
    # In a batch, too; those that have one and those that don't are no batch.
    painter = BatchPainter(load_model(str(folder), CPU))
    pair = [replace(knight, model=str(folder), seed=seed) for seed in (1, 2)]
    for request, rgb in zip(pair, painter.paint(pair).rgb, strict=True):
        assert distance(picture(folder, request)[..., 2::-1], rgb) < 2
    with pytest.raises(ValueError, match="no batch"):
        painter.paint([pair[0], replace(pair[1], kind="texture")])


def test_a_thing_that_nobody_drew_takes_one_pass_a_step(
    tiny_model: Path, tmp_path: Path, base: GenerationRequest
):
    """What an artist drew is followed closely, and a character's limbs; a specimen is only somewhere to begin."""
    plain, guided = (Path(shutil.copytree(tiny_model, tmp_path / name)) for name in "ab")
    table = json.loads((plain / "underpaint.json").read_text()) | {"forms": True}
    (plain / "underpaint.json").write_text(json.dumps(table))
    (guided / "underpaint.json").write_text(json.dumps(table | {"control_guidance": 1.0}))
    engine = DiffusionEngine(CPU)

    def apart(request: GenerationRequest) -> float:
        two = (replace(request, model=str(model)) for model in (plain, guided))
        return distance(*(list(engine.run(one, wanted=("final",)))[-1].pixels for one in two))

    potion = replace(base, kind="scene", controls=())
    assert apart(potion) == 0
    assert apart(formed(potion)) > 0
    for prompt in ("a red knight", "a red goblin"):
        person = replace(potion, kind="character", prompt=prompt)
        assert 0 < apart(person) < apart(formed(person)), "less than one that is drawn"
    # What is drawn and what isn't are told otherwise: no batch.
    thing = replace(potion, model=str(guided))
    with pytest.raises(ValueError, match="no batch"):
        BatchPainter(load_model(str(guided), CPU)).paint([thing, formed(thing)])
