"""The viewer's ways to look, on frames made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.core.frame import Frame
from studio_app.core.request import GenerationRequest
from studio_app.session.mailbox import Delivery
from studio_app.ui import theme
from studio_app.ui.images import pixels_of, to_qimage
from studio_app.ui.viewer.picture_view import PictureView
from studio_app.ui.viewer.viewer_model import ViewerModel

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
RED, GREEN, BLUE = (0, 0, 255, 255), (0, 255, 0, 255), (255, 0, 0, 255)  # B, G, R, A
REQUEST = GenerationRequest("a potion", width=64, height=64)


def frame(kind: str, bgra: tuple[int, int, int, int], size: int = 64) -> Frame:
    pixels = np.full((size, size, 4), bgra, np.uint8)
    return Frame(REQUEST.digest, 1, 4, 999, kind, pixels)  # pyright: ignore[reportArgumentType]


def delivery(
    noisy: Frame | None = None, denoised: Frame | None = None, final: bool = False
) -> Delivery:
    return Delivery(1, REQUEST, noisy, denoised, final, False, 0.0)


@pytest.fixture
def model() -> ViewerModel:
    theme.load("dark")
    return ViewerModel()


@pytest.fixture
def view(qtbot: QtBot, model: ViewerModel) -> PictureView:
    theme.apply("dark")
    made = PictureView(model)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    qtbot.waitExposed(made)
    return made


def seen(view: PictureView, cell: int, x: float, y: float) -> QColor:
    """The colour on screen at shares x, y of a cell."""
    rect = view.transform.view_rect(view.cell_rect(cell))
    place = QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height()).toPoint()
    return view.grab().toImage().pixelColor(place)


def rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def test_x0_and_x_t_are_one_key_apart(view: PictureView, model: ViewerModel):
    model.show_delivery(delivery(frame("noisy", RED), frame("denoised", GREEN)))
    assert rgb(seen(view, 0, 0.5, 0.5)) == (0, 255, 0)
    model.next_look()
    assert rgb(seen(view, 0, 0.5, 0.5)) == (255, 0, 0)
    model.next_look()
    assert rgb(seen(view, 0, 0.5, 0.5)) == (255, 0, 0)
    assert rgb(seen(view, 1, 0.5, 0.5)) == (0, 255, 0)
    model.next_look()
    assert model.look == "x0"


def test_calm_shows_whole_pictures_only(view: PictureView, model: ViewerModel):
    model.set_calm(True)
    model.show_delivery(delivery(denoised=frame("denoised", RED)))
    assert model.image("x0") is None
    model.show_delivery(delivery(denoised=frame("final", GREEN), final=True))
    assert rgb(seen(view, 0, 0.5, 0.5)) == (0, 255, 0)
    model.show_delivery(delivery(denoised=frame("denoised", RED)))
    assert rgb(seen(view, 0, 0.5, 0.5)) == (0, 255, 0)


def test_a_pinned_step_stays_while_frames_arrive(view: PictureView, model: ViewerModel):
    model.pin(to_qimage(frame("noisy", RED).pixels), to_qimage(frame("denoised", BLUE).pixels))
    model.show_delivery(delivery(denoised=frame("denoised", GREEN)))
    assert rgb(seen(view, 0, 0.5, 0.5)) == (0, 0, 255)
    model.unpin()
    assert rgb(seen(view, 0, 0.5, 0.5)) == (0, 255, 0)


def test_a_and_b_meet_at_the_divider(view: PictureView, model: ViewerModel):
    model.show_delivery(delivery(denoised=frame("final", RED), final=True))
    assert model.keep()
    model.show_delivery(delivery(denoised=frame("final", GREEN), final=True))
    assert rgb(seen(view, 0, 0.3, 0.3)) == (255, 0, 0)
    assert rgb(seen(view, 0, 0.7, 0.3)) == (0, 255, 0)
    cell = view.transform.view_rect(view.cell_rect(0))
    middle = cell.center().toPoint()
    target = QPoint(round(cell.left() + 0.8 * cell.width()), middle.y())
    QTest.mousePress(view, LEFT, PLAIN, middle)
    QTest.mouseMove(view, target)
    QTest.mouseRelease(view, LEFT, PLAIN, target)
    assert model.split == pytest.approx(0.8, abs=0.02)
    assert rgb(seen(view, 0, 0.7, 0.3)) == (255, 0, 0)
    before = model.split
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert model.split < before
    model.set_compare(False)
    assert rgb(seen(view, 0, 0.3, 0.3)) == (0, 255, 0)


def test_comparing_without_a_picture_does_nothing(model: ViewerModel, qtbot: QtBot):
    with qtbot.waitSignal(model.looks_changed):
        model.set_compare(True)
    assert not model.compares


def test_tiles_meet_without_a_seam_of_our_own(view: PictureView, model: ViewerModel):
    """A picture whose right edge is white and whose left is black: the tile's border blends them."""
    ramp = np.zeros((64, 64, 4), np.uint8)
    ramp[..., :3] = np.linspace(0, 255, 64).astype(np.uint8)[None, :, None]
    ramp[..., 3] = 255
    picture = Frame(REQUEST.digest, 1, 1, 999, "final", ramp)
    model.show_delivery(delivery(denoised=picture, final=True))
    model.set_tiled(True)
    assert view.extent == QSize(192, 192)
    assert seen(view, 0, 1 / 6, 0.5).lightness() == pytest.approx(128, abs=8)
    assert seen(view, 0, 3 / 6, 0.5).lightness() == pytest.approx(128, abs=8)
    assert seen(view, 0, 0.32, 0.5).lightness() > 220
    assert seen(view, 0, 0.35, 0.5).lightness() < 40


