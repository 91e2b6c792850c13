"""The options of `underpaint export`, and the settings that they ask for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from studio_app.export.settings import ExportSettings, Remembered

_AS_GIVEN = ("kind", "name", "folder", "template", "collision", "format", "bits", "quality", "scale", "padding",
            "pixels_per_unit", "colours", "palette", "columns", "uniform", "fps", "animation",
            "frame_names", "lossless", "seamless")  # fmt: skip
"""Options that are called as their fields of the settings, and say the same."""


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """What is exported, as what, where it goes, and how."""
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
    _add_sources(what)
    _add_making(what)
    _add_sprites(parser.add_argument_group("sprites and sheets"))
    _add_sheets(parser.add_argument_group("sheets"))
    _add_places(parser.add_argument_group("where"))
    _add_manners(parser.add_argument_group("how"))


def _add_sources(what: _ArgumentGroup) -> None:
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


def _add_making(what: _ArgumentGroup) -> None:
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


def _add_sprites(sprites: _ArgumentGroup) -> None:
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


def _add_sheets(sheets: _ArgumentGroup) -> None:
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


def _add_places(where: _ArgumentGroup) -> None:
    where.add_argument("--name", help="of the asset (default: the picture's own)")
    where.add_argument("--folder", help="inside the project (default: the engine's custom)")
    where.add_argument("--template", help="of file names, as T_{name}{version}{role}")
    where.add_argument(
        "--collision", help="replace, version, refuse or overwrite (default: replace)"
    )
    where.add_argument("--no-sidecars", action="store_true", default=None, help="pictures alone")


def _add_manners(how: _ArgumentGroup) -> None:
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


def export_settings(args: argparse.Namespace, remembered: Remembered) -> ExportSettings:
    """The preset's, or the last, or none; over them what the line says. StudioError where that can't be."""
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
    given: dict[str, Any] = {name: getattr(args, name) for name in _AS_GIVEN}
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


def _pivot(text: str) -> str | list[float]:
    try:
        return [float(part) for part in text.split(",")] if "," in text else text
    except ValueError:
        return text
