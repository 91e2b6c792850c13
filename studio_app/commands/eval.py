"""`underpaint eval`: how good a model is, in figures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio_app.commands.bench import print_figures
from studio_app.commands.train import say
from studio_app.core.errors import StudioError

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "eval",
        help="measure how good a model is",
        description="Measures a checkpoint on fixed prompts: whether it shows what the words say and what is drawn, "
        "how far its few-step pictures are from its teacher's, how sharp and how varied they are. Of every 95% "
        "interval the worse end is printed, the mean under NAME_mean. What was not measured is absent.",
    )
    parser.add_argument("model", nargs="?", help="name of an embedded model, or its folder")
    parser.add_argument(
        "--count",
        type=int,
        help="prompts (default: 512); with --autoencoder pictures of each kind (128), with --obedience assets, scenes "
        "and blockouts (64 each)",
    )
    parser.add_argument("--quick", action="store_true", help="96 prompts: minutes on two cores")
    parser.add_argument(
        "--teacher",
        type=int,
        metavar="N",
        help="of the prompts, how many the teacher draws too, in 50 steps (default: a quarter)",
    )
    parser.add_argument(
        "--autoencoder",
        action="store_true",
        help="measure the autoencoder and the maps decoder instead, on fixed held-out pictures, which are "
        "rendered once and kept (in --data)",
    )
    parser.add_argument(
        "--obedience",
        action="store_true",
        help="measure how well drawings are followed instead: outlines by the model's own maps decoder; "
        "no judge is needed",
    )
    parser.add_argument(
        "--probe", type=Path, metavar="DIR", help="the judge (default: the model's own probe/)"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="pictures to measure the autoencoder with too; with --autoencoder where its own are kept",
    )
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where real renders are kept")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--card", action="store_true", help="also write the figures into the model's README.md"
    )
    parser.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE",
        help="draw sixteen prompts with seeds 1 to 4 instead (PNG or JPEG)",
    )
    parser.add_argument(
        "--gallery",
        type=Path,
        metavar="FILE",
        help="draw 64 prompts with four seeds each beside real renders instead",
    )
    parser.add_argument(
        "--controls",
        type=Path,
        metavar="FILE",
        help="draw what the model makes of hand-drawn depth, poses and masks instead",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from studio_app.training.judge import card, table
    from studio_app.training.judge.evaluate import autoencoder_figures, find_model

    if args.count is not None and (args.count < 2 or args.quick):
        reason = f"not {args.count}" if args.count < 2 else "--quick has its own"
        raise StudioError("--count must be at least 2, and without --quick", reason)
    if args.autoencoder and (args.quick or args.card or args.cache is not None):
        raise StudioError(
            "--autoencoder goes without --quick, --card and --cache",
            "it measures other pictures",
            "Use --count and --data with it.",
        )
    if args.obedience and (args.quick or args.card or args.autoencoder or args.data is not None):
        raise StudioError(
            "--obedience goes without --quick, --card, --autoencoder and --data",
            "it measures other pictures",
            "Use --count and --cache with it.",
        )
    if args.teacher is not None and (args.teacher < 2 or args.autoencoder or args.obedience):
        reason = f"not {args.teacher}" if args.teacher < 2 else "nothing else asks a teacher"
        raise StudioError("--teacher must be at least 2, and of the whole table", reason)
    folder = find_model(args.model)
    if _sheets(args, folder):
        return 0
    if args.autoencoder:
        return _autoencoder(args, folder)
    if args.obedience:
        return _obedience(args, folder)
    count = args.count or (table.QUICK if args.quick else table.FULL)
    findings = table.measure(folder, count, args.probe, say, args.cache, args.teacher)
    more = {} if args.data is None else autoencoder_figures(folder, args.data, min(count, 64))
    for note in findings.notes:
        say(f"eval: {note}")
    if args.card:
        command = f"underpaint eval {folder.name}" + (
            " --quick" if args.quick else f" --count {count}" if args.count else ""
        )
        command += "" if args.teacher is None else f" --teacher {args.teacher}"
        card.write(folder, findings, command, more)
    judge: dict[str, Any] = {}
    if findings.probe is not None:
        say(f"eval: judged by the probe {findings.probe}")
        judge = {"probe": findings.probe, "reads": findings.reads}
    if findings.doubtful and args.json:
        judge["doubtful"] = findings.doubtful
    print_figures(
        f"eval {folder.name}", findings.figures | more, as_json=args.json, count=count, **judge
    )
    return 0


def _autoencoder(args: argparse.Namespace, folder: Path) -> int:
    from studio_app.training.judge.meter import COUNT, measure

    own = folder / "probe"
    probe = args.probe or (own if own.is_dir() else None)
    figures = measure(folder, args.count or COUNT, args.data, probe, say)
    print_figures(f"eval {folder.name}", figures, as_json=args.json)
    return 0


def _obedience(args: argparse.Namespace, folder: Path) -> int:
    from studio_app.training.judge.adherence import COUNT, measure

    count = args.count or COUNT
    figures = measure(folder, count, say, args.cache)
    print_figures(f"eval {folder.name}", figures, as_json=args.json, count=count)
    return 0


def _sheets(args: argparse.Namespace, folder: Path) -> bool:
    """Draws the sheets that were asked for; whether there were any."""
    if args.sheet is not None:
        from studio_app.training.sheet import committed_prompts, sheet

        sheet(folder, committed_prompts(), (1, 2, 3, 4), args.sheet)
    if args.gallery is not None:
        from studio_app.training.judge.gallery import gallery

        gallery(folder, args.gallery, say=say, cache=args.cache)
    if args.controls is not None:
        from studio_app.training.judge.gallery import controls_sheet

        controls_sheet(folder, args.controls, say=say)
    return any(p is not None for p in (args.sheet, args.gallery, args.controls))
