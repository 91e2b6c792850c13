"""A save that fails, at whatever step and however, or is killed: the old file is there, or the new one, whole."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.contents.colour import Colour
from studio_app.document.document import Document, new_document
from studio_app.document.settings import Settings
from studio_app.document.stack import Node, Stack
from studio_app.document.store.documents import document_dict
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_reading import read_ora
from studio_app.document.store.saving import save_file, versions_of
from studio_app.document.store.sessions import SavedSession
from tests.document.store.killed_saves import REPORT

FAULTS = (errno.ENOSPC, errno.EIO, errno.EACCES)


def drawing(seed: int) -> Document:
    pixels = np.random.default_rng(seed).integers(0, 256, (64, 64, 4), np.uint8)
    document = new_document(Settings(width=64, height=64, seed=seed))
    return replace(document, stack=Stack((Node("one-1", Colour.of(pixels)), *document.stack.items)))


def save(path: Path, seed: int, cache: OraCache) -> None:
    save_file(path, SavedSession(drawing(seed), True, ""), cache)


class Faults:
    """Lets so many operations of a save succeed, and then the next one fail."""

    def __init__(self, patch: pytest.MonkeyPatch, good: int, number: int) -> None:
        self.done, self._good, self._number = 0, good, number
        for where, name in (
            (os, "fsync"), (os, "replace"), (os, "link"), (os, "open"), (Path, "open"), (Path, "unlink"),
            (zipfile.ZipFile, "writestr"), (zipfile.ZipFile, "_write_end_record"), (zipfile.ZipFile, "read"),
        ):  # fmt: skip
            patch.setattr(where, name, self._failing(getattr(where, name)))

    def _failing(self, known: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            self.done += 1
            if self.done == self._good + 1:
                raise OSError(self._number, os.strerror(self._number))
            return known(*given, **more)

        return call


@pytest.mark.parametrize("number", FAULTS)
def test_whatever_step_fails_the_old_file_is_there_byte_for_byte(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, cache = tmp_path / "a.ora", OraCache()
    save(path, 1, cache)
    before, steps, refused = path.read_bytes(), 0, 0
    while True:
        with monkeypatch.context() as patch:
            faults = Faults(patch, steps, number)
            try:
                save(path, 2, cache)
                failed = False
            except StudioError:
                failed = True
        steps += 1
        if faults.done < steps:
            break  # all of it succeeded: there was no such step
        if failed:
            refused += 1
            # Flushing the folder is the last step of all, and the new file is there then.
            assert (
                path.read_bytes() == before
                or document_dict(read_ora(path).document)["settings"]["seed"] == 2
            )
        left = [one.name for one in tmp_path.iterdir() if one.name.endswith(".tmp")]
        assert len(left) <= 1
        save(path, 1, cache)  # and the next try succeeds
        assert path.read_bytes() == before
        assert not [one for one in tmp_path.iterdir() if one.name.endswith(".tmp")]
    assert refused >= 15
    assert len(versions_of(path)) == 5


@pytest.mark.skipif(os.name == "nt", reason="no such limit")
def test_a_disk_that_is_really_full_leaves_the_old_file(tmp_path: Path):
    """By the system's own limit of a file's size, at many sizes."""
    import resource
    import signal

    path, cache = tmp_path / "a.ora", OraCache()
    save(path, 1, cache)
    before = path.read_bytes()
    known, action = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for most in range(0, len(before), len(before) // 12):
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, known[1]))
            try:
                with pytest.raises(StudioError, match="full"):
                    save(path, 2, cache)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, known)
            assert path.read_bytes() == before
    finally:
        signal.signal(signal.SIGXFSZ, action)
    save(path, 2, cache)
    assert path.read_bytes() != before


def test_what_did_not_reach_the_disk_as_it_was_is_not_put_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, cache = tmp_path / "a.ora", OraCache()
    save(path, 1, cache)
    before, fsync = path.read_bytes(), os.fsync

    def bad_disk(descriptor: int) -> None:
        """Loses what was written, and says nothing."""
        fsync(descriptor)
        if os.fstat(descriptor).st_size > 2000:
            os.pwrite(descriptor, b"\0" * 64, 1500)

    monkeypatch.setattr(os, "fsync", bad_disk)
    with pytest.raises(StudioError, match="did not read back"):
        save(path, 2, cache)
    monkeypatch.undo()
    assert path.read_bytes() == before


def killed(count: int, folder: Path) -> str:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.document.store.killed_saves", str(count), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_save_leaves_the_old_file_or_the_new_one(tmp_path: Path):
    assert killed(8, tmp_path).strip() == REPORT.format(count=8)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_two_hundred_killed_saves_leave_old_files_or_new_ones(tmp_path: Path):
    assert killed(200, tmp_path).strip() == REPORT.format(count=200)


def test_a_name_without_room_for_its_versions_is_refused_at_once(tmp_path: Path):
    """Such a file would be saved once, and never again."""
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    path = tmp_path / ("n" * (longest - len(".ora")) + ".ora")
    with pytest.raises(StudioError, match="too long"):
        save(path, 1, OraCache())
    assert not list(tmp_path.iterdir())
    shorter = path.with_name(path.name[3:])
    save(shorter, 1, OraCache())
    assert shorter.exists()
