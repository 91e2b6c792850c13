"""`python -m studio_app` is `underpaint`."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the process's command line. Everything loads inside, so that Ctrl+C is one line from the first moment."""
    try:
        from studio_app.cli import main as run

        return run()
    except KeyboardInterrupt:
        print("underpaint: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
