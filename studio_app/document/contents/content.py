"""What every kind of content can do, and what it says to a model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.regions import Region
from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.framings import Framing, framing
from studio_app.document.painting import (
    Mode,
    Sheet,
    mixed,
    painted_over,
    smoothed,
    smoothing_radius,
)
from studio_app.document.people import Person
from studio_app.document.pictures import DecodedPicture, open_picture
from studio_app.document.planes import NOWHERE, Plane, PlaneKind, Rect, shares, union, widened

if TYPE_CHECKING:  # the stack is made of contents
    from studio_app.document.stack import Item

Values = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Size = tuple[int, int]
"""(width, height)"""


@dataclass(frozen=True)
class View:
    """What a request sees: a rectangle of the canvas, on so many pixels (width, height) of the model."""

    rect: Rect
    size: tuple[int, int]

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the model per pixel of the canvas, across and down."""
        return self.size[0] / self.rect[2], self.size[1] / self.rect[3]


@dataclass(frozen=True, eq=False)
class Contribution:
    """What the nodes of a kind say to a model together: controls at strength 1; init, uint8 [H, W, 3], the picture to
    begin with; mask, uint8 [H, W], 255 = paint anew; people, in pixels of the model."""

    controls: tuple[Control, ...] = ()
    init: Pixels | None = None
    mask: Pixels | None = None
    people: tuple[Person, ...] = ()
    regions: tuple[Region, ...] = ()


NOTHING = Contribution()


@dataclass(frozen=True, eq=False)
class Surface:
    """What is seen of things with names, in pixels of the model: ids, int32 [H, W], 0 where nothing is; names by id;
    normals, float32 [H, W, 3], of unit length (x right, y up, z towards the viewer), 0 where nothing is."""

    ids: NDArray[np.int32]
    names: Mapping[int, str]
    normals: Values


