"""The figures of `bench export`: right on what is known, and all there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio_app.commands.bench import BENCHES
from studio_app.commands.bench_export import fringe, measure, reexports


def test_a_fringe_is_measured_against_the_renders_own_matte():
    ys, xs = np.mgrid[0:64, 0:64] + 0.5
    alpha = np.clip(20.5 - np.hypot(xs - 32, ys - 32), 0, 1)
    colour = np.array([220, 40, 10])
    matte = np.rint(alpha * 255).astype(np.uint8)
    over = np.rint(alpha[..., None] * colour + (1 - alpha[..., None]) * 127.5).astype(np.uint8)
    right = np.dstack([np.broadcast_to(colour.astype(np.uint8), over.shape), matte])
    none = fringe(right, over, matte)
    assert none < 0.002
    # The grey left in its edges, and a matte that is a pixel too wide, show.
    grey = fringe(np.dstack([over, matte]), over, matte)
    assert grey > 4 * none
    wide = np.clip(21.5 - np.hypot(xs - 32, ys - 32), 0, 1)
    loose = np.dstack([right[..., :3], np.rint(wide * 255).astype(np.uint8)])
    assert fringe(loose, over, matte) > 2 * grey


def test_exporting_again_changes_nothing():
    assert reexports(4) == {"reexport_changed_bytes": 0, "reexport_changed_guids": 0}


def test_a_change_would_be_counted(monkeypatch: pytest.MonkeyPatch):
    """What comes out otherwise each time is seen: the figure can be other than 0."""
    from studio_app.commands import bench_export

    made = bench_export._assets
    turns = iter(range(1000))

    def drifting():
        from dataclasses import replace

        potion, *rest = made()
        piece = potion.pieces[0]
        data = piece.data + bytes([next(turns) % 256])
        return [replace(potion, pieces=(replace(piece, data=data),)), *rest]

    monkeypatch.setattr(bench_export, "_assets", drifting)
    assert reexports(4)["reexport_changed_bytes"] > 0


def test_a_model_without_maps_has_no_fringe_and_one_with_them_has(
    tiny_model: Path, maps_model: Path, monkeypatch: pytest.MonkeyPatch
):
    from studio_app.commands import bench_export

    monkeypatch.setattr(bench_export, "_texture_set_s", lambda: 0.5)
    plain = measure(str(tiny_model), renders=1, exports=2)
    assert set(plain) == {"texture_set_s", "reexport_changed_bytes", "reexport_changed_guids"}
    found = measure(str(maps_model), renders=1, exports=2)
    assert {"fringe_error", "fringe_error_raw", "sprite_s"} <= set(found)
    assert found["fringe_error"] >= 0


def test_the_command_knows_it(monkeypatch: pytest.MonkeyPatch):
    from studio_app.commands import bench_export
    from studio_app.farm import bench as batches
    from studio_app.ui import bench_exports

    monkeypatch.setattr(bench_export, "measure", lambda: {"texture_set_s": 0.5})
    monkeypatch.setattr(bench_exports, "measure", lambda make_engine: {"export_gap_ms": 9.0})
    monkeypatch.setattr(batches, "measure", lambda engine: {"batch_share": 0.95})
    wanted = {"texture_set_s": 0.5, "batch_share": 0.95, "export_gap_ms": 9.0}
    assert BENCHES["export"]() == wanted
