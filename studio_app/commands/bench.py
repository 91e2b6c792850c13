"""`underpaint bench`: how fast the parts are on this machine."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from studio_app.core.errors import StudioError
from studio_app.core.hardware import describe

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def _scene() -> Mapping[str, float]:
    from studio_app.training.bench_scene import measure

    return measure()


def _engine(size: str = "embedded") -> Mapping[str, float]:
    from studio_app.engine.benches import embedded as bench
    from studio_app.engine.benches import sd15 as sd15_bench
    from studio_app.engine.benches import sdxl as sdxl_bench
    from studio_app.engine.benches import stock as bench_stock

    if size == "sd15":
        return sd15_bench.measure()
    if size == "sdxl":
        return sdxl_bench.measure()
    return {**bench.measure(), **bench_stock.measure()}


def _live(**given: Any) -> Mapping[str, float]:
    # The one command that opens windows: pyproject.toml names these lines to import-linter.
    from studio_app.engine.factory import make_engine
    from studio_app.ui.bench_live import measure

    return measure(make_engine, **given)


def _export() -> Mapping[str, float]:
    from studio_app.commands.bench_export import measure
    from studio_app.engine.factory import make_engine
    from studio_app.farm import bench as batches
    from studio_app.ui import bench_exports

    engine = make_engine()
    figures = {**measure(), **batches.measure(engine)}
    engine.unload()
    return figures | bench_exports.measure(make_engine)


def _canvas() -> Mapping[str, float]:
    from studio_app.engine.factory import make_engine
    from studio_app.scene.bench import measure_drags
    from studio_app.session import bench_kills, bench_undo
    from studio_app.ui import bench_canvas, bench_saves

    figures = {**bench_canvas.measure(make_engine), **bench_undo.measure(), **measure_drags()}
    return {**figures, **bench_saves.measure(make_engine), **bench_kills.measure()}


BENCHES: dict[str, Callable[..., Mapping[str, float]]] = {
    "canvas": _canvas,
    "scene": _scene,
    "engine": _engine,
    "export": _export,
    "live": _live,
}
"""By name; each imports what it measures when it is called, and returns figures by key."""

_TAKES = {"seconds": "live", "edits": "live", "size": "engine"}
"""Options, and the one bench that takes each."""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "bench",
        help="measure how fast this machine is",
        description="Measures how fast the parts are on this machine; takes up to two minutes (live: five).",
    )
    parser.add_argument("what", choices=sorted(BENCHES), help="the part to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seconds", type=float, help="live: how long to paint (20)")
    parser.add_argument("--edits", type=int, help="live: edits that memory is watched over (2000)")
    parser.add_argument(
        "--size",
        choices=("embedded", "sd15", "sdxl"),
        help="engine: the embedded model (default), or networks of the size of Stable Diffusion 1, weights by lot:"
        " takes minutes and 9 GiB; or of Stable Diffusion XL, on a CUDA card alone",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    options = {name: getattr(args, name) for name in _TAKES}
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if args.what != _TAKES[name]:
            raise StudioError(f"bench {args.what} takes no --{name}", f"only {_TAKES[name]} does")
    figures = BENCHES[args.what](**given)
    print_figures(f"bench {args.what}", figures, as_json=args.json)
    return 0


def print_figures(name: str, figures: Mapping[str, float], *, as_json: bool, **more: Any) -> None:
    """Prints figures as every `bench` and `eval` does: one JSON object, or a table for people.

    What was not measured is absent from `figures`, never zero. `more` are further keys of the object.
    """
    if as_json:
        found = {"name": name, "hardware": describe(), "figures": dict(figures), **more}
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return
    print(f"{name} on {describe()}")
    width = max((len(key) for key in figures), default=0)
    for key, value in figures.items():
        print(f"  {key:<{width}}  {_readable(value):>12}")


def _readable(value: float) -> str:
    """Integers whole, the rest with four digits that count."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
