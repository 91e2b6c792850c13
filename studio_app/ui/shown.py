"""The picture that is shown: the one that saving, copying, painting over and every other command means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio_app.core.request import GenerationRequest
from studio_app.document.people import Person
from studio_app.document.recipes import Intermediate
from studio_app.document.results import Picture, RunRecord, StepRecord, thumbnail
from studio_app.session.studio import Studio
from studio_app.ui.feed import feed_of
from studio_app.ui.images import pixels_of
from studio_app.ui.step_pictures import step_image


class Shown(QObject):
    """Live frames (the newest, as they come), an older picture of the gallery, or a step of a run.

    There is one per studio: see `shown_of`. An edit while the studio is live goes back to live: whoever draws
    or types looks at what comes of it.
    """

    changed = Signal()
    """Another picture, or live again; live frames that come do not say so."""
    exportable_changed = Signal()
    """`exportable` may be another one."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._feed = feed_of(studio)
        self._older: Picture | None = None
        self._step: tuple[RunRecord, StepRecord] | None = None
        self._noisy = False
        self._as_picture: Picture | None = None
        self._enlarged: tuple[StepRecord, bool, NDArray[np.uint8]] | None = None
        studio.gallery_changed.connect(self._on_gallery)
        studio.document_changed.connect(self._on_edit)
        for signal in (self.changed, studio.gallery_changed, self._feed.detailed):
            signal.connect(self.exportable_changed)

    # ---- which ----

    def look_at(self, picture: Picture) -> None:
        """Shows a picture of the gallery; the newest one is what live shows."""
        if picture is self._studio.gallery.newest:
            self.back_to_live()
        elif picture is not self._older:
            self._older, self._step = picture, None
            self.changed.emit()

    def look_at_step(self, run: RunRecord, step: StepRecord) -> None:
        """Shows a step of a run, noisy or not."""
        if self._step is None or self._step[1] is not step:
            self._older, self._step = None, (run, step)
            self.changed.emit()

    def back_to_live(self) -> None:
        if not self.is_live:
            self._older = self._step = None
            self.changed.emit()

    def set_noisy(self, noisy: bool) -> None:
        """Whether x_t is looked at, and not x0."""
        if noisy != self._noisy:
            self._noisy = noisy
            self.exportable_changed.emit()

    def step_aside(self) -> None:
        """To the picture before the shown one, which is about to go: not all the way back to live."""
        older = self._older
        if older is not None:
            self.walk(-1)
            if self._older is older:
                self.walk(1)
        else:
            self.back_to_live()

    def forget_frame(self) -> None:
        """What live showed last was removed: until a frame comes, the newest picture is what live shows."""
        self._feed.newest = None

    def walk(self, by: int) -> None:
        """To the picture that many places newer (or older, if negative), as far as there are any."""
        pictures = list(self._studio.gallery)
        if pictures:
            at = next((i for i, p in enumerate(pictures) if p is self.picture), len(pictures) - 1)
            self.look_at(pictures[min(max(at + by, 0), len(pictures) - 1)])

    @property
    def is_live(self) -> bool:
        return self._older is None and self._step is None

    @property
    def older(self) -> Picture | None:
        """The picture of the gallery that was chosen; None while live or at a step."""
        return self._older

    @property
    def step(self) -> tuple[RunRecord, StepRecord] | None:
        """The step that was chosen; None while live or at a picture."""
        return self._step

    # ---- what it is ----

    @property
    def picture(self) -> Picture | None:
        """The whole picture: the chosen one, that of the chosen run's last step, or the newest."""
        if self._older is not None:
            return self._older
        if self._step is None:
            return self._studio.gallery.newest
        run, step = self._step
        if step is not run.steps[-1]:
            return None
        return next((p for p in self._studio.gallery if p.run == run.id), None)

    @property
    def exportable(self) -> Picture | None:
        """`picture`, or the step on the way that is looked at, x0 or x_t, as one; None before there is any, and as
        long as only the thumbnail of its x0 is there."""
        return self.picture_of(noisy=self._noisy and self._step is not None)

    def picture_of(self, *, noisy: bool) -> Picture | None:
        """As `exportable`, of the x_t or the x0 that are shown side by side."""
        picture, step = self.picture, self._step
        if picture is not None and noisy and step is None:
            run = self._studio.runs.get(picture.run)
            step = None if run is None else (run, run.steps[-1])
        if step is None or (picture is not None and not noisy):
            return None if noisy else picture
        run, step = step
        shows = Intermediate(step.i + 1, "x_t" if noisy else "x_0")
        name = f"{run.id}.{shows.step}.{shows.latent}"
        if self._as_picture is None or self._as_picture.id != name:
            image, whole = step_image(self._feed, run, step, "xt" if noisy else "x0")
            if not whole:
                return None
            pixels = pixels_of(image)
            small = thumbnail(pixels, 96)
            finished = not noisy and run.final is not None and step is run.steps[-1]
            self._as_picture = Picture(
                pixels,
                small,
                run.request,
                run.id,
                run.people,
                id=name,
                shows=None if finished else shows,
                place=run.place,
            )
        return self._as_picture

    @property
    def run(self) -> RunRecord | None:
        """The run that it came from, if it is still known; None while live."""
        if self._step is not None:
            return self._step[0]
        return self._studio.runs.get(self._older.run) if self._older is not None else None

    @property
    def request(self) -> GenerationRequest | None:
        """What it was made from."""
        if self._step is not None:
            return self._step[0].request
        picture = self.picture
        return picture.request if picture is not None else None

    @property
    def people(self) -> tuple[Person, ...]:
        """The pose that it was made with."""
        if self._step is not None:
            return self._step[0].people
        picture = self.picture
        return picture.people if picture is not None else ()

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """As it is on the screen: uint8 [H, W, 4] BGRA, of a step its x0; None before there is any."""
        if self._older is not None:
            return self._older.pixels
        if self._step is not None:
            return self._step_pixels(*self._step)
        if self._feed.newest is not None:
            return self._feed.newest.pixels
        newest = self._studio.gallery.newest
        return newest.pixels if newest is not None else None

    @property
    def pixels_known(self) -> bool:
        """Whether there is anything on the screen: cheaper than to ask for it."""
        return not self.is_live or self._feed.newest is not None or len(self._studio.gallery) > 0

    # ---- inside ----

    def _step_pixels(self, run: RunRecord, step: StepRecord) -> NDArray[np.uint8]:
        image, whole = step_image(self._feed, run, step, "x0")
        known = self._enlarged
        if (
            known is None or known[0] is not step or known[1] != whole
        ):  # it is asked for at every paint
            pixels = pixels_of(image)
            pixels.flags.writeable = False
            self._enlarged = known = step, whole, pixels
        return known[2]

    def _on_gallery(self) -> None:
        if self._older is not None:
            now = self._studio.gallery.get(self._older.id)
            if now is None:
                self.back_to_live()
            elif now is not self._older:  # starred, or no longer
                self._older = now

    def _on_edit(self) -> None:
        if self._studio.live:
            self.back_to_live()


def shown_of(studio: Studio) -> Shown:
    """The studio's one, made when it is first asked for."""
    for child in studio.children():
        if isinstance(child, Shown):
            return child
    return Shown(studio)
