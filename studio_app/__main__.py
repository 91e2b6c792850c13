"""`python -m studio_app` is `underpaint`."""

from __future__ import annotations

from studio_app.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
