"""Decoders beside the autoencoder's own belong to one encoder's latents: which, is written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from diffusers import ConfigMixin
from torch import nn

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.training.checkpoints import averaged_weights, load_model_weights

D = TypeVar("D", bound=nn.Module)
_NAME = "encoder.json"


def remember_encoder(folder: Path, digest: str) -> None:
    """Notes whose latents a stage's decoder learns; another's would raise no error later, only be wrong.

    Raises StudioError where the stage was begun with another encoder.
    """
    path = folder / _NAME
    if path.exists():
        if json.loads(path.read_text(encoding="utf-8"))["digest"] != digest:
            raise StudioError(
                "This decoder was begun with another encoder",
                str(folder),
                "Delete that folder, or name another --out.",
            )
        return
    write_text_atomic(path, json.dumps({"digest": digest}))


def begin_from(network: nn.Module, folder: Path, digest: str) -> bool:
    """Fills `network` with a checkpoint's decoder (its `folder`), if it has one of the same encoder's latents.

    Returns whether it had. Raises StudioError where its sizes are others.
    """
    path = folder / "config.json"
    if (
        not path.exists()
        or json.loads(path.read_text(encoding="utf-8")).get("latents_of") != digest
    ):
        return False
    load_model_weights(folder, network)
    return True


def finished_decoder(network: D, folder: Path, name: str) -> D | None:
    """`network` with a stage's averaged weights, or None; its config's `latents_of` says whose latents it reads.

    Raises StudioError where the stage was run with other sizes.
    """
    weights = averaged_weights(folder, name)
    path = folder / _NAME
    if weights is None or not path.exists():
        return None
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise StudioError(
            "The run does not fit the recipe", str(error).splitlines()[-1].strip()
        ) from error
    assert isinstance(network, ConfigMixin)
    network.register_to_config(latents_of=json.loads(path.read_text(encoding="utf-8"))["digest"])
    return network
