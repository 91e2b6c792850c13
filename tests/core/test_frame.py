"""Frames are sealed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from studio_app.core.frame import Frame


def make(pixels: np.ndarray) -> Frame:
    return Frame("digest", 1, 4, 999, "noisy", pixels, np.zeros((4, 1, 1), np.float32))


def test_pixels_are_read_only_and_contiguous():
    frame = make(np.zeros((8, 6, 4), np.uint8)[::2])
    assert frame.pixels.flags.c_contiguous
    assert not frame.pixels.flags.writeable
    assert frame.latent is not None
    assert not frame.latent.flags.writeable
    with pytest.raises(ValueError):
        frame.pixels[0, 0, 0] = 1


def test_a_view_of_a_buffer_is_copied():
    buffer = np.zeros(4 * 4 * 4, np.uint8)
    frame = make(buffer.reshape(4, 4, 4))
    buffer[:] = 7
    assert not frame.pixels.any()


def test_rgb_swaps_the_order():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[..., 0], pixels[..., 2] = 10, 30  # blue, red
    assert make(pixels).rgb[0, 0].tolist() == [30, 0, 10]


def test_a_frame_comes_out_of_a_pickle_read_only():
    copy = pickle.loads(pickle.dumps(make(np.ones((2, 2, 4), np.uint8))))
    assert copy.pixels.all()
    assert not copy.pixels.flags.writeable


def test_other_pixels_are_refused():
    for bad in (np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 4), np.float32)):
        with pytest.raises(ValueError):
            make(bad)
