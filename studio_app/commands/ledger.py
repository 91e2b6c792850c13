"""`underpaint ledger`: what went into a game project, checked, or as the AI use report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "ledger",
        help="check what was exported into a game project, or report it",
        description="Every export into a game project is a line of its .underpaint/ledger.jsonl.",
    )
    actions = parser.add_subparsers(
        title="actions", metavar="ACTION", required=True, parser_class=type(parser)
    )
    verify = actions.add_parser(
        "verify",
        help="check every line, the chain, and the files",
        description="Checks that no line was changed or taken out, and which files are as they were exported. "
        "Exit code 1 where the chain is broken; a file that was painted on since is no fault.",
    )
    verify.add_argument("project", metavar="PROJECT", help="a folder in the project")
    verify.set_defaults(run=run_verify)
    report = actions.add_parser(
        "report",
        help="write the AI use report",
        description="What of the project was made with which model, under which licence, painted over how much, with "
        "a draft for Steam's content survey.",
    )
    report.add_argument("project", metavar="PROJECT", help="a folder in the project")
    report.add_argument(
        "--csv", action="store_true", help="a table, one line a file, instead of Markdown"
    )
    report.add_argument("-o", "--output", metavar="FILE", help="write it there (default: print it)")
    report.set_defaults(run=run_report)


def run_verify(args: argparse.Namespace) -> int:
    from studio_app.export.ledger import verify
    from studio_app.export.projects import open_project

    found = verify(open_project(Path(args.project)).root)
    for problem in found.problems:
        print(f"broken: {problem}")
    for path in found.changed:
        print(f"changed since: {path}")
    for path in found.missing:
        print(f"no longer there: {path}")
    exports = f"{found.entries} export{'' if found.entries == 1 else 's'}"
    print(f"{exports}: the chain is {'broken' if found.problems else 'whole'}")
    return 1 if found.problems else 0


def run_report(args: argparse.Namespace) -> int:
    from studio_app.core.files import write_text_atomic
    from studio_app.export.projects import open_project
    from studio_app.export.report import as_csv, as_markdown, report_of

    report = report_of(open_project(Path(args.project)).root)
    text = as_csv(report) if args.csv else as_markdown(report)
    if args.output is None:
        print(text, end="")
    else:
        write_text_atomic(Path(args.output), text)
        print(args.output)
    if report.problems:
        print(
            "underpaint: note: the ledger's chain is broken; the report says where", file=sys.stderr
        )
    return 0