@dataclass(frozen=True, eq=False)
class Content(ABC):
    """Frozen, with planes of the canvas's size. A subclass is a frozen dataclass whose planes are fields."""

    kind: ClassVar[str]
    title: ClassVar[str]
    """English; whoever shows it translates it."""
    plane_kinds: ClassVar[Mapping[str, PlaneKind]]
    gives: ClassVar[tuple[str, ...]] = ()
    """The kinds among whose nodes it counts, if it is more than its own; it says itself as each by `lent`."""
    comes_back: ClassVar[bool] = True
    """Whether `restored` makes it of a request. What is only hidden by one is still there."""
    controls: ClassVar[tuple[str, ...]] = ()
    """The kinds of controls that it makes."""
    peopled: ClassVar[bool] = False
    """Whether it tells of people."""
    begins: ClassVar[bool] = True
    """Whether a new document has one."""
    shown: ClassVar[float] = 1.0
    """How strongly the canvas shows a new layer of it, 0..1; the artist has the last word."""
    paintable: ClassVar[bool] = True
    """With a brush."""
    movable: ClassVar[bool] = True
    """By the tool that moves and transforms."""
    directed: ClassVar[bool] = False
    """Whether its values are directions, which turn with its pixels: see `turned`."""
    flattens: ClassVar[bool] = False
    """Whether several nodes can be made one: see `flattened`."""
    modes: ClassVar[tuple[Mode, ...]] = ("paint", "smooth")
    """What a brush can do to it."""
    suffix: ClassVar[str] = ".png"
    """Of a file of its own."""

    @cached_property
    def planes(self) -> Mapping[str, Plane]:
        """By name, as `plane_kinds`."""
        return {name: getattr(self, name) for name in self.plane_kinds}

    @property
    def appearance(self) -> object:
        """Another object whenever it looks otherwise with the same tiles; None where that can't be."""
        return None if self.plane_kinds else self

    @cached_property
    @abstractmethod
    def untouched(self) -> bool:
        """Whether nothing is drawn: it says nothing then."""

    @classmethod
    def blank(cls, width: int, height: int) -> Self:
        """Nothing drawn."""
        return cls(**{name: Plane(kind, width, height) for name, kind in cls.plane_kinds.items()})

    def lacks(self, size: Size) -> bool:
        """Whether it is seen with fewer pixels than it has on a canvas of that size, until `keep` is told of more."""
        return False

    def full_look(self, size: Size) -> Any:
        """All of them, for `keep`: in any thread, perhaps for seconds. ValueError of what lacks none."""
        raise ValueError(f"{self.kind} is seen as it is")

    def keep(self, size: Size, full: Any) -> None:
        """Shows and lends its `full_look` from now on, though it is the same."""
        raise ValueError(f"{self.kind} is seen as it is")

    def surface(self, view: View) -> Surface | None:
        """Whose every pixel is, and where it faces; None of what knows no things. In any thread."""
        return None

    @classmethod
    def made_of(cls, planes: Mapping[str, Plane]) -> Self:
        return cls(**planes)

    def with_planes(self, planes: Mapping[str, Plane]) -> Self:
        fields: dict[str, Any] = dict(planes)
        return replace(self, **fields)

    def cleared(self, width: int, height: int) -> Content:
        """Nothing drawn any more; what the artist chose for it stays chosen."""
        return self.kept_by(self.blank(width, height))

    def kept_by(self, other: Content) -> Content:
        """`other` as this one's new content: what the artist chose for this one stays chosen."""
        return other

    # ---- what becomes of it ----

    def sheet(self, rect: Rect) -> Sheet:
        """Its pixels in a rectangle: values [h, w, C] and coverage [h, w], float32 0..1. ValueError of what is not
        painted."""
        raise ValueError(f"{self.kind} is not painted")

    def there(self, rect: Rect) -> NDArray[np.bool_]:
        """Where anything is drawn in a rectangle, [h, w]. ValueError of what is not painted."""
        return self.sheet(rect)[1] > 0

    def with_sheet(self, x: int, y: int, values: Values, alpha: Values) -> Self:
        """With other pixels in a rectangle, as of `sheet`. ValueError of what is not painted."""
        raise ValueError(f"{self.kind} is not painted")

    def paint_of(self, brush: Brush) -> Values:
        """What a brush leaves: [C], as of `sheet`. ValueError of what is not painted."""
        raise ValueError(f"{self.kind} is not painted")

    def turned(self, values: Values, turn: Values) -> Values:
        """Values of a piece, as of `sheet`, after its pixels went through a matrix of x and y: [2, 2], or [h, w, 2, 2]
        of each of them. ValueError of what is not directed."""
        raise ValueError(f"{self.kind} has no directions")

    @property
    def page(self) -> Rect:
        """All of the canvas, of what has planes."""
        return 0, 0, *self._size

    @property
    def bounds(self) -> Rect:
        """Around the tiles that have anything on them; width 0: nothing has."""
        rect = NOWHERE
        for plane in self.planes.values():
            for place in plane.tiles:
                rect = union(rect, plane.box(place))
        return rect

    def onto(self, old: Content, x: int, y: int, size: Size) -> Content:
        """Itself, of that size, in the place of what lies on a larger canvas at (x, y); around it, what there was."""
        planes = {
            name: old.planes[name].write(x, y, plane.whole) for name, plane in self.planes.items()
        }
        return self.with_planes(planes)

    def painted(
        self,
        before: Self,
        rect: Rect,
        coverage: Values,
        brush: Brush,
        *,
        alpha_lock: bool = False,
        paint: Values | None = None,
    ) -> Self:
        """With a stroke in a rectangle. before: as it was when the stroke began; coverage: of all of it so far,
        0..1 [h, w]. paint: [h, w, C] instead of the brush's own. ValueError of what is not painted."""
        old, alpha = before.sheet(rect)
        mode: Mode = brush.mode if brush.mode in self.modes else "paint"
        if brush.eraser or mode == "paint":
            own = self.paint_of(brush) if paint is None else paint
            made = painted_over(old, alpha, own, coverage, eraser=brush.eraser, lock=alpha_lock)
        else:
            values, cover = before.worked(mode, rect, coverage, brush, paint)
            made = values, alpha if alpha_lock else cover
        return self.with_sheet(*rect[:2], *made)

    def worked(
        self, mode: Mode, rect: Rect, coverage: Values, brush: Brush, paint: Values | None
    ) -> Sheet:
        """The pixels of a rectangle after a brush that does not just paint; see `painted`."""
        old, alpha = self.sheet(rect)
        radius = smoothing_radius(brush.size)
        wide = widened(rect, 3 * round(radius) + 1, self._size)
        here, _ = shares(wide, rect)
        values, cover = smoothed(*self.sheet(wide), radius)
        return mixed((old, alpha), (values[here], cover[here]), coverage)

    @property
    def _size(self) -> Size:
        return next(iter(self.planes.values())).size

    @abstractmethod
    def resized(self, size: Size, width: int, height: int, *, later: bool = False) -> Self:
        """Stretched to a canvas of another size than `size`. later: its tiles are made when somebody looks at them."""

    def cut(self, x: int, y: int, width: int, height: int, *, later: bool = False) -> Self:
        """On a canvas of another size with its corner at (x, y) of this one. later: as of `Plane.cut`."""
        return self.with_planes(
            {n: plane.cut(x, y, width, height, later=later) for n, plane in self.planes.items()}
        )

    def flipped(self, size: Size, *, across: bool) -> Self:
        """Its mirror on a canvas of that size: left and right change places, or up and down."""
        return self.with_planes(
            {name: plane.flipped(across=across) for name, plane in self.planes.items()}
        )

    def inverted(self) -> Self | None:
        """Its opposite; None of what has none."""
        return None

    @classmethod
    def flattened(cls, items: tuple[Item, ...], size: Size) -> Self:
        """What the seen nodes of this kind, in their groups, look like as one content. ValueError of what does not
        flatten."""
        raise ValueError(f"{cls.kind} does not flatten")

    # ---- to a model, and back ----

    @classmethod
    @abstractmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        """Of the seen nodes of this kind, in their groups, the topmost first."""

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        """The content that a request was made with, of the request's size; blank where it had none; None where nobody
        knows. people: that its pose was drawn from, where somebody does."""
        return cls.blank(request.width, request.height)

    def lent(self, kind: str, size: Size) -> Content:
        """What it is as a content of another kind of `gives`, on a canvas of that size; the same object every time."""
        raise ValueError(f"{self.kind} is no {kind}")

    @classmethod
    def more_restored(cls, request: GenerationRequest) -> tuple[Content, ...]:
        """What it makes of a request beside `restored`, the topmost first: nodes of their own."""
        return ()

    @property
    def said_words(self) -> str | None:
        """Words that are heard where it is painted, "" for none; None of what has no words."""
        return None

    def with_words(self, words: str) -> Content:
        """ValueError of what has no words."""
        raise ValueError(f"{self.kind} has no words")

    # ---- files ----

    @classmethod
    def read(cls, path: Path, width: int, height: int) -> tuple[Self, str]:
        """Of a file, stretched to that size; and a sentence if the file's size was another, else "". StudioError for
        whatever is wrong with it."""
        picture = open_picture(path, fit=(width, height))
        frame = framing(picture.size, width, height, "stretch")
        return cls.of_picture(picture, frame, width, height), _note(picture, width, height)

    def stored(self) -> dict[str, Any]:
        """JSON-able: what there is beside the planes."""
        return {}

    @classmethod
    def of_stored(cls, planes: Mapping[str, Plane], given: Mapping[str, Any]) -> Self:
        """The inverse. KeyError, TypeError or ValueError for what is none."""
        return cls.made_of(planes)

    @classmethod
    @abstractmethod
    def of_picture(cls, picture: DecodedPicture, frame: Framing, width: int, height: int) -> Self:
        """Of a picture, brought to where the frame says. StudioError where it is nothing of the kind."""

    @classmethod
    def of_rgba(cls, rgba: Pixels, width: int, height: int) -> Self:
        """Of pixels [h, w, 4] of straight alpha, stretched to that size. StudioError of what no picture is."""
        raise StudioError(f"A picture is no {cls.kind}", "", "Load a file of its own kind.")

    @abstractmethod
    def encoded(self, width: int, height: int) -> bytes:
        """As a file of its own, that `read` reads again."""

    @abstractmethod
    def picture(self, width: int, height: int) -> Pixels:
        """What it looks like alone: uint8 [H, W, 4], straight alpha."""


def _note(picture: DecodedPicture, width: int, height: int) -> str:
    said: list[str] = []
    if picture.layers:
        said.append(f"{picture.name} has {len(picture.layers)} layers, read as one")
    if picture.size != (width, height):
        said.append(f"Resized from {picture.size[0]}x{picture.size[1]} to {width}x{height}")
    return ". ".join(said)
