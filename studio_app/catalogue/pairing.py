"""What lies beside a model in the tree of folders in which it is kept, and goes with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from studio_app.catalogue.families import FAMILIES, VAES
from studio_app.catalogue.folders import SHARD, identify_network
from studio_app.catalogue.identify import MODELS
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.places import own_folder
from studio_app.core.errors import StudioError
from studio_app.core.reading import is_dir, is_file, list_folder

MAX_FILES = 64
_TREES = 4
"""So many folders above a model its tree may begin."""


TinyKind = Literal["taesd", "taesdxl", "taesd3", "taef1"]
"""A tiny decoder by its author's name: for the latents of Stable Diffusion 1 and 2, of SDXL, of Stable Diffusion 3, of
FLUX.1 and whoever took its autoencoder."""
_TINY: dict[TinyKind, str] = {"taesdxl": r"xl", "taesd3": r"sd[-_]?3", "taef1": r"aef1|flux"}
"""What the name of such a file has; none of these: `taesd`."""


def tiny_decoder_for(model: Path, channels: int, kind: TinyKind) -> Path | None:
    """A tiny decoder (TAESD and kin) for latents of so many channels, in `vae_approx` of the model's tree or of the
    user's own folder; None where there is none. kind: those of one number of channels have the same shapes: only the
    name of a file tells them apart."""
    detail = f"TAESD for {VAES.get({4: 'kl4', 16: 'kl16'}.get(channels, ''), '')}"
    for path in _beside(model, ("vae_approx", "VAE-approx")):
        if _tiny_kind(path) != kind:
            continue
        try:
            found = identify_network(path)
        except StudioError:
            continue
        if (found.role, found.detail) == ("tiny vae", detail):
            return path
    return None


def parts_for(model: Path, identity: Identity) -> dict[str, Path]:
    """By "vae" or the name of a text encoder, the file that a denoiser without its other parts goes with, as far as
    there is one beside it. Of two that would do, the first by name."""
    facts = FAMILIES[identity.family]
    wanted = {("text encoder", name): name for name in facts.text} | {("vae", facts.vae): "vae"}
    found: dict[str, Path] = {}
    kind = _vae_of(identity)
    for path in _beside(model, _PARTS):
        try:
            other = identify_network(path)
        except StudioError:
            continue
        part = wanted.get((other.role, other.detail))
        alien = part == "vae" and _vae_kind(path, facts.vae) != kind
        if part is not None and not alien and not other.unreadable:
            found.setdefault(part, path)
    return found


def union_for(model: Path, family: str) -> Path | None:
    """A file with a ControlNet for several kinds of drawing, for this family, in the tree of a model or in the user's
    own folder; None where there is none."""
    for path in _beside(model, ("controlnet", "ControlNet", "controlnets", "model_patches")):
        try:
            found = identify_network(path)
        except StudioError:
            continue
        if (found.role, found.family) == ("union controlnet", family) and not found.unreadable:
            return path
    return None


def _vae_of(identity: Identity) -> TinyKind:
    """Whose autoencoder goes with it. Those of one number of channels have the same shapes: names tell them apart."""
    if identity.family == "pixart":
        return "taesd" if identity.variant == "alpha" else "taesdxl"
    return _VAES.get(identity.family, "taesd")


_VAES: dict[str, TinyKind] = {"sdxl": "taesdxl", "sd3": "taesd3", "z-image": "taef1"}


def _vae_kind(path: Path, detail: str) -> TinyKind:
    """detail: of `VAES`. That of FLUX.1 is mostly called "ae"; of one whose shapes no other has no name is asked."""
    kind = _tiny_kind(path) if detail in ("kl4", "kl16") else "taesd"
    return "taef1" if detail == "kl16" and kind != "taesd3" else kind


_PARTS = ("vae", "VAE", "text_encoders", "text_encoder", "clip")


def _tiny_kind(path: Path) -> TinyKind:
    for kind, sign in _TINY.items():
        if re.search(sign, path.stem, re.IGNORECASE):
            return kind
    return "taesd"


def _beside(model: Path, names: Sequence[str]) -> Iterator[Path]:
    """Files of models in folders of these names, in the tree of a model and in the user's own folder; of a network in
    several files the first."""
    for root, folder in _folders(model, names):
        try:
            files = [path for path in list_folder(folder) if path.suffix.lower() in MODELS]
            yield from (p for p in files[:MAX_FILES] if _is_first(p) and _stays(p, root))
        except StudioError:
            continue


def _is_first(path: Path) -> bool:
    shard = SHARD.fullmatch(path.name)
    return is_file(path) and (shard is None or int(shard[2]) == 1)


def _stays(path: Path, root: Path) -> bool:
    """Whether it lies in its tree: a link may lead anywhere, and nobody has chosen these files by hand. Those of a
    snapshot in the cache of Hugging Face all lead to what its snapshots share."""
    if not path.is_symlink():
        return True
    try:
        target, whole = path.resolve(strict=True), root.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    snapshots = next(
        (parent for parent in (whole, *whole.parents) if parent.name == "snapshots"), None
    )
    return target.is_relative_to(whole) or (
        snapshots is not None and target.is_relative_to(snapshots.parent / "blobs")
    )


def _folders(model: Path, names: Sequence[str]) -> Iterator[tuple[Path, Path]]:
    """Those of these names that are there, each with the root of its tree."""
    for root in (*model.absolute().parents[:_TREES], own_folder()):
        for name in names:
            folder = root / name if root is not None else None
            try:
                if root is not None and folder is not None and is_dir(folder):
                    yield root, folder
            except StudioError:
                continue
