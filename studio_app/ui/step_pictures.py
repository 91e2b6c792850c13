"""Steps of finished runs as pictures of full size, for looking at and for saving."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from studio_app.document.results import RunRecord, StepRecord
from studio_app.ui.feed import Feed
from studio_app.ui.images import to_qimage


def step_image(
    feed: Feed, run: RunRecord, step: StepRecord, which: Literal["x0", "xt"]
) -> tuple[QImage, bool]:
    """x_t or x0 of a step at the run's picture size, and whether it has all its detail.

    x_t is always whole: it is a smooth map of the latent, no finer than its thumbnail. x0 is whole of the
    last step and of recent runs; of older ones the decoded picture is gone and the thumbnail is enlarged.
    """
    request = run.request
    size = QSize(request.width, request.height)
    if which == "xt":
        return _enlarged(to_qimage(step.noisy), size), True
    if run.final is not None and step is run.steps[-1]:
        return to_qimage(run.final), True
    frame = feed.decoded(run.digest, step.i)
    if frame is not None:
        return to_qimage(frame.pixels), True
    return _enlarged(to_qimage(step.denoised), size), False


def _enlarged(image: QImage, size: QSize) -> QImage:
    return image.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
