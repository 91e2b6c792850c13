"""`underpaint render`: the headless studio. Words and drawings in, PNGs with their recipes out."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio_app.commands.picture_options import (
    add_compile_option,
    add_picture_options,
    add_product_options,
    picture_options,
)
from studio_app.core.errors import StudioError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from studio_app.core.engine import Engine
    from studio_app.core.frame import Frame
    from studio_app.farm.orders import Order

MAX_COUNT = 1000
EXAMPLES = """\
for example:
  underpaint render "a red glass potion on grass, sunset" --seed 7 -o potion.png
  underpaint render "a wooden chest" --depth chest.png --steps 4 --frames steps/ -o chest.png
  underpaint render --like potion.png --seed 8 -o another.png
  underpaint render "a gold crown" --alpha -o crown.png
  underpaint render "red bricks" --kind texture --tile xy --maps bricks/ -o bricks.png
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "render",
        help="make a picture from words and drawings",
        description="Makes pictures from words and drawings. The PNG holds its own recipe.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("prompt", nargs="?", metavar="PROMPT", help="what the picture shows")
    add_picture_options(parser)
    parser.add_argument(
        "--count", type=int, metavar="N", help="so many pictures, from SEED upwards"
    )
    add_compile_option(parser)
    files = parser.add_argument_group("files")
    files.add_argument(
        "--jobs",
        metavar="JSONL",
        help="many pictures: the same as underpaint batch JSONL",
    )
    add_product_options(files)
    files.add_argument("-o", "--output", metavar="OUT", help="the PNG (default: underpaint.png)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if args.jobs is not None:
        return _batch(args)
    from studio_app.engine.factory import make_engine
    from studio_app.farm.orders import Taken

    notes: list[str] = []
    orders = _orders(args, notes)
    engine = make_engine(compiling=args.compile)
    # Everything is read and checked before the first picture: where the last can't be made, nothing is.
    taken = Taken()
    for order in orders:
        taken.claim(order)
    for order in orders:
        notes += engine.notes(order.request)
        if order.task.maps == "must":
            engine.load_maps(order.request.model)
    for note in dict.fromkeys(notes):
        print(f"underpaint: note: {note}", file=sys.stderr)
    for number, order in enumerate(orders, 1):
        _render(engine, order, Progress(number, len(orders)))
    return 0


@dataclass
class Progress:
    """One line per picture on the standard error; on a terminal it also moves."""

    number: int
    total: int

    def step(self, frame: Frame) -> None:
        if sys.stderr.isatty():
            print(
                f"\r{self._which()}step {frame.step}/{frame.steps} ",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def done(self, order: Order, seconds: float) -> None:
        request = order.request
        start = "\r" if sys.stderr.isatty() else ""
        said = f"{order.output} (seed {request.seed}, {request.steps} steps, {seconds:.2f} s)"
        print(f"{start}{self._which()}{said}", file=sys.stderr)

    def _which(self) -> str:
        return f"[{self.number}/{self.total}] " if self.total > 1 else ""


def _batch(args: argparse.Namespace) -> int:
    """`--jobs` is how `underpaint batch` was spelled first."""
    from studio_app.commands import batch

    if args.count is not None:
        raise StudioError("--count and --jobs don't go together", "", "Give each line its seed.")
    return batch.run(batch.standing(args))


def _orders(args: argparse.Namespace, notes: list[str]) -> list[Order]:
    """Of a command line. StudioError for whatever in it can't be made."""
    from studio_app.farm.options import build
    from studio_app.farm.orders import Order, common_folder, frames_folder, numbered, output_path

    given = picture_options(args)
    output = output_path(given.output or "underpaint.png")
    count = 1 if args.count is None else args.count
    if not 1 <= count <= MAX_COUNT:
        raise StudioError(f"--count can't be {count}", f"it must be from 1 to {MAX_COUNT}")
    maps = None if args.maps is None else Path(args.maps)
    frames = None if args.frames is None else Path(args.frames)
    asked = build(given, Path(), notes)
    if maps is None and asked.maps:
        notes.append("the picture it is like was made with maps: give --maps DIR for them too")
    common = common_folder(None, output)
    orders: list[Order] = []
    for i in range(count):
        path = numbered(output, i, count)
        steps = None if frames is None else frames_folder(frames, path, common, i, count)
        request = replace(asked.request, seed=asked.request.seed + i)
        orders.append(Order(request, path, steps, maps, asked.alpha, asked.people))
    return orders


def _render(engine: Engine, order: Order, progress: Progress) -> None:
    from studio_app.farm.finishing import finish
    from studio_app.farm.painting import paint

    made = paint(engine, order.task, said=progress.step)
    finish(order, made)
    progress.done(order, made.seconds)
    print(order.output)
