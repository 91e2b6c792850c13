"""The ledger: nothing in it can be changed or taken out unseen, and the report says what lies in the project."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio_app import cli
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.export.ledger import ATTRIBUTES, NAME, Ledger, read_ledger, verify
from studio_app.export.origin import Origin, licence_named, licence_of
from studio_app.export.pieces import Asset
from studio_app.export.placing import Place
from studio_app.export.plan import make_plan
from studio_app.export.report import as_csv, as_markdown, report_of, steam_draft
from studio_app.export.targets.target import Project
from studio_app.export.transaction import carry_out

Open = Callable[[str], Project]


@pytest.fixture
def full(project: Open, sprite: Asset, bricks: Asset, walk: Asset, origin: Origin) -> Project:
    """Three exports into a Godot project."""
    opened = project("godot")
    for asset in (sprite, bricks, walk):
        carry_out(make_plan(asset, opened, origin=origin))
    return opened


def rewritten(project: Project, change: Callable[[list[str]], list[str]]) -> None:
    path = project.root / NAME
    lines = change(path.read_text(encoding="utf-8").splitlines())
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_a_whole_ledger_is_whole(full: Project, capsys: pytest.CaptureFixture[str]):
    found = verify(full.root)
    assert (found.entries, found.problems, found.changed, found.missing) == (3, (), (), ())
    assert cli.main(["ledger", "verify", str(full.root / "art")]) == 0
    assert capsys.readouterr().out == "3 exports: the chain is whole\n"
    assert (full.root / ATTRIBUTES).read_bytes() == b"ledger.jsonl -text merge=union\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0].replace('"seed":7', '"seed":8'), *lines[1:]],
        lambda lines: [lines[0], lines[2]],
        lambda lines: lines[1:],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0], "{broken", *lines[1:]],
        lambda lines: [lines[0], "[]", *lines[1:]],
        lambda lines: [lines[0].replace('"previous":[]', '"previous":["%s"]' % ("0" * 64)), *lines[1:]],
    ],
)  # fmt: skip
def test_what_was_done_to_it_shows(
    full: Project, change: Callable[[list[str]], list[str]], capsys: pytest.CaptureFixture[str]
):
    rewritten(full, change)
    assert verify(full.root).problems
    assert cli.main(["ledger", "verify", str(full.root)]) == 1
    assert "the chain is broken" in capsys.readouterr().out
    # It can still be written to, and says so for ever.
    assert not read_ledger(full.root).sound


def test_line_ends_of_another_system_do_no_harm(full: Project):
    path = full.root / NAME
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert verify(full.root).problems == ()


def test_two_branches_grow_together(
    project: Open, sprite: Asset, bricks: Asset, walk: Asset, origin: Origin
):
    """As version control merges them: the lines of both sides."""
    opened = project("godot")
    path = opened.root / NAME
    carry_out(make_plan(sprite, opened, origin=origin))
    common = path.read_bytes()
    carry_out(make_plan(bricks, opened, origin=origin))
    one = path.read_bytes()
    path.write_bytes(common)
    carry_out(make_plan(walk, opened, origin=origin))
    path.write_bytes(one + path.read_bytes().removeprefix(common))
    assert verify(opened.root).problems == () and len(read_ledger(opened.root).heads) == 2
    carry_out(make_plan(sprite, opened, Place(name="flask"), origin))
    assert verify(opened.root).problems == () and len(read_ledger(opened.root).heads) == 1
    rewritten(opened, lambda lines: [lines[0], *lines[2:]])
    assert verify(opened.root).problems


def test_files_that_changed_are_named_and_are_no_fault(
    full: Project, capsys: pytest.CaptureFixture[str]
):
    (full.root / "art/sprites/hero.png").unlink()
    (full.root / "art/textures/red_bricks_albedo.png").write_bytes(b"painted")
    assert cli.main(["ledger", "verify", str(full.root)]) == 0
    said = capsys.readouterr().out
    assert "changed since: art/textures/red_bricks_albedo.png" in said
    assert "no longer there: art/sprites/hero.png" in said


def test_a_ledger_from_elsewhere_reads_nothing_outside(full: Project):
    data = Ledger().with_entry(
        {"files": [{"path": "../../etc/passwd", "sha256": "0"}, 7, {"path": None}]}
    )
    (full.root / NAME).write_bytes(data)
    assert any("outside" in problem for problem in verify(full.root).problems)


def test_half_a_character_in_a_prompt_does_not_break_the_chain(project: Open, sprite: Asset):
    opened = project("folder")
    data = Ledger().with_entry({"request": {"prompt": "half \ud83e of one"}, "painted": 0.1})
    (opened.root / ".underpaint").mkdir()
    (opened.root / NAME).write_bytes(data)
    carry_out(make_plan(sprite, opened))
    assert verify(opened.root).problems == ()


def test_no_ledger_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["ledger", "verify", str(tmp_path)]) == 2
    assert "There is no ledger" in capsys.readouterr().err


def test_the_report_names_everything(
    full: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert cli.main(["ledger", "report", str(full.root)]) == 0
    said = capsys.readouterr().out
    for word in (
        "Lanternfall",
        "underpaint-256",
        "apache-2.0",
        "allowed",
        "a red glass potion",
        "depth",
        "25%",
    ):
        assert word in said
    assert "1 sprite sheet, 1 sprite and 1 texture set" in said
    assert said.count("| art/") == 8
    path = tmp_path / "report.csv"
    assert cli.main(["ledger", "report", str(full.root), "--csv", "-o", str(path)]) == 0
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert len(rows) == 8
    assert {row["model"] for row in rows} == {"underpaint-256"}
    assert {(row["painted"], row["controls"], row["state"]) for row in rows} == {
        ("0.25", "depth", "as exported")
    }


def test_a_prompt_is_neither_markup_nor_a_formula(project: Open, sprite: Asset, origin: Origin):
    opened = project("folder")
    request = GenerationRequest("=cmd|' /C calc'!A0 | <script>\n# big", width=64, height=64)
    carry_out(make_plan(sprite, opened, origin=Origin(request, licence_named("mit"))))
    report = report_of(opened.root)
    text = as_markdown(report)
    assert "<script>" not in text and "\n# big" not in text
    assert next(csv.DictReader(io.StringIO(as_csv(report))))["prompt"].startswith("'=cmd")


def test_what_was_replaced_or_deleted_does_not_count(full: Project, sprite: Asset, origin: Origin):
    first, *rest = sprite.pieces
    new = replace(sprite, pieces=(replace(first, data=first.data + b"x"), *rest))
    carry_out(make_plan(new, full, origin=replace(origin, painted=1.0)))
    (full.root / "art/sprites/hero.png").unlink()
    report = report_of(full.root)
    assert (report.exports, report.superseded) == (4, 1)
    potion = next(row for row in report.rows if row.path.endswith("potion.png"))
    assert potion.entry.fields["painted"] == 1.0
    assert "sheet" not in steam_draft(report)


def test_a_project_of_hand_made_things_says_so(project: Open, sprite: Asset):
    opened = project("folder")
    carry_out(make_plan(sprite, opened, origin=Origin(painted=1.0)))
    assert "No content of this game was made with generative AI" in steam_draft(
        report_of(opened.root)
    )


@pytest.mark.parametrize(
    ("name", "commercial"),
    [
        ("apache-2.0", True), ("mit", True), ("cc-by-4.0", True), ("creativeml-openrail-m", True), ("openrail++", True),
        ("cc-by-nc-4.0", False), ("cc-by-nc-sa-3.0", False), ("flux-1-dev-non-commercial-license", False),
        ("stabilityai-nc-research-community", False), ("", None), ("stabilityai-ai-community", None),
        ("my-own-licence", None),
    ],
)  # fmt: skip
def test_licences_are_known_by_name(name: str, commercial: bool | None):
    assert licence_named(name).commercial is commercial


def test_the_licence_is_in_the_head_of_the_card(tmp_path: Path):
    card = tmp_path / "README.md"
    assert licence_of(tmp_path).name == ""
    card.write_text("---\nlicense: other\nlicense_name: 'x-noncommercial'\n---\n\nlicense: mit\n")
    assert licence_of(tmp_path) == licence_named("x-noncommercial")
    card.write_text("license: mit\n")
    assert licence_of(tmp_path).name == ""
    card.write_bytes(b"---\n\xff\xfe")
    assert licence_of(tmp_path).commercial is None


def test_the_embedded_model_may_be_sold():
    from studio_app.core.resources import models_dir

    assert licence_of(models_dir() / "underpaint-256").commercial is True


def test_inspect_says_what_is_known(full: Project, capsys: pytest.CaptureFixture[str]):
    path = full.root / "art/sprites/hero.png"
    assert cli.main(["inspect", str(path)]) == 0
    assert "line 3: exported" in capsys.readouterr().out
    assert cli.main(["inspect", "--json", str(path), str(path)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert found[0]["ledger"]["unchanged"] is True and found[0]["made_by_a_model"] is True
    assert cli.main(["inspect", "no such file.png"]) == 2


def test_broken_entries_can_be_read_past(full: Project):
    with pytest.raises(StudioError, match="There is no ledger"):
        report_of(full.root / "nowhere")


def test_a_ledger_that_grew_is_read_as_one_that_is_new(
    full: Project, sprite: Asset, origin: Origin
):
    """Of what has only grown, the old lines are not understood anew; of what was changed, they are."""
    from studio_app.export import ledger as module

    def fresh() -> Ledger:
        module._NEWEST.clear()
        return read_ledger(full.root)

    def same(a: Ledger, b: Ledger) -> None:
        assert a.entries == b.entries and a.data == b.data and a.heads == b.heads
        for path in {name for e in b.entries for name in e.files() | e.files("sidecars")}:
            assert a.last(path) == b.last(path)
            assert a.last_unsigned(path) == b.last_unsigned(path)

    first = read_ledger(full.root)
    for name in ("second", "third"):
        place = Place(name=name)
        carry_out(make_plan(sprite, full, place, origin))
        same(read_ledger(full.root), fresh())
    assert len(first.entries) == 3 and len(first.heads) == 1  # as it was when it was read
    path = full.root / NAME
    for cut in (path.read_bytes()[:-1], path.read_bytes()[:-90], b"", b"nonsense\n"):
        path.write_bytes(cut)
        same(read_ledger(full.root), fresh())
        path.write_bytes(cut + b"more\n")
        same(read_ledger(full.root), fresh())


def test_thousands_of_exports_cost_no_more_each(full: Project, monkeypatch: pytest.MonkeyPatch):
    """An entry is checked once, however often its ledger is read."""
    from studio_app.export import ledger as module

    checked = 0
    entry_hash = module.entry_hash

    def counted(*args: Any) -> str:
        nonlocal checked
        checked += 1
        return entry_hash(*args)

    monkeypatch.setattr(module, "entry_hash", counted)
    module._NEWEST.clear()
    for _ in range(50):
        ledger = read_ledger(full.root)
        (full.root / NAME).write_bytes(ledger.with_entry({"asset": {"name": "x"}}))
    assert checked <= 3 + 2 * 50
