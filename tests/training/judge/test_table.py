"""The whole table from a small model: what can be measured is there, what cannot is absent; the sheets and the card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.device import best_device
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.training.judge import card, gallery, table
from studio_app.training.judge.handdrawn import DRAWINGS, painted
from studio_app.training.judge.questions import held_out, person, question
from studio_app.training.judge.reals import Reals, rendered
from studio_app.training.layout import Plan, Row, page, wrapped
from tests.training.judge.conftest import Oracle

UNJUDGED = {"sharpness", "weave_ratio", "diversity_share", "seam_ratio", "negative_cost"} | {
    f"steps{n}_gap" for n in (1, 2, 4, 8)
}


@pytest.fixture(scope="module")
def found(tiny_run, untaught: Path, cache: Path) -> table.Findings:
    lines: list[str] = []
    findings = table.measure(tiny_run.model, 4, untaught, lines.append, cache)
    assert any("text only 4/4" in line for line in lines)
    return findings


def test_a_judge_below_its_bar_is_not_believed(found: table.Findings):
    assert found.figures.keys() == UNJUDGED | {f"{key}_mean" for key in UNJUDGED}
    assert all(np.isfinite(value) for value in found.figures.values())
    assert len(found.probe or "") == 16
    assert found.reads["probe_thing"] < 0.97
    assert len(found.notes) == 1 and "probe_thing" in found.notes[0]
    assert (
        "depth_error_ratio" in found.doubtful and not found.doubtful.keys() & found.figures.keys()
    )
    assert f"depth_error_ratio {found.doubtful['depth_error_ratio']:.3g}" in card.measured(
        found, "eval", {}
    )


def test_a_judge_that_passes_gives_the_whole_table(
    tiny_run, untaught: Path, cache: Path, asked, reals, people_reals, held_out_reals, monkeypatch
):
    known = [
        (asked, reals),
        ([person(i) for i in range(len(people_reals))], people_reals),
        ([held_out(i) for i in range(len(held_out_reals))], held_out_reals),
    ]
    monkeypatch.setattr(table, "Reader", lambda folder: Oracle(folder, known))
    monkeypatch.setattr(table, "step_gaps", lambda artist, questions: {})
    findings = table.measure(tiny_run.model, 8, untaught, None, cache)
    assert findings.reads["probe_thing"] == 1 and not findings.notes and not findings.doubtful
    judged = {"attribute_share", "heldout_share", "lexicon_share", "pose_pck_share"}
    assert judged | {"negative_efficacy", "negative_other_fall"} <= findings.figures.keys()
    for key in judged:
        assert 0 <= findings.figures[key] <= findings.figures[f"{key}_mean"] < 1
    # Every picture of the model is read alike, so a negative removes nothing.
    assert findings.figures["negative_efficacy"] == 0
    # Real renders have no error at all, and dabs no adherence to share: neither is a number.
    assert not {"depth_error_ratio", "painted_depth_share"} & findings.figures.keys()


def test_without_a_judge_there_is_a_note(tiny_run, cache: Path, monkeypatch):
    monkeypatch.setattr(table, "step_gaps", lambda artist, questions: {})
    findings = table.measure(tiny_run.model, 2, None, None, cache)
    assert findings.probe is None and not findings.reads
    assert "no probe" in findings.notes[0]
    assert findings.figures.keys() >= {"sharpness", "seam_ratio"}


def test_the_teacher_may_draw_more_than_a_quarter_of_the_prompts():
    assert [table.Counts.of(80, n).teacher for n in (None, 64, 100)] == [20, 64, 80]


def test_a_broken_judge_is_refused(tiny_run, cache: Path, tmp_path: Path):
    with pytest.raises(StudioError, match="no probe"):
        table.measure(tiny_run.model, 2, tmp_path, None, cache)


def test_a_batch_is_what_the_engine_draws(tiny_run):
    folder = str(tiny_run.model)
    painter = BatchPainter(load_model(folder, best_device()))
    depth = np.random.default_rng(0).uniform(0, 1, (64, 64)).astype(np.float32)
    engine = DiffusionEngine()
    variants: list[dict[str, Any]] = [
        {},
        {"negative_prompt": "blue"},
        {"controls": (Control("depth", depth),)},
        {"sampler": "ddim", "steps": 6, "controls": (Control("depth", depth, strength=0.5),)},
        {"tile": (True, True), "kind": "texture"},
    ]
    for more in variants:
        requests = [
            GenerationRequest(text, seed=seed, width=64, height=64, model=folder, **more)
            for seed, text in enumerate(("a red disc", "blue discs", "disc"))
        ]
        drawn = painter.paint(requests)
        assert drawn.rgb.shape == (3, 64, 64, 3) and drawn.latents.shape == (3, 4, 8, 8)
        for request, rgb in zip(requests, drawn.rgb, strict=True):
            alone = list(engine.run(request, wanted=("final",)))[-1].rgb
            assert np.abs(alone.astype(int) - rgb).mean() < 2


def test_requests_of_two_sizes_are_no_batch(tiny_run):
    painter = BatchPainter(load_model(str(tiny_run.model), best_device()))
    requests = [GenerationRequest("a disc", width=w, height=64) for w in (64, 96)]
    with pytest.raises(ValueError, match="no batch"):
        painter.paint(requests)


def test_renders_are_kept(reals: Reals, cache: Path):
    files = sorted(cache.rglob("*.safetensors"))
    times = [f.stat().st_mtime_ns for f in files]
    again = rendered("words", lambda i: question(i).spec, 3, 64, cache)
    assert [f.stat().st_mtime_ns for f in files] == times
    np.testing.assert_array_equal(again.rgb, reals.rgb[:3])
    np.testing.assert_array_equal(again.some([2]).rgb, reals.rgb[2:3])


def test_the_gallery_has_every_prompt(tiny_run, cache: Path, tmp_path: Path):
    path = tmp_path / "gallery.png"
    gallery.gallery(tiny_run.model, path, 5, None, cache)
    plan = Plan(gallery.COLUMNS, (28, 28), 5, 5, 2, heads=True)
    with Image.open(path) as picture:
        assert picture.size == plan.size


def test_the_drawings_become_pictures(tiny_run, tmp_path: Path):
    path = tmp_path / "controls.png"
    chosen = (DRAWINGS[0], DRAWINGS[8], DRAWINGS[9])
    gallery.controls_sheet(tiny_run.model, path, chosen)
    plan = Plan(gallery.DRAWN_COLUMNS, (26, 26), 4, 3, heads=True)
    with Image.open(path) as picture:
        assert picture.size == plan.size


def test_drawings_are_what_an_artist_makes():
    assert {d.means for d in DRAWINGS} == {"Depth", "Pose", "Depth and pose", "Mask"}
    value, known = painted(DRAWINGS[0].depth, 128)
    assert 0.05 < (known > 0).mean() < 0.6
    assert not value[known == 0].any()
    assert value[known > 0].min() > 100
    assert len(DRAWINGS) >= 24 and len({d.text for d in DRAWINGS}) == len(DRAWINGS)
    for drawing in DRAWINGS:
        places = [p for stroke in (*drawing.depth, *drawing.mask) for p in stroke.points]
        assert all(0 <= x <= 256 and 0 <= y <= 256 for x, y in (*places, *drawing.pose))
    kinds = [c.kind for c in DRAWINGS[8].controls(64)]
    assert kinds == ["depth", "pose"]


def test_labels_are_wrapped_and_cut():
    from studio_app.training.layout import _font

    font = _font("Inter-Regular")
    assert wrapped("a red potion", font, 500, 1) == ["a red potion"]
    two = wrapped("a red potion on grass at sunset by the sea", font, 150, 2)
    assert len(two) == 2 and all(font.getlength(line) <= 150 for line in two)
    cut = wrapped("a red potion on grass at sunset by the sea", font, 150, 1)
    assert len(cut) == 1 and cut[0].endswith("…") and font.getlength(cut[0]) <= 150


def test_a_page_holds_its_pictures_where_it_says():
    rng = np.random.default_rng(0)
    rows = [Row([rng.integers(0, 256, (8, 8, 3), np.uint8)] * 2, str(i)) for i in range(3)]
    sheet = page(rows, columns=2, cell=(8, 8))
    plan = Plan(2, (8, 8), 2, 3)
    assert sheet.shape == (*plan.size[::-1], 3)
    left, top = plan.place(2)
    np.testing.assert_array_equal(sheet[top : top + 8, left : left + 8], rows[2].pictures[0])


def test_the_card_is_written_between_its_marks(found: table.Findings, tmp_path: Path):
    path = tmp_path / "README.md"
    path.write_text(f"# A model\n\n{card.BEGIN}\nold\n{card.END}\n\n## After\n")
    card.write(tmp_path, found, "underpaint eval tiny", {"ae_psnr": 30.0})
    text = path.read_text()
    assert text.startswith("# A model\n\n") and text.endswith("\n\n## After\n")
    assert "old" not in text and f"`{found.probe}`" in text
    assert "| sharpness |" in text and "| ae_psnr | 30 | |" in text
    card.write(tmp_path, found, "underpaint eval tiny", {"ae_psnr": 30.0})
    assert path.read_text() == text
    path.write_text("# Another\n")
    card.write(tmp_path, found, "underpaint eval tiny")
    assert card.BEGIN in path.read_text()


def test_the_studio_is_told_what_a_negative_prompt_does(tmp_path: Path):
    (tmp_path / "README.md").write_text("# A model\n")
    (tmp_path / "underpaint.json").write_text('{"negative": "shifted"}')
    figures = {"negative_efficacy": 0.1, "negative_efficacy_mean": 0.25}
    card.write(tmp_path, table.Findings(figures), "underpaint eval tiny")
    told = json.loads((tmp_path / "underpaint.json").read_text())
    assert told == {"negative": "shifted", "negative_efficacy": 0.25}


def test_a_folder_without_a_card_is_named(found: table.Findings, tmp_path: Path):
    with pytest.raises(StudioError, match="no card"):
        card.write(tmp_path, found, "underpaint eval tiny")
