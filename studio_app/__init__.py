"""Underpaint: a live-diffusion studio. You paint depth, pose and colour; a picture forms as you paint.

The floors of the house, highest first; each may know those below it, never those above:

    cli        one parser, one place where errors become lines
    commands   what the command line can do, one module per command
    training   the world the embedded model learns from, and the stages that train it
    engine     torch and diffusers: from a request to frames
    document   what the artist makes: poses and pictures as files
    scene      a small 3D world and what one camera sees of it, in numpy
    core       the vocabulary: requests, frames, errors, files

To place a new file, read the chapters: the docstring of each folder's `__init__.py` says what lives there and
what may not. The rules are checked by import-linter (pyproject.toml) and by tests/architecture.
"""

__version__ = "0.1.0"
