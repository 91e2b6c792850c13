"""Batches of what nobody drew, told as the studio tells its model of it: the thing or the character that the words
name has the depth of a specimen, or a pose and the depth of a dressed body (`scene/forms.py`,
`engine/controls/embodied.py`).

The world's own pictures have depth and pose at once only by chance, and never those forms. A prompt alone is what a
student is asked most of all: without such ways it learns that from its teacher by hearsay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.controls.embodied import Bodies, kinds_of
from studio_app.engine.controls.features import adapter_input
from studio_app.scene.forms import formed
from studio_app.training.corpus import Batch, Corpus, Drawings
from studio_app.training.data import KINDS
from studio_app.training.loop import Draw

DEPTH_CHANNELS, POSE_CHANNELS = 2, 3
WHOLE = 1.0
"""Strength of a body's depth, in shares of the pose's own: what the published checkpoint says (`pose_body`)."""


def formed_batch(corpus: Corpus, indices: np.ndarray, draw: Draw) -> Batch:
    """Of these pictures, which are no textures, one caption each, whole and with its kind, and nothing of their own
    drawings: what the studio would draw for such words and a seed by chance."""
    choices = draw.choices
    batch = corpus.batch_of(indices, draw)
    kinds = corpus.kinds[batch.indices].tolist()
    captions = (corpus.pictures.captions[int(i)] for i in batch.indices)
    texts = [said[int(choices.integers(len(said)))] for said in captions]
    height, width = corpus.pictures.size
    bodies = Bodies(WHOLE)
    told = [
        bodies.of([formed(_request(text, kind, int(choices.integers(2**31)), width, height))])[0]
        for text, kind in zip(texts, kinds, strict=True)
    ]
    drawings = partial(_drawings, told, corpus.device)
    return replace(
        batch,
        ids=corpus.prompter.encode(texts, kinds).to(corpus.device),
        depth=drawings("depth", DEPTH_CHANNELS),
        pose=drawings("pose", POSE_CHANNELS),
    )


def _request(text: str, kind: int, seed: int, width: int, height: int) -> GenerationRequest:
    return GenerationRequest(text, kind=KINDS[kind], seed=seed, width=width, height=height)  # type: ignore[arg-type]


def _drawings(
    told: Sequence[GenerationRequest], device: torch.device, kind: str, channels: int
) -> Drawings:
    """The controls of a kind, of the requests that have one."""
    rows: list[int] = []
    pictures: list[Tensor] = []
    strengths: list[float] = []
    for row, request in enumerate(told):
        control: Control | None = kinds_of(request).get(kind)
        if control is not None:
            rows.append(row)
            pictures.append(adapter_input(control, channels, request.width, request.height))
            strengths.append(control.strength)
    size = told[0].height, told[0].width
    drawn = torch.cat(pictures) if pictures else torch.zeros(0, channels, *size)
    return Drawings(
        torch.tensor(rows, dtype=torch.int64, device=device),
        drawn.to(device),
        torch.tensor(strengths, dtype=torch.float32, device=device),
    )
