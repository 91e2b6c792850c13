"""Where a stage trains."""

from __future__ import annotations

import torch

from studio_app.core.errors import StudioError


def choose_device(wanted: str) -> torch.device:
    """ "auto": cuda, then mps, then cpu. Raises StudioError where the wanted one is missing."""
    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise StudioError(
            "There is no CUDA device", "The recipe asks for one.", 'Set device = "auto" in it.'
        )
    if has_cuda:
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    if wanted != "auto":
        return torch.device(wanted)
    if has_cuda:
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
