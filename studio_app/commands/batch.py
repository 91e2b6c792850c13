"""`underpaint batch`: thousands of pictures, rendered and exported, on this machine or on many."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio_app.commands.picture_options import (
    add_compile_option,
    add_picture_options,
    add_product_options,
    picture_options,
)
from studio_app.core.errors import StudioError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from studio_app.farm.lines import Batch
    from studio_app.farm.log import Outcome
    from studio_app.farm.orders import Order
    from studio_app.farm.pools import Pool
    from studio_app.farm.run import Course

EXAMPLES = """\
a line is a JSON object: the options of render by their names, and a table "export" with those of export:
  {"prompt": "a wooden axe", "seed": 7, "output": "axe.png"}
  {"prompt": "a red potion", "export": {"kind": "sprite", "name": "potion", "folder": "items"}}

for example:
  underpaint batch jobs.jsonl --steps 4 --into renders/
  underpaint batch jobs.jsonl --export project=~/games/lantern kind=sprite pivot=bottom
  underpaint batch jobs.jsonl --ray head.local:6379
"""

INTERRUPTED = 130
_FILES = ("depth", "pose", "init", "mask", "like")


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "batch",
        help="make and export thousands of pictures from a file",
        description="Renders and exports every line of a file. What an earlier run made is not made again. Bad lines "
        "are said and left out; the exit code is then 1. File names of pictures in a line start at the jobs file; "
        "what is written stays in the folder that --into names.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("jobs", metavar="JOBS.jsonl", help="the file: a JSON object a line")
    parser.add_argument("--prompt", help="of lines that have none")
    add_picture_options(parser)
    files = parser.add_argument_group("files")
    add_product_options(files)
    files.add_argument(
        "-o", "--output", metavar="OUT", help="the PNG of lines that name none, numbered"
    )
    files.add_argument(
        "--export",
        nargs="+",
        action="extend",
        metavar="KEY=VALUE",
        help="export every line: project=FOLDER kind=sprite preset=NAME ... as the table in a line",
    )
    files.add_argument(
        "--sign", nargs=2, metavar=("CERT", "KEY"), help="sign what is exported (C2PA)"
    )
    _add_own(files)
    run_ = parser.add_argument_group("how")
    run_.add_argument(
        "--dry-run", action="store_true", help="say what would be made, and write nothing"
    )
    run_.add_argument("--json", action="store_true", help="print a JSON object for each line")
    run_.add_argument(
        "--fresh", action="store_true", help="make again what an earlier run has made"
    )
    run_.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="paint on a Ray cluster: HOST:PORT, ray://HOST:PORT, auto, or local (default)",
    )
    add_compile_option(run_)
    run_.add_argument("--workers", type=int, metavar="N", help="of --ray (default: one a device)")
    parser.set_defaults(run=run)


def _add_own(files: Any) -> None:
    files.add_argument(
        "--into", default="", metavar="DIR", help="where outputs start and stay (default: here)"
    )
    files.add_argument(
        "--log", metavar="FILE", help="what was made, and is not again (default: JOBS.log.jsonl)"
    )
    files.add_argument(
        "--sheet", metavar="FILE", help="the contact sheet, JPEG or PNG (default: JOBS.sheet.jpg)"
    )
    files.add_argument("--no-sheet", action="store_true", help="make none")


def standing(args: argparse.Namespace) -> argparse.Namespace:
    """The options of another command that names a jobs file, with what is this command's own as it stands."""
    own = {
        "export": None, "into": "", "log": None, "sheet": None, "no_sheet": False, "dry_run": False,
        "json": False, "fresh": False, "ray": None, "workers": None, "sign": None, "compile": False,
    }  # fmt: skip
    return argparse.Namespace(**(own | vars(args)))


def run(args: argparse.Namespace) -> int:
    from studio_app.farm.run import Listener, look
    from studio_app.farm.run import run as run_batch

    batch = _batch(args)
    if args.workers is not None and (args.ray is None or not 1 <= args.workers <= 4096):
        raise StudioError("--workers goes with --ray", "it is a number from 1 to 4096")
    teller = Teller(batch, as_json=args.json)
    listener = Listener(teller.outcome, teller.note)
    if args.dry_run:
        found = [teller.would(item) for item in look(batch, listener)]
        return 0 if all(found) and not teller.bad else 1
    pool = _pool(args)
    try:
        with stopping() as stop:
            course = run_batch(batch, pool, listener, stop.asked_for)
    finally:
        pool.close()
    teller.end(course)
    return INTERRUPTED if course.stopped else 0 if course.sound else 1


@dataclass
class Stop:
    """Whether somebody asked for an end."""

    asked: bool = False

    def asked_for(self) -> bool:
        return self.asked


