"""Real renders of 64x64, a small judge that knows nothing yet, and the reader of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from studio_app.training.checkpoints import save_weights
from studio_app.training.judge.questions import Question, held_out, person, question
from studio_app.training.judge.reader import Reader
from studio_app.training.judge.reals import Reals, rendered
from studio_app.training.probe import Probe
from studio_app.training.world.words import CORE

SIZE, COUNT = 64, 8


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all tests keep their renders."""
    return tmp_path_factory.mktemp("reals")


@pytest.fixture(scope="session")
def asked() -> list[Question]:
    return [question(i) for i in range(COUNT)]


@pytest.fixture(scope="session")
def reals(cache: Path) -> Reals:
    """Of `asked`."""
    return rendered("words", lambda i: question(i).spec, COUNT, SIZE, cache)


@pytest.fixture(scope="session")
def people_reals(cache: Path) -> Reals:
    return rendered("people", lambda i: person(i).spec, COUNT, SIZE, cache)


@pytest.fixture(scope="session")
def held_out_reals(cache: Path) -> Reals:
    return rendered("held_out", lambda i: held_out(i).spec, COUNT, SIZE, cache)


@pytest.fixture(scope="session")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a probe of the core world with random weights."""
    folder = tmp_path_factory.mktemp("untaught")
    words = CORE.label_slots()
    torch.manual_seed(0)
    channels = (8, 16, 16, 24)
    probe = Probe({slot: len(names) for slot, names in words.items()}, channels)
    save_weights(folder / "probe.safetensors", probe.state_dict(), torch.float16)
    table = {"words": words, "channels": channels}
    (folder / "probe.json").write_text(json.dumps(table))
    return folder


@pytest.fixture(scope="session")
def reader(untaught: Path) -> Reader:
    return Reader(untaught)
