"""What lies beside a model in the tree of folders in which it is kept, and goes with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from studio_app.catalogue.families import VAES
from studio_app.catalogue.identify import MODELS, identify_file
from studio_app.catalogue.places import own_folder
from studio_app.core.errors import StudioError
from studio_app.core.reading import is_dir, is_file, list_folder

MAX_FILES = 64
_TREES = 4
"""So many folders above a model its tree may begin."""


def tiny_decoder_for(model: Path, channels: int, *, xl: bool) -> Path | None:
    """A tiny decoder (TAESD and kin) for latents of so many channels, in `vae_approx` of the model's tree or of the
    user's own folder; None where there is none. xl: whether they are those of SDXL, which have the same shapes: only
    the name of a file tells them apart."""
    detail = f"TAESD for {VAES.get({4: 'kl4', 16: 'kl16'}.get(channels, ''), '')}"
    for path in _approximations(model):
        # TAESD 3 is for Stable Diffusion 3, TAEF1 for FLUX.1: both have 16 channels, which is told by the shapes.
        if bool(re.search(r"xl", path.stem, re.IGNORECASE)) != xl:
            continue
        try:
            found = identify_file(path)
        except StudioError:
            continue
        if (found.role, found.detail) == ("tiny vae", detail):
            return path
    return None


def _approximations(model: Path) -> Iterator[Path]:
    roots = [*model.absolute().parents[:_TREES], own_folder()]
    for root in roots:
        for name in ("vae_approx", "VAE-approx"):
            folder = root / name if root is not None else None
            try:
                if folder is not None and is_dir(folder):
                    files = [
                        path for path in list_folder(folder) if path.suffix.lower() in MODELS[:2]
                    ]
                    yield from (
                        path
                        for path in files[:MAX_FILES]
                        if is_file(path) and not path.is_symlink()
                    )
            except StudioError:
                continue
