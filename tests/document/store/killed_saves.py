"""Saves that are killed: `python -m tests.document.store.killed_saves COUNT FOLDER`, a process without threads of its
own, whose children save until they are killed, at moments drawn by lot."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio_app.core.files import remove_leftovers_of
from studio_app.document.contents.colour import Colour
from studio_app.document.document import Document, new_document
from studio_app.document.settings import Settings
from studio_app.document.stack import Node, Stack
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_reading import read_ora
from studio_app.document.store.saving import save_file, versions_of
from studio_app.document.store.sessions import SavedSession
from studio_app.document.store.ties import digest_of

REPORT = "{count} kills, 0 broken files"


def drawing(seed: int) -> Document:
    side = 512
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 4), np.uint8)
    document = new_document(Settings(width=side, height=side, seed=seed))
    return replace(document, stack=Stack((Node("one-1", Colour.of(pixels)),)))


def main(count: int, folder: Path) -> None:
    path, cache, chance = folder / "a.ora", OraCache(), random.Random(1)
    known = [SavedSession(drawing(seed), True, "") for seed in (1, 2)]
    whole = {digest_of(saved.document) for saved in known}
    for saved in known:  # what they are deflated to is remembered: a save is mostly writing then
        save_file(path, saved, cache)
    begun = time.monotonic()
    save_file(path, known[0], cache)
    longest = 3 * (time.monotonic() - begun)
    for _ in range(count):
        child = os.fork()
        if not child:
            turn = 0
            while True:
                save_file(path, known[turn % 2], cache)
                turn += 1
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for file in (path, *(version.path for version in versions_of(path))):
            if digest_of(read_ora(file).document) not in whole:
                raise SystemExit(f"{file} is neither the old nor the new one")
    remove_leftovers_of(path)
    left = [one.name for one in folder.iterdir() if not one.name.startswith("a.ora")]
    if left:
        raise SystemExit(f"left over: {left}")
    print(REPORT.format(count=count))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
