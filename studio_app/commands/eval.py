"""`underpaint eval`: how good a model is, in figures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from studio_app.commands.bench import print_figures

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "eval",
        help="measure how good a model is",
        description="Measures a checkpoint: how far its few-step pictures are from its teacher's, "
        "how sharp they are, and what its autoencoder keeps.",
    )
    parser.add_argument("model", nargs="?", help="name of an embedded model, or its folder")
    parser.add_argument("--data", type=Path, metavar="DIR", help="pictures to measure with")
    parser.add_argument(
        "--count",
        type=int,
        help="pictures a figure (default: 16; with --autoencoder 128 of each kind)",
    )
    parser.add_argument(
        "--autoencoder",
        action="store_true",
        help="measure the autoencoder and the maps decoder instead, on fixed held-out pictures, which are "
        "rendered once and kept (in --data)",
    )
    parser.add_argument(
        "--probe", type=Path, metavar="DIR", help="--autoencoder: a trained probe to ask as well"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE",
        help="also draw the committed prompts with seeds 1 to 4 (PNG or JPEG)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from studio_app.core.errors import StudioError
    from studio_app.training.evaluate import evaluate, find_model

    count = args.count if args.count is not None else 128 if args.autoencoder else 16
    if count < 2:
        raise StudioError("--count must be at least 2", f"not {count}")
    if args.probe is not None and not args.autoencoder:
        raise StudioError("--probe goes with --autoencoder", "", "Give both, or neither.")
    folder = find_model(args.model)
    if args.sheet is not None:
        from studio_app.training.sheet import committed_prompts, sheet

        sheet(folder, committed_prompts(), (1, 2, 3, 4), args.sheet)
    if args.autoencoder:
        from studio_app.commands.train import say
        from studio_app.training.meter import measure

        figures = measure(folder, count, args.data, args.probe, say)
    else:
        figures = evaluate(folder, args.data, count)
    print_figures(f"eval {folder.name}", figures, as_json=args.json)
    return 0