@contextmanager
def stopping() -> Iterator[Stop]:
    """The first Ctrl+C (or SIGTERM) asks for an end after what is being painted; the second is one."""
    stop = Stop()

    def heard(number: int, frame: object) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        print(
            "underpaint: stopping after this picture; once more stops at once",
            file=sys.stderr,
            flush=True,
        )

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Teller:
    """Says what becomes of the lines: paths, or JSON, on the standard output; the rest on the standard error."""

    batch: Batch
    as_json: bool = False
    bad: bool = False

    def outcome(self, outcome: Outcome, course: Course) -> None:
        moving = sys.stderr.isatty()
        where = f"line {outcome.line} of {self.batch.jobs.name}"
        if self.as_json:
            folder = self.batch.log_file.absolute().parent
            self._print(json.dumps(outcome.fields(folder), ensure_ascii=False))
        elif outcome.status == "done":
            self._print(str(outcome.path))
        if outcome.reason:
            self.bad = True
            self._say(f"underpaint: {where}: {outcome.reason}")
        elif outcome.status == "done":
            said = f"{outcome.name} (seed {outcome.seed}, {outcome.steps} steps, {outcome.seconds:.2f} s)"
            self._say(f"{_progress(course)} {said}{_left(course)}", stays=not moving)
        elif moving:
            self._say(f"{_progress(course)} {outcome.name} is there", stays=False)

    def note(self, text: str) -> None:
        self._say(f"underpaint: note: {text}")

    def would(self, item: Order | Outcome) -> bool:
        """Of a dry run; whether it is no failure."""
        from studio_app.farm.log import Outcome

        if isinstance(item, Outcome):
            if item.reason:
                self._say(f"underpaint: line {item.line} of {self.batch.jobs.name}: {item.reason}")
                return False
            self._would(item.line, "keep", item.name, item.digest)
            return True
        if item.output is not None:
            self._would(item.line, "render", str(item.output), item.digest)
        if item.export is not None:
            export = item.export
            what = f"{export.settings.kind} {item.asset!r} into {export.project.root}"
            self._would(item.line, "export", what, item.digest)
        return True

    def end(self, course: Course) -> None:
        """What the whole batch came to."""
        counts = {name: number for name, number in course.counts.items() if number}
        left = course.count - course.settled
        if self.as_json:
            sheets = [str(path) for path in course.sheets]
            value = {"count": course.count, **counts, "left": left, "sheets": sheets}
            self._print(json.dumps(value, ensure_ascii=False))
        said = ", ".join(f"{number} {name}" for name, number in counts.items())
        rest = f", {left} left for the next run" if left else ""
        self._say(f"underpaint: {course.count} lines: {said}{rest}")
        for path in course.sheets:
            self._say(f"underpaint: contact sheet: {path}")

    def _would(self, line: int, action: str, what: str, digest: str) -> None:
        if self.as_json:
            value = {"line": line, "action": action, "what": what, "digest": digest}
            self._print(json.dumps(value, ensure_ascii=False))
        else:
            self._print(f"{action:<8} {what}")

    def _print(self, text: str) -> None:
        if sys.stderr.isatty() and sys.stdout.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        print(text)

    def _say(self, text: str, *, stays: bool = True) -> None:
        start = "\r\033[K" if sys.stderr.isatty() else ""
        print(f"{start}{text}", end="\n" if stays else "", file=sys.stderr, flush=True)


def _batch(args: argparse.Namespace) -> Batch:
    from studio_app.core.reading import expanded
    from studio_app.export.provenance.signing import read_signer
    from studio_app.farm.lines import Batch
    from studio_app.farm.orders import output_path

    jobs = expanded(args.jobs)
    options = picture_options(args)
    # A line's file names start at the jobs file; those of the command line where it was typed.
    whole = {name: getattr(options, name) for name in _FILES}
    given = {name: str(Path(file).absolute()) for name, file in whole.items() if file is not None}
    signer = None
    if args.sign is not None:
        certificate, key = map(expanded, args.sign)
        signer = read_signer(certificate, key)
    sheet = jobs.with_name(f"{jobs.stem}.sheet.jpg") if args.sheet is None else expanded(args.sheet)
    return Batch(
        jobs,
        replace(options, **given),
        None if args.export is None else _table(args.export),
        expanded(args.into),
        None if options.output is None else output_path(options.output),
        None if args.frames is None else Path(args.frames),
        None if args.maps is None else Path(args.maps),
        None if args.log is None else expanded(args.log),
        None if args.no_sheet else sheet,
        args.fresh,
        signer,
    )


def _table(words: list[str]) -> Mapping[str, Any]:
    """KEY=VALUE, values as JSON where they are some, else as text. StudioError for anything else."""
    from studio_app.core.jsons import parse_json

    table: dict[str, Any] = {}
    for word in words:
        key, sign, text = word.partition("=")
        if not sign or not key:
            raise StudioError(f"--export takes KEY=VALUE, not {word!r:.60}", "", "As kind=sprite.")
        try:
            value = parse_json(text, key)
        except StudioError:
            value = text
        name = key.replace("-", "_")
        table[name] = text if name in ("project", "name", "folder", "answer") else value
    if "palette" in table:
        table["palette"] = str(Path(str(table["palette"])).absolute())
    return table


def _pool(args: argparse.Namespace) -> Pool:
    if args.ray is not None:
        from studio_app.farm.ray_pool import RayPool

        return RayPool(args.ray, args.workers, compiling=args.compile)
    from studio_app.farm.pools import LocalPool

    def make_engine() -> Any:
        from studio_app.engine.factory import make_engine  # torch: seconds

        return make_engine(compiling=args.compile)

    return LocalPool(make_engine)


def _progress(course: Course) -> str:
    return f"[{course.settled}/{course.count}]"


def _left(course: Course) -> str:
    seconds = course.left_s
    if seconds is None or course.settled == course.count:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{rest:02} left" if hours else f", {minutes}:{rest:02} left"
