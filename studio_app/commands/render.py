"""`underpaint render`: the headless studio. Words and drawings in, PNGs with their recipes out."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio_app.core.capabilities import SAMPLERS

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

    from studio_app.commands.destinations import Order
    from studio_app.core.engine import Engine
    from studio_app.core.frame import Frame

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
    words = parser.add_argument_group("words")
    words.add_argument("--negative", metavar="TEXT", help="what it should not show")
    words.add_argument(
        "--guidance",
        type=float,
        metavar="G",
        help="how strictly it obeys the words (default: the model's own)",
    )
    words.add_argument("--kind", help="scene, character, isolated or texture (default: scene)")
    run_ = parser.add_argument_group("run")
    run_.add_argument(
        "--steps", type=int, metavar="N", help="denoising steps (default: the model's own)"
    )
    run_.add_argument("--sampler", help=f"{', '.join(SAMPLERS)} (default: the model's own)")
    run_.add_argument(
        "--seed", type=int, help="whole number from 0 (default: 0); the same seed, the same picture"
    )
    run_.add_argument("--count", type=int, metavar="N", help="so many pictures, from SEED upwards")
    run_.add_argument("--size", metavar="WxH", help="multiples of 32, 64 to 512 (default: 256x256)")
    run_.add_argument("--tile", choices=("x", "y", "xy", "none"), help="seamless on these axes")
    run_.add_argument("--model", metavar="MODEL", help="name or folder of a model")
    drawings = parser.add_argument_group("drawings")
    drawings.add_argument(
        "--depth", metavar="FILE", help="picture: white is near, black background"
    )
    drawings.add_argument(
        "--depth-around",
        choices=("background", "unknown"),
        help="what the transparent parts of the depth are (default: background)",
    )
    drawings.add_argument("--pose", metavar="FILE", help="OpenPose JSON, or picture of the figure")
    drawings.add_argument("--depth-strength", type=float, metavar="S", help="0 to 2 (default: 1)")
    drawings.add_argument("--pose-strength", type=float, metavar="S", help="0 to 2 (default: 1)")
    drawings.add_argument(
        "--control-start",
        type=float,
        metavar="F",
        help="the drawings act from this part of the run, 0 to 1 (default: 0)",
    )
    drawings.add_argument(
        "--control-end", type=float, metavar="F", help="and up to this part, 0 to 1 (default: 1)"
    )
    drawings.add_argument("--init", metavar="FILE", help="picture to start from")
    drawings.add_argument(
        "--strength", type=float, metavar="S", help="how far from it, 0 to 1 (default: 1)"
    )
    drawings.add_argument(
        "--mask", metavar="FILE", help="picture: white is painted anew, black stays"
    )
    files = parser.add_argument_group("files")
    files.add_argument("--like", metavar="PNG", help="begin from the recipe in this picture")
    files.add_argument(
        "--jobs",
        metavar="JSONL",
        help='many pictures: a line for each, as {"prompt": "an axe", "steps": 4, "output": "axe.png"}',
    )
    files.add_argument("--frames", metavar="DIR", help="also write every x_t and x0 there")
    files.add_argument(
        "--alpha",
        action=argparse.BooleanOptionalAction,
        help="cut the thing out: a sprite with straight alpha (its kind is isolated)",
    )
    files.add_argument(
        "--maps",
        metavar="DIR",
        help="also write albedo, normal (OpenGL: green is up), roughness, metallic, ORM, height and occlusion, or "
        "depth (16-bit), and alpha there, as OUT_albedo.png ...",
    )
    files.add_argument("-o", "--output", metavar="OUT", help="the PNG (default: underpaint.png)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from studio_app.commands.jobs import read_orders  # reads pictures: not for --help
    from studio_app.engine.factory import make_engine

    orders, notes = read_orders(args)
    engine = make_engine()
    # Everything is read and checked before the first picture: a bad last line of a batch writes nothing.
    for order in orders:
        notes += engine.notes(order.request)
        if order.alpha or order.maps:
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
    begun: float = 0.0

    def __post_init__(self) -> None:
        self.begun = time.perf_counter()

    def step(self, frame: Frame) -> None:
        if sys.stderr.isatty():
            print(
                f"\r{self._which()}step {frame.step}/{frame.steps} ",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def done(self, order: Order) -> None:
        seconds = time.perf_counter() - self.begun
        request = order.request
        start = "\r" if sys.stderr.isatty() else ""
        said = f"{order.output} (seed {request.seed}, {request.steps} steps, {seconds:.2f} s)"
        print(f"{start}{self._which()}{said}", file=sys.stderr)

    def _which(self) -> str:
        return f"[{self.number}/{self.total}] " if self.total > 1 else ""


def _render(engine: Engine, order: Order, progress: Progress) -> None:
    from studio_app.core.files import write_bytes_atomic
    from studio_app.document.png import png_bytes

    # A noisy frame costs next to nothing and moves the progress; a denoised one costs a decode.
    wanted = ("noisy", "denoised", "final") if order.frames else ("noisy", "final")
    # Only a whole run is written: its steps wait, as small as they get.
    files: dict[Path, bytes] = {}
    for frame in engine.run(order.request, wanted=wanted):
        progress.step(frame)
        if frame.kind == "final":
            files |= _finished(engine, order, frame)
        elif order.frames is not None:
            name = "xt" if frame.kind == "noisy" else "x0"
            files[order.step_file(frame.step, name)] = png_bytes(frame.rgb)
    for path, data in files.items():
        write_bytes_atomic(path, data)
    progress.done(order)
    print(order.output)


def _finished(engine: Engine, order: Order, frame: Frame) -> dict[Path, bytes]:
    """Everything made of the final frame: its maps, and the picture."""
    from studio_app.document.png import png_bytes
    from studio_app.document.recipes import recipe_texts
    from studio_app.export.mattes import check_matte, cut_out
    from studio_app.export.textures import texture_set

    files: dict[Path, bytes] = {}
    pixels = frame.rgb
    if order.alpha or order.maps is not None:
        assert frame.latent is not None  # the engine's frames have theirs
        maps = engine.decode_maps(order.request, frame.latent)
        if order.maps is not None:
            request = order.request
            named = texture_set(maps, order.output.stem, request.kind, request.tile)
            files |= {order.maps / name: data for name, data in named.items()}
        if order.alpha:
            pixels = cut_out(pixels, maps.alpha).rgba()
            check_matte(pixels[..., 3])
    made = {"alpha": order.alpha, "maps": order.maps is not None, "people": order.people}
    files[order.output] = png_bytes(pixels, recipe_texts(order.request, **made))
    return files
