"""Pictures of the full world: styles, covers, company and formats show, and plain pictures stay as they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio_app.scene.things.registry import build_thing
from studio_app.training.world.company import Companion
from studio_app.training.world.compose import PictureSpec, framed, sample_spec
from studio_app.training.world.framing import sides
from studio_app.training.world.materials import covers
from studio_app.training.world.preview import sheet
from studio_app.training.world.render import render
from studio_app.training.world.samples import make_samples, stage_of
from studio_app.training.world.words import CORE, vocabulary

SIZE = 64


def _spec(**fixed: object) -> PictureSpec:
    plain = PictureSpec(
        "scene", "chest", None, "wooden", "red", "midday", "sand", None, seed=5, world="full"
    )
    return framed(replace(plain, **fixed), np.random.default_rng(1))  # type: ignore[arg-type]


def _picture(spec: PictureSpec) -> torch.Tensor:
    return render([stage_of(spec)[0]], SIZE, 1.0).rgb[0]


def test_each_style_changes_its_own_picture_and_no_other_of_the_batch() -> None:
    plain = _spec()
    alone = _picture(plain)
    for style in ("painterly", "cel-shaded", "clay", "glossy", "pixel-art"):
        stages = [stage_of(s)[0] for s in (plain, replace(plain, style=style))]
        both = render(stages, SIZE, 1.0).rgb
        assert torch.allclose(both[0], alone, atol=1e-5), style
        assert (both[1] - alone).abs().mean() > 0.004, style


def test_outlines_are_dark_and_pixel_art_has_few_colours() -> None:
    plain = _picture(_spec())
    outlined = _picture(_spec(style="cel-shaded"))
    assert (outlined.amax(0) < 0.2).float().mean() > 1.5 * (plain.amax(0) < 0.2).float().mean()
    few = _picture(_spec(style="pixel-art"))
    assert len(few.flatten(1).T.unique(dim=0)) < 0.3 * len(plain.flatten(1).T.unique(dim=0))


def test_covers_lie_only_on_materials_that_have_them() -> None:
    solids = build_thing("barrel", np.random.default_rng(1))
    assert covers(solids, "metal", "red") is None
    assert covers(solids, "mossy", "") is not None
    green = _picture(_spec(material="mossy", colour=""))
    grey = _picture(_spec(material="stone", colour="grey"))
    assert (green[1] - green[0]).mean() > (grey[1] - grey[0]).mean()


def test_company_keeps_its_own_colour() -> None:
    other = Companion("barrel", "wooden", "blue", "left", seed=3)
    alone, among = _spec(), _spec(company=(other,))
    for spec, blue in ((alone, False), (among, True)):
        p = render([stage_of(spec)[0]], SIZE, 1.0)
        mask = p.subject[0, 0] > 0.9
        albedo = p.albedo[0][:, mask]
        found = ((albedo[2] > albedo[0] + 0.2) & (albedo[2] > 0.4)).float().mean()
        assert (found > 0.05) == blue


def test_a_batch_may_mix_views_but_not_shapes() -> None:
    full = vocabulary("full")
    views = [_spec(view=v, shape=(3, 2)) for v in ("front", "isometric", "top-down")]
    samples = make_samples(views, SIZE, 1.0, "cpu")
    width, height = sides((3, 2), SIZE)
    for s in samples:
        assert s.rgb.shape == (height, width, 3)
        assert s.depth.shape == s.subject.shape == (height, width)
        assert 0.03 < (s.subject > 128).mean() < 0.8
        assert len(s.labels) == len(full.label_slots())


def test_a_wide_picture_is_no_texture() -> None:
    full = vocabulary("full")
    specs = [sample_spec(np.random.default_rng([1, i]), "train", full, (16, 9)) for i in range(40)]
    assert all(s.kind != "texture" for s in specs)
    assert any(len(s.company) == 2 for s in specs)


@pytest.mark.slow
def test_the_contact_sheet_names_every_word(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("studio_app.training.world.preview.CELL", 16)
    counted: list[tuple[int, int]] = []
    sheet(tmp_path / "sheet.jpg", CORE, progress=lambda *c: counted.append(c))
    assert (tmp_path / "sheet.jpg").read_bytes()[:2] == b"\xff\xd8"
    assert counted[-1][0] == counted[-1][1] >= 5 + 15 + 5 + 7 + 9 + 4 + 4 + 4