def test_the_checkerboard_shows_through_what_is_transparent(view: PictureView, model: ViewerModel):
    model.show_delivery(delivery(denoised=frame("final", (0, 0, 0, 0)), final=True))
    assert rgb(seen(view, 0, 0.5, 0.5)) == rgb(theme.colour("pasteboard"))
    model.set_checkered(True)
    found = {rgb(seen(view, 0, 0.5 + i / 97, 0.5)) for i in range(20)}
    assert found == {rgb(theme.colour("checker_a")), rgb(theme.colour("checker_b"))}


def test_one_to_one_is_a_pixel_per_device_pixel(view: PictureView, model: ViewerModel):
    chance = np.random.default_rng(3).integers(0, 256, (64, 64, 4), np.uint8)
    chance[..., 3] = 255
    picture = Frame(REQUEST.digest, 1, 1, 999, "final", chance)
    model.show_delivery(delivery(denoised=picture, final=True))
    view.one_to_one()
    cell = view.transform.view_rect(view.cell_rect(0)).toRect()
    assert cell.size() == QSize(64, 64) / view.devicePixelRatioF()
    shown = pixels_of(view.grab().toImage().copy(cell))
    assert np.array_equal(shown, chance)


def test_a_double_click_goes_between_fit_and_one_to_one(view: PictureView, model: ViewerModel):
    model.show_delivery(delivery(denoised=frame("final", RED), final=True))
    QTest.mouseDClick(view, LEFT, PLAIN, view.rect().center())
    assert view.zoom == 1
    QTest.mouseDClick(view, LEFT, PLAIN, view.rect().center())
    assert view.fits()


def test_dragging_pans_and_a_corner_stays_in_sight(view: PictureView, model: ViewerModel):
    model.show_delivery(delivery(denoised=frame("final", RED), final=True))
    view.set_zoom(view.zoom)  # else it is dragged out
    QTest.mousePress(view, LEFT, PLAIN, QPoint(300, 200))
    QTest.mouseMove(view, QPoint(3000, 200))
    QTest.mouseRelease(view, LEFT, PLAIN, QPoint(3000, 200))
    shown = view.transform.view_rect(QRect(QPoint(0, 0), view.extent))
    assert shown.left() < view.width() - 8
    assert not view.fits()


def test_frames_of_another_size_do_not_mix(view: PictureView, model: ViewerModel):
    model.show_delivery(delivery(frame("noisy", RED), frame("denoised", GREEN)))
    model.show_delivery(delivery(denoised=frame("denoised", BLUE, 128)))
    assert model.image("xt") is None
    assert view.extent == QSize(128, 128)


def test_an_image_gives_back_its_pixels():
    chance = np.random.default_rng(3).integers(0, 256, (5, 7, 4), np.uint8)
    chance[..., 3] = 255
    chance.flags.writeable = False
    assert np.array_equal(pixels_of(to_qimage(chance)), chance)
    grey = QImage(3, 2, QImage.Format.Format_RGB888)
    grey.fill(QColor(1, 2, 3))
    assert pixels_of(grey).tolist() == [[[3, 2, 1, 255]] * 3] * 2
