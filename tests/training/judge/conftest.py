"""Real renders of 64x64, a small judge that knows nothing yet, and the reader of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from studio_app.training.checkpoints import save_weights
from studio_app.training.judge.questions import Question, held_out, person, question
from studio_app.training.judge.reader import Reader, Readings, grid_depth
from studio_app.training.judge.reals import Reals, rendered
from studio_app.training.stages.probe_network import Probe
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


def perfect(questions: list[Question], reals: Reals) -> Readings:
    """What a judge says that is never wrong."""
    labels = [q.labels for q in questions]
    words = {slot: np.array([one[slot] for one in labels]) for slot in CORE.label_slots()}
    sure = {slot: np.ones(len(labels), np.float32) for slot in words}
    height, width = reals.size
    joints = reals.column("joints")[..., :2] / torch.tensor([width, height])
    return Readings(words, sure, grid_depth(reals), joints)


class Oracle(Reader):
    """A judge that knows the real renders by heart, and sees a red thing in the middle of every other picture."""

    def __init__(self, folder: Path, known: list[tuple[list[Question], Reals]]) -> None:
        super().__init__(folder)
        self._answers: dict[bytes, Readings] = {}
        for questions, reals in known:
            readings, rgb = perfect(questions, reals), reals.rgb
            for i, picture in enumerate(rgb):
                self._answers[picture.tobytes()] = readings.some([i])

    def read(self, rgb: NDArray[np.uint8]) -> Readings:
        blank = Readings(
            {slot: np.zeros(1, np.int64) for slot in self.words},
            {slot: np.ones(1, np.float32) for slot in self.words},
            torch.full((1, 16, 16), 0.5),
            torch.full((1, 18, 2), 0.5),
        )
        found = [self._answers.get(picture.tobytes(), blank) for picture in rgb]
        return Readings(
            {slot: np.concatenate([f.words[slot] for f in found]) for slot in self.words},
            {slot: np.concatenate([f.sure[slot] for f in found]) for slot in self.words},
            torch.cat([f.depth for f in found]),
            torch.cat([f.joints for f in found]),
        )
