"""The options of one picture, as `underpaint render` has them, and `underpaint batch` for every line that says nothing
else."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import TYPE_CHECKING

from studio_app.core.capabilities import SAMPLERS

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from studio_app.farm.options import Options


def add_picture_options(parser: argparse.ArgumentParser) -> None:
    """Those that decide the picture."""
    _add_words(parser.add_argument_group("words"))
    _add_run(parser.add_argument_group("run"))
    drawings = parser.add_argument_group("drawings")
    _add_drawings(drawings)
    _add_strengths(drawings)
    _add_beginnings(drawings)


def add_compile_option(group: _ArgumentGroup | argparse.ArgumentParser) -> None:
    """Of a command that makes an engine: for who draws many pictures of one size."""
    group.add_argument(
        "--compile",
        action="store_true",
        help="compile the networks for every kind of picture before the first of it, which takes minutes; "
        "the last bits are others",
    )


def _add_words(words: _ArgumentGroup) -> None:
    words.add_argument("--negative", metavar="TEXT", help="what it should not show")
    words.add_argument(
        "--guidance",
        type=float,
        metavar="G",
        help="how strictly it obeys the words (default: the model's own)",
    )
    words.add_argument("--kind", help="scene, character, isolated or texture (default: scene)")


def _add_run(run: _ArgumentGroup) -> None:
    run.add_argument(
        "--steps", type=int, metavar="N", help="denoising steps (default: the model's own)"
    )
    run.add_argument("--sampler", help=f"{', '.join(SAMPLERS)} (default: the model's own)")
    run.add_argument(
        "--seed", type=int, help="whole number from 0 (default: 0); the same seed, the same picture"
    )
    run.add_argument(
        "--size",
        metavar="WxH",
        help="multiples of 32, from 64 to what the model bears (default: its own)",
    )
    run.add_argument("--tile", choices=("x", "y", "xy", "none"), help="seamless on these axes")
    run.add_argument("--model", metavar="MODEL", help="name or folder of a model")
    run.add_argument(
        "--lora",
        action="append",
        metavar="FILE[:W]",
        help="a LoRA of .safetensors, or the name of one in models/loras of your folder, and how much of it (1); "
        "again for several",
    )
    run.add_argument(
        "--clip-skip",
        type=int,
        metavar="N",
        help="the layer of its text encoder, from the last, that tells a Stable Diffusion the words (default: 1)",
    )


def _add_drawings(drawings: _ArgumentGroup) -> None:
    drawings.add_argument(
        "--depth", metavar="FILE", help="picture or EXR: white is near, black background"
    )
    drawings.add_argument(
        "--depth-near",
        choices=("white", "black", "distance"),
        help="what is near in it: white, black, or a small distance (default: distance in an EXR whose numbers go "
        "beyond 0 to 1, else white)",
    )
    drawings.add_argument(
        "--depth-normalise",
        action=argparse.BooleanOptionalAction,
        help="stretch it until the nearest is white and the farthest black",
    )
    drawings.add_argument(
        "--depth-around",
        choices=("background", "unknown"),
        help="what the transparent parts of the depth are (default: background)",
    )
    drawings.add_argument("--pose", metavar="FILE", help="OpenPose JSON, or picture of the figure")
    drawings.add_argument(
        "--reference", metavar="FILE", help="picture to be like, for a model that looks at some"
    )


def _add_strengths(drawings: _ArgumentGroup) -> None:
    drawings.add_argument("--depth-strength", type=float, metavar="S", help="0 to 2 (default: 1)")
    drawings.add_argument("--pose-strength", type=float, metavar="S", help="0 to 2 (default: 1)")
    drawings.add_argument(
        "--reference-strength", type=float, metavar="S", help="0 to 2 (default: 1)"
    )
    drawings.add_argument(
        "--control-start",
        type=float,
        metavar="F",
        help="the drawings act from this part of the run, 0 to 1 (default: 0)",
    )
    drawings.add_argument(
        "--control-end", type=float, metavar="F", help="and up to this part, 0 to 1 (default: 1)"
    )


def _add_beginnings(drawings: _ArgumentGroup) -> None:
    """What a picture starts from."""
    drawings.add_argument("--init", metavar="FILE", help="picture to start from")
    drawings.add_argument(
        "--strength", type=float, metavar="S", help="how far from it, 0 to 1 (default: 1)"
    )
    drawings.add_argument(
        "--mask", metavar="FILE", help="picture: white is painted anew, black stays"
    )
    drawings.add_argument("--like", metavar="PNG", help="begin from the recipe in this picture")


def add_product_options(files: _ArgumentGroup) -> None:
    """Those that say what is made of it beside itself."""
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


def picture_options(args: argparse.Namespace) -> Options:
    """What a command line gave of them."""
    from studio_app.farm.options import Options  # reads pictures: not for --help

    return Options(**{item.name: getattr(args, item.name) for item in fields(Options)})
