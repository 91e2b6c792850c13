"""`underpaint export`: pictures into a game project, with names, import settings and a line in its ledger."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from studio_app.commands.export_options import add_export_options, export_settings

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from studio_app.core.engine import Engine
    from studio_app.export.making import Shot
    from studio_app.export.pieces import Asset
    from studio_app.export.plan import Change, Plan
    from studio_app.export.questions import Answers, Key, Question
    from studio_app.export.settings import ExportSettings
    from studio_app.export.targets.target import Project

EXAMPLES = """\
for example:
  underpaint export potion.png --to ~/games/lantern --kind sprite --pivot bottom
  underpaint export bricks.png --to ~/games/lantern --kind texture --dry-run
  underpaint export --row walk w0.png w1.png --row die d0.png --to . --kind sheet --name hero
  underpaint export hero.png --seeds 7-14 --to . --kind sheet --name heroes
  underpaint export hero.png --poses walking running --seeds 7-10 --to .
  underpaint export --history 1 --to ~/games/lantern --kind sprite
  underpaint export potion.png --to ~/games/lantern --again
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "export",
        help="put pictures into a game project",
        description="Puts pictures into a Godot, Unity or Unreal project, or a folder: named, cut out or with their "
        "maps, with the import settings that the engine wants beside them, all or nothing.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_export_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from studio_app.core.errors import StudioError
    from studio_app.core.reading import expanded
    from studio_app.export.making import make_asset, origin_of
    from studio_app.export.plan import make_plan
    from studio_app.export.projects import open_project
    from studio_app.export.provenance.signing import read_signer, signed_asset
    from studio_app.export.settings import (
        TITLES,
        change_presets,
        ending_of,
        read_remembered,
        write_last,
    )
    from studio_app.export.transaction import carry_out, recover

    project = open_project(expanded(args.to), args.target)
    if not args.dry_run and recover(project.root):
        print("underpaint: note: an export that was cut off was undone", file=sys.stderr)
    remembered = read_remembered(project.root)
    settings = export_settings(args, remembered)
    notes: list[str] = []
    if args.format is None:
        before, settings = settings.format, settings.for_target(project.target)
        if settings.format != before:
            notes.append(f"{project.target.title} imports no {TITLES[before]}: PNG is chosen")
    project.target.check_imports(ending_of(settings.format))  # before anything is drawn for it
    shots = _shots(args, settings, notes)
    asset = make_asset(settings, shots, project.target.wants)
    origin = origin_of(settings, shots)
    if args.sign is not None:
        certificate, key = map(expanded, args.sign)
        asset = signed_asset(asset, origin, read_signer(certificate, key))
    elif settings.sign:
        raise StudioError(
            "These settings ask for a signature",
            "the certificate and its key lie on your machine, not in the project",
            "Give --sign CERT KEY.",
        )
    plan = make_plan(asset, project, settings.place(), origin)
    if settings.stripped:
        notes.append(
            "the recipe stays out of the pictures and in the project's .underpaint; their mark stays in"
        )
    notes += _seams_said(asset)
    for note in dict.fromkeys([*notes, *plan.notes]):
        print(f"underpaint: note: {note}", file=sys.stderr)
    if not args.dry_run:
        carry_out(plan, _answers(plan.questions, args.answer))
    _say(args, project, asset, plan)
    if args.dry_run:
        return 0
    if args.save_preset is not None:
        preset = settings.model_copy(update={"name": ""})
        change_presets(project.root, lambda known: known.with_preset(args.save_preset, preset))
    write_last(project.root, settings)
    return 0


def _seams_said(asset: Asset) -> list[str]:
    """How well a texture meets itself, and what to do where it does not."""
    from studio_app.export.seams import SEEN

    if not asset.seams:
        return []
    plain = len(asset.seams) == 1 and not all(asset.tiles)
    tiles = (True, True) if plain else asset.tiles
    scores = " -> ".join(f"{seams.worst(tiles):.1f}" for seams in asset.seams)
    said = f"seams {scores} ({SEEN} and more are seen)"
    return [f"{said}: it was not drawn seamless; --seamless makes it so" if plain else said]


def _shots(args: argparse.Namespace, settings: ExportSettings, notes: list[str]) -> list[Shot]:
    from studio_app.commands.shots import rendered, step_of
    from studio_app.commands.sources import sources_of
    from studio_app.core.errors import StudioError
    from studio_app.export.making import check_count, needs_maps

    if args.painted is not None and not 0 <= args.painted <= 1:
        raise StudioError(f"--painted can't be {args.painted:g}", "it is a share, from 0 to 1")
    made: list[Engine] = []

    def engine() -> Engine:
        from studio_app.engine.factory import make_engine  # torch: seconds

        if not made:
            made.append(make_engine())
        return made[0]

    shots: list[Shot] = []
    sources = sources_of(args, settings, engine)
    check_count(settings, len(sources))
    for source in sources:
        shot = source.shot
        if args.step is not None:
            shot = step_of(source, engine, args.step, noisy=args.noisy)
        elif shot is None or needs_maps(settings, shot):
            must = settings.kind == "texture"
            maps = must or settings.kind in ("sprite", "sheet")
            shot = rendered(source, engine, maps=maps, must=must, notes=notes)
        assert shot is not None
        if args.painted is not None:
            shot = replace(shot, origin=replace(shot.origin, painted=args.painted))
        shots.append(shot)
    return shots


def _answers(questions: tuple[Question, ...], given: str | None) -> Answers:
    """Asked at the terminal where nothing was given; else whatever comes of it is said by who needs it."""
    answers: dict[Key, str] = {}
    for question in questions:
        if given is None and sys.stdin.isatty():
            print(f"{question.title}.\n{question.text}", file=sys.stderr)
            for number, choice in enumerate(question.choices, 1):
                print(f"  {number}  {choice.text}", file=sys.stderr)
            print("Number, or Enter to stop: ", end="", file=sys.stderr, flush=True)
            said = sys.stdin.readline().strip()
            if said.isdigit() and 1 <= int(said) <= len(question.choices):
                answers[question.key] = question.choices[int(said) - 1].id
        elif given is not None:
            answers[question.key] = given
    return answers


def _say(args: argparse.Namespace, project: Project, asset: Asset, plan: Plan) -> None:
    if args.json:
        value = {
            "project": {
                "root": str(project.root),
                "target": project.target.id,
                "title": project.title,
            },
            "asset": plan.asset,
            "version": plan.version,
            "changes": [_change(change) for change in plan.changes],
            "records": [] if plan.nothing_new else _beside(args, project),
            "seams": [[round(score, 3) for score in (s.x, s.y)] for s in asset.seams],
            "questions": [question.title for question in plan.questions],
            "written": not args.dry_run,
        }
        print(json.dumps(value, ensure_ascii=False))
        return
    if plan.nothing_new:
        print(f"{plan.main_file()}: everything is there already")
        return
    for change in plan.changes:
        if args.dry_run:
            print(f"{change.action:<8} {change.path}")
        elif change.writes and change.group != "record":
            print(project.root / change.path)
    if args.dry_run:
        for path in _beside(args, project):
            print(f"{'append' if path.endswith('.jsonl') else 'write':<8} {path}")
        for change in plan.changes:
            if change.diff:
                print(f"\n{change.diff}")


def _beside(args: argparse.Namespace, project: Project) -> list[str]:
    from studio_app.export.settings import records_beside

    return list(records_beside(project.root, presets=args.save_preset is not None))


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": change.path.as_posix(),
        "action": change.action,
        "bytes": len(change.data),
        "before": change.before,
        "diff": change.diff,
    }
