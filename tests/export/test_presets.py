"""Presets of a project, which several people and windows change."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from studio_app.export.settings import (
    ExportSettings,
    Remembered,
    change_presets,
    read_remembered,
    write_last,
)


def test_two_who_save_presets_at_once_keep_both(tmp_path: Path):
    write_last(tmp_path, ExportSettings(padding=7))
    begun = threading.Event()

    def slowly(known: Remembered) -> Remembered:
        begun.set()
        time.sleep(0.2)
        return known.with_preset("mine", ExportSettings(kind="sprite"))

    other = threading.Thread(target=change_presets, args=(tmp_path, slowly))
    other.start()
    assert begun.wait(20)
    change_presets(tmp_path, lambda known: known.with_preset("theirs", ExportSettings()))
    other.join()
    kept = read_remembered(tmp_path)
    assert set(kept.presets) == {"mine", "theirs"}
    assert kept.last is not None and kept.last.padding == 7
