"""`underpaint export`: pictures into a game project, with names, import settings and a line in its ledger."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

    from studio_app.core.engine import Engine
    from studio_app.export.making import Shot
    from studio_app.export.pieces import Asset
    from studio_app.export.plan import Change, Plan
    from studio_app.export.questions import Question
    from studio_app.export.settings import ExportSettings, Remembered
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
_CHOICES = ("kind", "name", "folder", "template", "collision", "format", "bits", "quality", "scale", "padding",
            "pixels_per_unit", "colours", "palette", "columns", "uniform", "fps", "animation",
            "frame_names", "lossless", "seamless")  # fmt: skip


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "export",
        help="put pictures into a game project",
        description="Puts pictures into a Godot, Unity or Unreal project, or a folder: named, cut out or with their "
        "maps, with the import settings that the engine wants beside them, all or nothing.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "pictures",
        nargs="*",
        metavar="PICTURE",
        help="picture, or recipe.json that a project keeps",
    )
    parser.add_argument(
        "--to", required=True, metavar="PROJECT", help="the project, or a folder in it"
    )
    parser.add_argument("--target", help="godot, unity, unreal or folder, where it has to be that")
    what = parser.add_argument_group("what")
    what.add_argument(
        "--kind", help="picture, sprite, sheet, texture or control (default: picture)"
    )
    what.add_argument(
        "--row", nargs="+", action="append", metavar=("NAME", "PICTURE"), help="a row of a sheet"
    )
    what.add_argument(
        "--seeds",
        metavar="A-B",
        help="of each picture's recipe, made again with each of these seeds",
    )
    what.add_argument(
        "--poses",
        nargs="+",
        metavar="POSE",
        help="of one picture's recipe, made again in each: of the library, or a pose file; a row of a sheet for each",
    )
    what.add_argument(
        "--history",
        nargs="+",
        type=int,
        metavar="N",
        help="pictures of the window's history; 1 is the newest",
    )
    what.add_argument("--session", metavar="DIR", help="with --history: another than the last work")
    what.add_argument(
        "--step", type=int, metavar="N", help="what its run had come to after N steps, x_0"
    )
    what.add_argument("--noisy", action="store_true", help="with --step: x_t")
    what.add_argument(
        "--format", help="png, webp, jpeg, tga, exr; with layers psd or ora (default: png)"
    )
    what.add_argument("--bits", type=int, help="of a PNG's channel: 8 or 16")
    what.add_argument("--quality", type=int, metavar="Q", help="of a JPEG or lossy WebP, 1 to 100")
    what.add_argument(
        "--lossless",
        action=argparse.BooleanOptionalAction,
        help="of a WebP: every pixel as it is (default: yes)",
    )
    what.add_argument("--scale", type=int, metavar="N", help="1, 2 or 4 times as large")
    what.add_argument(
        "--maps",
        metavar="A,B",
        help="of a texture set: colour, normal, orm ... (default: the engine's)",
    )
    what.add_argument(
        "--seamless",
        action=argparse.BooleanOptionalAction,
        help="a texture that was not drawn seamless: cut and joined until it is",
    )
    what.add_argument(
        "--texts",
        metavar="A,B",
        help="beside it: texturepacker, aseprite, gltf, materialx, or none",
    )
    what.add_argument(
        "--strip", action="store_true", default=None, help="leave the recipe out; the mark stays"
    )
    sprites = parser.add_argument_group("sprites and sheets")
    sprites.add_argument(
        "--no-trim", action="store_true", default=None, help="keep what is empty around it"
    )
    sprites.add_argument("--padding", type=int, metavar="N", help="empty pixels on each side")
    sprites.add_argument(
        "--power-of-two", action="store_true", default=None, help="sides of 1, 2, 4, 8 ... pixels"
    )
    sprites.add_argument(
        "--pivot", metavar="P", help="centre, bottom, or X,Y in parts from the top left"
    )
    sprites.add_argument(
        "--pixels-per-unit", type=float, metavar="N", help="in engines that have units"
    )
    sprites.add_argument(
        "--lit", action="store_true", default=None, help="with a normal map for 2D lights"
    )
    sprites.add_argument(
        "--pixel-art", type=int, metavar="N", help="as pixel art, N pixels along its longer side"
    )
    sprites.add_argument("--colours", type=int, metavar="N", help="of pixel art")
    sprites.add_argument(
        "--palette", metavar="FILE", help="of pixel art: GPL, HEX, PAL or a picture"
    )
    sheets = parser.add_argument_group("sheets")
    sheets.add_argument(
        "--columns", type=int, metavar="N", help="cells side by side (default: as many as fit)"
    )
    sheets.add_argument(
        "--uniform", action="store_true", default=None, help="cells of one size, trimmed together"
    )
    sheets.add_argument(
        "--fps",
        type=float,
        metavar="N",
        help="frames a second, of Godot, Unreal and Aseprite (default: 10)",
    )
    sheets.add_argument(
        "--once", action="store_true", default=None, help="animations end, and don't begin again"
    )
    sheets.add_argument("--animation", metavar="NAME", help="of the frames that are in no row")
    sheets.add_argument("--frame-names", metavar="T", help="of {name}, {row}, {number} and {seed}")
    where = parser.add_argument_group("where")
    where.add_argument("--name", help="of the asset (default: the picture's own)")
    where.add_argument("--folder", help="inside the project (default: the engine's custom)")
    where.add_argument("--template", help="of file names, as T_{name}{version}{role}")
    where.add_argument(
        "--collision", help="replace, version, refuse or overwrite (default: replace)"
    )
    where.add_argument("--no-sidecars", action="store_true", default=None, help="pictures alone")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--dry-run", action="store_true", help="say what would be written, and write nothing"
    )
    how.add_argument("--json", action="store_true", help="print one JSON object")
    how.add_argument("--preset", metavar="NAME", help="begin from a preset of the project")
    how.add_argument("--save-preset", metavar="NAME", help="keep these settings in the project")
    how.add_argument("--again", action="store_true", help="begin from the last export's settings")
    how.add_argument(
        "--painted",
        type=float,
        metavar="SHARE",
        help="painted over by hand, 0 to 1 (else measured)",
    )
    how.add_argument(
        "--answer",
        metavar="TEXT",
        help="to what a licence asks: 'not commercial' or 'own agreement'",
    )
    how.add_argument(
        "--sign", nargs=2, metavar=("CERT", "KEY"), help="sign pictures (C2PA) with these PEM files"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from studio_app.core.errors import StudioError
    from studio_app.core.reading import expanded
    from studio_app.export.making import make_asset, origin_of
    from studio_app.export.plan import make_plan
    from studio_app.export.projects import open_project
    from studio_app.export.provenance.signing import read_signer, signed_asset
    from studio_app.export.settings import read_remembered, write_remembered
    from studio_app.export.transaction import carry_out, recover

    project = open_project(expanded(args.to), args.target)
    if not args.dry_run and recover(project.root):
        print("underpaint: note: an export that was cut off was undone", file=sys.stderr)
    remembered = read_remembered(project.root)
    settings = _settings(args, remembered)
    notes: list[str] = []
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
        remembered = remembered.with_preset(
            args.save_preset, settings.model_copy(update={"name": ""})
        )
    write_remembered(project.root, replace(remembered, last=settings))
    return 0


def _settings(args: argparse.Namespace, remembered: Remembered) -> ExportSettings:
    """The preset's, or the last, or none; over them what the line says."""
    from studio_app.commands.sources import source_of
    from studio_app.core.errors import StudioError
    from studio_app.export.settings import ExportSettings, settings_from

    if args.preset is not None and args.again:
        raise StudioError("--preset and --again don't go together", "", "Give one of them.")
    start = ExportSettings()
    if args.preset is not None:
        start = remembered.preset(args.preset)
    elif args.again:
        if remembered.last is None:
            raise StudioError(
                "Nothing was exported into this project yet", "", "Say how, this time."
            )
        start = remembered.last
    given: dict[str, Any] = {name: getattr(args, name) for name in _CHOICES}
    given |= {
        "stripped": args.strip,
        "lit": args.lit,
        "power_of_two": args.power_of_two,
        "grid": args.pixel_art,
    }
    given["loop"] = None if args.once is None else False
    given["sign"] = None if args.sign is None else True
    given["trim"] = None if args.no_trim is None else False
    given["sidecars"] = None if args.no_sidecars is None else False
    given["maps"] = None if args.maps is None else args.maps.split(",")
    given["texts"] = (
        None if args.texts is None else [] if args.texts == "none" else args.texts.split(",")
    )
    given["pivot"] = None if args.pivot is None else _pivot(args.pivot)
    if (args.row or args.poses) and args.kind is None:
        given["kind"] = "sheet"
    source = source_of(args)
    given["source"] = None if source is None else source.model_dump(mode="json")
    chosen = {name: value for name, value in given.items() if value is not None}
    return settings_from(start.model_dump(mode="json") | chosen, "these options")


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


def _pivot(text: str) -> str | list[float]:
    try:
        return [float(part) for part in text.split(",")] if "," in text else text
    except ValueError:
        return text


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


def _answers(questions: tuple[Question, ...], given: str | None) -> dict[str, str]:
    """Asked at the terminal where nothing was given; else whatever comes of it is said by who needs it."""
    answers: dict[str, str] = {}
    for question in questions:
        if given is None and sys.stdin.isatty():
            print(f"{question.title}.\n{question.text}", file=sys.stderr)
            for number, choice in enumerate(question.choices, 1):
                print(f"  {number}  {choice.text}", file=sys.stderr)
            print("Number, or Enter to stop: ", end="", file=sys.stderr, flush=True)
            said = sys.stdin.readline().strip()
            if said.isdigit() and 1 <= int(said) <= len(question.choices):
                answers[question.id] = question.choices[int(said) - 1].id
        elif given is not None:
            answers[question.id] = given
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
