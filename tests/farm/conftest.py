"""Jobs files, and the command that makes what they ask for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from studio_app.cli import main

Batch = Callable[..., int]


@pytest.fixture
def batch(maps_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Runs `underpaint batch jobs.jsonl ...` in tmp_path, quickly, with a tiny model that has maps."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, jobs: str = "jobs.jsonl", model: Path = maps_model) -> int:
        return main(["batch", jobs, *words, "--steps", "1", "--model", str(model)])

    return run


def write_jobs(*lines: Mapping[str, Any] | str, name: str = "jobs.jsonl") -> None:
    """A line that is text stands as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    Path(name).write_text("\n".join(texts) + "\n", encoding="utf-8")


def logged(name: str = "jobs.log.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]


def made(*patterns: str) -> set[str]:
    """The PNGs under the current folder."""
    return {path.as_posix() for path in Path().rglob("*.png")}
